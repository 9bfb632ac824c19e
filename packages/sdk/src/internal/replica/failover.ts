/**
 * The interpreter of a replica strategy: the breaker that says "the primary is down", and the way of one call over two
 * systems.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { HcpError } from "../../HcpError.ts"
import { type HcpRequest, isRead } from "../../HcpRequest.ts"
import type { Check, HcpReply, HcpResponse, OnReceived } from "../../HcpResponse.ts"
import type { Event, Permission } from "../../ReplicaEvent.ts"
import type { ExecuteOptions, Shape } from "../../Target.ts"
import { debug } from "../request/events.ts"
import { type Change, Changes } from "./changes.ts"
import {
  type Answered,
  bothFailed,
  changeBy,
  hasGivenUp,
  hidesAbsence,
  isAbsent,
  isCopy,
  isOwnDoubt,
  isReplayable,
  isSafeAfter,
  isTrouble,
  letGo,
  lookFirst,
  maybeDone,
  mayMoveOn,
  type Result,
  unwrap
} from "./outcome.ts"
import { compareServedBy } from "./servedBy.ts"

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

type ExecuteRoute = Pick<ExecuteOptions, "avoid"> & { readonly check?: Check<HcpResponse> | undefined }

type CallRoute = Pick<ExecuteOptions, "avoid"> & {
  readonly maxBodyBytes?: number | undefined
  readonly onReceived?: OnReceived | undefined
  readonly check?: Check<HcpReply> | undefined
}

/** @internal */
export interface Pair {
  readonly execute: (request: HcpRequest, options?: ExecuteRoute) => Effect.Effect<HcpResponse, HcpError, Scope.Scope>
  readonly call: (request: HcpRequest, options?: CallRoute) => Effect.Effect<HcpReply, HcpError>
  readonly active: Effect.Effect<Shape>
}

const failovers = Metric.counter("hcp_failovers_total", {
  description: "How often the primary system was found down",
  incremental: true
})

/** Which system is asked, and what it is told; an error is a result. */
type Ask<A extends Answered> = (
  system: "primary" | "replica",
  options: SystemOptions,
  request: HcpRequest
) => Effect.Effect<Result<A>>

type SystemOptions = Pick<ExecuteOptions, "handOver" | "maybeDone">

/** How a call went at the replica. */
interface AtReplica<A extends Answered> {
  readonly result: Result<A>
  /** That it lacks what was asked for may only mean that it lags. */
  readonly lags: boolean
  readonly mayHaveActed: boolean
  /** What this client had stored there keeps a primary that lacks it from having the last word. */
  readonly wasStored: boolean
}

const whenDown: SystemOptions = { handOver: "whenDown" }
const beforeDelay: SystemOptions = { handOver: "beforeDelay" }
const alone: SystemOptions = {}

