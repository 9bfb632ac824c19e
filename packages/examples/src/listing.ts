/**
 * Reads a folder of 10,000 objects. HCP sends it as one XML document without pages; it is parsed while it arrives, so
 * the entries are used one after the other and memory stays where it was.
 *
 *     npm run example -- listing [OBJECTS]
 */
import { NodeRuntime } from "@effect/platform-node"
import { HcpBody, Namespace } from "@effect-hcp/sdk"
import { Console, Duration, Effect, Stream } from "effect"
import { simulated } from "./simulated.ts"

const count = Math.max(1, Number.parseInt(process.argv[2] ?? "", 10) || 10_000)
const folder = "/measurements/2026"

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`

const program = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace

  const [storing] = yield* Effect.timed(
    Effect.forEach(
      Array.from({ length: count }, (_, index) => index),
      (index) => ns.put(`${folder}/sensor ${index}.csv`, HcpBody.text("x".repeat(index % 100))),
      { concurrency: 32, discard: true }
    )
  )
  yield* Console.log(`stored ${count} objects in ${Duration.toSeconds(storing).toFixed(1)} s`)

  const before = process.memoryUsage().rss
  const [listing, total] = yield* Effect.timed(
    Stream.runFold(
      ns.list(folder),
      () => ({ entries: 0, bytes: 0, newest: 0 }),
      ({ bytes, entries, newest }, entry) => ({
        entries: entries + 1,
        bytes: bytes + (entry._tag === "Object" ? (entry.size ?? 0) : 0),
        newest: Math.max(newest, entry.changedAt?.at.epochMilliseconds ?? 0)
      })
    )
  )
  const grown = Math.max(0, process.memoryUsage().rss - before)
  yield* Console.log(
    `listed ${total.entries} entries of ${total.bytes} bytes in ${Duration.toSeconds(listing).toFixed(2)} s, ` +
      `${Math.round(total.entries / Duration.toSeconds(listing))} a second; memory grew by ${megabytes(grown)}`
  )
  yield* Console.log(`the last change was at ${new Date(total.newest).toISOString()}`)

  // Who has seen enough leaves; the rest is not even sent.
  const [finding, found] = yield* Effect.timed(
    Stream.runHead(Stream.filter(ns.list(folder), ({ name }) => name.endsWith("77.csv")))
  )
  yield* Console.log(
    `found ${found._tag === "Some" ? found.value.name : "nothing"} in ${Duration.toMillis(finding).toFixed(0)} ms`
  )

  const deleted = yield* Stream.runCount(ns.deleteTree(folder, { concurrency: 32 }))
  yield* Console.log(`deleted ${deleted - 1} objects and their folder`)
})

program.pipe(Effect.provide(simulated()), NodeRuntime.runMain)
