import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { paced } from "../src/internal/faultyBody.ts"

const pieces = Stream.range(1, 100).pipe(
  Stream.rechunk(1),
  Stream.map(() => new Uint8Array(250))
)

/** Timers that go off at whole fours of milliseconds. */
const withLateTimers = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Clock.clockWith(Effect.succeed), (clock) =>
    Effect.provideService(effect, Clock.Clock, {
      currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
      currentTimeMillis: clock.currentTimeMillis,
      currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
      currentTimeNanos: clock.currentTimeNanos,
      monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: clock.monotonicTimeNanos,
      sleep: (duration) => clock.sleep(Duration.millis(Math.ceil(Duration.toMillis(duration) / 4) * 4))
    })
  )

/** How many pieces came in so many milliseconds, where one is due every 2.5 of them. */
const cameIn = Effect.fnUntraced(function* (
  millis: number,
  stream: Stream.Stream<Uint8Array>,
  timers: typeof withLateTimers = identity
) {
  const body = paced({ _tag: "Stream", length: undefined, stream }, 100_000)
  if (body._tag !== "Stream") return assert.fail("no stream")
  let count = 0
  const reader = yield* Effect.forkChild(timers(Stream.runForEach(body.stream, () => Effect.sync(() => count++))))
  yield* TestClock.adjust(millis)
  yield* Fiber.interrupt(reader)
  return count
})

describe("a paced body", () => {
  it.effect("is as fast as it says, though every timer is late", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* cameIn(100, pieces), 40)
      assert.isAtLeast(yield* cameIn(100, pieces, withLateTimers), 39)
    })
  )

  it.effect("catches up on no more than a tenth of a second", () =>
    Effect.gen(function* () {
      const held = Stream.concat(Stream.take(pieces, 1), Stream.unwrap(Effect.as(Effect.sleep("1 second"), pieces)))
      assert.isAtMost(yield* cameIn(1_010, held), 50)
    })
  )
})
