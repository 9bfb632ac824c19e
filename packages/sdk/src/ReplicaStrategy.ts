/**
 * Which of two linked systems is asked: rules as data, and the one interpreter that knows when the primary is down.
 *
 * The four `RS_*` flags of the original are `read` and `write`, each `primary`, `onFailover` or `allowed`. A system
 * counts as *down* when a call met several of its nodes (or its name) and none answered anything; a status, even 503,
 * is an answer. From then on a probe asks it again and again, and after two answers in a row, but not before `holdTime`
 * is over, it is used again.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { HcpError } from "./HcpError.ts"
import type { HcpRequest } from "./HcpRequest.ts"
import type { Check, HcpReply, HcpResponse, OnReceived } from "./HcpResponse.ts"
import { strategyKinds } from "./internal/config/optionKinds.ts"
import * as failover from "./internal/replica/failover.ts"
import { watchServedBy } from "./internal/replica/servedBy.ts"
import * as OptionCheck from "./OptionCheck.ts"
import type { Event, Permission } from "./ReplicaEvent.ts"
import * as Target from "./Target.ts"

export type { Event, Permission } from "./ReplicaEvent.ts"

/**
 * A strategy, as data.
 *
 * @category models
 * @since 0.1.0
 */
export interface Strategy {
  /**
   * For GET and HEAD. `RS_READ_ON_FAILOVER` is `onFailover`, `RS_READ_ALLOWED` is `allowed`. Defaults to `onFailover`.
   */
  readonly read?: Permission | undefined
  /**
   * For PUT, POST and DELETE; only an active/active link takes writes on both sides. `RS_WRITE_ON_FAILOVER` is
   * `onFailover`, `RS_WRITE_ALLOWED` is `allowed`. Defaults to `primary`.
   */
  readonly write?: Permission | undefined
  /**
   * The first pause before a primary that is down is probed; doubles up to `maxProbeInterval`. Defaults to 1 second.
   */
  readonly probeInterval?: Duration.Input | undefined
  /** Defaults to 30 seconds. */
  readonly maxProbeInterval?: Duration.Input | undefined
  /** Answered probes in a row after which the primary is used again. Defaults to `2`. */
  readonly probesToReturn?: number | undefined
  /**
   * The shortest time the replica is kept once it took over, however soon the primary answers again: between two
   * switches to the replica and back there is never less, whatever flaps. Defaults to 5 times `probeInterval`.
   */
  readonly holdTime?: Duration.Input | undefined
  /**
   * How long the client remembers what it changed at the replica. Meanwhile it reads that there, believes the replica's
   * "not found" for it, and does not believe the primary's alone. As long as the link lags at most; after an outage
   * that may be hours. 100,000 paths are remembered, the oldest are forgotten first. Defaults to 10 seconds.
   */
  readonly readYourWrites?: Duration.Input | undefined
}

/**
 * Never ask the replica.
 *
 * @category constructors
 * @since 0.1.0
 */
export const primaryOnly: Strategy = { read: "primary", write: "primary" }

/**
 * Read from the replica while the primary is down: right for every kind of link.
 *
 * @category constructors
 * @since 0.1.0
 */
export const readOnFailover: Strategy = { read: "onFailover", write: "primary" }

/**
 * Read from and write to the replica while the primary is down: for active/active links.
 *
 * @category constructors
 * @since 0.1.0
 */
export const readWriteOnFailover: Strategy = { read: "onFailover", write: "onFailover" }

/**
 * Sends requests to the system the strategy names.
 *
 * @category services
 * @since 0.1.0
 */
