/**
 * Jobs: how fast objects are changed by a job, beside a loop that does nothing but the same calls; and the memory of a
 * job over very many objects, which are listed and not there.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ChildProcess from "../childProcess.ts"
import * as Compiled from "../compiled.ts"
import { atLeast, atMost, plain } from "../figure.ts"
import { temporary } from "../soak/temporary.ts"
import { median } from "../statistics.ts"
import type { Report, Suite } from "../suite.ts"

const suite = "jobs"

/** Beside the bare loop. */
const rateTarget = 0.8
/** What is alive after a job over many objects, beside one over a few. */
const memoryTarget = 1.1

const Side = Schema.Struct({ rate: Schema.Finite, cpuMicros: Schema.Finite })

const Rates = Schema.Struct({ rounds: Schema.Array(Schema.Struct({ bare: Side, job: Side })) })

const Memory = Schema.Struct({
  objects: Schema.Int,
  rate: Schema.Finite,
  megabytes: Schema.Finite,
  live: Schema.Finite
})

const reportOf = ({ rounds }: typeof Rates.Type, few: typeof Memory.Type, many: typeof Memory.Type): Report => {
  const about = (which: string, metric: string) => ({ suite, case: which, metric })
  const changed = "looked at and changed, 24 at a time"
  const large = `${many.objects.toLocaleString("en-US")} objects, listed`
  const typical = (side: "bare" | "job", of: "rate" | "cpuMicros") => median(rounds.map((round) => round[side][of]))
  const ratioOf = (of: "rate" | "cpuMicros") => median(rounds.map(({ bare, job }) => job[of] / bare[of]))
  return {
    figures: [
      atLeast(about(changed, "rate, ratio to a bare loop"), ratioOf("rate"), rateTarget),
      plain(about(changed, "CPU, ratio to a bare loop"), ratioOf("cpuMicros")),
      atMost(about(large, "live heap, ratio to 10,000"), many.live / few.live, memoryTarget),
      plain(about(large, "peak RSS, ratio to 10,000"), many.megabytes / few.megabytes),
      plain(about(large, "peak RSS, MB"), many.megabytes),
      plain(about(large, "a second"), Math.round(many.rate))
    ],
    tables: [
      {
        title: "A job, without the network",
        columns: ["", "a second", "CPU us"],
        rows: (["job", "bare"] as const).map((side) => [
          side === "job" ? "by a job" : "bare loop of the same calls",
          typical(side, "rate").toFixed(0),
          typical(side, "cpuMicros").toFixed(0)
        ])
      },
      {
        title: "Memory of a job, MB",
        columns: ["objects", "live heap", "peak RSS"],
        rows: [few, many].map(({ live, megabytes, objects }) => [
          objects.toLocaleString("en-US"),
          live.toFixed(1),
          megabytes.toFixed(0)
        ])
      }
    ],
    charts: [],
    notes: ["the simulated HCP is in the same process, without a network: it answers faster than any real one"]
  }
}

/** @see {@link reportOf} */
export const jobs: Suite = {
  name: suite,
  about: "objects changed by a job beside a bare loop, and the memory of a job over very many",
  seconds: ({ quick }) => (quick ? 20 : 39),
  run: ({ quick }) =>
    Effect.gen(function* () {
      const folder = yield* temporary("bench-jobs-")
      const source = new URL("../jobsProcess.ts", import.meta.url)
      const rates = yield* ChildProcess.ask(source, ["rate", folder, String(quick ? 1_000 : 2_000)], Rates)
      const compiled = yield* Compiled.program("jobsProcess", ["sdk", "s3", "spool", "jobs"])
      const few = yield* ChildProcess.ask(compiled, ["memory", folder, "10000"], Memory)
      const many = yield* ChildProcess.ask(compiled, ["memory", folder, String(quick ? 100_000 : 1_000_000)], Memory)
      return reportOf(rates, few, many)
    })
}
