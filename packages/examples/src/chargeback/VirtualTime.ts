/**
 * A clock that runs as the real one does, and can be set forward: a month passes in a moment.
 */
import { Clock, Duration, Effect } from "effect"

export interface VirtualTime {
  readonly clock: Clock.Clock
  readonly pass: (duration: Duration.Input) => Effect.Effect<void>
}

/** Begins as long ago as `behind` says. */
export const make = (behind: Duration.Input): VirtualTime => {
  const real = Clock.Clock.defaultValue()
  let offset = -Duration.toMillis(Duration.fromInputUnsafe(behind))
  const millis = () => real.currentTimeMillisUnsafe() + offset
  const nanos = () => real.currentTimeNanosUnsafe() + BigInt(offset) * 1_000_000n
  return {
    clock: {
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: () => real.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: real.monotonicTimeNanos,
      sleep: (duration) => real.sleep(duration)
    },
    pass: (duration) =>
      Effect.sync(() => {
        offset += Duration.toMillis(Duration.fromInputUnsafe(duration))
      })
  }
}
