import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as HcpClient from "../src/HcpClient.ts"
import { RateMeter } from "../src/internal/body/rateMeter.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import { always, answer, makeTarget } from "./utils/ScriptedNodes.ts"

/** Steps of so many bytes after so many milliseconds each; how many of them passed, and whether all did. */
const run = (steps: ReadonlyArray<readonly [bytes: number, millis: number]>, pauseMillis = 0) => {
  const meter = new RateMeter({ bytesPerSecond: 100, windowMillis: 10_000 })
  let now = 0
  let passed = 0
  for (const [bytes, millis] of steps) {
    meter.wait(now)
    const until = now + millis
    while (meter.due < until) {
      now = meter.due
      if (meter.isTooSlow(now)) return [passed, false]
    }
    now = until
    meter.moved(bytes)
    meter.rest(now)
    passed++
    now += pauseMillis
  }
  return [passed, true]
}

const times = <A>(count: number, value: A): ReadonlyArray<A> => Array.from({ length: count }, () => value)

describe("the minimum rate", () => {
  it("lets pass what is fast enough on the average of a window", () => {
    assert.deepStrictEqual(run(times(100, [110, 1_000])), [100, true])
    assert.deepStrictEqual(run(times(20, [1_000, 9_999])), [20, true])
  })

  it("cuts off drips that never fall silent, at the end of the first window that had too few (row 16)", () => {
    assert.deepStrictEqual(run(times(1_000, [1, 210])), [47, false])
    const dying = [...times(11, [110, 900] as const), ...times(60, [1, 900] as const)]
    assert.deepStrictEqual(run(dying), [22, false])
    assert.deepStrictEqual(
      run([
        [5_000, 1],
        [1, 100_000]
      ]),
      [1, false]
    )
  })

  it("does not count the time in which nobody waits for the node", () => {
    assert.deepStrictEqual(run(times(100, [1, 0]), 60_000), [100, true])
    assert.deepStrictEqual(run(times(100, [1, 1]), 60_000), [100, true])
  })

  it.effect("must be a number above 0, over a time above 0", () =>
    Effect.gen(function* () {
      const nodes = always(answer(200))
      const client = HcpClient.make(yield* ReplicaStrategy.make(yield* makeTarget(nodes), undefined))
      const wrong = [
        { bytesPerSecond: 0 },
        { bytesPerSecond: -1 },
        { bytesPerSecond: Number.NaN },
        { bytesPerSecond: Number.POSITIVE_INFINITY },
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
