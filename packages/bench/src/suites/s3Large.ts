/**
 * 1 GiB through the S3 gateway, up in parts and down, beside the AWS client and its `lib-storage`: signed with Version
 * 4 as those do it, and through `/hs3` with HCP's own header.
 */
import * as Path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BenchError } from "../benchError.ts"
import * as Remote from "../clients/remote.ts"
import { eachWay, type Load, type Way, ways } from "../clients/s3Transfers.ts"
import { atLeast, type Figure } from "../figure.ts"
import { inTurn, type Measured, ratio, spread, type Timing, typical } from "../measure.ts"
import * as ObjectFile from "../objectFile.ts"
import * as Responder from "../responderProcess.ts"
import type { Plan, Report } from "../suite.ts"
import type { Table } from "../table.ts"

/** How many times as many bytes a second as the AWS client. */
const target = 1

const mebibyte = 1024 ** 2
const gibibyte = 1024 ** 3
const sizeOf = ({ quick }: Plan): number => (quick ? 256 : 1024) * mebibyte
const partSize = 8 * mebibyte
const concurrency = 4

// A slice is one transfer, however long it takes.
const timingOf = ({ quick, rounds }: Plan): Timing => ({
  warmUp: 1,
  slice: 1,
  rounds: quick ? 2 : Math.ceil(rounds * 0.6)
})

const contenders = ["aws", "v4", "hs3"] as const

const program = new URL("../transferProcess.ts", import.meta.url)

/** About how long it takes, in seconds. */
export const seconds = (plan: Plan): number =>
  (contenders.length * ways.length * (timingOf(plan).rounds + 1) * sizeOf(plan)) / 0.7e9 + 3

/** One way, taken by the AWS client and by us at both doors. */
interface Case {
  readonly way: Way
  readonly bytes: number
  readonly aws: Measured
  readonly ours: ReadonlyArray<Measured>
}

const nameOf = ({ bytes, way }: Case): string =>
  `${bytes < gibibyte ? `${bytes / mebibyte} MiB` : `${bytes / gibibyte} GiB`} ${way}`

const figuresOf = (suite: string, one: Case): ReadonlyArray<Figure> =>
  one.ours.map((client) =>
    atLeast(
      { suite, case: `${client.name}: ${nameOf(one)}`, metric: `rate ratio to ${one.aws.name}` },
      ratio(client, one.aws, "opsPerSecond"),
      target
    )
  )

/** Megabytes a second. */
const rate = (measured: Measured, bytes: number): number => (typical(measured, "opsPerSecond") * bytes) / 1e6

/** Seconds of CPU time a gigabyte. */
const cpu = (measured: Measured, bytes: number): string =>
  (typical(measured, "cpuMicrosPerOp") / 1e6 / (bytes / 1e9)).toFixed(2)

const tableOf = (cases: ReadonlyArray<Case>): Table => ({
  title: `S3: one large object at a time, ${concurrency} parts of ${partSize / mebibyte} MiB at a time`,
  columns: ["", "client", "MB/s", "CPU s/GB", "times the AWS client", "(middle half)"],
  rows: cases.flatMap((one) =>
    [one.aws, ...one.ours].map((client) => [
      nameOf(one),
      client.name,
      rate(client, one.bytes).toFixed(0),
      cpu(client, one.bytes),
      client === one.aws ? "" : ratio(client, one.aws, "opsPerSecond").toFixed(2),
      client === one.aws ? "" : `(${spread(client, one.aws, "opsPerSecond")})`
    ])
  )
})

const report = (suite: string, cases: ReadonlyArray<Case>): Report => ({
  figures: cases.flatMap((one) => figuresOf(suite, one)),
  tables: [tableOf(cases)],
  charts: [
    {
      title: "S3: large objects beside the AWS SDK",
      subtitle: "One object at a time",
      unit: "megabytes a second",
      better: "more",
      groups: cases.map((one) => ({
        label: nameOf(one),
        bars: [...one.ours, one.aws].map((client) => {
          const value = rate(client, one.bytes)
          return { label: client.name, value, text: value.toFixed(0), isOurs: client !== one.aws }
        })
      }))
    }
  ],
  notes: []
})

const measure = Effect.fnUntraced(function* (
  opened: ReadonlyArray<Effect.Success<ReturnType<typeof open>>>,
  bytes: number,
  way: Way,
  timing: Timing
): Effect.fn.Return<Case, BenchError> {
  const clients = opened.map((client) => client[way])
  const [aws, ...ours] = yield* inTurn(clients, 1, timing)
  if (aws === undefined) return yield* Effect.die("the AWS client is missing")
  return { way, bytes, aws, ours }
})

const open = (id: (typeof contenders)[number], port: number, load: Load) =>
  Remote.open(program, [id, String(port), JSON.stringify(load)], eachWay)

/** Measures and tells; what it starts and writes is gone with the scope. */
export const run = (suite: string, plan: Plan): Effect.Effect<Report, BenchError, Scope.Scope> =>
  Effect.gen(function* () {
    const port = yield* Responder.startS3Streamer
    const bytes = sizeOf(plan)
    const file = yield* ObjectFile.make(bytes)
    const copy = Path.join(Path.dirname(file), "copy")
    const opened = yield* Effect.forEach(contenders, (id) =>
      open(id, port, { bytes, file, copy, partSize, concurrency })
    )
    return report(suite, yield* Effect.forEach(ways, (way) => measure(opened, bytes, way, timingOf(plan))))
  })
