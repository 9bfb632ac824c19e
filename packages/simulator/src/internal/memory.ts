/**
 * A simulation without sockets: the transport and the resolver that lead the SDK there.
 *
 * @internal
 */
import { Resolver } from "@effect-hcp/sdk/Resolver"
import * as Transport from "@effect-hcp/sdk/Transport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Ports } from "../NodeServer.ts"
import * as RequestLog from "../RequestLog.ts"
import { Simulation } from "../Simulation.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { type MemoryOptions, memoryKinds } from "../SimulatorOptions.ts"
import { checkOptions } from "./checkOptions.ts"
import * as MemoryNetwork from "./memoryNetwork.ts"
import * as MemoryResolver from "./memoryResolver.ts"
import * as NameReplies from "./nameReplies.ts"
import * as Parts from "./parts.ts"

const hcpPorts: Ports = { http: 80, https: 443, admin: 8000, mapi: 9090 }

// Given for `ns.<domain>` only: of the range for documentation, where nobody answers.
const nameServerAddress = "192.0.2.53"

export const layer = (
  options: MemoryOptions
): Layer.Layer<Simulation | Transport.Transport | Resolver, SimulatorError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      yield* checkOptions(options, memoryKinds)
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
        nameServer: { address: undefined, count: replies.count, log: replies.log },
        requests: RequestLog.make(),
        connections: () => Effect.succeed(0)
      }
      return Layer.mergeAll(
        // The nodes say themselves what HCP says.
        Transport.layerHandler(handle, { connect, marks: false }),
        Layer.succeed(Resolver, MemoryResolver.make(replies)),
        Layer.succeed(Simulation, Parts.toSimulation(parts, network))
      )
    })
  )
