/**
 * How an example ends: with exit code 0, or with one line on stderr that says what, where and what to do.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Cause, Config, Effect, Exit, References } from "effect"

const explain = (error: unknown): string => {
  if (error instanceof Config.ConfigError) {
    const variable = /HCP_\w+/.exec(error.message)?.[0] ?? "an HCP_* variable"
    return `${variable} is missing or not usable (${error.message}); set it, or unset HCP_FQDN to run in the simulator`
  }
  return error instanceof Error ? error.message : String(error)
}

/** One line: a stack trace helps nobody here. */
const report = (name: string, cause: Cause.Cause<unknown>) =>
  Effect.sync(() => {
    process.stderr.write(`${name}: ${explain(Cause.squash(cause)).replaceAll(/\s*\n\s*/g, " ")}\n`)
  })

/** Runs an example. What the SDK logs is left out where it is no error: the example tells it in its own lines. */
export const main = <E>(name: string, program: Effect.Effect<void, E>): void =>
  NodeRuntime.runMain(
    program.pipe(
      Effect.provideService(References.MinimumLogLevel, "Error"),
      Effect.tapCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : report(name, cause)))
    ),
    { disableErrorReporting: true, teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) ? 0 : 1) }
  )
