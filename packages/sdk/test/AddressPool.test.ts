import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Layer, Random, Schema, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as AddressPool from "../src/AddressPool.ts"
import * as Resolver from "../src/Resolver.ts"
import { addressesOf, fqdn, makePool } from "./utils/ScriptedResolver.ts"

type Pool = AddressPool.AddressPool["Service"]
type Node = AddressPool.NodeAddress

const none: ReadonlySet<Node> = new Set()
const answered: AddressPool.Outcome = { _tag: "Answered" }
const connectFailed: AddressPool.Outcome = { _tag: "ConnectFailed" }
const exchangeFailed: AddressPool.Outcome = { _tag: "ExchangeFailed" }
const serverError: AddressPool.Outcome = { _tag: "ServerError" }

const times = (count: number) => Array.from({ length: count }, (_, index) => index)

/** Takes nodes and lets them answer; how often each one was taken. */
const shares = Effect.fnUntraced(function* (pool: Pool, calls: number) {
  const counts = new Map<string, number>()
  for (const _ of times(calls)) {
    const node = yield* pool.next(none)
    yield* pool.report(node, answered)
    counts.set(node.address, (counts.get(node.address) ?? 0) + 1)
  }
  return counts
})

/** Goes around until the node at this address is next. */
const take = Effect.fnUntraced(function* (pool: Pool, address: string) {
  const all = yield* pool.addresses
  return yield* pool.next(new Set(all.filter((node) => node.address !== address)))
})

const failInARow = Effect.fnUntraced(function* (pool: Pool, node: Node, count: number) {
  for (const index of times(count)) yield* pool.report(node, index % 2 === 0 ? serverError : exchangeFailed)
})

const statusOf = (pool: Pool, address: string) =>
  Effect.map(pool.health, (all) => all.find((one) => one.node.address === address)?.status)

const outNodes = (pool: Pool) =>
  Effect.map(pool.health, (all) => all.filter((one) => one.status !== "healthy").map((one) => one.node.address))

const ejectedFor = (pool: Pool, address: string) =>
  Effect.map(pool.health, (all) => all.find((one) => one.node.address === address)?.ejectedFor ?? Duration.zero)

const ejectedSeconds = (pool: Pool, address: string) => Effect.map(ejectedFor(pool, address), Duration.toSeconds)

const outlast = (pool: Pool, address: string) => Effect.flatMap(ejectedFor(pool, address), TestClock.adjust)

/** An effect that gives what changed since it ran last. */
const collectEvents = (pool: Pool) => {
  const events: Array<AddressPool.AddressPoolEvent> = []
  return pool.changes.pipe(
    Stream.runForEach((event) => Effect.sync(() => events.push(event))),
    Effect.forkScoped({ startImmediately: true }),
    Effect.as(
      Effect.sync(() =>
        events.splice(0).map((event) => ("node" in event ? `${event._tag} ${event.node.address}` : event._tag))
      )
    )
  )
}

/** Lets fibers that are ready run. */
const settle = TestClock.adjust(0)

