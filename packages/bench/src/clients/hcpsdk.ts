/**
 * The original: the Python `hcpsdk`, in a process of its own, GET only.
 *
 * It is measured where `HCPSDK_SRC` names a checkout of it and Python 3 with dnspython is there.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import * as Readline from "node:readline"
import { fileURLToPath } from "node:url"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { BenchError, toBenchError } from "../benchError.ts"
import * as Command from "../childProcess.ts"
import { type Client, Sample } from "../measure.ts"
import { fileOf } from "../peersFolder.ts"

const name = "Python hcpsdk"

const Answer = Schema.fromJsonString(Sample)

const here = new URL(".", import.meta.url)

/** The folder that holds the package `hcpsdk`. */
const source: Effect.Effect<string, BenchError> = Effect.gen(function* () {
  const checkout = yield* Effect.mapError(
    Config.NonEmptyString("HCPSDK_SRC"),
    () => new BenchError({ what: "HCPSDK_SRC does not name a checkout of it" })
  )
  const found = [`${checkout}/src`, checkout].find((folder) => existsSync(`${folder}/hcpsdk/__init__.py`))
  return found ?? (yield* new BenchError({ what: `there is no hcpsdk in HCPSDK_SRC, ${checkout}` }))
})

/** A Python that has what the package needs. */
const python: Effect.Effect<string, BenchError> = Effect.firstSuccessOf(
  ["python3", "/usr/bin/python3"].map((file) =>
    Effect.as(Command.command(file, ["-c", "import dns.resolver"], { folder: here }), file)
  )
).pipe(Effect.mapError(() => new BenchError({ what: "there is no Python 3 with dnspython" })))

/** The lines that a process writes, one for each that is asked for. */
const lineOf = (child: ChildProcess, lines: Readline.Interface): Effect.Effect<string, BenchError> =>
  Effect.callback((resume) => {
    const onLine = (line: string) => {
      child.off("exit", onExit)
      resume(Effect.succeed(line))
    }
    const onExit = (code: number | null) => {
      lines.off("line", onLine)
      resume(Effect.fail(new BenchError({ what: `${name} ended with ${code}` })))
    }
    lines.once("line", onLine)
    child.once("exit", onExit)
  })

/** Starts the driver. Fails with what is missing. */
export const open = (port: number): Effect.Effect<Client, BenchError, Scope.Scope> =>
  Effect.gen(function* () {
    const folder = yield* source
    const file = yield* python
    const driver = fileURLToPath(fileOf("hcpsdk_driver.py"))
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn(file, [driver, folder, String(port)], { stdio: ["pipe", "pipe", "inherit"] })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    const lines = Readline.createInterface({ input: child.stdout })
    yield* lineOf(child, lines)
    return {
      name,
      work: (workers, millis) =>
        Effect.suspend(() => {
          child.stdin.write(`${workers} ${millis}\n`)
          return Effect.flatMap(lineOf(child, lines), Schema.decodeEffect(Answer))
        }).pipe(Effect.mapError(toBenchError))
    }
  })
