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
 * }).pipe(
 *   Effect.provide(Simulator.layer({ systems: [{ domain: "hcp1.example.com" }, { domain: "hcp2.example.com" }] }))
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as NodeServers from "./internal/nodeServers.ts"
import * as Parts from "./internal/parts.ts"
import * as NameServer from "./NameServer.ts"
import { type NodeState, type RunningSystem, type Shape, Simulation, type State } from "./Simulation.ts"
import type { SimulatorError } from "./SimulatorError.ts"
import type { SimulatorOptions, SystemOptions } from "./SimulatorOptions.ts"

export type { NodeState, RunningSystem, SimulatorOptions, State, SystemOptions }

/**
 * A running simulator on the loopback network.
 *
 * @category services
 * @since 0.1.0
 */
export class Simulator extends Context.Service<
  Simulator,
  Shape & {
    /** The name server as `address:port`, for UDP and TCP. */
    readonly nameServer: string
  }
>()("@effect-hcp/simulator/Simulator") {}

/**
 * Starts a simulator that lives as long as the scope.
 *
 * Fails with reason `specification` for systems that cannot be, `network` for addresses and ports that cannot be had,
 * `storage` for a data folder that cannot be used.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: SimulatorOptions = {}
): Effect.fn.Return<Simulator["Service"], SimulatorError, Scope.Scope> {
  const parts = yield* Parts.make(options)
  const { board, names, sites } = parts
  const { ports, servers } = yield* NodeServers.startAll(sites, board, options)
  const dns = yield* NameServer.make({
    zones: names.zones(options.hideDownNodes ?? false),
    fault: board.hitQuery,
    address: options.dnsAddress,
    port: options.dnsPort,
    ttl: options.ttl
  })
  const nameServer = `${dns.address}:${dns.port}`
  const network: Parts.Network = {
    ports,
    nameServer: { address: nameServer, count: dns.count, log: dns.log },
    connections: (address) => servers.get(address)?.connections ?? Effect.succeed(0)
  }
  return Simulator.of({ ...Parts.toSimulation(parts, network), nameServer })
})

/**
 * A simulator as a layer: started when the layer is built, gone with it. {@link Simulation} is the same one without its
 * name server, for code that runs in memory as well.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: SimulatorOptions): Layer.Layer<Simulator | Simulation, SimulatorError> =>
  Layer.provideMerge(Layer.effect(Simulation, Simulator), Layer.effect(Simulator, make(options)))
