/**
 * The ways of a call: GET of 1 KiB at log level Debug, with a span, with a deadline, with a minimum rate and with a
 * grace for "not found", beside the plain call; PUT of 1 KiB of text beside the same as bytes. None of these may cost
 * much more than what it is for.
 *
 * All are made by one client in one process, in turn: what is compared is not a client with another one.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { BenchError } from "../benchError.ts"
import * as Remote from "../clients/remote.ts"
import { eachWay, ways as names, type Way } from "../clients/ways.ts"
import { atMost } from "../figure.ts"
import { inTurn, type Measured, measuredColumns, measuredRow, ratio, spread, type Timing } from "../measure.ts"
import * as Responder from "../responderProcess.ts"
import type { Plan, Report, Suite } from "../suite.ts"

const suite = "ways"
const fibers = 32

/** What is compared with what, and the most it may cost in CPU time. */
const pairs: ReadonlyArray<{ readonly way: Way; readonly beside: Way; readonly target: number }> = [
  { way: "GET, level Debug", beside: "GET", target: 1.3 },
  { way: "GET, tracer on", beside: "GET", target: 1.25 },
  { way: "GET, deadline", beside: "GET", target: 1.1 },
  { way: "GET, minRate", beside: "GET", target: 1.3 },
  { way: "GET, notFoundGrace", beside: "GET", target: 1.3 },
  { way: "PUT of text", beside: "PUT of bytes", target: 1.05 }
]

const timingOf = ({ quick, rounds }: Plan): Timing =>
  quick ? { warmUp: 500, slice: 200, rounds: 3 } : { warmUp: 800, slice: 400, rounds: rounds + 2 }

const seconds = (plan: Plan): number => {
  const { rounds, slice, warmUp } = timingOf(plan)
  return 2 + (names.length * (warmUp + rounds * slice)) / 1000
}

const report = (measured: ReadonlyMap<Way, Measured>): Effect.Effect<Report, BenchError> =>
  Effect.map(
    Effect.forEach(pairs, (pair) => {
      const subject = measured.get(pair.way)
      const baseline = measured.get(pair.beside)
      return subject === undefined || baseline === undefined
        ? Effect.fail(new BenchError({ what: `${pair.way} or ${pair.beside} was not measured` }))
        : Effect.succeed({ ...pair, value: ratio(subject, baseline, "cpuMicrosPerOp"), subject, baseline })
    }),
    (compared) => ({
      figures: compared.map(({ beside, target, value, way }) =>
        atMost({ suite, case: `${way}, ${fibers} fibers`, metric: `CPU ratio to ${beside}` }, value, target)
      ),
      tables: [
        {
          title: "The same call in several ways, 1 KiB",
          columns: ["way", ...measuredColumns.slice(1)],
          rows: [...measured].map(([way, one]) => measuredRow({ ...one, name: way }, fibers))
        },
        {
          title: "CPU time beside the plain way",
          columns: ["", "beside", "ratio", "(middle half)"],
          rows: compared.map(({ baseline, beside, subject, value, way }) => [
            way,
            beside,
            value.toFixed(2),
            `(${spread(subject, baseline, "cpuMicrosPerOp")})`
          ])
        }
      ],
      charts: [],
      notes: []
    })
  )

const program = new URL("../waysProcess.ts", import.meta.url)

const measure = Effect.fnUntraced(function* (plan: Plan): Effect.fn.Return<Report, BenchError, Scope.Scope> {
  const port = yield* Responder.start
  const opened = yield* Remote.open(program, [String(port)], eachWay)
  const measured = yield* inTurn(
    names.map((way) => opened[way]),
    fibers,
    timingOf(plan)
  )
  return yield* report(
    new Map(names.flatMap((way, index) => (measured[index] === undefined ? [] : [[way, measured[index]]])))
  )
})

/** @see {@link pairs} */
export const ways: Suite = {
  name: suite,
  about: "the same call at level Debug, with a span, with limits, and with a body of text",
  seconds,
  run: measure
}
