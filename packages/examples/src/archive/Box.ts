/**
 * The stage: either two replicated systems in a box, where things can be made to fail, or a real HCP, where nothing is.
 */
import { Hcp, type HcpError, ReplicaStrategy } from "@effect-hcp/sdk"
import { Simulator, type SimulatorError } from "@effect-hcp/simulator"
import { type Config, Context, Effect, Layer, Redacted } from "effect"

export class Box extends Context.Service<
  Box,
  {
    /** What the job runs against, for the first line of its report. */
    readonly title: string
    /** Takes one node down in the middle of the ingest. */
    readonly loseNode: Effect.Effect<string | undefined, Error>
    /** Takes the whole primary down once everything is replicated. */
    readonly losePrimary: Effect.Effect<string | undefined, Error>
  }
>()("@effect-hcp/examples/archive/Box") {}

const namespace = "n1.t1"
const username = "n"
const password = "n01"

/** Two systems of four nodes each, linked active/active, behind one name server. */
const simulated = Layer.unwrap(
  Effect.gen(function* () {
    const { ca, faults, link, nameServer, systems } = yield* Simulator.Simulator
    const [primary, replica] = systems
    const box = Box.of({
      title: `two simulated systems, ${primary.domain} and ${replica?.domain}, ${primary.nodes.length} nodes each`,
      loseNode: Effect.gen(function* () {
        const node = primary.nodes[1] ?? primary.nodes[0]
        yield* faults.add({ fault: "refuse", node })
        return `node ${node} is down`
      }),
      losePrimary: Effect.gen(function* () {
        yield* link?.settled ?? Effect.void
        yield* faults.add({ fault: "refuse", system: primary.domain })
        return `all nodes of ${primary.domain} are down`
      })
    })
    const client = Hcp.layer({
      fqdn: `${namespace}.${primary.domain}`,
      port: primary.ports.https,
      tls: { ca },
      credentials: { username, password: Redacted.make(password) },
      resolver: { nameServers: [nameServer] },
      replica: { fqdn: `${namespace}.${replica?.domain ?? primary.domain}` },
      strategy: ReplicaStrategy.readOnFailover
    })
    return Layer.merge(Layer.succeed(Box, box), client)
  })
).pipe(
  Layer.provide(
    Simulator.layer({
      systems: [
        { domain: "hcp1.example.com", nodes: 4, namespaces: [namespace], users: [`${username}:${password}`] },
        { domain: "hcp2.example.com", nodes: 4, namespaces: [namespace], users: [`${username}:${password}`] }
      ]
    })
  )
)

/** The system that the `HCP_*` variables name. */
const real = (fqdn: string) =>
  Layer.merge(
    Layer.succeed(Box, { title: fqdn, loseNode: Effect.undefined, losePrimary: Effect.undefined }),
    Hcp.layerConfig()
  )

export const layer = (
  fqdn: string | undefined
): Layer.Layer<Box | Hcp.Services, HcpError.HcpError | SimulatorError.SimulatorError | Config.ConfigError> =>
  fqdn === undefined ? simulated : real(fqdn)
