/**
 * PUT and GET of 1 KiB through the S3 gateway: signed with Version 4 as the AWS client does it, and through `/hs3` with
 * HCP's own header.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BenchError } from "../benchError.ts"
import * as Contenders from "../clients/contenders.ts"
import { hs3, v4 } from "../clients/s3.ts"
import { atLeast, type Figure, plain } from "../figure.ts"
import { inTurn, type Measured, measuredColumns, measuredRow, ratio, spread, type Timing, typical } from "../measure.ts"
import * as Responder from "../responderProcess.ts"
import type { Plan, Report } from "../suite.ts"
import type { Table } from "../table.ts"

const verbs = ["PUT", "GET"] as const

type Verb = (typeof verbs)[number]

const contenders = ["s3", "s3Signed", "s3Door"] as const

/**
 * How many times as many operations a second as the AWS client {@link targetWorkers} fibers should do, at each door.
 */
const targets: ReadonlyMap<string, number> = new Map([
  [v4.name, 6],
  [hs3.name, 10]
])
const targetWorkers = 64

const concurrencies = ({ quick }: Plan): ReadonlyArray<number> => (quick ? [targetWorkers] : [1, 16, targetWorkers])

/** Before the first figure, so that what is measured is compiled code. */
const heat: Timing = { warmUp: 100, slice: 1000, rounds: 2 }

const timingOf = ({ quick, rounds }: Plan): Timing =>
  quick ? { warmUp: 100, slice: 300, rounds: 3 } : { warmUp: 150, slice: 400, rounds }

/** About how long it takes, in seconds. */
export const seconds = (plan: Plan): number => {
  const one = ({ rounds, slice, warmUp }: Timing) => warmUp + rounds * slice
  return (contenders.length * verbs.length * (one(heat) + concurrencies(plan).length * one(timingOf(plan)))) / 1000
}

type Opened = Effect.Success<ReturnType<typeof Contenders.open>>

/** One case: the same work, done by the AWS client and by us at both doors. */
interface Case {
  readonly verb: Verb
  readonly workers: number
  readonly aws: Measured
  readonly ours: ReadonlyArray<Measured>
}

const measure = Effect.fnUntraced(function* (
  opened: ReadonlyArray<Opened>,
  verb: Verb,
  workers: number,
  timing: Timing
): Effect.fn.Return<Case, BenchError> {
  const clients = opened.map((client) => client[verb])
  const [aws, ...ours] = yield* inTurn(clients, workers, timing)
  if (aws === undefined) return yield* Effect.die("the AWS client is missing")
  return { verb, workers, aws, ours }
})

const nameOf = (name: string, { verb, workers }: Case): string =>
  `${name}: ${verb} 1 KiB, ${workers} ${workers === 1 ? "fiber" : "fibers"}`

const figuresOf = (suite: string, one: Case): ReadonlyArray<Figure> =>
  one.ours.map((client) => {
    const about = { suite, case: nameOf(client.name, one), metric: `ops ratio to ${one.aws.name}` }
    const value = ratio(client, one.aws, "opsPerSecond")
    const target = targets.get(client.name)
    return one.workers === targetWorkers && target !== undefined ? atLeast(about, value, target) : plain(about, value)
  })

const tableOf = (which: Verb, cases: ReadonlyArray<Case>): Table => ({
  title: `S3: ${which} of 1 KiB`,
  columns: [...measuredColumns, "times the AWS client", "(middle half)"],
  rows: cases
    .filter(({ verb }) => verb === which)
    .flatMap(({ aws, ours, workers }) =>
      [aws, ...ours].map((client) => [
        ...measuredRow(client, workers),
        client === aws ? "" : ratio(client, aws, "opsPerSecond").toFixed(1),
        client === aws ? "" : `(${spread(client, aws, "opsPerSecond")})`
      ])
    )
})

const report = (suite: string, cases: ReadonlyArray<Case>): Report => ({
  figures: cases.flatMap((one) => figuresOf(suite, one)),
  tables: verbs.map((verb) => tableOf(verb, cases)),
  charts: [
    {
      title: "S3: small objects beside the AWS SDK",
      subtitle: `Objects of 1 KiB, ${targetWorkers} at a time`,
      unit: "thousand operations a second",
      better: "more",
      groups: cases
        .filter(({ workers }) => workers === targetWorkers)
        .map(({ aws, ours, verb }) => ({
          label: verb,
          bars: [...ours, aws].map((client) => {
            const thousands = typical(client, "opsPerSecond") / 1000
            return { label: client.name, value: thousands, text: thousands.toFixed(1), isOurs: client !== aws }
          })
        }))
    }
  ],
  notes: []
})

/** Measures and tells; what it starts ends with the scope. */
export const run = (suite: string, plan: Plan): Effect.Effect<Report, BenchError, Scope.Scope> =>
  Effect.gen(function* () {
    const port = yield* Responder.start
    const opened = yield* Effect.forEach(contenders, (id) => Contenders.open(id, port))
    yield* Effect.forEach(verbs, (verb) => measure(opened, verb, 16, heat), { discard: true })
    const cases = concurrencies(plan).flatMap((workers) => verbs.map((verb) => ({ verb, workers })))
    return report(
      suite,
      yield* Effect.forEach(cases, ({ verb, workers }) => measure(opened, verb, workers, timingOf(plan)))
    )
  })
