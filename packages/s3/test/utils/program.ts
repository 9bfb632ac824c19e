import { spawn, spawnSync } from "node:child_process"
import { Effect } from "effect"

/** Whether a program of somebody else is on this machine, and does this without an error. */
export const works = (binary: string, ...args: ReadonlyArray<string>): boolean =>
  spawnSync(binary, args, { stdio: "ignore", timeout: 60_000 }).status === 0

/** What a program said. */
export interface Said {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end, whatever its code. It ends with the fiber. */
export const tried = (
  binary: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>
): Effect.Effect<Said> =>
  Effect.callback<Said>((resume) => {
    const { HOME = "/", PATH = "" } = process.env
    const child = spawn(binary, args, { env: { HOME, PATH, TZ: "UTC", ...env }, stdio: ["ignore", "pipe", "pipe"] })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk) => {
      stdout += String(chunk)
    })
    child.stderr.on("data", (chunk) => {
      stderr += String(chunk)
    })
    child.on("error", (error) => resume(Effect.die(error)))
    child.on("close", (code) => resume(Effect.succeed({ code, stdout, stderr })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Runs a program that must end well, and gives what it printed. */
export const ran = (
  binary: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>
): Effect.Effect<string> =>
  Effect.flatMap(tried(binary, args, env), ({ code, stderr, stdout }) =>
    code === 0
      ? Effect.succeed(stdout)
      : Effect.die(new Error(`${binary} ${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`))
  )
