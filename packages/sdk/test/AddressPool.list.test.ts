import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Layer, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as AddressPool from "../src/AddressPool.ts"
import * as Resolver from "../src/Resolver.ts"
import {
  answered,
  collectEvents,
  connectFailed,
  ejectedSeconds,
  failInARow,
  none,
  outNodes,
  settle,
  shares,
  statusOf,
  take,
  times
} from "./utils/poolWatch.ts"
import { addressesOf, fqdn, makePool } from "./utils/ScriptedResolver.ts"

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

  it.effect("nodes that are out because they fail ask for no query: only an address nobody answers may be old", () =>
    Effect.gen(function* () {
      const { pool, zone } = yield* makePool(addressesOf(4))
      const node = yield* pool.next(none)
      yield* TestClock.adjust("2 seconds")
      yield* failInARow(pool, node, 5)
      yield* settle
      assert.deepStrictEqual([yield* statusOf(pool, node.address), zone.queries], ["ejected", 1])
    })
  )

  it.effect("failures that come late, of nodes that are out already, ask for no query (row 21)", () =>
    Effect.gen(function* () {
      const { pool, zone } = yield* makePool(addressesOf(4))
      const node = yield* pool.next(none)
      yield* TestClock.adjust("2 seconds")
      yield* pool.report(node, connectFailed)
      yield* settle
      assert.strictEqual(zone.queries, 2)
      for (const _ of times(10)) {
        yield* TestClock.adjust("2 seconds")
        yield* Effect.forEach(times(100), () => pool.report(node, connectFailed))
        yield* settle
      }
      assert.strictEqual(zone.queries, 2)
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
      for (const address of ["hcp1", "0.0.0.0"]) {
        const { reason } = yield* Effect.flip(AddressPool.makeStatic([address]))
        assert(reason._tag === "InvalidInput")
        assert.strictEqual(reason.field, "addresses")
      }
    }).pipe(
      Effect.provide(
        AddressPool.layer({ fqdn }).pipe(Layer.provide(Resolver.layerStatic({ "*.example.com": ["192.0.2.7"] })))
      )
    )
  )
})
