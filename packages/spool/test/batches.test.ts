import { Worker } from "node:worker_threads"
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect } from "effect"
import { System, spooled } from "./spooled.ts"

/** How many messages the thread of a database gets, by what they are. */
const messages = Effect.acquireRelease(
  Effect.sync(() => vi.spyOn(Worker.prototype, "postMessage")),
  (spy) => Effect.sync(() => spy.mockRestore())
).pipe(
  Effect.map((spy) => ({
    count: (tag: string) => spy.mock.calls.filter(([message]) => message._tag === tag).length,
    forget: () => spy.mockClear()
  }))
)

const paths = Array.from({ length: 1_000 }, (_, index) => `/${index}`)

describe("the thread of the database", () => {
  it.effect("is asked a few times for a thousand entries, in and out", () =>
    Effect.gen(function* () {
      const { count, forget } = yield* messages
      const { spool } = yield* spooled({ durability: "process" })
      yield* spool.pause
      forget()
      yield* Effect.forEach(paths, (path) => spool.put(path, new Uint8Array(100)), { concurrency: 50, discard: true })
      // Each answer lets fifty more in.
      assert.isAtMost(count("Write"), 40)
      forget()
      yield* spool.resume
      yield* spool.drain
      assert.strictEqual((yield* spool.stats).entries, 0)
      assert.isAtMost(count("Write"), 30)
      assert.isAtMost(count("Ask"), 6)
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})
