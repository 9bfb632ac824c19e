/**
 * The memory of large objects: 1 GiB and 5 GiB up to a slow node and down to a slow reader, each in a process of its
 * own. What counts is the peak of the resident set: it must not depend on the size. Raw undici reads the same beside
 * it.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { BenchError } from "../benchError.ts"
import * as ChildProcess from "../childProcess.ts"
import * as Compiled from "../compiled.ts"
import { atMost, type Figure } from "../figure.ts"
import * as Responder from "../responderProcess.ts"
import type { Plan, Report, Suite } from "../suite.ts"
import type { Table } from "../table.ts"

const suite = "memory"
const directions = ["up", "down"] as const
const gibibyte = 1024 ** 3

/** In megabytes, whatever the size. */
const peakTarget = 200
/** In megabytes, for five times the size. */
const growthTarget = 30
/** For the large size down, beside raw undici. */
const ratioTarget = 1.05

/** What one transfer took. */
export const Transfer = Schema.Struct({
  millis: Schema.Finite,
  /** The largest resident set of the process, in bytes. */
  peak: Schema.Finite
})

/** @see {@link Transfer} */
export interface Transfer extends Schema.Schema.Type<typeof Transfer> {}

/** A body in one direction, small and large. */
interface Case {
  readonly direction: (typeof directions)[number]
  readonly small: Transfer
  readonly large: Transfer
}

const sizesOf = ({ quick }: Plan) =>
  quick ? { small: gibibyte / 4, large: gibibyte } : { small: gibibyte, large: 5 * gibibyte }

const transfer = (program: URL, direction: string, bytes: number, port: number): Effect.Effect<Transfer, BenchError> =>
  ChildProcess.ask(program, [direction, String(bytes), String(port)], Transfer)

const undici = (program: URL, bytes: number, port: number): Effect.Effect<Transfer, BenchError> =>
  ChildProcess.ask(program, [String(bytes), String(port)], Transfer)

const inMegabytes = (bytes: number): number => bytes / 1e6

const inGibibytes = (bytes: number): string => `${bytes / gibibyte} GiB`

const figuresOf = (plan: Plan, { direction, large, small }: Case): ReadonlyArray<Figure> => {
  const sizes = sizesOf(plan)
  const what = `${inGibibytes(sizes.large)} ${direction}`
  return [
    atMost({ suite, case: what, metric: "peak RSS, MB" }, inMegabytes(large.peak), peakTarget),
    atMost(
      { suite, case: what, metric: `peak RSS beyond that of ${inGibibytes(sizes.small)}, MB` },
      inMegabytes(large.peak - small.peak),
      growthTarget
    )
  ]
}

/** How much more memory the SDK takes than raw undici for the large size down. */
const besideUndici = (plan: Plan, cases: ReadonlyArray<Case>, raw: Transfer): ReadonlyArray<Figure> =>
  cases
    .filter(({ direction }) => direction === "down")
    .map(({ large }) =>
      atMost(
        { suite, case: `${inGibibytes(sizesOf(plan).large)} down`, metric: "peak RSS, ratio to undici" },
        large.peak / raw.peak,
        ratioTarget
      )
    )

const rowOf = (name: string, bytes: number, { millis, peak }: Transfer): ReadonlyArray<string> => [
  name,
  inMegabytes(peak).toFixed(0),
  (inMegabytes(bytes) / (millis / 1000)).toFixed(0)
]

const tableOf = (plan: Plan, cases: ReadonlyArray<Case>, raw: Transfer): Table => {
  const sizes = sizesOf(plan)
  return {
    title: "A large object and a slow other side",
    columns: ["", "peak RSS, MB", "MB/s"],
    rows: [
      ...cases.flatMap(({ direction, ...transfers }) =>
        (["small", "large"] as const).map((size) =>
          rowOf(`${inGibibytes(sizes[size])} ${direction}`, sizes[size], transfers[size])
        )
      ),
      rowOf(`${inGibibytes(sizes.large)} down, undici`, sizes.large, raw)
    ]
  }
}

const report = (plan: Plan, cases: ReadonlyArray<Case>, raw: Transfer): Report => ({
  figures: [...cases.flatMap((one) => figuresOf(plan, one)), ...besideUndici(plan, cases, raw)],
  tables: [tableOf(plan, cases, raw)],
  charts: [],
  notes: []
})

/** @see {@link peakTarget} */
export const memory: Suite = {
  name: suite,
  about: "the memory that large objects take while the other side is slow",
  seconds: (plan) => (plan.quick ? 15 : 75),
  run: (plan) =>
    Effect.gen(function* () {
      const port = yield* Responder.startStreamer
      const program = yield* Compiled.program("streamProcess")
      const sizes = sizesOf(plan)
      const cases = yield* Effect.forEach(
        directions,
        Effect.fnUntraced(function* (direction): Effect.fn.Return<Case, BenchError> {
          const small = yield* transfer(program, direction, sizes.small, port)
          const large = yield* transfer(program, direction, sizes.large, port)
          return { direction, small, large }
        })
      )
      const raw = yield* undici(yield* Compiled.program("rawStreamProcess"), sizes.large, port)
      return report(plan, cases, raw)
    })
}
