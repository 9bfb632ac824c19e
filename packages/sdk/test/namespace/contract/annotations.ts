import { assert } from "@effect/vitest"
import { Effect, Option, Schema, Stream } from "effect"
import * as HcpBody from "../../../src/HcpBody.ts"
import type { HcpError } from "../../../src/HcpError.ts"
import * as Annotation from "../../../src/namespace/Annotation.ts"
import * as Retention from "../../../src/namespace/Retention.ts"
import * as Contract from "../../utils/contract.ts"
import { digest, tagOf } from "../../utils/namespaces.ts"

const { text } = HcpBody

/** `ok`, or the tag of the reason. */
const endOf = <A, R>(effect: Effect.Effect<A, HcpError, R>) =>
  Effect.match(effect, { onSuccess: () => "ok", onFailure: ({ reason }) => reason._tag })

export const annotations = (subject: Contract.Subject) =>
  Contract.suite(subject, "annotations", (it) => {
    it.effect("ten of them, and not one more", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        const { annotations } = ns
        yield* ns.put("/ten", text("data"))
        assert.deepStrictEqual(yield* Stream.runCollect(annotations.list("/ten")), [])
        const names = ["default", "a", "A", "with.dots", "-_.x", "0", "x".repeat(32), "seven", "eight", "nine"]
        yield* Effect.forEach(names, (name) => annotations.put("/ten", name, text(`<${"n".repeat(name.length)}/>`)), {
          concurrency: 5
        })
        assert.strictEqual(yield* tagOf(annotations.put("/ten", "eleven", text("<x/>"))), "BadRequest")
        yield* annotations.put("/ten", "nine", text("<replaced/>"))
        const listed = yield* Stream.runCollect(annotations.list("/ten"))
        assert.sameMembers(
          listed.map(({ name }) => name),
          names
        )
        const nine = listed.find(({ name }) => name === "nine")
        assert.strictEqual(nine?.size, 11)
        assert.deepStrictEqual(nine?.hash, { algorithm: "SHA-256", hex: digest("sha256", "<replaced/>") })
        assert.strictEqual(nine?.contentType, "text/xml")
        const metadata = yield* ns.head("/ten")
        assert.isTrue(metadata.hasAnnotations)
        assert.sameMembers(
          metadata.annotations.map(({ name }) => name),
          names
        )
        const [entry] = (yield* Stream.runCollect(ns.list("/"))).filter(({ name }) => name === "ten")
        assert(entry?._tag === "Object")
        assert.strictEqual(entry.annotations.length, 10)
        for (const bad of ["", "x".repeat(33), "a b", "ä", "...", "a/b"]) {
          assert.strictEqual(yield* tagOf(annotations.put("/ten", bad, text("x"))), "InvalidInput", bad)
        }
      })
    )

    it.effect("absent is none, and absent with its object is an error", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        const { annotations } = ns
        yield* ns.put("/absent/a", text("data"))
        assert.deepStrictEqual(yield* annotations.find("/absent/a", "default"), Option.none())
        assert.strictEqual(yield* tagOf(annotations.head("/absent/a", "default")), "NotFound")
        assert.isFalse(yield* annotations.exists("/absent/a", "default"))
        assert.isFalse(yield* annotations.delete("/absent/a", "default"))
        assert.strictEqual(yield* tagOf(Stream.runDrain(annotations.stream("/absent/a", "default"))), "NotFound")
        assert.strictEqual(yield* tagOf(annotations.find("/absent/b", "default")), "NotFound")
        assert.strictEqual(yield* tagOf(annotations.head("/absent/b", "default")), "NotFound")
        assert.strictEqual(yield* tagOf(annotations.put("/absent/b", "default", text("x"))), "NotFound")
        assert.strictEqual(yield* tagOf(annotations.delete("/absent/b", "default")), "NotFound")
        assert.strictEqual(yield* tagOf(Stream.runDrain(annotations.list("/absent/b"))), "NotFound")
        assert.isFalse(yield* annotations.exists("/absent/b", "default"))
        assert.strictEqual(yield* tagOf(annotations.put("/absent", "default", text("x"))), "BadRequest")
      })
    )

    it.effect("each version has its own", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("versions")
        const { annotations } = ns
        const first = yield* ns.put("/v", text("one"))
        yield* annotations.putXml("/v", "note", "<n>1</n>")
        const second = yield* ns.put("/v", text("two"), { ifExists: "newVersion" })
        const { versionId } = first.metadata
        assert.deepStrictEqual(yield* annotations.findText("/v", "note", { versionId }), Option.some("<n>1</n>"))
        assert.deepStrictEqual(yield* annotations.findText("/v", "note"), Option.none())
        yield* annotations.putXml("/v", "note", "<n>2</n>")
        assert.deepStrictEqual(yield* annotations.findText("/v", "note", { versionId }), Option.some("<n>1</n>"))
        const current = { versionId: second.metadata.versionId }
        assert.deepStrictEqual(yield* annotations.findText("/v", "note", current), Option.some("<n>2</n>"))
        assert.strictEqual(
          (yield* Stream.runCollect(annotations.list("/v", { versionId })))[0]?.hash?.hex,
          digest("sha256", "<n>1</n>")
        )
        // An annotation makes no version.
        assert.strictEqual((yield* Stream.runCollect(ns.versions("/v"))).length, 2)
      })
    )

    it.effect("retention lets new ones in, all, or none, as the namespace says", () =>
      Effect.gen(function* () {
        const rules = {
          plain: ["ok", "UnderRetention"],
          lenient: ["ok", "ok"],
          strict: ["Forbidden", "UnderRetention"]
        } as const
        for (const name of ["plain", "lenient", "strict"] as const) {
          const { ns } = yield* Contract.open(name)
          yield* ns.putWithAnnotation("/kept", text("x"), "<a/>", { name: "old", retention: Retention.days(1) })
          const [add, change] = rules[name]
          assert.strictEqual(yield* endOf(ns.annotations.putXml("/kept", "new", "<b/>")), add, name)
          assert.strictEqual(yield* endOf(ns.annotations.putXml("/kept", "old", "<b/>")), change, name)
          assert.strictEqual(yield* endOf(ns.annotations.delete("/kept", "old")), change, name)
          const left = (yield* Stream.runCollect(ns.annotations.list("/kept"))).map(({ name }) => name)
          assert.strictEqual(left.includes("new"), add === "ok")
          assert.strictEqual(left.includes("old"), change !== "ok")
        }
      })
    )

    it.effect("values of a schema come back, as XML and as JSON", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("xml")
        const { annotations } = ns
        const Scan = Schema.Struct({
          "@id": Schema.String,
          title: Schema.String,
          pages: Schema.Array(Schema.Finite),
          at: Schema.Date
        })
        const scan = { "@id": `"1" & <2>`, title: " Ä 東京 🦉\n]]> ", pages: [1, 2.5], at: new Date(0) }
        const xml = Annotation.xml("scan", Scan)
        const json = Annotation.json(Scan)
        yield* ns.put("/scan", text("data"))
        yield* annotations.putAs("/scan", "scan", xml, scan)
        assert.deepStrictEqual(yield* annotations.findAs("/scan", "scan", xml), Option.some(scan))
        assert.strictEqual(yield* tagOf(annotations.findAs("/scan", "scan", json)), "UnexpectedAnswer")
        // This namespace takes well-formed XML only.
        assert.strictEqual(yield* tagOf(annotations.putAs("/scan", "json", json, scan)), "BadRequest")
        assert.strictEqual(yield* tagOf(annotations.put("/scan", "broken", text("<a><b></a>"))), "BadRequest")
        assert.strictEqual(yield* tagOf(annotations.putXml("/scan", "broken", "<a><b></a>")), "InvalidInput")
        assert.deepStrictEqual(yield* annotations.find("/scan", "broken"), Option.none())
        const elsewhere = (yield* Contract.open("plain")).ns
        yield* elsewhere.put("/scan", text("data"))
        yield* elsewhere.annotations.putAs("/scan", "json", json, scan)
        assert.deepStrictEqual(yield* elsewhere.annotations.findAs("/scan", "json", json), Option.some(scan))
      })
    )

    it.effect("any bytes are stored, none at all included", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        const { annotations } = ns
        const bytes = Uint8Array.from({ length: 300_000 }, (_, n) => n % 251)
        yield* ns.put("/bytes", text("data"))
        yield* annotations.put(
          "/bytes",
          "raw",
          HcpBody.stream(() => Stream.make(bytes))
        )
        yield* annotations.put("/bytes", "empty", HcpBody.bytes(new Uint8Array()))
        const read = Option.getOrThrow(yield* annotations.find("/bytes", "raw"))
        assert.isTrue(Buffer.from(read.bytes).equals(bytes))
        const streamed = Buffer.concat(yield* Stream.runCollect(annotations.stream("/bytes", "raw")))
        assert.isTrue(streamed.equals(bytes))
        const empty = Option.getOrThrow(yield* annotations.find("/bytes", "empty"))
        assert.strictEqual(empty.bytes.length, 0)
        assert.strictEqual(yield* tagOf(annotations.find("/bytes", "raw", { maxBodyBytes: 1000 })), "BodyTooLarge")
        assert.strictEqual(yield* tagOf(annotations.findText("/bytes", "raw")), "UnexpectedAnswer")
      })
    )
  })

