import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import type { OnProgress } from "../../src/namespace/Progress.ts"
import { created, digest, keeping, makeNamespace, objectOf, requests, tagOf } from "../utils/namespaces.ts"
import { answer, lost, reading, script } from "../utils/ScriptedNodes.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const data = HcpBody.text("the data")

describe("putWithAnnotation", () => {
  it.effect("sends the data, and right after it the annotation", () =>
    Effect.gen(function* () {
      const bodies: Array<Buffer> = []
      const nodes = script(keeping(bodies, created("the data")), keeping(bodies, created("the data")))
      const ns = yield* makeNamespace(nodes)
      const stored = yield* ns.putWithAnnotation("/a", data, "<a/>", { name: "case", index: true })
      assert.strictEqual(stored.outcome, "created")
      assert.deepStrictEqual(requests(nodes), ["PUT /rest/a?type=whole-object&annotation=case&index=true"])
      const [call] = nodes.calls
      assert.strictEqual(call?.header("x-hcp-size"), "8")
      assert.strictEqual(call?.header("if-none-match"), "*")
      assert.strictEqual(call?.request.length, 12)
      yield* ns.putWithAnnotation(
        "/a",
        data,
        HcpBody.stream(() => Stream.make(bytes("any"))),
        { ifExists: "newVersion" }
      )
      assert.strictEqual(nodes.calls[1]?.request.path, "/rest/a?type=whole-object")
      assert.isUndefined(nodes.calls[1]?.request.length)
      assert.deepStrictEqual(bodies.map(String), ["the data<a/>", "the dataany"])
    })
  )

  it.effect("compares the data with what was stored, and settles by it", () =>
    Effect.gen(function* () {
      const other = script(reading(created("other")))
      const call = (yield* makeNamespace(other)).putWithAnnotation("/a", data, "<a/>")
      assert.strictEqual(yield* tagOf(call), "IntegrityError")
      const settled = script(reading(lost), reading(answer(412)), answer(200, objectOf("the data")))
      yield* (yield* makeNamespace(settled)).putWithAnnotation("/a", data, "<a/>")
      // HCP left an empty object behind.
      const trapped = script(
        reading(lost),
        reading(answer(412)),
        ...["", ""].map((text) => answer(200, objectOf(text)))
      )
      const error = (yield* makeNamespace(trapped)).putWithAnnotation("/a", data, "<a/>")
      assert.strictEqual(yield* tagOf(error), "ObjectExists")
    })
  )

  it.effect("refuses XML that is none, data without length, and bad names, before it sends", () =>
    Effect.gen(function* () {
      const ns = yield* makeNamespace(script())
      const calls = {
        annotation: ns.putWithAnnotation("/a", data, "<a>"),
        body: ns.putWithAnnotation(
          "/a",
          HcpBody.stream(() => Stream.make(bytes("x"))),
          "<a/>"
        )
      }
      for (const [field, call] of Object.entries(calls)) {
        const { reason } = yield* Effect.flip(call)
        assert(reason._tag === "InvalidInput")
        assert.strictEqual(reason.field, field)
      }
      assert.strictEqual(yield* tagOf(ns.putWithAnnotation("/a", data, "<a/>", { name: "a b" })), "InvalidInput")
    })
  )

  it.effect("takes bodies that can be read only once, in both places, and counts the data", () =>
    Effect.gen(function* () {
      const once = (text: string) => HcpBody.streamOnce(Stream.make(bytes(text)), { length: text.length })
      const bodies: Array<Buffer> = []
      const step = keeping(bodies, created("the data"))
      const seen: Array<string> = []
      const onProgress: OnProgress = ({ total, transferred }) => Effect.sync(() => seen.push(`${transferred}/${total}`))
      const ns = yield* makeNamespace(script(step, step, step, reading(lost)))
      yield* ns.putWithAnnotation("/a", once("the data"), "<a/>", { onProgress })
      yield* ns.putWithAnnotation("/a", data, once("any"))
      yield* ns.putWithAnnotation("/a", once("the data"), once("any"))
      assert.deepStrictEqual(bodies.map(String), ["the data<a/>", "the dataany", "the dataany"])
      assert.deepStrictEqual(seen, ["8/8"])
      assert.strictEqual(yield* tagOf(ns.putWithAnnotation("/a", data, once("any"))), "NotReplayable")
    })
  )
})

