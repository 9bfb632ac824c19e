import * as Resolver from "@effect-hcp/sdk/Resolver"
import * as Transport from "@effect-hcp/sdk/Transport"
import * as Simulation from "@effect-hcp/simulator/Simulation"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Effect, Layer, Redacted } from "effect"
import * as Swift from "../../src/Swift.ts"
import type * as SwiftCredentials from "../../src/SwiftCredentials.ts"

const namespaces = [
  { name: "plain", tenant: "t1", swift: true, s3: true },
  { name: "versions", tenant: "t1", swift: true, versioning: true }
]

const users = [
  { username: "n", password: "n01", allowNamespaceManagement: true },
  { username: "guest", password: "guest01", permissions: ["browse", "read"] as const }
]

/** Systems in memory, the second of which has a replica. */
export const simulated = (...domains: readonly [string, ...Array<string>]) =>
  Simulator.layerMemory({ systems: domains.map((domain) => ({ domain, nodes: 2, namespaces, users })) })

export const user = { username: "n", password: Redacted.make("n01") }

export interface Options extends Partial<Swift.Options> {}

/** The way to the systems of a simulation, for whatever client. */
export const way = Effect.gen(function* () {
  const { systems } = yield* Simulation.Simulation
  return {
    systems,
    connection: {
      transport: Layer.succeed(Transport.Transport, yield* Transport.Transport),
      resolver: Layer.succeed(Resolver.Resolver, yield* Resolver.Resolver)
    },
    port: systems[0].ports.https
  }
})

/** The gateway of the tenant `t1` of a simulation. */
export const gateway = (options: Options = {}) =>
  Layer.unwrap(
    Effect.map(way, ({ connection, port, systems }) =>
      Swift.layerHcp({
        ...connection,
        fqdn: `api.${systems[0].domain}`,
        port,
        account: "t1",
        credentials: user,
        ...options
      })
    )
  )

/** The same with tokens that the gateway gives. */
export const gatewayWith = (
  credentials: (options: SwiftCredentials.V1Options) => ReturnType<typeof SwiftCredentials.layerV1>
) =>
  Layer.unwrap(
    Effect.map(way, ({ connection, port, systems }) =>
      gateway({
        credentials: credentials({
          ...user,
          url: `https://api.${systems[0].domain}:${port}/swift/v1/t1`,
          connection
        })
      })
    )
  )
