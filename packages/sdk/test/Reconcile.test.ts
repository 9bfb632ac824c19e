import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Struct } from "effect"
import { openRefusals, reconcile } from "../src/Reconcile.ts"

const statuses = [200, 201, 204, 302, 400, 401, 403, 404, 409, 410, 412, 416, 500, 503]

describe("a refusal after an attempt whose answer was lost", () => {
  it.effect("is looked into where the write itself may have caused it, and nowhere else", () =>
    Effect.gen(function* () {
      for (const write of Struct.keys(openRefusals)) {
        for (const status of statuses) {
          for (const retriedAfterAmbiguousFailure of [true, false]) {
            let lookedUp = 0
            const made = Effect.sync(() => {
              lookedUp++
              return "made"
            })
            const reply = { status, retriedAfterAmbiguousFailure }
            const isOpen = retriedAfterAmbiguousFailure && openRefusals[write].includes(status)
            const outcome = yield* reconcile(write, reply, made, Effect.succeed("as answered"))
            assert.strictEqual(outcome, isOpen ? "made" : "as answered", `${write} ${status}`)
            assert.strictEqual(lookedUp, isOpen ? 1 : 0)
          }
        }
      }
    })
  )

  it.effect("stays where nothing of the write is found, and a look that fails is the error", () =>
    Effect.gen(function* () {
      const reply = { status: 409, retriedAfterAmbiguousFailure: true }
      const refused = Effect.fail("refused")
      assert.deepStrictEqual(
        yield* Effect.exit(reconcile("put", reply, Effect.succeed(undefined), refused)),
        Exit.fail("refused")
      )
      assert.deepStrictEqual(
        yield* Effect.exit(reconcile("put", reply, Effect.fail("unknown"), refused)),
        Exit.fail("unknown")
      )
    })
  )
})
