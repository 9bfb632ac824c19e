/**
 * The stage of the small examples: one simulated system with one namespace, and all services for it. A program of your
 * own has `Hcp.layerConfig()` in place of this, and the `HCP_*` variables say where the real system is.
 */
import { Hcp, type HcpError, Namespace } from "@effect-hcp/sdk"
import { Simulator, type SimulatorError, type SystemSpec } from "@effect-hcp/simulator"
import { Effect, Layer, Redacted } from "effect"

const password = "n01"

/** Everything a program about one namespace needs. `spec` is what the namespace is like. */
export const simulated = (
  spec: Partial<SystemSpec.NamespaceSpec> = {}
): Layer.Layer<Hcp.Services | Namespace.Namespace, HcpError.HcpError | SimulatorError.SimulatorError> =>
  Namespace.layer.pipe(
    Layer.provideMerge(
      Layer.unwrap(
        Effect.map(Simulator.Simulator, ({ ca, nameServer, systems }) =>
          Hcp.layer({
            fqdn: `n1.t1.${systems[0].domain}`,
            port: systems[0].ports.https,
            tls: { ca },
            resolver: { nameServers: [nameServer] },
            credentials: { username: "n", password: Redacted.make(password) }
          })
        )
      )
    ),
    Layer.provide(
      Simulator.layer({
        systems: [
          {
            domain: "hcp1.example.com",
            namespaces: [{ ...spec, name: "n1", tenant: "t1" }],
            users: [`n:${password}`]
          }
        ]
      })
    )
  )
