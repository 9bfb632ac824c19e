/**
 * Warm connections to the nodes of one system: given out for one exchange at a time, kept while idle, bounded per node
 * and in all.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { Connection, Endpoint, ExchangeFailure } from "./Connection.ts"
import type { HcpError } from "./HcpError.ts"
import { poolKinds } from "./internal/config/optionKinds.ts"
import type { Acquisition } from "./internal/pool/acquisition.ts"
import { HostPool } from "./internal/pool/hostPool.ts"
import { sweepIdle } from "./internal/pool/idleSweep.ts"
import type { Settings } from "./internal/pool/poolSettings.ts"
import { Timeouts } from "./internal/pool/timeouts.ts"
import * as OptionCheck from "./OptionCheck.ts"
import { Transport } from "./Transport.ts"

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
  /**
   * Calls that may wait for a connection; one more fails with `PoolExhausted`. Defaults to `10000` for each healthy
   * node.
   */
  readonly maxWaiting?: number | undefined
  /** How long a call waits for a connection before it fails with `Timeout` (`queue`). Defaults to no limit. */
  readonly waitTimeout?: Duration.Input | undefined
  /** How long an unused connection is kept. Defaults to 30 seconds: HCP itself closes at 60. */
  readonly idleTime?: Duration.Input | undefined
  /**
   * How long the end of the scope waits for exchanges that are under way, before it destroys their connections. Calls
   * that have no connection yet fail with `Closed` at once all the same. Defaults to none.
   */
  readonly closeGrace?: Duration.Input | undefined
}

/**
 * What a pool holds for one node.
 *
 * @category models
 * @since 0.1.0
 */
export interface NodeConnections {
  readonly address: string
  readonly idle: number
  /** In use, or being opened. */
  readonly busy: number
  /** Calls that wait for a connection and may use this node. */
  readonly waiting: number
}

/**
 * A connection for one exchange. It goes back to the pool when its scope closes: warm if the exchange was complete,
 * destroyed otherwise.
 *
 * @category models
 * @since 0.1.0
 */
export interface Lease {
  readonly connection: Connection
  /** Whether the connection had served an exchange before. */
  readonly reused: boolean
  /**
   * Says that the node had closed this warm connection: those idle for longer are closed too, as the node very likely
   * did the same to them.
   */
  readonly wasStale: Effect.Effect<void>
  /** Whether the pool was closed since: what breaks then is nobody's fault. */
  readonly isRevoked: () => boolean
}

/**
 * Keeps warm connections.
 *
 * @category services
 * @since 0.1.0
 */
export class ConnectionPool extends Context.Service<
  ConnectionPool,
  {
    /**
     * A connection to the node at `endpoint`: the one used last, or a new one, or waits for one. Fails as
     * {@link Transport} does, and with `PoolExhausted`, `Timeout` (`queue`) or `Closed`; always with
     * `reached: "nothing"`.
     *
     * Interruption ends the waiting at once. A connection that was being opened for it belongs to the pool: it serves
     * the next who waits, or becomes idle.
     */
    readonly acquire: (endpoint: Endpoint) => Effect.Effect<Lease, ExchangeFailure, Scope.Scope>
    /** What is held now, one entry a node. */
    readonly stats: Effect.Effect<ReadonlyArray<NodeConnections>>
  }
>()("@effect-hcp/sdk/ConnectionPool") {}

const kinds: OptionCheck.KindsOf<Options> = poolKinds

/**
 * Makes a pool that lives as long as the scope; closing the scope fails whoever waits and destroys every connection,
 * those in use after `closeGrace`. Fails with `InvalidInput` for options that are none, and for a limit that is no
 * whole number or too small to serve anybody.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options?: Options): Effect.Effect<ConnectionPool["Service"], HcpError, Transport | Scope.Scope> =>
  OptionCheck.check(options, kinds, { operation: "configure" }).pipe(
    Effect.andThen(makePool(options, () => undefined)),
    Effect.map((pool) =>
      ConnectionPool.of({
        acquire: (endpoint) => acquire(pool, endpoint),
        stats: Effect.sync(() => pool.stats())
      })
    )
  )

/** The pool of a target, which chooses among nodes. The options were checked. @internal */
export const makePool: (
  options: Options | undefined,
  onConnectFailed: Settings["onConnectFailed"]
) => Effect.Effect<HostPool, never, Transport | Scope.Scope> = Effect.fnUntraced(function* (options, onConnectFailed) {
  const transport = yield* Transport
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const timeouts = new Timeouts(yield* Clock.Clock, run)
  const idleTime = Duration.fromInputUnsafe(options?.idleTime ?? "30 seconds")
  const pool = yield* Effect.acquireRelease(
    Effect.sync(
      () =>
        new HostPool({
          transport,
          timeouts,
          run,
          idleMillis: Duration.toMillis(idleTime),
          maxPerNode: options?.maxPerNode ?? 20,
          maxTotal: options?.maxTotal ?? 200,
          maxWaiting: options?.maxWaiting,
          waitMillis:
            options?.waitTimeout === undefined
              ? undefined
              : Duration.toMillis(Duration.fromInputUnsafe(options.waitTimeout)),
          onConnectFailed
        })
    ),
    (pool) => pool.close(Duration.fromInputUnsafe(options?.closeGrace ?? 0))
  )
  sweepIdle(pool, Math.max(Duration.toMillis(idleTime) / 2, 1000))
  return pool
})

const acquire = (pool: HostPool, endpoint: Endpoint): Effect.Effect<Lease, ExchangeFailure, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.scope, (scope) =>
      Effect.suspend(() => {
        let isServed = () => {}
        const acquisition = pool.acquireAt(endpoint, () => isServed())
        const turn = Effect.callback<void>((resume) => {
          if (acquisition.state !== "waiting") resume(Effect.void)
          else isServed = () => resume(Effect.void)
        })
        return Effect.onExit(Effect.andThen(restore(turn), leaseOf(acquisition)), (exit) =>
          exit._tag === "Success"
            ? Scope.addFinalizer(
                scope,
                Effect.sync(() => acquisition.release())
              )
            : Effect.sync(() => acquisition.release())
        )
      })
    )
  )

const leaseOf = (acquisition: Acquisition): Effect.Effect<Lease, ExchangeFailure> =>
  Effect.suspend(() => {
    const { connection, failure } = acquisition
    if (connection !== undefined) {
      return Effect.succeed({
        connection,
        reused: !acquisition.isNew,
        wasStale: Effect.sync(() => acquisition.wasStale()),
        isRevoked: () => acquisition.isRevoked
      })
    }
    return Cause.isCause(failure)
      ? Effect.failCause(failure)
      : failure === undefined
        ? Effect.interrupt
        : Effect.fail(failure)
  })

/**
 * A pool as a layer.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: Options): Layer.Layer<ConnectionPool, HcpError, Transport> =>
  Layer.effect(ConnectionPool, make(options))
