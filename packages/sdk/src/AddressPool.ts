/**
 * The node addresses of one FQDN: which node is next, which ones are out, and when the name is resolved again.
 *
 * The original's `hcpsdk.ips.Circle` (manual chapter 6) handed out addresses in turn, dead ones too, until someone called
 * `refresh`. This pool starts at a random node, leaves out nodes that fail, lets them come back by one request each, and
 * resolves the name again when its TTL is over or a node cannot be reached.
 *
 * **Example** (Ten requests in turn over all nodes)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AddressPool, Resolver } from "@effect-hcp/sdk"
 *
 * const program = Effect.gen(function* () {
 *   const pool = yield* AddressPool.AddressPool
 *   for (let i = 0; i < 10; i++) {
 *     const node = yield* pool.next(new Set())
 *     yield* Effect.log(`ask ${node.address}`)
 *     yield* pool.report(node, { _tag: "Answered" })
 *   }
 * }).pipe(Effect.provide(AddressPool.layer({ fqdn: "n1.t1.hcp1.example.com" }).pipe(Layer.provide(Resolver.layer))))
 * ```
 *
 * @since 0.1.0
 */
import * as Net from "node:net"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Take from "effect/Take"
import { Closed, HcpError, type NameNotFound } from "./HcpError.ts"
import { unusableKind, usableOf } from "./internal/dns/unusable.ts"
import type { HealthSettings, NodeAddress, Outcome } from "./internal/pool/nodeHealth.ts"
import { makeNodeRing } from "./internal/pool/nodeRing.ts"
import { makeSingleFlight } from "./internal/pool/singleFlight.ts"
import { type ResolvedAddress, Resolver } from "./Resolver.ts"

export type {
  /**
   * An address of a node. The same node is the same object for as long as the pool knows it.
   *
   * @category models
   * @since 0.1.0
   */
  NodeAddress,
  /**
   * What became of an exchange with a node: `Answered` (any status that is not the node's fault), `ConnectFailed` (TCP or
   * TLS), `ExchangeFailed` (reset, silence, not HTTP) or `ServerError` (429, 500, 502, 503, 504); and later of the body that
   * was read: `BodyRead` (to its end) or `BodyBroken` (it broke off, stood still, or has a wrong hash).
   *
   * @category models
   * @since 0.1.0
   */
  Outcome
} from "./internal/pool/nodeHealth.ts"

/**
 * When a node is left out, and for how long.
 *
 * @category models
 * @since 0.1.0
 */
export interface HealthOptions {
  /** The first ejection after a failed connect; each further one is twice as long, less up to 20 %. Defaults to 1 second. */
  readonly connectEjection?: Duration.Input | undefined
  /** The longest ejection after a failed connect. Defaults to 30 seconds. */
  readonly connectEjectionMax?: Duration.Input | undefined
  /**
   * So many failures in a row (`ExchangeFailed` or `ServerError`), or `BodyBroken` with no `BodyRead` in between, eject a node,
   * as long as no more than half of all nodes are out. Defaults to 5.
   */
  readonly consecutiveFailures?: number | undefined
  /** The first ejection after failures in a row; the n-th one is n times as long. Defaults to 30 seconds. */
  readonly exchangeEjection?: Duration.Input | undefined
  /** The longest ejection after failures in a row. Defaults to 5 minutes. */
  readonly exchangeEjectionMax?: Duration.Input | undefined
  /** For each such time in good health one earlier ejection is forgotten. Defaults to 30 seconds. */
  readonly recovery?: Duration.Input | undefined
  /** A probe whose outcome is never reported is given up after this. Defaults to 30 seconds. */
  readonly probeTimeout?: Duration.Input | undefined
}

/**
 * Options of {@link make} and {@link layer}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The name whose nodes these are, e.g. `n1.t1.hcp1.example.com`, or an IP literal. */
  readonly fqdn: string
  /** A shorter TTL counts as this. Defaults to 1 second. */
  readonly minTtl?: Duration.Input | undefined
  /** A longer TTL counts as this. Defaults to 60 seconds. */
  readonly maxTtl?: Duration.Input | undefined
  /** The name is not resolved more often than once in this time. Defaults to 1 second. */
  readonly refreshInterval?: Duration.Input | undefined
  readonly health?: HealthOptions | undefined
}

