/**
 * The way to HCP's management API: one service that knows which system or tenant it administers and checks that it got
 * the right host and port.
 *
 * All of the API is plain functions over this one service, grouped in modules by what they manage: `Tenants.list()`,
 * `Namespaces.get("finance")`, `Users.create(...)`. Whatever works on a tenant takes that of the host unless `{ tenant
 * }` names one.
 *
 * **Example** (administering one tenant)
 *
 * ```ts
 * import { Effect, Layer, Stream } from "effect"
 * import { Hcp } from "@effect-hcp/sdk"
 * import { Mapi, Namespaces, Quota } from "@effect-hcp/sdk/mapi"
 *
 * const live = Mapi.layer().pipe(
 *   Layer.provide(
 *     Hcp.layer({
 *       fqdn: "finance.hcp1.example.com",
 *       port: 9090,
 *       credentials: { username: "admin", password: "..." }
 *     })
 *   )
 * )
 *
 * const program = Effect.gen(function* () {
 *   const { outcome } = yield* Namespaces.ensure({ name: "invoices", hardQuota: Quota.gb(50) })
 *   const names = yield* Stream.runCollect(Namespaces.list())
 *   return [outcome, names]
 * }).pipe(Effect.provide(live))
 * ```
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as Hcp from "../Hcp.ts"
import type * as HcpBody from "../HcpBody.ts"
import * as HcpClient from "../HcpClient.ts"
import { HcpError } from "../HcpError.ts"
import type { HcpRequest, Method, Pairs, RequestOptions } from "../HcpRequest.ts"
import { type HcpReply, type HcpResponse, isSuccess } from "../HcpResponse.ts"
import * as OnDemand from "../internal/config/onDemand.ts"
import { expecting } from "../internal/request/expecting.ts"
import { reconcileDelete } from "../internal/request/reconcile.ts"
import * as OptionCheck from "../OptionCheck.ts"
import { reconcile } from "../Reconcile.ts"
import * as ReplicaStrategy from "../ReplicaStrategy.ts"
import { okOrFail, readReply } from "../ReplyStatus.ts"
import * as Target from "../Target.ts"
import { InvalidInput } from "../WireReason.ts"
import { layerKinds, object, requestKinds } from "./internal/optionKinds.ts"
import { placeOf } from "./internal/place.ts"
import { alreadyExists, managementError } from "./internal/refusal.ts"

/**
 * How resources are asked for and written.
 *
 * @category models
 * @since 0.1.0
 */
export type Format = "xml" | "json"

/**
 * Whether the whole system is administered (at `admin.<domain>`) or one tenant (at `<tenant>.<domain>`).
 *
 * @category models
 * @since 0.1.0
 */
export type Level = "system" | "tenant"

/**
 * The options of {@link layer}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * The port the target must point at, where a gateway or simulator has the management API on another. Defaults to
   * `9090`.
   */
  readonly port?: number | undefined
  /**
   * The domain of the HCP system, e.g. `hcp1.example.com`. With it the host is checked exactly. Without it a
   * namespace's host cannot be distinguished from a tenant's. Defaults to what follows the first label of the host.
   */
  readonly domain?: string | undefined
  /** Says that the host, whatever it is called, is that of the system, and leaves its name unchecked. */
  readonly level?: "system" | undefined
  /** Says that the host, whatever it is called, is that of this tenant, and leaves its name unchecked. */
  readonly tenant?: string | undefined
  /** The format of all calls. Defaults to the one that is known best for each resource, mostly JSON. */
  readonly format?: Format | undefined
}

/**
 * One call of the management API, for what the SDK has no function for.
 *
 * @category models
 * @since 0.1.0
 */
export interface MapiRequest extends Settings {
  readonly method: Method
  /** The decoded path below `/mapi`: `/tenants/finance/namespaces`. */
  readonly path: string
  /** Query parameters, not encoded; an empty value makes a bare flag. Never shown in logs, spans and errors. */
  readonly query?: Pairs | undefined
  readonly headers?: Pairs | undefined
  readonly body?: HcpBody.Input | undefined
  /** Secrets in the body, blanked in what an error quotes of the answer. Defaults to none. */
  readonly secrets?: RequestOptions["secrets"]
  /** The headers that prove who asks, in place of those of the target. Defaults to none. */
  readonly credentials?: HcpRequest["credentials"]
  /**
   * Looks whether a POST that changes a password was done: asked where the answer to an attempt was lost and the next
   * one is refused, as it may be because the first one changed the password it is sent with. The reply that it gives is
   * the outcome, `undefined` leaves the refusal. Defaults to not at all.
   */
  readonly wasDone?: Effect.Effect<HcpReply | undefined, HcpError> | undefined
  /** Whether sending it twice is the same as once. Defaults to `true` for all methods but POST. */
  readonly idempotent?: boolean | undefined
  /** The most bytes of the answer that are kept in memory. Defaults to 64 MiB. */
  readonly maxBodyBytes?: number | undefined
}

