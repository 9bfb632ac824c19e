/**
 * Large objects: 1 GiB down, down into a file, up from a file and up from a stream, beside raw undici; and in a suite
 * of its own the same with its SHA-256 compared on the way.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BenchError } from "../benchError.ts"
import { type Load, sdk, undici, type Way, ways } from "../clients/transfers.ts"
import { atLeast, atMost, type Figure, plain } from "../figure.ts"
import { inTurn, type Measured, ratio, spread, type Timing, typical } from "../measure.ts"
import * as ObjectFile from "../objectFile.ts"
import * as Responder from "../responderProcess.ts"
import type { Plan, Report, Suite } from "../suite.ts"
import type { Table } from "../table.ts"

/** Of bytes a second, beside undici. */
const targets: Readonly<Record<Way, number>> = {
  down: 0.95,
  "down into file": 0.95,
  "up from file": 0.9,
  "up from Stream": 0.75
}
const verifiedTarget = 0.9

/** Of CPU time, beside undici, where it is not verified. */
const cpuTargets: Partial<Readonly<Record<Way, number>>> = { down: 1.1, "down into file": 1 }

const mebibyte = 1024 ** 2
const gibibyte = 1024 ** 3
const sizeOf = ({ quick }: Plan): number => (quick ? 256 : 1024) * mebibyte

// A slice is one transfer, however long it takes.
const timingOf = ({ quick, rounds }: Plan, verify: boolean): Timing => ({
  warmUp: 1,
  slice: 1,
  rounds: quick ? 2 : Math.ceil(rounds * (verify ? 0.4 : 0.6))
})

/** One way, plain or verified. */
export interface Case {
  readonly way: Way
  readonly verify: boolean
  readonly bytes: number
  readonly undici: Measured
  readonly sdk: Measured
}

const nameOf = ({ bytes, verify, way }: Case): string => {
  const size = bytes < gibibyte ? `${bytes / mebibyte} MiB` : `${bytes / gibibyte} GiB`
  return `${size} ${way}${verify ? ", SHA-256 verified" : ""}`
}

const measure = Effect.fnUntraced(function* (
  load: Load,
  way: Way,
  timing: Timing
): Effect.fn.Return<Case, BenchError, Scope.Scope> {
  const clients = [(yield* undici(load))[way], (yield* sdk(load))[way]]
  const [baseline, subject] = yield* inTurn(clients, 1, timing)
  if (baseline === undefined || subject === undefined) return yield* Effect.die("a client is missing")
  return { way, verify: load.verify, bytes: load.bytes, undici: baseline, sdk: subject }
}, Effect.scoped)

const besideOf = ({ verify }: Case): string => (verify ? "undici and a hash" : "undici")

/** How fast it goes, beside undici, as a figure of a suite. */
export const figureOf = (suite: string, one: Case): Figure =>
  atLeast(
    { suite, case: nameOf(one), metric: `rate ratio to ${besideOf(one)}` },
    ratio(one.sdk, one.undici, "opsPerSecond"),
    one.verify ? verifiedTarget : targets[one.way]
  )

/** What it takes of the processor, beside undici. */
const cpuFigureOf = (suite: string, one: Case): Figure => {
  const about = { suite, case: nameOf(one), metric: `CPU ratio to ${besideOf(one)}` }
  const value = ratio(one.sdk, one.undici, "cpuMicrosPerOp")
  const target = one.verify ? undefined : cpuTargets[one.way]
  return target === undefined ? plain(about, value) : atMost(about, value, target)
}

/** Megabytes a second. */
const rate = (measured: Measured, bytes: number): number => (typical(measured, "opsPerSecond") * bytes) / 1e6

/** Seconds of CPU time a gigabyte. */
const cpu = (measured: Measured, bytes: number): string =>
  (typical(measured, "cpuMicrosPerOp") / 1e6 / (bytes / 1e9)).toFixed(2)

/** The rates and the CPU time of all. */
export const tableOf = (cases: ReadonlyArray<Case>): Table => ({
  title: "One large object at a time",
  columns: ["", "undici MB/s", "SDK MB/s", "ratio", "(middle half)", "undici CPU s/GB", "SDK CPU s/GB"],
  rows: cases.map((one) => {
    return [
      nameOf(one),
      rate(one.undici, one.bytes).toFixed(0),
      rate(one.sdk, one.bytes).toFixed(0),
      ratio(one.sdk, one.undici, "opsPerSecond").toFixed(2),
      `(${spread(one.sdk, one.undici, "opsPerSecond")})`,
      cpu(one.undici, one.bytes),
      cpu(one.sdk, one.bytes)
    ]
  })
})

const report = (suite: string, cases: ReadonlyArray<Case>): Report => ({
  figures: cases.flatMap((one) => [figureOf(suite, one), cpuFigureOf(suite, one)]),
  tables: [tableOf(cases)],
  charts: [
    {
      title: cases.some(({ verify }) => verify)
        ? "Large objects and their hash beside undici and a hash"
        : "Large objects beside raw undici",
      subtitle: "One object at a time",
      unit: "megabytes a second",
      better: "more",
      groups: cases.map((one) => {
        const ofUndici = rate(one.undici, one.bytes)
        const ofSdk = rate(one.sdk, one.bytes)
        return {
          label: nameOf(one),
          bars: [
            { label: "SDK", value: ofSdk, text: ofSdk.toFixed(0), isOurs: true },
            {
              label: besideOf(one),
              value: ofUndici,
              text: ofUndici.toFixed(0),
              isOurs: false
            }
          ]
        }
      })
    }
  ],
  notes: []
})

/** One object down, plain and verified, over TLS. */
export const measureDown = (
  port: number,
  ca: string,
  plan: Plan
): Effect.Effect<ReadonlyArray<Case>, BenchError, Scope.Scope> =>
  Effect.forEach([false, true], (verify) =>
    measure({ port, bytes: sizeOf(plan), file: "", verify, ca }, "down", timingOf(plan, verify))
  )

/** About how long so many ways take, plain or verified. */
export const seconds = (plan: Plan, count: number, verify: boolean): number =>
  (count * 2 * (timingOf(plan, verify).rounds + 1) * sizeOf(plan)) / 1e9

const suiteOf = (name: string, about: string, verify: boolean): Suite => ({
  name,
  about,
  seconds: (plan) => seconds(plan, ways.length, verify) + 3,
  run: (plan) =>
    Effect.gen(function* () {
      const port = yield* Responder.startStreamer
      const bytes = sizeOf(plan)
      const file = yield* ObjectFile.make(bytes)
      return report(
        name,
        yield* Effect.forEach(ways, (way) => measure({ port, bytes, file, verify }, way, timingOf(plan, verify)))
      )
    })
})

/** @see {@link targets} */
export const large: Suite = suiteOf(
  "large",
  "1 GiB down, into a file, up from a file and up from a stream, the SDK beside raw undici",
  false
)

/** @see {@link verifiedTarget} */
export const verified: Suite = suiteOf(
  "verified",
  "1 GiB down, into a file, up from a file and up from a stream with its SHA-256, the SDK beside raw undici and a hash",
  true
)
