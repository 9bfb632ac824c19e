import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, Random, Schema } from "effect"
import { TestClock } from "effect/testing"
import {
  answered,
  collectEvents,
  connectFailed,
  ejectedSeconds,
  exchangeFailed,
  failInARow,
  type Node,
  none,
  outlast,
  outNodes,
  serverError,
  shares,
  statusOf,
  take,
  times
} from "./utils/poolWatch.ts"
import { withRandom } from "./utils/ScriptedNodes.ts"
import { addressesOf, makePool } from "./utils/ScriptedResolver.ts"

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

  it.effect("an ejection by a failed connect is shorter by chance: not all clients come back at once", () =>
    Effect.gen(function* () {
      for (const [random, seconds] of [
        [0, 1],
        [0.5, 0.9],
        [0.999, 0.8]
      ] as const) {
        const { pool } = yield* makePool(addressesOf(2)).pipe(withRandom(random))
        const node = yield* pool.next(none)
        yield* pool.report(node, connectFailed)
        assert.strictEqual(yield* ejectedSeconds(pool, node.address), seconds)
      }
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

  it.effect("a node that is up for a second and down for a second costs few calls a second attempt (row 19)", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(4))
      const calls = 12_000
      let second = 0
      for (const index of times(calls)) {
        const isDown = Math.floor(index / 20) % 2 === 1
        const tried = new Set<Node>()
        for (let node = yield* pool.next(tried); ; node = yield* pool.next(tried)) {
          tried.add(node)
          const fails = isDown && node.address === "10.0.0.3"
          yield* pool.report(node, fails ? connectFailed : answered)
          if (!fails) break
          second++
        }
        yield* TestClock.adjust("50 millis")
      }
      assert.isAbove(second, 5)
      assert.isBelow(second / calls, 0.01)
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

  it.effect("ejections after failures in a row are forgiven, too: one after each 30 seconds in good health", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(4))
      const node = yield* pool.next(none)
      const eject = Effect.gen(function* () {
        yield* failInARow(pool, node, 5)
        const seconds = yield* ejectedSeconds(pool, node.address)
        yield* outlast(pool, node.address)
        assert.strictEqual(yield* pool.next(none), node)
        yield* pool.report(node, answered)
        return seconds
      })
      assert.deepStrictEqual([yield* eject, yield* eject, yield* eject], [30, 60, 90])
      yield* TestClock.adjust("60 seconds")
      assert.strictEqual(yield* eject, 60)
    })
  )

  it.effect("five bodies that break with none read in between eject, whatever the heads of their answers", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(4))
      const node = yield* pool.next(none)
      const breakBodies = (count: number) =>
        Effect.forEach(times(count), () =>
          Effect.andThen(pool.report(node, answered), pool.report(node, { _tag: "BodyBroken" }))
        )
      yield* breakBodies(4)
      yield* pool.report(node, { _tag: "BodyRead" })
      yield* breakBodies(4)
      yield* failInARow(pool, node, 4)
      assert.deepStrictEqual(yield* outNodes(pool), [])
      yield* breakBodies(1)
      assert.deepStrictEqual(yield* outNodes(pool), [node.address])
      // A node that is back and has delivered no body since is not trusted for five more.
      yield* outlast(pool, node.address)
      assert.strictEqual(yield* pool.next(none), node)
      yield* pool.report(node, answered)
      assert.deepStrictEqual(yield* outNodes(pool), [])
      yield* breakBodies(1)
      assert.deepStrictEqual(yield* outNodes(pool), [node.address])
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

  it.effect(
    "an attempt from before the ejection neither ends a probe nor fails it, nor ejects a node that is back (row 21)",
    () =>
      Effect.gen(function* () {
        const { pool } = yield* makePool(addressesOf(4))
        const node = yield* pool.next(none)
        const before = yield* Clock.monotonicTimeNanos
        yield* TestClock.adjust("10 millis")
        yield* pool.report(node, connectFailed)
        yield* TestClock.adjust("1 second")
        const probed = yield* Clock.monotonicTimeNanos
        assert.strictEqual(yield* pool.next(none), node)
        for (const late of [connectFailed, exchangeFailed, answered]) yield* pool.report(node, late, before)
        assert.strictEqual(yield* statusOf(pool, node.address), "probing")
        yield* TestClock.adjust("10 millis")
        yield* pool.report(node, answered, probed)
        assert.strictEqual(yield* statusOf(pool, node.address), "healthy")
        for (const late of [before, probed]) yield* pool.report(node, connectFailed, late)
        yield* Effect.forEach(times(10), () => pool.report(node, serverError, before))
        assert.strictEqual(yield* statusOf(pool, node.address), "healthy")
        yield* pool.report(node, connectFailed, yield* Clock.monotonicTimeNanos)
        assert.strictEqual(yield* statusOf(pool, node.address), "ejected")
        assert.isAtLeast(yield* ejectedSeconds(pool, node.address), 1.6, "the second ejection, not the third")
      })
  )

  it.effect("the first attempt counts, though it began before the name was resolved", () =>
    Effect.gen(function* () {
      const { pool, zone } = yield* makePool(addressesOf(4))
      zone.gate = Effect.sleep("1 second")
      const since = yield* Clock.monotonicTimeNanos
      const first = yield* Effect.forkScoped(pool.next(none), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      const node = yield* Fiber.join(first)
      yield* pool.report(node, connectFailed, since)
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

  it.effect("a call that was failed by a node goes to another one, and leaves the probe to the next call", () =>
    Effect.gen(function* () {
      const { pool } = yield* makePool(addressesOf(4))
      const node = yield* pool.next(none)
      yield* pool.report(node, connectFailed)
      yield* TestClock.adjust("1 second")
      assert.notStrictEqual(yield* pool.next(new Set([node])), node)
      assert.strictEqual(yield* pool.next(none), node)
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