describe("AddressPool: turns", () => {
  it.effect("every node gets the same share (row 20)", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(4))
      for (const count of (yield* shares(pool, 40_000)).values()) assert.strictEqual(count, 10_000)
    })
  )

  it.effect("the share of an ejected node goes to all others, not to its successor (row 20)", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(4))
      yield* shares(pool, 3)
      yield* pool.report(yield* take(pool, "10.0.0.2"), connectFailed)
      const counts = yield* shares(pool, 30_000)
      assert.isFalse(counts.has("10.0.0.2"))
      for (const count of counts.values()) assert.isTrue(Math.abs(count - 10_000) <= 1, String([...counts]))
    })
  )

  it.effect("many fibers at once share evenly too", () =>
    Effect.gen(function* () {
      const { pool, zone } = yield* makePool(addressesOf(4))
      const taken = yield* Effect.forEach(times(1000), () => Effect.andThen(Effect.yieldNow, pool.next(none)), {
        concurrency: "unbounded"
      })
      const counts = new Map<Node, number>()
      for (const node of taken) counts.set(node, (counts.get(node) ?? 0) + 1)
      assert.deepStrictEqual([...counts.values()], [250, 250, 250, 250])
      assert.strictEqual(zone.queries, 1)
    })
  )

  it.effect("pools start at different nodes", () =>
    Effect.gen(function* () {
      const first = new Set<string>()
      for (const _ of times(60)) {
        const { pool } = yield* makePool(addressesOf(4))
        first.add((yield* pool.next(none)).address)
      }
      assert.strictEqual(first.size, 4)
    }).pipe(Random.withSeed("start"))
  )

  it.effect("a call gets every node once, then starts over", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(4))
      const tried = new Set<Node>()
      for (const _ of times(4)) tried.add(yield* pool.next(tried))
      assert.strictEqual(tried.size, 4)
      assert.isTrue(tried.has(yield* pool.next(tried)))
    })
  )

  it.effect("one of four nodes is dead: one call needs a second node, then only probes do (row 1)", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(4))
      let second = 0
      for (const _ of times(2000)) {
        const tried = new Set<Node>()
        for (let node = yield* pool.next(tried); ; node = yield* pool.next(tried)) {
          tried.add(node)
          const dead = node.address === "10.0.0.3"
          yield* pool.report(node, dead ? connectFailed : answered)
          if (!dead) break
          second++
        }
        yield* TestClock.adjust("30 millis")
      }
      // 60 seconds: probes after 1, 2, 4, 8, 16 and 30 seconds, less the jitter.
      assert.isTrue(second >= 5 && second <= 8, `${second} second attempts`)
    })
  )
})

