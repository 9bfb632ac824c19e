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
import * as HcpBody from "../HcpBody.ts"
import { HcpError } from "../HcpError.ts"
import { type HcpRequest, isRead } from "../HcpRequest.ts"
import type { HcpResponse } from "../HcpResponse.ts"
import type { Event, Permission } from "../ReplicaStrategy.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import type { Shape } from "../Target.ts"
import { SystemsUnavailable } from "../WireReason.ts"
import { debug } from "./log.ts"

/** @internal */
export interface Settings {
  readonly read: Permission
  readonly write: Permission
  readonly probeInterval: Duration.Duration
  readonly maxProbeInterval: Duration.Duration
  readonly probesToReturn: number
  readonly readYourWrites: Duration.Duration
  readonly publish: (event: Event) => Effect.Effect<void>
}

/** @internal */
export interface Pair {
  readonly execute: (request: HcpRequest) => Effect.Effect<HcpResponse, HcpError, Scope.Scope>
  readonly active: Effect.Effect<Shape>
}

const failovers = Metric.counter("hcp_failovers_total", {
  description: "How often the primary system was found down",
  incremental: true
})

/** How a call went at one system: an answer (whatever its status) with the scope that holds it, or an error. */
type Result =
  | { readonly _tag: "Answer"; readonly response: HcpResponse; readonly scope: Scope.Closeable }
  | { readonly _tag: "Error"; readonly error: HcpError }

/** @internal */
export const make = Effect.fnUntraced(function* (
  primary: Shape,
  replica: Shape,
  settings: Settings
): Effect.fn.Return<Pair, never, Scope.Scope> {
  const scope = yield* Effect.scope
  let down = false
  let preferReplicaUntil = 0

  const comeBack = Effect.gen(function* () {
    let pause = settings.probeInterval
    let answered = 0
    while (answered < settings.probesToReturn) {
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
  })

  const ask = Effect.fnUntraced(function* (
    system: Shape,
    request: HcpRequest,
    hasFallback: boolean
  ): Effect.fn.Return<Result, never, Scope.Scope> {
    const own = Scope.forkUnsafe(yield* Effect.scope)
    const result = yield* Effect.result(Scope.provide(system.execute(request, { hasFallback }), own)).pipe(
      Effect.onExit((exit) => (Exit.isFailure(exit) ? Scope.close(own, exit) : Effect.void))
    )
    if (result._tag === "Success") return { _tag: "Answer", response: result.success, scope: own }
    yield* Scope.close(own, Exit.void)
    if (system === primary && result.failure.systemDown) yield* goDown(result.failure)
    return { _tag: "Error", error: result.failure }
  })

  const noteWrite = Effect.fnUntraced(function* (request: HcpRequest, result: Result) {
    if (isRead(request) || result._tag === "Error" || result.response.status >= 300) return
    preferReplicaUntil = (yield* Clock.currentTimeMillis) + Duration.toMillis(settings.readYourWrites)
  })

  const execute: Pair["execute"] = Effect.fnUntraced(function* (request) {
    const permission = isRead(request) ? settings.read : settings.write
    if (permission === "primary") return yield* unwrap(yield* ask(primary, request, false))
    if (down || (isRead(request) && preferReplicaUntil > (yield* Clock.currentTimeMillis))) {
      return yield* replicaFirst(request)
    }
    const atPrimary = yield* ask(primary, request, true)
    if (!mayMoveOn(request, permission, atPrimary)) return yield* unwrap(atPrimary)
    const atReplica = yield* ask(replica, request, true)
    yield* noteWrite(request, atReplica)
    if (atReplica._tag === "Answer" && !isNotThere(request, atReplica)) {
      yield* letGo(atPrimary)
      return atReplica.response
    }
    yield* letGo(atReplica)
    return atPrimary._tag === "Answer" ? atPrimary.response : yield* bothFailed(request, atPrimary.error, atReplica)
  })

  const replicaFirst: Pair["execute"] = Effect.fnUntraced(function* (request) {
    const atReplica = yield* ask(replica, request, true)
    yield* noteWrite(request, atReplica)
    if (atReplica._tag === "Answer" && !isNotThere(request, atReplica)) return atReplica.response
    if (atReplica._tag === "Error" && !isSafeElsewhere(request, atReplica.error)) return yield* atReplica.error
    yield* letGo(atReplica)
    const atPrimary = yield* ask(primary, request, true)
    if (atPrimary._tag === "Answer") return atPrimary.response
    return yield* bothFailed(request, atPrimary.error, atReplica)
  })

  return { execute, active: Effect.sync(() => (down ? replica : primary)) }
})

const unwrap = (result: Result): Effect.Effect<HcpResponse, HcpError> =>
  result._tag === "Answer" ? Effect.succeed(result.response) : Effect.fail(result.error)

const letGo = (result: Result): Effect.Effect<void> =>
  result._tag === "Answer" ? Scope.close(result.scope, Exit.void) : Effect.void

const isNotThere = (request: HcpRequest, result: Result): boolean =>
  result._tag === "Answer" && isRead(request) && (result.response.status === 404 || result.response.status === 410)

/** Whether what happened at the primary sends the call on to the replica. */
const mayMoveOn = (request: HcpRequest, permission: Permission, result: Result): boolean => {
  if (result._tag === "Answer") {
    const { status } = result.response
    if (status === 410 && isRead(request)) return true
    return permission === "allowed" && (status === 429 || status >= 500) && HcpBody.isReplayable(bodyOf(request))
  }
  const { error } = result
  return (error.systemDown || (permission === "allowed" && error.isRetryable)) && isSafeElsewhere(request, error)
}

const bodyOf = (request: HcpRequest) => request.body ?? HcpBody.empty

const isSafeElsewhere = (request: HcpRequest, error: HcpError): boolean =>
  RetryPolicy.mayRepeat({
    method: request.method,
    idempotent: request.idempotent,
    replayable: HcpBody.isReplayable(bodyOf(request)),
    reached: error.reached
  }) === "yes"

// The replica may only lag behind: its "not found" says nothing while the primary cannot be asked.
const bothFailed = (request: HcpRequest, primary: HcpError, replica: Result): Effect.Effect<never, HcpError> =>
  Effect.fail(
    replica._tag === "Answer"
      ? primary
      : new HcpError({
          operation: request.method,
          path: request.path,
          reached: primary.reached === "request" ? "request" : replica.error.reached,
          attempts: [...primary.attempts, ...replica.error.attempts],
          systemDown: true,
          reason: new SystemsUnavailable({
            primary: primary.reason.message,
            replica: replica.error.reason.message
          })
        })
  )
