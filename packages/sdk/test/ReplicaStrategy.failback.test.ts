import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Logger, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HcpBody from "../src/HcpBody.ts"
import type { HcpRequest } from "../src/HcpRequest.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as Resolver from "../src/Resolver.ts"
import { always, answer, makeReplica, makeTarget, script } from "./utils/ScriptedNodes.ts"

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
      const { active, events, primary, served } = yield* setUp({ holdTime: 0 })
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

  it.effect(
    "a primary that is down every other moment makes one switch per hold time, and no write is split (row 101)",
    () =>
      Effect.gen(function* () {
        const { events, pair, primary, replica } = yield* setUp(ReplicaStrategy.readWriteOnFailover)
        const put = Effect.scoped(pair.execute({ method: "PUT", path: "/rest/a", body: HcpBody.text("x") }))
        let writes = 0
        // Down for 500 ms, up for 2500 ms: two probes in a row are always answered in between.
        for (let second = 0; second < 60; second += 3) {
          primary.isDown = true
          yield* put
          writes++
          yield* TestClock.adjust("500 millis")
          primary.isDown = false
          yield* put
          writes++
          yield* TestClock.adjust("2500 millis")
        }
        const switches = events.filter((event) => event === "FailedOver").length
        assert.isAtMost(switches, 60 / 5)
        assert.isAbove(switches, 1)
        const stored = [...primary.calls, ...replica.calls].filter((call) => call.request.method === "PUT")
        assert.strictEqual(stored.length, writes)
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
      yield* TestClock.adjust(0)
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
      const { active, primary, served } = yield* setUp({ holdTime: 0 })
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
      const primary = yield* makeTarget(always(answer(200)), {
        resolver: Resolver.layerStatic({})
      })
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
        const { message } = yield* Effect.flip(ReplicaStrategy.make(target, target, { probesToReturn }))
        assert.include(message, `probesToReturn: is ${probesToReturn}; give a whole number, 1 or more`)
      }
    })
  )
})

describe("a name that is answered by another system", () => {
  const from = (system: string) => answer(200, { "X-HCP-ServicedBySystem": system })

  it.effect("is told once for each change, with and without a replica (row 105)", () =>
    Effect.gen(function* () {
      for (const withReplica of [true, false]) {
        const primary = script(...["hcp1", "HCP1", "hcp2", "hcp2", "hcp1"].map((name) => from(`${name}.example.com`)))
        const replica = withReplica ? yield* makeReplica(always(from("hcp2.example.com"))) : undefined
        const pair = yield* ReplicaStrategy.make(yield* makeTarget(primary), replica)
        const events: Array<ReplicaStrategy.Event> = []
        yield* Effect.forkScoped(
          Stream.runForEach(pair.changes, (event) => Effect.sync(() => events.push(event))),
          { startImmediately: true }
        )
        const seen: Array<string | undefined> = []
        for (let call = 0; call < 5; call++) {
          seen.push((yield* Effect.scoped(pair.execute(get))).servicedBy)
        }
        assert.deepStrictEqual(seen.slice(2, 4), ["hcp2.example.com", "hcp2.example.com"])
        yield* TestClock.adjust("1 millis")
        const about = { _tag: "ServedByAnother", target: "n1.t1.hcp.test", role: "primary" } as const
        assert.deepStrictEqual(events, [
          { ...about, from: "HCP1.example.com", to: "hcp2.example.com" },
          { ...about, from: "hcp2.example.com", to: "hcp1.example.com" }
        ])
        assert.deepStrictEqual(primary.steps, [])
      }
    })
  )
})

describe("a replica that cannot be reached or resolved", () => {
  it.effect("does not touch calls the primary answers; its fault shows only when it is asked (row 106)", () =>
    Effect.gen(function* () {
      const primary = always(answer(200))
      const replica = yield* makeReplica(always(answer(200)), {
        resolver: Resolver.layerStatic({})
      })
      const pair = yield* ReplicaStrategy.make(yield* makeTarget(primary), replica)
      assert.strictEqual((yield* Effect.scoped(pair.execute(get))).role, "primary")
      const asked = yield* Effect.flip(pair.replica?.addresses ?? Effect.die("no replica"))
      assert.strictEqual(asked.reason._tag, "NameNotFound")
      primary.isDown = true
      const fiber = yield* Effect.forkChild(Effect.flip(Effect.scoped(pair.execute(get))))
      yield* TestClock.adjust("1 minute")
      const error = yield* Fiber.join(fiber)
      assert(error.reason._tag === "SystemsUnavailable")
      assert.include(error.reason.primary, "ECONNREFUSED")
      assert.include(error.reason.replica, "n1.t1.replica.test")
      primary.isDown = false
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Effect.scoped(pair.execute(get))).role, "primary")
    })
  )
})

describe("read-your-writes", () => {
  it.effect("after the primary is back, reads go where the last write of that object went", () =>
    Effect.gen(function* () {
      const { pair, primary } = yield* setUp({ ...ReplicaStrategy.readWriteOnFailover, holdTime: 0 })
      const write = (path: string) =>
        Effect.map(
          Effect.scoped(pair.execute({ method: "PUT", path, body: HcpBody.text("x") })),
          (response) => response.role
        )
      const read = (path: string) =>
        Effect.map(Effect.scoped(pair.execute({ method: "GET", path })), (response) => response.role)
      primary.isDown = true
      assert.strictEqual(yield* write("/rest/a"), "replica")
      primary.isDown = false
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* write("/rest/b"), "primary")
      assert.deepStrictEqual([yield* read("/rest/a"), yield* read("/rest/b")], ["replica", "primary"])
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual([yield* read("/rest/a"), yield* read("/rest/b")], ["primary", "primary"])
    })
  )
})
