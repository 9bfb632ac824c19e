/**
 * The front door: everything composed with good defaults, from options or from `HCP_*` variables.
 *
 * **Example** (from the environment)
 *
 * ```ts
 * import { NodeRuntime } from "@effect/platform-node"
 * import { Effect } from "effect"
 * import { Hcp, HcpClient } from "@effect-hcp/sdk"
 *
 * const program = Effect.gen(function* () {
 *   const client = yield* HcpClient.HcpClient
 *   const head = yield* client.head("/rest/notes/a.txt")
 *   yield* Effect.log(`${head.servicedBy}: ${head.headers.get("x-hcp-hash")}`)
 * })
 *
 * NodeRuntime.runMain(program.pipe(Effect.provide(Hcp.layerConfig())))
 * ```
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as CheckReport from "./CheckReport.ts"
import * as Credentials from "./Credentials.ts"
import * as HcpClient from "./HcpClient.ts"
import type { HcpConfig } from "./HcpConfig.ts"
import { HcpError } from "./HcpError.ts"
import * as HttpProxy from "./HttpProxy.ts"
import * as OnDemand from "./internal/config/onDemand.ts"
import { hcpCheckConfigKinds, hcpCheckKinds, hcpConfigKinds, hcpKinds } from "./internal/config/optionKinds.ts"
import { layerOfVariables, ofVariable } from "./internal/config/variableOf.ts"
import * as OptionCheck from "./OptionCheck.ts"
import * as ReplicaStrategy from "./ReplicaStrategy.ts"
import * as Resolver from "./Resolver.ts"
import * as RetryPolicy from "./RetryPolicy.ts"
import * as Target from "./Target.ts"
import * as Transport from "./Transport.ts"

/**
 * Who asks: a local user of HCP, or any credentials as a layer.
 *
 * @category models
 * @since 0.1.0
 */
export type CredentialsOption =
  | { readonly username: string; readonly password: string | Redacted.Redacted<string> }
  | "anonymous"
  | Layer.Layer<Credentials.Credentials, HcpError>

/**
 * How names are resolved: past every cache by the name servers of resolv.conf (`"direct"`), by given name servers (IP
 * addresses, `address` or `address:port`), by the operating system with its cache (`"system"`), or by any resolver as a
 * layer.
 *
 * @category models
 * @since 0.1.0
 */
export type ResolverOption =
  | "direct"
  | "system"
  | { readonly nameServers: ReadonlyArray<string> }
  | Layer.Layer<Resolver.Resolver, HcpError>

/**
 * Everything there is to say about a client.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Target.Options {
  readonly credentials: CredentialsOption
  /** Defaults to `"direct"`. */
  readonly resolver?: ResolverOption | undefined
  /** The system with the replica: its FQDN, and whatever differs from the primary. */
  readonly replica?: (Pick<Target.Options, "fqdn"> & Partial<Target.Options>) | undefined
  /** Who is asked when. Defaults to reading from the replica while the primary is down. */
  readonly strategy?: ReplicaStrategy.Strategy | undefined
  /**
   * Whether everything is looked at before the layer is there, as {@link check} does, so that a program that could not
   * work does not begin: it fails with `CheckFailed`. Options say what must be allowed and open. Defaults to `false`.
   */
  readonly check?: boolean | CheckReport.Options | undefined
  /** What opens connections, such as a layer for tests. Defaults to TCP and TLS. */
  readonly transport?: Layer.Layer<Transport.Transport> | undefined
}

/**
 * What {@link layer} provides: the client, and below it the systems and the strategy, for those who want to look.
 *
 * @category models
 * @since 0.1.0
 */
export type Services = HcpClient.HcpClient | ReplicaStrategy.ReplicaStrategy | Target.Target

