/**
 * Whole HCP systems in memory: the SDK runs against them without a socket, under Effect's clock.
 *
 * {@link layer} gives the SDK its `Transport` and its `Resolver`, and the test its {@link Simulation}. Requests go to
 * the same nodes, gateways, links and faults as on the network (`Simulator`).
 *
 * What a network does is left out: nobody verifies certificates, and an answer comes as a whole, so that one that is
 * broken off (`truncate`) fails without its first bytes.
 *
 * **Example** (an object under retention, and the days after)
 *
 * ```ts
 * import { Credentials, HcpBody, HcpClient, Namespace, ReplicaStrategy, Retention, Target } from "@effect-hcp/sdk"
 * import { Memory } from "@effect-hcp/simulator"
 * import { Effect, Layer, Redacted } from "effect"
 * import { TestClock } from "effect/testing"
 *
 * const Hcp = Namespace.layer.pipe(
 *   Layer.provide(HcpClient.layer),
 *   Layer.provide(ReplicaStrategy.layerPrimaryOnly),
 *   Layer.provide(Target.layer({ fqdn: "n1.t1.hcp1.example.com" })),
 *   Layer.provide(Credentials.layerLocal({ username: "n", password: Redacted.make("n01") })),
 *   Layer.provideMerge(Memory.layer({ systems: [{ domain: "hcp1.example.com" }] }))
 * )
 *
 * const program = Effect.gen(function* () {
 *   const ns = yield* Namespace.Namespace
 *   yield* ns.put("/a.txt", HcpBody.text("kept"), { retention: Retention.days(1) })
 *   yield* TestClock.adjust("2 days")
 *   yield* ns.delete("/a.txt")
 * }).pipe(Effect.provide(Hcp))
 * ```
 *
 * @since 0.1.0
 */
import { Resolver } from "@effect-hcp/sdk/Resolver"
import * as Transport from "@effect-hcp/sdk/Transport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as MemoryNetwork from "./internal/memoryNetwork.ts"
import * as MemoryResolver from "./internal/memoryResolver.ts"
import * as NameReplies from "./internal/nameReplies.ts"
import * as Parts from "./internal/parts.ts"
import type { Ports } from "./NodeServer.ts"
import { Simulation } from "./Simulation.ts"
import type { SimulatorError } from "./SimulatorError.ts"
import type { SimulatorOptions } from "./SimulatorOptions.ts"

/**
 * What to simulate in memory: what has to do with sockets is left out.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Omit<SimulatorOptions, "dnsAddress" | "dnsPort" | "keepAlive"> {
  /** The ports of every node. Default those of HCP: 80, 443, 8000 and 9090. */
  readonly ports?: Partial<Ports> | undefined
}

const hcpPorts: Ports = { http: 80, https: 443, admin: 8000, mapi: 9090 }

/**
 * A simulation in memory, with the `Transport` and the `Resolver` that lead the SDK there.
 *
 * Fails with reason `specification` for systems that cannot be, with `storage` for a data folder that cannot be used.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options = {}
): Layer.Layer<Simulation | Transport.Transport | Resolver, SimulatorError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const parts = yield* Parts.make(options)
      const { board, names, sites } = parts
      const ports = { ...hcpPorts, ...options.ports }
      const replies = NameReplies.make({
        zones: names.zones(options.hideDownNodes ?? false),
        fault: board.hitQuery,
        address: nameServerAddress,
        ttl: options.ttl
      })
      const nodes = sites.flatMap((site) => site.nodes)
      const { connect, handle } = yield* MemoryNetwork.make(nodes, ports, board)
      const network: Parts.Network = {
        ports,
        nameServer: { address: null, count: replies.count, log: replies.log },
        connections: () => Effect.succeed(0)
      }
      return Layer.mergeAll(
        Transport.layerHandler(handle, { connect }),
        Layer.succeed(Resolver, MemoryResolver.make(replies)),
        Layer.succeed(Simulation, Parts.toSimulation(parts, network))
      )
    })
  )

// Given for `ns.<domain>` only: of the range for documentation, where nobody answers.
const nameServerAddress = "192.0.2.53"
