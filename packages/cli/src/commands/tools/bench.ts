/**
 * `bench`: how fast an HCP is from here, by a small load that is bounded and cleaned up.
 *
 * @internal
 */
import { isHcpError } from "@effect-hcp/sdk/HcpError"
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as ByteSize from "effect/ByteSize"
import * as Clock from "effect/Clock"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { partial, usage } from "../../Failure.ts"
import * as BarChart from "../../internal/barChart.ts"
import { command } from "../../internal/command.ts"
import { confirm, yes } from "../../internal/confirm.ts"
import { inNamespace } from "../../internal/connection.ts"
import { histogram, percentile } from "../../internal/latencies.ts"
import type { Column, Row } from "../../internal/output.ts"
import { bytes, countColumn } from "../../internal/show.ts"

/** What one run may do at most: a load that nobody else notices. */
const most = { objects: 10_000, bytes: 4 * 1024 ** 3, concurrency: 64 }

const count = (name: string, most: number, usual: number, description: string) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (value) => value >= 1 && value <= most,
      (value) => `Expected 1 to ${most}, got ${value}`
    ),
    Flag.withDescription(`${description}, 1 to ${most} (default: ${usual})`),
    Flag.withDefault(usual)
  )

const columns: ReadonlyArray<Column> = [
  { name: "operation" },
  ...["objects", "failed", "seconds", "perSecond", "mibPerSecond", "p50", "p90", "p99", "max"].map(countColumn)
]

/** @internal */
export const bench = command(
  "bench",
  "Measure how fast an HCP is from here: stores, reads and deletes a few objects",
  [
    ["hcp bench", "200 objects of 64 KiB in a folder of their own, 8 at a time; asks before it writes"],
    ["hcp bench /tmp --size 10MiB --objects 20 --yes -o json", "Without asking, below /tmp"]
  ],
  {
    place: Argument.String("place").pipe(
      Argument.withDescription("Directory in which the folder of the objects is made (default: /)"),
      Argument.withDefault("/")
    ),
    objects: count("objects", most.objects, 200, "Objects"),
    concurrency: count("concurrency", most.concurrency, 8, "Calls at a time"),
    size: Flag.String("size").pipe(
      Flag.filterMap(
        (text) => Option.map(ByteSize.fromString(/^\d+$/.test(text) ? `${text} B` : text), Number),
        (text) => `Expected a size such as 64KiB, got ${text}`
      ),
      Flag.withDescription("Size of each object (default: 64KiB)"),
      Flag.withDefault(64 * 1024)
    ),
    yes
  },
  ({ concurrency, objects, place, size, yes }) =>
    inNamespace(
      place,
      Effect.fnUntraced(function* (ns, at, output) {
        if (size * objects > most.bytes) {
          return yield* usage(`${objects} objects of ${bytes(size)} are more than ${bytes(most.bytes)}`)
        }
        const id = (yield* Random.nextIntBetween(0, 36 ** 6)).toString(36).padStart(6, "0")
        const folder = `${at.path.replace(/\/$/, "")}/hcp-bench-${id}`
        yield* confirm(`store, read and delete ${objects} objects of ${bytes(size)} in ${folder}`, yes)
        const [settings] = yield* ns.info.namespaces()
        const purge = settings?.versioningEnabled === true
        yield* output.note(`storing ${objects} objects of ${bytes(size)} in ${folder}`)
        const load = { ns, folder, objects, size, concurrency, purge }
        const found = yield* measured(load).pipe(
          Effect.onInterrupt(() => output.note(`deleting ${folder}`)),
          Effect.ensuring(
            Effect.catch(cleanUp(load), (left) =>
              output.note(`${left} could not be deleted; delete the folder with: hcp rm -r ${folder}`)
            )
          )
        )
        yield* output.rows(columns, Stream.fromIterable(found.map((one) => rowOf(one, size))))
        if (output.format === "table") {
          yield* output.raw(Stream.fromIterable(found.map((one) => `\n${chartOf(one)}`)))
        }
        const failed = found.reduce((sum, one) => sum + one.failed, 0)
        if (failed > 0) return yield* partial(failed, objects * found.length)
      })
    )
)

interface Load {
  readonly ns: Shape
  readonly folder: string
  readonly objects: number
  readonly size: number
  readonly concurrency: number
  /** Whether versions are kept, and have to go as well. */
  readonly purge: boolean
}

