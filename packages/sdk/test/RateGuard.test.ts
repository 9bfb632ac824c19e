import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as HcpClient from "../src/HcpClient.ts"
import { RateGuard } from "../src/internal/body/rateGuard.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import { always, answer, makeTarget } from "./utils/ScriptedNodes.ts"

/** Steps of so many bytes after so many milliseconds each; how many of them passed, and whether all did. */
const run = Effect.fnUntraced(function* (
  steps: ReadonlyArray<readonly [bytes: number, millis: number]>,
  pauseMillis = 0
) {
  const clock = yield* Clock.Clock
  const guard = new RateGuard({ bytesPerSecond: 100, windowMillis: 10_000 }, clock, "192.0.2.1", "answer")
  let passed = 0
  const fiber = yield* Effect.forkChild(
    Effect.forEach(steps, ([bytes, millis]) =>
      guard
        .during(Effect.as(Effect.sleep(millis), bytes), (size) => size)
        .pipe(
          Effect.tap(() => Effect.sync(() => passed++)),
          Effect.andThen(Effect.sleep(pauseMillis))
        )
    )
  )
  yield* TestClock.adjust("1 day")
  const exit = yield* Fiber.await(fiber)
  return [passed, Exit.isSuccess(exit)] as const
})

const times = <A>(count: number, value: A): ReadonlyArray<A> => Array.from({ length: count }, () => value)

describe("the minimum rate", () => {
  it.effect("lets pass what is fast enough on the average of a window", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* run(times(100, [110, 1_000])), [100, true])
      assert.deepStrictEqual(yield* run(times(20, [1_000, 9_999])), [20, true])
    })
  )

  it.effect("cuts off drips that never fall silent, at the end of the first window that had too few (row 16)", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* run(times(1_000, [1, 210])), [47, false])
      const dying = [...times(11, [110, 900] as const), ...times(60, [1, 900] as const)]
      assert.deepStrictEqual(yield* run(dying), [22, false])
      assert.deepStrictEqual(
        yield* run([
          [5_000, 1],
          [1, 100_000]
        ]),
        [1, false]
      )
    })
  )

  it.effect("does not count the time in which nobody waits for the node", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* run(times(100, [1, 0]), 60_000), [100, true])
      assert.deepStrictEqual(yield* run(times(100, [1, 1]), 60_000), [100, true])
    })
  )

  it.effect("must be a number above 0, over a time above 0", () =>
    Effect.gen(function* () {
      const nodes = always(answer(200))
      const client = HcpClient.make(yield* ReplicaStrategy.make(yield* makeTarget(nodes), undefined))
      const wrong = [
        { bytesPerSecond: 0 },
        { bytesPerSecond: -1 },
        { bytesPerSecond: Number.NaN },
        { bytesPerSecond: 1, window: 0 },
        { bytesPerSecond: 1, window: "Infinity" as const }
      ]
      for (const minRate of wrong) {
        assert.strictEqual((yield* Effect.flip(client.get("/rest/a", { minRate }))).reason._tag, "InvalidInput")
      }
      assert.strictEqual(nodes.calls.length, 0)
    })
  )
})
