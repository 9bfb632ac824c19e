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

const main = Effect.gen(function* () {
  const stdio = yield* Stdio.Stdio
  yield* run(yield* stdio.args)
})

NodeRuntime.runMain(Effect.provide(main, [NodeServices.layer, UserDirectories.layer]))