/** What came of one operation on all objects. */
interface Measured {
  readonly operation: string
  readonly millis: number
  /** Of each call that succeeded, the shortest first. */
  readonly latencies: ReadonlyArray<number>
  readonly failed: number
}

/** Some bytes that pack badly, another first eight of them for each object. */
const makeBodies = Effect.fnUntraced(function* (size: number) {
  const words = new Uint32Array(Math.ceil(size / 4))
  let state = (yield* Random.nextIntBetween(1, 0x7fff_ffff)) >>> 0
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[index] = state
  }
  const common = new Uint8Array(words.buffer, 0, size)
  return (index: number): Uint8Array => {
    const body = common.slice()
    body.set(new TextEncoder().encode(index.toString(36).padStart(8, "0")).subarray(0, size))
    return body
  }
})

const measured = Effect.fnUntraced(function* (load: Load) {
  const { concurrency, folder, ns, objects, purge, size } = load
  const bodyOf = yield* makeBodies(size)
  const { deletionAllowed } = yield* Effect.promise(() => import("@effect-hcp/sdk/Retention"))
  const pathOf = (index: number) => `${folder}/${index}`
  const timed = Effect.fnUntraced(function* <E>(
    operation: string,
    call: (index: number) => Effect.Effect<unknown, E>
  ): Effect.fn.Return<Measured, E> {
    const begun = yield* Clock.monotonicTimeNanos
    const latencies: Array<number> = []
    let failed = 0
    let first: E | undefined
    yield* Effect.forEach(
      Array.from({ length: objects }, (_, index) => index),
      Effect.fnUntraced(function* (index) {
        const from = yield* Clock.monotonicTimeNanos
        const done = yield* Effect.result(call(index))
        if (done._tag === "Success") latencies.push(Number((yield* Clock.monotonicTimeNanos) - from) / 1e6)
        else {
          failed += 1
          first ??= done.failure
        }
      }),
      { concurrency, discard: true }
    )
    // Where nothing works there is nothing to measure.
    if (first !== undefined && failed === objects) return yield* Effect.fail(first)
    const millis = Number((yield* Clock.monotonicTimeNanos) - begun) / 1e6
    return { operation, millis, latencies: latencies.sort((left, right) => left - right), failed }
  })
  return [
    // Whatever the namespace says, it must be possible to delete them.
    yield* timed("put", (index) => ns.put(pathOf(index), bodyOf(index), { retention: deletionAllowed })),
    yield* timed("get", (index) => Stream.runDrain(ns.stream(pathOf(index)))),
    yield* timed("delete", (index) => ns.delete(pathOf(index), { purge }))
  ]
})

/** Deletes what is left. Fails with how many are. */
const cleanUp = ({ concurrency, folder, ns, purge }: Load): Effect.Effect<void, string> =>
  Stream.runFold(
    ns.deleteTree(folder, { purge, concurrency }),
    () => 0,
    (left, outcome) => (outcome._tag === "Failed" ? left + 1 : left)
  ).pipe(
    Effect.matchEffect({
      // Where nothing was stored there is no folder.
      onFailure: (error) =>
        isHcpError(error) && error.reason._tag === "NotFound" ? Effect.void : Effect.fail(error.message),
      onSuccess: (left) => (left === 0 ? Effect.void : Effect.fail(`${left} of the objects`))
    })
  )

const rounded = (value: number): number => Math.round(value * 100) / 100

const rowOf = ({ failed, latencies, millis, operation }: Measured, size: number): Row => ({
  operation,
  objects: latencies.length,
  failed,
  seconds: rounded(millis / 1000),
  perSecond: rounded((latencies.length / millis) * 1000),
  mibPerSecond: operation === "delete" ? null : rounded(((latencies.length * size) / millis / 1024 ** 2) * 1000),
  p50: rounded(percentile(latencies, 0.5)),
  p90: rounded(percentile(latencies, 0.9)),
  p99: rounded(percentile(latencies, 0.99)),
  max: rounded(percentile(latencies, 1))
})

const chartOf = ({ latencies, operation }: Measured): string =>
  BarChart.text({
    title: `${operation}, milliseconds`,
    bars: histogram(latencies).map(({ below, count }) => ({ label: `< ${below}`, value: count })),
    show: String
  })
