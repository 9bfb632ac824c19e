import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Pull, Stream } from "effect"
import { HcpError, IncompleteBody } from "../src/HcpError.ts"
import { chunkBytes, doneWith, FileReader } from "../src/internal/body/fileReader.ts"
import { sized } from "../src/internal/body/integrity.ts"
import { ofUpload } from "../src/internal/body/rateMeter.ts"
import { StreamedBody } from "../src/internal/body/streamedBody.ts"

const errorOf = (received: number) =>
  new HcpError({ operation: "GET", reason: new IncompleteBody({ address: "192.0.2.1", expected: 4, received }) })

describe("a body of a known size", () => {
  it.effect("gives no byte of the part that goes beyond it", () =>
    Effect.gen(function* () {
      const parts = Stream.flatMap(Stream.make(3, 3), (length) => Stream.make(new Uint8Array(length)))
      const pull = sized(yield* Stream.toPull(parts), 4, (received) => Effect.fail(errorOf(received)))
      assert.strictEqual((yield* pull)[0].length, 3)
      const exit = yield* Effect.exit(pull)
      assert.isTrue(Exit.isFailure(exit))
      assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "6 bytes came, and it was to have 4")
    }).pipe(Effect.scoped)
  )
})

describe("a body that is read while it arrives", () => {
  it.effect("ends as it ended first", () =>
    Effect.gen(function* () {
      const body = new StreamedBody({ pause: () => {}, resume: () => {}, onWaiting: () => {} })
      body.end(Effect.fail(errorOf(2)))
      body.end(Cause.done())
      const ended = Pull.matchEffect(body.pull, {
        onSuccess: () => Effect.succeed("bytes"),
        onDone: () => Effect.succeed("done"),
        onFailure: () => Effect.succeed("failed")
      })
      assert.strictEqual(yield* ended, "failed")
    })
  )

  it.effect("fails for two that read at a time: neither waits for ever, nor takes its part for the whole", () =>
    Effect.gen(function* () {
      const body = new StreamedBody({ pause: () => {}, resume: () => {}, onWaiting: () => {} })
      const bytes = Effect.flip(Stream.runDrain(Stream.fromPull(Effect.succeed(body.pull))))
      const reading = Effect.forkChild(bytes, { startImmediately: true })
      const left = yield* reading
      yield* Fiber.interrupt(left)
      const two = [yield* reading, yield* reading]
      yield* Effect.yieldNow
      for (const fiber of two) {
        const exit = fiber.pollUnsafe()
        yield* Fiber.interrupt(fiber)
        assert(exit !== undefined && Exit.isSuccess(exit))
        assert.strictEqual(exit.value.reason._tag, "InvalidInput")
      }
    })
  )
})

describe("a chunk of a file", () => {
  it("is overwritten by no later one, though an earlier one is given back twice", async () => {
    const handle = {
      read: async (into: Uint8Array, at: number, length: number, position: number) => {
        into.fill(position / chunkBytes, at, at + length)
        return { bytesRead: length }
      }
    }
    const reader = new FileReader({ handle, offset: 0, length: 6 * chunkBytes })
    const taken: Array<Uint8Array> = []
    for (let number = 0; number < 4; number++) {
      const chunk = await reader.next()
      taken.push(chunk)
      if (number === 1) for (const _ of [1, 2]) doneWith(taken[0] ?? assert.fail())
      reader.take(chunk)
    }
    await reader.next()
    assert.deepStrictEqual(
      taken.slice(1).map((chunk) => chunk[0]),
      [1, 2, 3]
    )
  })
})

describe("the window of an upload", () => {
  it("is long enough to see beyond what a socket swallows, and no shorter than asked for", () => {
    assert.strictEqual(ofUpload({ bytesPerSecond: 1024, windowMillis: 1_000 }).windowMillis, 1_024_000)
    assert.strictEqual(ofUpload({ bytesPerSecond: 1e9, windowMillis: 30_000 }).windowMillis, 30_000)
  })
})
