import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { addressesOf, retryTaken } from "../src/internal/placement.ts"
import { SimulatorError } from "../src/SimulatorError.ts"

const taken = new SimulatorError({
  reason: "network",
  message: "taken",
  cause: Object.assign(new Error("taken"), { code: "EADDRINUSE" })
})

describe("placement", () => {
  it.effect("gives each further system the next /24, over the end of a range", () =>
    Effect.gen(function* () {
      const addresses = yield* addressesOf([
        { domain: "a", nodes: 2, firstAddress: "127.0.254.9" },
        { domain: "b", nodes: 1 },
        { domain: "c", nodes: 2 },
        { domain: "d", nodes: 1, firstAddress: "127.9.9.9" }
      ])
      assert.deepStrictEqual(addresses, [
        ["127.0.254.9", "127.0.254.10"],
        ["127.0.255.9"],
        ["127.1.0.9", "127.1.0.10"],
        ["127.9.9.9"]
      ])
    })
  )

  it.effect("tries again while ports are taken, and closes what a lost try had opened", () =>
    Effect.gen(function* () {
      const events: Array<string> = []
      let tries = 0
      const open = Effect.gen(function* () {
        const mine = ++tries
        yield* Effect.acquireRelease(
          Effect.sync(() => events.push(`open ${mine}`)),
          () => Effect.sync(() => events.push(`close ${mine}`))
        )
        return mine < 3 ? yield* taken : mine
      })
      yield* Effect.scoped(
        Effect.gen(function* () {
          assert.strictEqual(yield* retryTaken(open, true), 3)
          assert.deepStrictEqual(events, ["open 1", "close 1", "open 2", "close 2", "open 3"])
        })
      )
      assert.strictEqual(events.at(-1), "close 3")
    })
  )

  it.effect("does not try again where the port was asked for, or nothing is taken", () =>
    Effect.gen(function* () {
      let tries = 0
      const failing = (error: SimulatorError) =>
        Effect.suspend(() => {
          tries++
          return Effect.fail(error)
        })
      const other = new SimulatorError({ reason: "network", message: "no such address" })
      yield* Effect.flip(Effect.scoped(retryTaken(failing(taken), false)))
      yield* Effect.flip(Effect.scoped(retryTaken(failing(other), true)))
      assert.strictEqual(tries, 2)
    })
  )
})
