import type * as Simulation from "@effect-hcp/simulator/Simulation"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Layer, Redacted } from "effect"
import * as Credentials from "../../src/Credentials.ts"
import * as HcpClient from "../../src/HcpClient.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import * as ReplicaStrategy from "../../src/ReplicaStrategy.ts"
import * as Target from "../../src/Target.ts"

export const domain = "hcp1.example.com"

/** A system in memory whose namespaces differ in what they are named after. */
export const system = Simulator.layerMemory({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { name: "plain", tenant: "t1" },
        { name: "versions", tenant: "t1", versioning: true },
        { name: "retained", tenant: "t1", defaultRetention: "A+1y" }
      ],
      users: ["n:n01", { username: "reader", password: "n01", permissions: ["browse", "read"] }]
    }
  ]
})

export type NamespaceName = "plain" | "versions" | "retained"

/** A namespace of the system, as one of its users, with the client below it. */
export const namespace = (name: NamespaceName, username: "n" | "reader" = "n") =>
  Namespace.layer.pipe(
    Layer.provideMerge(HcpClient.layer),
    Layer.provide(ReplicaStrategy.layerPrimaryOnly),
    Layer.provideMerge(Target.layer({ fqdn: `${name}.t1.${domain}` })),
    Layer.provide(Credentials.layerLocal({ username, password: Redacted.make("n01") }))
  )

/** A namespace of a system of its own. */
export const fresh = (name: NamespaceName = "plain") =>
  Layer.provideMerge(namespace(name), system satisfies Layer.Layer<Simulation.Simulation, unknown, unknown>)
