import { NodeServices } from "@effect/platform-node"
import { ConfigProvider, Console, Deferred, Effect, Exit, Fiber, Layer, Runtime, Sink, Stdio, Stream } from "effect"
import { UserDirectories } from "effect/persistence"
import { Cli } from "../src/index.ts"

export interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `hcp` in this process, with this environment and no other. */
export const runCli = (
  args: ReadonlyArray<string>,
  options: {
    readonly env: Readonly<Record<string, string>>
    readonly stdin?: string | undefined
    /** Interrupts it, as Ctrl-C does, when this is shown. */
    readonly interruptAt?: RegExp | undefined
    /** How it is run; defaults to what `Cli` exports. */
    readonly run?: typeof Cli.run | undefined
  }
): Effect.Effect<Run> =>
  Effect.gen(function* () {
    const written = { stdout: "", stderr: "" }
    const decoder = new TextDecoder()
    const shown = yield* Deferred.make<void>()
    const write = (name: "stdout" | "stderr", text: string): void => {
      written[name] += text
      if (options.interruptAt?.test(written.stdout + written.stderr)) Deferred.doneUnsafe(shown, Effect.void)
    }
    const sink = (name: "stdout" | "stderr") => () =>
      Sink.forEachArray<string | Uint8Array, void, never, never>((parts) =>
        Effect.sync(() => {
          for (const part of parts) write(name, typeof part === "string" ? part : decoder.decode(part))
        })
      )
    const console = {
      ...globalThis.console,
      log: (...parts: ReadonlyArray<unknown>) => write("stdout", `${parts.join(" ")}\n`),
      error: (...parts: ReadonlyArray<unknown>) => write("stderr", `${parts.join(" ")}\n`)
    }
    const stdio = Stdio.make({
      args: Effect.succeed(args),
      stdinIsTerminal: Effect.succeed(false),
      stdoutIsTerminal: Effect.succeed(false),
      stderrIsTerminal: Effect.succeed(false),
      stdin: options.stdin === undefined ? Stream.empty : Stream.make(new TextEncoder().encode(options.stdin)),
      stdout: sink("stdout"),
      stderr: sink("stderr")
    })
    const running = yield* Effect.forkChild(
      (options.run ?? Cli.run)(args).pipe(
        Effect.provideService(Stdio.Stdio, stdio),
        Effect.provideService(Console.Console, console),
        Effect.provide(
          Layer.mergeAll(
            NodeServices.layer,
            UserDirectories.layer,
            ConfigProvider.layer(ConfigProvider.fromEnv({ env: { ...options.env } }))
          )
        )
      )
    )
    if (options.interruptAt !== undefined) {
      yield* Effect.forkChild(Effect.andThen(Deferred.await(shown), Fiber.interrupt(running)))
    }
    const exit = yield* Fiber.await(running)
    const code = yield* Effect.callback<number>((resume) =>
      Runtime.defaultTeardown(exit, (code) => resume(Effect.succeed(code)))
    )
    return Exit.hasDies(exit) ? yield* Effect.die(exit) : { code, ...written }
  })
