/**
 * Whole HCP systems: nodes, name server, replication and faults, as one scoped service. With sockets on loopback
 * addresses and TLS ({@link layer}); in memory, on Effect's clock ({@link layerMemory}); and in memory with a client
 * and its services ({@link layerClient}).
 *
 * **Example** (two linked systems on loopback addresses)
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
 * **Example** (a test: an object under retention, and the days after)
 *
 * ```ts
 * import { assert, it } from "@effect/vitest"
 * import { HcpBody, Namespace, Retention } from "@effect-hcp/sdk"
 * import { Simulator } from "@effect-hcp/simulator"
 * import { Effect } from "effect"
 * import { TestClock } from "effect/testing"
 *
 * it.effect("is kept for a day", () =>
 *   Effect.gen(function* () {
 *     const ns = yield* Namespace.Namespace
 *     yield* ns.put("/a.txt", HcpBody.text("kept"), { retention: Retention.days(1) })
 *     assert.strictEqual((yield* Effect.flip(ns.delete("/a.txt"))).reason._tag, "UnderRetention")
 *     yield* TestClock.adjust("2 days")
 *     yield* ns.delete("/a.txt")
 *   }).pipe(Effect.provide(Simulator.layerClient()))
 * )
 * ```
 *
 * @since 0.1.0
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import type { Resolver } from "@effect-hcp/sdk/Resolver"
import type { Transport } from "@effect-hcp/sdk/Transport"
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { ClientOptions, ClientServices } from "./ClientOptions.ts"
import { checkOptions } from "./internal/checkOptions.ts"
import * as Memory from "./internal/memory.ts"
import * as NodeServers from "./internal/nodeServers.ts"
import * as Parts from "./internal/parts.ts"
import * as NameServer from "./NameServer.ts"
import * as RequestLog from "./RequestLog.ts"
import { type NodeState, type RunningSystem, type Shape, Simulation, type State } from "./Simulation.ts"
import type { SimulatorError } from "./SimulatorError.ts"
import { type MemoryOptions, type SimulatorOptions, type SystemOptions, simulatorKinds } from "./SimulatorOptions.ts"

export type {
  ClientOptions,
  ClientServices,
  MemoryOptions,
  NodeState,
  RunningSystem,
  SimulatorOptions,
  State,
  SystemOptions
}

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
  yield* checkOptions(options, simulatorKinds)
  const parts = yield* Parts.make(options)
  const { board, names, sites } = parts
  const log = RequestLog.make()
  const { ports, servers } = yield* NodeServers.startAll(sites, board, options, log)
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
    requests: log,
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

/**
 * Which variables {@link layerConfig} reads.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigOptions {
  /** What the names of all variables begin with. Defaults to `HCP_SIMULATOR`. */
  readonly prefix?: string | undefined
}

const configKinds: KindsOf<ConfigOptions> = { prefix: "text" }

