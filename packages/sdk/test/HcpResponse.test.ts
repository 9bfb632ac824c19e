import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Credentials from "../src/Credentials.ts"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import type { HcpError } from "../src/HcpError.ts"
import * as HcpHeaders from "../src/HcpHeaders.ts"
import { type HcpResponse, timingsOf, toReply } from "../src/HcpResponse.ts"
import { type Answer, type Delivery, type HeldBody, streamed } from "../src/internal/request/response.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as Resolver from "../src/Resolver.ts"
import * as Target from "../src/Target.ts"
import * as Transport from "../src/Transport.ts"
import { IncompleteBody } from "../src/WireReason.ts"
import { always, answer, makeTarget, reading } from "./utils/ScriptedNodes.ts"

const brokenOff = new Transport.ExchangeFailure({
  reached: "answer",
  reason: new IncompleteBody({ address: "192.0.2.1", expected: 9, received: 4 })
})

/** A connection that answers after 7 ms, with a body that comes in these pieces, each a second after the one before. */
const answering = (pieces: ReadonlyArray<string>, end: Transport.ExchangeFailure | undefined) => {
  const flow = { paused: 0, resumed: 0 }
  const transport = Layer.effect(
    Transport.Transport,
    Effect.map(Effect.context<never>(), (context) => ({
      connect: () =>
        Effect.sync((): Transport.Connection => {
          let isOpen = true
          return {
            connectTime: Duration.millis(3),
            isReady: () => isOpen,
            isFlushed: () => true,
            destroy: () => {
              isOpen = false
            },
            exchange: (_, handler) => {
              Effect.runForkWith(context)(
                Effect.gen(function* () {
                  yield* Effect.sleep(7)
                  handler.onHead(200, HcpHeaders.make({ "X-HCP-ServicedBySystem": "hcp2.example.com" }))
                  for (const piece of pieces) {
                    yield* Effect.sleep("1 second")
                    handler.onData(new TextEncoder().encode(piece))
                  }
                  yield* Effect.sleep("1 second")
                  if (end === undefined) handler.onEnd("stated")
                  else handler.onFailure(end)
                })
              )
              return { pause: () => flow.paused++, resume: () => flow.resumed++ }
            }
          }
        })
    }))
  )
  return { flow, transport }
}

const respond = Effect.fnUntraced(function* (
  pieces: ReadonlyArray<string>,
  end?: Transport.ExchangeFailure,
  clock?: Clock.Clock
) {
  const { flow, transport } = answering(pieces, end)
  const target = yield* Target.make({ fqdn: "n1.t1.hcp.test", tls: false, addresses: ["192.0.2.1"] }).pipe(
    Effect.provide([transport, Credentials.layerAnonymous, Resolver.layerStatic({})]),
    Effect.provideService(Clock.Clock, clock ?? (yield* Clock.Clock))
  )
  const asking = yield* Effect.forkScoped(target.execute({ method: "GET", path: "/rest/a" }))
  yield* TestClock.adjust(7)
  return { response: yield* Fiber.join(asking), flow, target }
})

/** The clock of the test, and how often something slept for no time at all; it does not wake from that. */
const watchedClock = Effect.map(Clock.Clock, (clock) => {
  const watched = {
    ...clock,
    emptySleeps: 0,
    sleep: (duration: Duration.Duration) => {
      if (!Duration.isZero(duration)) return clock.sleep(duration)
      watched.emptySleeps++
      return Effect.never
    }
  }
  return watched
})

/** Runs an effect while the clock goes on. */
const inTime = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.flatMap(Effect.forkChild(effect), (fiber) => Effect.andThen(TestClock.adjust("1 minute"), Fiber.join(fiber)))

