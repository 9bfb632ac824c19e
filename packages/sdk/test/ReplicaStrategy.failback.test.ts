import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Logger, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { HcpRequest } from "../src/HcpRequest.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as Resolver from "../src/Resolver.ts"
import { always, answer, makeReplica, makeTarget } from "./utils/ScriptedNodes.ts"

const get: HcpRequest = { method: "GET", path: "/rest/a" }

/** A pair whose events are kept; the primary answers until `primary.isDown`. */
const setUp = Effect.fnUntraced(function* (strategy: ReplicaStrategy.Strategy = ReplicaStrategy.readOnFailover) {
  const primary = always(answer(200))
  const replica = always(answer(200))
  const pair = yield* ReplicaStrategy.make(yield* makeTarget(primary), yield* makeReplica(replica), strategy)
  const events: Array<string> = []
  yield* Effect.forkScoped(
    Stream.runForEach(pair.changes, (event) => Effect.sync(() => events.push(event._tag))),
    { startImmediately: true }
  )
  const served = Effect.map(Effect.scoped(pair.execute(get)), (response) => response.role)
  const active = Effect.map(pair.active, (system) => system.role)
  return { primary, replica, pair, events, served, active }
})

describe("fail-over and fail-back", () => {
  it.effect("the primary is used again after two answered probes, and both changes are told", () =>
    Effect.gen(function* () {
      const { active, events, primary, served } = yield* setUp()
      assert.strictEqual(yield* served, "primary")
      primary.isDown = true
      assert.strictEqual(yield* served, "replica")
      assert.strictEqual(yield* active, "replica")
      const connects = primary.connects.length
      for (let i = 0; i < 10; i++) assert.strictEqual(yield* served, "replica")
      assert.strictEqual(primary.connects.length, connects)
      primary.isDown = false
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* served, "replica")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* served, "primary")
      assert.strictEqual(yield* active, "primary")
      assert.deepStrictEqual(events, ["FailedOver", "FailedBack"])
    })
  )

  it.effect("a primary that flaps is not used: one good probe is not enough, and the pauses grow", () =>
    Effect.gen(function* () {
      const { events, primary, served } = yield* setUp({
        ...ReplicaStrategy.readOnFailover,
        probeInterval: "1 second",
        maxProbeInterval: "4 seconds"
      })
      primary.isDown = true
      yield* served
      primary.isDown = false
      const [good, bad] = [answer(200), answer(503)]
      primary.steps = [good, bad, bad, bad, good, bad, bad, bad, good]
      primary.otherwise = bad
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(primary.steps, [])
      assert.strictEqual(yield* served, "replica")
      yield* TestClock.adjust("10 minutes")
      const before = primary.calls.length
      yield* TestClock.adjust("12 minutes")
      // Three attempts a probe, and one probe in four seconds and its own delays.
      assert.isAtMost(primary.calls.length - before, (3 * 12 * 60) / 4)
      assert.isAbove(primary.calls.length, before)
      assert.deepStrictEqual(events, ["FailedOver"])
    })
  )

  it.effect("a thousand calls that meet the outage together make one change", () =>
    Effect.gen(function* () {
      const { events, primary, served } = yield* setUp()
      primary.isDown = true
      primary.connecting = Effect.sleep("1 millis")
      const calls = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 1_000 }, () => served),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("1 second")
      const roles = yield* Fiber.join(calls)
      assert.deepStrictEqual(new Set(roles), new Set(["replica"]))
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(events, ["FailedOver"])
    })
  )

  it.effect("answers that arrive while the primary goes down cost a delay, not the call", () =>
    Effect.gen(function* () {
      const { primary, served } = yield* setUp()
      primary.steps = [() => Effect.as(Effect.sleep("1500 millis"), answer(200))]
      const slow = yield* Effect.forkChild(served, { startImmediately: true })
      primary.connecting = Effect.sleep("1 second")
      const fiber = yield* Effect.forkChild(served, { startImmediately: true })
      primary.dead.add("192.0.2.1").add("192.0.2.2").add("192.0.2.3").add("192.0.2.4")
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* Fiber.join(slow), "primary")
      assert.strictEqual(yield* Fiber.join(fiber), "replica")
    })
  )

  it.effect("a call that is interrupted at the switch leaves the probing to others", () =>
    Effect.gen(function* () {
      const { active, primary, served } = yield* setUp()
      primary.isDown = true
      const interrupting = Logger.make(({ fiber, message }) => {
        if (String(message).includes("the replica takes over")) fiber.interruptUnsafe()
      })
      const fiber = yield* Effect.forkChild(Effect.provide(served, Logger.layer([interrupting])))
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
      assert.strictEqual(yield* served, "replica")
      primary.isDown = false
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* active, "primary")
    })
  )

  it.effect("a name that cannot be resolved is an outage too", () =>
    Effect.gen(function* () {
      const primary = yield* makeTarget(always(answer(200)), { resolver: Resolver.layerStatic({}) })
      const pair = yield* ReplicaStrategy.make(primary, yield* makeReplica(always(answer(200))))
      assert.strictEqual((yield* pair.execute(get)).role, "replica")
    })
  )
})

describe("without a use for the replica", () => {
  it.effect("nothing is switched and nothing is said to take over", () =>
    Effect.gen(function* () {
      const { active, events, primary, replica, served } = yield* setUp(ReplicaStrategy.primaryOnly)
      primary.isDown = true
      const fiber = yield* Effect.forkChild(Effect.exit(served))
      yield* TestClock.adjust("1 minute")
      assert.isTrue(Exit.isFailure(yield* Fiber.join(fiber)))
      assert.strictEqual(yield* active, "primary")
      assert.deepStrictEqual(events, [])
      assert.strictEqual(replica.calls.length, 0)
    })
  )

  it.effect("probesToReturn must be a count", () =>
    Effect.gen(function* () {
      const target = yield* makeTarget(always(answer(200)))
      for (const probesToReturn of [0, -1, 1.5, Number.NaN]) {
        const exit = yield* Effect.exit(ReplicaStrategy.make(target, target, { probesToReturn }))
        assert.match(String(Exit.isFailure(exit) ? exit.cause : ""), /probesToReturn must be an integer >= 1/)
      }
    })
  )
})
