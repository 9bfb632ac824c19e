import { assert, describe, it } from "@effect/vitest"
import { Namespace } from "@effect-hcp/sdk"
import { Namespace as Fake } from "@effect-hcp/sdk/testing"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { System, spooled } from "./spooled.ts"

describe("writes that are pending", () => {
  it.effect("show as HCP will have them, where the second of two is refused", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { spool } = yield* spooled({ paused: true })
      yield* spool.put("/a", "one")
      yield* spool.put("/a", "two")
      yield* spool.put("/a", "three", { ifExists: "skip" })
      assert.strictEqual((yield* spool.get("/a")).text, "one")
      yield* spool.resume
      yield* spool.drain
      assert.strictEqual((yield* ns.get("/a")).text, "one")
      assert.deepInclude(yield* spool.stats, { entries: 2, parked: 1 })
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("of a directory are waited for, and not those that are accepted meanwhile", () =>
    Effect.gen(function* () {
      const answer = yield* Deferred.make<void>()
      const { spool } = yield* spooled().pipe(
        Effect.provide(
          Fake.layerTest({
            put: (path) => (path === "/d/first" ? Effect.as(Deferred.await(answer), Fake.makeStored()) : Effect.never),
            deleteTree: () => Stream.empty
          })
        )
      )
      yield* spool.put("/d/first", "x")
      const deleting = yield* Effect.forkChild(Stream.runDrain(spool.namespace.deleteTree("/d")), {
        startImmediately: true
      })
      yield* spool.put("/d/later", "x")
      assert.isUndefined(deleting.pollUnsafe())
      yield* Deferred.succeed(answer, undefined)
      yield* Fiber.join(deleting)
      assert.strictEqual((yield* spool.stats).entries, 1)
    }).pipe(Effect.scoped)
  )
})
