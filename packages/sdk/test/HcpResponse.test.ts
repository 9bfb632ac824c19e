import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Credentials from "../src/Credentials.ts"
import type { HcpError } from "../src/HcpError.ts"
import * as HcpHeaders from "../src/HcpHeaders.ts"
import { toReply } from "../src/HcpResponse.ts"
import * as Resolver from "../src/Resolver.ts"
import * as Target from "../src/Target.ts"
import * as Transport from "../src/Transport.ts"
import { IncompleteBody } from "../src/WireReason.ts"

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
            connectMillis: 3,
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

const respond = Effect.fnUntraced(function* (pieces: ReadonlyArray<string>, end?: Transport.ExchangeFailure) {
  const { flow, transport } = answering(pieces, end)
  const target = yield* Target.make({ fqdn: "n1.t1.hcp.test", tls: false, addresses: ["192.0.2.1"] }).pipe(
    Effect.provide([transport, Credentials.layerAnonymous, Resolver.layerStatic({})])
  )
  const asking = yield* Effect.forkScoped(target.execute({ method: "GET", path: "/rest/a" }))
  yield* TestClock.adjust(7)
  return { response: yield* Fiber.join(asking), flow, target }
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
      assert.deepStrictEqual(response.timings, { connect: 3, firstByte: 7, total: 7 })
      yield* TestClock.adjust("1 second")
      assert.strictEqual(response.timings.total, 1_007)
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
      assert.strictEqual(reply.timings.total, 3_007)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(two.response.timings.total, 3_007)
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
})
