import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, MutableRef, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as Credentials from "../src/Credentials.ts"
import type { HcpRequest, Method } from "../src/HcpRequest.ts"
import type * as Target from "../src/Target.ts"
import { answer, lost, makeTarget, script } from "./utils/ScriptedNodes.ts"

const request = (method: Method): HcpRequest => ({ method, path: "/rest/a" })

/** The status of one call; time passes as the call needs it. */
const run = (target: Target.Shape, call: HcpRequest) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.scoped(Effect.map(target.execute(call), ({ status }) => status)))
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

describe("credentials", () => {
  const rotating = (refresh: boolean) => {
    const asked = MutableRef.make(0)
    const layer = Credentials.layerEffect(
      Effect.sync(() => [["Authorization", Redacted.make(`token ${MutableRef.incrementAndGet(asked)}`)] as const]),
      { refresh: Effect.succeed(refresh) }
    )
    return { asked, layer }
  }

  it.effect("are asked once per attempt", () =>
    Effect.gen(function* () {
      const { asked, layer } = rotating(false)
      const nodes = script(lost, answer(503), answer(200))
      const target = yield* makeTarget(nodes, { credentials: layer })
      yield* run(target, request("GET"))
      assert.strictEqual(asked.current, 3)
      assert.deepStrictEqual(
        nodes.calls.map((call) => call.header("authorization")),
        ["token 1", "token 2", "token 3"]
      )
    })
  )

  it.effect("are refreshed once after 401 and 403, even for a POST; the node is not blamed", () =>
    Effect.gen(function* () {
      for (const status of [401, 403]) {
        const nodes = script(answer(status), answer(200))
        const target = yield* makeTarget(nodes, { credentials: rotating(true).layer })
        assert.strictEqual(yield* run(target, request("POST")), 200)
        const health = yield* target.nodes.health
        assert.isTrue(health.every((node) => node.consecutiveFailures === 0))
        const refused = script(answer(status), answer(status))
        const other = yield* makeTarget(refused, { credentials: rotating(true).layer })
        assert.strictEqual(yield* run(other, request("GET")), status)
      }
      const nodes = script(answer(403))
      const target = yield* makeTarget(nodes, { credentials: rotating(false).layer })
      assert.strictEqual(yield* run(target, request("GET")), 403)
    })
  )

  it.effect("of one request stand in place of the target's, and are not refreshed", () =>
    Effect.gen(function* () {
      const { asked, layer } = rotating(true)
      const nodes = script(answer(403), answer(200))
      const target = yield* makeTarget(nodes, { credentials: layer })
      const own = [["Authorization", Redacted.make("token of another")]] as const
      assert.strictEqual(yield* run(target, { ...request("GET"), credentials: own }), 403)
      assert.strictEqual(asked.current, 0)
      assert.strictEqual(yield* run(target, request("GET")), 200)
      assert.deepStrictEqual(
        nodes.calls.map((call) => call.header("authorization")),
        ["token of another", "token 1"]
      )
    })
  )
})
