/**
 * A process that has a spool until it is killed: it says so, and waits.
 *
 * Usage: `node owner.ts <directory>`.
 */
import * as readline from "node:readline"
import { NodeRuntime } from "@effect/platform-node"
import { Namespace } from "@effect-hcp/sdk/testing"
import { Console, Effect, Layer } from "effect"
import { Spool } from "../src/index.ts"

const [directory = ""] = process.argv.slice(2)

const program = Effect.gen(function* () {
  const spool = yield* Spool.Spool
  yield* spool.put("/a", "of the one that died")
  yield* Console.log("it is mine")
  yield* Effect.never
})

// The parent that has gone leaves nobody behind.
readline.createInterface({ input: process.stdin }).once("close", () => process.exit(1))

NodeRuntime.runMain(
  Effect.provide(
    program,
    Spool.layer({ directory, paused: true, minFreeBytes: 0 }).pipe(Layer.provide(Namespace.layerTest({})))
  )
)
