/**
 * What is read from the configuration, by default from `HCP_*` variables.
 *
 * @internal
 */
import * as Config from "effect/Config"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Tls from "../../Tls.ts"
import { parseNameServer } from "../dns/nameServer.ts"

const permission = (name: string) => Config.Literals(["primary", "onFailover", "allowed"], name)

/** The systems, and who is asked when. */
export const systems = Config.all({
  fqdn: Config.NonEmptyString("HCP_FQDN"),
  port: Config.option(Config.Port("HCP_PORT")),
  tls: Tls.config,
  tlsGiven: Config.option(Config.Boolean("HCP_TLS")),
  proxy: Config.option(Config.Redacted("HCP_PROXY")),
  proxyResolve: Config.Literals(["local", "proxy"], "HCP_PROXY_RESOLVE").pipe(Config.withDefault("local" as const)),
  replica: Config.option(Config.NonEmptyString("HCP_REPLICA_FQDN")),
  read: permission("HCP_READ").pipe(Config.withDefault("onFailover" as const)),
  write: permission("HCP_WRITE").pipe(Config.withDefault("primary" as const)),
  connectTimeout: Config.option(Config.Duration("HCP_CONNECT_TIMEOUT"))
})

const NameServerText = Schema.Trim.check(
  Schema.makeFilter((text) => Option.isSome(parseNameServer(text)) || `"address", "address:port" or "[address]:port"`)
)

/** Whom to ask for addresses; nobody in particular by default. */
export const nameServers = Config.Array(NameServerText, "HCP_NAME_SERVERS").pipe(Config.withDefault([]))

/** How a request proves who it is. */
export const auth = Config.Literals(["local", "ad", "swift", "anonymous"], "HCP_AUTH").pipe(Config.withDefault("local"))

/** A user of whatever kind. */
export const user = Config.all({
  username: Config.NonEmptyString("HCP_USERNAME"),
  password: Config.Redacted("HCP_PASSWORD")
})

/** The domain of an Active Directory user. */
export const domain = Config.option(Config.NonEmptyString("HCP_AD_DOMAIN"))

/** A local user's token, in place of name and password. */
export const token = Config.option(Config.Redacted("HCP_TOKEN"))
