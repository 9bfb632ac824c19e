import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { deletion, makePlanner, planEach } from "../../src/mapi/internal/state/changes.ts"

describe("a plan of several resources", () => {
  it.effect("looks at four of them at a time, and has its changes in their order", () =>
    Effect.gen(function* () {
      const planner = makePlanner()
      let underWay = 0
      let most = 0
      const names = Array.from({ length: 9 }, (_, index) => `n${index}`)
      const planned = planEach(planner, names, (own, name) =>
        Effect.gen(function* () {
          underWay++
          most = Math.max(most, underWay)
          // The later ones are shown first.
          yield* Effect.sleep(100 - Number(name.slice(1)) * 10)
          underWay--
          for (const part of [own.changes, own.grants, own.revocations, own.deletions]) {
            part.push(deletion(name, Effect.void))
          }
        })
      )
      const fiber = yield* Effect.forkChild(planned)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.strictEqual(most, 4)
      for (const part of [planner.changes, planner.grants, planner.revocations, planner.deletions]) {
        assert.deepStrictEqual(
          part.map(({ path }) => path),
          names
        )
      }
    })
  )
})
