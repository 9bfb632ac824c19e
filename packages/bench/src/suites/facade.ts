/**
 * The facade people use: `Namespace` and S3 at `/hs3` at small objects, beside the client they are made of and beside
 * Effect's `HttpClient`, which does none of what they do; and their streams and files beside the same in memory.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { BenchError } from "../benchError.ts"
import * as Contenders from "../clients/contenders.ts"
import { eachWork, fileBytes, type Work } from "../clients/facade.ts"
import * as Remote from "../clients/remote.ts"
import { type Opened, type Verb, verbs } from "../clients/verbs.ts"
import { atMost, type Figure } from "../figure.ts"
import {
  type Client,
  heat,
  inTurn,
  type Measured,
  measuredColumns,
  measuredRow,
  ratio,
  spread,
  type Timing,
  typical
} from "../measure.ts"
import * as ObjectFile from "../objectFile.ts"
import * as Responder from "../responderProcess.ts"
import type { Plan, Report, Suite } from "../suite.ts"

const suite = "facade"
const fibers = 64

/** The most CPU time an operation may take, beside the client that the facade is made of. */
const coreTarget = 1.1
const s3Target = 1.15
/** The same beside Effect's `HttpClient`. */
const effectTarget = 0.45
/** The most memory that the process may take, beside that of the client. */
const memoryTarget = 1.15

/** What is compared with what inside a facade, and the most it may cost in CPU time. */
const pairs: ReadonlyArray<{ readonly work: Work; readonly beside: Work; readonly target: number }> = [
  { work: "GET as Stream", beside: "GET", target: 1.6 },
  { work: "PUT of Stream", beside: "PUT", target: 1.6 },
  { work: "PUT of 10 KiB file", beside: "PUT of 10 KiB", target: 1.4 }
]

const pairedWorks = [...new Set(pairs.flatMap(({ beside, work }) => [beside, work]))]

/** Before they are measured: code that is not compiled yet takes several times as long. */
const heatOperations = ({ quick }: Plan): number => (quick ? 2_000 : 8_000)

const timingOf = ({ quick, rounds }: Plan): Timing =>
  quick ? { warmUp: 150, slice: 200, rounds: 3 } : { warmUp: 200, slice: 300, rounds }

const contenders = 4

const seconds = (plan: Plan): number => {
  const one = ({ rounds, slice, warmUp }: Timing) => (warmUp + rounds * slice) / 1000
  return (
    3 + (contenders * verbs.length + 2 * pairedWorks.length) * (one(timingOf(plan)) + heatOperations(plan) / 10_000)
  )
}

const program = new URL("../facadeProcess.ts", import.meta.url)

/** Starts the process of a facade. `file` has 10 KiB. */
export const open = (
  id: "namespace" | "s3Door",
  port: number,
  file: string
): Effect.Effect<Opened<Work>, BenchError, Scope.Scope> => Remote.open(program, [id, String(port), file], eachWork)

/** A verb, by all who know it. */
interface Case {
  readonly verb: Verb
  readonly core: Measured
  readonly namespace: Measured
  readonly s3: Measured
  readonly effectHttp: Measured
}

const compare = Effect.fnUntraced(function* (
  opened: ReadonlyArray<Opened>,
  verb: Verb,
  timing: Timing
): Effect.fn.Return<Case, BenchError> {
  const clients = opened.map((client) => client[verb])
  const [core, namespace, s3, effectHttp] = yield* inTurn(clients, fibers, timing)
  if (core === undefined || namespace === undefined || s3 === undefined || effectHttp === undefined) {
    return yield* Effect.die("a client is missing")
  }
  return { verb, core, namespace, s3, effectHttp }
})

/** Two works of one facade. */
interface Pair {
  readonly work: Work
  readonly beside: Work
  readonly target: number
  readonly subject: Measured
  readonly baseline: Measured
}

const comparePairs = Effect.fnUntraced(function* (
  facade: Opened<Work>,
  timing: Timing
): Effect.fn.Return<ReadonlyArray<Pair>, BenchError> {
  const measured = yield* inTurn(
    pairedWorks.map((work) => facade[work]),
    fibers,
    timing
  )
  const of = (work: Work): Effect.Effect<Measured, BenchError> => {
    const found = measured[pairedWorks.indexOf(work)]
    return found === undefined
      ? Effect.fail(new BenchError({ what: `${work} was not measured` }))
      : Effect.succeed(found)
  }
  return yield* Effect.forEach(pairs, (pair) =>
    Effect.map(Effect.all({ subject: of(pair.work), baseline: of(pair.beside) }), (two) => ({ ...pair, ...two }))
  )
})

const cpu = "cpuMicrosPerOp"