/**
 * What holds for calls, whichever function makes them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings extends Pick<RequestOptions, "deadline" | "responseTimeout" | "bodyTimeout"> {
  /** Defaults to that of the layer. */
  readonly format?: Format | undefined
}

/**
 * The {@link Settings} of the calls inside an effect or stream. Defaults to none.
 *
 * **Example** (a report that takes its time)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Mapi, Tenants } from "@effect-hcp/sdk/mapi"
 *
 * const statistics = Tenants.statistics().pipe(
 *   Effect.provideService(Mapi.CurrentSettings, { responseTimeout: "10 minutes" })
 * )
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export const CurrentSettings = Context.Reference<Settings>("@effect-hcp/sdk/mapi/Mapi/CurrentSettings", {
  defaultValue: () => ({})
})

/**
 * What {@link Mapi} offers.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shape {
  readonly level: Level
  /** The tenant of a tenant's host; `undefined` at the system's. */
  readonly tenant: string | undefined
  /** The host that is asked. */
  readonly fqdn: string
  /** The domain of the HCP system, as far as it is known. */
  readonly domain: string | undefined
  /** The format of all calls, if one was chosen. */
  readonly format: Format | undefined
  /**
   * Makes a call and reads its whole answer. Any status but 2xx is an error, with HCP's own `X-HCP-ErrorMessage`; a
   * redirect is never followed.
   */
  readonly call: (request: MapiRequest) => Effect.Effect<HcpReply, HcpError>
  /**
   * Makes a call whose answer is read as a stream; it fails as `call` does. The connection is held until the scope
   * closes.
   */
  readonly open: (request: MapiRequest) => Effect.Effect<HcpResponse, HcpError, Scope.Scope>
}

/**
 * The management API of one system or tenant.
 *
 * @category services
 * @since 0.1.0
 */
export class Mapi extends Context.Service<Mapi, Shape>()("@effect-hcp/sdk/mapi/Mapi") {}

// The compiler says here which option has no kind.
const kinds: { readonly layer: OptionCheck.KindsOf<Options>; readonly request: OptionCheck.KindsOf<MapiRequest> } = {
  layer: layerKinds,
  request: requestKinds
}

const aTarget: OptionCheck.Kind = {
  is: (value) => Predicate.hasProperty(value, "fqdn") && typeof value.fqdn === "string",
  wanted: "a Target, or its fqdn and port"
}

