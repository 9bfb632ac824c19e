import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type * as HcpClient from "../src/HcpClient.ts"
import { settle } from "./utils/poolWatch.ts"
import { always, answer, fourNodes, makeClient, type ScriptedNodes, type Step } from "./utils/ScriptedNodes.ts"

type Client = HcpClient.HcpClient["Service"]

/** An answer that takes its time. */
const after =
  (time: Duration.Input): Step =>
  () =>
    Effect.as(Effect.sleep(time), answer(200))

/** So many fibers read, one call after the other, for a time of the test's clock; how many calls were answered. */
const crowd = Effect.fnUntraced(function* (client: Client, fibers: number, time: Duration.Input) {
  const until = (yield* Clock.currentTimeMillis) + Duration.toMillis(time)
  let answered = 0
  const reader = Effect.gen(function* () {
    while ((yield* Clock.currentTimeMillis) < until) {
      yield* client.get("/rest/a")
      answered++
    }
  })
  const all = yield* Effect.forkChild(
    Effect.replicateEffect(reader, fibers, { concurrency: "unbounded", discard: true })
  )
  yield* TestClock.adjust(time)
  yield* TestClock.adjust("1 minute")
  yield* Fiber.join(all)
  return answered
})

describe("a crowd", () => {
  it.effect(
    "is served by every one of 1,000 nodes within ten minutes, though there are 200 connections at a time",
    () =>
      Effect.gen(function* () {
        const addresses = Array.from({ length: 1_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`)
        const nodes = always(after("5 seconds"))
        const client = yield* makeClient(nodes, { addresses })
        yield* crowd(client, 64, "10 minutes")
        assert.strictEqual(new Set(nodes.nodes).size, addresses.length)
      })
  )

  it.effect("loses less than half of its rate to one slow node of four", () =>
    Effect.gen(function* () {
      const rate = Effect.fnUntraced(function* (addresses: ReadonlyArray<string>) {
        const [, , , slow] = fourNodes
        const nodes: ScriptedNodes = always(() =>
          Effect.as(Effect.sleep(nodes.calls.at(-1)?.node === slow ? "1 second" : "10 millis"), answer(200))
        )
        return yield* crowd(yield* makeClient(nodes, { addresses }), 16, "3 seconds")
      })
      const three = yield* rate(fourNodes.slice(0, 3))
      const four = yield* rate(fourNodes)
      assert.isAbove(four, three / 2)
    })
  )
})

describe("while all connections are taken", () => {
  it.effect("a node that returns is tried all the same", () =>
    Effect.gen(function* () {
      const nodes = always(after("100 millis"))
      const [dead = ""] = fourNodes
      nodes.dead.add(dead)
      const client = yield* makeClient(nodes, { connections: { maxPerNode: 2, maxTotal: 6 } })
      // A failed connect leaves the node out for a second.
      yield* crowd(client, 16, "800 millis")
      assert.isFalse(nodes.nodes.includes(dead))
      nodes.dead.delete(dead)
      yield* crowd(client, 16, "3 seconds")
      assert.isTrue(nodes.nodes.includes(dead))
    })
  )

  it.effect("one who waits and is interrupted leaves its place to another, and nothing of it is sent", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const nodes = always(() => Effect.as(Deferred.await(gate), answer(200)))
      const client = yield* makeClient(nodes, {
        addresses: fourNodes.slice(0, 1),
        connections: { maxPerNode: 1, maxTotal: 1, maxWaiting: 1 }
      })
      const call = (path: string) => Effect.forkChild(client.get(path), { startImmediately: true })
      yield* call("/rest/first")
      yield* settle
      const second = yield* call("/rest/second")
      yield* settle
      const refused = yield* Effect.flip(client.get("/rest/third"))
      assert.strictEqual(refused.reason._tag, "PoolExhausted")
      yield* Fiber.interrupt(second)
      const fourth = yield* call("/rest/fourth")
      yield* settle
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(fourth)
      assert.deepStrictEqual(
        nodes.calls.map(({ request }) => request.path),
        ["/rest/first", "/rest/fourth"]
      )
    })
  )
})
