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
import * as ConfigProvider from "effect/ConfigProvider"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
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
 * Configurations of one system and its replica. All of them fail with a `ConfigError` that names the variable; where it
 * is missing, also what belongs there.
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

const failure = (message: string): Config.ConfigError =>
  new Config.ConfigError(new ConfigProvider.SourceError({ message }))

const NameServerText = Schema.Trim.check(
  Schema.makeFilter((text) => Option.isSome(parseNameServer(text)) || `"address", "address:port" or "[address]:port"`)
)

const permissions = ["primary", "onFailover", "allowed"] as const

// Editors end files with a line break.
const passwordIn = (name: string, path: string): Effect.Effect<Redacted.Redacted<string>, Config.ConfigError> =>
  Effect.flatMap(
    Effect.tryPromise({
      try: () => readFile(path, "utf8"),
      catch: (error) => failure(`${name}: cannot read ${path}: ${error instanceof Error ? error.message : "unknown"}`)
    }),
    (text) => {
      const password = text.replace(/\r?\n$/, "")
      return password === ""
        ? Effect.fail(failure(`${name}: ${path} is empty; write the password into it`))
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
  const optional = <A>(variable: Variable, of: (name: string) => Config.Config<A>): Config.Config<A | undefined> =>
    Config.map(Config.option(of(nameOf(variable))), Option.getOrUndefined)
  const required = <A>(variable: Variable, of: (name: string) => Config.Config<A>): Config.Config<A> =>
    Config.mapEffect(Config.option(of(nameOf(variable))), (found) =>
      Option.isSome(found)
        ? Effect.succeed(found.value)
        : Effect.fail(failure(`${nameOf(variable)} is not set: ${variables[variable]}`))
    )
  const flag = (variable: Variable) => Config.withDefault(Config.Boolean(nameOf(variable)), false)
  const list = (variable: Variable) =>
    optional(variable, (name) => Config.Array(Schema.Trim, name)) satisfies Config.Config<
      ReadonlyArray<string> | undefined
    >
  const limit = (variable: Variable): Config.Config<number | undefined> =>
    Config.mapEffect(
      optional(variable, (name) => Config.Int(name)),
      (value) =>
        value === undefined || value > 0
          ? Effect.succeed(value)
          : Effect.fail(failure(`${nameOf(variable)} is ${value}, and must be ${variables[variable]}`))
    )
  const span = (variable: Variable) => optional(variable, (name) => Config.Duration(name))
  const permission = <const A extends (typeof permissions)[number]>(variable: Variable, otherwise: A) =>
    Config.withDefault(Config.Literals(permissions, nameOf(variable)), otherwise)

  const tlsParts = Config.all({
    enabled: optional("TLS", (name) => Config.Boolean(name)),
    caFile: optional("CA_FILE", (name) => Config.NonEmptyString(name)),
    fingerprint256: list("TLS_FINGERPRINT256"),
    verifyChainOnly: flag("TLS_VERIFY_CHAIN_ONLY"),
    insecureSkipVerification: flag("TLS_INSECURE")
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
      fqdn: required("FQDN", (name) => Config.NonEmptyString(name)),
      port: optional("PORT", (name) => Config.Port(name)),
      addresses: list("ADDRESSES"),
      tls: tlsIfGiven,
      proxy: Config.map(
        Config.all({
          url: optional("PROXY", (name) => Config.Redacted(name)),
          resolve: Config.withDefault(Config.Literals(["local", "proxy"], nameOf("PROXY_RESOLVE")), "local" as const)
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
        fqdn: optional("REPLICA_FQDN", (name) => Config.NonEmptyString(name)),
        addresses: list("REPLICA_ADDRESSES")
      }),
      ({ addresses, fqdn }) => (fqdn === undefined ? undefined : { fqdn, addresses })
    ),
    strategy: Config.all({ read: permission("READ", "onFailover"), write: permission("WRITE", "primary") }),
    nameServers: Config.withDefault(Config.Array(NameServerText, nameOf("NAME_SERVERS")), []),
    auth: Config.withDefault(Config.Literals(["local", "ad", "swift", "anonymous"], nameOf("AUTH")), "local" as const),
    user: Config.mapEffect(
      Config.all({
        username: required("USERNAME", (name) => Config.NonEmptyString(name)),
        password: optional("PASSWORD", (name) => Config.Redacted(name)),
        file: optional("PASSWORD_FILE", (name) => Config.NonEmptyString(name))
      }),
      ({ file, password, username }) => {
        const [passwordName, fileName] = [nameOf("PASSWORD"), nameOf("PASSWORD_FILE")]
        if (password !== undefined && file !== undefined) {
          return Effect.fail(failure(`${passwordName} and ${fileName} are both set; leave one of them out`))
        }
        if (password !== undefined) return Effect.succeed({ username, password })
        return file === undefined
          ? Effect.fail(failure(`${passwordName} is not set: ${variables.PASSWORD}; or name a file in ${fileName}`))
          : Effect.map(passwordIn(fileName, file), (secret) => ({ username, password: secret }))
      }
    ),
    domain: optional("AD_DOMAIN", (name) => Config.NonEmptyString(name)),
    token: optional("TOKEN", (name) => Config.Redacted(name))
  }
}
