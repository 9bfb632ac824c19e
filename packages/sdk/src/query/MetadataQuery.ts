/**
 * The metadata query engine: finds objects by what is known of them, in all namespaces of a tenant, and lists what was
 * done to them.
 *
 * The host is that of a tenant (`finance.hcp1.example.com`), `default.<domain>` for the default namespace, or
 * `admin.<domain>` for all tenants; the last two take HTTPS. The user needs the search permission: without it a query
 * of objects finds nothing, and one of operations fails with `Forbidden`. A namespace that does not exist is the same
 * as one in which nothing matches, but for operations it is a `BadRequest`.
 *
 * Streams ask for page after page, each as soon as the one before was read, all of one query at one node: that is where
 * HCP keeps what it has found. A node that fails is left for another one, and nothing comes twice for it. A node runs
 * five queries at once and lets others wait; when it answers 503 the retry policy of the client waits longer each time.
 * A query whose system is down from the start is asked at the replica, where reads may go there; one that was begun
 * stays at its system.
 *
 * **Example** (what is too large, and what was deleted today)
 *
 * ```ts
 * import { DateTime, Effect, Layer, Stream } from "effect"
 * import { Expression, Hcp, MetadataQuery } from "@effect-hcp/sdk"
 *
 * const live = MetadataQuery.layer().pipe(
 *   Layer.provide(
 *     Hcp.layer({ fqdn: "finance.hcp1.example.com", credentials: { username: "search", password: "..." } })
 *   )
 * )
 *
 * const program = Effect.gen(function* () {
 *   const query = yield* MetadataQuery.MetadataQuery
 *   const large = Expression.range("size", { from: 1024 ** 3 })
 *   yield* Effect.log(`${yield* query.count(large)} objects of a GiB and more`)
 *   yield* query.search(large, { properties: ["size"] }).pipe(
 *     Stream.runForEach(({ path, size }) => Effect.log(`${path}: ${size}`))
 *   )
 *
 *   const start = DateTime.removeTime(yield* DateTime.now)
 *   yield* query.operations({ start, transactions: ["delete", "purge"] }).pipe(
 *     Stream.runForEach(({ operation, path }) => Effect.log(`${path} was ${operation}`))
 *   )
 * }).pipe(Effect.provide(live))
 * ```
 *
 * Source: "HCP Metadata Query API Reference".
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Hcp from "../Hcp.ts"
import * as HcpClient from "../HcpClient.ts"
import { HcpError } from "../HcpError.ts"
import * as OnDemand from "../internal/config/onDemand.ts"
import { UnexpectedAnswer } from "../ObjectReason.ts"
import { type Kinds, type KindsOf, problemOf } from "../OptionCheck.ts"
import * as ReplicaStrategy from "../ReplicaStrategy.ts"
import * as Target from "../Target.ts"
import { InvalidInput } from "../WireReason.ts"
import type { Expression } from "./Expression.ts"
import { type Asking, onActiveSystem, refused } from "./internal/call.ts"
import { askObjects, objects } from "./internal/objectPages.ts"
import { askOperations, operations } from "./internal/operationPages.ts"
import * as Kind from "./internal/optionKinds.ts"
import type {
  CallOptions,
  FacetRequest,
  Format,
  ObjectQuery,
  OperationQuery,
  OperationsOptions,
  SearchOptions
} from "./QueryRequest.ts"
import type { ContentProperty, Facet, ObjectPage, OperationPage, QueryRecord } from "./QueryResult.ts"

/**
 * What can be asked. Everything fails with `InvalidInput` for what HCP would refuse for certain, before anything is
 * sent: a request of more than 8 KiB, an expression that cannot be written; and with the reasons of the client:
 * `BadRequest` for a property that does not exist, `Forbidden`, `Busy`, `ServerError`, also with `UnexpectedAnswer`,
 * `InvalidXml` and `IncompleteResults`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shape {
  /**
   * All objects that match, however many, in the order of their change times unless another one is asked for.
   *
   * Objects may change meanwhile: in the default order none that stays as it is gets lost or comes twice, and one that
   * is changed comes with its new change time, perhaps for the second time. In other orders a change may shift the
   * pages by a record.
   *
   * Where an error inside HCP cuts an answer short, the next page goes on behind what came; if nothing comes four times
   * over, it fails with `IncompleteResults`.
   */
  readonly search: (query: Expression, options?: SearchOptions) => Stream.Stream<QueryRecord, HcpError>
  /**
   * One query of objects, as it is. `isComplete` is `false` where there is more, and where HCP failed before the end.
   */
  readonly searchPage: (query: ObjectQuery, options?: CallOptions) => Effect.Effect<ObjectPage, HcpError>
  /** How many objects match. */
  readonly count: (query: Expression, options?: CallOptions) => Effect.Effect<number, HcpError>
  /** How often which values of some properties occur among the objects that match. */
  readonly facets: (
    query: Expression,
    facets: ReadonlyArray<FacetRequest>,
    options?: CallOptions
  ) => Effect.Effect<ReadonlyArray<Facet>, HcpError>
  /** The content properties that can be queried. */
  readonly contentProperties: (
    query: Expression,
    options?: CallOptions
  ) => Effect.Effect<ReadonlyArray<ContentProperty>, HcpError>
  /**
   * All operations, the oldest first. What was done in the last minute is left out unless `end` is given. `position` of
   * the last record is where a later query goes on, with `after`.
   */
  readonly operations: (options?: OperationsOptions) => Stream.Stream<QueryRecord, HcpError>
  /** One query of operations, as it is. */
  readonly operationPage: (query?: OperationQuery, options?: CallOptions) => Effect.Effect<OperationPage, HcpError>
}

