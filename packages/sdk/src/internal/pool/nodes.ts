/**
 * The nodes of one name: resolved on first use and when their time is over, with their health, and with one wire to
 * whoever must know at once which of them are well.
 *
 * @internal
 */
import * as Net from "node:net"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as PubSub from "effect/PubSub"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Take from "effect/Take"
import { Closed, HcpError, type NameNotFound } from "../../HcpError.ts"
import type { AddressPoolEvent, HealthOptions, NodeAddress, NodeHealth, Outcome } from "../../NodeHealth.ts"
import { effectOf } from "../../OptionCheck.ts"
import type { ResolvedAddress } from "../../Resolver.ts"
import { usableOf } from "../dns/unusable.ts"
import type { HealthSettings } from "./nodeHealth.ts"
import { makeNodeRing } from "./nodeRing.ts"
import { makeSingleFlight } from "./singleFlight.ts"

/** @internal */
export interface Options {
  readonly fqdn: string
  readonly minTtl?: Duration.Input | undefined
  readonly maxTtl?: Duration.Input | undefined
  readonly refreshInterval?: Duration.Input | undefined
  readonly health?: HealthOptions | undefined
}

/** Times are milliseconds of the monotonic clock. @internal */
export interface Nodes {
  readonly fqdn: string
  /** The nodes known now, those that are out too. */
  readonly all: () => ReadonlyArray<NodeAddress>
  /** The node at an address, if there is one. */
  readonly at: (address: string) => NodeAddress | undefined
  /** The healthy nodes; the same array until they change. */
  readonly healthy: () => ReadonlyArray<NodeAddress>
  /** Which of the healthy nodes comes first, when none was used yet. */
  readonly start: () => number
  /**
   * The nodes for the next attempt of a call that has tried `tried`; see `NodeRing.candidates`. Empty while the name
   * has to be resolved first, and when the pool is closed: then {@link resolved} waits for that, or fails.
   */
  readonly candidates: (now: number, tried: ReadonlySet<NodeAddress>) => ReadonlyArray<NodeAddress>
  readonly resolved: Effect.Effect<void, HcpError>
  /** One of the candidates, the healthy ones in turn. */
  readonly pick: (now: number, tried: ReadonlySet<NodeAddress>) => NodeAddress | undefined
  /** Takes note of the outcome of an attempt that began at `since`; what changes by it is published. */
  readonly report: (node: NodeAddress, outcome: Outcome, since: number, now: number) => void
  /** Called with the healthy nodes now and after each change of them. */
  readonly onHealthy: (listener: () => void) => void
  readonly refresh: Effect.Effect<void, HcpError>
  readonly health: Effect.Effect<ReadonlyArray<NodeHealth>>
  readonly changes: Stream.Stream<AddressPoolEvent>
}

const eventsKept = 256

/** RFC 9520: a name server that fails is not asked at the full rate. */
const maxRefreshBackoff = 30_000

const millisAt = (nanos: bigint): number => Number(nanos) / 1e6

const millisOf = (input: Duration.Input | undefined, otherwise: number): number =>
  input === undefined ? otherwise : Duration.toMillis(input)

const healthSettings = (options: HealthOptions = {}): HealthSettings => {
  return {
    connectBase: millisOf(options.connectEjection, 1_000),
    connectMax: millisOf(options.connectEjectionMax, 30_000),
    consecutiveFailures: options.consecutiveFailures ?? 5,
    exchangeBase: millisOf(options.exchangeEjection, 30_000),
    exchangeMax: millisOf(options.exchangeEjectionMax, 300_000),
    recovery: Math.max(1, millisOf(options.recovery, 30_000)),
    probeTimeout: millisOf(options.probeTimeout, 30_000)
  }
}

/** A node, and how long it is known to be one. */
type KnownAddress = NodeAddress & Pick<ResolvedAddress, "ttl">

/** Whoever knows the nodes of a name: a resolver, or a list. */
interface Source {
  readonly resolve: (fqdn: string) => Effect.Effect<Arr.NonEmptyReadonlyArray<KnownAddress>, HcpError>
}