describe("AddressPool: health", () => {
  it.effect("a failed connect ejects for 1 second, doubling to 30, and a success ends it (row 19)", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(2))
      yield* pool.next(none)
      const durations: Array<number> = []
      for (const _ of times(8)) {
        yield* pool.report(yield* take(pool, "10.0.0.1"), connectFailed)
        durations.push(yield* ejectedSeconds(pool, "10.0.0.1"))
        yield* outlast(pool, "10.0.0.1")
      }
      for (const [index, most] of [1, 2, 4, 8, 16, 30, 30, 30].entries()) {
        const actual = durations[index] ?? 0
        assert.isTrue(actual > most * 0.79 && actual <= most, `${actual} of at most ${most}`)
      }
      yield* pool.report(yield* take(pool, "10.0.0.1"), answered)
      assert.strictEqual(yield* statusOf(pool, "10.0.0.1"), "healthy")
    })
  )

  it.effect("a node that goes up and down is out longer and longer; good health is forgiving (row 19)", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(2))
      yield* pool.next(none)
      const fail = Effect.gen(function* () {
        yield* pool.report(yield* take(pool, "10.0.0.1"), connectFailed)
        return yield* ejectedSeconds(pool, "10.0.0.1")
      })
      for (const _ of times(4)) {
        yield* fail
        yield* outlast(pool, "10.0.0.1")
        yield* pool.report(yield* take(pool, "10.0.0.1"), answered)
        yield* TestClock.adjust("1 second")
      }
      assert.isAbove(yield* fail, 12)
      yield* TestClock.adjust("16 seconds")
      yield* pool.report(yield* take(pool, "10.0.0.1"), answered)
      yield* TestClock.adjust("5 minutes")
      assert.isAtMost(yield* fail, 1)
    })
  )

  it.effect("five other failures in a row eject for n times 30 seconds, to 300 (row 4)", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(4))
      const node = yield* pool.next(none)
      yield* failInARow(pool, node, 4)
      yield* pool.report(node, answered)
      yield* failInARow(pool, node, 4)
      assert.deepStrictEqual(yield* outNodes(pool), [])
      yield* pool.report(node, exchangeFailed)
      for (const expected of [30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300]) {
        assert.strictEqual(yield* ejectedSeconds(pool, node.address), expected)
        yield* TestClock.adjust(Duration.seconds(expected))
        assert.strictEqual(yield* pool.next(none), node)
        yield* pool.report(node, serverError)
      }
    })
  )

  it.effect("failures in a row never put out more than half; failed connects may put out all (row 18)", () =>
    Effect.gen(function* () {
      for (const [count, most] of [
        [1, 0],
        [2, 1],
        [3, 1],
        [4, 2],
        [5, 2]
      ] as const) {
        const { pool } = yield* makePool(addressesOf(count))
        yield* pool.next(none)
        for (const node of yield* pool.addresses) yield* failInARow(pool, node, 20)
        assert.lengthOf(yield* outNodes(pool), most, `of ${count}`)
        for (const node of yield* pool.addresses) yield* pool.report(node, connectFailed)
        assert.lengthOf(yield* outNodes(pool), count)
      }
    })
  )

  it.effect("all are out: they are used anyway, in turn, and the first success brings one back (row 18)", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(4))
      yield* pool.next(none)
      for (const node of yield* pool.addresses) yield* pool.report(node, connectFailed)
      const taken = new Set<Node>()
      for (const _ of times(4)) taken.add(yield* pool.next(none))
      assert.strictEqual(taken.size, 4)
      const node = yield* pool.next(none)
      yield* pool.report(node, answered)
      assert.strictEqual(yield* statusOf(pool, node.address), "healthy")
      for (const _ of times(5)) assert.strictEqual(yield* pool.next(none), node)
    })
  )

  it.effect("three of four are out and the fourth is tried: an ejected one is used (row 18)", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(4))
      const healthy = yield* pool.next(none)
      const others = (yield* pool.addresses).filter((node) => node !== healthy)
      for (const node of others) yield* pool.report(node, connectFailed)
      assert.strictEqual(yield* pool.next(none), healthy)
      assert.include(others, yield* pool.next(new Set([healthy])))
    })
  )

  it.effect("a success from before the ejection does not end it", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(4))
      const node = yield* pool.next(none)
      yield* pool.report(node, connectFailed)
      yield* pool.report(node, answered)
      assert.strictEqual(yield* statusOf(pool, node.address), "ejected")
    })
  )

  it.effect("one request probes when the ejection is over; the others wait for its outcome (row 17)", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(4))
      const node = yield* pool.next(none)
      yield* pool.report(node, connectFailed)
      yield* TestClock.adjust("1 second")
      const taken: Array<Node> = []
      for (const _ of times(1000)) taken.push(yield* pool.next(none))
      assert.deepStrictEqual(
        taken.flatMap((one, index) => (one === node ? [index] : [])),
        [0]
      )
      assert.strictEqual(yield* statusOf(pool, node.address), "probing")
      yield* pool.report(node, answered)
      const counts = yield* shares(pool, 400)
      assert.strictEqual(counts.get(node.address), 100)
    })
  )

  it.effect("a probe without an outcome is given up, and the next request probes", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(4), { health: { probeTimeout: "10 seconds" } })
      const node = yield* pool.next(none)
      yield* pool.report(node, connectFailed)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* pool.next(none), node)
      yield* TestClock.adjust("9999 millis")
      assert.isFalse((yield* shares(pool, 100)).has(node.address))
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* pool.next(none), node)
    })
  )

  it.effect("a probe that meets a busy server does not keep more than half of the nodes out", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(4))
      yield* pool.next(none)
      for (const node of yield* pool.addresses) yield* pool.report(node, connectFailed)
      yield* TestClock.adjust("1 second")
      for (const _ of times(4)) yield* pool.report(yield* pool.next(none), serverError)
      assert.lengthOf(yield* outNodes(pool), 2)
      assert.deepStrictEqual([...(yield* shares(pool, 100)).values()], [50, 50])
    })
  )

  it.effect("a lone node whose probe meets a busy server is back", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(1))
      const events = yield* collectEvents(pool)
      const node = yield* pool.next(none)
      yield* pool.report(node, connectFailed)
      yield* TestClock.adjust("1 second")
      yield* pool.report(yield* pool.next(none), serverError)
      assert.strictEqual(yield* statusOf(pool, node.address), "healthy")
      assert.deepStrictEqual(yield* events, [
        `Added ${node.address}`,
        `Ejected ${node.address}`,
        `Returned ${node.address}`
      ])
    })
  )

  it.effect("a node that is being probed is the last resort, also when all are out", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(2))
      const probed = yield* pool.next(none)
      yield* pool.report(probed, connectFailed)
      yield* TestClock.adjust("900 millis")
      const other = yield* pool.next(new Set([probed]))
      yield* pool.report(other, connectFailed)
      yield* TestClock.adjust("100 millis")
      const taken = yield* Effect.forEach(times(5), () => pool.next(none))
      assert.deepStrictEqual(taken, [probed, other, other, other, other])
      assert.strictEqual(yield* pool.next(new Set([other])), probed)
    }).pipe(Random.withSeed("probe"))
  )
})

