/**
 * One run of an effect at a time and not more often than once in an interval, shared by all who wait for it.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"

/**
 * The runs belong to the scope and not to whoever started them: an interrupted waiter takes nothing from the others.
 */
interface SingleFlight<E> {
  /** The run that is under way or due, else a new one, which waits until the interval since the last one has passed. */
  readonly join: () => Deferred.Deferred<void, E>
  /** Whether a run is under way or due. */
  readonly isUnderWay: () => boolean
  /** Whether the last run ended less than the interval ago. */
  readonly isRecent: () => boolean
}

/** Runs `effect`; `now` and `interval` in milliseconds. Once the scope is closed, all runs fail with `closed()`. */
export const makeSingleFlight = Effect.fnUntraced(function* <E>(options: {
  readonly effect: Effect.Effect<void, E>
  readonly interval: number
  readonly now: () => number
  readonly closed: () => E
}): Effect.fn.Return<SingleFlight<E>, never, Scope.Scope> {
  const { now, interval, closed } = options
  const fork = Effect.runForkWith(yield* Effect.context<never>())
  let isClosed = false
  let lastEnd = Number.NEGATIVE_INFINITY
  let current: Deferred.Deferred<void, E> | undefined
  let running: Fiber.Fiber<void> | undefined

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      isClosed = true
      return running === undefined ? Effect.void : Fiber.interrupt(running)
    })
  )

  const run = Effect.gen(function* () {
    const wait = lastEnd + interval - now()
    if (wait > 0) yield* Effect.sleep(Duration.millis(wait))
    yield* options.effect
  })

  const start = (own: Deferred.Deferred<void, E>) =>
    fork(
      Effect.onExit(run, (exit) =>
        Effect.sync(() => {
          lastEnd = now()
          current = undefined
          const interrupted = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
          Deferred.doneUnsafe(own, interrupted ? Exit.fail(closed()) : exit)
        })
      ).pipe(Effect.ignoreCause)
    )

  return {
    join: () => {
      if (current !== undefined) return current
      const own = Deferred.makeUnsafe<void, E>()
      if (isClosed) {
        Deferred.doneUnsafe(own, Exit.fail(closed()))
      } else {
        current = own
        running = start(own)
      }
      return own
    },
    isUnderWay: () => current !== undefined,
    isRecent: () => now() < lastEnd + interval
  }
})
