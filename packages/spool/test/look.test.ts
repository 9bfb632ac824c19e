import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { Namespace } from "@effect-hcp/sdk"
import { Effect } from "effect"
import { Spool } from "../src/index.ts"
import { opened, System, temporaryDirectory } from "./spooled.ts"

/** What another process would find in the database of a spool at a path: the numbers of its entries, and which are marked. */
const foundIn = (directory: string, at: string) => {
  const database = new DatabaseSync(path.join(directory, "spool.db"), { readOnly: true })
  const rows = database.prepare("select id, sent from entry where path = ? order by id").all(at)
  database.close()
  return rows.map(({ id, sent }) => ({ id: Number(id), sent: Number(sent) === 1 }))
}

describe("the database of a spool in use", () => {
  it.effect("says of each write that it may be at HCP, and nothing of those before it, when HCP gets it", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const directory = yield* temporaryDirectory
      const wrong: Array<string> = []
      let sent = 0
      const looking = Namespace.Namespace.of({
        ...ns,
        put: (at, body, options) =>
          Effect.suspend(() => {
            const [first] = foundIn(directory, at)
            sent++
            if (first?.sent !== true) wrong.push(`${at} is not marked`)
            if (at === "/same" && first !== undefined) before.push(first.id)
            return ns.put(at, body, options)
          })
      })
      const before: Array<number> = []
      yield* opened(directory, (spool) =>
        Effect.gen(function* () {
          yield* spool.pause
          yield* Effect.forEach(
            Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? "/same" : `/${index}`)),
            (at, index) => spool.put(at, String(index), { ifExists: "newVersion" })
          )
          yield* spool.resume
          yield* spool.drain
        })
      ).pipe(Effect.provideService(Namespace.Namespace, looking))
      assert.deepStrictEqual([wrong, sent], [[], 60])
      // Each is the oldest one of its path that is still there.
      assert.strictEqual(new Set(before).size, 20)
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("is counted by others, who change nothing and hold up nobody", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* ns.put("/taken", "theirs")
      const directory = yield* temporaryDirectory
      const none = yield* Effect.flip(Spool.look(directory))
      assert.deepInclude(none, { _tag: "SpoolUnusable", reason: "Directory" })
      yield* opened(directory, (spool) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* Spool.look(directory), { entries: 0, bytes: 0, parked: 0, oldest: undefined })
          yield* spool.put("/taken", "ours")
          yield* spool.drain
          yield* spool.pause
          yield* spool.put("/a", new Uint8Array(100_000))
          const { away: _, paused: __, ...amount } = yield* spool.stats
          assert.deepStrictEqual(yield* Spool.look(directory), amount)
          assert.deepInclude(amount, { entries: 2, bytes: 100_004, parked: 1 })
          yield* spool.resume
          yield* spool.drain
          assert.deepInclude(yield* Spool.look(directory), { entries: 1, parked: 1 })
        })
      )
      assert.deepInclude(yield* Spool.look(directory), { entries: 1, parked: 1 })
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})
