/**
 * How long what failed is left alone before it is tried again.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { SpoolUnusable } from "../SpoolError.ts"

const longestPause = Duration.seconds(30)

/** 1 second, 2, 4 and so on, to half a minute, each up to a quarter longer. */
export const pause = (attempt: number): Effect.Effect<Duration.Duration> =>
  Effect.map(Random.next, (random) =>
    Duration.times(Duration.min(Duration.seconds(2 ** Math.min(attempt, 10)), longestPause), 1 + random / 4)
  )

/** Waits where the disk has no space for what is to be noted; others may make room. */
export const whenThereIsSpace = <A>(
  write: Effect.Effect<A, SpoolUnusable>,
  attempt = 0
): Effect.Effect<A, SpoolUnusable> =>
  Effect.catchIf(
    write,
    ({ reason }) => reason === "NoSpace",
    ({ message }) =>
      Effect.flatMap(pause(attempt), (duration) =>
        Effect.logWarning(`${message}; nothing is sent meanwhile`).pipe(
          Effect.andThen(Effect.sleep(duration)),
          Effect.andThen(Effect.suspend(() => whenThereIsSpace(write, attempt + 1)))
        )
      )
  )
