/**
 * Warm connections to the nodes of one system: lent one exchange at a time, kept while idle, bounded per node and in all.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Endpoint, ExchangeFailure } from "./Connection.ts"
import type { Reason } from "./HcpError.ts"
import type { Lease, Loan } from "./internal/pool/borrower.ts"
import { type NodeConnections, Shelf } from "./internal/pool/connectionShelf.ts"
import { Transport } from "./Transport.ts"

export type { Lease } from "./internal/pool/borrower.ts"
export type { NodeConnections } from "./internal/pool/connectionShelf.ts"

/**
 * Limits and times of a pool.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Connections to one node at a time. Defaults to `20`; HCP serves up to 255 for all its clients together. */
  readonly maxPerNode?: number | undefined
  /** Connections to all nodes together. Defaults to `200`. */
  readonly maxTotal?: number | undefined
  /** Calls that may wait for a connection to one node; one more fails with `PoolExhausted`. Defaults to `10000`. */
  readonly maxWaiting?: number | undefined
  /** How long a call waits for a connection before it fails with `Timeout` (`queue`). Defaults to no limit. */
  readonly waitTimeout?: Duration.Input | undefined
  /** How long an unused connection is kept. Defaults to 30 seconds: HCP itself closes at 60. */
  readonly idleTime?: Duration.Input | undefined
  /**
   * How long the end of the scope waits for exchanges that are under way, before it destroys their connections. Calls that
   * have no connection yet fail with `Closed` at once all the same. Defaults to none.
   */
  readonly closeGrace?: Duration.Input | undefined
}

/**
 * Lends warm connections.
 *
 * @category services
 * @since 0.1.0
 */
export class ConnectionPool extends Context.Service<
  ConnectionPool,
  {
    /**
     * Lends a connection to the node at `endpoint`: the one used last, or a new one, or waits for one. Fails as
     * {@link Transport} does, and with `PoolExhausted`, `Timeout` (`queue`) or `Closed`; always with `reached: "nothing"`.
     */
    readonly lend: (endpoint: Endpoint) => Effect.Effect<Lease, ExchangeFailure, Scope.Scope>
    /**
     * Fails those who wait for a connection to the node at `endpoint` with this reason and `reached: "nothing"`: it is known to
     * be in trouble, and others are not. Connections that are lent or being opened are left alone.
     */
    readonly turnAway: (endpoint: Endpoint, reason: Reason) => Effect.Effect<void>
    /**
     * A warm connection or a place among those who wait for one, without a scope; and {@link turnAway} as a function.
     *
     * @internal
     */
    readonly quick?: {
      readonly lend: (endpoint: Endpoint, onTurn: (failure: ExchangeFailure | undefined) => void) => Loan | undefined
      readonly turnAway: (endpoint: Endpoint, reason: Reason) => void
    }
    /** What is held now, one entry a node. */
    readonly stats: Effect.Effect<ReadonlyArray<NodeConnections>>
  }
>()("@effect-hcp/sdk/ConnectionPool") {}

const count = (name: string, value: number, atLeast: number): number => {
  if (Number.isInteger(value) && value >= atLeast) return value
  throw new RangeError(`ConnectionPool.make: ${name} must be a whole number of at least ${atLeast}, got ${value}`)
}

/**
 * Makes a pool that lives as long as the scope; closing the scope fails whoever waits and destroys every connection, those in
 * use after `closeGrace`. Dies with a `RangeError` when a limit is no whole number, or too small to serve anybody.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: (options?: Options) => Effect.Effect<ConnectionPool["Service"], never, Transport | Scope.Scope> =
  Effect.fnUntraced(function* (options) {
    const transport = yield* Transport
    const clock = yield* Effect.clockWith(Effect.succeed)
    const idleTime = Duration.fromInputUnsafe(options?.idleTime ?? "30 seconds")
    const shelf = yield* Effect.acquireRelease(
      Effect.sync(
        () =>
          new Shelf({
            transport,
            clock,
            idleMillis: Duration.toMillis(idleTime),
            maxPerNode: count("maxPerNode", options?.maxPerNode ?? 20, 1),
            maxTotal: count("maxTotal", options?.maxTotal ?? 200, 1),
            maxWaiting: count("maxWaiting", options?.maxWaiting ?? 10_000, 0),
            waitMillis:
              options?.waitTimeout === undefined
                ? undefined
                : Duration.toMillis(Duration.fromInputUnsafe(options.waitTimeout))
          })
      ),
      (shelf) => shelf.close(Duration.fromInputUnsafe(options?.closeGrace ?? 0))
    )
    yield* Effect.sync(() => shelf.sweep()).pipe(
      Effect.repeat(Schedule.spaced(Duration.max(Duration.times(idleTime, 0.5), Duration.seconds(1)))),
      Effect.forkScoped
    )
    return ConnectionPool.of({
      lend: (endpoint) => shelf.lend(endpoint),
      turnAway: (endpoint, reason) => Effect.sync(() => shelf.turnAway(endpoint, reason)),
      quick: {
        lend: (endpoint, onTurn) => shelf.lendQuick(endpoint, onTurn),
        turnAway: (endpoint, reason) => shelf.turnAway(endpoint, reason)
      },
      stats: Effect.sync(() => shelf.stats())
    })
  })

/**
 * A pool as a layer.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: Options): Layer.Layer<ConnectionPool, never, Transport> =>
  Layer.effect(ConnectionPool, make(options))
