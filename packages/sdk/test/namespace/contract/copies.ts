import { assert } from "@effect/vitest"
import { DateTime, Effect, Option, Stream } from "effect"
import * as HcpBody from "../../../src/HcpBody.ts"
import * as Retention from "../../../src/namespace/Retention.ts"
import * as Contract from "../../utils/contract.ts"
import { tagOf } from "../../utils/namespaces.ts"

const { text } = HcpBody

const oddNames = [
  "a b",
  "a+b",
  "a%2Bb",
  "100%",
  "?version=1",
  "#&=;",
  "'\"`",
  "Ä/Ö",
  "e\u0301",
  "東京",
  "🦉",
  "~!$()*,:@",
  "back\\slash"
]

export const copies = (subject: Contract.Subject) =>
  Contract.suite(subject, "copies", (it) => {
    for (const encoding of ["once", "twice"] as const) {
      it.effect(`of any name, encoded ${encoding}`, () =>
        Effect.gen(function* () {
          const { ns } = yield* Contract.open("plain")
          const other = (yield* Contract.open("versions")).ns
          yield* Effect.forEach(
            oddNames,
            Effect.fnUntraced(function* (name) {
              const path = `/from ${encoding}/${name}`
              yield* ns.put(path, text(name))
              const here = yield* ns.copy(path, `/to ${encoding}/${name}`, { encoding })
              assert.strictEqual(here.outcome, "created")
              assert.strictEqual((yield* ns.get(`/to ${encoding}/${name}`)).text, name)
              const first = yield* other.copy({ path, namespace: "plain" }, path, { encoding })
              yield* other.put(path, text("newer"), { ifExists: "newVersion" })
              yield* other.copy({ path, versionId: first.metadata.versionId }, `${path} again`, { encoding })
              assert.strictEqual((yield* other.get(`${path} again`)).text, name)
            }),
            { concurrency: 4 }
          )
        })
      )
    }

    it.effect("bring the data alone, or its annotations too", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        yield* ns.put("/all", text("data"))
        yield* ns.annotations.putXml("/all", "note", "<n/>")
        for (const metadata of [undefined, "none", "all"] as const) {
          const path = `/with ${metadata}`
          yield* ns.copy("/all", path, { metadata, retention: Retention.days(1), index: false })
          const copied = yield* ns.head(path)
          const note = metadata === "all" ? Option.some("<n/>") : Option.none()
          assert.deepStrictEqual(yield* ns.annotations.findText(path, "note"), note)
          assert.strictEqual(copied.size, 4)
          assert.strictEqual(copied.index, false)
          assert.strictEqual(copied.retention.value?._tag, "Until")
          assert.strictEqual(yield* tagOf(ns.delete(path)), "UnderRetention")
        }
      })
    )

    it.effect("of an old version, onto a new one", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("versions")
        const { metadata } = yield* ns.put("/v", text("one"))
        yield* ns.put("/v", text("two"), { ifExists: "newVersion" })
        const source = { path: "/v", versionId: metadata.versionId }
        assert.strictEqual(yield* tagOf(ns.copy(source, "/v")), "ObjectExists")
        const restored = yield* ns.copy(source, "/v", { ifExists: "newVersion" })
        assert.strictEqual(restored.outcome, "newVersion")
        assert.strictEqual((yield* ns.get("/v")).text, "one")
        assert.strictEqual((yield* Stream.runCollect(ns.versions("/v"))).length, 3)
        assert.strictEqual(yield* tagOf(ns.copy({ path: "/v", versionId: "1" }, "/w")), "NotFound")
        yield* ns.delete("/v")
        assert.strictEqual(yield* tagOf(ns.copy("/v", "/w")), "NotFound")
        yield* ns.copy(source, "/w")
        assert.strictEqual((yield* ns.get("/w")).text, "one")
      })
    )

    it.effect("keep their conditions, and say what is in the way", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        yield* ns.put("/source", text("data"))
        const { createdAt, etag } = yield* ns.head("/source")
        assert(createdAt !== undefined)
        const before = DateTime.subtract(createdAt, { hours: 1 })
        const copy = (source: Parameters<typeof ns.get>[1]) => ns.copy("/source", "/target", { source })
        assert.strictEqual(yield* tagOf(copy({ ifMatch: "other" })), "PreconditionFailed")
        assert.strictEqual(yield* tagOf(copy({ ifNoneMatch: etag })), "PreconditionFailed")
        assert.strictEqual(yield* tagOf(copy({ ifUnmodifiedSince: before })), "PreconditionFailed")
        assert.isFalse(yield* ns.exists("/target"))
        yield* copy({ ifMatch: etag, ifModifiedSince: before })
        assert.strictEqual(yield* tagOf(copy({})), "ObjectExists")
        assert.strictEqual(yield* tagOf(ns.copy("/none", "/target2")), "NotFound")
        assert.strictEqual(yield* tagOf(ns.copy({ path: "/a", tenant: "t2", namespace: "other" }, "/b")), "Forbidden")
        const reader = (yield* Contract.open("plain", "reader")).ns
        assert.strictEqual(yield* tagOf(reader.copy("/source", "/target3")), "Forbidden")
      })
    )

    it.effect("of a directory are empty directories", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        yield* ns.put("/folder/a", text("data"))
        yield* ns.copy("/folder", "/copied")
        assert.strictEqual((yield* ns.head("/copied")).type, "directory")
        assert.deepStrictEqual(yield* Stream.runCollect(ns.list("/copied")), [])
      })
    )
  })
