/**
 * A crowd: 10,000 fibers ask at the same time, and there are 64 connections. All must be served, in the order in which
 * they came, and in little memory.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ChildProcess from "../childProcess.ts"
import * as Compiled from "../compiled.ts"
import { atLeast, atMost, plain } from "../figure.ts"
import * as Responder from "../responderProcess.ts"
import type { Report, Suite } from "../suite.ts"

const suite = "waiting"

/** How many fibers ask. */
const fibers = 10_000
/** How many connections there are. */
const connections = 64

/** In megabytes. */
const growthTarget = 150
/**
 * How many of those who came after a fiber may be done before it. The calls that are under way together end in any
 * order; twice as many as there are connections leaves room for one that takes as long as two others.
 */
const overtakenTarget = 2 * connections

/** What became of the crowd. */
export const Crowd = Schema.Struct({
  succeeded: Schema.Int,
  millis: Schema.Finite,
  /** By how much the resident set grew at most, in bytes. */
  growth: Schema.Finite,
  /** By how many that came later the unluckiest was overtaken. */
  overtaken: Schema.Int
})

/** @see {@link Crowd} */
export interface Crowd extends Schema.Schema.Type<typeof Crowd> {}

const report = (crowd: Crowd): Report => {
  const about = (metric: string) => ({ suite, case: "10,000 fibers, 64 connections", metric })
  const growth = crowd.growth / 1e6
  return {
    figures: [
      atLeast(about("calls that succeeded"), crowd.succeeded, fibers),
      atMost(about("RSS growth, MB"), growth, growthTarget),
      atMost(about("later ones done before the unluckiest"), crowd.overtaken, overtakenTarget),
      plain(about("ms for all"), Math.round(crowd.millis))
    ],
    tables: [
      {
        title: "10,000 fibers over 64 connections",
        columns: ["succeeded", "RSS growth, MB", "overtaken by at most", "ms for all"],
        rows: [[String(crowd.succeeded), growth.toFixed(0), String(crowd.overtaken), crowd.millis.toFixed(0)]]
      }
    ],
    charts: [],
    notes: []
  }
}

/** @see {@link growthTarget} */
export const waiting: Suite = {
  name: suite,
  about: "10,000 fibers that wait for 64 connections",
  seconds: () => 4,
  run: () =>
    Effect.gen(function* () {
      const port = yield* Responder.start
      const program = yield* Compiled.program("waitingProcess")
      const args = [fibers, connections, port].map(String)
      return report(yield* ChildProcess.ask(program, args, Crowd))
    })
}