/**
 * The metadata query engine of one tenant or system.
 *
 * @category services
 * @since 0.1.0
 */
export class MetadataQuery extends Context.Service<MetadataQuery, Shape>()("@effect-hcp/sdk/MetadataQuery") {}

/**
 * The options of {@link layer}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** How requests and answers are written. Defaults to `json`. */
  readonly format?: Format | undefined
  /**
   * Whether the client has a replica: a query whose system is down is then asked there, if the replica strategy lets
   * reads go there. Defaults to what the layer sees of the strategy, and else to `true`, which costs a failing query
   * one more call.
   */
  readonly replica?: boolean | undefined
}

// The compiler says here which option has no kind.
const kinds: {
  readonly layer: KindsOf<Options>
  readonly call: KindsOf<CallOptions>
  readonly objects: KindsOf<ObjectQuery>
  readonly search: KindsOf<SearchOptions>
  readonly operationPage: KindsOf<OperationQuery>
  readonly operations: KindsOf<OperationsOptions>
} = {
  layer: Kind.layerKinds,
  call: Kind.callKinds,
  objects: Kind.objectQueryKinds,
  search: Kind.searchKinds,
  operationPage: Kind.operationQueryKinds,
  operations: Kind.operationsKinds
}

/**
 * Makes the service over a client and the target it asks. Fails with `InvalidInput` (field `tls`) where a host that
 * takes HTTPS would be asked in plain HTTP.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  client: HcpClient.HcpClient["Service"],
  target: Pick<Target.Shape, "fqdn" | "secure">,
  options: Options = {}
): Effect.Effect<Shape, HcpError> => {
  const { fqdn, secure } = target
  const wrong = problemOf(options, kinds.layer)
  if (wrong !== undefined) {
    return Effect.fail(new HcpError({ operation: "configure", target: fqdn, reason: wrong }))
  }
  if (!secure && /^(?:admin|default)\./i.test(fqdn)) {
    const reason = new InvalidInput({
      field: "tls",
      detail: `${fqdn} is asked over HTTPS only; leave out \`tls: false\``
    })
    return Effect.fail(new HcpError({ operation: "configure", target: fqdn, reason }))
  }
  const { format = "json", replica = true } = options
  const asking: Asking = { client, fqdn, format, hasReplica: replica }
  /** What a query fails with whose options are none; nothing where they are. */
  const misuse = (given: unknown, known: Kinds): Effect.Effect<never, HcpError> | undefined => {
    const reason = problemOf(given, known)
    return reason === undefined ? undefined : Effect.fail(refused(asking, reason))
  }
  const searchPage: Shape["searchPage"] = (query, call) =>
    misuse(query, kinds.objects) ??
    misuse(call, kinds.call) ??
    onActiveSystem(asking, call, (system) => askObjects(asking, system, query, call))
  const figures = (query: ObjectQuery, call: CallOptions | undefined) => searchPage({ ...query, count: 0 }, call)
  return Effect.succeed({
    search: (query, search) => {
      const wrong = misuse(search, kinds.search)
      return wrong === undefined ? objects(asking, query, search) : Stream.fromEffect(wrong)
    },
    searchPage,
    count: (query, call) =>
      Effect.flatMap(figures({ query }, call), ({ total }) =>
        total === undefined
          ? Effect.fail(
              refused(asking, new UnexpectedAnswer({ detail: "it does not say how many objects match" }), "answer")
            )
          : Effect.succeed(total)
      ),
    facets: (query, facets, call) => Effect.map(figures({ query, facets }, call), (page) => page.facets),
    contentProperties: (query, call) =>
      Effect.map(figures({ query, contentProperties: true }, call), (page) => page.contentProperties),
    operations: (asked) => {
      const wrong = misuse(asked, kinds.operations)
      return wrong === undefined ? operations(asking, asked) : Stream.fromEffect(wrong)
    },
    operationPage: (query = {}, call) =>
      misuse(query, kinds.operationPage) ??
      misuse(call, kinds.call) ??
      onActiveSystem(asking, call, (system) => askOperations(asking, system, query, call))
  })
}

