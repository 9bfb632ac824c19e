import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Effect, Fiber, type Pull, Stream } from "effect"
import { TestClock } from "effect/testing"
import { ExchangeFailure, type WireAnswer } from "../src/Connection.ts"
import * as HcpBody from "../src/HcpBody.ts"
import { HcpError } from "../src/HcpError.ts"
import * as HcpHeaders from "../src/HcpHeaders.ts"
import { toReply } from "../src/HcpResponse.ts"
import { makeResponse } from "../src/internal/request/answerBody.ts"
import type { Prepared } from "../src/internal/request/prepare.ts"
import { IncompleteBody } from "../src/WireReason.ts"

const brokenOff = new ExchangeFailure({
  reached: "answer",
  reason: new IncompleteBody({ address: "192.0.2.1", expected: 9, received: 4 })
})

const prepared: Prepared = {
  request: { method: "GET", path: "/rest/a" },
  target: "/rest/a",
  headers: [],
  body: HcpBody.empty,
  responseTimeoutMillis: 1,
  bodyTimeoutMillis: 1,
  error: (reason, about) => new HcpError({ operation: "GET", path: "/rest/a", reason, ...about })
}

/** A response whose body comes in these pieces, each a second after the one before. */
const respond = Effect.fnUntraced(function* (
  pieces: ReadonlyArray<string>,
  end: Pull.Pull<never, ExchangeFailure> = Cause.done()
) {
  const clock = yield* Clock.Clock
  const left = [...pieces]
  let pulls = 0
  const broken: Array<ExchangeFailure> = []
  const now = clock.monotonicTimeNanosUnsafe()
  const answer: WireAnswer = {
    status: 200,
    headers: HcpHeaders.make({ "X-HCP-ServicedBySystem": "hcp2.example.com" }),
    pull: Effect.suspend((): WireAnswer["pull"] => {
      pulls++
      const next = left.shift()
      return Effect.andThen(
        Effect.sleep("1 second"),
        next === undefined ? end : Effect.succeed([new TextEncoder().encode(next)] as const)
      )
    })
  }
  const response = makeResponse(answer, {
    prepared,
    clock,
    connectMillis: 3,
    sentAt: now - 7_000_000n,
    answeredAt: now,
    served: {
      target: "n1.t1.hcp.test",
      node: "192.0.2.1",
      role: "primary",
      attempts: 2,
      failedAttempts: [],
      retriedAfterAmbiguousFailure: false
    },
    onBroken: (failure) => Effect.sync(() => broken.push(failure)),
    onRead: Effect.void
  })
  return { response, broken, pulls: () => pulls }
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
      const one = yield* respond(["ab", "", "cd"])
      const parts = yield* inTime(Stream.runCollect(one.response.stream))
      assert.strictEqual(Buffer.concat(parts).toString(), "abcd")
      const two = yield* respond(["ab", "ü"])
      const reply = yield* inTime(toReply(two.response))
      assert.strictEqual(reply.text, "abü")
      assert.strictEqual(reply.attempts, 2)
      assert.strictEqual(reply.timings.total, 3_007)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(two.response.timings.total, 3_007)
      const empty = yield* respond([])
      assert.strictEqual((yield* inTime(empty.response.bytes())).length, 0)
    })
  )

  it.effect("stops to read at the limit of what may be kept", () =>
    Effect.gen(function* () {
      const { pulls, response } = yield* respond(["abc", "def", "ghi"])
      const error = yield* inTime(Effect.flip(response.bytes(5)))
      assert.deepInclude(error.reason, { _tag: "BodyTooLarge", limit: 5 })
      assert.strictEqual(pulls(), 2)
      const exact = yield* respond(["abc", "de"])
      assert.strictEqual((yield* inTime(exact.response.bytes(5))).length, 5)
    })
  )

  it.effect("that breaks off fails, and tells of the node that broke it", () =>
    Effect.gen(function* () {
      for (const read of ["bytes", "stream"] as const) {
        const { broken, response } = yield* respond(["abcd"], Effect.fail(brokenOff))
        const whole: Effect.Effect<unknown, HcpError> =
          read === "bytes" ? response.bytes() : Stream.runDrain(response.stream)
        const error = yield* inTime(Effect.flip(whole))
        assert.strictEqual(error.reason, brokenOff.reason)
        assert.strictEqual(error.reached, "answer")
        assert.strictEqual(error.path, "/rest/a")
        assert.deepStrictEqual(broken, [brokenOff])
      }
    })
  )
})
