import { assert, describe, it } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Context, Effect, Layer, Redacted, Stream } from "effect"
import * as Hcp from "../../src/Hcp.ts"
import * as HcpBody from "../../src/HcpBody.ts"
import * as ByteRange from "../../src/namespace/ByteRange.ts"
import * as DeleteTree from "../../src/namespace/DeleteTree.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import type { OnProgress } from "../../src/namespace/Progress.ts"
import * as Retention from "../../src/namespace/Retention.ts"
import { digest, tagOf } from "../utils/namespaces.ts"

const domain = "hcp1.example.com"

/** A namespace over HTTPS, with versioning or without. */
const start = Effect.fnUntraced(function* (versioning: boolean) {
  const simulator = yield* Simulator.make({
    systems: [{ domain, namespaces: [{ name: "n1", tenant: "t1", versioning }] }]
  })
  const layer = Namespace.layer.pipe(
    Layer.provide(
      Hcp.layer({
        fqdn: `n1.t1.${domain}`,
        port: simulator.systems[0].ports.https,
        tls: { ca: simulator.ca },
        resolver: { nameServers: [simulator.nameServer] },
        credentials: { username: "n", password: Redacted.make("n01") }
      })
    )
  )
  return Context.get(yield* Layer.build(layer), Namespace.Namespace)
})

const text = HcpBody.text
const textOf = <E, R>(stream: Stream.Stream<Uint8Array, E, R>) =>
  Effect.map(Stream.runCollect(stream), (chunks) => Buffer.concat(chunks).toString())

const names = [
  "a b",
  "a+b",
  "a%2Bb",
  "%",
  "?#&=;",
  "'\"`",
  "ä/ö",
  "e\u0301",
  "東京",
  "🦉",
  "~!$()*,:@",
  "back\\slash",
  "tab\tnew\nline",
  "rest/rest/rest",
  " ",
  "x".repeat(255)
]