const figuresOfCase = ({ core, effectHttp, namespace, s3, verb }: Case): ReadonlyArray<Figure> => {
  const about = (subject: Measured, metric: string) => ({
    suite,
    case: `${subject.name}: ${verb} 1 KiB, ${fibers} fibers`,
    metric
  })
  const beside = (subject: Measured, baseline: Measured, target: number) =>
    atMost(about(subject, `CPU ratio to ${nameOf(baseline)}`), ratio(subject, baseline, cpu), target)
  return [beside(namespace, core, coreTarget), beside(namespace, effectHttp, effectTarget), beside(s3, core, s3Target)]
}

const nameOf = ({ name }: Measured): string => (name === "@effect-hcp/sdk" ? "HcpClient" : name)

const peakOf = (cases: ReadonlyArray<Case>, of: (one: Case) => Measured): number =>
  Math.max(...cases.flatMap((one) => of(one).samples.map(({ peakMegabytes }) => peakMegabytes)))

const figuresOfPair = ({ baseline, beside, subject, target, work }: Pair): Figure =>
  atMost(
    { suite, case: `${subject.name}: ${work}, ${fibers} fibers`, metric: `CPU ratio to ${beside}` },
    ratio(subject, baseline, cpu),
    target
  )

const report = (cases: ReadonlyArray<Case>, compared: ReadonlyArray<Pair>): Report => {
  const namespacePeak = peakOf(cases, ({ namespace }) => namespace)
  const corePeak = peakOf(cases, ({ core }) => core)
  return {
    figures: [
      ...cases.flatMap(figuresOfCase),
      atMost(
        { suite, case: `Namespace: GET, HEAD, PUT 1 KiB, ${fibers} fibers`, metric: "peak RSS ratio to HcpClient" },
        namespacePeak / corePeak,
        memoryTarget
      ),
      ...compared.map(figuresOfPair)
    ],
    tables: [
      {
        title: `The facade beside the client it is made of, 1 KiB, ${fibers} fibers`,
        columns: ["", ...measuredColumns, "peak MB", "CPU ratio to HcpClient", "(middle half)"],
        rows: cases.flatMap(({ core, effectHttp, namespace, s3, verb }) =>
          [core, namespace, s3, effectHttp].map((one) => [
            verb,
            ...measuredRow({ ...one, name: nameOf(one) }, fibers),
            typical(one, "peakMegabytes").toFixed(0),
            ratio(one, core, cpu).toFixed(2),
            `(${spread(one, core, cpu)})`
          ])
        )
      },
      {
        title: `Streams and a file beside the same in memory, ${fibers} fibers; the file has ${fileBytes / 1024} KiB`,
        columns: ["", "work", "CPU us/op", "beside", "CPU us/op", "ratio", "(middle half)"],
        rows: compared.map(({ baseline, beside, subject, work }) => [
          subject.name,
          work,
          typical(subject, cpu).toFixed(1),
          beside,
          typical(baseline, cpu).toFixed(1),
          ratio(subject, baseline, cpu).toFixed(2),
          `(${spread(subject, baseline, cpu)})`
        ])
      }
    ],
    charts: [
      {
        title: "The facade beside the core",
        subtitle: `Objects of 1 KiB, ${fibers} at a time: CPU time beside that of HcpClient`,
        unit: "times HcpClient",
        better: "less",
        groups: cases.map(({ core, effectHttp, namespace, s3, verb }) => ({
          label: verb,
          bars: [namespace, s3, effectHttp].map((one) => {
            const value = ratio(one, core, cpu)
            return { label: one.name, value, text: value.toFixed(2), isOurs: one !== effectHttp }
          })
        }))
      }
    ],
    notes: []
  }
}

/** @see {@link report} */
export const facade: Suite = {
  name: suite,
  about: "Namespace and S3 beside the client they are made of, streams and files beside bytes",
  seconds,
  run: (plan) =>
    Effect.gen(function* () {
      const port = yield* Responder.start
      const file = yield* ObjectFile.make(fileBytes)
      const core = yield* Contenders.open("sdk", port)
      const namespace = yield* open("namespace", port, file)
      const s3 = yield* open("s3Door", port, file)
      const opened = [core, namespace, s3, yield* Contenders.open("effectHttp", port)]
      const timing = timingOf(plan)
      const heated = (clients: ReadonlyArray<Client>) =>
        Effect.forEach(clients, (client) => heat(client, fibers, heatOperations(plan)), { discard: true })
      yield* heated(opened.flatMap((client) => verbs.map((verb) => client[verb])))
      const cases = yield* Effect.forEach(verbs, (verb) => compare(opened, verb, timing))
      yield* heated([namespace, s3].flatMap((one) => pairedWorks.map((work) => one[work])))
      const compared = yield* Effect.forEach([namespace, s3], (one) => comparePairs(one, timing))
      return report(cases, compared.flat())
    })
}
