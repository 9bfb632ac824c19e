/**
 * The SDK beside its peers: what else a program could use to store and read objects, at the same work on the same
 * responder.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { BenchError } from "../benchError.ts"
import * as Contenders from "../clients/contenders.ts"
import * as Hcpsdk from "../clients/hcpsdk.ts"
import { type Verb, verbs } from "../clients/verbs.ts"
import { atLeast, type Figure, plain } from "../figure.ts"
import {
  type Client,
  inTurn,
  type Measured,
  measuredColumns,
  measuredRow,
  ratio,
  type Timing,
  typical
} from "../measure.ts"
import * as Responder from "../responderProcess.ts"
import type { Plan, Report, Suite } from "../suite.ts"
import type { Table } from "../table.ts"

const suite = "peers"

/** How many times as many operations a second the SDK should do, by the name of the peer. */
const targets: Readonly<Record<string, number>> = {
  "@aws-sdk/client-s3": 20,
  minio: 6,
  "Effect HttpClient": 2.5,
  "Python hcpsdk": 8
}

const concurrencies = ({ quick }: Plan): ReadonlyArray<number> => (quick ? [64] : [1, 16, 64, 256])

const heat: Timing = { warmUp: 100, slice: 500, rounds: 2 }

const timingOf = ({ quick, rounds }: Plan): Timing =>
  quick ? { warmUp: 80, slice: 200, rounds: 3 } : { warmUp: 120, slice: 200, rounds }

const mostPeers = 7

const seconds = (plan: Plan): number => {
  const { rounds, slice, warmUp } = timingOf(plan)
  const cases = verbs.length * concurrencies(plan).length
  return (
    (mostPeers * (verbs.length * (heat.warmUp + heat.rounds * heat.slice) + cases * (warmUp + rounds * slice))) / 1000
  )
}

/** One case: the same work, done by all who can. The SDK is the first of them. */
interface Case {
  readonly verb: Verb
  readonly workers: number
  readonly sdk: Measured
  readonly peers: ReadonlyArray<Measured>
}

type Opened = Effect.Success<ReturnType<typeof Contenders.open>>

const measure = Effect.fnUntraced(function* (
  opened: ReadonlyArray<Opened>,
  python: Client | undefined,
  [verb, workers]: readonly [Verb, number],
  timing: Timing
): Effect.fn.Return<Case, BenchError> {
  const clients = opened.map((client) => client[verb])
  const isForPython = python !== undefined && verb === "GET" && workers === 64
  const [sdk, ...peers] = yield* inTurn(isForPython ? [...clients, python] : clients, workers, timing)
  if (sdk === undefined) return yield* Effect.die("the SDK is missing")
  return { verb, workers, sdk, peers }
})

const figuresOf = ({ peers, sdk, verb, workers }: Case): ReadonlyArray<Figure> =>
  peers.map((peer) => {
    const about = { suite, case: nameOf(verb, workers), metric: `ops ratio to ${peer.name}` }
    const value = ratio(sdk, peer, "opsPerSecond")
    const target = targets[peer.name]
    return target === undefined ? plain(about, value) : atLeast(about, value, target)
  })

const nameOf = (verb: Verb, workers: number): string =>
  `${verb} 1 KiB, ${workers} ${workers === 1 ? "fiber" : "fibers"}`

const tableOf = (which: Verb, cases: ReadonlyArray<Case>): Table => ({
  title: `${which} of 1 KiB`,
  columns: [...measuredColumns, "SDK does"],
  rows: cases
    .filter(({ verb }) => verb === which)
    .flatMap(({ peers, sdk, workers }) =>
      [sdk, ...peers].map((client) => [
        ...measuredRow(client, workers),
        client === sdk ? "" : `${ratio(sdk, client, "opsPerSecond").toFixed(1)} times as many`
      ])
    )
})

const report = (cases: ReadonlyArray<Case>, notes: ReadonlyArray<string>): Report => ({
  figures: cases.flatMap(figuresOf),
  tables: verbs.map((verb) => tableOf(verb, cases)),
  charts: [
    {
      title: "Small objects, client by client",
      subtitle: "Objects of 1 KiB, 64 at a time",
      unit: "thousand operations a second",
      better: "more",
      groups: cases
        .filter(({ workers }) => workers === 64)
        .map(({ peers, sdk, verb }) => ({
          label: verb,
          bars: [sdk, ...peers].map((client) => {
            const thousands = typical(client, "opsPerSecond") / 1000
            return { label: client.name, value: thousands, text: thousands.toFixed(1), isOurs: client === sdk }
          })
        }))
    }
  ],
  notes
})

const always = ["sdk", "undiciRequest", "undiciDispatch", "nodeHttp", "effectHttp"] as const

/** What can be had of a peer, or why not. */
const available = <A, R>(name: string, peer: Effect.Effect<A, BenchError, R>) =>
  Effect.map(Effect.result(peer), (result) =>
    Result.isSuccess(result)
      ? { peers: [result.success], notes: [] }
      : { peers: [], notes: [`${name} is skipped: ${result.failure.message}`] }
  )

/** @see {@link targets} */
export const peers: Suite = {
  name: suite,
  about: "1 KiB objects, the SDK beside other clients",
  seconds,
  needsPeers: true,
  run: (plan) =>
    Effect.gen(function* () {
      const port = yield* Responder.start
      const s3 = yield* available("@aws-sdk/client-s3", Contenders.open("s3", port))
      const minio = yield* available("minio", Contenders.open("minio", port))
      const python = yield* available("Python hcpsdk", Hcpsdk.open(port))
      const others = yield* Effect.forEach(always, (id) => Contenders.open(id, port))
      const opened = [...others, ...minio.peers, ...s3.peers]
      const run = (verb: Verb, workers: number, timing: Timing) =>
        measure(opened, python.peers[0], [verb, workers], timing)
      yield* Effect.forEach(verbs, (verb) => run(verb, 16, heat), { discard: true })
      const cases = concurrencies(plan).flatMap((workers) => verbs.map((verb) => [verb, workers] as const))
      return report(yield* Effect.forEach(cases, ([verb, workers]) => run(verb, workers, timingOf(plan))), [
        ...s3.notes,
        ...minio.notes,
        ...python.notes
      ])
    })
}
