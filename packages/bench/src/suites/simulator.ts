/**
 * The simulator with very many objects in one directory of a data folder: how long it takes to start, how much memory
 * an object takes, and whether a listing and single requests stay cheap.
 */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ChildProcess from "../childProcess.ts"
import { atMost, plain } from "../figure.ts"
import type { Report, Suite } from "../suite.ts"

const suite = "simulator"

/** In seconds. */
const startTarget = 10
/** In bytes of the resident set. */
const memoryTarget = 1000

/** What the log of changes takes on disk. */
export const Filled = Schema.Struct({ bytes: Schema.Int })

/** @see {@link Filled} */
export interface Filled extends Schema.Schema.Type<typeof Filled> {}

/** What the system took. */
export const Crowded = Schema.Struct({
  objects: Schema.Int,
  startMillis: Schema.Finite,
  startCpuMillis: Schema.Finite,
  /** Bytes for each object. */
  heapEach: Schema.Finite,
  residentEach: Schema.Finite,
  listBytes: Schema.Int,
  listMillis: Schema.Finite,
  /** CPU time of one request without a network, in microseconds. */
  putMicros: Schema.Finite,
  getMicros: Schema.Finite,
  deleteMicros: Schema.Finite
})

/** @see {@link Crowded} */
export interface Crowded extends Schema.Schema.Type<typeof Crowded> {}

const report = (crowded: Crowded): Report => {
  const objects = crowded.objects.toLocaleString("en-US")
  const about = (metric: string) => ({ suite, case: `${objects} objects in a directory`, metric })
  const listed = crowded.listBytes / 1e6 / (crowded.listMillis / 1000)
  return {
    figures: [
      atMost(about("start, s"), crowded.startMillis / 1000, startTarget),
      plain(about("start, CPU s"), crowded.startCpuMillis / 1000),
      // Of fewer objects the code and the young generation of the heap have too large a part.
      crowded.objects < 1e6
        ? plain(about("resident set, bytes an object"), Math.round(crowded.residentEach))
        : atMost(about("resident set, bytes an object"), Math.round(crowded.residentEach), memoryTarget),
      plain(about("heap, bytes an object"), Math.round(crowded.heapEach)),
      plain(about("listing, MB/s"), listed),
      plain(about("PUT of 1 KiB, CPU us"), crowded.putMicros),
      plain(about("GET of 1 KiB, CPU us"), crowded.getMicros),
      plain(about("DELETE, CPU us"), crowded.deleteMicros)
    ],
    tables: [
      {
        title: `The simulator with ${objects} objects in one directory of a data folder`,
        columns: [
          "start, s",
          "CPU s",
          "heap, bytes each",
          "RSS, bytes each",
          "listing, MB/s",
          "PUT, us",
          "GET, us",
          "DELETE, us"
        ],
        rows: [
          [
            (crowded.startMillis / 1000).toFixed(1),
            (crowded.startCpuMillis / 1000).toFixed(1),
            crowded.heapEach.toFixed(0),
            crowded.residentEach.toFixed(0),
            listed.toFixed(0),
            crowded.putMicros.toFixed(0),
            crowded.getMicros.toFixed(0),
            crowded.deleteMicros.toFixed(0)
          ]
        ]
      }
    ],
    charts: [],
    notes: []
  }
}

/** @see {@link startTarget} */
export const simulator: Suite = {
  name: suite,
  about: "a million objects in one directory of the simulator",
  seconds: ({ quick }) => (quick ? 8 : 45),
  run: ({ quick }) =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "hcp-simulator-bench-"))),
        (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true }))
      )
      const program = new URL("../simulatorProcess.ts", import.meta.url)
      const args = [folder, String(quick ? 100_000 : 1_000_000)]
      yield* ChildProcess.ask(program, ["fill", ...args], Filled)
      return report(yield* ChildProcess.ask(program, ["start", ...args], Crowded))
    })
}
