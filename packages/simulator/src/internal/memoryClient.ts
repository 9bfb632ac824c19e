/**
 * The SDK over a simulation in memory. The only work of the simulator that knows the client; it is loaded by whoever
 * asks for it.
 *
 * @internal
 */
import * as Hcp from "@effect-hcp/sdk/Hcp"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as MetadataQuery from "@effect-hcp/sdk/MetadataQuery"
import * as Mapi from "@effect-hcp/sdk/mapi/Mapi"
import * as Namespace from "@effect-hcp/sdk/Namespace"
import * as OptionCheck from "@effect-hcp/sdk/OptionCheck"
import { Resolver } from "@effect-hcp/sdk/Resolver"
import { Transport } from "@effect-hcp/sdk/Transport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { ClientOptions, ClientServices } from "../ClientOptions.ts"
import { Simulation } from "../Simulation.ts"
import { SimulatorError } from "../SimulatorError.ts"
import { completeSystems, type MemoryOptions, specOf } from "../SimulatorOptions.ts"
import { resolve } from "../SystemSpec.ts"

// The kinds of the others are known to `Hcp.layer`, which gets them.
const clientKinds: OptionCheck.KindsOf<ClientOptions> = {
  fqdn: "any",
  port: "any",
  tls: "any",
  acceptUnmarkedAnswers: "any",
  addresses: "any",
  retry: "any",
  connections: "any",
  connectTimeout: "any",
  responseTimeout: "any",
  bodyTimeout: "any",
  tcpKeepAlive: "any",
  credentials: "any",
  replica: "any",
  strategy: "any",
  mapi: { fields: { fqdn: "text", credentials: "any" } }
}

/** A user, or nobody. */
const signedIn = (user: { readonly username: string; readonly password: string } | undefined): Hcp.CredentialsOption =>
  user === undefined ? "anonymous" : { username: user.username, password: Redacted.make(user.password) }

/** The labels before the domain, if the host is one of it. */
const labelsOf = (fqdn: string, domain: string): ReadonlyArray<string> | undefined => {
  const host = fqdn.replace(/\.$/, "").toLowerCase()
  return host.endsWith(`.${domain}`) ? host.slice(0, -domain.length - 1).split(".") : undefined
}

export const layer = (
  simulated: MemoryOptions,
  client: ClientOptions
): Layer.Layer<ClientServices, SimulatorError | HcpError, Simulation | Transport | Resolver> =>
  Layer.unwrap(
    Effect.gen(function* () {
      yield* OptionCheck.check(client, clientKinds, { operation: "configure" })
      const way = {
        transport: Layer.succeed(Transport, yield* Transport),
        resolver: Layer.succeed(Resolver, yield* Resolver)
      }
      const { systems } = yield* Simulation
      const [{ domain, ports }, second] = systems
      const [first] = completeSystems(simulated)
      const spec = yield* resolve(first === undefined ? { domain } : specOf(first))
      const { addresses, credentials, fqdn: asked, mapi, replica, strategy, tls, port: askedPort, ...settings } = client
      const [namespace] = spec.namespaces
      const fqdn = asked ?? (namespace === undefined ? undefined : `${namespace.key}.${domain}`)
      if (fqdn === undefined) {
        return yield* new SimulatorError({
          reason: "specification",
          message: `the system ${domain} has no namespace for the client; give it one, or give the client an fqdn`
        })
      }
      const port = askedPort ?? (tls === false ? ports.http : ports.https)
      const clientAt = (labels: ReadonlyArray<string> | undefined): Hcp.Options => ({
        ...settings,
        ...way,
        addresses,
        strategy,
        tls,
        port,
        fqdn: labels === undefined ? fqdn : [...labels, domain].join("."),
        credentials: credentials ?? signedIn(spec.users[0]),
        replica:
          replica ??
          (labels === undefined || second === undefined ? undefined : { fqdn: [...labels, second.domain].join(".") })
      })
      const labels = labelsOf(fqdn, domain)
      const management: Hcp.Options = {
        ...settings,
        ...way,
        fqdn: mapi?.fqdn ?? `admin.${domain}`,
        port: ports.mapi,
        credentials: mapi?.credentials ?? signedIn(spec.admins[0])
      }
      return Layer.mergeAll(
        Namespace.layer.pipe(Layer.provideMerge(Hcp.layer(clientAt(labels)))),
        MetadataQuery.layer().pipe(Layer.provide(Hcp.layer(clientAt(labels?.slice(-1))))),
        Mapi.layer({ port: ports.mapi, domain }).pipe(Layer.provide(Hcp.layer(management)))
      )
    })
  )
