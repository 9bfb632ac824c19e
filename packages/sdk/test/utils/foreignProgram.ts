import { type ChildProcess, spawn } from "node:child_process"
import { accessSync, constants } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { Data, Effect, type Scope } from "effect"
import { freePort } from "./freePort.ts"

/** A server of somebody else, and how it is started on a port of 127.0.0.1. */
export interface Program {
  /** What it is called, e.g. `named`. */
  readonly binary: string
  readonly arguments: (folder: string, port: number) => ReadonlyArray<string>
  /** Its files, by name, in a folder of their own. */
  readonly files: (folder: string, port: number) => Readonly<Record<string, string>>
  /** What it prints once it answers. */
  readonly isReady: RegExp
}

/** A program that runs. */
export interface Running {
  readonly port: number
  readonly folder: string
  /** All that it printed so far. */
  readonly log: () => string
}

/** Where a program is. Servers live in `sbin`, which is not on every user's path. */
export const find = (binary: string): string | undefined =>
  [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"]
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, binary))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })

/** It ended before it was ready, as it does when somebody took its port in between. */
class Ended extends Data.TaggedError("Ended")<{ readonly binary: string; readonly printed: string }> {
  override get message(): string {
    return `${this.binary} ended:\n${this.printed}`
  }
}

const stop = (child: ChildProcess) =>
  Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.kill()
  }).pipe(Effect.timeoutOrElse({ duration: "5 seconds", orElse: () => Effect.sync(() => void child.kill("SIGKILL")) }))

const once = Effect.fnUntraced(function* (path: string, program: Program) {
  const folder = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "foreign-program-"))),
    (made) => Effect.promise(() => rm(made, { recursive: true, force: true }))
  )
  const port = yield* freePort()
  for (const [name, text] of Object.entries(program.files(folder, port))) {
    yield* Effect.promise(() => writeFile(join(folder, name), text))
  }
  let printed = ""
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawn(path, program.arguments(folder, port), { stdio: ["ignore", "pipe", "pipe"] })),
    stop
  )
  yield* Effect.callback<void, Ended>((resume) => {
    const listen = (chunk: Buffer) => {
      printed += chunk.toString()
      if (program.isReady.test(printed)) resume(Effect.void)
    }
    child.stdout.on("data", listen)
    child.stderr.on("data", listen)
    child.once("error", (error) => resume(Effect.die(error)))
    child.once("close", () => resume(Effect.fail(new Ended({ binary: program.binary, printed }))))
  }).pipe(
    Effect.timeoutOrElse({
      duration: "20 seconds",
      orElse: () => Effect.die(new Error(`${program.binary} is not ready:\n${printed}`))
    })
  )
  const running: Running = { port, folder, log: () => printed }
  return running
})

/**
 * Starts a program, and stops it with the scope. Dies with what it printed if it ends before it is ready, three times.
 */
export const start = (path: string, program: Program): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.orDie(Effect.retry(once(path, program), { times: 2 }))