/**
 * The whole client from options. Nothing is resolved or connected before the first call.
 *
 * Fails with `InvalidInput` for an option that is unknown, of another kind, or makes no sense.
 *
 * **Example** (two systems)
 *
 * ```ts
 * import { Hcp, ReplicaStrategy } from "@effect-hcp/sdk"
 * import { Redacted } from "effect"
 *
 * const live = Hcp.layer({
 *   fqdn: "n1.t1.hcp1.example.com",
 *   replica: { fqdn: "n1.t1.hcp2.example.com" },
 *   strategy: ReplicaStrategy.readOnFailover,
 *   credentials: { username: "n", password: Redacted.make("n01") },
 *   tls: { caFile: "ca.pem" }
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<Services, HcpError> => {
  const wrong = problemOf(options, kinds)
  if (wrong !== undefined) {
    return Layer.unwrap<Services, HcpError, never, HcpError, never>(Effect.fail(wrong))
  }
  const { check, strategy, ...rest } = options
  return compose({ ...partsOf(rest), strategy, check })
}

/**
 * Looks at everything there is to a system, and its replica, and says of each thing what was found and what to do:
 * name, nodes, certificates, clock, credentials, permissions and gateways. `fqdn` is the host of a namespace. Nothing
 * is stored or changed.
 *
 * Fails only with `InvalidInput`, when an option makes no sense; whatever does not work is a point of the report.
 *
 * **Example** (before a migration)
 *
 * ```ts
 * import { CheckReport, Hcp } from "@effect-hcp/sdk"
 * import { Console, Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const report = yield* Hcp.check({
 *     fqdn: "n1.t1.hcp1.example.com",
 *     credentials: { username: "n", password: "n01" },
 *     permissions: ["read", "write", "delete"]
 *   })
 *   for (const point of report.points) yield* Console.log(CheckReport.print(point))
 * })
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const check = (
  options: Omit<Options, "check" | "strategy"> & CheckReport.Options
): Effect.Effect<CheckReport.CheckReport, HcpError> => {
  const wrong = problemOf(options, checkKinds)
  if (wrong !== undefined) return Effect.fail(wrong)
  const { gateways, managementPort, permissions, ...rest } = options
  const { credentials, replica, resolver, target, transport } = partsOf(rest)
  return Effect.flatMap(checking, ({ runAll }) =>
    runAll(replica === undefined ? [target] : [target, replica], { gateways, managementPort, permissions })
  ).pipe(Effect.provide([credentials, resolver, transport]))
}

const partsOf = (options: Omit<Options, "check" | "strategy">) => {
  const { credentials, replica, resolver, transport = Transport.layer, ...target } = options
  return {
    target,
    replica: replica === undefined ? undefined : { ...target, addresses: undefined, ...replica },
    credentials: credentialsLayer(credentials),
    resolver: resolverLayer(resolver),
    transport
  }
}

const kinds: OptionCheck.KindsOf<Options> = hcpKinds
const checkKinds: OptionCheck.KindsOf<Omit<Options, "check" | "strategy"> & CheckReport.Options> = hcpCheckKinds

/** The error of options that are none. */
const problemOf = (options: unknown, known: OptionCheck.Kinds): HcpError | undefined => {
  const reason = OptionCheck.problemOf(options, known, { required: ["fqdn", "credentials"] })
  return reason === undefined
    ? undefined
    : new HcpError({ operation: "configure", target: OptionCheck.textIn(options, "fqdn"), reason })
}

const compose = <E>(parts: {
  readonly target: Target.Options
  readonly replica: Target.Options | undefined
  readonly strategy: ReplicaStrategy.Strategy | undefined
  readonly credentials: Layer.Layer<Credentials.Credentials, HcpError | E>
  readonly resolver: Layer.Layer<Resolver.Resolver, HcpError | E>
  readonly transport: Layer.Layer<Transport.Transport>
  readonly check: Options["check"]
  /** Where the options come from, if it is the configuration. */
  readonly config?: HcpConfig | undefined
}): Layer.Layer<Services, HcpError | E> => {
  const named = <A, R>(layer: Layer.Layer<A, HcpError, R>, within?: string): Layer.Layer<A, HcpError, R> =>
    parts.config === undefined ? layer : layerOfVariables(parts.config, within)(layer)
  const primary = named(Target.layer(parts.target))
  const systems =
    parts.replica === undefined
      ? Layer.provideMerge(ReplicaStrategy.layerPrimaryOnly, primary)
      : ReplicaStrategy.layer(parts.strategy).pipe(
          Layer.provide(named(Target.layerReplica(parts.replica), "replica.")),
          Layer.provideMerge(primary)
        )
  const client = HcpClient.layer.pipe(Layer.provideMerge(systems))
  return (parts.check === undefined || parts.check === false ? client : Layer.merge(client, checked(parts))).pipe(
    Layer.provide([parts.credentials, parts.resolver, parts.transport])
  )
}

// It needs XML, and only a program that checks waits for that.
const checking = Effect.promise(() => import("./HcpCheck.ts"))

