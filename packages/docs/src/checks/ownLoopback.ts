/**
 * A loopback of its own for a program: default ports are free there, whoever has them elsewhere on this machine.
 */
import { execFileSync } from "node:child_process"

const command = ["unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$0" "$@"']

/** What stands before a command that is to have one; nothing where the system gives none, as macOS and some Linux. */
export const ownLoopback = (): ReadonlyArray<string> => {
  const [program = "", ...args] = command
  try {
    execFileSync(program, [...args, "true"], { stdio: "ignore" })
    return command
  } catch {
    return []
  }
}