/**
 * A simulator from the configuration, by default the environment: the variables of `SimulatorConfig`, or the options of
 * {@link layer}, each of them a `Config`.
 *
 * | Variable | Meaning | Default |
 * |---|---|---|
 * | `HCP_SIMULATOR_DOMAINS` | domains of the systems, comma-separated; they replicate each other | `hcp1.example.com` |
 * | `HCP_SIMULATOR_NODES` | nodes of each system | 4 |
 * | `HCP_SIMULATOR_FIRST_ADDRESS` | address of the first node | one of a free /24 |
 * | `HCP_SIMULATOR_NAMESPACES` | `name.tenant` with settings after commas, blanks or line breaks between | `n1.t1` |
 * | `HCP_SIMULATOR_DEFAULT_NAMESPACE` | `true` serves the default namespace | `false` |
 * | `HCP_SIMULATOR_USERS`, `HCP_SIMULATOR_ADMINS` | `name:password`, one on each line | `n:n01`, `service:service01` |
 * | `HCP_SIMULATOR_S3` | `true` makes every namespace an S3 bucket | `false` |
 * | `HCP_SIMULATOR_SOFTWARE_VERSION` | the version that the systems say they are | `9.7.0.10` |
 * | `HCP_SIMULATOR_CERTIFICATE` | `complete`, `wildcard`, `expired` or `selfSigned` | `complete` |
 * | `HCP_SIMULATOR_HTTP_PORT`, `HCP_SIMULATOR_HTTPS_PORT` | the ports of all nodes for objects | free ones |
 * | `HCP_SIMULATOR_ADMIN_PORT`, `HCP_SIMULATOR_MAPI_PORT` | those of the system console and of the management API | free ones |
 * | `HCP_SIMULATOR_DNS_ADDRESS`, `HCP_SIMULATOR_DNS_PORT` | the name server | `127.0.0.1`, a free port |
 * | `HCP_SIMULATOR_TTL` | time to live of DNS answers | 5 seconds |
 * | `HCP_SIMULATOR_HIDE_DOWN_NODES` | `true` leaves nodes that refuse out of the DNS answers at once | `false` |
 * | `HCP_SIMULATOR_DATA` | a folder that keeps everything over restarts | memory |
 * | `HCP_SIMULATOR_DATA_KEY_FILE` | a file with the key that encrypts the accounts in that folder | not encrypted |
 * | `HCP_SIMULATOR_LAG` | how late a change reaches the other systems | 0 |
 * | `HCP_SIMULATOR_REPLICATION` | `activeActive` or `activePassive` | `activeActive` |
 * | `HCP_SIMULATOR_KEEP_ALIVE` | how long nodes keep an idle connection | 60 seconds |
 *
 * Fails with a `ConfigError` that names the variable, or as {@link layer} does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options?: ConfigOptions | Config.Wrap<SimulatorOptions>
): Layer.Layer<Simulator | Simulation, SimulatorError | Config.ConfigError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { isWrapped, make, unwrap } = yield* Effect.promise(() => import("./internal/config.ts"))
      if (isWrapped<SimulatorOptions>(options)) return layer(yield* unwrap(options))
      yield* checkOptions(options, configKinds)
      return layer(yield* make(options?.prefix).options)
    })
  )

/**
 * A simulation in memory, with the `Transport` and the `Resolver` that lead the SDK there without a socket, under
 * Effect's clock. Requests go to the same nodes, gateways, links and faults as on the network.
 *
 * What a network does is left out: nobody verifies certificates, and an answer comes as a whole, so that one that is
 * broken off (`truncate`) fails without its first bytes.
 *
 * Fails with reason `specification` for systems that cannot be, with `storage` for a data folder that cannot be used.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory = (
  options: MemoryOptions = {}
): Layer.Layer<Simulation | Transport | Resolver, SimulatorError> => Memory.layer(options)

/**
 * A simulation in memory, and over it a client with its services: everything a test of a program needs that uses HCP.
 * `client` says what differs from what fits the simulation, as `retry` or `strategy`.
 *
 * Fails as {@link layerMemory}, and with `InvalidInput` for an option of the client that makes no sense.
 *
 * **Example** (two systems whose link lags, and a client that may read at both)
 *
 * ```ts
 * import { ReplicaStrategy } from "@effect-hcp/sdk"
 * import { Simulator } from "@effect-hcp/simulator"
 *
 * const Test = Simulator.layerClient(
 *   { systems: [{ domain: "hcp1.example.com" }, { domain: "hcp2.example.com" }], lag: "1 hour" },
 *   { strategy: ReplicaStrategy.readOnFailover }
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerClient = (
  options: MemoryOptions = {},
  client: ClientOptions = {}
): Layer.Layer<Simulation | ClientServices | Transport | Resolver, SimulatorError | HcpError> =>
  // The client is loaded by those who ask for it: the command does not.
  Layer.unwrap(
    Effect.map(
      Effect.promise(() => import("./internal/memoryClient.ts")),
      (memoryClient) => memoryClient.layer(options, client)
    )
  ).pipe(Layer.provideMerge(layerMemory(options)))
