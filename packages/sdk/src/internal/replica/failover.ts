/**
 * The interpreter of a replica strategy: the breaker that says "the primary is down", and the way of one call over two systems.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Scope from "effect/Scope"
import * as HcpBody from "../../HcpBody.ts"
import { HcpError } from "../../HcpError.ts"
import { type HcpRequest, isRead } from "../../HcpRequest.ts"
import type { HcpReply, HcpResponse } from "../../HcpResponse.ts"
import type { Event, Permission } from "../../ReplicaEvent.ts"
import * as RetryPolicy from "../../RetryPolicy.ts"
import type { ExecuteOptions, Shape } from "../../Target.ts"
import { SystemsUnavailable } from "../../WireReason.ts"
import { debug } from "../request/events.ts"
import { isBusy, isServerTrouble } from "../request/judge.ts"
import { watchServedBy } from "./servedBy.ts"

/** @internal */
export interface Settings {
  readonly read: Permission
  readonly write: Permission
  readonly probeInterval: Duration.Duration
  readonly maxProbeInterval: Duration.Duration
  readonly probesToReturn: number
  readonly holdTime: Duration.Duration
  readonly readYourWrites: Duration.Duration
  readonly publish: (event: Event) => Effect.Effect<void>
}

type CallRoute = Pick<ExecuteOptions, "avoid"> & { readonly maxBodyBytes?: number | undefined }

/** @internal */
export interface Pair {
  readonly execute: (
    request: HcpRequest,
    options?: Pick<ExecuteOptions, "avoid">
  ) => Effect.Effect<HcpResponse, HcpError, Scope.Scope>
  readonly call: (request: HcpRequest, options?: CallRoute) => Effect.Effect<HcpReply, HcpError>
  readonly active: Effect.Effect<Shape>
}

const failovers = Metric.counter("hcp_failovers_total", {
  description: "How often the primary system was found down",
  incremental: true
})

// Paths written at the primary in the few seconds after it came back.
const maxRemembered = 100_000

/** What the rules look at of an answer. */
type Answered = Pick<HcpResponse, "status" | "retriedAfterAmbiguousFailure">

/** How a call went at one system: an answer (whatever its status) and how to let go of it, or an error. */
type Result<A extends Answered = Answered> =
  | { readonly _tag: "Answer"; readonly response: A; readonly letGo: Effect.Effect<void> }
  | { readonly _tag: "Error"; readonly error: HcpError }

/** Asks one of the systems; an error is a result. */
type Ask<A extends Answered> = (
  system: "primary" | "replica",
  options: Pick<ExecuteOptions, "handOver" | "maybeDone">
) => Effect.Effect<Result<A>>

