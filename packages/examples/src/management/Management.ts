/**
 * The management API of a simulated system, or of the one that the `HCP_*` variables name.
 */
import { Hcp, HcpConfig, type HcpError } from "@effect-hcp/sdk"
import { Mapi } from "@effect-hcp/sdk/mapi"
import type { Simulator } from "@effect-hcp/simulator"
import { Config, Effect, Layer } from "effect"

/** An administrator of a simulated system; its management API is not at 9090, as that port may be taken. */
export const simulated = (
  { ca, nameServer }: Simulator.Simulator["Service"],
  { domain, ports }: Simulator.RunningSystem
): Layer.Layer<Mapi.Mapi, HcpError.HcpError> =>
  Mapi.layer({ port: ports.mapi }).pipe(
    Layer.provide(
      Hcp.layer({
        fqdn: `admin.${domain}`,
        port: ports.mapi,
        tls: { ca },
        resolver: { nameServers: [nameServer] },
        credentials: { username: "service", password: "service01" }
      })
    )
  )

/** Whoever `HCP_FQDN`, `HCP_USERNAME` and so on name. A gateway's own port may stand in `HCP_PORT`. */
export const layerConfig: Layer.Layer<Mapi.Mapi, HcpError.HcpError | Config.ConfigError> = Mapi.layerConfig()

/**
 * An administrator of another system than that of `HCP_FQDN`: `HCP_ADMIN_USERNAME`, `HCP_ADMIN_PASSWORD` and
 * `HCP_ADMIN_PORT`, with the name servers and certificates of the others.
 */
export const administrator = (fqdn: string): Layer.Layer<Mapi.Mapi, HcpError.HcpError | Config.ConfigError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { nameServers, password, port, tls, username } = yield* Config.all({
        username: Config.NonEmptyString("HCP_ADMIN_USERNAME"),
        password: Config.Redacted("HCP_ADMIN_PASSWORD"),
        port: Config.Port("HCP_ADMIN_PORT").pipe(Config.withDefault(9090)),
        nameServers: HcpConfig.make().nameServers,
        tls: HcpConfig.make().tls
      })
      return Mapi.layer({ port }).pipe(
        Layer.provide(
          Hcp.layer({
            fqdn,
            port,
            tls,
            credentials: { username, password },
            resolver: nameServers.length === 0 ? "direct" : { nameServers }
          })
        )
      )
    })
  )