/** Fails where a client would not work. */
const checked = ({
  check,
  replica,
  target
}: {
  readonly check: Options["check"]
  readonly target: Target.Options
  readonly replica: Target.Options | undefined
}) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const { runAll, toError } = yield* checking
      const report = yield* runAll(
        replica === undefined ? [target] : [target, replica],
        typeof check === "object" ? check : {}
      )
      if (!report.passed) return yield* toError(target.fqdn, report)
    })
  )

const credentialsLayer = (option: CredentialsOption): Layer.Layer<Credentials.Credentials, HcpError> => {
  if (option === "anonymous") return Credentials.layerAnonymous
  if (!("username" in option)) return option
  const { password, username } = option
  return Credentials.layerLocal({
    username,
    password: Redacted.isRedacted(password) ? password : Redacted.make(password)
  })
}

const resolverLayer = (option: ResolverOption | undefined): Layer.Layer<Resolver.Resolver, HcpError> => {
  if (option === undefined || option === "direct") return Resolver.layer()
  if (option === "system") return Resolver.layerSystem()
  return "nameServers" in option ? Resolver.layer({ nameServers: option.nameServers }) : option
}

/**
 * Which variables {@link layerConfig} reads, and what it leaves to the program.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigOptions {
  /** What the names of all variables begin with, so that a program can have two systems. Defaults to `HCP`. */
  readonly prefix?: string | undefined
  /** Used instead of `HCP_AUTH` and what belongs to it. */
  readonly credentials?: Layer.Layer<Credentials.Credentials, HcpError | Config.ConfigError> | undefined
  /** Used instead of `HCP_READ` and `HCP_WRITE`. */
  readonly strategy?: ReplicaStrategy.Strategy | undefined
  /** Used instead of `HCP_CONNECT_TIMEOUT`. */
  readonly connectTimeout?: Duration.Input | undefined
  /** Used where `HCP_PORT` says nothing. */
  readonly defaultPort?: number | undefined
  /** Whether everything is looked at before the layer is there; see {@link Options}. Defaults to `false`. */
  readonly check?: boolean | CheckReport.Options | undefined
}

const configKinds: OptionCheck.KindsOf<ConfigOptions> = hcpConfigKinds
const checkConfigKinds: OptionCheck.KindsOf<Pick<ConfigOptions, "prefix"> & CheckReport.Options> = hcpCheckConfigKinds

