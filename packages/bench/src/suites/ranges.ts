/**
 * A large object into a file by `Transfer.download`, in ranges from four nodes beside one stream. Each node sends a body
 * with so many bytes a second and no more, so that one stream is as fast as the node it comes from.
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
import { type Client, inTurn, type Measured, ofEffects, ratio, spread, type Timing, typical } from "../measure.ts"
import * as ObjectFile from "../objectFile.ts"
import type { Plan, Report, Suite } from "../suite.ts"

const suite = "ranges"

/** Times as many bytes a second as one stream. */
const target = 3
const nodes = 4
const bytesPerSecond = 100e6
const bytes = 256 * 1024 ** 2

/** A system whose nodes are slow. */
export const SlowSystem = Schema.Struct({
  addresses: Schema.Array(Schema.String),
  port: Schema.Int,
  fqdn: Schema.String
})

/** @see {@link SlowSystem} */
export interface SlowSystem extends Schema.Schema.Type<typeof SlowSystem> {}

// A slice is one transfer, however long it takes.
const timingOf = ({ quick, rounds }: Plan): Timing => ({
  warmUp: 1,
  slice: 1,
  rounds: quick ? 1 : Math.ceil(rounds * 0.6)
})

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

/** Megabytes a second. */
const rate = (measured: Measured): string => ((typical(measured, "opsPerSecond") * bytes) / 1e6).toFixed(0)

/** Seconds of CPU time a gigabyte. */
const cpu = (measured: Measured): string => (typical(measured, "cpuMicrosPerOp") / 1e6 / (bytes / 1e9)).toFixed(2)

const report = (one: Measured, ranged: Measured): Report => ({
  figures: [
    atLeast(
      { suite, case: `256 MiB down into file, ${nodes} nodes of 100 MB/s`, metric: "rate ratio to one stream" },
      ratio(ranged, one, "opsPerSecond"),
      target
    )
  ],
  tables: [
    {
      title: `256 MiB into a file, verified; ${nodes} nodes that send ${bytesPerSecond / 1e6} MB/s`,
      columns: ["", "MB/s", "CPU s/GB", "times one stream", "(middle half)"],
      rows: [one, ranged].map((each) => [
        each.name,
        rate(each),
        cpu(each),
        ratio(each, one, "opsPerSecond").toFixed(2),
        `(${spread(each, one, "opsPerSecond")})`
      ])
    }
  ],
  charts: [],
  notes: []
})

/** @see {@link target} */
export const ranges: Suite = {
  name: suite,
  about: "a large object down in ranges from four slow nodes, beside one stream",
  seconds: (plan) => 6 + (timingOf(plan).rounds + 1) * 4,
  run: (plan) =>
    Effect.gen(function* () {
      const program = new URL("../slowNodesProcess.ts", import.meta.url)
      const { next } = yield* ChildProcess.start(program, [nodes, bytesPerSecond].map(String))
      const ns = yield* open(yield* next(SlowSystem))
      const file = yield* ObjectFile.make(bytes)
      yield* Effect.mapError(ns.put("/large/object", HcpBody.file(file)), toBenchError)
      const folder = Path.dirname(file)
      const clients = [client("one stream", ns, folder, 1), client(`${nodes} ranges at a time`, ns, folder, nodes)]
      const [one, ranged] = yield* inTurn(clients, 1, timingOf(plan))
      if (one === undefined || ranged === undefined) return yield* Effect.die("a client is missing")
      return report(one, ranged)
    })
}