describe("HcpResponse", () => {
  it.effect("knows who served it, and how long each part took", () =>
    Effect.gen(function* () {
      const { response } = yield* respond(["ab", "cd"])
      assert.strictEqual(response.servicedBy, "hcp2.example.com")
      assert.deepStrictEqual(
        [response.target, response.node, response.role],
        ["n1.t1.hcp.test", "192.0.2.1", "primary"]
      )
      const { connect, firstByte, total } = response.timings
      assert.deepStrictEqual([connect, firstByte, total].map(Duration.toMillis), [3, 7, 7])
      yield* TestClock.adjust("1 second")
      assert.strictEqual(Duration.toMillis(response.timings.total), 1_007)
    })
  )

  it.effect("is read as a stream, as bytes, or as text; its total time ends with the body", () =>
    Effect.gen(function* () {
      const one = yield* respond(["ab", "cd"])
      const parts = yield* inTime(Stream.runCollect(one.response.stream))
      assert.strictEqual(Buffer.concat(parts).toString(), "abcd")
      const two = yield* respond(["ab", "ü"])
      const reply = yield* inTime(toReply(two.response))
      assert.strictEqual(reply.text, "abü")
      assert.strictEqual(reply.attempts, 1)
      assert.strictEqual(Duration.toMillis(reply.timings.total), 3_007)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(Duration.toMillis(two.response.timings.total), 3_007)
      const empty = yield* respond([])
      assert.strictEqual((yield* inTime(empty.response.bytes())).length, 0)
    })
  )

  it.effect("stops to read at the limit of what may be kept", () =>
    Effect.gen(function* () {
      const { response } = yield* respond(["abc", "def", "ghi"])
      const error = yield* inTime(Effect.flip(response.bytes(5)))
      assert.deepInclude(error.reason, { _tag: "BodyTooLarge", limit: 5 })
      const exact = yield* respond(["abc", "de"])
      assert.strictEqual((yield* inTime(exact.response.bytes(5))).length, 5)
    })
  )

  it.effect("that is half there when the deadline of the call ends is not laid to a node that had not answered", () =>
    Effect.gen(function* () {
      const { transport } = answering(Array(9).fill("ab"), undefined)
      const target = yield* Target.make({ fqdn: "n1.t1.hcp.test", tls: false, addresses: ["192.0.2.1"] }).pipe(
        Effect.provide([transport, Credentials.layerAnonymous, Resolver.layerStatic({})])
      )
      const client = HcpClient.make(yield* ReplicaStrategy.make(target, undefined))
      const error = yield* inTime(Effect.flip(client.get("/rest/a", { deadline: "3 seconds" })))
      assert(error.reason._tag === "Timeout" && error.reason.phase === "deadline")
      assert.deepStrictEqual(error.failedAttempts, [])
      assert.notInclude(error.message, "had not answered yet")
    })
  )

  it.effect("holds the node back while nobody reads, and lets it go on", () =>
    Effect.gen(function* () {
      const large = "x".repeat(200_000)
      const { flow, response } = yield* respond([large, large, large])
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(flow, { paused: 1, resumed: 0 })
      assert.strictEqual((yield* inTime(response.bytes())).length, 600_000)
      assert.deepStrictEqual(flow, { paused: 1, resumed: 1 })
    })
  )

  it.effect("that breaks off fails, and counts against the node that broke it", () =>
    Effect.gen(function* () {
      for (const read of ["bytes", "stream"] as const) {
        const { response, target } = yield* respond(["abcd"], brokenOff)
        const whole: Effect.Effect<unknown, HcpError> =
          read === "bytes" ? response.bytes() : Stream.runDrain(response.stream)
        const error = yield* inTime(Effect.flip(whole))
        assert.strictEqual(error.reason, brokenOff.reason)
        assert.strictEqual(error.reached, "answer")
        assert.strictEqual(error.path, "/rest/a")
        assert.deepStrictEqual(
          (yield* target.connections).map(({ busy, idle }) => [busy, idle]),
          [[0, 0]]
        )
      }
    })
  )

  it.effect("that broke while the node was held back is over: nothing is watched for it once it is read", () =>
    Effect.gen(function* () {
      const clock = yield* watchedClock
      const { flow, response } = yield* respond(["x".repeat(300_000)], brokenOff, clock)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(flow, { paused: 1, resumed: 0 })
      const parts: Array<number> = []
      const error = yield* Effect.flip(
        Stream.runForEach(response.stream, ({ length }) => Effect.sync(() => parts.push(length)))
      )
      assert.deepStrictEqual([error.reason, parts], [brokenOff.reason, [300_000]])
      assert.deepStrictEqual(flow, { paused: 1, resumed: 0 })
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(clock.emptySleeps, 0)
    })
  )
})

