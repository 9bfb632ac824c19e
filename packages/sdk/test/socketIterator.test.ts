import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { SocketIterator } from "../src/internal/body/socketIterator.ts"

const chunk = (size: number) => new Uint8Array(size)

const make = (length: number | undefined) => {
  const moves: Array<number | "change"> = []
  const iterator = new SocketIterator({
    length,
    isFlushed: () => true,
    onMove: (part) => moves.push(part?.length ?? "change"),
    onBegin: () => {}
  })
  const next = Effect.map(
    Effect.promise(() => iterator.next()),
    ({ done, value }) => (done === true ? "end" : value?.length)
  )
  return { iterator, moves, next }
}

describe("the parts of a body on their way to a socket", () => {
  it.effect("end with the last byte of the length, while the source is still closing", () =>
    Effect.gen(function* () {
      const { iterator, next } = make(3)
      const source = yield* Effect.forkChild(iterator.run(Stream.concat(Stream.make(chunk(1), chunk(2)), Stream.never)))
      assert.strictEqual(yield* next, 1)
      assert.isFalse(iterator.isSent)
      assert.strictEqual(yield* next, 2)
      assert.isTrue(iterator.isSent)
      assert.strictEqual(yield* next, "end")
      yield* Fiber.interrupt(source)
    })
  )

  it.effect("without a length end with their source", () =>
    Effect.gen(function* () {
      const { iterator, next } = make(undefined)
      yield* Effect.forkChild(iterator.run(Stream.make(chunk(1), new Uint8Array(), chunk(2))))
      assert.deepStrictEqual([yield* next, yield* next], [1, 2])
      assert.isFalse(iterator.isSent)
      assert.strictEqual(yield* next, "end")
      assert.isTrue(iterator.isSent)
    })
  )

  it.effect("wait for the writer, or the writer for them", () =>
    Effect.gen(function* () {
      const { iterator, next } = make(undefined)
      const asked = yield* Effect.forkChild(next, { startImmediately: true })
      assert.isFalse(iterator.isHeldUp)
      yield* Effect.forkChild(iterator.run(Stream.make(chunk(1), chunk(2))), { startImmediately: true })
      assert.strictEqual(yield* Fiber.join(asked), 1)
      yield* Effect.yieldNow
      assert.isTrue(iterator.isHeldUp)
      assert.strictEqual(yield* next, 2)
    })
  )

  it.effect("of bytes in memory are 256 KiB each, and every one is reported", () =>
    Effect.gen(function* () {
      const { iterator, moves, next } = make(600_000)
      iterator.runBytes(chunk(600_000))
      assert.deepStrictEqual([yield* next, yield* next, yield* next, yield* next], [262_144, 262_144, 75_712, "end"])
      assert.deepStrictEqual(
        moves.filter((move) => move !== "change"),
        [262_144, 262_144, 75_712]
      )
      assert.isFalse(iterator.isHeldUp)
    })
  )

  it.effect("of a source that fails end the writing, and say why", () =>
    Effect.gen(function* () {
      const { iterator } = make(undefined)
      yield* iterator.run(Stream.die("bug"))
      const ended = yield* Effect.exit(
        Effect.tryPromise({ try: () => iterator.next(), catch: () => "rejected" as const })
      )
      assert.strictEqual(ended._tag, "Failure")
      assert.strictEqual(iterator.sourceFailure?._tag, "BodySourceFailed")
    })
  )
})
