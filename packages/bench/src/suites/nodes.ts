/**
 * Many nodes: what a call costs, how many connections it takes and how even the nodes' shares are with 4, 16, 80 and
 * 1,000 nodes, and what one slow node costs. The limits of the connection pool are the defaults: 20 connections to a
 * node, 200 in all.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BenchError } from "../benchError.ts"
import { shareOf, type Work } from "../clients/manyNodes.ts"
import * as Remote from "../clients/remote.ts"
import type { Opened } from "../clients/verbs.ts"
import { atLeast, atMost, type Figure } from "../figure.ts"
import { inTurn, type Measured, measuredColumns, measuredRow, ratio, spread, type Timing } from "../measure.ts"
import { nodeAddresses, slowAddress } from "../nodeAddresses.ts"
import * as Responder from "../responderProcess.ts"
import type { Plan, Report, Suite } from "../suite.ts"
import { type Counts, type System, slowMillis } from "./nodesProtocol.ts"

const suite = "nodes"

/** Beside the same work with {@link fewNodes}. */
const cpuTarget = 1.25
const cpuTargetOfMost = 1.5
const connectionsTarget = 400
/** How far a node's share may be from an equal one. */
const unevennessTarget = 0.2
/** One slow node of four beside three nodes: less than half of the rate is lost. */
const slowTarget = 0.5

const fewNodes = 4
const mostNodes = 1_000
const slowFibers = 16

/** One number of fibers, and with how many nodes what is measured. */
interface Round {
  readonly fibers: number
  readonly tls: boolean
  /** CPU time a call, beside {@link fewNodes}. */
  readonly cost: ReadonlyArray<number>
  /** Connections opened by a client that begins. */
  readonly opened: ReadonlyArray<number>
  /** The shares of the nodes. */
  readonly shares: ReadonlyArray<number>
}

const few = [fewNodes, 16, 80]
const rounds: ReadonlyArray<Round> = [
  { fibers: 1, tls: false, cost: [], opened: [], shares: few },
  { fibers: 16, tls: false, cost: [], opened: [], shares: few },
  { fibers: 64, tls: false, cost: [mostNodes], opened: [mostNodes], shares: few },
  { fibers: 150, tls: false, cost: [80], opened: [80], shares: [] },
  { fibers: 256, tls: false, cost: [16, 80], opened: [16, 80], shares: [] },
  { fibers: 256, tls: true, cost: [16], opened: [16], shares: [] }
]

const callsOf = ({ quick }: Plan): number => (quick ? 4_000 : 16_000)

const timingOf = ({ quick, rounds }: Plan): Timing =>
  quick ? { warmUp: 400, slice: 200, rounds: 3 } : { warmUp: 800, slice: 400, rounds }

const seconds = (plan: Plan): number => {
  const { slice, warmUp, rounds: times } = timingOf(plan)
  const measured = rounds.reduce((sum, { cost }) => sum + (cost.length === 0 ? 0 : cost.length + 1), 2)
  const counted = rounds.reduce((sum, { opened, shares }) => sum + opened.length + shares.length, 0)
  return 5 + (measured * (warmUp + times * slice)) / 1000 + (counted * 2 * callsOf(plan)) / 16_000
}

const program = new URL("../nodesClientProcess.ts", import.meta.url)

/** Starts a client of a system, whose workers share so many calls. */
export const openClient = (system: System, calls: number): Effect.Effect<Opened<Work>, BenchError, Scope.Scope> =>
  Remote.open<Work>(program, [JSON.stringify(system), String(calls)], (client) => ({
    GET: client("GET"),
    share: client("share")
  }))

/**
 * What a client did to the nodes: the connections that it opened as it began, and the requests at each node
 * afterwards.
 */
interface Counted {
  readonly nodes: number
  readonly round: Round
  readonly connections: number
  readonly requests: ReadonlyArray<number>
}

/** How far the share of a node is from an equal one, at most. */
const unevennessOf = ({ requests }: Counted): number => {
  const equal = requests.reduce((sum, one) => sum + one, 0) / requests.length
  return Math.max(...requests.map((one) => Math.abs(one / equal - 1)))
}

const count = Effect.fnUntraced(function* (
  client: Opened<Work>,
  nodes: number,
  round: Round,
  look: Effect.Effect<Counts, BenchError>
): Effect.fn.Return<Counted, BenchError> {
  yield* look
  yield* client.share.work(round.fibers, 0)
  const { connections } = yield* look
  // While a client opens its connections the nodes that it has reached already serve for the others.
  yield* client.share.work(round.fibers, 0)
  const { requests } = yield* look
  return { nodes, round, connections, requests: requests.slice(0, nodes) }
})

/** What a call costs with so many nodes, beside {@link fewNodes}. */
interface Cost {
  readonly nodes: number
  readonly round: Round
  readonly few: Measured
  readonly many: Measured
}

const caseOf = (nodes: number, { fibers, tls }: Round): string =>
  `${nodes.toLocaleString("en")} nodes, ${fibers} ${fibers === 1 ? "fiber" : "fibers"}${tls ? ", TLS" : ""}`

