/**
 * Writes outcomes down, many in one transaction, while the work goes on. What a process that dies has not written down
 * yet is done again.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { JobsUnusable } from "../JobError.ts"
import type { Settled, Store } from "./store.ts"

/** As many as may be lost, and are done again. */
const capacity = 1_000

/** A report of weeks has not more samples than one of an hour. */
const samplesOfRun = 500

/** @internal */
export interface Ledger {
  readonly add: (settled: Settled) => Effect.Effect<void, JobsUnusable>
  /** Waits until all that was added is written; nothing can be added any more. */
  readonly close: Effect.Effect<void, JobsUnusable>
}

/** @internal */
export const make = (
  store: Store,
  id: number,
  written: Effect.Effect<void>
): Effect.Effect<Ledger, never, Scope.Scope> =>
  Effect.gen(function* () {
    const queue = yield* Queue.bounded<Settled, Cause.Done>(capacity)
    const begun = yield* Clock.currentTimeMillis
    let next = begun
    const record = (settled: ReadonlyArray<Settled>): Effect.Effect<void, JobsUnusable> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const isDue = now >= next
        if (isDue) next = now + Math.max(1_000, (now - begun) / samplesOfRun)
        return Effect.andThen(store.record(id, settled, isDue), written)
      })
    const fiber = yield* Stream.runForEachArray(Stream.fromQueue(queue), record).pipe(
      // Nobody may wait for room in a ledger that cannot be written.
      Effect.onError(() => Queue.shutdown(queue)),
      Effect.forkScoped
    )
    const close = Effect.andThen(Queue.end(queue), Fiber.join(fiber))
    // Also where the job is interrupted. A database that is away holds nobody up: what it has not got is done again.
    yield* Effect.addFinalizer(() => Effect.ignore(Effect.timeout(Effect.interruptible(close), "5 seconds")))
    return {
      add: (settled) =>
        Effect.flatMap(Queue.offer(queue, settled), (isTaken) => (isTaken ? Effect.void : Fiber.join(fiber))),
      close
    }
  })