/**
 * Makes the service over a client and the target it asks. Fails with `InvalidInput` (`port`, `fqdn`) when the target
 * does not point at a management API.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  anyClient: HcpClient.HcpClient["Service"],
  target: Pick<Target.Shape, "fqdn" | "port">,
  options: Options = {}
): Effect.Effect<Shape, HcpError> =>
  Effect.gen(function* () {
    yield* OptionCheck.check({ target }, { target: aTarget }, { operation: "configure", required: ["target"] })
    yield* OptionCheck.check(options, kinds.layer, { operation: "configure", target: target.fqdn })
    const place = yield* Effect.fromResult(placeOf(target, options))
    const client = expecting(anyClient, () => ({ gateway: "hcp" }))
    const requestOf = (request: MapiRequest, settings: Settings): HcpRequest => {
      const { format: _, maxBodyBytes: __, wasDone: ____, path, ...rest } = request
      const { format: ___, ...times } = settings
      return { ...times, ...rest, path: `/mapi${path}`, verify: false }
    }

    const known = (request: MapiRequest) =>
      OptionCheck.check(request, kinds.request, {
        operation: "call",
        target: target.fqdn,
        required: ["method", "path"]
      })

    const call = Effect.fnUntraced(function* (request: MapiRequest) {
      yield* known(request)
      const sent = requestOf(request, yield* CurrentSettings)
      // The client's own `put` would take a 409 after a lost answer for an object that is stored.
      const reply = yield* client.call(sent, { maxBodyBytes: request.maxBodyBytes })
      const answered = okOrFail(sent)(reply)
      switch (request.method) {
        case "GET":
        case "HEAD":
        case "COPY":
          return yield* answered
        case "DELETE":
          return yield* reconcileDelete(sent)(reply)
        case "POST":
          return yield* reconcile("password", reply, request.wasDone ?? Effect.succeed(undefined), answered)
        case "PUT":
          return yield* reply.status === 409 ? Effect.fail(alreadyExists(sent, reply)) : answered
      }
    }, Effect.mapError(managementError))

    const open = Effect.fnUntraced(function* (request: MapiRequest) {
      yield* known(request)
      const sent = requestOf(request, yield* CurrentSettings)
      const response = yield* client.execute(sent)
      if (!isSuccess(response)) {
        yield* Effect.flatMap(readReply(response, undefined), okOrFail(sent))
      }
      return response
    }, Effect.mapError(managementError))

    return { ...place, fqdn: target.fqdn, format: options.format, call, open }
  })

/**
 * The service over the client and its target, which must point at port 9090 of `admin.<domain>` or `<tenant>.<domain>`
 * unless `port` says otherwise. Fails with `InvalidInput` as {@link make} does, and with field `replica` where the
 * client would ask a replica too: an answer about another system would be taken for one about this. Built anew wherever
 * it is provided, so two of them in one program are of two systems.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options = {}): Layer.Layer<Mapi, HcpError, HcpClient.HcpClient | Target.Target> =>
  Layer.effect(
    Mapi,
    Effect.gen(function* () {
      const client = yield* HcpClient.HcpClient
      const target = yield* Target.Target
      const strategy = yield* Effect.serviceOption(ReplicaStrategy.ReplicaStrategy)
      if (Option.isSome(strategy) && strategy.value.replica !== undefined && strategy.value.primary === target) {
        const detail =
          `a management call is about one system, and this client would also ask ${strategy.value.replica.fqdn}; ` +
          "make a client without replica for each system"
        return yield* new HcpError({
          operation: "configure",
          target: target.fqdn,
          reason: new InvalidInput({ field: "replica", detail })
        })
      }
      return yield* make(client, target, options)
    })
  )

/**
 * The options of the service together with those of everything below it.
 *
 * @category models
 * @since 0.1.0
 */
export interface AllOptions extends Omit<Options, "port">, Omit<Hcp.Options, "replica" | "strategy" | "check"> {}

/**
 * The service with everything below it, from the variables of {@link Hcp.layerConfig}: `HCP_FQDN` is `admin.<domain>`
 * or the host of the tenant, and `HCP_PORT` defaults to 9090; another one is that of a gateway in between. Beside a
 * namespace in the same program it takes a `prefix` of its own. Or from options of this layer and of `Hcp.layer`, each
 * of them a `Config`. Fails as `Hcp.layerConfig`, and as {@link layer}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options:
    | (Omit<Options, "port"> & Omit<Hcp.ConfigOptions, "strategy" | "defaultPort" | "check">)
    | Config.Wrap<AllOptions> = {}
): Layer.Layer<Mapi | Hcp.Services, HcpError | Config.ConfigError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      yield* OptionCheck.check({ options }, { options: object }, { operation: "configure" })
      const { isWrapped, unwrap } = yield* OnDemand.configVariable
      const whole = (own: Omit<Options, "port">) =>
        Layer.unwrap(Effect.map(Target.Target, ({ port }) => layer({ ...own, port })))
      if (isWrapped<AllOptions>(options)) {
        const { domain, format, level, tenant, ...rest } = yield* unwrap<AllOptions>(options)
        const client = Hcp.layer({ ...rest, port: rest.port ?? Target.Port.mapi })
        return Layer.provideMerge(whole({ domain, format, level, tenant }), client)
      }
      const { connectTimeout, credentials, prefix, ...own } = options
      const client = Hcp.layerConfig({ connectTimeout, credentials, prefix, defaultPort: Target.Port.mapi })
      return Layer.provideMerge(whole(own), client)
    })
  )

/**
 * Makes any call, for resources the SDK has no function for. Fails with the reason of the status where that is not 2xx.
 *
 * **Example** (what the server knows about a resource)
 *
 * ```ts
 * import { HcpBody } from "@effect-hcp/sdk"
 * import { Mapi } from "@effect-hcp/sdk/mapi"
 *
 * const modified = Mapi.raw({
 *   method: "POST",
 *   path: "/network",
 *   headers: { "Content-Type": "application/json" },
 *   body: HcpBody.text('{"downstreamDNSMode":"BASIC"}')
 * })
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const raw = (request: MapiRequest): Effect.Effect<HcpReply, HcpError, Mapi> =>
  Effect.flatMap(Mapi, (mapi) => mapi.call(request))
