import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as FaultyNodes from "../utils/ScriptedNodes.ts"

const { answer, fourNodes, lost, makeTarget, script, withRandom } = FaultyNodes

describe("A node that goes up and down every second", () => {
  it.effect("for ten minutes: no call fails, and fewer than 1 % meet it while it is down (row 19)", () =>
    Effect.gen(function* () {
      const nodes = FaultyNodes.always(answer(200))
      const target = yield* makeTarget(nodes).pipe(withRandom(0.5))
      const [flapping = ""] = fourNodes
      let second = 0
      let again = 0
      let calls = 0
      for (; second < 600; second++) {
        if (second % 2 === 1) nodes.dead.add(flapping)
        else nodes.dead.delete(flapping)
        for (let i = 0; i < 20; i++) {
          const { attempts, status } = yield* Effect.scoped(target.execute({ method: "GET", path: "/rest/a" }))
          assert.strictEqual(status, 200)
          calls++
          if (attempts > 1) again++
          yield* TestClock.adjust("50 millis")
        }
      }
      assert.strictEqual(calls, 12_000)
      assert.isAtLeast(again, 1)
      assert.isBelow(again, 120)
      // It still serves in between: nobody is left out for good.
      assert.isAbove(nodes.nodes.filter((node) => node === flapping).length, 50)
    }).pipe(withRandom(0.5))
  )
})

describe("A list of what the nodes do", () => {
  const cases: ReadonlyArray<{
    readonly name: string
    readonly steps: ReadonlyArray<FaultyNodes.Step>
    readonly method?: "GET" | "PUT" | "POST" | "DELETE"
    readonly outcome: string
    readonly seconds?: readonly [number, number]
  }> = [
    { name: "[200]", steps: [answer(200)], outcome: "200 after 1" },
    {
      name: "[503, 200]: with a delay in the window of the first retry",
      steps: [answer(503), answer(200)],
      outcome: "200 after 2",
      seconds: [0, 0.5]
    },
    {
      name: "[503, 503, 200]",
      steps: [answer(503), answer(503), answer(200)],
      outcome: "200 after 3",
      seconds: [0, 1.5]
    },
    { name: "[503, 400]", steps: [answer(503), answer(400)], outcome: "400 after 2" },
    { name: "[reset, 401]", steps: [lost, answer(401)], outcome: "401 after 2" },
    {
      name: "[429 with Retry-After: 2, 200]",
      steps: [answer(429, { "Retry-After": "2" }), answer(200)],
      outcome: "200 after 2",
      seconds: [2, 2.5]
    },
    {
      name: "[503 with Retry-After: 1e9, 200]: never more than 5 seconds longer",
      steps: [answer(503, { "Retry-After": "1000000000" }), answer(200)],
      outcome: "200 after 2",
      seconds: [5, 5.5]
    },
    {
      name: "[503 with Retry-After: soon, 200]: ignored",
      steps: [answer(503, { "Retry-After": "soon" }), answer(200)],
      outcome: "200 after 2",
      seconds: [0, 0.5]
    },
    { name: "[500, 502, 504]", steps: [answer(500), answer(502), answer(504)], outcome: "504 after 3" },
    { name: "[reset, reset, reset]", steps: [lost, lost, lost], outcome: "ConnectionLost after 3" },
    { name: "PUT [reset, 201]", steps: [lost, answer(201)], method: "PUT", outcome: "201 after 2", seconds: [0, 0] },
    { name: "DELETE [reset, 200]", steps: [lost, answer(200)], method: "DELETE", outcome: "200 after 2" },
    { name: "POST [reset]", steps: [lost], method: "POST", outcome: "ConnectionLost after 1" },
    { name: "POST [503]", steps: [answer(503)], method: "POST", outcome: "503 after 1" }
  ]
  for (const { method = "GET", name, outcome, seconds, steps } of cases) {
    it.effect(`${name} (rows 43 to 47, 56)`, () =>
      Effect.gen(function* () {
        const nodes = script(...steps)
        const target = yield* makeTarget(nodes)
        const fiber = yield* Effect.forkChild(
          Effect.scoped(target.execute({ method, path: "/rest/a" })).pipe(
            Effect.map(({ attempts, status }) => `${status} after ${attempts}`),
            Effect.catch((error) => Effect.succeed(`${error.reason._tag} after ${error.failedAttempts.length + 1}`))
          )
        )
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* Fiber.join(fiber), outcome)
        assert.deepStrictEqual(nodes.steps, [])
        assert.strictEqual(new Set(nodes.nodes).size, nodes.calls.length)
        const last = (nodes.calls.at(-1)?.at ?? 0) / 1_000
        if (seconds !== undefined) assert.isTrue(seconds[0] <= last && last <= seconds[1], `${last}`)
      })
    )
  }
})
