import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as SqliteDatabase from "../src/SqliteDatabase.ts"
import { kill, temporaryDirectory, withThreads } from "./spooled.ts"

const options = {
  thread: "test",
  synchronous: "off",
  exclusive: true,
  migrations: [
    `create table parent (id integer primary key) strict;
     create table child (parent integer references parent (id) deferrable initially deferred) strict;`
  ],
  statements: {
    parent: "insert into parent (id) values (?)",
    child: "insert into child (parent) values (?)",
    children: "select parent from child"
  }
} as const

/** A database, and the thread that has it. */
const opened = withThreads((threads) =>
  Effect.map(
    Effect.flatMap(temporaryDirectory, (at) => SqliteDatabase.make({ ...options, file: path.join(at, "test.db") })),
    (database) => ({ database, threads })
  )
)

describe("a write into a database that fails", () => {
  it.effect("is undone for certain where a statement fails, or the thread never got it", () =>
    Effect.gen(function* () {
      const { database, threads } = yield* opened
      const twice = { name: "parent", values: [1] } as const
      assert.deepInclude(yield* Effect.flip(database.write(twice, twice)), { reason: "Failed", isUndone: true })
      yield* database.write(twice)
      yield* kill(threads)
      assert.deepInclude(yield* Effect.flip(database.write({ name: "child", values: [1] })), { isUndone: true })
    }).pipe(Effect.scoped)
  )

  it.effect("may have been done where its end fails, or the thread dies with it", () =>
    Effect.gen(function* () {
      const { database, threads } = yield* opened
      // This one is found out at the end of the transaction.
      const orphan = yield* Effect.flip(database.write({ name: "child", values: [7] }))
      assert.include(orphan.detail, "FOREIGN KEY")
      assert.isUndefined(orphan.isUndone)
      assert.deepStrictEqual(yield* database.all("children"), [])
      for (const thread of threads) thread.removeAllListeners("message")
      const unanswered = Effect.flip(database.write({ name: "parent", values: [1] }))
      const [lost] = yield* Effect.all([unanswered, kill(threads)], { concurrency: "unbounded" })
      assert.isUndefined(lost.isUndone)
    }).pipe(Effect.scoped)
  )
})
