import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, type Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Timeouts, unwatched } from "../src/internal/pool/timeouts.ts"

const makeTimeouts = Effect.gen(function* () {
  return new Timeouts(yield* Clock.Clock, Effect.runForkWith(yield* Effect.context<never>()))
})

/** Notes when it was told, in milliseconds, and is due no more. */
const itemDueAt = (dueAt: number) => {
  const told: Array<number> = []
  const item = {
    dueAt,
    watchedAt: unwatched,
    told,
    onDue: (now: number) => {
      told.push(now)
      item.dueAt = Number.POSITIVE_INFINITY
    }
  }
  return item
}

describe("time-outs", () => {
  it.effect("an item that becomes due before all others is told in time", () =>
    Effect.gen(function* () {
      const timeouts = yield* makeTimeouts
      const start = timeouts.now()
      const late = itemDueAt(start + 10_000)
      const early = itemDueAt(start + 100)
      timeouts.watch(late)
      yield* TestClock.adjust(10)
      timeouts.watch(early)
      yield* TestClock.adjust(90)
      assert.deepStrictEqual(early.told, [start + 100])
      assert.deepStrictEqual(late.told, [])
      yield* TestClock.adjust(9_900)
      assert.deepStrictEqual(late.told, [start + 10_000])
    })
  )

  it.effect("an item that is moved forward is told in time, and one that was removed is not", () =>
    Effect.gen(function* () {
      const timeouts = yield* makeTimeouts
      const start = timeouts.now()
      const moved = itemDueAt(start + 10_000)
      const removed = itemDueAt(start + 50)
      timeouts.watch(moved)
      timeouts.watch(removed)
      yield* TestClock.adjust(1)
      timeouts.remove(removed)
      moved.dueAt = start + 200
      timeouts.watch(moved)
      yield* TestClock.adjust(199)
      assert.deepStrictEqual(moved.told, [start + 200])
      assert.deepStrictEqual(removed.told, [])
    })
  )

  it.effect("the others are told in time, whichever of them leave, come back, or are removed twice", () =>
    Effect.gen(function* () {
      const timeouts = yield* makeTimeouts
      const start = timeouts.now()
      const items = [10, 20, 30, 40, 50].map((millis) => itemDueAt(start + millis))
      for (const item of items) timeouts.watch(item)
      for (const at of [1, 4, 1, 0]) timeouts.remove(items[at] ?? assert.fail())
      timeouts.watch(items[0] ?? assert.fail())
      timeouts.watch(items[0] ?? assert.fail())
      for (const _ of items) yield* TestClock.adjust(10)
      assert.deepStrictEqual(
        items.map(({ told }) => told),
        [[start + 10], [], [start + 30], [start + 40], []]
      )
    })
  )

  it.effect("one that removes another which is due in the same moment has it told nothing", () =>
    Effect.gen(function* () {
      const timeouts = yield* makeTimeouts
      const start = timeouts.now()
      const second = itemDueAt(start + 10)
      const first = {
        watchedAt: unwatched,
        dueAt: start + 10,
        onDue: () => {
          first.dueAt = Number.POSITIVE_INFINITY
          timeouts.remove(second)
        }
      }
      timeouts.watch(first)
      timeouts.watch(second)
      yield* TestClock.adjust(20)
      assert.deepStrictEqual(second.told, [])
    })
  )

  it.effect("one that throws does not stop those of the others", () =>
    Effect.gen(function* () {
      const timeouts = yield* makeTimeouts
      const start = timeouts.now()
      const broken = {
        watchedAt: unwatched,
        dueAt: start + 10,
        onDue: () => {
          broken.dueAt = Number.POSITIVE_INFINITY
          throw new Error("broken")
        }
      }
      const next = itemDueAt(start + 20)
      timeouts.watch(broken)
      timeouts.watch(next)
      yield* TestClock.adjust(10)
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(next.told, [start + 20])
      const later = itemDueAt(start + 40)
      timeouts.watch(later)
      yield* TestClock.adjust(20)
      assert.deepStrictEqual(later.told, [start + 40])
    })
  )

  it.effect("that are over tell nobody, and begin no sleep for whoever comes afterwards", () =>
    Effect.gen(function* () {
      let sleeps = 0
      const fork = Effect.runForkWith(yield* Effect.context<never>())
      const timeouts = new Timeouts(yield* Clock.Clock, (effect) => {
        sleeps++
        return fork(effect)
      })
      const before = itemDueAt(timeouts.now() + 10)
      timeouts.watch(before)
      timeouts.close()
      const after = itemDueAt(timeouts.now() + 5)
      timeouts.watch(after)
      yield* TestClock.adjust(100)
      assert.deepStrictEqual([sleeps, before.told, after.told], [1, [], []])
    })
  )

  it.effect("that are far away are told in time, and keep no process alive once nobody waits for them", () =>
    Effect.gen(function* () {
      const sleepers: Array<Fiber.Fiber<void>> = []
      const fork = Effect.runForkWith(yield* Effect.context<never>())
      const timeouts = new Timeouts(yield* Clock.Clock, (effect) => {
        const fiber = fork(effect)
        sleepers.push(fiber)
        return fiber
      })
      const start = timeouts.now()
      const far = itemDueAt(start + 3_600_000)
      timeouts.watch(far)
      yield* TestClock.adjust(3_600_000)
      assert.deepStrictEqual(far.told, [start + 3_600_000])
      const left = itemDueAt(timeouts.now() + 3_600_000)
      timeouts.watch(left)
      timeouts.remove(left)
      yield* TestClock.adjust(30_000)
      assert.isTrue(sleepers.every((fiber) => fiber.pollUnsafe() !== undefined))
    })
  )
})
