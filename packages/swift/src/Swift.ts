/**
 * The Swift gateway of one account, which is a tenant: which host, which account, which credentials, over the client of
 * the SDK.
 *
 * What can be done there is in the modules beside this one: `Account`, `Container`, `SwiftObject`. Nodes, retries and
 * replicas are those of `HcpClient`.
 *
 * The endpoint is the **system's** host for it, `api.<domain>`. HCP calls the gateway HSwift; the manuals up to 9.2 have
 * it, those of 9.6 do not.
 *
 * **Example** (store and read)
 *
 * ```ts
 * import { Swift, SwiftObject } from "@effect-hcp/swift"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   yield* SwiftObject.put("finance", "q4/report.txt", "all is well")
 *   return (yield* SwiftObject.get("finance", "q4/report.txt")).text
 * })
 *
 * const Live = Swift.layerHcp({
 *   fqdn: "api.hcp1.example.com",
 *   account: "europe",
 *   credentials: { username: "lgreen", password: Redacted.make("start123") }
 * })
 *
 * Effect.runPromise(program.pipe(Effect.provide(Live)))
 * ```
 *
 * Source: "Using the HCP HSwift API".
 *
 * @since 0.1.0
 */
import { configKinds } from "@effect-hcp/sdk/CallKinds"
import * as Credentials from "@effect-hcp/sdk/Credentials"
import * as Hcp from "@effect-hcp/sdk/Hcp"
import * as HcpClient from "@effect-hcp/sdk/HcpClient"
import { HcpError, InvalidInput } from "@effect-hcp/sdk/HcpError"
import { check, type Kinds, type KindsOf, problemOf } from "@effect-hcp/sdk/OptionCheck"
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { type About, type Gateway, misuseOf } from "./internal/gateway.ts"
import { gatewayKinds } from "./internal/optionKinds.ts"
import * as SwiftCredentials from "./SwiftCredentials.ts"

/**
 * What the service holds. Operations are functions of the other modules.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shape {
  readonly client: HcpClient.Shape
  /** What comes before the container in every path: `/swift/v1/europe`. */
  readonly root: string
}

/**
 * The Swift gateway of one account.
 *
 * @category services
 * @since 0.1.0
 */
export class Swift extends Context.Service<Swift, Shape>()("@effect-hcp/swift/Swift") {}

/**
 * Options of the gateway over a client that is there.
 *
 * @category models
 * @since 0.1.0
 */
export interface GatewayOptions {
  /** The name of the tenant; with Keystone also `AUTH_` and the id of the project. */
  readonly account: string
  /** What comes before the account in every path. Defaults to `/swift/v1`; OpenStack has `/v1`. */
  readonly root?: string | undefined
}

const kinds: KindsOf<GatewayOptions> = gatewayKinds

const defaultRoot = "/swift/v1"

/** The gateway of this package's own modules. @internal */
export const gateway: Effect.Effect<Gateway, never, Swift> = Swift.useSync((swift) => swift)

/**
 * The same for an operation with options: fails with `InvalidInput` where they are none of its own. @internal
 */
export const gatewayFor = (
  about: About,
  options: unknown,
  known: Kinds,
  required?: ReadonlyArray<string>
): Effect.Effect<Gateway, HcpError, Swift> => {
  const wrong = misuseOf(about, options, known, required)
  return wrong === undefined ? gateway : Effect.fail(wrong)
}

/**
 * Makes the gateway over a client. Fails with `InvalidInput` for an account that cannot be one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: GatewayOptions): Effect.Effect<Shape, HcpError, HcpClient.HcpClient> =>
  Effect.suspend(() => {
    const reason = problemOf(options, kinds, { required: ["account"] }) ?? placeProblem(options)
    return reason === undefined
      ? HcpClient.HcpClient.useSync((client) => ({
          client,
          root: `${options.root ?? defaultRoot}/${options.account}`
        }))
      : Effect.fail(new HcpError({ operation: "configure", reason }))
  })

const placeProblem = ({ account, root = defaultRoot }: GatewayOptions): InvalidInput | undefined => {
  if (!/^[\w.-]+$/.test(account) || /^\.+$/.test(account)) {
    const detail = "is no account; give the name of the tenant, or AUTH_ and the id of a project of Keystone"
    return new InvalidInput({ field: "account", detail })
  }
  return /^(?:\/(?!\.+(?:\/|$))[\w.-]+)+$/.test(root)
    ? undefined
    : new InvalidInput({ field: "root", detail: 'is no path such as "/swift/v1"' })
}

/**
 * The gateway over a client. Fails as {@link make}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: GatewayOptions): Layer.Layer<Swift, HcpError, HcpClient.HcpClient> =>
  Layer.effect(Swift, make(options))

/**
 * Options of the gateway with everything below it. A user and a password as `credentials` are sent in the header
 * `X-Auth-Token`, see `SwiftCredentials.layerLocal`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Omit<Hcp.Options, "check">, GatewayOptions {}

/**
 * The gateway with everything below it; `fqdn` is `api.<domain>`. Nothing is resolved or connected before the first
 * call.
 *
 * Fails with `InvalidInput` when an option makes no sense.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerHcp = (options: Options): Layer.Layer<Swift | Hcp.Services, HcpError> => {
  const { account, credentials, root, ...rest } = options ?? {}
  return layer({ account, root }).pipe(Layer.provideMerge(Hcp.layer({ ...rest, credentials: ofSwift(credentials) })))
}

/** A user is proved in Swift's own header; what is none, `Hcp.layer` complains of. */
const ofSwift = (option: Hcp.CredentialsOption): Hcp.CredentialsOption => {
  if (typeof option !== "object" || option === null || !("username" in option)) return option
  const { password, username, ...others } = option
  if (typeof username !== "string" || Object.keys(others).length > 0) return option
  if (Redacted.isRedacted(password)) return Credentials.layerSwift({ username, password })
  return typeof password === "string" ? Credentials.layerSwift({ username, password: Redacted.make(password) }) : option
}

// The compiler says here which option has no kind.
const fromConfig: KindsOf<Omit<Hcp.ConfigOptions, "credentials" | "check">> = configKinds

/**
 * The gateway with everything below it from configuration: the variables of `Hcp.layerConfig`, where `HCP_FQDN` is
 * `api.<domain>` and `HCP_REPLICA_FQDN` the same on the other system, those of `SwiftCredentials.layerConfig` in place
 * of `HCP_AUTH`, `HCP_SWIFT_ACCOUNT`, and `HCP_SWIFT_ROOT` (`/swift/v1` by default). Or from the options of
 * {@link layerHcp}, each of them a `Config`.
 *
 * Fails with a `ConfigError` that names the variable, or as {@link layerHcp} does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options?: Omit<Hcp.ConfigOptions, "credentials" | "check"> | Config.Wrap<Options>
): Layer.Layer<Swift | Hcp.Services, HcpError | Config.ConfigError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const config = yield* Effect.promise(() => import("./internal/config.ts"))
      if (config.isWrapped<Options>(options)) return layerHcp(yield* config.unwrap<Options>(options))
      yield* check(options, fromConfig, { operation: "configure" })
      const place = yield* config.placeOf(options?.prefix)
      const credentials = SwiftCredentials.layerConfig({ prefix: options?.prefix })
      return Layer.provideMerge(layer(place), Hcp.layerConfig({ ...options, credentials }))
    })
  )
