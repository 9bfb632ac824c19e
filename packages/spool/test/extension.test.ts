import { assert, describe, it } from "@effect/vitest"
import { Namespace, Retention } from "@effect-hcp/sdk"
import { Simulation } from "@effect-hcp/simulator"
import { DateTime, Deferred, Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Spool } from "../src/index.ts"
import { inTime, next, opened, System, spooled, temporaryDirectory } from "./spooled.ts"

const day = (number: number) => DateTime.makeUnsafe(number * 24 * 3_600_000)

const retentionOf = (path: string) =>
  Effect.flatMap(Namespace.Namespace, (ns) => Effect.map(ns.head(path), ({ retention }) => retention.value))

/** Its process dies when HCP has done it, and nobody here has learned of it; the next one goes on. Gives what is parked. */
const killed = Effect.fnUntraced(function* (change: (spool: Spool.Shape) => Effect.Effect<unknown, Spool.WriteError>) {
  const ns = yield* Namespace.Namespace
  const directory = yield* temporaryDirectory
  const done = yield* Deferred.make<void>()
  const dying = Namespace.Namespace.of({
    ...ns,
    modify: (path, changes, options) =>
      Effect.andThen(ns.modify(path, changes, options), Effect.andThen(Deferred.succeed(done, undefined), Effect.never))
  })
  yield* opened(directory, (spool) => Effect.andThen(change(spool), Deferred.await(done))).pipe(
    Effect.provideService(Namespace.Namespace, dying)
  )
  return yield* opened(directory, (spool) => Effect.andThen(spool.drain, Stream.runCollect(spool.parked)))
})

const extend = (spool: Spool.Shape) => spool.modify("/a", { retention: Retention.extendBy({ days: 1 }) })

describe("a retention that is to be extended", () => {
  it.effect("is not uncertain where HCP cannot be reached at first", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { faults } = yield* Simulation.Simulation
      yield* ns.put("/a", "text", { retention: Retention.until(day(1)) })
      const { spool } = yield* spooled()
      const receipt = yield* Effect.scoped(
        Effect.gen(function* () {
          yield* faults.during({ fault: "refuse" })
          const isAway = yield* next(spool, "Away")
          const receipt = yield* spool.modify("/a", { retention: Retention.extendBy({ days: 1 }) })
          yield* isAway
          return receipt
        })
      )
      yield* TestClock.adjust("2 seconds")
      yield* spool.await(receipt)
      assert.deepStrictEqual(yield* retentionOf("/a"), Retention.until(day(2)))
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("is extended once, though the process died before it knew", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* ns.put("/a", "text", { retention: Retention.until(day(1)) })
      assert.deepStrictEqual(yield* killed(extend), [])
      assert.deepStrictEqual(yield* retentionOf("/a"), Retention.until(day(2)))
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("is parked where the object had no date to count from, and has one after the process died", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* ns.put("/a", "text")
      const parked = yield* killed(extend)
      const after = yield* retentionOf("/a")
      assert.deepStrictEqual(
        parked.map(({ parked }) => parked?.reason),
        ["Uncertain"]
      )
      assert.strictEqual(after?._tag, "Until")
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("is extended once in the mode whenAway, where the answer is lost", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { faults } = yield* Simulation.Simulation
      for (const at of ["/a", "/b"]) yield* ns.put(at, "text", { retention: Retention.until(day(1)) })
      const { spool } = yield* spooled({ mode: "whenAway" })
      yield* spool.pause
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* faults.during({ fault: "loseAnswer", methods: ["POST"] })
          yield* inTime(extend(spool))
          yield* inTime(spool.namespace.modify("/b", { retention: Retention.extendBy({ days: 1 }) }))
        })
      )
      assert.strictEqual((yield* spool.stats).entries, 2)
      yield* spool.resume
      yield* spool.drain
      assert.deepInclude(yield* spool.stats, { entries: 0, parked: 0 })
      for (const at of ["/a", "/b"]) assert.deepStrictEqual(yield* retentionOf(at), Retention.until(day(2)))
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("is parked where no date can be written, and is counted by HCP where it counts from now", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* ns.put("/a", "text", { retention: Retention.until(day(1)) })
      const { spool } = yield* spooled()
      yield* spool.modify("/a", { retention: Retention.extendBy({ years: 9999 }) })
      const receipt = yield* spool.put("/b", "text", { retention: Retention.fromNow({ years: 9999 }) })
      yield* spool.drain
      const parked = yield* Stream.runCollect(spool.parked)
      assert.deepStrictEqual(
        parked.map(({ parked, path }) => [path, parked?.reason]),
        [["/a", "InvalidInput"]]
      )
      yield* spool.await(receipt)
      assert.strictEqual((yield* retentionOf("/b"))?._tag, "Until")
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})
