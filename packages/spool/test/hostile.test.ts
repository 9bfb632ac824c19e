import * as fs from "node:fs"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { HcpBody, Namespace } from "@effect-hcp/sdk"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { Spool } from "../src/index.ts"
import { opened, System, spooled, temporaryDirectory } from "./spooled.ts"

const parkedIn = (spool: Spool.Shape) =>
  Effect.map(Stream.runCollect(spool.parked), (all) => all.map(({ parked, path }) => [path, parked?.reason]))

describe("an entry that a disk has changed", () => {
  it.effect("is parked by itself, and can be looked at and discarded", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const directory = yield* temporaryDirectory
      const put = (retention: string) =>
        JSON.stringify({ _tag: "Put", settings: { retention }, ifExists: "fail" }).replaceAll("'", "''")
      const changes = {
        "/retention": `operation = '${put("soon")}'`,
        "/operation": "operation = '{'",
        "/refused": "parked = 'unreadable'",
        "/time": "at = 9000000000000000"
      }
      yield* opened(
        directory,
        (spool) => Effect.forEach([...Object.keys(changes), "/well"], (path) => spool.put(path, "text")),
        { paused: true }
      )
      const database = new DatabaseSync(path.join(directory, "spool.db"))
      for (const [path, change] of Object.entries(changes)) {
        database.exec(`update entry set ${change} where path = '${path}'`)
      }
      database.close()
      yield* opened(
        directory,
        (spool) =>
          Effect.gen(function* () {
            assert.lengthOf(yield* Stream.runCollect(spool.pending), 4)
            yield* spool.resume
            yield* spool.drain
            assert.deepStrictEqual(yield* parkedIn(spool), [
              ["/retention", "Defective"],
              ["/operation", "Damaged"],
              ["/refused", "Damaged"]
            ])
            for (const { id } of yield* Stream.runCollect(spool.parked)) assert.isTrue(yield* spool.discard(id))
            assert.deepInclude(yield* spool.stats, { entries: 0, parked: 0 })
          }),
        { paused: true }
      )
      assert.isTrue((yield* ns.exists("/well")) && (yield* ns.exists("/time")))
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("holds up no other one where the namespace dies of it", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const dying = Namespace.Namespace.of({
        ...ns,
        put: (path, ...given) => (path === "/dies" ? Effect.die(new Error("boom")) : ns.put(path, ...given))
      })
      const { spool } = yield* Effect.provideService(spooled({ concurrency: 1 }), Namespace.Namespace, dying)
      yield* spool.put("/dies", "text")
      const other = yield* spool.put("/lives", "text")
      yield* spool.drain
      yield* spool.await(other)
      assert.deepStrictEqual(yield* parkedIn(spool), [["/dies", "Defective"]])
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})

describe("a receipt", () => {
  it.effect("that this spool has not given never counts as delivered", () =>
    Effect.gen(function* () {
      const { spool } = yield* spooled()
      yield* spool.put("/a", "text")
      yield* spool.drain
      for (const id of [0, 2, 1.5, Number.NaN]) {
        const receipt = { _tag: "Pending", id, path: "/a" } as const
        assert.deepStrictEqual(yield* spool.status(receipt), { _tag: "Unknown" })
        assert.strictEqual((yield* Effect.flip(spool.await(receipt)))._tag, "EntryUnknown")
      }
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})

describe("a path", () => {
  it.effect("with a slash at its end is the same one, and the last of all names is listed", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { spool } = yield* spooled({ paused: true })
      yield* spool.put("/d/a/", "one")
      yield* spool.put("/d/a", "two", { ifExists: "newVersion" })
      yield* spool.put("/d/\u{10ffff}", "last")
      assert.strictEqual((yield* spool.get("/d/a/")).text, "two")
      const names = (yield* Stream.runCollect(spool.list("/d/"))).map(({ name }) => name)
      assert.deepStrictEqual(names, ["a", "\u{10ffff}"])
      yield* spool.resume
      yield* spool.drain
      assert.strictEqual((yield* ns.get("/d/a")).text, "two")
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})

describe("what is parked", () => {
  it.effect("is counted once, whoever tries it again and discards it at the same time", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* ns.put("/a", "theirs")
      const { spool } = yield* spooled()
      const receipt = yield* spool.put("/a", "ours")
      yield* spool.drain
      const { id } = receipt._tag === "Pending" ? receipt : { id: 0 }
      yield* Effect.all([spool.retry(id), spool.discard(id), spool.retry(id)], { concurrency: "unbounded" })
      yield* spool.drain
      const { entries, parked } = yield* spool.stats
      assert.deepStrictEqual([entries, parked], entries === 0 ? [0, 0] : [1, 1])
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})

describe("a spool that is closed", () => {
  it.effect("waits for no body that does not end, and keeps nothing of it", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const begun = Deferred.makeUnsafe<void>()
      const endless = HcpBody.stream(() =>
        Stream.concat(
          Stream.make(new Uint8Array(100_000)),
          Stream.fromEffect(Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
        )
      )
      const writing = yield* opened(directory, (spool) =>
        Effect.tap(Effect.forkDetach(spool.put("/a", endless)), Deferred.await(begun))
      )
      const failure = yield* Effect.flip(Fiber.join(writing))
      assert(failure._tag === "SpoolUnusable")
      assert.include(failure.message, "was closed")
      assert.deepStrictEqual(fs.readdirSync(path.join(directory, "bodies")), [])
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})

describe("the files of a spool", () => {
  for (const name of ["spool.lock", "spool.db", "spool.db-wal"]) {
    it.effect(`are needed: without ${name} nothing is accepted any more, nor sent`, () =>
      Effect.gen(function* () {
        const ns = yield* Namespace.Namespace
        const { directory, spool } = yield* spooled({ durability: "process" })
        yield* spool.pause
        yield* spool.put("/a", "text")
        fs.rmSync(path.join(directory, name))
        const failure = yield* Effect.flip(spool.put("/b", "text"))
        assert.include(failure.message, `${name} was removed or replaced`)
        const large = yield* Effect.flip(spool.put("/c", new Uint8Array(100_000)))
        assert.include(large.message, `${name} was removed or replaced`)
        assert.deepStrictEqual(fs.readdirSync(path.join(directory, "bodies")), [], "its row will never be there")
        yield* spool.resume
        assert.strictEqual((yield* Effect.flip(spool.drain))._tag, "SpoolUnusable")
        assert.isFalse(yield* ns.exists("/a"))
      }).pipe(Effect.scoped, Effect.provide(System))
    )
  }

  it.effect.skipIf(!fs.existsSync("/proc/self"))("are not looked for without end where they cannot be made", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(Effect.scoped(Spool.make({ directory: "/proc/spool", minFreeBytes: 0 })))
      assert.deepInclude(failure, { _tag: "SpoolUnusable", reason: "Directory" })
    }).pipe(Effect.provide(System))
  )
})