/** @internal */
export const make = Effect.fnUntraced(function* (
  primary: Shape,
  replica: Shape,
  settings: Settings
): Effect.fn.Return<Pair, never, Scope.Scope> {
  const scope = yield* Effect.scope
  let down = false
  let preferReplicaUntil = 0
  // What the primary took while reads still prefer the replica: the replica may not have it yet.
  const writtenAtPrimary = new Set<string>()
  const systems = {
    primary: watchServedBy(primary, settings.publish),
    replica: watchServedBy(replica, settings.publish)
  }

  const comeBack = Effect.gen(function* () {
    const heldUntil = (yield* monotonicMillis) + Duration.toMillis(settings.holdTime)
    let pause = settings.probeInterval
    let answered = 0
    while (answered < settings.probesToReturn || heldUntil > (yield* monotonicMillis)) {
      yield* Effect.sleep(pause)
      if (yield* Effect.isSuccess(primary.probe)) {
        answered++
        pause = settings.probeInterval
      } else {
        answered = 0
        pause = Duration.min(Duration.times(pause, 2), settings.maxProbeInterval)
      }
    }
    down = false
    yield* debug("the primary system is back", () => ({ primary: primary.fqdn }))
    yield* settings.publish({ _tag: "FailedBack", from: replica.fqdn, to: primary.fqdn })
  })

  // Interrupted half-way it would leave a primary that is down for ever: nobody would probe it.
  const goDown = Effect.fnUntraced(function* (error: HcpError) {
    if (down) return
    down = true
    yield* Metric.update(failovers, 1)
    yield* Effect.logWarning(`primary system is down, the replica takes over: ${error.reason.message}`).pipe(
      Effect.annotateLogs({ primary: primary.fqdn, replica: replica.fqdn })
    )
    yield* settings.publish({
      _tag: "FailedOver",
      from: primary.fqdn,
      to: replica.fqdn,
      cause: error.reason.message
    })
    yield* Effect.forkIn(comeBack, scope)
  }, Effect.uninterruptible)

  const noted = <A extends Answered>(system: keyof typeof systems, result: Result<A>): Effect.Effect<Result<A>> =>
    system === "primary" && result._tag === "Error" && result.error.systemDown
      ? Effect.as(goDown(result.error), result)
      : Effect.succeed(result)

  const noteWrite = Effect.fnUntraced(function* (system: keyof typeof systems, request: HcpRequest, result: Result) {
    if (isRead(request) || result._tag === "Error" || result.response.status >= 300) return
    const now = yield* monotonicMillis
    if (system === "replica") {
      preferReplicaUntil = now + Duration.toMillis(settings.readYourWrites)
      writtenAtPrimary.delete(request.path)
    } else if (preferReplicaUntil > now) {
      if (writtenAtPrimary.size < maxRemembered) writtenAtPrimary.add(request.path)
    } else {
      writtenAtPrimary.clear()
    }
  })

  const prefersReplica = (request: HcpRequest): Effect.Effect<boolean> =>
    down
      ? Effect.succeed(true)
      : !isRead(request) || preferReplicaUntil === 0 || writtenAtPrimary.has(request.path)
        ? Effect.succeed(false)
        : Effect.map(monotonicMillis, (now) => {
            if (preferReplicaUntil > now) return true
            preferReplicaUntil = 0
            writtenAtPrimary.clear()
            return false
          })

  const run = Effect.fnUntraced(function* <A extends Answered>(
    request: HcpRequest,
    ask: Ask<A>
  ): Effect.fn.Return<A, HcpError> {
    const permission = isRead(request) ? settings.read : settings.write
    if (permission === "primary") {
      const only = yield* ask("primary", {})
      yield* noteWrite("primary", request, only)
      return yield* unwrap(only)
    }
    if (yield* prefersReplica(request)) return yield* replicaFirst(request, ask)
    const handOver = permission === "allowed" ? "beforeDelay" : "whenDown"
    const atPrimary = yield* ask("primary", { handOver })
    yield* noteWrite("primary", request, atPrimary)
    if (!mayMoveOn(request, permission, atPrimary)) return yield* unwrap(atPrimary)
    const atReplica = yield* ask("replica", { handOver: "whenDown", maybeDone: maybeDone(atPrimary) })
    yield* noteWrite("replica", request, atReplica)
    const served =
      atReplica._tag === "Answer" &&
      !isNotThere(request, atReplica) &&
      !isTrouble(atReplica) &&
      !leavesOpen(request, atPrimary, atReplica)
    if (served || !isSafeAfter(request, atReplica)) {
      yield* letGo(atPrimary)
      return yield* unwrap(atReplica)
    }
    yield* letGo(atReplica)
    if (hasGivenUp(atPrimary)) return yield* bothFailed(request, atPrimary.error, atReplica)
    if (permission !== "allowed" || isNotThere(request, atPrimary)) return yield* unwrap(atPrimary)
    // The primary was left at the first sign of trouble; now there is nobody else to ask, it is worth waiting for.
    yield* letGo(atPrimary)
    return yield* unwrap(yield* ask("primary", { maybeDone: maybeDone(atPrimary) || maybeDone(atReplica) }))
  })

  const replicaFirst = Effect.fnUntraced(function* <A extends Answered>(
    request: HcpRequest,
    ask: Ask<A>
  ): Effect.fn.Return<A, HcpError> {
    const atReplica = yield* ask("replica", { handOver: "whenDown" })
    yield* noteWrite("replica", request, atReplica)
    const moveOn = isNotThere(request, atReplica) || hasGivenUp(atReplica) || (!down && isTrouble(atReplica))
    if (!moveOn || !isSafeAfter(request, atReplica)) return yield* unwrap(atReplica)
    const atPrimary = yield* ask("primary", { handOver: "whenDown", maybeDone: maybeDone(atReplica) })
    if (leavesOpen(request, atReplica, atPrimary)) {
      yield* letGo(atPrimary)
      return yield* unwrap(atReplica)
    }
    yield* letGo(atReplica)
    return atPrimary._tag === "Answer" ? atPrimary.response : yield* bothFailed(request, atPrimary.error, atReplica)
  })

  const call: Pair["call"] = (request, route) =>
    run(request, (system, options) =>
      Effect.matchEffect(systems[system].call(request, { ...route, ...options }), {
        onFailure: (error) => noted<HcpReply>(system, { _tag: "Error", error }),
        // A reply holds nothing.
        onSuccess: (response) => Effect.succeed({ _tag: "Answer", response, letGo: Effect.void })
      })
    )

  const execute: Pair["execute"] = (request, route) =>
    Effect.flatMap(Effect.scope, (scope) =>
      run(request, (system, options) =>
        Effect.suspend(() => {
          const own = Scope.forkUnsafe(scope)
          return Scope.provide(systems[system].execute(request, { ...route, ...options }), own).pipe(
            Effect.onExit((exit) => (Exit.isFailure(exit) ? Scope.close(own, exit) : Effect.void)),
            Effect.matchEffect({
              onFailure: (error) => noted<HcpResponse>(system, { _tag: "Error", error }),
              onSuccess: (response) =>
                Effect.succeed({ _tag: "Answer", response, letGo: Scope.close(own, Exit.void) } as const)
            })
          )
        })
      )
    )

  return { execute, call, active: Effect.sync(() => (down ? replica : primary)) }
})

