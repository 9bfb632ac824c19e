/**
 * Objects between the small and the large ones: 64 KiB, 1 MiB and 16 MiB in memory, read and stored, plain and with
 * their SHA-256 compared, beside undici and a hash.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { BenchError } from "../benchError.ts"
import * as Remote from "../clients/remote.ts"
import { eachWork, nameOf, type Work, works } from "../clients/sizes.ts"
import type { Opened } from "../clients/verbs.ts"
import { atMost, type Figure, plain } from "../figure.ts"
import { heat, inTurn, type Measured, measuredColumns, measuredRow, ratio, spread, type Timing } from "../measure.ts"
import * as Responder from "../responderProcess.ts"
import type { Plan, Report, Suite } from "../suite.ts"

const suite = "sizes"

/** Fewer of the largest: they are in memory all at once. */
const fibersOf = ({ bytes }: Work): number => (bytes > 1024 ** 2 ? 4 : 16)

/** Of CPU time an operation, beside undici and a hash. */
const target = 1.15
/** Larger ones are measured by how fast they go, in `large`. */
const largestWithTarget = 1024 ** 2

const timingOf = ({ quick, rounds }: Plan): Timing =>
  quick ? { warmUp: 100, slice: 150, rounds: 2 } : { warmUp: 150, slice: 300, rounds }

/** So many bytes are moved before anything is measured, by as many operations as that takes. */
const heatBytes = 256 * 1024 ** 2
const heatOperations = ({ bytes }: Work): number => Math.min(4_000, heatBytes / bytes)

const seconds = (plan: Plan): number => {
  const { rounds, slice, warmUp } = timingOf(plan)
  return 4 + 2 * works.length * (0.5 + (warmUp + rounds * slice) / 1000)
}

const program = new URL("../sizesProcess.ts", import.meta.url)

const open = (id: "undici" | "sdk", port: number): Effect.Effect<Opened<string>, BenchError, Scope.Scope> =>
  Remote.open(program, [id, String(port)], eachWork)

/** One kind of work by both. */
interface Case {
  readonly work: Work
  readonly undici: Measured
  readonly sdk: Measured
}

const measure = Effect.fnUntraced(function* (
  undici: Opened<string>,
  sdk: Opened<string>,
  work: Work,
  timing: Timing
): Effect.fn.Return<Case, BenchError> {
  const clients = [undici, sdk].flatMap((opened) => opened[nameOf(work)] ?? [])
  yield* Effect.forEach(clients, (client) => heat(client, fibersOf(work), heatOperations(work)), { discard: true })
  const [baseline, subject] = yield* inTurn(clients, fibersOf(work), timing)
  return baseline === undefined || subject === undefined
    ? yield* new BenchError({ what: `${nameOf(work)} was not measured` })
    : { work, undici: baseline, sdk: subject }
})

const cpu = "cpuMicrosPerOp"

const besideOf = ({ verify }: Work): string => (verify ? "undici and a hash" : "undici")

const figureOf = ({ sdk, undici, work }: Case): Figure => {
  const about = { suite, case: `${nameOf(work)}, ${fibersOf(work)} fibers`, metric: `CPU ratio to ${besideOf(work)}` }
  const value = ratio(sdk, undici, cpu)
  return work.verify && work.bytes <= largestWithTarget ? atMost(about, value, target) : plain(about, value)
}

const report = (cases: ReadonlyArray<Case>): Report => ({
  figures: cases.map(figureOf),
  tables: [
    {
      title: "Objects in memory",
      columns: ["", ...measuredColumns, "CPU ratio", "(middle half)"],
      rows: cases.flatMap(({ sdk, undici, work }) =>
        [
          { one: undici, name: besideOf(work) },
          { one: sdk, name: "SDK" }
        ].map(({ name, one }) => [
          nameOf(work),
          ...measuredRow({ ...one, name }, fibersOf(work)),
          ratio(one, undici, cpu).toFixed(2),
          `(${spread(one, undici, cpu)})`
        ])
      )
    }
  ],
  charts: [
    {
      title: "Objects of several sizes beside undici and a hash",
      subtitle: "CPU time of a verified object beside that of undici and a hash",
      unit: "times undici and a hash",
      better: "less",
      groups: cases
        .filter(({ work }) => work.verify)
        .map(({ sdk, undici, work }) => {
          const value = ratio(sdk, undici, cpu)
          return { label: nameOf(work), bars: [{ label: "SDK", value, text: value.toFixed(2), isOurs: true, target }] }
        })
    }
  ],
  notes: []
})

/** @see {@link target} */
export const sizes: Suite = {
  name: suite,
  about: "64 KiB, 1 MiB and 16 MiB in memory, verified and not, beside undici and a hash",
  seconds,
  run: (plan) =>
    Effect.gen(function* () {
      const port = yield* Responder.startStreamer
      const [undici, sdk] = [yield* open("undici", port), yield* open("sdk", port)]
      return report(yield* Effect.forEach(works, (work) => measure(undici, sdk, work, timingOf(plan))))
    })
}
