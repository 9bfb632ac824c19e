/**
 * The programs that make the site: they have a lock file of their own, and are installed by the first who needs them.
 */
import { spawn } from "node:child_process"
import * as Path from "node:path"
import * as OwnLockFile from "../../../.ci/ownLockFile.ts"
import { docs } from "./layout.ts"

/** Installs them where they are not there yet. */
export const install = async (): Promise<void> => {
  if (OwnLockFile.isInstalled(docs)) return
  process.stdout.write("Installing what builds the site, once...\n")
  await OwnLockFile.install(docs)
}

/** Runs one of them, `file` below `node_modules`; fails where it does not end well. */
export const run = (file: string, ...args: ReadonlyArray<string>): Promise<void> =>
  new Promise((resolve, reject) => {
    const command = [Path.join(docs, "node_modules", file), ...args]
    const child = spawn(process.execPath, command, { cwd: docs, stdio: "inherit" })
    child.once("error", reject)
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${file} ends with ${code}`))))
  })
