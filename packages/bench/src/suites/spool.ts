/**
 * The spool: writes a second that survive a power failure, beside loops that do nothing but commit their rows; a spool
 * with a million entries; and how fast it is emptied, beside the same writes without a spool.
 */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "../childProcess.ts"
import * as Compiled from "../compiled.ts"
import { atLeast, atMost, plain } from "../figure.ts"
import { median } from "../statistics.ts"
import type { Report, Suite } from "../suite.ts"

const suite = "spool"

/** Beside the bare loop. */
const ratioTarget = 0.6
/** A second, where the disk can. */
const putsTarget = 3_000
const delayTarget = 20
const openTarget = 2
const memoryTarget = 200
/** Beside writes without a spool. */
const drainTarget = 0.8

const Puts = Schema.Struct({
  rates: Schema.Array(Schema.Struct({ spool: Schema.Finite, bare: Schema.Finite, here: Schema.Finite })),
  delayMillis: Schema.Finite,
  cpuMicros: Schema.Finite
})

const Opened = Schema.Struct({ entries: Schema.Int, millis: Schema.Finite, megabytes: Schema.Finite })

const Side = Schema.Struct({ rate: Schema.Finite, cpuMicros: Schema.Finite })

const Drained = Schema.Struct({ rounds: Schema.Array(Schema.Struct({ direct: Side, spool: Side })) })

const reportOf = (puts: typeof Puts.Type, opened: typeof Opened.Type, { rounds }: typeof Drained.Type): Report => {
  const about = (which: string, metric: string) => ({ suite, case: which, metric })
  const spool = median(puts.rates.map(({ spool }) => spool))
  const bare = median(puts.rates.map(({ bare }) => bare))
  const here = median(puts.rates.map(({ here }) => here))
  const put = "PUT 1 KiB, power, 64 fibers"
  const many = `${opened.entries.toLocaleString("en-US")} entries`
  const emptied = "emptied, 1 KiB each"
  const ratioOf = (of: "rate" | "cpuMicros") => median(rounds.map(({ direct, spool }) => spool[of] / direct[of]))
  const typical = (side: "direct" | "spool", of: "rate" | "cpuMicros") => median(rounds.map((round) => round[side][of]))
  return {
    figures: [
      atLeast(about(put, "a second"), Math.round(spool), putsTarget),
      atLeast(
        about(put, "ratio to a bare loop"),
        median(puts.rates.map(({ bare, spool }) => spool / bare)),
        ratioTarget
      ),
      plain(about(put, "ratio to a loop without a thread"), median(puts.rates.map(({ here, spool }) => spool / here))),
      atMost(about(put, "event-loop delay, p99, ms"), puts.delayMillis, delayTarget),
      plain(about(put, "CPU us"), puts.cpuMicros),
      atMost(about(many, "to open, s"), opened.millis / 1000, openTarget),
      atMost(about(many, "peak RSS, MB"), opened.megabytes, memoryTarget),
      atLeast(about(emptied, "rate, ratio to direct"), ratioOf("rate"), drainTarget),
      plain(about(emptied, "CPU, ratio to direct"), ratioOf("cpuMicros"))
    ],
    tables: [
      {
        title: "A spool on this disk",
        columns: ["", "a second", "CPU us"],
        rows: [
          ["PUT into the spool", spool.toFixed(0), puts.cpuMicros.toFixed(0)],
          ["bare loop in a thread", bare.toFixed(0), ""],
          ["bare loop without a thread, which stops the event loop", here.toFixed(0), ""],
          ["out of the spool", typical("spool", "rate").toFixed(0), typical("spool", "cpuMicros").toFixed(0)],
          ["without a spool", typical("direct", "rate").toFixed(0), typical("direct", "cpuMicros").toFixed(0)]
        ]
      }
    ],
    charts: [],
    notes: ["the simulated HCP is in the same process, without a network: it answers faster than any real one"]
  }
}

const temporary: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "hcp-spool-bench-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true }))
)

/** @see {@link reportOf} */
export const spool: Suite = {
  name: suite,
  about: "writes into a spool, a million entries, and emptying it",
  seconds: ({ quick, rounds }) => (quick ? 30 : 60 + 2 * rounds),
  run: ({ quick, rounds }) =>
    Effect.gen(function* () {
      const source = new URL("../spoolProcess.ts", import.meta.url)
      const puts = yield* ChildProcess.ask(source, ["puts", yield* temporary, String(quick ? 3 : rounds)], Puts)
      const compiled = yield* Compiled.program("spoolProcess", ["sdk", "spool"])
      const large = yield* temporary
      const entries = String(quick ? 100_000 : 1_000_000)
      yield* ChildProcess.ask(compiled, ["fill", large, entries], Schema.Struct({ entries: Schema.Int }))
      const opened = yield* ChildProcess.ask(compiled, ["open", large, entries], Opened)
      const drained = yield* ChildProcess.ask(
        source,
        ["drain", yield* temporary, String(quick ? 1_000 : 5_000)],
        Drained
      )
      return reportOf(puts, opened, drained)
    })
}