describe("AddressPool: the list", () => {
  it.effect(
    "resolves on first use, once for all callers; an interrupted one takes nothing from the others (row 90)",
    () =>
      Effect.gen(function* () {
        const { pool, zone } = yield* makePool(addressesOf(4))
        const gate = yield* Deferred.make<void>()
        zone.gate = Deferred.await(gate)
        yield* settle
        assert.strictEqual(zone.queries, 0)
        assert.deepStrictEqual(yield* pool.addresses, [])
        const first = yield* Effect.forkScoped(pool.next(none), { startImmediately: true })
        const waiters = yield* Effect.forEach(times(1000), (index) =>
          Effect.forkScoped(index % 2 === 0 ? pool.next(none) : pool.refresh, { startImmediately: true })
        )
        yield* Fiber.interrupt(first)
        yield* Deferred.succeed(gate, undefined)
        yield* Effect.forEach(waiters, Fiber.join)
        assert.strictEqual(zone.queries, 1)
        assert.lengthOf(yield* pool.addresses, 4)
      })
  )

  it.effect("a first failure is told at once, also by a resolver that needs no time; then once a second (row 70)", () =>
    Effect.gen(function* () {
      const { pool, zone } = yield* makePool([])
      assert.strictEqual((yield* Effect.flip(pool.next(none))).reason._tag, "NameServerFailed")
      const again = yield* Effect.forEach(times(100), () =>
        Effect.forkScoped(Effect.flip(pool.next(none)), { startImmediately: true })
      )
      yield* TestClock.adjust("999 millis")
      assert.strictEqual(zone.queries, 1)
      yield* TestClock.adjust("1 millis")
      yield* Effect.forEach(again, Fiber.join)
      assert.strictEqual(zone.queries, 2)
      zone.addresses = addressesOf(1)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* pool.next(none)).address, "10.0.0.1")
    })
  )

  it.effect("1,000 fibers meet a dead node: one ejection, one query (rows 2, 21)", () =>
    Effect.gen(function* () {
      const { pool, zone } = yield* makePool(addressesOf(4))
      const events = yield* collectEvents(pool)
      const node = yield* pool.next(none)
      yield* TestClock.adjust("10 seconds")
      yield* events
      yield* Effect.forEach(times(1000), () => pool.report(node, connectFailed), { concurrency: "unbounded" })
      yield* settle
      assert.deepStrictEqual(yield* events, [`Ejected ${node.address}`])
      assert.strictEqual(zone.queries, 2)
      assert.isAtMost(yield* ejectedSeconds(pool, node.address), 1)
      for (const other of yield* pool.addresses) yield* pool.report(other, connectFailed)
      yield* settle
      assert.strictEqual(zone.queries, 2, "all nodes dead within a second: still one query")
      yield* TestClock.adjust("1 second")
      yield* pool.report(yield* pool.next(none), connectFailed)
      yield* settle
      assert.strictEqual(zone.queries, 3)
    })
  )

  it.effect("the list is renewed in the background when the TTL is over, floor and ceiling kept (row 86)", () =>
    Effect.gen(function* () {
      for (const [ttl, effective] of [
        [0, 1000],
        [5, 5000],
        [86_400, 60_000]
      ] as const) {
        const { pool, zone } = yield* makePool(["10.0.0.1"])
        zone.ttl = ttl
        yield* pool.next(none)
        yield* TestClock.adjust(Duration.millis(effective - 1))
        yield* pool.next(none)
        assert.strictEqual(zone.queries, 1)
        yield* TestClock.adjust("1 millis")
        const gate = yield* Deferred.make<void>()
        zone.gate = Deferred.await(gate)
        zone.addresses = ["10.0.0.2"]
        assert.strictEqual((yield* pool.next(none)).address, "10.0.0.1", "the old list is served meanwhile")
        yield* pool.next(none)
        assert.strictEqual(zone.queries, 2)
        yield* Deferred.succeed(gate, undefined)
        yield* settle
        assert.strictEqual((yield* pool.next(none)).address, "10.0.0.2")
      }
    })
  )

  it.effect("a new list is a difference: who stays keeps identity, health and share (rows 87, 88)", () =>
    Effect.gen(function* () {
      const { pool, zone } = yield* makePool(addressesOf(4))
      const events = yield* collectEvents(pool)
      yield* pool.next(none)
      const [one, two, three, four] = yield* pool.addresses
      assert.isDefined(two)
      yield* pool.report(two, connectFailed)
      yield* events
      zone.addresses = ["10.0.0.9", "10.0.0.4", "10.0.0.2", "10.0.0.1"]
      yield* pool.refresh.pipe(Effect.forkScoped, Effect.andThen(TestClock.adjust("1 second")))
      const after = yield* pool.addresses
      assert.deepStrictEqual(
        after.map((node) => node.address),
        ["10.0.0.1", "10.0.0.2", "10.0.0.4", "10.0.0.9"]
      )
      assert.isTrue(after[0] === one && after[1] === two && after[2] === four)
      assert.strictEqual(yield* statusOf(pool, "10.0.0.2"), "ejected")
      assert.deepStrictEqual(yield* events, ["Removed 10.0.0.3", "Added 10.0.0.9"])
      assert.isDefined(three)
      yield* pool.report(three, connectFailed)
      assert.deepStrictEqual(yield* events, [], "reports of a node that is gone do not matter")

      for (const count of [1, 64]) {
        zone.addresses = addressesOf(count)
        yield* TestClock.adjust("1 minute")
        yield* pool.refresh
        yield* Effect.forEach(yield* outNodes(pool), (address) =>
          Effect.flatMap(take(pool, address), (node) => pool.report(node, answered))
        )
        const counts = yield* shares(pool, count * 10)
        assert.deepStrictEqual([...counts.values()], Array(count).fill(10))
      }
      assert.isFalse((yield* pool.addresses).includes(three), "an address that comes back is a new node")
      yield* pool.report(three, connectFailed)
      assert.strictEqual(yield* statusOf(pool, three.address), "healthy")
    })
  )

  it.effect("a failed refresh keeps the list, leaves no lock, and asks less and less often (row 89)", () =>
    Effect.gen(function* () {
      const { pool, zone } = yield* makePool(addressesOf(2))
      const events = yield* collectEvents(pool)
      zone.ttl = 1
      yield* pool.next(none)
      yield* events
      zone.isDown = true
      for (const _ of times(600)) {
        yield* TestClock.adjust("100 millis")
        yield* pool.next(none)
      }
      // 60 seconds: after 1 second, then 1, 2, 4, 8, 16 and 30 seconds later.
      assert.strictEqual(zone.queries, 7)
      assert.deepStrictEqual(yield* events, Array(6).fill("RefreshFailed"))
      assert.strictEqual((yield* Effect.flip(pool.refresh)).reason._tag, "NameServerFailed")
      assert.lengthOf(yield* pool.addresses, 2)
      zone.isDown = false
      zone.addresses = addressesOf(3)
      yield* TestClock.adjust("1 second")
      yield* pool.refresh
      assert.lengthOf(yield* pool.addresses, 3)
      zone.isDown = true
      const before = zone.queries
      for (const _ of times(30)) {
        yield* TestClock.adjust("100 millis")
        yield* pool.next(none)
      }
      assert.strictEqual(zone.queries - before, 2, "a success starts the back-off anew")
    })
  )

  it.effect("a refresh while another one is less than a second old waits for the second, with all others", () =>
    Effect.gen(function* () {
      const { pool, zone } = yield* makePool(addressesOf(2))
      yield* pool.refresh
      const fibers = yield* Effect.forEach(times(10), () => Effect.forkScoped(pool.refresh, { startImmediately: true }))
      yield* TestClock.adjust("999 millis")
      assert.strictEqual(zone.queries, 1)
      yield* TestClock.adjust("1 millis")
      yield* Effect.forEach(fibers, Fiber.join)
      assert.strictEqual(zone.queries, 2)
    })
  )

  it.effect("while no node can be reached, the name is resolved once a second", () =>
    Effect.gen(function* () {
      const { pool, zone } = yield* makePool(addressesOf(1), { health: { connectEjection: "1 minute" } })
      for (const _ of times(50)) {
        yield* pool.report(yield* pool.next(none), connectFailed)
        yield* TestClock.adjust("100 millis")
      }
      assert.strictEqual(zone.queries, 5)
      zone.addresses = ["10.0.0.9"]
      yield* pool.report(yield* pool.next(none), connectFailed)
      yield* settle
      assert.strictEqual((yield* pool.next(none)).address, "10.0.0.9")
    })
  )

  it.effect("closing the scope ends the refresh, the waiters and the changes", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { pool, zone } = yield* makePool(addressesOf(2)).pipe(Scope.provide(scope))
      let isFreed = false
      zone.gate = Effect.onInterrupt(Effect.never, () => Effect.sync(() => (isFreed = true)))
      const waiter = yield* Effect.forkScoped(Effect.flip(pool.next(none)), { startImmediately: true })
      const changes = yield* Effect.forkScoped(Stream.runCollect(pool.changes), { startImmediately: true })
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(isFreed)
      assert.strictEqual((yield* Fiber.join(waiter)).reason._tag, "Closed")
      assert.deepStrictEqual(yield* Fiber.join(changes), [])
      assert.strictEqual((yield* Effect.flip(pool.next(none))).reason._tag, "Closed")
      assert.strictEqual((yield* Effect.flip(pool.refresh)).reason._tag, "Closed")

      const other = yield* Scope.make()
      const known = yield* makePool(addressesOf(2)).pipe(Scope.provide(other))
      yield* known.pool.next(none)
      yield* Scope.close(other, Exit.void)
      assert.strictEqual((yield* Effect.flip(known.pool.next(none))).reason._tag, "Closed")
    })
  )

  it.effect("a slow reader of the changes holds up nobody, and sees the newest ones", () =>
    Effect.gen(function* () {
      const { pool, zone } = yield* makePool(addressesOf(1))
      const seen: Array<string> = []
      const gate = yield* Deferred.make<void>()
      yield* pool.changes.pipe(
        Stream.runForEach((event) =>
          Effect.andThen(
            Effect.sync(() => seen.push(event._tag)),
            Deferred.await(gate)
          )
        ),
        Effect.forkScoped({ startImmediately: true })
      )
      const node = yield* pool.next(none)
      yield* settle
      for (const _ of times(1000)) {
        yield* pool.report(node, connectFailed)
        yield* pool.next(none)
        yield* pool.report(node, answered)
      }
      assert.deepStrictEqual(seen, ["Added"])
      zone.isDown = true
      yield* TestClock.adjust("1 second")
      yield* Effect.flip(pool.refresh)
      yield* Deferred.succeed(gate, undefined)
      yield* settle
      assert.strictEqual(seen.at(-1), "RefreshFailed")
      assert.isBelow(seen.length, 300)
    })
  )

  it.effect("layer takes the resolver from its environment; fixed addresses need none", () =>
    Effect.gen(function* () {
      const pool = yield* AddressPool.AddressPool
      assert.strictEqual(pool.fqdn, fqdn)
      assert.deepStrictEqual(yield* pool.next(none), { address: "192.0.2.7", family: "IPv4" })
      const fixed = yield* AddressPool.makeStatic(["192.0.2.1", "2001:db8::1"], { fqdn })
      assert.deepStrictEqual(yield* fixed.addresses, [
        { address: "192.0.2.1", family: "IPv4" },
        { address: "2001:db8::1", family: "IPv6" }
      ])
      assert.throws(() => AddressPool.makeStatic(["hcp1"]), RangeError)
    }).pipe(
      Effect.provide(
        AddressPool.layer({ fqdn }).pipe(Layer.provide(Resolver.layerStatic({ "*.example.com": ["192.0.2.7"] })))
      )
    )
  )
})

