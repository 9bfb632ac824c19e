import * as Https from "node:https"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Effect } from "effect"

/** A simulated system with a versioned and an unversioned bucket of everybody's, and a user who may make more. */
export const options: Simulator.SimulatorOptions = {
  systems: [
    {
      domain: "hcp1.example.com",
      nodes: 2,
      namespaces: [
        { name: "plain", tenant: "t1", s3: true },
        { name: "versioned", tenant: "t1", s3: true, versioning: true },
        { name: "closed", tenant: "t1" }
      ],
      users: [
        { username: "owner", password: "owner01", allowNamespaceManagement: true },
        { username: "guest", password: "guest01", permissions: ["browse", "read"] }
      ]
    }
  ]
}

/** What a client that knows nothing of Effect needs to reach the first node by its name. */
export const reach = Effect.map(Simulator.Simulator, ({ ca, systems: [system] }) => ({
  host: "t1.hcp1.example.com",
  port: system.ports.https,
  address: system.nodes[0],
  agent: new Https.Agent({
    ca,
    keepAlive: true,
    lookup: (_name, { all }, callback) =>
      all === true ? callback(null, [{ address: system.nodes[0], family: 4 }]) : callback(null, system.nodes[0], 4)
  })
}))

/** A promise of a foreign client; what it rejects with is the failure. */
export const ask = <A>(call: () => Promise<A>) => Effect.tryPromise({ try: call, catch: (error) => error })

/** The name and the status of an error of a foreign client. */
export const refusal = <A>(call: () => Promise<A>) =>
  Effect.map(Effect.flip(ask(call)), (error) => {
    if (!(error instanceof Error)) return String(error)
    const status =
      "$metadata" in error && typeof error.$metadata === "object" && error.$metadata !== null
        ? Reflect.get(error.$metadata, "httpStatusCode")
        : undefined
    const code = "code" in error && typeof error.code === "string" ? error.code : error.name
    return status === undefined ? code : `${status} ${code}`
  })