const unwrap = <A extends Answered>(result: Result<A>): Effect.Effect<A, HcpError> =>
  result._tag === "Answer" ? Effect.succeed(result.response) : Effect.fail(result.error)

const letGo = (result: Result): Effect.Effect<void> => (result._tag === "Answer" ? result.letGo : Effect.void)

const monotonicMillis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)

type Answer = Extract<Result, { readonly _tag: "Answer" }>
type Failure = Extract<Result, { readonly _tag: "Error" }>

const isNotThere = (request: HcpRequest, result: Result): boolean =>
  result._tag === "Answer" && isRead(request) && (result.response.status === 404 || result.response.status === 410)

const isTrouble = (result: Result): result is Answer =>
  result._tag === "Answer" && isServerTrouble(result.response.status)

/**
 * Whether a DELETE that may have taken effect at one system is answered 404 by the other: that one may be without the object because it
 * was deleted, or because it is not there yet.
 */
const leavesOpen = (request: HcpRequest, before: Result, result: Result): boolean =>
  request.method === "DELETE" && maybeDone(before) && result._tag === "Answer" && result.response.status === 404

/** An error that the other system may not have; what is wrong with the request itself is wrong everywhere. */
const hasGivenUp = (result: Result): result is Failure =>
  result._tag === "Error" && (result.error.systemDown || result.error.isRetryable)

/** Whether what happened at the primary sends the call on to the replica. */
const mayMoveOn = (request: HcpRequest, permission: Permission, result: Result): boolean => {
  if (result._tag === "Answer" && result.response.status === 410 && isRead(request)) return true
  const wanted =
    permission === "allowed"
      ? isTrouble(result) || hasGivenUp(result)
      : result._tag === "Error" && result.error.systemDown
  return wanted && isSafeAfter(request, result)
}

const isSafeAfter = (request: HcpRequest, result: Result): boolean =>
  RetryPolicy.mayRepeat({
    method: request.method,
    idempotent: request.idempotent,
    replayable: HcpBody.isReplayable(request.body ?? HcpBody.empty),
    reached: result._tag === "Answer" ? "answer" : result.error.reached
  }) === "yes"

const maybeDone = (result: Result): boolean =>
  result._tag === "Error"
    ? result.error.reached === "request"
    : result.response.retriedAfterAmbiguousFailure || (isTrouble(result) && !isBusy(result.response.status))

// The replica may only lag behind: its "not found" says nothing while the primary cannot be asked.
const bothFailed = (request: HcpRequest, primary: HcpError, replica: Result): Effect.Effect<never, HcpError> =>
  Effect.fail(
    replica._tag === "Answer" || !(primary.systemDown || primary.isRetryable)
      ? primary
      : new HcpError({
          operation: request.method,
          path: request.path,
          reached: primary.reached === "request" ? "request" : replica.error.reached,
          failedAttempts: [...primary.failedAttempts, ...replica.error.failedAttempts],
          systemDown: primary.systemDown && replica.error.systemDown,
          reason: new SystemsUnavailable({
            primary: primary.reason.message,
            replica: replica.error.reason.message
          })
        })
  )
