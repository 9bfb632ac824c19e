/**
 * A process that works with a spool until it is killed, and says on standard output what it did: a line for each write
 * that was accepted, or each that HCP has got, and `empty` when there is nothing left to bring there.
 *
 * Usage: `node writerProcess.ts <directory> <round> <work>`, with `HCP_*` in the environment.
 */
import * as readline from "node:readline"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Hcp, Namespace } from "@effect-hcp/sdk"
import { Spool } from "@effect-hcp/spool"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { bodyOf, lineOf, type Write } from "./write.ts"

const [directory = "", round = "", work = ""] = process.argv.slice(2)

const paths = 6

const written = (path: string, number: number) => {
  const write: Write = { path, round: Number(round), number }
  return Effect.gen(function* () {
    const spool = yield* Spool.Spool
    yield* spool.put(path, bodyOf(write), { ifExists: "newVersion" })
    yield* Console.log(lineOf(write))
  })
}

const writing = Effect.forEach(
  Array.from({ length: paths }, (_, index) => `/killed/${index}`),
  Effect.fnUntraced(function* (path) {
    for (let number = 1; ; number++) yield* written(path, number)
  }),
  { concurrency: "unbounded" }
)

const program = Effect.gen(function* () {
  const spool = yield* Spool.Spool
  if (work === "fill") yield* spool.pause
  if (work !== "drain") return yield* writing
  yield* Effect.forkScoped(
    Stream.runForEach(spool.changes, ({ _tag }) => (_tag === "Delivered" ? Console.log("delivered") : Effect.void)),
    { startImmediately: true }
  )
  yield* spool.drain
  yield* Console.log("empty")
  yield* Effect.never
}).pipe(Effect.scoped)

// The parent that has gone leaves nobody behind.
readline.createInterface({ input: process.stdin }).once("close", () => process.exit(1))

NodeRuntime.runMain(
  Effect.provide(
    program,
    Spool.layer({ directory, minFreeBytes: 0 }).pipe(Layer.provide(Namespace.layer), Layer.provide(Hcp.layerConfig()))
  )
)
