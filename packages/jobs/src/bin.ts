/**
 * Entry point of the command `hcp-jobs`.
 *
 * @since 0.1.0
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { run } from "./Command.ts"

NodeRuntime.runMain(Effect.provide(run(process.argv.slice(2)), NodeServices.layer), {
  disableErrorReporting: true,
  // Ctrl-C and SIGTERM are the way to end a worker, not a failure.
  teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)
})
