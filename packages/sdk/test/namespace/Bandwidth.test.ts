import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Bandwidth from "../../src/namespace/Bandwidth.ts"
import { tagOf } from "../utils/namespaces.ts"

describe("a limit of the bandwidth", () => {
  for (const [pieces, streams] of [
    [[1_000], 1],
    [[64 * 1024], 4],
    [[1, 100_000, 17], 3]
  ] as const) {
    it.effect(`holds for ${streams} streams together, in pieces of ${pieces.join(", ")} bytes`, () =>
      Effect.gen(function* () {
        const rate = 100_000
        const { limit } = yield* Bandwidth.make(rate)
        let passed = 0
        const endless = Stream.flatMap(Stream.forever(Stream.fromIterable(pieces)), (size) =>
          Stream.succeed(new Uint8Array(size))
        )
        const fibers = yield* Effect.forEach(Array.from({ length: streams }), () =>
          Effect.forkChild(
            Stream.runForEach(limit(endless), ({ length }) =>
              Effect.sync(() => {
                passed += length
              })
            )
          )
        )
        // From the first second on.
        for (const seconds of [5, 10, 20]) {
          const before = passed
          for (let at = 0; at < seconds * 10; at++) yield* TestClock.adjust("100 millis")
          const expected = rate * seconds
          // A piece of each stream may be on its way.
          const piece = Math.max(...pieces) * streams
          assert.isAtMost(passed - before, expected * 1.2 + piece)
          assert.isAtLeast(passed - before, expected * 0.8 - piece)
        }
        yield* Fiber.interruptAll(fibers)
      })
    )
  }

  it.effect("saves nothing up before the first transfer, and a tenth of a second while there is none", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 hour")
      const { take } = yield* Bandwidth.make(1_000)
      for (const [idle, millis] of [
        ["0 seconds", 1_000],
        ["50 millis", 950],
        ["1 minute", 900],
        ["1 day", 900]
      ] as const) {
        yield* TestClock.adjust(idle)
        const second = yield* Effect.forkChild(take(1_000))
        yield* TestClock.adjust(`${millis - 1} millis`)
        assert.isUndefined(second.pollUnsafe(), idle)
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(second)
      }
    })
  )

  it.effect("loses nothing of the rate while a piece is read", () =>
    Effect.gen(function* () {
      const { limit } = yield* Bandwidth.make(100_000)
      const pieces = Stream.fromEffectRepeat(Effect.as(Effect.sleep("60 millis"), new Uint8Array(10_000)))
      const done = yield* Effect.forkChild(Stream.runDrain(limit(Stream.take(pieces, 20))))
      // The first piece has to be read before anything is due.
      yield* TestClock.adjust("2060 millis")
      assert.isDefined(done.pollUnsafe())
    })
  )

  it.effect("is none for a number that is no rate", () =>
    Effect.gen(function* () {
      for (const rate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
        assert.strictEqual(yield* tagOf(Bandwidth.make(rate)), "InvalidInput")
      }
    })
  )
})