/**
 * The health of one node.
 *
 * @category models
 * @since 0.1.0
 */
export interface NodeHealth {
  readonly node: NodeAddress
  /** `probing`: one request is under way that decides whether the node is back. */
  readonly status: "healthy" | "ejected" | "probing"
  /** How much longer the node is left out; zero if it is not, or if the next request will probe it. */
  readonly ejectedFor: Duration.Duration
  /** Failures since the last success. */
  readonly consecutiveFailures: number
}

/**
 * Something that changed in an address pool.
 *
 * @category models
 * @since 0.1.0
 */
export type AddressPoolEvent =
  | { readonly _tag: "Added"; readonly node: NodeAddress }
  | { readonly _tag: "Removed"; readonly node: NodeAddress }
  | {
      readonly _tag: "Ejected"
      readonly node: NodeAddress
      readonly outcome: Outcome["_tag"]
      readonly duration: Duration.Duration
    }
  | { readonly _tag: "Returned"; readonly node: NodeAddress }
  | { readonly _tag: "RefreshFailed"; readonly error: HcpError }

/**
 * The node addresses of one FQDN.
 *
 * @category services
 * @since 0.1.0
 */
export class AddressPool extends Context.Service<
  AddressPool,
  {
    /** The name whose nodes these are. */
    readonly fqdn: string
    /** The addresses known now, ejected ones too; resolves nothing. */
    readonly addresses: Effect.Effect<ReadonlyArray<NodeAddress>>
    /**
     * The node for the next attempt of a call that has tried `tried`.
     *
     * A node whose ejection is over is probed first, by one request at a time; then the healthy nodes not tried yet, in
     * turn; then the ejected ones not tried yet; if all are tried it starts over. So it never fails while an address is
     * known. Whoever takes a node reports the outcome to `report`.
     *
     * The name is resolved on first use, and in the background when the TTL is over: the old list is used meanwhile. Fails
     * as `Resolver.resolve` does, with no list to fall back to, and with `Closed` after the pool's scope was closed.
     */
    readonly next: (tried: ReadonlySet<NodeAddress>) => Effect.Effect<NodeAddress, HcpError>
    /**
     * Takes note of what became of an exchange with a node.
     *
     * `since` is when the node was asked of `next`, as `Clock.monotonicTimeNanos` told it: of an attempt that began before the
     * node was last ejected or brought back, nothing is believed. So what comes late neither ends the probe of another
     * request nor ejects a node that is back. Defaults to now.
     */
    readonly report: (node: NodeAddress, outcome: Outcome, since?: bigint) => Effect.Effect<void>
    /**
     * The node that `next` would give a new call, where it is a healthy one and nothing has to be resolved; `take` says that it
     * is used. And `report` as a function, which gives what is left to be told. Times are nanoseconds of the monotonic clock.
     *
     * @internal
     */
    readonly quick?: {
      readonly peek: (now: bigint) => NodeAddress | undefined
      readonly take: () => void
      readonly report: (
        node: NodeAddress,
        outcome: Outcome,
        since: bigint,
        now: bigint
      ) => Effect.Effect<void> | undefined
      /** Whether a node is left out while others are well. */
      readonly isPassedOver: (node: NodeAddress) => boolean
    }
    /**
     * Resolves the name again; calls at the same time share one query, and wait for `refreshInterval` to pass since the
     * last one. Nodes that are still there keep their health and their identity. After a failure the old list stays.
     */
    readonly refresh: Effect.Effect<void, HcpError>
    /** The health of every node, in the order of the ring. */
    readonly health: Effect.Effect<ReadonlyArray<NodeHealth>>
    /** What changes from now on. A reader that is slow misses the oldest changes; it never holds up the pool. */
    readonly changes: Stream.Stream<AddressPoolEvent>
  }
>()("@effect-hcp/sdk/AddressPool") {}

const eventsKept = 256

/** RFC 9520: a name server that fails is not asked at the full rate. */
const maxRefreshBackoff = 30_000

const millisAt = (nanos: bigint): number => Number(nanos) / 1e6

const millisOf = (input: Duration.Input | undefined, otherwise: number): number =>
  input === undefined ? otherwise : Duration.toMillis(input)

