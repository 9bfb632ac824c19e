import { NodeServices } from "@effect/platform-node"
import { ConfigProvider, Console, Effect, Exit, Layer, Runtime, Sink, Stdio, Stream } from "effect"
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
  options: { readonly env: Readonly<Record<string, string>>; readonly stdin?: string | undefined }
): Effect.Effect<Run> =>
  Effect.gen(function* () {
    const written = { stdout: "", stderr: "" }
    const decoder = new TextDecoder()
    const write = (name: "stdout" | "stderr", text: string): void => {
      written[name] += text
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
    const exit = yield* Effect.exit(
      Cli.run(args).pipe(
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
    const code = yield* Effect.callback<number>((resume) =>
      Runtime.defaultTeardown(exit, (code) => resume(Effect.succeed(code)))
    )
    return Exit.hasDies(exit) ? yield* Effect.die(exit) : { code, ...written }
  })
