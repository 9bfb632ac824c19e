/**
 * The S3-compatible gateway of one tenant: which host, which style of addresses, which credentials, over the client of
 * the SDK.
 *
 * What can be done there is in the modules beside this one: `Bucket`, `S3Object`, `BatchDelete`, `Acl`, `Cors`,
 * `ObjectLock`, `Listing`, `Multipart`, `Presign`. Nodes, retries and replicas are those of `HcpClient`.
 *
 * The endpoint is the **tenant's** host, `<tenant>.<domain>`, also with buckets in the host name.
 *
 * **Example** (store and read)
 *
 * ```ts
 * import { S3, S3Credentials, S3Object } from "@effect-hcp/s3"
 * import { HcpBody } from "@effect-hcp/sdk"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   yield* S3Object.put("finance", "q4/report.txt", HcpBody.text("all is well"))
 *   return (yield* S3Object.get("finance", "q4/report.txt")).text
 * })
 *
 * const Live = S3.layerHcp({
 *   fqdn: "europe.hcp1.example.com",
 *   credentials: S3Credentials.layerV4({ username: "lgreen", password: Redacted.make("start123") })
 * })
 *
 * Effect.runPromise(program.pipe(Effect.provide(Live)))
 * ```
 *
 * Source: "Using the Hitachi API for Amazon S3".
 *
 * @since 0.1.0
 */
import { configKinds } from "@effect-hcp/sdk/CallKinds"
import * as Hcp from "@effect-hcp/sdk/Hcp"
import * as HcpClient from "@effect-hcp/sdk/HcpClient"
import { HcpError, InvalidInput } from "@effect-hcp/sdk/HcpError"
import { check, type Kinds, type KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as ReplicaStrategy from "@effect-hcp/sdk/ReplicaStrategy"
import * as Target from "@effect-hcp/sdk/Target"
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Gateway } from "./Gateway.ts"
import { type Given, misuseOf } from "./internal/gateway.ts"
import { gatewayKinds } from "./internal/optionKinds.ts"
import * as S3Credentials from "./S3Credentials.ts"

/**
 * What the service holds. Operations are functions of the other modules.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shape extends Gateway {}

/**
 * The S3 gateway of one tenant.
 *
 * @category services
 * @since 0.1.0
 */
export class S3 extends Context.Service<S3, Shape>()("@effect-hcp/s3/S3") {}

/**
 * Where the bucket is written. `path`, the default, is `https://tenant.domain/bucket/key`. `virtualHost` is
 * `https://bucket.tenant.domain/key`: only the `Host` header changes. Connections go to the nodes of the tenant's name
 * and certificates are checked against it, so neither DNS nor the certificate has to know the bucket.
 *
 * @category models
 * @since 0.1.0
 */
export type Style = "path" | "virtualHost"

/**
 * Options of the gateway over a client that is there.
 *
 * @category models
 * @since 0.1.0
 */
export interface GatewayOptions {
  /** Defaults to `path`. */
  readonly style?: Style | undefined
  /**
   * The domain of HCP, e.g. `hcp1.example.com`. With it an endpoint that is not `<tenant>.<domain>` (that of a bucket,
   * mostly) is found before anything is sent; without it only by the first answer, when what was sent is stored under
   * another key, which the error names.
   */
  readonly domain?: string | undefined
}

/**
 * The gateway of this package's own modules. @internal
 */
export const gateway: Effect.Effect<Gateway, never, S3> = S3.useSync((s3) => s3)

/**
 * The same for an operation with options: fails with `InvalidInput` where they are none of its own. @internal
 */
export const gatewayFor = (
  about: Given,
  options: unknown,
  kinds: Kinds,
  required?: ReadonlyArray<string>
): Effect.Effect<Gateway, HcpError, S3> => {
  const wrong = misuseOf(about, options, kinds, required)
  return wrong === undefined ? gateway : Effect.fail(wrong)
}

const kinds: KindsOf<GatewayOptions> = gatewayKinds

