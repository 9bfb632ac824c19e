/**
 * Entry point of the command `hcp`.
 *
 * @since 0.1.0
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as UserDirectories from "effect/persistence/UserDirectories"
import * as Stdio from "effect/Stdio"
import { run } from "./Cli.ts"
import { codes } from "./ExitCode.ts"
import * as ErrorTerminal from "./internal/errorTerminal.ts"

const main = Effect.gen(function* () {
  const stdio = yield* Stdio.Stdio
  yield* run(yield* stdio.args)
})

// The first Ctrl-C lets the command say what is left; whoever presses it again does not want to wait.
process.once("SIGINT", () => process.once("SIGINT", () => process.exit(codes.interrupted)))

NodeRuntime.runMain(
  main.pipe(Effect.provide(ErrorTerminal.layer), Effect.provide([NodeServices.layer, UserDirectories.layer]))
)
