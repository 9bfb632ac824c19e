/**
 * Stores receipts in the order of their numbers, and goes on where an earlier run of it was ended, however that was.
 *
 *     HCP_FQDN=... node --conditions=@effect-hcp/source packages/examples/src/resume/pipeline.ts CHECKPOINT
 *
 * Two things make it safe to begin again:
 * - the path of a receipt follows from the receipt, and `ifExists: "skip"` sends nothing where the same bytes are
 *   stored. So what was stored before, and what was stored although its answer got lost, is stored once;
 * - the checkpoint is moved on only behind receipts that are stored. So nothing is left out, and at most what was under
 *   way is looked at once more.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { DraftFile, HcpBody, Namespace } from "@effect-hcp/sdk"
import { Console, Effect, FileSystem, Stream } from "effect"
import { pathOf, receipts, textOf } from "./receipts.ts"

const concurrency = 8
const between = 10

const [, , file = "checkpoint"] = process.argv

/** The number of the first receipt that may not be stored. */
const checkpoint = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  return (yield* fs.exists(file)) ? Number(yield* fs.readFileString(file)) : 0
})

/** The file gets its name when it is whole and on the disk: whoever is killed before leaves the old one as it was. */
const moveTo = Effect.fnUntraced(function* (number: number) {
  const draft = yield* DraftFile.make(file, { replace: true, sync: true })
  yield* draft.write(new TextEncoder().encode(String(number)), 0)
  yield* draft.finish
}, Effect.scoped)

const program = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  const from = yield* checkpoint
  yield* Console.log(`begins with receipt ${from}`)
  const counts = { created: 0, skipped: 0 }
  yield* receipts(from).pipe(
    // Several at a time, and the outcomes in the order of the receipts.
    Stream.mapEffect(
      (number) =>
        ns.put(pathOf(number), HcpBody.text(textOf(number)), { ifExists: "skip" }).pipe(
          Effect.map(({ outcome }) => {
            counts[outcome === "skipped" ? "skipped" : "created"]++
            return number
          })
        ),
      { concurrency }
    ),
    Stream.grouped(between),
    Stream.runForEach((numbers) => moveTo(Math.max(...numbers) + 1))
  )
  yield* Console.log(`stored ${counts.created}, ${counts.skipped} were there`)
})

program.pipe(Effect.provide([Namespace.layerConfig(), NodeServices.layer]), NodeRuntime.runMain)
