import { Worker } from "node:worker_threads"
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect } from "effect"
import type { Write } from "../src/internal/sqlite.ts"
import type { Statement } from "../src/SqliteSchema.ts"
import { System, spooled } from "./spooled.ts"

/** How many messages the thread of a database gets, by what they are. */
const messages = Effect.acquireRelease(
  Effect.sync(() => vi.spyOn(Worker.prototype, "postMessage")),
  (spy) => Effect.sync(() => spy.mockRestore())
).pipe(
  Effect.map((spy) => ({
    count: (tag: string) => spy.mock.calls.filter(([message]) => message._tag === tag).length,
    /** What is written by statements of this name, in each transaction. */
    values: (name: string): ReadonlyArray<ReadonlyArray<Statement["values"]>> => {
      const transactions: Array<Array<Statement["values"]>> = [[]]
      for (const [message] of spy.mock.calls) {
        if (message._tag !== "Write") continue
        const writes: ReadonlyArray<Write> = message.writes
        const statements = writes.flatMap((write) => write.statements).filter((statement) => statement.name === name)
        transactions.at(-1)?.push(...statements.flatMap(({ others = [], values }) => [values, ...others]))
        if (!message.goesOn) transactions.push([])
      }
      return transactions
    },
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

  it.effect("gets no more at once than others can wait for", () =>
    Effect.gen(function* () {
      const { forget, values } = yield* messages
      const { spool } = yield* spooled({ durability: "process" })
      yield* spool.pause
      forget()
      const large = new Uint8Array(60_000)
      yield* Effect.forEach(
        [...paths, ...paths.slice(0, 100).map((path) => `/more${path}`)],
        (path) => spool.put(path, new Uint8Array(1)),
        {
          concurrency: "unbounded",
          discard: true
        }
      )
      yield* Effect.forEach(
        paths.slice(0, 150),
        (path) => spool.put(`/large${path}`, large, { ifExists: "newVersion" }),
        { concurrency: "unbounded", discard: true }
      )
      const added = values("add")
      assert.isAtMost(Math.max(...added.map(({ length }) => length)), 1_000)
      const bytesOf = (all: ReadonlyArray<Statement["values"]>) =>
        all.flat().filter((value) => value instanceof Uint8Array).length * 60_000
      assert.isAtMost(Math.max(...added.filter((all) => all.length < 100).map(bytesOf)), 2 * 1024 * 1024)
      yield* spool.resume
      yield* spool.drain
      assert.strictEqual((yield* spool.stats).entries, 0)
      // Of large ones fewer are read ahead than of small ones.
      const claimed = values("claim").flatMap((all) => all.map(([ids]) => JSON.parse(String(ids)).length))
      assert.isAtMost(Math.max(...claimed.slice(-2)), 75)
      assert.isAtLeast(Math.max(...claimed), 200)
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})