export class ReplicaStrategy extends Context.Service<
  ReplicaStrategy,
  {
    /**
     * Sends a request to the primary or the replica, whichever the strategy names, and on to the other one if that is
     * allowed and safe. Fails as `Target.execute` does, and with `SystemsUnavailable` when both failed. An answer and
     * its body always come from one system alone.
     */
    readonly execute: (
      request: HcpRequest,
      options?: Pick<Target.ExecuteOptions, "avoid"> & { readonly check?: Check<HcpResponse> | undefined }
    ) => Effect.Effect<HcpResponse, HcpError, Scope.Scope>
    /** The same for answers that fit into memory; see `call` of Target. */
    readonly call: (
      request: HcpRequest,
      options?: Pick<Target.ExecuteOptions, "avoid"> & {
        readonly maxBodyBytes?: number | undefined
        readonly onReceived?: OnReceived | undefined
        readonly check?: Check<HcpReply> | undefined
      }
    ) => Effect.Effect<HcpReply, HcpError>
    /** The system that is asked first now. */
    readonly active: Effect.Effect<Target.Shape>
    /**
     * Fail-over, fail-back, and a name that is suddenly served by another system, as they happen. A slow reader misses
     * old events, it never holds up a call.
     */
    readonly changes: Stream.Stream<Event>
    readonly primary: Target.Shape
    readonly replica: Target.Shape | undefined
  }
>()("@effect-hcp/sdk/ReplicaStrategy") {}

/**
 * Makes the interpreter of a strategy. Fails with `InvalidInput` for an option that is none or out of range.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: (
  primary: Target.Shape,
  replica: Target.Shape | undefined,
  strategy?: Strategy
) => Effect.Effect<ReplicaStrategy["Service"], HcpError, Scope.Scope> = (primary, replica, strategy) =>
  Effect.andThen(
    OptionCheck.check(strategy, kinds, { operation: "configure", target: primary.fqdn }),
    makeChecked(primary, replica, strategy)
  )

const kinds: OptionCheck.KindsOf<Strategy> = strategyKinds

/** The interpreter of a strategy that was checked, or of none. @internal */
export const makeChecked: (
  primary: Target.Shape,
  replica: Target.Shape | undefined,
  strategy: Strategy | undefined
) => Effect.Effect<ReplicaStrategy["Service"], never, Scope.Scope> = Effect.fnUntraced(
  function* (primary, replica, strategy) {
    const events = yield* PubSub.sliding<Event>(64)
    const changes = Stream.fromPubSub(events)
    const publish = (event: Event) => Effect.asVoid(PubSub.publish(events, event))
    const { probesToReturn = 2, read = "onFailover", write = "primary" } = strategy ?? {}
    // Where nothing may go to the replica there is nothing to switch, whatever becomes of the primary.
    if (replica === undefined || (read === "primary" && write === "primary")) {
      return ReplicaStrategy.of({
        ...watchServedBy(primary, publish),
        active: Effect.succeed(primary),
        changes,
        primary,
        replica
      })
    }
    const probeInterval = Duration.fromInputUnsafe(strategy?.probeInterval ?? "1 second")
    const pair = yield* failover.make(primary, replica, {
      read,
      write,
      probeInterval,
      maxProbeInterval: Duration.fromInputUnsafe(strategy?.maxProbeInterval ?? "30 seconds"),
      probesToReturn,
      holdTime: Duration.fromInputUnsafe(strategy?.holdTime ?? Duration.times(probeInterval, 5)),
      readYourWrites: Duration.fromInputUnsafe(strategy?.readYourWrites ?? "10 seconds"),
      publish
    })
    return ReplicaStrategy.of({ ...pair, changes, primary, replica })
  }
)

/**
 * A strategy over {@link Target.Target} and {@link Target.Replica}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (strategy?: Strategy): Layer.Layer<ReplicaStrategy, HcpError, Target.Target | Target.Replica> =>
  Layer.effect(
    ReplicaStrategy,
    Effect.flatMap(Effect.all([Target.Target, Target.Replica]), ([primary, replica]) =>
      make(primary, replica, strategy)
    )
  )

/**
 * No replica at all. Built anew wherever it is provided, so two of them in one program are of two systems.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerPrimaryOnly: Layer.Layer<ReplicaStrategy, never, Target.Target> = Layer.fresh(
  Layer.effect(
    ReplicaStrategy,
    Effect.flatMap(Target.Target, (primary) => makeChecked(primary, undefined, undefined))
  )
)
