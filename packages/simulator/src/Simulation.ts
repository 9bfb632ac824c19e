/**
 * Whole HCP systems with their replication, names and faults, however they are reached: on loopback addresses
 * (`Simulator.layer`) or in memory (`Simulator.layerMemory`).
 *
 * @since 0.1.0
 */
import type * as Arr from "effect/Array"
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type { Fault, Faults } from "./Faults.ts"
import type { HcpSystem, SystemState } from "./HcpSystem.ts"
import type { Query } from "./NameServer.ts"
import type { Ports } from "./NodeServer.ts"
import type { LinkState, ReplicationLink } from "./Replication.ts"
import type { RequestRecord } from "./RequestLog.ts"
import type { SimulatorError } from "./SimulatorError.ts"

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
  readonly ports: Ports
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
  /** The open connections; 0 in memory, where there are none. */
  readonly connections: number
}

/**
 * Everything that can be said about a running simulator, as plain data.
 *
 * @category models
 * @since 0.1.0
 */
export interface State {
  /** When it was so, by the clock of the simulator. */
  readonly at: DateTime.Utc
  /** `address` is absent in memory, where the name server has none. */
  readonly nameServer: { readonly address: string | undefined; readonly queries: number }
  readonly systems: ReadonlyArray<{
    readonly domain: string
    /** The domain of the system that answers for this one's names: another one after a fail-over. */
    readonly servedBy: string
    readonly ports: Ports
    readonly nodes: ReadonlyArray<NodeState>
    readonly hcp: SystemState
  }>
  /** There is none with a single system. */
  readonly link: LinkState | undefined
  readonly faults: ReadonlyArray<Fault>
}

/**
 * What can be seen and steered of a simulation.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shape {
  readonly systems: Arr.NonEmptyReadonlyArray<RunningSystem>
  /** The latest DNS queries, oldest first. */
  readonly queries: Effect.Effect<ReadonlyArray<Query>>
  /**
   * The latest requests that are over and have a number above `after` (default all of the latest 1,000), oldest first;
   * none in memory, where nothing takes time.
   */
  readonly latestRequests: (after?: number) => Effect.Effect<ReadonlyArray<RequestRecord>>
  /** The certificate of the authority behind the nodes' certificates, PEM. */
  readonly ca: string
  readonly faults: Faults
  /** The replication link; there is none with a single system. */
  readonly link: ReplicationLink | undefined
  /**
   * Moves the names of a system to the next living one, as DNS fail-over does. Fails with reason `control` when there
   * is no such system, or none that could take over.
   */
  readonly failOver: (domain: string) => Effect.Effect<void, SimulatorError>
  /** Moves the names of a system back to it. Fails with reason `control` when there is no such system. */
  readonly failBack: (domain: string) => Effect.Effect<void, SimulatorError>
  /** How many requests each node has seen, by address. */
  readonly requests: Effect.Effect<Readonly<Record<string, number>>>
  readonly state: Effect.Effect<State>
}

/**
 * The simulation that is running.
 *
 * @category services
 * @since 0.1.0
 */
export class Simulation extends Context.Service<Simulation, Shape>()("@effect-hcp/simulator/Simulation") {}
