import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, type Duration, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { HcpError } from "../src/HcpError.ts"
import { type Timed, Timeouts } from "../src/internal/pool/timeouts.ts"
import { CurrentNotes, withDeadline } from "../src/internal/request/deadline.ts"

/** The times of a pool, and how many sleeps were begun for them. */
const poolTimes = Effect.gen(function* () {
  const pool = { sleeps: 0 }
  const fork = Effect.runForkWith(yield* Effect.context<never>())
  const timeouts = new Timeouts(yield* Clock.Clock, (effect) => {
    pool.sleeps++
    return fork(effect)
  })
  return Object.assign(pool, { timeouts })
})

/** A call that comes to these pools, one after the other, and does then what it does. */
const calling = (
  timeouts: ReadonlyArray<Timeouts>,
  then: Effect.Effect<string, HcpError> = Effect.never,
  deadline: Duration.Input = "2 seconds"
) =>
  withDeadline(
    Effect.withFiber<string, HcpError>((fiber) => {
      for (const each of timeouts) fiber.getRef(CurrentNotes)?.watchBy(each)
      return then
    }),
    deadline,
    (reason) => new HcpError({ operation: "GET", reason })
  )

/** Whether a call is over, just before its deadline and at it. */
const overAt = Effect.fnUntraced(function* (
  call: Effect.Effect<string, HcpError>,
  meanwhile: Effect.Effect<void> = Effect.void
) {
  const fiber = yield* Effect.forkChild(Effect.exit(call))
  yield* TestClock.adjust("1 second")
  yield* meanwhile
  yield* TestClock.adjust("999 millis")
  const before = fiber.pollUnsafe() !== undefined
  yield* TestClock.adjust("1 millis")
  const exit = yield* Fiber.join(fiber)
  assert(Exit.isFailure(exit))
  return before
})

describe("the time of a call with a deadline", () => {
  it.effect("is watched by the first pool it comes to, with all others of that pool", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* poolTimes, yield* poolTimes]
      const calls = Array.from({ length: 3 }, () => calling([one.timeouts, other.timeouts]))
      const fibers = yield* Effect.forEach(calls, (call) => Effect.forkChild(Effect.exit(call)))
      assert.isFalse(yield* overAt(calling([one.timeouts])))
      for (const fiber of fibers) assert.isTrue(Exit.isFailure(yield* Fiber.join(fiber)))
      assert.deepStrictEqual([one.sleeps, other.sleeps], [1, 0])
    })
  )

  it.effect("is up at once where there is none", () =>
    Effect.gen(function* () {
      const { timeouts } = yield* poolTimes
      for (const pools of [[], [timeouts]]) {
        let ended = 0
        const then = Effect.onInterrupt(Effect.never, () => Effect.sync(() => ended++))
        const fiber = yield* Effect.forkChild(Effect.flip(calling(pools, then, 0)))
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual([fiber.pollUnsafe() !== undefined, ended], [true, 1])
        yield* Fiber.interrupt(fiber)
      }
    })
  )

  it.effect("is up all the same where there is no pool, a closed one, or one that goes by another clock", () =>
    Effect.gen(function* () {
      const closed = yield* poolTimes
      closed.timeouts.close()
      const otherClock = yield* Effect.provideService(poolTimes, Clock.Clock, Context.get(Context.empty(), Clock.Clock))
      for (const timeouts of [[], [closed.timeouts], [otherClock.timeouts]]) {
        assert.isFalse(yield* overAt(calling(timeouts)))
      }
      assert.deepStrictEqual([closed.sleeps, otherClock.sleeps], [0, 0])
    })
  )

  it.effect("is up all the same where the pool is closed meanwhile", () =>
    Effect.gen(function* () {
      const { timeouts } = yield* poolTimes
      assert.isFalse(
        yield* overAt(
          calling([timeouts]),
          Effect.sync(() => timeouts.close())
        )
      )
    })
  )

  it.effect("is watched no more once the call is over, failed or interrupted", () =>
    Effect.gen(function* () {
      const { timeouts } = yield* poolTimes
      const watched = new Set<Timed>()
      const { remove, watch } = timeouts
      timeouts.watch = (item) => {
        watched.add(item)
        watch.call(timeouts, item)
      }
      timeouts.remove = (item) => {
        watched.delete(item)
        remove.call(timeouts, item)
      }
      assert.strictEqual(yield* calling([timeouts], Effect.succeed("done")), "done")
      assert.strictEqual(watched.size, 0)
      const later = yield* Effect.forkChild(calling([timeouts], Effect.as(Effect.sleep("1 second"), "later")))
      const left = yield* Effect.forkChild(calling([timeouts]))
      yield* Effect.yieldNow
      assert.strictEqual(watched.size, 2)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([yield* Fiber.join(later), watched.size], ["later", 1])
      yield* Fiber.interrupt(left)
      assert.strictEqual(watched.size, 0)
    })
  )

  it.effect("takes the call with it, whether it is up or nobody waits any more", () =>
    Effect.gen(function* () {
      const { timeouts } = yield* poolTimes
      let ended = 0
      const call = calling(
        [timeouts],
        Effect.onInterrupt(Effect.never, () => Effect.sync(() => ended++))
      )
      assert.isFalse(yield* overAt(call))
      assert.strictEqual(ended, 1)
      const left = yield* Effect.forkChild(call)
      yield* Effect.yieldNow
      yield* Fiber.interrupt(left)
      assert.strictEqual(ended, 2)
    })
  )
})
