import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import * as Progress from "../../src/namespace/Progress.ts"
import type * as Transfer from "../../src/namespace/Transfer.ts"

const chunks = (...sizes: ReadonlyArray<number>) => Stream.fromIterable(sizes.map((size) => new Uint8Array(size)))

describe("Progress", () => {
  it.effect("track reports the bytes of any stream as they pass", () =>
    Effect.gen(function* () {
      const seen: Array<Progress.Progress> = []
      const onProgress: Progress.OnProgress = (progress) => Effect.sync(() => seen.push(progress))
      yield* Stream.runDrain(Progress.track(onProgress, { total: 5 })(chunks(2, 0, 3)))
      yield* Stream.runDrain(Progress.track(onProgress)(chunks(4)))
      assert.deepStrictEqual(seen, [
        { transferred: 2, total: 5 },
        { transferred: 5, total: 5 },
        { transferred: 4, total: undefined },
        { transferred: 4, total: 4 }
      ])
    })
  )

  it.effect("track says nothing of an end that was a failure", () =>
    Effect.gen(function* () {
      const seen: Array<number> = []
      const onProgress: Progress.OnProgress = ({ transferred }) => Effect.sync(() => seen.push(transferred))
      const broken = Stream.concat(chunks(2), Stream.fail("broken"))
      yield* Effect.flip(Stream.runDrain(Progress.track(onProgress, { total: 5 })(broken)))
      assert.deepStrictEqual(seen, [2])
    })
  )

  it.effect("events gives the progress, and at the end what the transfer gave", () =>
    Effect.gen(function* () {
      const events = Progress.events((onProgress) =>
        Effect.gen(function* () {
          yield* onProgress({ transferred: 1, total: 2 })
          yield* Effect.yieldNow
          yield* onProgress({ transferred: 2, total: 2 })
          return "done"
        })
      )
      const seen = yield* Stream.runCollect(events)
      assert.deepStrictEqual(seen.at(-1), { _tag: "Done", value: "done" })
      assert.isAtMost(seen.length, 3)
    })
  )

  it.effect("events gives all that the progress of a folder says, by the type of the callback", () =>
    Effect.gen(function* () {
      const files: Array<number | undefined> = []
      yield* Progress.events((onProgress: Transfer.OnProgress) =>
        Effect.andThen(onProgress({ transferred: 1, total: 2, files: 3, totalFiles: 4 }), Effect.never)
      ).pipe(
        Stream.take(1),
        Stream.runForEach((event) =>
          Effect.sync(() => event._tag === "Moved" && files.push(event.files, event.totalFiles))
        )
      )
      assert.deepStrictEqual(files, [3, 4])
    })
  )

  it.effect("events never makes the transfer wait for its reader", () =>
    Effect.gen(function* () {
      const isOver = yield* Deferred.make<void>()
      const events = Progress.events((onProgress) =>
        Effect.forEach(
          Array.from({ length: 1000 }, (_, index) => index),
          (transferred) => onProgress({ transferred, total: 1000 })
        ).pipe(Effect.andThen(Deferred.succeed(isOver, undefined)))
      )
      const seen: Array<string> = []
      // Its reader does not go on before the transfer is over.
      yield* Stream.runForEach(events, (event) =>
        Effect.andThen(
          Deferred.await(isOver),
          Effect.sync(() => seen.push(event._tag))
        )
      )
      assert.strictEqual(seen.at(-1), "Done")
      assert.isBelow(seen.length, 10)
    })
  )

  it.effect("events fails as the transfer does, and leaving it ends the transfer", () =>
    Effect.gen(function* () {
      const failing = Progress.events(() => Effect.fail("broken"))
      assert.strictEqual(yield* Effect.flip(Stream.runDrain(failing)), "broken")
      const ended = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(
        Stream.runDrain(Progress.events(() => Effect.ensuring(Effect.never, Deferred.succeed(ended, undefined)))),
        { startImmediately: true }
      )
      yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(ended)
    })
  )

  it("print says how much of it, or how much there is", () => {
    assert.strictEqual(Progress.print({ transferred: 1, total: 3 }), "33%")
    assert.strictEqual(Progress.print({ transferred: 999, total: 1000 }), "99%")
    assert.strictEqual(Progress.print({ transferred: 0, total: 0 }), "100%")
    assert.strictEqual(Progress.print({ transferred: 7, total: undefined }), "7 bytes")
  })
})
