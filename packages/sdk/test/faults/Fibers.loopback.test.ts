import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, MutableRef, Stream } from "effect"
import * as FaultNode from "../utils/FaultNode.ts"
import { call, clientOf, make, makePlain, targetOf } from "../utils/FaultNodes.ts"

const ok = FaultNode.reply(200, "ok")

describe("Many fibers", () => {
  it.live("10,000 over 64 connections all succeed, in the order they came, and memory stays flat (row 112)", () =>
    Effect.gen(function* () {
      const count = 10_000
      const nodes = yield* makePlain(4)
      const target = yield* targetOf(nodes, {
        connections: { maxPerNode: 16, maxTotal: 64, maxWaiting: count, waitTimeout: "60 seconds" }
      })
      const before = process.memoryUsage.rss()
      let peak = 0
      const order: Array<number> = []
      yield* Effect.forEach(
        Array.from({ length: count }, (_, index) => index),
        (index) =>
          Effect.map(call(target), ({ status }) => {
            assert.strictEqual(status, 200)
            order.push(index)
            if (order.length % 500 === 0) peak = Math.max(peak, process.memoryUsage.rss() - before)
          }),
        { concurrency: "unbounded", discard: true }
      )
      assert.strictEqual(order.length, count)
      assert.isBelow(Math.max(...order.map((index, place) => Math.abs(index - place))), 1_000)
      assert.isBelow(peak, 300 * 1024 * 1024)
      assert.isAtMost(nodes.seen.mostOpen, 64)
      assert.strictEqual(nodes.seen.requests, count)
    })
  )

  it.live("a stream that is left after its first bytes closes its connection and frees its place (row 109)", () =>
    Effect.gen(function* () {
      const group = yield* make([[FaultNode.flood(64 * 1024 * 1024, () => undefined), ok]])
      const client = yield* clientOf(group, { connections: { maxPerNode: 1, waitTimeout: "2 seconds" } })
      const first = yield* Stream.runCollect(Stream.take(client.stream("/rest/a"), 1))
      assert.strictEqual(first.length, 1)
      assert.strictEqual((yield* client.get("/rest/b")).text, "ok")
      const [node] = group.nodes
      assert.strictEqual(node?.connections(), 2)
      assert.deepStrictEqual(group.unused(), [0])
    })
  )

  it.live(
    "interrupted while they wait for a connection, they are gone at once and nothing is sent later (row 107)",
    () =>
      Effect.gen(function* () {
        const group = yield* make([[FaultNode.mute, ok]])
        const target = yield* targetOf(group, { connections: { maxPerNode: 1 } })
        const [node] = group.nodes
        const holder = yield* Effect.forkChild(call(target), { startImmediately: true })
        yield* node?.until(() => node.arrivals.length === 1) ?? Effect.void
        const waiting = yield* Effect.forEach(Array.from({ length: 50 }), () =>
          Effect.forkChild(call(target, "PUT"), { startImmediately: true })
        )
        assert.strictEqual((yield* target.connections)[0]?.waiting, 50)
        const begun = performance.now()
        yield* Fiber.interruptAll(waiting)
        assert.isBelow(performance.now() - begun, 200)
        assert.strictEqual((yield* target.connections)[0]?.waiting, 0)
        yield* Fiber.interrupt(holder)
        assert.strictEqual((yield* call(target)).text, "ok")
        assert.deepStrictEqual(
          node?.arrivals.map(({ method }) => method),
          ["GET", "GET"]
        )
        assert.deepStrictEqual(group.unused(), [0])
      })
  )
})

describe("A clock that is set", () => {
  it.live("forward or back by a day changes no timing, no delay and no ejection (row 120)", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const jump = MutableRef.make(0)
      const set: Clock.Clock = {
        sleep: (duration) => clock.sleep(duration),
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (millis) => millis + MutableRef.get(jump)),
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + MutableRef.get(jump),
        currentTimeNanos: Effect.map(
          clock.currentTimeNanos,
          (nanos) => nanos + BigInt(MutableRef.get(jump)) * 1_000_000n
        ),
        currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe() + BigInt(MutableRef.get(jump)) * 1_000_000n,
        monotonicTimeNanos: clock.monotonicTimeNanos,
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe()
      }
      yield* Effect.gen(function* () {
        const setting: FaultNode.Step = (arrival) => {
          MutableRef.update(jump, (millis) => (millis > 0 ? -86_400_000 : 86_400_000))
          arrival.socket.write(FaultNode.answer(200, "ok"))
        }
        const group = yield* make([[setting, setting, setting], "down", [setting]])
        const target = yield* targetOf(group)
        for (let i = 0; i < 4; i++) {
          const { connect, firstByte, total } = yield* Effect.scoped(
            Effect.flatMap(target.execute({ method: "GET", path: "/rest/a" }), (response) =>
              Effect.map(response.bytes(), () => response.timings)
            )
          )
          for (const millis of [connect, firstByte, total].map(Duration.toMillis)) {
            assert.isAtLeast(millis, 0)
            assert.isBelow(millis, 5_000)
          }
        }
        // The node that is down was met once: a day forward did not end its second, a day back did not lengthen it.
        const [, down] = yield* target.nodes.health
        assert.strictEqual(down?.consecutiveFailures, 1)
        assert.strictEqual(down?.status, "ejected")
        assert.deepStrictEqual(group.unused(), [0, 0])
      }).pipe(Effect.provideService(Clock.Clock, set))
    })
  )
})