export const dataWithAnnotation = (subject: Contract.Subject) =>
  Contract.suite(subject, "data and annotation in one call", (it) => {
    it.effect("both come back, whole, and under any name", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("versions")
        const data = "0123456789".repeat(50_000)
        for (const name of [undefined, "case"]) {
          const path = `/whole/${name ?? "default"} ä+%`
          const stored = yield* ns.putWithAnnotation(path, text(data), "<case n='ü'/>", { name, index: false })
          assert.strictEqual(stored.metadata.hash?.hex, digest("sha256", data))
          const whole = yield* ns.getWithAnnotation(path, { name })
          const annotation = yield* whole.annotation
          assert.strictEqual(Buffer.from(annotation ?? []).toString(), "<case n='ü'/>")
          assert.strictEqual(Buffer.concat(yield* Stream.runCollect(whole.stream)).toString(), data)
          assert.strictEqual(whole.metadata.size, data.length)
          assert.strictEqual((yield* ns.get(path)).text, data)
          assert.strictEqual((yield* ns.head(path)).index, false)
          const found = yield* ns.annotations.findText(path, name ?? Annotation.defaultName)
          assert.deepStrictEqual(found, Option.some("<case n='ü'/>"))
        }
        const again = ns.putWithAnnotation("/whole/case ä+%", text("x"), "<x/>", { name: "case" })
        assert.strictEqual(yield* tagOf(again), "ObjectExists")
        const newer = yield* ns.putWithAnnotation("/whole/case ä+%", text("x"), "<x/>", {
          name: "case",
          ifExists: "newVersion"
        })
        assert.strictEqual(newer.outcome, "newVersion")
        assert.strictEqual((yield* ns.get("/whole/case ä+%")).text, "x")
      }).pipe(Effect.scoped)
    )

    it.effect("data comes first or last, and either part may be left unread", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        yield* ns.putWithAnnotation("/part", text("data"), "<a/>")
        const onlyData = Effect.gen(function* () {
          const { stream } = yield* ns.getWithAnnotation("/part")
          return Buffer.concat(yield* Stream.runCollect(stream)).toString()
        })
        assert.strictEqual(yield* Effect.scoped(onlyData), "data")
        const onlyAnnotation = Effect.gen(function* () {
          const { annotation } = yield* ns.getWithAnnotation("/part")
          return Buffer.from((yield* annotation) ?? []).toString()
        })
        assert.strictEqual(yield* Effect.scoped(onlyAnnotation), "<a/>")
        yield* ns.put("/bare", text("data"))
        assert.strictEqual(yield* tagOf(Effect.scoped(ns.getWithAnnotation("/bare"))), "NotFound")
      })
    )

    it.effect("broken XML leaves an empty object, unless it was given as a text", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("xml")
        assert.strictEqual(yield* tagOf(ns.putWithAnnotation("/safe", text("data"), "<a>")), "InvalidInput")
        assert.isFalse(yield* ns.exists("/safe"))
        assert.strictEqual(yield* tagOf(ns.putWithAnnotation("/trap", text("data"), text("<a>"))), "BadRequest")
        assert.strictEqual((yield* ns.head("/trap")).size, 0)
      })
    )
  })
