/**
 * Entry point of the command `hcp`.
 *
 * @since 0.1.0
 */
import * as NodeChildProcessSpawner from "@effect/platform-node/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeStdio from "@effect/platform-node/NodeStdio"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as UserDirectories from "effect/persistence/UserDirectories"
import * as Stdio from "effect/Stdio"
import { codes } from "./ExitCode.ts"
import * as ErrorTerminal from "./internal/errorTerminal.ts"
import { run } from "./internal/partial.ts"

const main = Effect.gen(function* () {
  const stdio = yield* Stdio.Stdio
  yield* run(yield* stdio.args)
})

// The first Ctrl-C lets the command say what is left; whoever presses it again does not want to wait.
process.once("SIGINT", () => process.once("SIGINT", () => process.exit(codes.interrupted)))

/** What `NodeServices` has, but for a terminal that reads standard input as soon as it is there. */
const services = Layer.mergeAll(NodeChildProcessSpawner.layer, ErrorTerminal.layer, UserDirectories.layer).pipe(
  Layer.provideMerge(Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, NodeStdio.layer))
)

NodeRuntime.runMain(Effect.provide(main, services))