describe("without versioning", () => {
  it.live("objects live as the facade says", () =>
    Effect.gen(function* () {
      const ns = yield* start(false)
      const stored = yield* ns.put("/a/b.txt", text("one"), { index: false })
      assert.strictEqual(stored.outcome, "created")
      assert.strictEqual(stored.metadata.hash?.hex, digest("sha256", "one"))

      const exists = yield* Effect.flip(ns.put("/a/b.txt", text("two")))
      assert(exists.reason._tag === "ObjectExists")
      assert.strictEqual(exists.reason.size, 3)
      assert.strictEqual(exists.reason.versionId, stored.metadata.versionId)
      assert.strictEqual(yield* tagOf(ns.put("/a/b.txt", text("two"), { ifExists: "newVersion" })), "ObjectExists")
      assert.strictEqual(yield* tagOf(ns.put("/a", text("x"))), "ObjectExists")
      assert.strictEqual((yield* ns.put("/a/b.txt", text("one"), { ifExists: "skip" })).outcome, "skipped")
      assert.strictEqual(yield* tagOf(ns.put("/a/b.txt", text("two"), { ifExists: "skip" })), "ObjectExists")
      assert.strictEqual((yield* ns.put("/a/b.txt", text("two"), { ifExists: "replace" })).outcome, "replaced")

      const found = yield* ns.get("/a/b.txt")
      assert.strictEqual(found.text, "two")
      assert.strictEqual(found.metadata.type, "object")
      assert.strictEqual((yield* ns.get("/a/b.txt", { range: ByteRange.last(2) })).text, "wo")
      assert.strictEqual((yield* ns.get("/a/b.txt", { range: ByteRange.between(0, 99) })).text, "two")
      assert.strictEqual(yield* tagOf(ns.get("/a/b.txt", { range: ByteRange.from(3) })), "RangeNotSatisfiable")
      const etag = found.metadata.etag ?? ""
      assert.strictEqual(yield* tagOf(ns.get("/a/b.txt", { ifNoneMatch: etag })), "NotModified")
      assert.strictEqual(yield* tagOf(ns.get("/a/b.txt", { ifMatch: "other" })), "PreconditionFailed")
      for (const read of [ns.get("/a"), ns.open("/a"), Stream.runDrain(ns.stream("/a"))]) {
        assert.strictEqual(yield* tagOf(read), "IsADirectory")
      }

      assert.strictEqual((yield* ns.head("/a")).type, "directory")
      assert.strictEqual(yield* tagOf(ns.delete("/a")), "DirectoryNotEmpty")
      yield* ns.delete("/a/b.txt")
      assert.isFalse(yield* ns.exists("/a/b.txt"))
      assert.strictEqual(yield* tagOf(ns.delete("/a/b.txt")), "NotFound")
      yield* ns.delete("/a")
    })
  )

  it.live("retention and hold protect, and say so", () =>
    Effect.gen(function* () {
      const ns = yield* start(false)
      yield* ns.put("/kept", text("x"), { retention: Retention.years(10) })
      const kept = yield* Effect.flip(ns.delete("/kept"))
      assert(kept.reason._tag === "UnderRetention")
      assert.match(kept.reason.until, /^\d{4}-\d\d-\d\dT/)
      assert.strictEqual(yield* tagOf(ns.put("/kept", text("y"), { ifExists: "replace" })), "UnderRetention")
      assert.strictEqual((yield* ns.get("/kept")).text, "x")
      assert.strictEqual(yield* tagOf(ns.modify("/kept", { retention: Retention.deletionAllowed })), "BadRequest")
      yield* ns.modify("/kept", { retention: Retention.extendBy({ years: 1 }), index: false })
      yield* ns.modify("/kept", { hold: true })
      assert.strictEqual((yield* ns.head("/kept")).hold, true)
      const privileged = { privileged: { reason: "court order, 1/2" } }
      assert.strictEqual(yield* tagOf(ns.delete("/kept", privileged)), "OnHold")
      assert.strictEqual(yield* tagOf(ns.modify("/kept", { retention: Retention.prohibited })), "OnHold")
      yield* ns.modify("/kept", { hold: false })
      yield* ns.delete("/kept", { privileged: { reason: "\u00fc".repeat(1024) } })
      assert.isFalse(yield* ns.exists("/kept"))
    })
  )

  it.live("any name is stored, listed and read back unchanged", () =>
    Effect.gen(function* () {
      const ns = yield* start(false)
      yield* Effect.forEach(names, (name) => ns.put(`/names/${name}`, text(name)), { concurrency: 4 })
      for (const name of names) assert.strictEqual((yield* ns.get(`/names/${name}`)).text, name)
      const walked = yield* Stream.runCollect(ns.walk("/names"))
      const objects = walked.filter(({ _tag }) => _tag === "Object").map(({ path }) => path)
      assert.sameMembers(
        objects,
        names.map((name) => `/names/${name}`)
      )
      const counts = yield* DeleteTree.count(ns.deleteTree("/names"))
      assert.deepStrictEqual(counts, { deleted: walked.length + 1, gone: 0, failed: 0 })
      assert.isFalse(yield* ns.exists("/names"))
    })
  )

  it.live("directories are made once", () =>
    Effect.gen(function* () {
      const ns = yield* start(false)
      assert.isTrue(yield* ns.makeDirectory("/d/e"))
      assert.isFalse(yield* ns.makeDirectory("/d/e/"))
      assert.isFalse(yield* ns.makeDirectory("/d"))
      assert.strictEqual(yield* tagOf(ns.makeDirectory("/d", { ifExists: "fail" })), "ObjectExists")
      yield* ns.put("/o", text("x"))
      assert.strictEqual(yield* tagOf(ns.makeDirectory("/o")), "ObjectExists")
    })
  )

  it.live("bodies travel packed, streamed, and watched", () =>
    Effect.gen(function* () {
      const ns = yield* start(false)
      const large = "0123456789".repeat(100_000)
      const seen: Array<number> = []
      const onProgress: OnProgress = ({ transferred }) => Effect.sync(() => seen.push(transferred))
      const packed = yield* ns.put("/packed", text(large), { gzip: true, onProgress })
      assert.strictEqual(packed.metadata.hash?.hex, digest("sha256", large))
      assert.strictEqual(seen.at(-1), large.length)
      const streamed = HcpBody.stream(() => Stream.make(Buffer.from(large), Buffer.from("!")))
      yield* ns.put("/streamed", streamed, { onProgress })
      seen.length = 0
      assert.strictEqual(yield* textOf(ns.stream("/streamed", { resume: true, onProgress })), `${large}!`)
      assert.strictEqual(seen.at(-1), large.length + 1)
      assert.deepStrictEqual(
        seen,
        Array.from(new Set(seen)).sort((a, b) => a - b)
      )
      assert.strictEqual((yield* ns.get("/packed", { onProgress })).text, large)
    })
  )

  it.live("data and annotation travel together", () =>
    Effect.gen(function* () {
      const ns = yield* start(false)
      yield* ns.putWithAnnotation("/w", text("the data"), "<case id='1'/>", { name: "case" })
      const read = yield* Effect.scoped(
        Effect.gen(function* () {
          const whole = yield* ns.getWithAnnotation("/w", { name: "case" })
          const annotation = yield* whole.annotation
          return [Buffer.from(annotation ?? []).toString(), yield* textOf(whole.stream), whole.metadata.size]
        })
      )
      assert.deepStrictEqual(read, ["<case id='1'/>", "the data", 8])
      assert.strictEqual((yield* ns.get("/w")).text, "the data")
      assert.deepStrictEqual((yield* ns.head("/w")).annotations, [{ name: "case", size: 14 }])
    })
  )

  it.live("copies stay inside", () =>
    Effect.gen(function* () {
      const ns = yield* start(false)
      for (const name of names) {
        const to = `/copies/${name}`
        yield* ns.put(`/from/${name}`, text(name))
        const copied = yield* ns.copy(`/from/${name}`, to)
        assert.strictEqual(copied.outcome, "created")
        assert.strictEqual((yield* ns.get(to)).text, name)
        assert.strictEqual(yield* tagOf(ns.copy(`/from/${name}`, to)), "ObjectExists")
      }
      assert.strictEqual(yield* tagOf(ns.copy("/absent", "/c")), "NotFound")
      const unmet = ns.copy("/from/ ", "/c", { source: { ifMatch: "other" } })
      assert.strictEqual(yield* tagOf(unmet), "PreconditionFailed")
    })
  )
})

