/**
 * The node addresses of one FQDN: which node is next, which ones are out, and when the name is resolved again.
 *
 * The original's `hcpsdk.ips.Circle` (manual chapter 6) handed out addresses in turn, dead ones too, until someone
 * called `refresh`. This pool starts at a random node, leaves out nodes that fail, lets them come back by one request
 * each, and resolves the name again when its TTL is over or a node cannot be reached.
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
 * }).pipe(Effect.provide(AddressPool.layer({ fqdn: "n1.t1.hcp1.example.com" }).pipe(Layer.provide(Resolver.layer()))))
 * ```
 *
 * @since 0.1.0
 */
import type * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { HcpError } from "./HcpError.ts"
import { addressPoolKinds, staticPoolKinds } from "./internal/config/optionKinds.ts"
import { addressProblem } from "./internal/dns/unusable.ts"
import { makeNodes, makeStaticNodes, type Nodes } from "./internal/pool/nodes.ts"
import type { AddressPoolEvent, HealthOptions, NodeAddress, NodeHealth, Outcome } from "./NodeHealth.ts"
import * as OptionCheck from "./OptionCheck.ts"
import { Resolver } from "./Resolver.ts"
import { InvalidInput } from "./WireReason.ts"

export type { AddressPoolEvent, HealthOptions, NodeAddress, NodeHealth, Outcome } from "./NodeHealth.ts"

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
     * The name is resolved on first use, and in the background when the TTL is over: the old list is used meanwhile.
     * Fails as `Resolver.resolve` does, with no list to fall back to, and with `Closed` after the pool's scope was
     * closed.
     */
    readonly next: (tried: ReadonlySet<NodeAddress>) => Effect.Effect<NodeAddress, HcpError>
    /**
     * Takes note of what became of an exchange with a node.
     *
     * `since` is when the node was asked of `next`, as `Clock.monotonicTimeNanos` told it: of an attempt that began
     * before the node was last ejected or brought back, nothing is believed. So what comes late neither ends the probe
     * of another request nor ejects a node that is back. Defaults to now.
     */
    readonly report: (node: NodeAddress, outcome: Outcome, since?: bigint) => Effect.Effect<void>
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

const kinds: OptionCheck.KindsOf<Options> = addressPoolKinds

/**
 * Makes an address pool that lives in the scope. It resolves nothing before its first use. Fails with `InvalidInput`
 * for an option that is none or out of range.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: (options: Options) => Effect.Effect<AddressPool["Service"], HcpError, Resolver | Scope.Scope> =
  Effect.fnUntraced(function* (options) {
    yield* OptionCheck.check(options, kinds, { operation: "configure", required: ["fqdn"] })
    return fromNodes(yield* makeNodes(options, yield* Resolver))
  })

/** The service over nodes that somebody else looks after too. @internal */
export const fromNodes = (nodes: Nodes): AddressPool["Service"] => {
  const now = Effect.map(Clock.monotonicTimeNanos, millisOf)
  const next: AddressPool["Service"]["next"] = (tried) =>
    Effect.flatMap(now, (at) => {
      const node = nodes.pick(at, tried)
      return node === undefined ? Effect.flatMap(nodes.resolved, () => next(tried)) : Effect.succeed(node)
    })
  return AddressPool.of({
    fqdn: nodes.fqdn,
    addresses: Effect.sync(nodes.all),
    next,
    report: (node, outcome, since) =>
      Effect.map(now, (at) => nodes.report(node, outcome, since === undefined ? at : millisOf(since), at)),
    refresh: nodes.refresh,
    health: nodes.health,
    changes: nodes.changes
  })
}

const millisOf = (nanos: bigint): number => Number(nanos) / 1e6

/**
 * An address pool whose name is resolved by the {@link Resolver}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<AddressPool, HcpError, Resolver> =>
  Layer.effect(AddressPool, make(options))

/**
 * Makes an address pool of fixed addresses, for tests and for sites without DNS: health works as ever, and nothing is
 * ever resolved. The `fqdn` defaults to the first address. Fails with `InvalidInput` for an address that is not an IP
 * literal, or is unspecified, multicast or broadcast, and for an option that is none or out of range.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeStatic = (
  addresses: Arr.NonEmptyReadonlyArray<string>,
  options: { readonly fqdn?: string | undefined; readonly health?: HealthOptions | undefined } = {}
): Effect.Effect<AddressPool["Service"], HcpError, Scope.Scope> =>
  Effect.gen(function* () {
    yield* OptionCheck.check({ addresses, ...options }, staticPoolKinds, { operation: "configure" })
    for (const address of addresses) {
      const detail = addressProblem(address)
      if (detail === undefined) continue
      const reason = new InvalidInput({ field: "addresses", detail })
      return yield* new HcpError({ operation: "configure", target: options.fqdn, reason })
    }
    return fromNodes(yield* makeStaticNodes(addresses, options))
  })

/**
 * An address pool of fixed addresses, as {@link makeStatic} makes it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerStatic = (
  addresses: Arr.NonEmptyReadonlyArray<string>,
  options?: { readonly fqdn?: string | undefined; readonly health?: HealthOptions | undefined }
): Layer.Layer<AddressPool, HcpError> => Layer.effect(AddressPool, makeStatic(addresses, options))
