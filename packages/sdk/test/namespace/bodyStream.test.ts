import { randomBytes } from "node:crypto"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import { HcpError } from "../../src/HcpError.ts"
import { packed, unpacked } from "../../src/internal/body/gzip.ts"
import { bytesOf, lengthOf, passedThrough } from "../../src/namespace/internal/bodyStream.ts"
import { Cut } from "../../src/namespace/internal/cut.ts"
import { IncompleteBody } from "../../src/WireReason.ts"
import { tagOf } from "../utils/namespaces.ts"

const answered = { node: "192.0.2.1", target: "n1.t1.hcp.test", failedAttempts: [] }
const bytes = (text: string) => new TextEncoder().encode(text)

/** An endless source of bytes that do not pack well, and how often it was asked. */
const endless = () => {
  const asked = { count: 0 }
  // Longer than gzip looks back.
  const piece = randomBytes(64 * 1024)
  const source = Stream.fromEffectRepeat(
    Effect.sync(() => {
      asked.count++
      return piece
    })
  )
  return { asked, source }
}

describe("gzip", () => {
  it.live("takes no more of a source than its reader takes", () =>
    Effect.gen(function* () {
      const { asked, source } = endless()
      yield* Stream.runDrain(Stream.take(packed(source), 4))
      assert.isBelow(asked.count, 64)
      const all = gzipSync("x".repeat(200_000_000))
      let at = 0
      const pieces = Stream.fromEffectRepeat(
        Effect.sync(() => {
          at += 100
          return all.subarray(at - 100, at)
        })
      )
      yield* Stream.runDrain(Stream.take(unpacked(pieces, answered, "/rest/a"), 4))
      assert.isBelow(at, all.length / 2)
    })
  )

  it.live("ends its source when it is left or interrupted", () =>
    Effect.gen(function* () {
      for (const way of [packed, (source: Parameters<typeof packed>[0]) => unpacked(source, answered, "/rest/a")]) {
        const ended = yield* Deferred.make<void>()
        const begun = yield* Deferred.make<void>()
        const source = Stream.fromEffect(Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)).pipe(
          Stream.ensuring(Deferred.succeed(ended, undefined))
        )
        const fiber = yield* Effect.forkChild(Stream.runDrain(way(source)))
        yield* Deferred.await(begun)
        yield* Fiber.interrupt(fiber)
        yield* Deferred.await(ended)
      }
    })
  )
})

describe("a body passed through", () => {
  it.effect("can be sent again if the body can", () =>
    Effect.gen(function* () {
      const textOf = (body: HcpBody.HcpBody) =>
        Effect.map(Stream.runCollect(bytesOf(body)), (chunks) => Buffer.concat(chunks).toString())
      const upper = (body: HcpBody.HcpBody) =>
        passedThrough(
          body,
          Stream.map((chunk) => Buffer.from(Buffer.from(chunk).toString().toUpperCase())),
          undefined
        )
      for (const body of [
        HcpBody.text("abc"),
        HcpBody.bytes(bytes("abc")),
        HcpBody.stream(() => Stream.make(bytes("abc")))
      ]) {
        const passed = upper(body)
        assert.isTrue(HcpBody.isReplayable(passed))
        assert.strictEqual(yield* textOf(passed), "ABC")
        assert.strictEqual(yield* textOf(passed), "ABC")
      }
      const once = HcpBody.streamOnce(Stream.make(bytes("abc")))
      const passed = upper(once)
      assert.strictEqual(yield* textOf(passed), "ABC")
      assert.isFalse(HcpBody.isReplayable(passed))
      // It is the caller's own body that was read.
      assert.isFalse(HcpBody.isReplayable(once))
      assert.strictEqual(yield* tagOf(textOf(once)), "BodySourceFailed")
    })
  )

  it.effect("still has to have the length it was declared with", () =>
    Effect.gen(function* () {
      for (const make of [
        HcpBody.streamOnce,
        (source: Stream.Stream<Uint8Array>, options: HcpBody.StreamOptions) => HcpBody.stream(() => source, options)
      ]) {
        const body = make(Stream.make(bytes("abcd")), { length: 3 })
        assert.strictEqual(yield* lengthOf(body), 3)
        assert.strictEqual(
          yield* tagOf(Stream.runDrain(bytesOf(passedThrough(body, (each) => each, undefined)))),
          "LengthMismatch"
        )
      }
    })
  )
})

describe("a body cut into parts", () => {
  const cutOf = (...chunks: ReadonlyArray<string>) =>
    Effect.map(
      Stream.toPull(Stream.fromArray(chunks.map(bytes))),
      (pull) =>
        new Cut(
          pull,
          (received, expected) =>
            new HcpError({ operation: "GET", reason: new IncompleteBody({ address: "192.0.2.1", received, expected }) })
        )
    )
  const read = (pull: ReturnType<Cut["exactly"]>) =>
    Effect.map(Stream.runCollect(Stream.fromPull(Effect.succeed(pull))), (chunks) => Buffer.concat(chunks).toString())

  it.effect("gives each part its bytes, wherever the pieces end", () =>
    Effect.gen(function* () {
      for (const chunks of [["abcdef"], ["a", "bc", "def"], ["ab", "", "cdef"], ["abc", "def"], ["abcde", "f"]]) {
        const cut = yield* cutOf(...chunks)
        assert.strictEqual(yield* read(cut.exactly(0)), "")
        assert.strictEqual(yield* read(cut.exactly(2)), "ab")
        assert.strictEqual(yield* read(cut.exactly(1)), "c")
        assert.strictEqual(yield* read(cut.rest), "def")
        assert.strictEqual(yield* read(cut.rest), "")
      }
    }).pipe(Effect.scoped)
  )

  it.effect("fails where the body ends inside a part", () =>
    Effect.gen(function* () {
      const cut = yield* cutOf("abc")
      yield* read(cut.exactly(1))
      const error = yield* Effect.flip(read(cut.exactly(5)))
      assert(error.reason._tag === "IncompleteBody")
      assert.deepStrictEqual([error.reason.received, error.reason.expected], [2, 5])
    }).pipe(Effect.scoped)
  )
})
