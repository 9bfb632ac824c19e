import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schedule } from "effect"
import { Busy, CannotConnect, type Reached, type Reason, ServerError } from "../src/HcpError.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import { withRandom } from "./utils/ScriptedNodes.ts"

const refused = new CannotConnect({ address: "192.0.2.1", port: 443, code: "ECONNREFUSED" })
const failed = new ServerError({ status: 500 })
const busy = (retryAfter?: Duration.Input) =>
  new Busy({ status: 503, retryAfter: retryAfter === undefined ? undefined : Duration.fromInputUnsafe(retryAfter) })

/** The delays, in milliseconds, before the attempts after these failures. */
const delays = (random: number, ...reasons: ReadonlyArray<Reason>) =>
  Effect.gen(function* () {
    const next = yield* Schedule.toStep(RetryPolicy.fullJitter)
    const millis: Array<number> = []
    for (const reason of reasons) {
      const [, delay] = yield* next(0, { reason })
      millis.push(Duration.toMillis(delay))
    }
    return millis
  }).pipe(withRandom(random))

describe("fullJitter", () => {
  it.effect("is a random part of a base that doubles, 100 ms, and 500 ms when HCP is busy", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* delays(1, failed, failed, failed), [100, 200, 400])
      assert.deepStrictEqual(yield* delays(0.5, failed, failed, refused), [50, 100, 200])
      assert.deepStrictEqual(yield* delays(0, failed, failed), [0, 0])
      assert.deepStrictEqual(yield* delays(0.5, busy(), busy(), failed), [250, 500, 200])
    })
  )

  it.effect("never exceeds 20 seconds", () =>
    Effect.gen(function* () {
      const millis = yield* delays(1, ...Array.from({ length: 40 }, () => busy()))
      assert.strictEqual(Math.max(...millis), 20_000)
      assert.strictEqual(millis.at(-1), 20_000)
    })
  )

  it.effect("is made longer by Retry-After, by 5 seconds at most, and never shorter", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* delays(0.5, busy("2 seconds")), [2_000])
      assert.deepStrictEqual(yield* delays(0.5, busy("1 hour")), [5_250])
      assert.deepStrictEqual(yield* delays(0.5, busy(0)), [250])
      assert.deepStrictEqual(yield* delays(0.5, busy("100 millis")), [250])
    })
  )
})

describe("mayRepeat", () => {
  const ask = (method: string, reached: Reached, rest: { replayable?: boolean; idempotent?: boolean } = {}) =>
    RetryPolicy.mayRepeat({
      method,
      reached,
      replayable: rest.replayable ?? true,
      idempotent: rest.idempotent
    })

  it("repeats whatever was not sent", () => {
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "POST"]) assert.strictEqual(ask(method, "nothing"), "yes")
    assert.strictEqual(ask("PUT", "nothing", { idempotent: false }), "yes")
  })

  it("repeats what was sent by the effect of its method, unless the caller knows better", () => {
    for (const reached of ["request", "answer"] as const) {
      for (const method of ["GET", "HEAD", "PUT", "DELETE"]) assert.strictEqual(ask(method, reached), "yes")
      assert.strictEqual(ask("POST", reached), "unsafe")
      assert.strictEqual(ask("POST", reached, { idempotent: true }), "yes")
      assert.strictEqual(ask("PUT", reached, { idempotent: false }), "unsafe")
    }
  })

  it("never sends half a body again", () => {
    for (const reached of ["nothing", "request", "answer"] as const) {
      assert.strictEqual(ask("PUT", reached, { replayable: false, idempotent: true }), "bodyIsGone")
    }
  })
})

describe("the budget", () => {
  it("pays 10 for a failure and 5 for a busy HCP, and gets one back for each success", () => {
    const budget = RetryPolicy.makeBudget(RetryPolicy.make({ budget: 25 }))
    assert.isTrue(budget.take(failed))
    assert.isTrue(budget.take(busy()))
    assert.isTrue(budget.take(failed))
    assert.strictEqual(budget.tokens(), 0)
    assert.isFalse(budget.take(busy()))
    for (let i = 0; i < 9; i++) budget.credit()
    assert.isFalse(budget.take(failed))
    budget.credit()
    assert.isTrue(budget.take(failed))
    for (let i = 0; i < 100; i++) budget.credit()
    assert.strictEqual(budget.tokens(), 25)
  })

  it("is switched off by 0", () => {
    const budget = RetryPolicy.makeBudget(RetryPolicy.make({ budget: 0 }))
    for (let i = 0; i < 1_000; i++) assert.isTrue(budget.take(failed))
  })
})

describe("make", () => {
  it("has the documented defaults", () => {
    assert.deepStrictEqual(
      [RetryPolicy.defaults.attempts, RetryPolicy.defaults.budget, RetryPolicy.never.attempts],
      [3, 500, 1]
    )
  })

  it("refuses what makes no sense", () => {
    for (const attempts of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => RetryPolicy.make({ attempts }), RangeError, /attempts: is .*; give a whole number, 1 or more/)
    }
    for (const budget of [-1, 0.5, Number.NaN]) {
      assert.throws(() => RetryPolicy.make({ budget }), RangeError, /budget: is .*; give a whole number, 0 or more/)
    }
  })
})
