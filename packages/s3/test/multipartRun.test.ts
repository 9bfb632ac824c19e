import { createHash } from "node:crypto"
import { assert, it } from "@effect/vitest"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import { HcpError, ServerError } from "@effect-hcp/sdk/HcpError"
import type { Progress } from "@effect-hcp/sdk/Progress"
import { Deferred, Effect, Fiber, Stream } from "effect"
import type { Part } from "../src/internal/bodyParts.ts"
import { type SentPart, sendParts, Tally } from "../src/internal/multipartRun.ts"

const part = (number: number, loads: Array<number> = []): Part => {
  const bytes = new Uint8Array(10).fill(number)
  return {
    number,
    offset: (number - 1) * 10,
    size: 10,
    load: Effect.sync(() => {
      loads.push(number)
      return { body: HcpBody.bytes(bytes), md5: createHash("md5").update(bytes).digest() }
    })
  }
}

const etagOf = (number: number) => createHash("md5").update(new Uint8Array(10).fill(number)).digest("hex")

const known = (...parts: ReadonlyArray<SentPart>) => new Map(parts.map((each) => [each.number, each] as const))

const quiet = () => new Tally(undefined, undefined)

it.effect("parts are sent so many at a time, and given in order", () =>
  Effect.gen(function* () {
    let now = 0
    let most = 0
    const gate = yield* Deferred.make<void>()
    const running = yield* sendParts(
      Stream.fromIterable([1, 2, 3, 4, 5, 6].map((number) => part(number))),
      known(),
      3,
      quiet(),
      ({ number }) =>
        Effect.gen(function* () {
          most = Math.max(most, ++now)
          if (most === 3) yield* Deferred.succeed(gate, undefined)
          yield* Deferred.await(gate)
          // Later parts are done earlier.
          for (let i = 0; i < 10 - number; i++) yield* Effect.yieldNow
          now--
          return etagOf(number)
        })
    ).pipe(Effect.forkChild)
    const sent = yield* Fiber.join(running)
    assert.deepStrictEqual(
      sent,
      [1, 2, 3, 4, 5, 6].map((number) => ({ number, size: 10, etag: etagOf(number) }))
    )
    assert.strictEqual(most, 3)
  })
)

it.effect("a part that is there is not sent again, one that differs is", () =>
  Effect.gen(function* () {
    const sent: Array<number> = []
    const stored = known(
      { number: 1, size: 10, etag: etagOf(1).toUpperCase() },
      { number: 2, size: 10, etag: etagOf(9) },
      { number: 3, size: 9, etag: etagOf(3) },
      { number: 4, size: 10, etag: "not-an-md5" }
    )
    const result = yield* sendParts(
      Stream.fromIterable([1, 2, 3, 4].map((number) => part(number))),
      stored,
      2,
      quiet(),
      ({ number }) =>
        Effect.sync(() => {
          sent.push(number)
          return etagOf(number)
        })
    )
    assert.deepStrictEqual(sent, [2, 3, 4])
    assert.lengthOf(result, 4)
  })
)

it.effect("a part that arrives changed is sent again, but not for ever", () =>
  Effect.gen(function* () {
    let calls = 0
    const flaky = (good: number) => () => Effect.sync(() => (++calls === good ? etagOf(1) : etagOf(2)))
    yield* sendParts(Stream.make(part(1)), known(), 1, quiet(), flaky(3))
    assert.strictEqual(calls, 3)
    calls = 0
    const error = yield* Effect.flip(sendParts(Stream.make(part(1)), known(), 1, quiet(), flaky(9)))
    assert.strictEqual(error.reason._tag, "IntegrityError")
    assert.strictEqual(calls, 3)
    calls = 0
    // An ETag of another form says nothing.
    const other = yield* sendParts(Stream.make(part(1)), known(), 1, quiet(), () => Effect.succeed("0".repeat(64)))
    assert.strictEqual(other[0]?.etag, "0".repeat(64))
  })
)

it.effect("a failure ends the others, and nothing more is loaded", () =>
  Effect.gen(function* () {
    const loads: Array<number> = []
    let interrupted = 0
    const parts = Stream.fromIterable(Array.from({ length: 100 }, (_, at) => part(at + 1, loads)))
    const begun = yield* Deferred.make<void>()
    const error = yield* Effect.flip(
      sendParts(parts, known(), 3, quiet(), ({ number }) =>
        number === 3
          ? Effect.andThen(
              Deferred.await(begun),
              Effect.fail(new HcpError({ operation: "PUT", reason: new ServerError({ status: 500, detail: "" }) }))
            )
          : Effect.never.pipe(
              Effect.tap(() => Effect.void),
              Effect.onInterrupt(() => Effect.sync(() => interrupted++)),
              (never) => (number === 2 ? Effect.andThen(Deferred.succeed(begun, undefined), never) : never)
            )
      )
    )
    assert.strictEqual(error.reason._tag, "ServerError")
    assert.strictEqual(interrupted, 2)
    assert.isAtMost(loads.length, 4)
  })
)

it.effect("progress goes up to the total, one report at a time", () =>
  Effect.gen(function* () {
    const reports: Array<Progress> = []
    let inside = 0
    const tally = new Tally(
      (progress) =>
        Effect.gen(function* () {
          assert.strictEqual(++inside, 1)
          yield* Effect.yieldNow
          reports.push(progress)
          inside--
        }),
      undefined
    )
    yield* sendParts(Stream.fromIterable([1, 2, 3, 4].map((number) => part(number))), known(), 4, tally, ({ number }) =>
      Effect.succeed(etagOf(number))
    )
    yield* tally.done
    yield* tally.done
    const moved = reports.map(({ transferred }) => transferred)
    assert.deepStrictEqual(
      moved,
      [...moved].sort((a, b) => a - b)
    )
    assert.deepStrictEqual(reports.at(-1), { transferred: 40, total: 40 })
    assert.isBelow(reports.length, 6)
  })
)

it.effect("more parts than HCP takes fail before they are sent", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(
      sendParts(Stream.make(part(10_001)), known(), 1, quiet(), () => Effect.die("sent"))
    )
    assert.strictEqual(error.reason._tag, "InvalidInput")
  })
)
