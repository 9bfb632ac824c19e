/**
 * The two linked systems: simulated ones, of which the first can be lost and found, or those that the `HCP_*` variables
 * name.
 *
 * `Mapi` is the management API of the second system, the one that takes over.
 */
import { Hcp, type HcpError, ReplicaStrategy } from "@effect-hcp/sdk"
import type { Mapi } from "@effect-hcp/sdk/mapi"
import { Simulator, type SimulatorError } from "@effect-hcp/simulator"
import { Config, Context, Effect, Layer } from "effect"
import * as Management from "../management/Management.ts"

export class Site extends Context.Service<
  Site,
  {
    /** The domains of the two systems. */
    readonly first: string
    readonly second: string
    /** The active/active link between them. */
    readonly link: { readonly name: string; readonly type: "ACTIVE_ACTIVE" }
    /** Takes the first system down; `undefined` where that is not done. */
    readonly lose: Effect.Effect<string | undefined, SimulatorError.SimulatorError>
    /** Brings it up again. */
    readonly find: Effect.Effect<string | undefined, SimulatorError.SimulatorError>
  }
>()("@effect-hcp/examples/link-failover/Site") {}

const first = "hcp1.example.com"
const second = "hcp2.example.com"

const simulated = Layer.unwrap(
  Effect.gen(function* () {
    const simulator = yield* Simulator.Simulator
    const { ca, faults, nameServer, systems } = simulator
    const [west, east = west] = systems
    const down = { fault: "refuse", system: first } as const
    const site = Site.of({
      first,
      second,
      link: { name: "hcp1-hcp2", type: "ACTIVE_ACTIVE" },
      lose: Effect.as(faults.add(down), `all nodes of ${first} are down`),
      find: Effect.as(faults.delete(down), `all nodes of ${first} are up`)
    })
    const client = Hcp.layer({
      fqdn: `n1.t1.${first}`,
      port: west.ports.https,
      tls: { ca },
      resolver: { nameServers: [nameServer] },
      credentials: { username: "n", password: "n01" },
      replica: { fqdn: `n1.t1.${second}` },
      // Longer than a name lives in the DNS: when the client comes back, the name leads home again.
      strategy: { ...ReplicaStrategy.readWriteOnFailover, probeInterval: "200 millis", holdTime: "2 seconds" }
    })
    return Layer.mergeAll(Layer.succeed(Site, site), client, Management.simulated(simulator, east))
  })
).pipe(
  Layer.provide(
    Simulator.layer({
      systems: [
        { domain: first, nodes: 4, namespaces: ["n1.t1"], users: ["n:n01"] },
        { domain: second, nodes: 4 }
      ],
      ttl: "1 second"
    })
  )
)

/** What follows `<namespace>.<tenant>.`. */
const domainOf = (fqdn: string): string => fqdn.split(".").slice(2).join(".")

const real = Layer.unwrap(
  Effect.gen(function* () {
    const { link, primary, replica } = yield* Config.all({
      primary: Config.NonEmptyString("HCP_FQDN"),
      replica: Config.NonEmptyString("HCP_REPLICA_FQDN"),
      link: Config.NonEmptyString("HCP_LINK")
    })
    const site = Site.of({
      first: domainOf(primary),
      second: domainOf(replica),
      link: { name: link, type: "ACTIVE_ACTIVE" },
      lose: Effect.undefined,
      find: Effect.undefined
    })
    return Layer.mergeAll(
      Layer.succeed(Site, site),
      Hcp.layerConfig({ strategy: ReplicaStrategy.readWriteOnFailover }),
      Management.administrator(`admin.${domainOf(replica)}`)
    )
  })
)

export const layer = (
  isReal: boolean
): Layer.Layer<
  Site | Mapi.Mapi | Hcp.Services,
  HcpError.HcpError | SimulatorError.SimulatorError | Config.ConfigError
> => (isReal ? real : simulated)
