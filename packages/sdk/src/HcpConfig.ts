/**
 * Everything the SDK reads from the configuration, by default the environment, under one prefix: `HCP_FQDN`,
 * `HCP_USERNAME` and so on. With another prefix two systems fit into one program.
 *
 * The `layerConfig` of each service reads it. A program that wants single values takes them from here. Loaded only when
 * such a layer is built: `effect/Config` brings `effect/Schema` along.
 *
 * **Example** (two systems in one program)
 *
 * ```ts
 * import { Hcp, Namespace } from "@effect-hcp/sdk"
 * import { Context, Effect, Layer } from "effect"
 *
 * // SOURCE_FQDN, SOURCE_USERNAME, ... and TARGET_FQDN, TARGET_USERNAME, ...
 * class Source extends Context.Service<Source, Namespace.Shape>()("Source") {}
 * class Destination extends Context.Service<Destination, Namespace.Shape>()("Destination") {}
 *
 * const Both = Layer.merge(
 *   Layer.effect(Source, Namespace.Namespace).pipe(
 *     Layer.provide(Namespace.layer),
 *     Layer.provide(Hcp.layerConfig({ prefix: "SOURCE" }))
 *   ),
 *   Layer.effect(Destination, Namespace.Namespace).pipe(
 *     Layer.provide(Namespace.layer),
 *     Layer.provide(Hcp.layerConfig({ prefix: "TARGET" }))
 *   )
 * )
 *
 * const program = Effect.gen(function* () {
 *   const source = yield* Source
 *   const destination = yield* Destination
 *   const { bytes } = yield* source.get("/a.txt")
 *   return [bytes.length, yield* destination.exists("/a.txt")] as const
 * }).pipe(Effect.provide(Both))
 * ```
 *
 * @since 0.1.0
 */
import { readFile } from "node:fs/promises"
import * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as ConfigVariable from "./ConfigVariable.ts"
import { parseNameServer } from "./internal/dns/nameServer.ts"
import type { Tls } from "./Tls.ts"

/**
 * All variables, without prefix, and what each means.
 *
 * @category constants
 * @since 0.1.0
 */
export const variables = {
  FQDN:
    "the host: <namespace>.<tenant>.<domain> for objects, e.g. n1.t1.hcp1.example.com; " +
    "<tenant>.<domain> for S3, queries and the management of a tenant, admin.<domain> for that of the system",
  PORT: "the port of both systems, e.g. 443",
  ADDRESSES: "the IP addresses of the nodes, comma-separated, for sites without DNS",
  AUTH: "how requests are authenticated: local, ad, swift or anonymous",
  USERNAME: "the name of the user",
  PASSWORD: "the password of the user",
  PASSWORD_FILE: "a file with the password of the user, in place of the password",
  TOKEN: "the token of a local user, base64(user):md5(password), in place of name and password",
  AD_DOMAIN: "the domain of an Active Directory user",
  TLS: "false for plain HTTP",
  CA_FILE: "a PEM file of the authorities to trust",
  TLS_FINGERPRINT256: "SHA-256 fingerprints of the certificates to accept, comma-separated",
  TLS_VERIFY_CHAIN_ONLY: "true to check who signed the certificate, and not for which name",
  TLS_INSECURE: "true to accept any certificate",
  NAME_SERVERS: "the IP addresses of name servers, comma-separated",
  PROXY: "the forward proxy, http://[user:password@]host:port",
  PROXY_RESOLVE: "who resolves names behind the proxy: local or proxy",
  REPLICA_FQDN: "the host of the same namespace on the second system",
  REPLICA_ADDRESSES: "the IP addresses of the nodes of the second system, comma-separated",
  READ: "who is read from: primary, onFailover or allowed",
  WRITE: "who is written to: primary, onFailover or allowed",
  CONNECT_TIMEOUT: "how long connecting may take, e.g. 3 seconds",
  RESPONSE_TIMEOUT: "how long HCP may take to begin an answer, e.g. 30 seconds",
  BODY_TIMEOUT: "how long the body of an answer may be silent, e.g. 30 seconds",
  WAIT_TIMEOUT: "how long a call may wait for a connection, e.g. 1 minute",
  IDLE_TIME: "how long an unused connection is kept, e.g. 30 seconds",
  MAX_CONNECTIONS: "how many connections there may be, a whole number above 0",
  MAX_CONNECTIONS_PER_NODE: "how many connections there may be to one node, a whole number above 0",
  ATTEMPTS: "how often a call is tried in all, a whole number above 0"
} as const

