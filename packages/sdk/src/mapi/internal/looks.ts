/**
 * Looking at something again and again, until it is as it should be.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { HcpError } from "../../HcpError.ts"

// What is waited for may take hours: a minute in which no node answers is no reason to give it up.
const patience = Schedule.spaced("10 seconds").pipe(Schedule.upTo({ times: 6 }))

/**
 * What is seen: at once, and then by the schedule. A look that fails in a way that may pass is repeated for a minute.
 */
export const looks = <A, R>(
  look: Effect.Effect<A, HcpError, R>,
  schedule: Schedule.Schedule<unknown, A>
): Stream.Stream<A, HcpError, R> =>
  Stream.fromEffectSchedule(Effect.retry(look, { schedule: patience, while: (error) => error.isRetryable }), schedule)
