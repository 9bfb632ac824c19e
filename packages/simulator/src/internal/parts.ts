/**
 * The parts of a simulation that know no network: systems with their nodes, links, faults and names.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as CertificateAuthority from "../CertificateAuthority.ts"
import type { Ports } from "../NodeServer.ts"
import * as Replication from "../Replication.ts"
import type { RequestLog } from "../RequestLog.ts"
import type { SimulatedNode } from "../SimulatedNode.ts"
import type { NodeState, RunningSystem, Shape } from "../Simulation.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { completeSystems, type SimulatorOptions } from "../SimulatorOptions.ts"
import * as FaultBoard from "./faultBoard.ts"
import type { NameReplies } from "./nameReplies.ts"
import * as NameService from "./nameService.ts"
import { addressesOf } from "./placement.ts"
import * as Site from "./site.ts"

/** @internal */
export interface Parts {
  /** PEM. */
  readonly ca: string
  readonly sites: Arr.NonEmptyReadonlyArray<Site.Site>
  readonly board: FaultBoard.FaultBoard
  readonly link: Replication.ReplicationLink | undefined
  readonly names: NameService.NameService
}

const defaultNodes = 4

/**
 * Makes all parts. Fails with reason `specification` for systems that cannot be, with `storage` for a data folder that
 * cannot be used.
 *
 * @internal
 */
export const make = Effect.fnUntraced(function* (
  options: Omit<SimulatorOptions, "ports">
): Effect.fn.Return<Parts, SimulatorError, Scope.Scope> {
  const authority = yield* CertificateAuthority.make
  const specs = completeSystems(options)
  const addresses = yield* addressesOf(specs.map((spec) => ({ ...spec, nodes: spec.nodes ?? defaultNodes })))
  const places = Arr.zipWith(specs, addresses, ({ domain }, nodes) => ({ domain: domain.toLowerCase(), nodes }))
  const board = yield* FaultBoard.make(places)
  const sites = yield* Site.makeAll(Arr.zip(specs, addresses), {
    authority,
    board,
    data: options.data,
    dataKeyFile: options.dataKeyFile
  })
  const link =
    sites.length === 1
      ? undefined
      : yield* Replication.link(
          Arr.map(sites, ({ hcp }) => hcp),
          { lag: options.lag, mode: options.replication, data: options.data }
        )
  const members = sites.map(({ hcp, nodes }) => ({
    domain: hcp.domain,
    nodes: nodes.map(({ address }) => address),
    hcp
  }))
  return { ca: authority.pem, sites, board, link, names: NameService.make(members, board.refusing) }
})

/** What a network adds to the parts. */
export interface Network {
  /** The same for all nodes. */
  readonly ports: Ports
  readonly nameServer: Pick<NameReplies, "count" | "log"> & { readonly address: string | undefined }
  readonly requests: RequestLog
  /** The open connections of a node. */
  readonly connections: (address: string) => Effect.Effect<number>
}

/** The parts as those see them who run a simulation. */
export const toSimulation = ({ board, ca, link, names, sites }: Parts, network: Network): Shape => {
  const { nameServer, ports } = network
  const systems = Arr.map(
    sites,
    ({ hcp, nodes }): RunningSystem => ({
      domain: hcp.domain,
      nodes: Arr.map(nodes, ({ address }) => address),
      ports,
      hcp
    })
  )
  const nodeState = Effect.fnUntraced(function* (node: SimulatedNode): Effect.fn.Return<NodeState> {
    return {
      address: node.address,
      up: !(yield* board.refusing).has(node.address),
      requests: yield* node.requests,
      connections: yield* network.connections(node.address)
    }
  })
  const systemState = Effect.fnUntraced(function* ({ hcp, nodes }: Site.Site) {
    return {
      domain: hcp.domain,
      servedBy: names.servedBy(hcp.domain),
      ports,
      nodes: yield* Effect.forEach(nodes, nodeState),
      hcp: yield* hcp.state
    }
  })
  return {
    systems,
    queries: nameServer.log,
    latestRequests: (after) => Effect.sync(() => network.requests.list(after)),
    ca,
    faults: board,
    link,
    failOver: names.failOver,
    failBack: names.failBack,
    requests: Effect.map(
      Effect.forEach(
        sites.flatMap(({ nodes }) => nodes),
        ({ address, requests }) => Effect.map(requests, (count) => [address, count] as const)
      ),
      Object.fromEntries
    ),
    state: Effect.gen(function* () {
      return {
        at: yield* DateTime.now,
        nameServer: { address: nameServer.address, queries: yield* nameServer.count },
        systems: yield* Effect.forEach(sites, systemState),
        link: link === undefined ? undefined : yield* link.state,
        faults: yield* board.list
      }
    })
  }
}