const Command = Schema.Struct({
  kind: Schema.Literals(["next", "retry", "answered", "connect", "exchange", "exchange", "wait", "list"]),
  index: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 7 })),
  amount: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 }))
})

describe("AddressPool: model", () => {
  it.effect.prop(
    "whatever happens, a node is given out, and the best one there is",
    [Schema.Array(Command).check(Schema.isMinLength(20), Schema.isMaxLength(120))],
    ([commands]) =>
      Effect.gen(function* () {
        const { pool, zone } = yield* makePool(addressesOf(4))
        yield* pool.next(none)
        let known = new Set(zone.addresses)
        const identity = new Map((yield* pool.addresses).map((node) => [node.address, node]))
        const nodeAt = Effect.fnUntraced(function* (index: number) {
          const all = yield* pool.addresses
          return all[index % all.length] ?? (yield* pool.next(none))
        })
        const check = Effect.fnUntraced(function* (tried: ReadonlySet<Node>) {
          const before = yield* pool.health
          const node = yield* pool.next(tried)
          const status = before.find((one) => one.node === node)
          const untried = before.filter((one) => !tried.has(one.node))
          const candidates = untried.length > 0 ? untried : before
          const due = candidates.filter((one) => one.status === "ejected" && Duration.isZero(one.ejectedFor))
          const has = (wanted: string) => candidates.some((one) => one.status === wanted)
          assert.isDefined(status, "only nodes that are known")
          assert.isTrue(candidates.includes(status), "no node twice while others are untried")
          if (due.length > 0)
            assert.isTrue(due.includes(status) || status.status === "probing", "a probe when it is due")
          else if (has("healthy")) assert.isTrue(status.status !== "ejected", "no ejected node beside a healthy one")
          else if (has("ejected")) assert.isTrue(status.status !== "probing" || due.length === 0)
          return node
        })
        for (const { kind, index, amount } of commands) {
          if (kind === "next") {
            yield* check(none)
          } else if (kind === "retry") {
            const tried = new Set<Node>()
            for (const _ of times(index)) tried.add(yield* check(tried))
          } else if (kind === "wait") {
            yield* TestClock.adjust(Duration.seconds(amount / 4))
          } else if (kind === "list") {
            yield* TestClock.adjust("1 second")
            zone.addresses = times(amount % 6).map((offset) => `10.0.0.${1 + ((index + offset) % 8)}`)
            yield* Effect.ignore(pool.refresh)
            if (zone.addresses.length > 0) known = new Set(zone.addresses)
          } else {
            const outcome = { answered, connect: connectFailed, exchange: exchangeFailed }[kind]
            const before = yield* outNodes(pool)
            for (const _ of times(kind === "exchange" ? 5 : 1)) yield* pool.report(yield* nodeAt(index), outcome)
            const after = yield* outNodes(pool)
            if (kind === "answered") assert.isAtMost(after.length, before.length)
            if (kind === "exchange" && after.length > before.length) assert.isAtMost(after.length, known.size / 2)
          }
          const all = yield* pool.addresses
          assert.deepStrictEqual(new Set(all.map((node) => node.address)), known)
          for (const [address, node] of identity) if (!all.includes(node)) identity.delete(address)
          for (const node of all) assert.strictEqual(identity.get(node.address) ?? node, node)
          for (const node of all) identity.set(node.address, node)
        }
        yield* TestClock.adjust("10 minutes")
        yield* shares(pool, 2 * known.size)
        assert.deepStrictEqual(yield* outNodes(pool), [], "all come back in the end")
        for (const count of (yield* shares(pool, 10 * known.size)).values()) assert.strictEqual(count, 10)
      })
  )
})