const figuresOf = (
  counted: ReadonlyArray<Counted>,
  costs: ReadonlyArray<Cost>,
  calls: number
): ReadonlyArray<Figure> => [
  ...costs.map(({ few, many, nodes, round }) =>
    atMost(
      { suite, case: caseOf(nodes, round), metric: `CPU ratio to ${fewNodes} nodes` },
      ratio(many, few, "cpuMicrosPerOp"),
      nodes === mostNodes ? cpuTargetOfMost : cpuTarget
    )
  ),
  ...counted
    .filter(({ nodes, round }) => round.opened.includes(nodes))
    .map(({ connections, nodes, round }) =>
      atMost(
        { suite, case: caseOf(nodes, round), metric: `connections opened in ${calls.toLocaleString("en")} calls` },
        connections,
        connectionsTarget
      )
    ),
  ...counted
    .filter(({ nodes, round }) => round.shares.includes(nodes))
    .map((one) =>
      atMost(
        { suite, case: caseOf(one.nodes, one.round), metric: "share furthest from an equal one" },
        unevennessOf(one),
        unevennessTarget
      )
    )
]

const report = (
  counted: ReadonlyArray<Counted>,
  costs: ReadonlyArray<Cost>,
  [three, withSlow]: readonly [Measured, Measured],
  calls: number
): Report => ({
  figures: [
    ...figuresOf(counted, costs, calls),
    atLeast(
      { suite, case: `${fewNodes} nodes, one of them slow, ${slowFibers} fibers`, metric: "ops ratio to 3 nodes" },
      ratio(withSlow, three, "opsPerSecond"),
      slowTarget
    )
  ],
  tables: [
    {
      title: "GET of 1 KiB, microseconds of CPU time a call",
      columns: ["", `${fewNodes} nodes`, "many nodes", "ratio", "(middle half)"],
      rows: costs.map(({ few, many, nodes, round }) => [
        caseOf(nodes, round),
        measuredRow(few, round.fibers).at(-1) ?? "",
        measuredRow(many, round.fibers).at(-1) ?? "",
        ratio(many, few, "cpuMicrosPerOp").toFixed(2),
        `(${spread(many, few, "cpuMicrosPerOp")})`
      ])
    },
    {
      title:
        "What arrived at the nodes: connections in the first calls of a client, requests in as many calls after these",
      columns: ["", "calls", "connections", "most requests of a node", "fewest", "nodes without any"],
      rows: counted.map(({ connections, nodes, requests, round }) => [
        caseOf(nodes, round),
        String(shareOf(round.fibers, calls) * round.fibers),
        String(connections),
        String(Math.max(...requests)),
        String(Math.min(...requests)),
        String(requests.filter((one) => one === 0).length)
      ])
    },
    {
      title: `One node that takes ${slowMillis} ms for an answer`,
      columns: measuredColumns,
      rows: [
        ["3 nodes", ...measuredRow(three, slowFibers).slice(1)],
        ["the same and the slow one", ...measuredRow(withSlow, slowFibers).slice(1)]
      ]
    }
  ],
  charts: [
    {
      title: "Many nodes",
      subtitle: `CPU time of a call beside that with ${fewNodes} nodes and as many fibers`,
      unit: `times that with ${fewNodes} nodes`,
      better: "less",
      groups: [
        {
          label: "GET of 1 KiB",
          bars: costs.map(({ few, many, nodes, round }) => {
            const value = ratio(many, few, "cpuMicrosPerOp")
            return {
              label: caseOf(nodes, round),
              value,
              text: value.toFixed(2),
              isOurs: true,
              target: nodes === mostNodes ? cpuTargetOfMost : cpuTarget
            }
          })
        }
      ]
    }
  ],
  notes: []
})

const measure = Effect.fnUntraced(function* (plan: Plan): Effect.fn.Return<Report, BenchError, Scope.Scope> {
  const calls = callsOf(plan)
  const { ca, look, ports } = yield* Responder.startNodes(mostNodes)
  const plain = (addresses: ReadonlyArray<string>) => openClient({ addresses, port: ports.plain, ca: null }, calls)
  const secure = (nodes: number) => openClient({ addresses: nodeAddresses(nodes), port: ports.tls, ca }, calls)
  const clients = new Map<string, Opened<Work>>()
  const clientOf = Effect.fnUntraced(function* (nodes: number, tls: boolean) {
    const key = `${nodes} ${tls}`
    const known = clients.get(key)
    if (known !== undefined) return known
    const client = yield* tls ? secure(nodes) : plain(nodeAddresses(nodes))
    clients.set(key, client)
    return client
  })
  const counted: Array<Counted> = []
  const costs: Array<Cost> = []
  for (const round of rounds) {
    for (const nodes of new Set([...round.opened, ...round.shares])) {
      counted.push(yield* count(yield* clientOf(nodes, round.tls), nodes, round, look))
    }
    if (round.cost.length === 0) continue
    const together = yield* Effect.forEach([fewNodes, ...round.cost], (nodes) => clientOf(nodes, round.tls))
    const [few, ...others] = yield* inTurn(
      together.map(({ GET }) => GET),
      round.fibers,
      timingOf(plan)
    )
    if (few === undefined) return yield* Effect.die("a client is missing")
    for (const [index, many] of others.entries()) costs.push({ nodes: round.cost[index] ?? 0, round, few, many })
  }
  const three = nodeAddresses(3)
  const pair = [yield* plain(three), yield* plain([...three, slowAddress])].map(({ GET }) => GET)
  const [fast, slowed] = yield* inTurn(pair, slowFibers, timingOf(plan))
  if (fast === undefined || slowed === undefined) return yield* Effect.die("a client is missing")
  return report(counted, costs, [fast, slowed], calls)
})

/** @see {@link report} */
export const nodes: Suite = {
  name: suite,
  about: "cost, connections and shares with 4 to 1,000 nodes",
  seconds,
  run: measure
}