describe("with versioning", () => {
  it.live("nothing is hidden by accident, and every version is there", () =>
    Effect.gen(function* () {
      const ns = yield* start(true)
      const first = yield* ns.put("/v", text("one"))
      assert.strictEqual(yield* tagOf(ns.put("/v", text("two"))), "ObjectExists")
      const second = yield* ns.put("/v", text("two"), { ifExists: "newVersion" })
      assert.notStrictEqual(second.metadata.versionId, first.metadata.versionId)
      assert.strictEqual((yield* ns.put("/v", text("three"), { ifExists: "replace" })).outcome, "newVersion")
      const etag = (yield* ns.head("/v")).etag ?? ""
      assert.strictEqual(yield* tagOf(ns.put("/v", text("four"), { ifMatch: "other" })), "PreconditionFailed")
      yield* ns.put("/v", text("four"), { ifMatch: etag })
      assert.strictEqual((yield* ns.get("/v", { versionId: first.metadata.versionId })).text, "one")

      yield* ns.delete("/v")
      assert.isFalse(yield* ns.exists("/v"))
      const versions = yield* Stream.runCollect(ns.versions("/v", { deleted: true }))
      assert.strictEqual(versions.length, 5)
      const marker = versions.find(({ _tag }) => _tag === "DeleteMarker")
      assert.strictEqual(yield* tagOf(ns.get("/v", { versionId: marker?.versionId })), "NotFound")
      yield* ns.delete("/v", { versionId: first.metadata.versionId })
      yield* ns.delete("/v", { purge: true })
      assert.strictEqual(yield* tagOf(Stream.runDrain(ns.versions("/v", { deleted: true }))), "NotFound")
    })
  )
})