describe("a caller that takes its time", () => {
  it.effect("is not taken for a silent node, be it with the source of its body or with the answer", () =>
    Effect.gen(function* () {
      const nodes = always(reading(answer(200, {}, "x".repeat(300_000))))
      const target = yield* makeTarget(nodes)
      const part = Effect.as(Effect.sleep("10 minutes"), new Uint8Array(1))
      const body = HcpBody.stream(() => Stream.fromEffectRepeat(part).pipe(Stream.take(3)))
      const asking = yield* Effect.forkScoped(target.execute({ method: "PUT", path: "/rest/a", body }))
      yield* TestClock.adjust("30 minutes")
      const response = yield* Fiber.join(asking)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* response.bytes()).length, 300_000)
    })
  )

  it.effect("has nothing watched once the body has ended", () =>
    Effect.gen(function* () {
      const clock = yield* watchedClock
      const { response } = yield* respond(["ab"], undefined, clock)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* response.bytes()).length, 2)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(clock.emptySleeps, 0)
    })
  )
})

describe("the answers of a streamed call", () => {
  const about: Answer = {
    status: 200,
    headers: HcpHeaders.make(),
    target: "n1.t1.hcp.test",
    port: 443,
    node: "192.0.2.1",
    role: "primary",
    servicedBy: undefined,
    attempts: 1,
    failedAttempts: [],
    retriedAfterAmbiguousFailure: false,
    redact: (text) => text,
    timings: timingsOf(0, 0, 0)
  }

  type Held = Extract<Delivery<HcpResponse>, { readonly _tag: "Streamed" }>

  const bodyThatTells = (released: Array<string>, name: string): HeldBody => ({
    begun: Effect.never,
    timings: () => about.timings,
    error: () => assert.fail("it does not fail"),
    release: () => released.push(name)
  })

  it.effect("are held until the scope closes; one that comes later is let go at once", () =>
    Effect.gen(function* () {
      const released: Array<string> = []
      const deliveries: Array<Held> = []
      const call = streamed((delivery) =>
        Effect.sync(() => {
          assert(delivery._tag === "Streamed")
          deliveries.push(delivery)
          return delivery.make(about, bodyThatTells(released, "in time"))
        })
      )
      yield* Effect.scoped(
        Effect.andThen(
          call,
          Effect.sync(() => assert.deepStrictEqual(released, []))
        )
      )
      assert.deepStrictEqual(released, ["in time"])
      for (const delivery of deliveries) delivery.make(about, bodyThatTells(released, "late"))
      assert.deepStrictEqual(released, ["in time", "late"])
    })
  )

  it.effect("are let go when the call was interrupted before they came", () =>
    Effect.gen(function* () {
      const released: Array<string> = []
      const deliveries: Array<Held> = []
      const call = streamed((delivery) => {
        assert(delivery._tag === "Streamed")
        deliveries.push(delivery)
        return Effect.never
      })
      const fiber = yield* Effect.forkScoped(call, { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      assert(Exit.hasInterrupts(yield* Fiber.await(fiber)))
      for (const delivery of deliveries) delivery.make(about, bodyThatTells(released, "late"))
      assert.deepStrictEqual(released, ["late"])
    })
  )
})