/**
 * The service over the client and its target. Fails as {@link make} does. Built anew wherever it is provided, so two of
 * them in one program are of two systems.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options = {}
): Layer.Layer<MetadataQuery, HcpError, HcpClient.HcpClient | Target.Target> =>
  Layer.fresh(
    Layer.effect(
      MetadataQuery,
      Effect.gen(function* () {
        const strategy = Option.getOrUndefined(yield* Effect.serviceOption(ReplicaStrategy.ReplicaStrategy))
        const replica = options.replica ?? (strategy === undefined || strategy.replica !== undefined)
        return yield* make(yield* HcpClient.HcpClient, yield* Target.Target, { ...options, replica })
      })
    )
  )

/**
 * The options of the service together with those of everything below it.
 *
 * @category models
 * @since 0.1.0
 */
export interface AllOptions extends Pick<Options, "format">, Hcp.Options {}

/**
 * The service with everything below it, from the variables of {@link Hcp.layerConfig}, where `HCP_FQDN` is the host of
 * the tenant, or `admin.<domain>`; or from `format` and the options of `Hcp.layer`, each of them a `Config`. Fails as
 * that, and as {@link layer}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options: (Options & Omit<Hcp.ConfigOptions, "check">) | Config.Wrap<AllOptions> = {}
): Layer.Layer<MetadataQuery | Hcp.Services, HcpError | Config.ConfigError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { isWrapped, unwrap } = yield* OnDemand.configVariable
      if (isWrapped<AllOptions>(options)) {
        const { format, ...rest } = yield* unwrap<AllOptions>(options)
        return Layer.provideMerge(layer({ format }), Hcp.layer(rest))
      }
      const { format, replica, ...rest } = options
      return Layer.provideMerge(layer({ format, replica }), Hcp.layerConfig(rest))
    })
  )