const healthSettings = (options: HealthOptions = {}): HealthSettings => {
  const { consecutiveFailures = 5 } = options
  if (!Number.isInteger(consecutiveFailures) || consecutiveFailures < 1) {
    throw new RangeError(`AddressPool.make: consecutiveFailures must be an integer >= 1, got ${consecutiveFailures}`)
  }
  return {
    connectBase: millisOf(options.connectEjection, 1_000),
    connectMax: millisOf(options.connectEjectionMax, 30_000),
    consecutiveFailures,
    exchangeBase: millisOf(options.exchangeEjection, 30_000),
    exchangeMax: millisOf(options.exchangeEjectionMax, 300_000),
    recovery: Math.max(1, millisOf(options.recovery, 30_000)),
    probeTimeout: millisOf(options.probeTimeout, 30_000)
  }
}

/**
 * Makes an address pool that lives in the scope. It resolves nothing before its first use. Throws a `RangeError` if an
 * option is out of range.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: (options: Options) => Effect.Effect<AddressPool["Service"], never, Resolver | Scope.Scope> =
  Effect.fnUntraced(function* (options) {
    const { fqdn } = options
    const resolver = yield* Resolver
    const clock = yield* Clock.Clock
    const random = yield* Random.Random
    const events = yield* PubSub.sliding<Take.Take<AddressPoolEvent>>(eventsKept)
    const ring = makeNodeRing(healthSettings(options.health), () => random.nextDoubleUnsafe())
    const minTtl = millisOf(options.minTtl, 1_000)
    const maxTtl = Math.max(minTtl, millisOf(options.maxTtl, 60_000))
    const refreshInterval = millisOf(options.refreshInterval, 1_000)

    let isClosed = false
    let expires = Number.NEGATIVE_INFINITY
    let failedRefreshes = 0

    // The wall clock may jump; ejections and TTLs must not jump with it.
    const now = () => millisAt(clock.monotonicTimeNanosUnsafe())
    // Not `publishUnsafe`: that does not slide, it drops the newest event.
    const publish = (changes: ReadonlyArray<AddressPoolEvent>): Effect.Effect<void> =>
      Arr.isReadonlyArrayNonEmpty(changes) ? Effect.asVoid(PubSub.publish(events, changes)) : Effect.void
    const closed = () =>
      new HcpError({ operation: "resolve", target: fqdn, reason: new Closed({ what: `the address pool of ${fqdn}` }) })

    const unresolved = (reason: NameNotFound) => new HcpError({ operation: "resolve", target: fqdn, reason })

    const accept = (resolved: Arr.NonEmptyReadonlyArray<ResolvedAddress>): Effect.Effect<void> => {
      const at = now()
      const ttl = resolved.reduce((least, one) => Math.min(least, Duration.toMillis(one.ttl)), maxTtl)
      expires = at + Math.max(minTtl, ttl)
      failedRefreshes = 0
      const { added, removed } = ring.replace(resolved, at)
      return publish([
        ...removed.map((node) => ({ _tag: "Removed" as const, node })),
        ...added.map((node) => ({ _tag: "Added" as const, node }))
      ])
    }

    const keepOldList = (error: HcpError) =>
      Effect.suspend(() => {
        expires = now() + Math.max(refreshInterval, Math.min(1_000 * 2 ** failedRefreshes, maxRefreshBackoff))
        failedRefreshes++
        const told = publish([{ _tag: "RefreshFailed", error }])
        return ring.nodes().length === 0
          ? told
          : Effect.andThen(told, Effect.logWarning(`The known addresses of ${fqdn} stay in use. ${error.message}`))
      })

    const refreshing = yield* makeSingleFlight({
      effect: resolver.resolve(fqdn).pipe(
        // Whose resolver it is does not matter: nobody's word makes a program on this machine a node.
        Effect.flatMap((found) => Effect.mapError(usableOf(fqdn, found, ["the resolver"]), unresolved)),
        Effect.tapError(keepOldList),
        Effect.flatMap((resolved) => Effect.suspend(() => accept(resolved)))
      ),
      interval: refreshInterval,
      now,
      closed
    })

    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isClosed = true
        return PubSub.end(events, Exit.void)
      })
    )

    const next: AddressPool["Service"]["next"] = (tried) =>
      Effect.suspend(() => {
        if (isClosed) return Effect.fail(closed())
        const at = now()
        // A resolver that needs no time may be done with it before the pick.
        const due = at >= expires && !refreshing.isUnderWay() ? refreshing.join() : undefined
        const state = ring.pick(at, tried)
        if (state !== undefined) return Effect.succeed(state.node)
        return Effect.flatMap(Deferred.await(due ?? refreshing.join()), () => next(tried))
      })

    const reportAt = (node: NodeAddress, outcome: Outcome, since: number, at: number) => {
      const verdict = ring.report(node, outcome, at, since)
      const until = verdict === "ejected" ? ring.find(node)?.until : undefined
      // A recent list will do: the failures of many fibers at one node ask for one query only.
      const isAlarming = outcome._tag === "ConnectFailed" && (verdict === "ejected" || ring.isOut())
      if (isAlarming && !refreshing.isRecent()) refreshing.join()
      if (verdict === "none") return undefined
      if (verdict === "returned") return publish([{ _tag: "Returned", node }])
      return publish([{ _tag: "Ejected", node, outcome: outcome._tag, duration: Duration.millis((until ?? at) - at) }])
    }

    return AddressPool.of({
      fqdn,
      addresses: Effect.sync(() => ring.nodes().map((state) => state.node)),
      next,
      report: (node, outcome, since) =>
        Effect.suspend(() => {
          const at = now()
          return reportAt(node, outcome, since === undefined ? at : millisAt(since), at) ?? Effect.void
        }),
      quick: {
        peek: (nanos) => {
          const at = millisAt(nanos)
          return isClosed || at >= expires ? undefined : ring.peek(at)?.node
        },
        take: ring.take,
        report: (node, outcome, since, nanos) => reportAt(node, outcome, millisAt(since), millisAt(nanos)),
        isPassedOver: (node) => ring.find(node)?.status === "ejected" && !ring.isOut()
      },
      refresh: Effect.suspend(() => Deferred.await(refreshing.join())),
      health: Effect.sync(() => {
        const at = now()
        return ring.nodes().map((state) => ({
          node: state.node,
          status: state.status,
          ejectedFor: Duration.millis(state.status === "ejected" ? Math.max(0, state.until - at) : 0),
          consecutiveFailures: state.failures
        }))
      }),
      changes: Stream.fromPubSubTake(events)
    })
  })

/**
 * An address pool whose name is resolved by the {@link Resolver}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<AddressPool, never, Resolver> =>
  Layer.effect(AddressPool, make(options))

/**
 * Makes an address pool of fixed addresses, for tests and for sites without DNS: health works as ever, and nothing is ever
 * resolved. The `fqdn` defaults to the first address. Throws a `RangeError` if an address is not an IP literal, or is
 * unspecified, multicast or broadcast.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeStatic = (
  addresses: Arr.NonEmptyReadonlyArray<string>,
  options: { readonly fqdn?: string | undefined; readonly health?: HealthOptions | undefined } = {}
): Effect.Effect<AddressPool["Service"], never, Scope.Scope> => {
  const [first, ...others] = addresses
  const resolved: Arr.NonEmptyReadonlyArray<ResolvedAddress> = [fixedAddress(first), ...others.map(fixedAddress)]
  return make({ fqdn: options.fqdn ?? first, maxTtl: Duration.infinity, health: options.health }).pipe(
    Effect.tap((pool) => Effect.orDie(pool.refresh)),
    Effect.provideService(Resolver, { resolve: () => Effect.succeed(resolved) })
  )
}

const fixedAddress = (address: string): ResolvedAddress => {
  const version = Net.isIP(address)
  const kind = unusableKind(address)
  if (version === 0 || kind !== undefined) {
    const got = `"${address}"${kind === undefined ? "" : ` (${kind})`}`
    throw new RangeError(`AddressPool.makeStatic: addresses must be IP literals that a node can have, got ${got}`)
  }
  return { address, family: version === 4 ? "IPv4" : "IPv6", ttl: Duration.infinity }
}

/**
 * An address pool of fixed addresses, as {@link makeStatic} makes it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerStatic = (
  addresses: Arr.NonEmptyReadonlyArray<string>,
  options?: { readonly fqdn?: string | undefined; readonly health?: HealthOptions | undefined }
): Layer.Layer<AddressPool> => Layer.effect(AddressPool, makeStatic(addresses, options))