/** @internal */
export const make = Effect.fnUntraced(function* (
  primary: Shape,
  replica: Shape,
  settings: Settings
): Effect.fn.Return<Pair, never, Scope.Scope> {
  const scope = yield* Effect.scope
  let down = false
  const changes = new Changes(Duration.toMillis(settings.readYourWrites))
  const systems = { primary, replica }
  const compare = {
    primary: compareServedBy(primary, settings.publish),
    replica: compareServedBy(replica, settings.publish)
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

  const resultOfAnswer = <A extends Answered>(
    system: keyof typeof systems,
    response: A,
    release: Effect.Effect<void>
  ): Effect.Effect<Result<A>> => {
    const result: Result<A> = { _tag: "Answer", response, letGo: release }
    const change = compare[system](response.servicedBy)
    return change === undefined ? Effect.succeed(result) : Effect.as(change, result)
  }

  const resultOfError = <A extends Answered>(
    system: keyof typeof systems,
    error: HcpError
  ): Effect.Effect<Result<A>> => {
    const result: Result<A> = { _tag: "Error", error }
    return system === "primary" && error.systemDown ? Effect.as(goDown(error), result) : Effect.succeed(result)
  }

  const noteAtPrimary = (request: HcpRequest, result: Result): void => {
    if (changes.isEmpty || isRead(request) || result._tag === "Error" || result.response.status >= 300) return
    if (!isAbsent(request, result)) changes.forget(request)
  }

  const noteAtReplica = (request: HcpRequest, result: Result, wasFound: boolean): Effect.Effect<void> => {
    const change = changeBy(request, result, wasFound)
    return change === undefined ? Effect.void : Effect.map(monotonicMillis, (now) => changes.note(request, change, now))
  }

  /** What this client changed of it at the replica. A call that lasts longer than the memory keeps what it knew. */
  const changeOf = (request: HcpRequest, known: Change | undefined): Effect.Effect<Change | undefined> =>
    changes.isEmpty ? Effect.succeed(known) : Effect.map(monotonicMillis, (now) => changes.of(request, now) ?? known)

  const askReplica = Effect.fnUntraced(function* <A extends Answered>(
    request: HcpRequest,
    known: Change | undefined,
    ask: Ask<A>,
    options: SystemOptions
  ): Effect.fn.Return<AtReplica<A>> {
    const change = yield* changeOf(request, known)
    let isKnown = change === "stored" || change === "deleted"
    if (!isKnown && hidesAbsence(request)) {
      const looked = yield* ask("replica", whenDown, lookFirst(request))
      const lags = isAbsent(request, looked)
      if (lags || isTrouble(looked) || looked._tag === "Error") {
        return { result: looked, lags, mayHaveActed: false, wasStored: change === "maybeStored" }
      }
      isKnown = looked.response.status < 300
      yield* letGo(looked)
    }
    const result = yield* ask("replica", options, request)
    yield* noteAtReplica(request, result, isKnown)
    const lags = isAbsent(request, result) && (isRead(request) ? change !== "deleted" : !isKnown)
    return {
      result,
      lags,
      mayHaveActed:
        !isRead(request) && (isOwnDoubt(result, options.maybeDone === true) || (lags && hidesAbsence(request))),
      wasStored: change === "stored" || change === "maybeStored"
    }
  })

  /**
   * Whether what the primary lacks may be at the replica: a DELETE there may have acted, or this client stored it
   * there.
   */
  const leavesOpen = <A extends Answered>(request: HcpRequest, there: AtReplica<A>, atPrimary: Result<A>): boolean =>
    isAbsent(request, atPrimary) &&
    ((request.method === "DELETE" && there.mayHaveActed) || (there.wasStored && !isAbsent(request, there.result)))

  /**
   * Whether the primary lacks what this client stored at the replica lately, or what may be a source that it stored.
   */
  const mayBeAtReplica = (request: HcpRequest, known: Change | undefined, atPrimary: Result): Effect.Effect<boolean> =>
    (changes.isEmpty && known === undefined) ||
    isRead(request) ||
    !isAbsent(request, atPrimary) ||
    !isReplayable(request)
      ? Effect.succeed(false)
      : Effect.zipWith(changeOf(request, known), monotonicMillis, (change, now) => {
          return change === "stored" || change === "maybeStored" || (isCopy(request) && changes.hasAny(now))
        })

  const run = <A extends Answered>(request: HcpRequest, ask: Ask<A>): Effect.Effect<A, HcpError> => {
    const permission = isRead(request) ? settings.read : settings.write
    if (permission === "primary") return primaryFirst(request, permission, undefined, ask)
    if (changes.isEmpty) {
      return down ? replicaFirst(request, undefined, ask) : primaryFirst(request, permission, undefined, ask)
    }
    return Effect.flatMap(monotonicMillis, (now) => {
      const known = changes.of(request, now)
      return down || (isRead(request) && changes.prefersReplica(request, now))
        ? replicaFirst(request, known, ask)
        : primaryFirst(request, permission, known, ask)
    })
  }

  const primaryFirst = <A extends Answered>(
    request: HcpRequest,
    permission: Permission,
    known: Change | undefined,
    ask: Ask<A>
  ): Effect.Effect<A, HcpError> => {
    const options = permission === "primary" ? alone : permission === "allowed" ? beforeDelay : whenDown
    return Effect.flatMap(ask("primary", options, request), (atPrimary) => {
      noteAtPrimary(request, atPrimary)
      return permission === "primary" || (atPrimary._tag === "Answer" && isServed(atPrimary.response.status))
        ? unwrap(atPrimary)
        : afterPrimary(request, permission, known, atPrimary, ask)
    })
  }

  const afterPrimary = Effect.fnUntraced(function* <A extends Answered>(
    request: HcpRequest,
    permission: Permission,
    known: Change | undefined,
    atPrimary: Result<A>,
    ask: Ask<A>
  ): Effect.fn.Return<A, HcpError> {
    const wasDone = maybeDone(atPrimary)
    if (yield* mayBeAtReplica(request, known, atPrimary)) {
      const there = yield* askReplica(request, known, ask, { handOver: "whenDown", maybeDone: wasDone })
      // Neither has it: that is the answer, unless it went when the replica was asked for that. A source of a copy need
      // not be one that was stored at the replica.
      const isNeither =
        (isAbsent(request, there.result) && !there.mayHaveActed) ||
        (!there.wasStored && (isTrouble(there.result) || there.result._tag === "Error"))
      yield* letGo(isNeither ? there.result : atPrimary)
      return yield* unwrap(isNeither ? atPrimary : there.result)
    }
    if (!mayMoveOn(request, permission, atPrimary)) return yield* unwrap(atPrimary)
    const there = yield* askReplica(request, known, ask, { handOver: "whenDown", maybeDone: wasDone })
    const served = there.result._tag === "Answer" && !there.lags && !isTrouble(there.result)
    if (served || !isSafeAfter(request, there.result)) {
      yield* letGo(atPrimary)
      return yield* unwrap(there.result)
    }
    if (hasGivenUp(atPrimary)) {
      yield* letGo(there.result)
      return yield* bothFailed(request, atPrimary.error, there)
    }
    if (permission !== "allowed" || isAbsent(request, atPrimary)) {
      yield* letGo(there.result)
      return yield* unwrap(atPrimary)
    }
    // The primary was left at the first sign of trouble; now there is nobody else to ask, it is worth waiting for.
    yield* letGo(atPrimary)
    const again = yield* ask("primary", { maybeDone: wasDone || there.mayHaveActed }, request)
    noteAtPrimary(request, again)
    const isOpen = leavesOpen(request, there, again)
    yield* letGo(isOpen ? again : there.result)
    return yield* unwrap(isOpen ? there.result : again)
  })

  const replicaFirst = Effect.fnUntraced(function* <A extends Answered>(
    request: HcpRequest,
    known: Change | undefined,
    ask: Ask<A>
  ): Effect.fn.Return<A, HcpError> {
    const there = yield* askReplica(request, known, ask, whenDown)
    const moveOn = there.lags || hasGivenUp(there.result) || (!down && isTrouble(there.result))
    if (!moveOn || !isSafeAfter(request, there.result)) return yield* unwrap(there.result)
    const atPrimary = yield* ask("primary", { handOver: "whenDown", maybeDone: there.mayHaveActed }, request)
    noteAtPrimary(request, atPrimary)
    const isOpen = leavesOpen(request, there, atPrimary)
    yield* letGo(isOpen ? atPrimary : there.result)
    if (isOpen) return yield* unwrap(there.result)
    return atPrimary._tag === "Answer" ? atPrimary.response : yield* bothFailed(request, atPrimary.error, there)
  })

  // A call that is run again later is decided again.
  const call: Pair["call"] = (request, route) =>
    Effect.suspend(() =>
      run<HcpReply>(request, (system, options, asked) =>
        Effect.matchEffect(systems[system].call(asked, route === undefined ? options : { ...route, ...options }), {
          onFailure: (error) => resultOfError<HcpReply>(system, error),
          // A reply holds nothing.
          onSuccess: (response) => resultOfAnswer(system, response, Effect.void)
        })
      )
    )

  const execute: Pair["execute"] = (request, route) =>
    Effect.flatMap(Effect.scope, (scope) =>
      run<HcpResponse>(request, (system, options, asked) =>
        Effect.suspend(() => {
          const own = Scope.forkUnsafe(scope)
          const given = systems[system].execute(asked, route === undefined ? options : { ...route, ...options })
          return Scope.provide(given, own).pipe(
            Effect.onExit((exit) => (Exit.isFailure(exit) ? Scope.close(own, exit) : Effect.void)),
            Effect.matchEffect({
              onFailure: (error) => resultOfError<HcpResponse>(system, error),
              onSuccess: (response) => resultOfAnswer(system, response, Scope.close(own, Exit.void))
            })
          )
        })
      )
    )

  /** Calls that stay on one system are remembered as all others are. */
  const remembered = (system: keyof typeof systems, shape: Shape): Shape => {
    const noting = <A extends Answered, R>(
      request: HcpRequest,
      answer: Effect.Effect<A, HcpError, R>
    ): Effect.Effect<A, HcpError, R> =>
      isRead(request)
        ? answer
        : Effect.onExit(answer, (exit) => {
            const result = resultOf(exit)
            if (result === undefined) return Effect.void
            if (system === "replica") return noteAtReplica(request, result, false)
            return Effect.sync(() => noteAtPrimary(request, result))
          })
    return {
      ...shape,
      execute: (request, options) => noting(request, shape.execute(request, options)),
      call: (request, options) => noting(request, shape.call(request, options)),
      pinned: Effect.map(shape.pinned, (pinned) => remembered(system, pinned))
    }
  }
  const staying = { primary: remembered("primary", primary), replica: remembered("replica", replica) }

  return { execute, call, active: Effect.sync(() => (down ? staying.replica : staying.primary)) }
})

/** Whether there is nothing more to ask: it was done, and not because there was nothing to do. */
const isServed = (status: number): boolean => status < 300 && status !== 204

const resultOf = <A extends Answered>(exit: Exit.Exit<A, HcpError>): Result<A> | undefined => {
  if (Exit.isSuccess(exit)) return { _tag: "Answer", response: exit.value, letGo: Effect.void }
  const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  return error === undefined ? undefined : { _tag: "Error", error }
}

const monotonicMillis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)
