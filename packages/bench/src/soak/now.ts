/**
 * The clock of a soak: the same for the box and for the client.
 */
import * as Effect from "effect/Effect"

/** Milliseconds of the monotonic clock. */
export const now: Effect.Effect<number> = Effect.clockWith((clock) =>
  Effect.sync(() => Number(clock.monotonicTimeNanosUnsafe()) / 1e6)
)
