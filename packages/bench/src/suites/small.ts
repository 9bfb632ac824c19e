/**
 * Small objects: GET, HEAD and PUT of 1 KiB over plain HTTP, the SDK's verbs beside undici's `Pool.request`.
 *
 * Both send the same headers to the same server over equally many connections, both check the status, and both hand out
 * the bytes of a GET. Each has a process of its own.
 */
import * as Effect from "effect/Effect"
import type { BenchError } from "../benchError.ts"
import * as Contenders from "../clients/contenders.ts"
import { type Verb, verbs } from "../clients/verbs.ts"
import { atLeast, atMost, type Figure } from "../figure.ts"
import { inTurn, type Measured, ratio, spread, type Timing, typical } from "../measure.ts"
import * as Responder from "../responderProcess.ts"
import type { Plan, Report, Suite } from "../suite.ts"
import type { Table } from "../table.ts"

const suite = "small"
const concurrencies = [1, 16, 64, 256]

const opsTarget = (workers: number): number => (workers === 16 || workers === 64 ? 1 : 0.85)
const cpuTarget = 1
const tracedCpuTarget = 1.6
const p99Target = 1.2

/** Before the first figure, so that what is measured is compiled code. */
const heat: Timing = { warmUp: 100, slice: 700, rounds: 2 }

// As short as may be, so that whatever else the machine does hits both halves of a ratio; but long enough for the
// garbage collections that the work causes: in slices of 120 ms undici's major ones, 20 ms each and several a second,
// were hardly ever seen.
const timingOf = ({ quick, rounds }: Plan): Timing =>
  quick ? { warmUp: 100, slice: 300, rounds: 3 } : { warmUp: 150, slice: 500, rounds }

const contenders = ["undiciRequest", "sdk", "sdkTraced"] as const

type Opened = Effect.Success<ReturnType<typeof Contenders.open>>

const seconds = (plan: Plan): number => {
  const { rounds, slice, warmUp } = timingOf(plan)
  const one = (timing: Timing) => timing.warmUp + timing.rounds * timing.slice
  return (contenders.length * verbs.length * (one(heat) + concurrencies.length * one({ rounds, slice, warmUp }))) / 1000
}

/** One case: the same work, done by undici and by the SDK without and with spans. */
interface Case {
  readonly verb: Verb
  readonly workers: number
  readonly undici: Measured
  readonly sdk: Measured
  readonly traced: Measured
}

const measure = Effect.fnUntraced(function* (
  opened: ReadonlyArray<Opened>,
  verb: Verb,
  workers: number,
  timing: Timing
): Effect.fn.Return<Case, BenchError> {
  const clients = opened.map((client) => client[verb])
  const [undici, sdk, traced] = yield* inTurn(clients, workers, timing)
  if (undici === undefined || sdk === undefined || traced === undefined) return yield* Effect.die("a client is missing")
  return { verb, workers, undici, sdk, traced }
})

const figuresOf = ({ sdk, traced, undici, verb, workers }: Case): ReadonlyArray<Figure> => {
  const about = (metric: string) => ({ suite, case: `${verb} 1 KiB, ${workers} ${fibers(workers)}`, metric })
  const figures = [
    atLeast(about("ops ratio to undici Pool.request"), ratio(sdk, undici, "opsPerSecond"), opsTarget(workers)),
    atMost(about("CPU ratio to undici Pool.request"), ratio(sdk, undici, "cpuMicrosPerOp"), cpuTarget),
    atMost(
      about("CPU ratio to undici Pool.request, tracer on"),
      ratio(traced, undici, "cpuMicrosPerOp"),
      tracedCpuTarget
    )
  ]
  return workers === 64
    ? [...figures, atMost(about("p99 ratio to undici Pool.request"), ratio(sdk, undici, "p99"), p99Target)]
    : figures
}

const fibers = (workers: number): string => (workers === 1 ? "fiber" : "fibers")

const throughput = (cases: ReadonlyArray<Case>): Table => ({
  title: "1 KiB objects, operations a second and times in milliseconds",
  columns: ["", "fibers", "undici", "SDK", "ratio", "(middle half)", "p50 undici", "p50 SDK", "p99 undici", "p99 SDK"],
  rows: cases.map(({ sdk, undici, verb, workers }) => {
    return [
      verb,
      String(workers),
      typical(undici, "opsPerSecond").toFixed(0),
      typical(sdk, "opsPerSecond").toFixed(0),
      ratio(sdk, undici, "opsPerSecond").toFixed(2),
      `(${spread(sdk, undici, "opsPerSecond")})`,
      typical(undici, "p50").toFixed(2),
      typical(sdk, "p50").toFixed(2),
      typical(undici, "p99").toFixed(2),
      typical(sdk, "p99").toFixed(2)
    ]
  })
})

const cpu = (cases: ReadonlyArray<Case>): Table => ({
  title: "1 KiB objects, microseconds of CPU time an operation",
  columns: ["", "fibers", "undici", "SDK", "ratio", "SDK, tracer on", "ratio"],
  rows: cases.map(({ sdk, traced, undici, verb, workers }) => [
    verb,
    String(workers),
    typical(undici, "cpuMicrosPerOp").toFixed(1),
    typical(sdk, "cpuMicrosPerOp").toFixed(1),
    ratio(sdk, undici, "cpuMicrosPerOp").toFixed(2),
    typical(traced, "cpuMicrosPerOp").toFixed(1),
    ratio(traced, undici, "cpuMicrosPerOp").toFixed(2)
  ])
})

const report = (cases: ReadonlyArray<Case>): Report => ({
  figures: cases.flatMap(figuresOf),
  tables: [throughput(cases), cpu(cases)],
  charts: [
    {
      title: "Small objects beside raw undici",
      subtitle: "Objects of 1 KiB: operations a second beside those of undici's Pool.request",
      unit: "times undici",
      better: "more",
      groups: verbs.map((verb) => ({
        label: verb,
        bars: cases
          .filter((one) => one.verb === verb)
          .map(({ sdk, undici, workers }) => {
            const value = ratio(sdk, undici, "opsPerSecond")
            return {
              label: `${workers} ${fibers(workers)}`,
              value,
              text: value.toFixed(2),
              isOurs: true,
              target: opsTarget(workers)
            }
          })
      }))
    }
  ],
  notes: []
})

/** @see {@link report} */
export const small: Suite = {
  name: suite,
  about: "1 KiB objects, the SDK beside undici's Pool.request",
  seconds,
  run: (plan) =>
    Effect.gen(function* () {
      const port = yield* Responder.start
      const opened = yield* Effect.forEach(contenders, (id) => Contenders.open(id, port))
      yield* Effect.forEach(verbs, (verb) => measure(opened, verb, 16, heat), { discard: true })
      const timing = timingOf(plan)
      const cases = concurrencies.flatMap((workers) => verbs.map((verb) => ({ verb, workers })))
      return report(yield* Effect.forEach(cases, ({ verb, workers }) => measure(opened, verb, workers, timing)))
    })
}