/**
 * Makes the gateway over a client. Fails with `InvalidInput` for an endpoint that is not the tenant's.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  options: GatewayOptions = {}
): Effect.Effect<Shape, HcpError, HcpClient.HcpClient | S3Credentials.S3Credentials> =>
  Effect.gen(function* () {
    yield* check(options, kinds, { operation: "configure" })
    const client = yield* HcpClient.HcpClient
    const credentials = yield* S3Credentials.S3Credentials
    const target = Option.getOrUndefined(yield* Effect.serviceOption(Target.Target))
    const problem = target === undefined ? undefined : endpointProblem(target.fqdn, options.domain)
    if (problem !== undefined) return yield* problem
    const { style = "path" } = options
    const endpoint = target === undefined ? undefined : { fqdn: target.fqdn, port: target.port, secure: target.secure }
    const strategy = Option.getOrUndefined(yield* Effect.serviceOption(ReplicaStrategy.ReplicaStrategy))
    const found = { bucketHost: undefined }
    // Where a gateway stays already, it stays for what comes of that as well.
    const staying = (shape: HcpClient.Shape): Gateway => {
      const system: Gateway = {
        client: shape,
        style,
        credentials,
        endpoint,
        found,
        stay: Effect.sync(() => ({ first: system, at: () => Effect.succeed(system) }))
      }
      return system
    }
    const whole: Gateway = {
      client,
      style,
      credentials,
      endpoint,
      found,
      stay:
        strategy === undefined
          ? Effect.flatMap(client.onActiveSystem, (shape) => staying(shape).stay)
          : Effect.sync(() => ({
              first: whole,
              at: (fqdn) => Effect.map(clientAt(client, strategy, fqdn), staying)
            }))
    }
    return whole
  })

/**
 * The gateway over a client. Fails as {@link make}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options?: GatewayOptions
): Layer.Layer<S3, HcpError, HcpClient.HcpClient | S3Credentials.S3Credentials> => Layer.effect(S3, make(options))

/**
 * Options of the gateway with everything below it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Omit<Hcp.Options, "credentials" | "check">, GatewayOptions {
  /** One of the layers of `S3Credentials`. */
  readonly credentials: ReturnType<typeof S3Credentials.layerV4>
}

/**
 * The gateway with everything below it; `fqdn` is the tenant's. Nothing is resolved or connected before the first call.
 *
 * Fails with `InvalidInput` when an option makes no sense.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerHcp = (options: Options): Layer.Layer<S3 | Hcp.Services | S3Credentials.S3Credentials, HcpError> => {
  // Its layer would be built before `Hcp.layer` could say what is wrong with it.
  const isLayer: boolean = Layer.isLayer(options?.credentials)
  if (!isLayer) {
    const reason = new InvalidInput({ field: "credentials", detail: "is no layer; give one of those of S3Credentials" })
    return Layer.unwrap<S3 | Hcp.Services | S3Credentials.S3Credentials, HcpError, never, HcpError, never>(
      Effect.fail(new HcpError({ operation: "configure", reason }))
    )
  }
  const { credentials, domain, style, ...rest } = options
  return layer({ style, domain }).pipe(
    Layer.provideMerge(Layer.merge(Hcp.layer({ ...rest, credentials }), credentials))
  )
}

// The compiler says here which option has no kind.
const fromConfig: KindsOf<Omit<Hcp.ConfigOptions, "credentials" | "check">> = configKinds

/**
 * The gateway with everything below it from configuration: the variables of `Hcp.layerConfig`, where `HCP_FQDN` is the
 * tenant's host and `HCP_REPLICA_FQDN` that of the same tenant on the other system, those of
 * `S3Credentials.layerConfig` in place of `HCP_AUTH`, and `HCP_S3_STYLE` (`path`, the default, or `virtualHost`). Or
 * from the options of {@link layerHcp}, each of them a `Config`.
 *
 * Fails with a `ConfigError` that names the variable, or as {@link layerHcp} does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options?: Omit<Hcp.ConfigOptions, "credentials" | "check"> | Config.Wrap<Options>
): Layer.Layer<S3 | Hcp.Services | S3Credentials.S3Credentials, HcpError | Config.ConfigError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { isWrapped, styleOf, unwrap } = yield* Effect.promise(() => import("./internal/config.ts"))
      if (isWrapped<Options>(options)) return layerHcp(yield* unwrap<Options>(options))
      yield* check(options, fromConfig, { operation: "configure" })
      const credentials = S3Credentials.layerConfig({ prefix: options?.prefix })
      return Layer.provideMerge(
        layer({ style: yield* styleOf(options?.prefix) }),
        Layer.merge(Hcp.layerConfig({ ...options, credentials }), credentials)
      )
    })
  )

/** A client of the one system that answered under this FQDN. */
const clientAt = (
  client: HcpClient.HcpClient["Service"],
  { primary, replica }: ReplicaStrategy.ReplicaStrategy["Service"],
  fqdn: string
): Effect.Effect<HcpClient.Shape> => {
  const system = [primary, replica].find((each) => each?.fqdn === fqdn)
  if (replica === undefined || system === undefined) return client.onActiveSystem
  // A strategy of one system has nothing to close, and no options that could be wrong.
  return Effect.orDie(Effect.scoped(Effect.map(ReplicaStrategy.make(system, undefined), HcpClient.make)))
}

const endpointProblem = (fqdn: string, domain: string | undefined): HcpError | undefined => {
  if (domain === undefined) return undefined
  const suffix = `.${domain.replace(/\.$/, "").toLowerCase()}`
  const host = fqdn.replace(/\.$/, "").toLowerCase()
  const labels = host.endsWith(suffix) ? host.slice(0, -suffix.length).split(".") : []
  if (labels.length === 1 && labels[0] !== "") return undefined
  const detail =
    labels.length > 1
      ? `"${fqdn}" is the host of a bucket; give the tenant's, ${labels.at(-1)}${suffix}`
      : `"${fqdn}" is no host of a tenant of ${domain}; give <tenant>.${domain}`
  return new HcpError({ operation: "configure", target: fqdn, reason: new InvalidInput({ field: "fqdn", detail }) })
}