describe("getWithAnnotation", () => {
  const whole = (body: string, headers: Record<string, string>) =>
    answer(200, { ...objectOf("the data"), ETag: "", "Content-Length": String(body.length), ...headers }, body)
  const first = { "X-HCP-CustomMetadataFirst": "true", "X-HCP-CustomMetadataContentType": "text/xml" }
  const last = { "X-HCP-CustomMetadataFirst": "false", "X-HCP-CustomMetadataContentType": "text/xml" }
  const read = (steps: ReadonlyArray<ReturnType<typeof answer>>, options?: { readonly maxAnnotationBytes?: number }) =>
    Effect.scoped(
      Effect.gen(function* () {
        const ns = yield* makeNamespace(script(...steps))
        const found = yield* ns.getWithAnnotation("/a", options)
        const text = Buffer.concat(yield* Stream.runCollect(found.stream)).toString()
        const annotation = yield* found.annotation
        return [text, annotation === undefined ? undefined : Buffer.from(annotation).toString()]
      })
    )

  it.effect("asks for the annotation first, and takes either order", () =>
    Effect.gen(function* () {
      const nodes = script(whole("<a/>the data", first))
      const ns = yield* makeNamespace(nodes)
      yield* Effect.scoped(ns.getWithAnnotation("/a", { name: "case", versionId: "7" }))
      assert.deepStrictEqual(requests(nodes), ["GET /rest/a?type=whole-object&annotation=case&version=7"])
      assert.strictEqual(nodes.calls[0]?.header("x-hcp-custommetadatafirst"), "true")
      assert.deepStrictEqual(yield* read([whole("<a/>the data", first)]), ["the data", "<a/>"])
      assert.deepStrictEqual(yield* read([whole("the data<a/>", last)]), ["the data", "<a/>"])
      assert.deepStrictEqual(yield* read([whole("the data", last)]), ["the data", ""])
      assert.deepStrictEqual(yield* read([whole("the data", first)]), ["the data", ""])
      assert.deepStrictEqual(yield* read([whole("the data", {})]), ["the data", undefined])
      for (const none of [{ "X-HCP-Custom-Metadata": "false" }, { "X-HCP-CustomMetadataAnnotations": "other;9" }]) {
        assert.deepStrictEqual(yield* read([whole("the data", { ...first, ...none })]), ["the data", undefined])
        assert.deepStrictEqual(yield* read([whole("the data", { ...last, ...none })]), ["the data", undefined])
      }
    })
  )

  it.effect("takes the annotation's length from the list of annotations where the answer has none", () =>
    Effect.gen(function* () {
      const unsized = (list: string) =>
        answer(200, { ...objectOf("the data"), ...first, "X-HCP-CustomMetadataAnnotations": list }, "<a/>the data")
      assert.deepStrictEqual(yield* read([unsized("other;9, default;4")]), ["the data", "<a/>"])
      assert.strictEqual(yield* tagOf(read([unsized("")])), "UnexpectedAnswer")
      assert.deepStrictEqual(yield* read([answer(200, objectOf("the data"), "the data")]), ["the data", undefined])
    })
  )

  it.effect("gives the annotation without the data, when that is passed over", () =>
    Effect.gen(function* () {
      const ns = yield* makeNamespace(script(whole("the data<a/>", last)))
      const annotation = yield* Effect.scoped(
        Effect.flatMap(ns.getWithAnnotation("/a"), (found) => Effect.andThen(found.annotation, found.annotation))
      )
      assert.strictEqual(Buffer.from(annotation ?? []).toString(), "<a/>")
    })
  )

  it.effect("gives the data once: who reads it again does not get an empty object", () =>
    Effect.gen(function* () {
      for (const [body, headers] of [
        ["<a/>the data", first],
        ["the data<a/>", last]
      ] as const) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const found = yield* (yield* makeNamespace(script(whole(body, headers)))).getWithAnnotation("/a")
            yield* Stream.runDrain(found.stream)
            assert.strictEqual(yield* tagOf(Stream.runDrain(found.stream)), "InvalidInput")
            assert.strictEqual(Buffer.from((yield* found.annotation) ?? []).toString(), "<a/>")
          })
        )
      }
    })
  )

  it.effect("fails where data or framing are not right", () =>
    Effect.gen(function* () {
      const table = [
        [whole("<a/>the tExt", first), "IntegrityError"],
        [whole("the dat", { "Content-Length": "8" }), "IncompleteBody"],
        [whole("the data", { "Content-Length": "7" }), "UnexpectedAnswer"],
        [whole("the data", { "X-HCP-Size": "" }), "UnexpectedAnswer"],
        [answer(200, { "X-HCP-Type": "directory" }, "<directory/>"), "IsADirectory"],
        [answer(204), "NotFound"],
        [answer(404), "NotFound"]
      ] as const
      for (const [step, expected] of table) assert.strictEqual(yield* tagOf(read([step])), expected)
      const large = { maxAnnotationBytes: 3 }
      assert.strictEqual(yield* tagOf(read([whole("<a/>the data", first)], large)), "BodyTooLarge")
      assert.strictEqual(yield* tagOf(read([whole("the data<a/>", last)], large)), "BodyTooLarge")
    })
  )

  it.effect("compares the data with its hash unless told not to, and counts it", () =>
    Effect.gen(function* () {
      assert.strictEqual(digest("md5", ""), "d41d8cd98f00b204e9800998ecf8427e")
      const ns = yield* makeNamespace(script(whole("<a/>the tExt", first)))
      const seen: Array<number> = []
      const onProgress: OnProgress = ({ transferred }) => Effect.sync(() => seen.push(transferred))
      yield* Effect.scoped(
        Effect.flatMap(ns.getWithAnnotation("/a", { verify: false, onProgress }), (found) =>
          Stream.runDrain(found.stream)
        )
      )
      assert.deepStrictEqual(seen, [8])
    })
  )
})