/**
 * The whole client from configuration, by default the environment. `HcpConfig` has the configurations one by one.
 *
 * | Variable | Meaning | Default |
 * |---|---|---|
 * | `HCP_FQDN` | `<namespace>.<tenant>.<domain>` | required |
 * | `HCP_USERNAME`, `HCP_PASSWORD` | the user | required unless anonymous or with a token |
 * | `HCP_PASSWORD_FILE` | a file with the password, in place of `HCP_PASSWORD`; read once, without the line break at its end | none |
 * | `HCP_AUTH` | `local`, `ad`, `swift` or `anonymous` | `local` |
 * | `HCP_TOKEN` | a local user's token in place of name and password | none |
 * | `HCP_AD_DOMAIN` | the domain of an AD user | what follows the `@` of the name |
 * | `HCP_PORT` | port of both systems | `443`, `80` without TLS |
 * | `HCP_ADDRESSES` | IP addresses of the nodes, comma-separated, for sites without DNS | those of the name |
 * | `HCP_TLS` | `false` for plain HTTP | `true`; `false` with `HCP_PORT` 80 or 8080 and no other TLS variable |
 * | `HCP_CA_FILE` | PEM file of the CA that signed HCP's certificate | the CAs that Node trusts |
 * | `HCP_TLS_FINGERPRINT256` | SHA-256 fingerprints of the certificates to accept, comma-separated | none |
 * | `HCP_TLS_VERIFY_CHAIN_ONLY` | `true` checks who signed the certificate, not for which name | `false` |
 * | `HCP_TLS_INSECURE` | `true` accepts any certificate | `false` |
 * | `HCP_NAME_SERVERS` | IP addresses of name servers, `address[:port]`, comma-separated | those of resolv.conf |
 * | `HCP_PROXY` | `http://[user:password@]host:port`, the forward proxy to both systems | none |
 * | `HCP_PROXY_RESOLVE` | `local`, or `proxy` to let it resolve the names | `local` |
 * | `HCP_REPLICA_FQDN` | FQDN on the second system | none |
 * | `HCP_REPLICA_ADDRESSES` | IP addresses of its nodes, comma-separated | those of the name |
 * | `HCP_READ`, `HCP_WRITE` | `primary`, `onFailover`, `allowed` | `onFailover`, `primary` |
 * | `HCP_CONNECT_TIMEOUT` | e.g. `3 seconds` | 3 seconds |
 * | `HCP_RESPONSE_TIMEOUT`, `HCP_BODY_TIMEOUT` | e.g. `30 seconds` | 30 seconds |
 * | `HCP_WAIT_TIMEOUT` | how long a call waits for a connection | no limit |
 * | `HCP_IDLE_TIME` | how long an unused connection is kept | 30 seconds |
 * | `HCP_MAX_CONNECTIONS`, `HCP_MAX_CONNECTIONS_PER_NODE` | connections of each system | 200, 20 |
 * | `HCP_ATTEMPTS` | attempts of a call in all | 3 |
 *
 * Where the variables have other names, options of {@link layer} are given in place of a prefix, each of them as a
 * `Config`; then nothing else is read.
 *
 * Fails with a `ConfigError` that names the variable, or as {@link layer} does.
 *
 * **Example** (names of a site)
 *
 * ```ts
 * import { Hcp } from "@effect-hcp/sdk"
 * import { Config } from "effect"
 *
 * const Live = Hcp.layerConfig({
 *   fqdn: Config.String("ARCHIVE_HOST"),
 *   credentials: Config.all({ username: Config.String("ARCHIVE_USER"), password: Config.Redacted("ARCHIVE_KEY") }),
 *   responseTimeout: Config.Duration("ARCHIVE_PATIENCE").pipe(Config.withDefault("1 minute"))
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options?: ConfigOptions | Config.Wrap<Options>
): Layer.Layer<Services, HcpError | Config.ConfigError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { isWrapped, unwrap } = yield* OnDemand.configVariable
      if (isWrapped<Options>(options)) return layer(yield* unwrap<Options>(options))
      yield* OptionCheck.check(options, configKinds, { operation: "configure" })
      return compose<Config.ConfigError>(yield* partsOfConfig(options))
    })
  )

/**
 * Looks at everything there is to the system of the variables that {@link layerConfig} reads, as {@link check} does.
 *
 * Fails with `ConfigError` for a variable that is missing or wrong, and with `InvalidInput` for an option that makes no
 * sense; whatever does not work is a point of the report.
 *
 * @category combinators
 * @since 0.1.0
 */
export const checkConfig = (
  options: Pick<ConfigOptions, "prefix"> & CheckReport.Options = {}
): Effect.Effect<CheckReport.CheckReport, HcpError | Config.ConfigError> =>
  Effect.gen(function* () {
    yield* OptionCheck.check(options, checkConfigKinds, { operation: "configure" })
    const { prefix, ...asked } = options
    const { credentials, replica, resolver, target, transport } = yield* partsOfConfig({ prefix })
    const { runAll } = yield* checking
    return yield* Effect.provide(runAll(replica === undefined ? [target] : [target, replica], asked), [
      credentials,
      resolver,
      transport
    ])
  })

/** What the variables say. */
const partsOfConfig = Effect.fnUntraced(function* (options: ConfigOptions | undefined) {
  const prefix = options?.prefix
  const config = (yield* OnDemand.config).make(prefix)
  const { attempts, proxy, ...system } = yield* config.system
  const replica = yield* config.replica
  const target: Target.Options = {
    ...system,
    port: system.port ?? options?.defaultPort,
    proxy:
      proxy === undefined
        ? undefined
        : yield* Effect.mapError(HttpProxy.fromUrl(proxy.url, { resolve: proxy.resolve }), ofVariable(config)),
    connectTimeout: options?.connectTimeout ?? system.connectTimeout,
    retry: attempts === undefined ? undefined : RetryPolicy.make({ attempts })
  }
  return {
    target,
    replica: replica === undefined ? undefined : { ...target, ...replica },
    strategy: options?.strategy ?? (yield* config.strategy),
    credentials: options?.credentials ?? Credentials.layerConfig({ prefix }),
    resolver: Resolver.layerConfig({ prefix }),
    transport: Transport.layer,
    check: options?.check,
    config
  }
})
