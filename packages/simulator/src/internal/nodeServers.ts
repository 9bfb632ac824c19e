/**
 * Gives the nodes of all sites their listeners, on the same ports everywhere.
 *
 * @internal
 */
import type * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as NodeServer from "../NodeServer.ts"
import type * as RequestLog from "../RequestLog.ts"
import type { SimulatedNode } from "../SimulatedNode.ts"
import { SimulatorError } from "../SimulatorError.ts"
import type { SimulatorOptions } from "../SimulatorOptions.ts"
import type { FaultBoard } from "./faultBoard.ts"
import { retryTaken } from "./placement.ts"
import type { Site } from "./site.ts"

/** @internal */
export interface NodeServers {
  readonly ports: NodeServer.Ports
  /** By address. */
  readonly servers: ReadonlyMap<string, NodeServer.NodeServer>
}

/** Starts every node of every site. */
export const startAll = (
  sites: Arr.NonEmptyReadonlyArray<Site>,
  board: FaultBoard,
  options: Pick<SimulatorOptions, "ports" | "keepAlive">,
  log: RequestLog.RequestLog
): Effect.Effect<NodeServers, SimulatorError, Scope.Scope> => {
  const { http = 0, https = 0, admin = 0, mapi = 0 } = options.ports ?? {}
  const wanted: NodeServer.Ports = { http, https, admin, mapi }

  const startNode = ({ identity, identityFor }: Site, node: SimulatedNode, ports: NodeServer.Ports) =>
    Effect.tap(NodeServer.make({ node, ports, identity, identityFor, keepAlive: options.keepAlive, log }), (server) =>
      board.attach(node.address, server.setUp)
    )
  const startOthers = (site: Site, nodes: ReadonlyArray<SimulatedNode>, ports: NodeServer.Ports) =>
    Effect.forEach(nodes, (node) => startNode(site, node, ports), { concurrency: "unbounded" })

  // The very first node finds the free ports; all others have to follow, or the search starts again.
  const start = Effect.gen(function* () {
    const [firstSite, ...otherSites] = sites
    const [firstNode, ...restNodes] = firstSite.nodes
    const first = yield* startNode(firstSite, firstNode, wanted)
    const { ports } = first
    const rest = yield* startOthers(firstSite, restNodes, ports)
    const others = yield* Effect.forEach(otherSites, (site) => startOthers(site, site.nodes, ports))
    return { ports, servers: new Map([first, ...rest, ...others.flat()].map((server) => [server.address, server])) }
  })
  return Effect.andThen(checkPorts(wanted), retryTaken(start, Object.values(wanted).includes(0)))
}

// The second listener would only hear that the port is taken, as if another process had it.
const checkPorts = (ports: NodeServer.Ports): Effect.Effect<void, SimulatorError> => {
  const given = Object.entries(ports).filter(([, port]) => port !== 0)
  const twice = given.find(([, port], index) => given.findIndex(([, other]) => other === port) < index)
  if (twice === undefined) return Effect.void
  const names = given.filter(([, port]) => port === twice[1]).map(([name]) => name)
  return Effect.fail(
    new SimulatorError({
      reason: "specification",
      message: `Port ${twice[1]} is given for ${names.join(" and ")}; give each listener a port of its own.`
    })
  )
}