/**
 * The name of a variable without prefix.
 *
 * @category models
 * @since 0.1.0
 */
export type Variable = keyof typeof variables

/**
 * Which system is asked first, and how.
 *
 * @category models
 * @since 0.1.0
 */
export interface System {
  readonly fqdn: string
  readonly port: number | undefined
  readonly addresses: ReadonlyArray<string> | undefined
  /** `undefined` where no variable says anything about TLS. */
  readonly tls: Tls | false | undefined
  readonly proxy: { readonly url: Redacted.Redacted<string>; readonly resolve: "local" | "proxy" } | undefined
  readonly connectTimeout: Duration.Duration | undefined
  readonly responseTimeout: Duration.Duration | undefined
  readonly bodyTimeout: Duration.Duration | undefined
  readonly connections: {
    readonly maxTotal: number | undefined
    readonly maxPerNode: number | undefined
    readonly waitTimeout: Duration.Duration | undefined
    readonly idleTime: Duration.Duration | undefined
  }
  /** Attempts of a call in all. */
  readonly attempts: number | undefined
}

/**
 * The second system.
 *
 * @category models
 * @since 0.1.0
 */
export interface Replica {
  readonly fqdn: string
  readonly addresses: ReadonlyArray<string> | undefined
}

/**
 * Configurations of one system and its replica. All of them fail with a `ConfigError` that names the variable, what was
 * found in it unless it may be a secret, and what belongs there.
 *
 * @category models
 * @since 0.1.0
 */
export interface HcpConfig {
  readonly prefix: string
  /** The whole name of a variable: `HCP_FQDN`. */
  readonly nameOf: (variable: Variable) => string
  readonly system: Config.Config<System>
  readonly replica: Config.Config<Replica | undefined>
  readonly strategy: Config.Config<{
    readonly read: "primary" | "onFailover" | "allowed"
    readonly write: "primary" | "onFailover" | "allowed"
  }>
  /** What the variables say of TLS: `false` is plain HTTP. */
  readonly tls: Config.Config<Tls | false>
  /** IP addresses of name servers; none where nothing is said. */
  readonly nameServers: Config.Config<ReadonlyArray<string>>
  readonly auth: Config.Config<"local" | "ad" | "swift" | "anonymous">
  /** A user of whatever kind; the password may be in a file, which is read here. */
  readonly user: Config.Config<{ readonly username: string; readonly password: Redacted.Redacted<string> }>
  readonly domain: Config.Config<string | undefined>
  readonly token: Config.Config<Redacted.Redacted<string> | undefined>
}

const NameServerText = Schema.Trim.check(Schema.makeFilter((text) => Option.isSome(parseNameServer(text))))

const permissions = ["primary", "onFailover", "allowed"] as const

// Editors end files with a line break.
const passwordIn = (name: string, path: string): Effect.Effect<Redacted.Redacted<string>, Config.ConfigError> =>
  Effect.flatMap(
    Effect.tryPromise({
      try: () => readFile(path, "utf8"),
      catch: (error) =>
        ConfigVariable.failure(`${name}: cannot read ${path}: ${error instanceof Error ? error.message : "unknown"}`)
    }),
    (text) => {
      const password = text.replace(/\r?\n$/, "")
      return password === ""
        ? Effect.fail(ConfigVariable.failure(`${name}: ${path} is empty; write the password into it`))
        : Effect.succeed(Redacted.make(password))
    }
  )

