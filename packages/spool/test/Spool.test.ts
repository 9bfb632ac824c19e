import * as fs from "node:fs"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { HcpBody, Namespace, Retention } from "@effect-hcp/sdk"
import { Simulation } from "@effect-hcp/simulator"
import { ConfigProvider, Deferred, Effect, Layer, Metric, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Spool } from "../src/index.ts"
import { next, opened, System, spooled, temporaryDirectory } from "./spooled.ts"

const bodiesOf = (directory: string) => fs.readdirSync(path.join(directory, "bodies"))

describe("a spool", () => {
  it.effect("brings each kind of write to HCP, in order at its path", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { directory, spool } = yield* spooled()
      yield* spool.pause
      yield* spool.put("/a.txt", "one", { retention: Retention.deletionAllowed, index: false })
      yield* spool.put("/a.txt", "two", { ifExists: "newVersion" })
      yield* spool.putAnnotation("/a.txt", "note", "<n/>")
      yield* spool.putWithAnnotation("/b.txt", "both", "<b/>", { name: "note" })
      yield* spool.deleteAnnotation("/b.txt", "note")
      yield* spool.put("/c.txt", "gone")
      yield* spool.delete("/c.txt")
      yield* spool.modify("/a.txt", { hold: true })
      const large = yield* spool.put(
        "/large",
        HcpBody.stream(() => Stream.make(new Uint8Array(200_000).fill(7)))
      )
      assert.strictEqual((yield* spool.stats).entries, 9)
      const gauge = (name: string) =>
        Effect.map(Metric.snapshot, (all) =>
          all.find((one) => one.id === name && one.attributes?.directory === directory)
        )
      assert.deepInclude((yield* gauge("hcp_spool_entries"))?.state, { value: 9 })
      yield* spool.resume
      yield* spool.drain
      assert.strictEqual((yield* spool.await(large)).stored?.outcome, undefined)
      assert.deepStrictEqual(yield* spool.stats, {
        entries: 0,
        bytes: 0,
        parked: 0,
        oldest: undefined,
        away: false,
        paused: false
      })
      assert.strictEqual((yield* ns.get("/a.txt")).text, "two")
      assert.lengthOf(yield* Stream.runCollect(ns.versions("/a.txt")), 2)
      assert.strictEqual((yield* ns.head("/a.txt")).hold, true)
      assert.strictEqual(yield* ns.annotations.getText("/a.txt", "note"), "<n/>")
      assert.isFalse(yield* ns.annotations.exists("/b.txt", "note"))
      assert.isFalse(yield* ns.exists("/c.txt"))
      assert.strictEqual((yield* ns.head("/large")).size, 200_000)
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("accepts while the systems are away, shows what it has, and sends it when they are back", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { faults } = yield* Simulation.Simulation
      yield* ns.put("/d/old.txt", "old")
      yield* ns.put("/d/dead.txt", "dead")
      const { spool } = yield* spooled()
      yield* spool.pause
      const receipt = yield* spool.put("/d/new.txt", "new", { hold: true })
      yield* spool.delete("/d/dead.txt")
      yield* spool.put("/d/e/f.txt", "f")
      assert.deepStrictEqual(
        (yield* Stream.runCollect(spool.list("/d"))).map(({ _tag, name }) => [_tag, name]),
        [
          ["Stored", "old.txt"],
          ["Pending", "e"],
          ["Pending", "new.txt"]
        ]
      )
      const { metadata, pending, text } = yield* spool.get("/d/new.txt")
      assert.deepStrictEqual([pending, text, metadata.hold, metadata.size], [true, "new", true, 3])
      assert.isFalse(yield* spool.exists("/d/dead.txt"))
      assert.isTrue(yield* spool.exists("/d/old.txt"))
      const isAway = yield* next(spool, "Away")
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* faults.during({ fault: "refuse" })
          yield* spool.resume
          yield* isAway
          assert.isTrue((yield* spool.stats).away)
          assert.strictEqual((yield* spool.status(receipt))._tag, "Waiting")
        })
      )
      yield* TestClock.adjust("2 seconds")
      yield* spool.drain
      assert.strictEqual((yield* ns.get("/d/new.txt")).text, "new")
      assert.strictEqual((yield* spool.get("/d/new.txt")).pending, false)
      assert.isFalse((yield* spool.stats).away)
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("parks what HCP refuses, which holds up its path alone, until it is tried again or discarded", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* ns.put("/taken", "theirs")
      const { spool } = yield* spooled()
      yield* spool.pause
      const refused = yield* spool.put("/taken", "ours")
      const behind = yield* spool.modify("/taken", { hold: true })
      const same = yield* spool.put("/same", "equal")
      yield* ns.put("/same", "equal")
      yield* spool.resume
      assert.strictEqual((yield* Effect.flip(spool.await(refused)))._tag, "EntryParked")
      yield* spool.drain
      assert.strictEqual((yield* spool.status(same))._tag, "Delivered")
      assert.strictEqual((yield* spool.status(behind))._tag, "Waiting")
      const later = yield* spool.modify("/taken", { index: false })
      yield* spool.drain
      assert.strictEqual((yield* spool.status(later))._tag, "Waiting")
      const [parked] = yield* Stream.runCollect(spool.parked)
      assert.deepInclude(parked?.parked, { reason: "ObjectExists" })
      assert.strictEqual((yield* spool.get("/taken")).text, "theirs")
      const id = parked?.id ?? 0
      assert.isTrue(yield* spool.retry(id))
      assert.isFalse(yield* spool.retry(id + 1))
      assert.strictEqual((yield* Effect.flip(spool.await(refused)))._tag, "EntryParked")
      assert.isTrue(yield* spool.discard(id))
      yield* spool.drain
      assert.strictEqual((yield* Effect.flip(spool.await(refused)))._tag, "EntryDiscarded")
      assert.deepStrictEqual([(yield* spool.stats).entries, (yield* spool.stats).parked], [0, 0])
      const { hold } = yield* ns.head("/taken")
      assert.deepStrictEqual([hold, (yield* ns.get("/taken")).text], [true, "theirs"])
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("keeps what it has over a restart, parked entries too", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* ns.put("/taken", "theirs")
      const directory = yield* temporaryDirectory
      const large = new Uint8Array(100_000).fill(1)
      const [receipt, refused] = yield* opened(directory, (spool) =>
        Effect.gen(function* () {
          yield* spool.pause
          const receipt = yield* spool.put("/kept", large, { retention: Retention.fromNow({ years: 1 }) })
          return [receipt, yield* spool.put("/taken", "ours")] as const
        })
      )
      fs.writeFileSync(path.join(directory, "bodies", "orphan"), "of a write that was never accepted")
      yield* opened(directory, (spool) =>
        Effect.gen(function* () {
          yield* spool.drain
          assert.strictEqual((yield* spool.status(receipt))._tag, "Delivered")
          assert.strictEqual((yield* spool.status({ ...receipt, _tag: "Pending", id: 99 }))._tag, "Unknown")
          assert.deepStrictEqual(bodiesOf(directory), [])
        })
      )
      yield* opened(directory, (spool) =>
        Effect.gen(function* () {
          yield* spool.drain
          assert.strictEqual((yield* spool.status(refused))._tag, "Parked")
          assert.strictEqual((yield* spool.stats).parked, 1)
        })
      )
      const { retention, size } = yield* ns.head("/kept")
      // The year is counted from when it was accepted, at the beginning of time.
      assert.deepStrictEqual([size, retention.value?._tag], [100_000, "Until"])
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("stores no second version of what was stored before the process died", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* ns.put("/a", "old")
      const directory = yield* temporaryDirectory
      const stored = yield* Deferred.make<void>()
      // HCP has it, and nobody here learns of it.
      const dying = Namespace.Namespace.of({
        ...ns,
        put: (path, body, options) =>
          Effect.andThen(ns.put(path, body, options), Effect.andThen(Deferred.succeed(stored, undefined), Effect.never))
      })
      yield* Effect.provideService(
        opened(directory, (spool) =>
          Effect.andThen(spool.put("/a", "new", { ifExists: "newVersion" }), Deferred.await(stored))
        ),
        Namespace.Namespace,
        dying
      )
      yield* opened(directory, ({ drain }) => drain)
      assert.strictEqual((yield* ns.get("/a")).text, "new")
      assert.lengthOf(yield* Stream.runCollect(ns.versions("/a")), 2)
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("sends nothing of a body that the disk has changed", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { directory, spool } = yield* spooled()
      yield* spool.pause
      const receipt = yield* spool.put("/a", new Uint8Array(100_000).fill(1))
      const [name = ""] = bodiesOf(directory)
      fs.writeFileSync(path.join(directory, "bodies", name), new Uint8Array(100_000).fill(2))
      yield* spool.resume
      const error = yield* Effect.flip(spool.await(receipt))
      assert.match(error.message, /not what was accepted/)
      assert.isFalse(yield* ns.exists("/a"))
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})

describe("a spool refuses", () => {
  it.effect("what it has no room for, before the body is read", () =>
    Effect.gen(function* () {
      const { directory, spool } = yield* spooled({ maxBytes: 1_024, maxEntries: 2 })
      yield* spool.pause
      let read = 0
      const stream = (length: number | undefined) =>
        HcpBody.stream(
          () => Stream.tap(Stream.make(new Uint8Array(600), new Uint8Array(600)), () => Effect.sync(() => read++)),
          length === undefined ? {} : { length }
        )
      yield* spool.put("/a", new Uint8Array(100))
      assert.deepInclude(yield* Effect.flip(spool.put("/b", stream(1_200))), { _tag: "SpoolFull", limit: "maxBytes" })
      assert.strictEqual(read, 0)
      assert.deepInclude(yield* Effect.flip(spool.put("/b", stream(undefined))), { _tag: "SpoolFull" })
      yield* spool.put("/b", "x")
      assert.deepInclude(yield* Effect.flip(spool.put("/c", "y")), { _tag: "SpoolFull", limit: "maxEntries" })
      assert.deepStrictEqual([(yield* spool.stats).bytes, (yield* spool.stats).entries], [101, 2])
      assert.deepStrictEqual(bodiesOf(directory), [])
      const free = yield* Effect.flip(
        Effect.flatMap(spooled({ minFreeBytes: 2 ** 52 }), ({ spool }) => spool.put("/a", "x"))
      )
      assert.deepInclude(free, { _tag: "SpoolFull", limit: "minFreeBytes" })
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("what HCP could never take, and keeps nothing of it", () =>
    Effect.gen(function* () {
      const { spool } = yield* spooled()
      yield* spool.pause
      const wrong = [
        spool.put("relative", "x"),
        spool.put("/a", "x", JSON.parse('{ "ifMatch": "x" }')),
        spool.put("/a", "x", JSON.parse('{ "ifExists": "maybe" }')),
        spool.put("/a", "x", JSON.parse('{ "retention": "A+1y" }')),
        spool.put("/a", JSON.parse("{}")),
        spool.put("/a", HcpBody.file("/nowhere")),
        spool.putWithAnnotation("/a", "x", "<broken"),
        spool.putAnnotation("/a", "no/name", "x"),
        spool.deleteAnnotation("/a", ""),
        spool.modify("/a", {}),
        spool.modify("/a", { hold: true, retention: Retention.prohibited }),
        spool.delete("/a/../b"),
        spool.delete("/a", JSON.parse('{ "versionId": "1" }'))
      ]
      const reasons = yield* Effect.forEach(wrong, (write) =>
        Effect.match(write, {
          onFailure: (error) => (error._tag === "HcpError" ? error.reason._tag : error._tag),
          onSuccess: () => "accepted"
        })
      )
      assert.deepStrictEqual(
        reasons,
        wrong.map((_, index) => (index === 5 ? "BodySourceFailed" : "InvalidInput"))
      )
      const broken = HcpBody.stream(() => Stream.fail("no more"))
      const { message } = yield* Effect.flip(spool.put("/a b", broken))
      assert.strictEqual(message, "PUT /a b: cannot read the body from stream: no more")
      assert.strictEqual((yield* spool.stats).entries, 0)
    }).pipe(Effect.scoped, Effect.provide(System))
  )

  it.effect("a directory that another one has, that a newer program wrote, or that is none", () =>
    Effect.gen(function* () {
      const { directory } = yield* spooled()
      const second = yield* Effect.flip(opened(directory, () => Effect.void))
      assert.deepInclude(second, { _tag: "SpoolInUse" })
      assert.include(second.message, `process ${process.pid}`)
      const newer = yield* temporaryDirectory
      const database = new DatabaseSync(path.join(newer, "spool.db"))
      database.exec("pragma user_version = 1000")
      database.close()
      assert.deepInclude(yield* Effect.flip(opened(newer, () => Effect.void)), { reason: "NewerVersion" })
      const broken = yield* temporaryDirectory
      fs.writeFileSync(path.join(broken, "spool.db"), "this is no database, and long enough to be looked at".repeat(99))
      assert.deepInclude(yield* Effect.flip(opened(broken, () => Effect.void)), { reason: "Broken" })
      const file = path.join(broken, "file")
      fs.writeFileSync(file, "")
      assert.deepInclude(yield* Effect.flip(opened(path.join(file, "spool"), () => Effect.void)), {
        reason: "Directory"
      })
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})

describe("a spool for when HCP is away", () => {
  it.effect("sends at once, keeps what cannot be sent, and lets nothing overtake it", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { faults } = yield* Simulation.Simulation
      const { spool } = yield* spooled({ mode: "whenAway" })
      const direct = yield* spool.put("/a", "one")
      assert.strictEqual(direct._tag, "Stored")
      assert.deepInclude(yield* Effect.flip(spool.put("/a", "two")), { _tag: "HcpError" })
      yield* spool.pause
      const kept = yield* Effect.scoped(
        Effect.andThen(faults.during({ fault: "refuse" }), spool.put("/a", "three", { ifExists: "newVersion" }))
      )
      assert.strictEqual(kept._tag, "Pending")
      assert.strictEqual((yield* spool.put("/a", "four", { ifExists: "newVersion" }))._tag, "Pending")
      assert.strictEqual((yield* spool.put("/b", "five"))._tag, "Stored")
      yield* spool.resume
      yield* spool.drain
      assert.strictEqual((yield* ns.get("/a")).text, "four")
      assert.lengthOf(yield* Stream.runCollect(ns.versions("/a")), 3)
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})

describe("Spool.layerConfig", () => {
  const read = (env: Readonly<Record<string, string>>) =>
    Effect.scoped(Layer.build(Spool.layerConfig())).pipe(
      Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
    )

  it.effect("reads the variables, and names one that is wrong", () =>
    Effect.gen(function* () {
      const directory = path.join(yield* temporaryDirectory, "spool")
      yield* read({ HCP_SPOOL_DIRECTORY: directory, HCP_SPOOL_DURABILITY: "process", HCP_SPOOL_MIN_FREE_BYTES: "0" })
      assert.deepStrictEqual(bodiesOf(directory), [])
      assert.include((yield* Effect.flip(read({}))).message, "HCP_SPOOL_DIRECTORY is not set")
      const wrong = yield* Effect.flip(read({ HCP_SPOOL_DIRECTORY: directory, HCP_SPOOL_MODE: "often" }))
      assert.match(wrong.message, /HCP_SPOOL_MODE is "often"; give .*whenAway/)
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})
