/**
 * A short watch over what calls cost: GET, HEAD and PUT of 1 KiB with 16 and 64 fibers beside raw undici, the same by
 * `Namespace` beside the client it is made of, and GET with 16 nodes beside 4. Its margins are wide, so that only a
 * real loss trips it, however busy the machine is.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BenchError } from "../benchError.ts"
import * as Contenders from "../clients/contenders.ts"
import { fileBytes } from "../clients/facade.ts"
import { verbs } from "../clients/verbs.ts"
import { atMost, type Figure, isMissed } from "../figure.ts"
import { type Client, heat, inTurn, leastCpuRatio, type Timing } from "../measure.ts"
import { nodeAddresses } from "../nodeAddresses.ts"
import * as ObjectFile from "../objectFile.ts"
import * as Responder from "../responderProcess.ts"
import type { Suite } from "../suite.ts"
import * as Facade from "./facade.ts"
import * as Nodes from "./nodes.ts"

const suite = "guard"
const concurrencies = [16, 64]
/** CPU time of the client, beside that of undici. */
const clientRatio = 1.4
/** CPU time of `Namespace`, beside that of the client. */
const facadeRatio = 1.3
/** CPU time of a call with many nodes, beside that with few. */
const nodesRatio = 1.5
const fewNodes = 4
const manyNodes = 16
const fibers = 64

const heatOperations = 6_000
const timing: Timing = { warmUp: 100, slice: 200, rounds: 5 }
/**
 * How often a figure is measured before it counts as missed: a machine may be busy just then. Each time the clients are
 * new processes: how V8 has compiled one, and where it puts its objects, stays as it is.
 */
const attempts = 3

/** Two clients at the same work, and the most CPU time an operation of the second one may take beside the first. */
interface Pair {
  readonly what: string
  readonly beside: string
  readonly workers: number
  readonly baseline: Client
  readonly subject: Client
  readonly most: number
}

const measure = Effect.fnUntraced(function* (pair: Pair): Effect.fn.Return<Figure, BenchError> {
  const { baseline, most, subject, workers } = pair
  const [first, second] = yield* inTurn([baseline, subject], workers, timing)
  if (first === undefined || second === undefined) return yield* Effect.die("a client is missing")
  return atMost(about(pair), leastCpuRatio(second, first), most)
})

const about = ({ beside, what, workers }: Pair): Pick<Figure, "suite" | "case" | "metric"> => ({
  suite,
  case: `${what}, ${workers} fibers`,
  metric: `CPU ratio to ${beside}`
})

/** All pairs, of clients that end with the scope. */
const open: Effect.Effect<ReadonlyArray<Pair>, BenchError, Scope.Scope> = Effect.gen(function* () {
  const port = yield* Responder.start
  const undici = yield* Contenders.open("undiciRequest", port)
  const sdk = yield* Contenders.open("sdk", port)
  const namespace = yield* Facade.open("namespace", port, yield* ObjectFile.make(fileBytes))
  const client = concurrencies.flatMap((workers) =>
    verbs.map(
      (verb): Pair => ({
        what: `${verb} 1 KiB`,
        beside: "undici Pool.request",
        workers,
        baseline: undici[verb],
        subject: sdk[verb],
        most: clientRatio
      })
    )
  )
  const facade = verbs.map(
    (verb): Pair => ({
      what: `Namespace: ${verb} 1 KiB`,
      beside: "HcpClient",
      workers: fibers,
      baseline: sdk[verb],
      subject: namespace[verb],
      most: facadeRatio
    })
  )
  const { ports } = yield* Responder.startNodes(manyNodes)
  const clientOf = (count: number) =>
    Nodes.openClient({ addresses: nodeAddresses(count), port: ports.plain, ca: null }, fibers)
  const few = yield* clientOf(fewNodes)
  const many = yield* clientOf(manyNodes)
  const nodes: Pair = {
    what: `${manyNodes} nodes: GET 1 KiB`,
    beside: `${fewNodes} nodes`,
    workers: fibers,
    baseline: few.GET,
    subject: many.GET,
    most: nodesRatio
  }
  return [...client, ...facade, nodes]
})

/** The figures of the pairs that are wanted, by clients of their own. */
const measured = (isWanted: (pair: Pair) => boolean): Effect.Effect<ReadonlyArray<Figure>, BenchError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const pairs = (yield* open).filter(isWanted)
      const all = new Set(pairs.flatMap(({ baseline, subject }) => [baseline, subject]))
      yield* Effect.forEach(all, (one) => heat(one, fibers, heatOperations), { discard: true })
      return yield* Effect.forEach(pairs, measure)
    })
  )

/** @see {@link clientRatio}, {@link facadeRatio}, {@link nodesRatio} */
export const guard: Suite = {
  name: suite,
  about: "fails when calls cost much more than they should; for continuous integration",
  seconds: () => 40,
  run: () =>
    Effect.gen(function* () {
      let figures = yield* measured(() => true)
      for (let attempt = 1; attempt < attempts && figures.some(isMissed); attempt++) {
        const missed = new Set(figures.filter(isMissed).map((figure) => figure.case))
        const again = yield* measured((pair) => missed.has(about(pair).case))
        figures = figures.map((figure) => again.find((each) => each.case === figure.case) ?? figure)
      }
      return { figures, tables: [], charts: [], notes: [] }
    })
}