/**
 * The configurations whose variables begin with a prefix and `_`. The prefix defaults to `HCP`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (prefix = "HCP"): HcpConfig => {
  const nameOf = (variable: Variable): string => `${prefix}_${variable}`
  const the = (variable: Variable): ConfigVariable.ConfigVariable => ({
    name: nameOf(variable),
    meaning: variables[variable]
  })
  const or = <A>(config: Config.Config<A | undefined>, otherwise: A): Config.Config<A> =>
    Config.map(config, (value) => value ?? otherwise)
  const text = (variable: Variable) => ConfigVariable.text(the(variable))
  const required = (variable: Variable) => ConfigVariable.required(the(variable), text(variable))
  const secret = (variable: Variable) => ConfigVariable.secret(the(variable))
  const flag = (variable: Variable) => ConfigVariable.flag(the(variable))
  const list = (variable: Variable) => ConfigVariable.list(the(variable))
  const limit = (variable: Variable) => ConfigVariable.positive(the(variable))
  const span = (variable: Variable) => ConfigVariable.duration(the(variable))
  const permission = (variable: Variable) => ConfigVariable.choice(the(variable), permissions)

  const tlsParts = Config.all({
    enabled: flag("TLS"),
    caFile: text("CA_FILE"),
    fingerprint256: list("TLS_FINGERPRINT256"),
    verifyChainOnly: or(flag("TLS_VERIFY_CHAIN_ONLY"), false),
    insecureSkipVerification: or(flag("TLS_INSECURE"), false)
  })
  const tls: Config.Config<Tls | false> = Config.map(tlsParts, ({ enabled, ...said }) =>
    enabled === false ? false : said
  )
  // What the port means counts only where nothing is said.
  const tlsIfGiven: Config.Config<Tls | false | undefined> = Config.map(tlsParts, ({ enabled, ...said }) =>
    enabled === false
      ? false
      : enabled === true || Object.values(said).some((value) => value !== undefined && value !== false)
        ? said
        : undefined
  )

  return {
    prefix,
    nameOf,
    tls,
    system: Config.all({
      fqdn: required("FQDN"),
      port: ConfigVariable.whole(the("PORT"), 1, 65_535),
      addresses: list("ADDRESSES"),
      tls: tlsIfGiven,
      proxy: Config.map(
        Config.all({
          url: secret("PROXY"),
          resolve: or(ConfigVariable.choice(the("PROXY_RESOLVE"), ["local", "proxy"]), "local")
        }),
        ({ resolve, url }) => (url === undefined ? undefined : { url, resolve })
      ),
      connectTimeout: span("CONNECT_TIMEOUT"),
      responseTimeout: span("RESPONSE_TIMEOUT"),
      bodyTimeout: span("BODY_TIMEOUT"),
      connections: Config.all({
        maxTotal: limit("MAX_CONNECTIONS"),
        maxPerNode: limit("MAX_CONNECTIONS_PER_NODE"),
        waitTimeout: span("WAIT_TIMEOUT"),
        idleTime: span("IDLE_TIME")
      }),
      attempts: limit("ATTEMPTS")
    }),
    replica: Config.map(
      Config.all({
        fqdn: text("REPLICA_FQDN"),
        addresses: list("REPLICA_ADDRESSES")
      }),
      ({ addresses, fqdn }) => (fqdn === undefined ? undefined : { fqdn, addresses })
    ),
    strategy: Config.all({
      read: or(permission("READ"), "onFailover"),
      write: or(permission("WRITE"), "primary")
    }),
    nameServers: or(
      ConfigVariable.listOf(the("NAME_SERVERS"), '"address", "address:port" or "[address]:port"', NameServerText),
      []
    ),
    auth: or(ConfigVariable.choice(the("AUTH"), ["local", "ad", "swift", "anonymous"]), "local"),
    user: Config.mapEffect(
      Config.all({
        username: required("USERNAME"),
        password: secret("PASSWORD"),
        file: text("PASSWORD_FILE")
      }),
      ({ file, password, username }) => {
        const [passwordName, fileName] = [nameOf("PASSWORD"), nameOf("PASSWORD_FILE")]
        if (password !== undefined && file !== undefined) {
          return Effect.fail(
            ConfigVariable.failure(`${passwordName} and ${fileName} are both set; leave one of them out`)
          )
        }
        if (password !== undefined) return Effect.succeed({ username, password })
        return file === undefined
          ? Effect.fail(
              ConfigVariable.failure(`${passwordName} is not set: ${variables.PASSWORD}; or name a file in ${fileName}`)
            )
          : Effect.map(passwordIn(fileName, file), (secret) => ({ username, password: secret }))
      }
    ),
    domain: text("AD_DOMAIN"),
    token: secret("TOKEN")
  }
}
