/**
 * Whole HCP systems on loopback addresses: nodes, TLS, a name server, replication and faults, as one scoped service.
 *
 * **Example** (two linked systems for a test)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Simulator } from "@effect-hcp/simulator"
 *
 * const program = Effect.gen(function* () {
 *   const { nameServer, systems } = yield* Simulator.Simulator
 *   return `ask ${nameServer} for the nodes of ${systems[0].domain}`
 * }).pipe(Effect.provide(Simulator.layer({ systems: [{ domain: "hcp1.example.com" }, { domain: "hcp2.example.com" }] })))
 * ```
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as CertificateAuthority from "./CertificateAuthority.ts"
import type { Fault, Faults } from "./Faults.ts"
import type { HcpSystem, SystemState } from "./HcpSystem.ts"
import * as FaultBoard from "./internal/faultBoard.ts"
import * as NameService from "./internal/nameService.ts"
import * as Site from "./internal/site.ts"
import * as NameServer from "./NameServer.ts"
import type * as NodeServer from "./NodeServer.ts"
import * as Replication from "./Replication.ts"
import type { SimulatorError } from "./SimulatorError.ts"
import type { SimulatorOptions, SystemOptions } from "./SimulatorOptions.ts"

export type { SimulatorOptions, SystemOptions }

/**
 * A system that is up.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunningSystem {
  readonly domain: string
  /** The IP addresses of the nodes. */
  readonly nodes: Arr.NonEmptyReadonlyArray<string>
  readonly ports: NodeServer.Ports
  readonly hcp: HcpSystem
}

/**
 * What a node has seen.
 *
 * @category models
 * @since 0.1.0
 */
export interface NodeState {
  readonly address: string
  readonly up: boolean
  readonly requests: number
  readonly connections: number
}

/**
 * Everything that can be said about a running simulator, as JSON-able data.
 *
 * @category models
 * @since 0.1.0
 */
export interface State {
  readonly nameServer: { readonly address: string; readonly queries: number }
  readonly systems: ReadonlyArray<{
    readonly domain: string
    /** The domain of the system that answers for this one's names: another one after a fail-over. */
    readonly servedBy: string
    readonly ports: NodeServer.Ports
    readonly nodes: ReadonlyArray<NodeState>
    readonly hcp: SystemState
  }>
  readonly link: Replication.LinkState | null
  readonly faults: ReadonlyArray<Fault>
}

/**
 * A running simulator.
 *
 * @category services
 * @since 0.1.0
 */
export class Simulator extends Context.Service<
  Simulator,
  {
    readonly systems: Arr.NonEmptyReadonlyArray<RunningSystem>
    /** The name server as `address:port`, for UDP and TCP. */
    readonly nameServer: string
    /** The latest DNS queries, oldest first. */
    readonly queries: Effect.Effect<ReadonlyArray<NameServer.Query>>
    /** The certificate of the authority behind the nodes' certificates, PEM. */
    readonly ca: string
    readonly faults: Faults
    /** The replication link; there is none with a single system. */
    readonly link: Replication.ReplicationLink | undefined
    /**
     * Moves the names of a system to the next living one, as DNS fail-over does. Fails with reason `control` when there is no such
     * system, or none that could take over.
     */
    readonly failOver: (domain: string) => Effect.Effect<void, SimulatorError>
    /** Moves the names of a system back to it. Fails with reason `control` when there is no such system. */
    readonly failBack: (domain: string) => Effect.Effect<void, SimulatorError>
    /** How many requests each node has seen, by address. */
    readonly requests: Effect.Effect<Readonly<Record<string, number>>>
    readonly state: Effect.Effect<State>
  }
>()("@effect-hcp/simulator/Simulator") {}

/**
 * Starts a simulator that lives as long as the scope.
 *
 * Fails with reason `specification` for systems that cannot be, `network` for addresses and ports that cannot be had, `storage`
 * for a data folder that cannot be used.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: SimulatorOptions = {}
): Effect.fn.Return<Simulator["Service"], SimulatorError, Scope.Scope> {
  const authority = yield* CertificateAuthority.make
  const sites = yield* Site.makeAll(options, authority)
  const board = yield* FaultBoard.make(sites.map(({ hcp, addresses }) => ({ domain: hcp.domain, nodes: addresses })))
  const link =
    sites.length === 1
      ? undefined
      : yield* Replication.link(
          Arr.map(sites, ({ hcp }) => hcp),
          { lag: options.lag, mode: options.replication, data: options.data }
        )
  const started = yield* Site.startAll(sites, board, options)
  const names = NameService.make(started, board.refusing)
  const dns = yield* NameServer.make({
    zones: names.zones(options.hideDownNodes ?? false),
    fault: board.hitQuery,
    address: options.dnsAddress,
    port: options.dnsPort,
    ttl: options.ttl
  })
  const nodes = started.flatMap((system) => system.servers)

  const nodeState = Effect.fnUntraced(function* (node: NodeServer.NodeServer): Effect.fn.Return<NodeState> {
    return {
      address: node.address,
      up: !(yield* board.refusing).has(node.address),
      requests: yield* node.requests,
      connections: yield* node.connections
    }
  })
  const systemState = Effect.fnUntraced(function* (system: Site.StartedSite) {
    return {
      domain: system.domain,
      servedBy: names.servedBy(system.domain),
      ports: system.ports,
      nodes: yield* Effect.forEach(system.servers, nodeState),
      hcp: yield* system.hcp.state
    }
  })

  return Simulator.of({
    systems: Arr.map(started, ({ domain, nodes, ports, hcp }) => ({ domain, nodes, ports, hcp })),
    nameServer: `${dns.address}:${dns.port}`,
    queries: dns.log,
    ca: authority.pem,
    faults: board,
    link,
    failOver: names.failOver,
    failBack: names.failBack,
    requests: Effect.map(
      Effect.forEach(nodes, (node) => Effect.map(node.requests, (count) => [node.address, count] as const)),
      Object.fromEntries
    ),
    state: Effect.gen(function* () {
      return {
        nameServer: { address: `${dns.address}:${dns.port}`, queries: yield* dns.count },
        systems: yield* Effect.forEach(started, systemState),
        link: link === undefined ? null : yield* link.state,
        faults: yield* board.list
      }
    })
  })
})

/**
 * A simulator as a layer: started when the layer is built, gone with it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: SimulatorOptions): Layer.Layer<Simulator, SimulatorError> =>
  Layer.effect(Simulator, make(options))
