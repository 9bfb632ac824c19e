import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { inject } from "@effect/vitest"
import { Effect } from "effect"

export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program of the examples, `archive` or `example`, in an environment of its own. */
export const runProgram = (
  program: "archive" | "example",
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {}
): Effect.Effect<Run> =>
  Effect.callback((resume) => {
    const file = path.join(inject("programs"), `${program}.js`)
    const child = spawn(process.execPath, ["--conditions=@effect-hcp/source", file, ...args], {
      env: { PATH: process.env.PATH ?? "", NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "", ...env }
    })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk) => {
      stdout += String(chunk)
    })
    child.stderr.on("data", (chunk) => {
      stderr += String(chunk)
    })
    child.on("close", (code) => resume(Effect.succeed({ code, stdout, stderr })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Runs an example as `npm run example` does. */
export const runExample = (args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>): Effect.Effect<Run> =>
  runProgram("example", args, env)

/** A new folder, removed with the scope. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "example-test-"))),
  (created) => Effect.sync(() => fs.rmSync(created, { recursive: true, force: true }))
)
