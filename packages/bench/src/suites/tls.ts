/**
 * The same over TLS: GET, HEAD and PUT of 1 KiB, and 1 GiB down, beside undici over TLS.
 */
import * as Effect from "effect/Effect"
import type { BenchError } from "../benchError.ts"
import * as Contenders from "../clients/contenders.ts"
import { type Opened, type Verb, verbs } from "../clients/verbs.ts"
import { atMost, type Figure } from "../figure.ts"
import { heat, inTurn, type Measured, measuredColumns, measuredRow, ratio, spread, type Timing } from "../measure.ts"
import * as Responder from "../responderProcess.ts"
import type { Plan, Report, Suite } from "../suite.ts"
import * as Large from "./large.ts"

const suite = "tls"
const fibers = 64

/** Of CPU time an operation, beside undici: encryption costs both the same. */
const target = 1.15

const heatOperations = ({ quick }: Plan): number => (quick ? 2_000 : 8_000)

const timingOf = ({ quick, rounds }: Plan): Timing =>
  quick ? { warmUp: 150, slice: 200, rounds: 3 } : { warmUp: 200, slice: 300, rounds }

const seconds = (plan: Plan): number => {
  const { rounds, slice, warmUp } = timingOf(plan)
  const small = 2 * verbs.length * ((warmUp + rounds * slice) / 1000 + heatOperations(plan) / 8_000)
  return 5 + small + Large.seconds(plan, 1, false) + Large.seconds(plan, 1, true)
}

/** A verb, by both. */
interface Case {
  readonly verb: Verb
  readonly undici: Measured
  readonly sdk: Measured
}

const measure = Effect.fnUntraced(function* (
  opened: ReadonlyArray<Opened>,
  verb: Verb,
  plan: Plan
): Effect.fn.Return<Case, BenchError> {
  const clients = opened.map((client) => client[verb])
  yield* Effect.forEach(clients, (client) => heat(client, fibers, heatOperations(plan)), { discard: true })
  const [undici, sdk] = yield* inTurn(clients, fibers, timingOf(plan))
  if (undici === undefined || sdk === undefined) return yield* Effect.die("a client is missing")
  return { verb, undici, sdk }
})

const cpu = "cpuMicrosPerOp"

const figureOf = ({ sdk, undici, verb }: Case): Figure =>
  atMost(
    { suite, case: `${verb} 1 KiB, ${fibers} fibers`, metric: "CPU ratio to undici" },
    ratio(sdk, undici, cpu),
    target
  )

const report = (cases: ReadonlyArray<Case>, large: ReadonlyArray<Large.Case>): Report => ({
  figures: [...cases.map(figureOf), ...large.map((one) => Large.figureOf(suite, one))],
  tables: [
    {
      title: `1 KiB over TLS, ${fibers} fibers`,
      columns: ["", ...measuredColumns, "CPU ratio", "(middle half)"],
      rows: cases.flatMap(({ sdk, undici, verb }) =>
        [undici, sdk].map((one) => [
          verb,
          ...measuredRow(one, fibers),
          ratio(one, undici, cpu).toFixed(2),
          `(${spread(one, undici, cpu)})`
        ])
      )
    },
    Large.tableOf(large)
  ],
  charts: [],
  notes: []
})

/** @see {@link target} */
export const tls: Suite = {
  name: suite,
  about: "1 KiB and 1 GiB over TLS, the SDK beside undici",
  seconds,
  run: (plan) =>
    Effect.gen(function* () {
      const { ca, port } = yield* Responder.startTls
      const opened = [yield* Contenders.open("undiciRequest", port, ca), yield* Contenders.open("sdk", port, ca)]
      const cases = yield* Effect.forEach(verbs, (verb) => measure(opened, verb, plan))
      const streamer = yield* Responder.startTlsStreamer
      const large = yield* Large.measureDown(streamer.port, streamer.ca, plan)
      return report(cases, large)
    })
}
