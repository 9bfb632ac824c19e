/**
 * Archives a folder into HCP and proves that every byte can be read back.
 *
 *     npm start                      the sources of the installed `effect` package, into two simulated systems
 *     npm start -- DIR               another folder
 *     HCP_FQDN=... npm start         the same against a real system, without injected faults
 *
 * Exits 0 only if every file came back identical; otherwise one line on stderr says what, where and what to do.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Config, Effect, Exit, Option, References } from "effect"
import * as Box from "./archive/Box.ts"
import * as Job from "./archive/Job.ts"
import * as Source from "./archive/Source.ts"

const program = Effect.gen(function* () {
  const fqdn = yield* Config.option(Config.NonEmptyString("HCP_FQDN"))
  const source = yield* Source.collect(process.argv[2] ?? Source.defaultFolder())
  yield* Job.run(source).pipe(Effect.scoped, Effect.provide(Box.layer(Option.getOrUndefined(fqdn))))
  // What the SDK logs about a fail-over is in the job's own lines already.
}).pipe(Effect.provideService(References.MinimumLogLevel, "Error"))

const explain = (error: unknown): string => {
  if (error instanceof Config.ConfigError) {
    const variable = /HCP_\w+/.exec(error.message)?.[0] ?? "an HCP_* variable"
    return `${variable} is missing or not usable (${error.message}); set it, or unset HCP_FQDN to archive into the simulator`
  }
  return error instanceof Error ? error.message : String(error)
}

/** One line: a stack trace helps nobody here. */
const report = (cause: Cause.Cause<unknown>) =>
  Effect.sync(() => {
    process.stderr.write(`archive: ${explain(Cause.squash(cause)).replaceAll(/\s*\n\s*/g, " ")}\n`)
  })

NodeRuntime.runMain(
  program.pipe(Effect.tapCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : report(cause)))),
  {
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) ? 0 : 1)
  }
)
