/**
 * The programs of the bench that run in processes of their own, and other programs it needs.
 */
import { execFile, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { BenchError } from "./benchError.ts"

/** A program of the bench that runs. */
export interface Running {
  /** The next thing it tells. Fails if that is something else than what is expected, or if the program ends. */
  readonly next: <A>(answer: Schema.Decoder<A>) => Effect.Effect<A, BenchError>
  /** Tells it something. */
  readonly tell: (message: object) => Effect.Effect<void>
}

const always = ["--expose-gc", "--disable-warning=ExperimentalWarning"]

// What is written in TypeScript runs on the sources, as the bench itself; what was compiled, on the compiled packages.
const optionsOf = (program: URL): ReadonlyArray<string> => (program.pathname.endsWith(".ts") ? process.execArgv : [])

/** Starts a program of the bench; it ends with the scope. */
export const start = (program: URL, args: ReadonlyArray<string>): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.gen(function* () {
    const told = yield* Queue.unbounded<unknown, BenchError>()
    const end = (what: string) => Queue.failCauseUnsafe(told, Cause.fail(new BenchError({ what })))
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => fork(program, [...args], { execArgv: [...optionsOf(program), ...always] })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    child.on("message", (message) => Queue.offerUnsafe(told, message))
    child.once("error", (error) => end(error.message))
    child.once("exit", (code) => end(`${nameOf(program)} ended with ${code}`))
    return {
      next: (answer) =>
        Effect.flatMap(Queue.take(told), (message) =>
          Effect.mapError(
            Schema.decodeUnknownEffect(answer)(message),
            (error) => new BenchError({ what: `${nameOf(program)} told something else: ${error.message}` })
          )
        ),
      tell: (message) => Effect.sync(() => void child.send(message))
    }
  })

const nameOf = (program: URL): string => program.pathname.slice(program.pathname.lastIndexOf("/") + 1)

/** Runs a program of the bench until it has told what it is asked for. */
export const ask = <A>(
  program: URL,
  args: ReadonlyArray<string>,
  answer: Schema.Decoder<A>
): Effect.Effect<A, BenchError> => Effect.scoped(Effect.flatMap(start(program, args), ({ next }) => next(answer)))

/** How a command is run. */
interface CommandOptions {
  /** The folder it runs in. */
  readonly folder: URL
  /** Defaults to that of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
}

/** Runs any command to its end and gives what it wrote. Fails with what it complained about if it ends badly. */
export const command = (
  file: string,
  args: ReadonlyArray<string>,
  options: CommandOptions
): Effect.Effect<string, BenchError> =>
  Effect.callback((resume) => {
    const child = execFile(
      file,
      [...args],
      { cwd: fileURLToPath(options.folder), env: options.environment, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) =>
        resume(
          error === null
            ? Effect.succeed(stdout)
            : Effect.fail(new BenchError({ what: `${file} ${args.join(" ")}: ${complaint(stderr) ?? error.message}` }))
        )
    )
    return Effect.sync(() => void child.kill())
  })

// npm goes on for a page; what is wrong stands in the first lines.
const complaint = (stderr: string): string | undefined => {
  const text = stderr.trim()
  return text === "" ? undefined : text.split("\n").slice(0, 4).join("\n")
}
