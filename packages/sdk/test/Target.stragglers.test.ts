import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import { always, answer, makeTarget } from "./utils/ScriptedNodes.ts"

const address = "192.0.2.1"

describe("an attempt that ends late", () => {
  it.effect("does not eject a node that was ejected and is back since it began (row 21)", () =>
    Effect.gen(function* () {
      const nodes = always(answer(200))
      const target = yield* makeTarget(nodes, { addresses: [address], retry: RetryPolicy.never })
      const get = Effect.scoped(target.execute({ method: "GET", path: "/rest/a" }))
      const status = Effect.map(target.nodes.health, ([health]) => health?.status)

      const gate = yield* Deferred.make<void>()
      nodes.connecting = Deferred.await(gate)
      // What it opens belongs to the pool, and outlives it.
      const straggler = yield* Effect.forkScoped(get, { startImmediately: true })
      yield* TestClock.adjust("10 millis")
      yield* Fiber.interrupt(straggler)
      nodes.connecting = Effect.void
      nodes.dead.add(address)
      yield* Effect.forkScoped(Effect.exit(get), { startImmediately: true })
      const failing = yield* Effect.forkScoped(Effect.exit(get), { startImmediately: true })
      yield* TestClock.adjust("10 millis")
      assert.strictEqual(yield* status, "ejected")

      nodes.dead.clear()
      yield* TestClock.adjust("1 second")
      yield* get
      assert.strictEqual(yield* status, "healthy")

      nodes.dead.add(address)
      yield* Deferred.succeed(gate, undefined)
      yield* TestClock.adjust("10 millis")
      yield* Fiber.await(failing)
      assert.strictEqual(yield* status, "healthy")
    })
  )
})