/** @internal */
export const makeNodes: (options: Options, resolver: Source) => Effect.Effect<Nodes, never, Scope.Scope> =
  Effect.fnUntraced(function* (options, resolver) {
    const { fqdn } = options
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

    const listeners: Array<() => void> = []
    let known = ring.healthy()
    /** Does something to the ring, and passes on what that changed of the healthy nodes. */
    const changed = <A>(change: () => A): A => {
      const result = change()
      if (ring.healthy() !== known) {
        known = ring.healthy()
        for (const listener of listeners) listener()
      }
      return result
    }

    // The wall clock may jump; ejections and TTLs must not jump with it.
    const now = () => millisAt(clock.monotonicTimeNanosUnsafe())
    // Not `publishUnsafe`: that does not slide, it drops the newest event.
    const publish = (changes: ReadonlyArray<AddressPoolEvent>): Effect.Effect<void> =>
      Arr.isReadonlyArrayNonEmpty(changes) ? Effect.asVoid(PubSub.publish(events, changes)) : Effect.void
    const closed = () =>
      new HcpError({ operation: "resolve", target: fqdn, reason: new Closed({ what: `the address pool of ${fqdn}` }) })

    const unresolved = (reason: NameNotFound) => new HcpError({ operation: "resolve", target: fqdn, reason })

    const accept = (resolved: Arr.NonEmptyReadonlyArray<KnownAddress>): Effect.Effect<void> => {
      const at = now()
      const ttl = resolved.reduce((least, one) => Math.min(least, Duration.toMillis(one.ttl)), maxTtl)
      expires = at + Math.max(minTtl, ttl)
      failedRefreshes = 0
      const { added, removed } = changed(() => ring.replace(resolved, at))
      return publish([
        ...removed.map((node) => ({ _tag: "Removed" as const, node })),
        ...added.map((node) => ({ _tag: "Added" as const, node }))
      ])
    }

    const keepOldList = (error: HcpError) =>
      Effect.suspend(() => {
        expires = now() + Math.max(refreshInterval, Math.min(1_000 * 2 ** failedRefreshes, maxRefreshBackoff))
        failedRefreshes++
        const published = publish([{ _tag: "RefreshFailed", error }])
        return ring.nodes().length === 0
          ? published
          : Effect.andThen(published, Effect.logWarning(`The known addresses of ${fqdn} stay in use. ${error.message}`))
      })

    const refreshing = yield* makeSingleFlight({
      effect: Effect.suspend(() => effectOf("resolver.resolve", resolver.resolve(fqdn))).pipe(
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

    const run = Effect.runForkWith(yield* Effect.context<never>())
    let due: Deferred.Deferred<void, HcpError> | undefined
    // A resolver that needs no time may be done with it before the choice.
    const renew = (at: number) => {
      due = at >= expires && !refreshing.isUnderWay() ? refreshing.join() : undefined
    }

    const report: Nodes["report"] = (node, outcome, since, at) => {
      const verdict = ring.report(node, outcome, at, since)
      const until = verdict === "ejected" ? ring.find(node)?.until : undefined
      // A recent list will do: the failures of many fibers at one node ask for one query only.
      const isAlarming = outcome._tag === "ConnectFailed" && (verdict === "ejected" || ring.isOut())
      if (isAlarming && !refreshing.isRecent()) refreshing.join()
      if (verdict === "none") return
      run(
        publish([
          verdict === "returned"
            ? { _tag: "Returned", node }
            : { _tag: "Ejected", node, outcome: outcome._tag, duration: Duration.millis((until ?? at) - at) }
        ])
      )
      changed(() => undefined)
    }

    return {
      fqdn,
      all: ring.all,
      at: (address) => ring.all().find((node) => node.address === address),
      healthy: ring.healthy,
      start: ring.start,
      candidates: (at, tried) => {
        if (isClosed) return []
        renew(at)
        return changed(() => ring.candidates(at, tried))
      },
      resolved: Effect.suspend(() => (isClosed ? Effect.fail(closed()) : Deferred.await(due ?? refreshing.join()))),
      pick: (at, tried) => {
        if (isClosed) return undefined
        renew(at)
        return changed(() => ring.pick(at, tried))
      },
      report,
      onHealthy: (listener) => {
        listeners.push(listener)
        listener()
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
    }
  })

/** Nodes at fixed addresses: health works as ever, and nothing is ever resolved. @internal */
export const makeStaticNodes = (
  addresses: Arr.NonEmptyReadonlyArray<string>,
  options: Pick<Options, "health"> & { readonly fqdn?: string | undefined }
): Effect.Effect<Nodes, never, Scope.Scope> => {
  const [first] = addresses
  return makeFixedNodes(Arr.map(addresses, fixedAddress), { fqdn: options.fqdn ?? first, health: options.health })
}

/** These nodes and no others, whatever they are. @internal */
export const makeFixedNodes = (
  nodes: Arr.NonEmptyReadonlyArray<NodeAddress>,
  options: Pick<Options, "fqdn" | "health">
): Effect.Effect<Nodes, never, Scope.Scope> => {
  const known = Arr.map(nodes, ({ address, family }) => ({ address, family, ttl: Duration.infinity }))
  return Effect.tap(
    makeNodes({ ...options, maxTtl: Duration.infinity }, { resolve: () => Effect.succeed(known) }),
    (made) => Effect.orDie(made.refresh)
  )
}

const fixedAddress = (address: string): NodeAddress => ({ address, family: Net.isIPv4(address) ? "IPv4" : "IPv6" })
