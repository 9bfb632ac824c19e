/**
 * The listing of a directory with 100,000 entries, one XML document of some 70 MB, read entry by entry in a process of
 * its own. What counts is how fast it goes, and that memory does not depend on its length.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ChildProcess from "../childProcess.ts"
import { atLeast, atMost, plain } from "../figure.ts"
import * as Responder from "../responderProcess.ts"
import { median } from "../statistics.ts"
import type { Plan, Report, Suite } from "../suite.ts"

const suite = "listing"
const entries = 100_000

/** In megabytes of XML a second. */
const rateTarget = 30
/** In megabytes of the resident set. */
const growthTarget = 100

/** What the process tells; its own words are in `listingProcess.ts`. */
const Listings = Schema.Struct({
  bytes: Schema.Finite,
  growth: Schema.Finite,
  rounds: Schema.Array(Schema.Struct({ millis: Schema.Finite, cpuMillis: Schema.Finite, entries: Schema.Int }))
})

interface Listings extends Schema.Schema.Type<typeof Listings> {}

const program = new URL("../listingProcess.ts", import.meta.url)

const report = ({ bytes, growth, rounds }: Listings): Report => {
  const about = (metric: string) => ({ suite, case: "100,000 entries", metric })
  const found = Math.min(...rounds.map((round) => round.entries))
  const rate = median(rounds.map((round) => bytes / 1e6 / (round.millis / 1000)))
  const cpu = median(rounds.map((round) => (round.cpuMillis * 1000) / round.entries))
  return {
    figures: [
      atLeast(about("entries found"), found, entries),
      atLeast(about("MB of XML a second"), rate, rateTarget),
      atMost(about("RSS growth, MB"), growth / 1e6, growthTarget),
      plain(about("us of CPU time an entry"), cpu)
    ],
    tables: [
      {
        title: "The listing of a large directory",
        columns: ["entries", "MB of XML", "MB/s", "CPU us an entry", "RSS growth, MB"],
        rows: [[String(found), (bytes / 1e6).toFixed(1), rate.toFixed(1), cpu.toFixed(1), (growth / 1e6).toFixed(0)]]
      }
    ],
    charts: [],
    notes: []
  }
}

const roundsOf = ({ quick, rounds }: Plan): number => (quick ? 3 : rounds)

/** @see {@link rateTarget} */
export const listing: Suite = {
  name: suite,
  about: "a directory of 100,000 entries, read entry by entry",
  seconds: (plan) => 3 * (roundsOf(plan) + 1),
  run: (plan) =>
    Effect.gen(function* () {
      const port = yield* Responder.startLister
      return report(yield* ChildProcess.ask(program, [String(entries), String(roundsOf(plan)), String(port)], Listings))
    })
}
