/**
 * A large object into a file by `Transfer.download`, in ranges from four nodes beside one stream. Each node sends a
 * body with so many bytes a second and no more, so that one stream is as fast as the node it comes from. Four fast
 * nodes are more than a small machine can be and serve at the same time; four slow ones are not.
 */
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { Hcp, HcpBody, Namespace, Transfer } from "@effect-hcp/sdk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { BenchError, toBenchError } from "../benchError.ts"
import * as ChildProcess from "../childProcess.ts"
import { atLeast } from "../figure.ts"
import { type Client, inTurn, type Measured, ofEffects, ratio, spread, typical } from "../measure.ts"
import * as ObjectFile from "../objectFile.ts"
import type { Plan, Report, Suite } from "../suite.ts"

const suite = "ranges"

/** Times as many bytes a second as one stream. */
const target = 3
const nodes = 4
const mebi = 1024 ** 2

/** A system, and an object in it. */
interface Setting {
  /** Megabytes that each node sends a second. */
  readonly pace: number
  readonly size: number
  /** How often; once without a warm-up where a transfer takes what it takes, as the machine is not in its way. */
  readonly rounds: number | "once"
}

const settingsOf = ({ quick, rounds }: Plan): ReadonlyArray<Setting> => [
  { pace: 100, size: 256 * mebi, rounds: quick ? 1 : Math.ceil(rounds * 0.6) },
  { pace: 25, size: 72 * mebi, rounds: "once" }
]

/** A system whose nodes are slow. */
export const SlowSystem = Schema.Struct({
  addresses: Schema.Array(Schema.String),
  port: Schema.Int,
  fqdn: Schema.String
})

/** @see {@link SlowSystem} */
export interface SlowSystem extends Schema.Schema.Type<typeof SlowSystem> {}

const open = ({ addresses, fqdn, port }: SlowSystem): Effect.Effect<Namespace.Shape, BenchError, Scope.Scope> =>
  Layer.build(
    Layer.provide(
      Namespace.layer,
      Hcp.layer({
        fqdn,
        port,
        tls: false,
        addresses,
        credentials: { username: "n", password: Redacted.make("n01") }
      })
    )
  ).pipe(Effect.mapError(toBenchError), Effect.map(Context.get(Namespace.Namespace)))

const client = (name: string, ns: Namespace.Shape, folder: string, ranges: number): Client => {
  const copies = Path.join(folder, `copies-${ranges}`)
  const copy = Transfer.count(Transfer.download("/large", copies, { ranges, ifExists: "replace" })).pipe(
    Effect.provideService(Namespace.Namespace, ns),
    Effect.flatMap(({ fetched }) =>
      fetched === 1 ? Effect.void : Effect.fail(new BenchError({ what: "the object was not fetched" }))
    ),
    Effect.ensuring(Effect.promise(() => Fs.rm(copies, { recursive: true, force: true })))
  )
  return ofEffects(name, copy, Effect.withTracerEnabled(false))
}

/** What a setting has come to. */
interface Found extends Setting {
  readonly one: Measured
  readonly ranged: Measured
}

const mebibytes = ({ size }: Setting): number => size / mebi

const rowsOf = (found: Found): ReadonlyArray<ReadonlyArray<string>> =>
  [found.one, found.ranged].map((each) => [
    `${mebibytes(found)} MiB, nodes of ${found.pace} MB/s`,
    each.name,
    ((typical(each, "opsPerSecond") * found.size) / 1e6).toFixed(0),
    (typical(each, "cpuMicrosPerOp") / 1e6 / (found.size / 1e9)).toFixed(2),
    ratio(each, found.one, "opsPerSecond").toFixed(2),
    `(${spread(each, found.one, "opsPerSecond")})`
  ])

const report = (found: ReadonlyArray<Found>): Report => ({
  figures: found.map((each) =>
    atLeast(
      {
        suite,
        case: `${mebibytes(each)} MiB down into file, ${nodes} nodes of ${each.pace} MB/s`,
        metric: "rate ratio to one stream"
      },
      ratio(each.ranged, each.one, "opsPerSecond"),
      target
    )
  ),
  tables: [
    {
      title: `A large object into a file, verified, from ${nodes} nodes`,
      columns: ["", "", "MB/s", "CPU s/GB", "times one stream", "(middle half)"],
      rows: found.flatMap(rowsOf)
    }
  ],
  charts: [],
  notes: []
})

// A slice is one transfer, however long it takes.
const oneTransfer = { warmUp: 1, slice: 1 }

const once = (client: Client): Effect.Effect<Measured, BenchError> =>
  Effect.map(client.work(1, oneTransfer.slice), (sample) => ({ name: client.name, samples: [sample] }))

const measured = Effect.fnUntraced(function* (setting: Setting): Effect.fn.Return<Found, BenchError, Scope.Scope> {
  const { pace, rounds, size } = setting
  const program = new URL("../slowNodesProcess.ts", import.meta.url)
  const { next } = yield* ChildProcess.start(program, [nodes, pace * 1e6].map(String))
  const ns = yield* open(yield* next(SlowSystem))
  const file = yield* ObjectFile.make(size)
  yield* Effect.mapError(ns.put("/large/object", HcpBody.file(file)), toBenchError)
  const folder = Path.dirname(file)
  const clients = [client("one stream", ns, folder, 1), client(`${nodes} ranges at a time`, ns, folder, nodes)]
  const [one, ranged] = yield* rounds === "once"
    ? Effect.forEach(clients, once)
    : inTurn(clients, 1, { ...oneTransfer, rounds })
  if (one === undefined || ranged === undefined) return yield* Effect.die("a client is missing")
  return { ...setting, one, ranged }
})

/** @see {@link target} */
export const ranges: Suite = {
  name: suite,
  about: "a large object down in ranges from four slow nodes, beside one stream",
  seconds: (plan) =>
    settingsOf(plan).reduce((sum, { rounds }) => sum + 6 + (rounds === "once" ? 0 : rounds + 1) * 4, 0),
  run: (plan) =>
    Effect.map(
      Effect.forEach(settingsOf(plan), (setting) => Effect.scoped(measured(setting))),
      report
    )
}
