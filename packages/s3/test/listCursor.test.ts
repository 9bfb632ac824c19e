import { assert, it } from "@effect/vitest"
import * as HcpError from "@effect-hcp/sdk/HcpError"
import { LoopGuard } from "@effect-hcp/sdk/LoopGuard"
import * as Xml from "@effect-hcp/sdk/Xml"
import { Effect, Result, Stream } from "effect"
import { type Cursor, cursorText, firstCursor, judge, queryOf } from "../src/internal/listCursor.ts"
import { readPage } from "../src/internal/listPage.ts"
import { paged } from "../src/internal/paging.ts"

const pageOf = (...children: ReadonlyArray<string>) => {
  const text = `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${children.join("")}</ListBucketResult>`
  const source = Stream.make(new TextEncoder().encode(text))
  return readPage(Xml.events(source, { operation: "GET" }), new Set(["Contents"]))
}

const key = (name: string) => `<Contents><Key>${name}</Key></Contents>`
const prefix = (name: string) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`
const more = "<IsTruncated>true</IsTruncated>"

const nextOf = (verdict: ReturnType<typeof judge>): Cursor | undefined => {
  const value = Result.getOrThrow(verdict)
  return value._tag === "Take" ? value.next : value.cursor
}

it.effect("version 2 goes on by its token, and knows where it is without it", () =>
  Effect.gen(function* () {
    const first = firstCursor("auto", "m")
    const page = yield* pageOf(
      more,
      "<KeyCount>1</KeyCount>",
      "<NextContinuationToken>t</NextContinuationToken>",
      key("n")
    )
    assert.deepStrictEqual(nextOf(judge("auto", first, page)), { _tag: "V2", token: "t", after: "n" })
    const tokenless = yield* pageOf(more, "<KeyCount>1</KeyCount>", key("n"))
    assert.deepStrictEqual(nextOf(judge("auto", first, tokenless)), { _tag: "V2", token: undefined, after: "n" })
  })
)

it.effect("a first page without KeyCount is of an old HCP: it is taken, and the next one asked for by marker", () =>
  Effect.gen(function* () {
    const page = yield* pageOf(more, key("a"), key("b"))
    assert.deepStrictEqual(nextOf(judge("auto", firstCursor("auto", undefined), page)), { _tag: "V1", after: "b" })
    const strict = judge("v2", firstCursor("v2", undefined), page)
    assert(Result.isFailure(strict))
    assert.include(strict.failure.message, "does not know version 2")
    assert.deepStrictEqual(nextOf(judge("v2", firstCursor("v2", undefined), yield* pageOf(key("a")))), undefined)
  })
)

it.effect(
  "a page without KeyCount where a name or token was sent is the first: it is left, and asked for by marker",
  () =>
    Effect.gen(function* () {
      for (const page of [yield* pageOf(more, key("a")), yield* pageOf(key("a")), yield* pageOf()]) {
        for (const token of ["t", undefined]) {
          const verdict = judge("auto", { _tag: "V2", token, after: "k" }, page)
          assert.deepStrictEqual(Result.getOrThrow(verdict), { _tag: "AskAgain", cursor: { _tag: "V1", after: "k" } })
          assert(Result.isFailure(judge("v2", { _tag: "V2", token, after: "k" }, page)))
        }
      }
    })
)

it.effect("version 1 goes on after the greater of last key and last prefix, in the order of bytes", () =>
  Effect.gen(function* () {
    const v1 = firstCursor("v1", undefined)
    const next = (...children: ReadonlyArray<string>) =>
      Effect.map(pageOf(more, ...children), (page) => nextOf(judge("v1", v1, page))?.after)
    assert.strictEqual(yield* next(key("a"), key("z"), prefix("m/")), "z")
    assert.strictEqual(yield* next(key("a"), prefix("b/"), prefix("m/")), "m/")
    assert.strictEqual(yield* next(key("a"), key("folder/")), "folder/")
    // U+FF5E is after U+1F600 as UTF-16, and before it as UTF-8.
    assert.strictEqual(yield* next(key("\uff5e"), prefix("\u{1f600}/")), "\u{1f600}/")
    assert.strictEqual(yield* next("<NextMarker>q</NextMarker>", key("a")), "q")
    assert.strictEqual(
      yield* next("<Encoding-Type>url</Encoding-Type>", "<NextMarker>a+b%2Bc%C3%A9</NextMarker>", key("a")),
      "a b+cé"
    )
    assert(Result.isFailure(judge("v1", v1, yield* pageOf(more))))
    assert(Result.isFailure(judge("v1", v1, yield* pageOf(more, "<EncodingType>url</EncodingType>", key("a%ff")))))
  })
)

it("a list is asked for by the parameters of one version, never of both", () => {
  const wanted = { mode: "auto", prefix: "p/", delimiter: "/", pageSize: "7", owners: true } as const
  assert.deepStrictEqual(queryOf(firstCursor("auto", "s"), wanted), {
    "continuation-token": undefined,
    delimiter: "/",
    "encoding-type": "url",
    "fetch-owner": "true",
    "list-type": "2",
    "max-keys": "7",
    prefix: "p/",
    "start-after": "s"
  })
  assert.deepStrictEqual(queryOf({ _tag: "V1", after: "s" }, wanted), {
    delimiter: "/",
    "encoding-type": "url",
    marker: "s",
    "max-keys": "7",
    prefix: "p/"
  })
  assert.notStrictEqual(cursorText({ _tag: "V2", token: "s", after: "s" }), cursorText({ _tag: "V1", after: "s" }))
})

it("a loop is noticed, whatever its period, and wherever it begins", () => {
  for (const start of [0, 1, 5]) {
    for (const period of [1, 2, 3, 10]) {
      const guard = new LoopGuard()
      const elements = Array.from({ length: 100 }, (_, at) => String(at < start ? at - 100 : (at - start) % period))
      const at = elements.findIndex((element) => guard.isRepeated(element))
      assert.isAtLeast(at, start)
      assert.isAtMost(at, 4 * (start + period))
    }
  }
  const guard = new LoopGuard()
  assert.isFalse(Array.from({ length: 10_000 }, (_, at) => String(at)).some((element) => guard.isRepeated(element)))
})

it.effect("a server that ignores the marker ends the list with an error, not with a loop", () =>
  Effect.gen(function* () {
    let asked = 0
    const list = paged({ method: "GET", bucket: "b" }, 0, String, () =>
      Effect.sync(() => ({ found: [++asked], next: 1 + (asked % 3) }))
    )
    const error = yield* Effect.flip(Stream.runCollect(list))
    assert(HcpError.isHcpError(error))
    assert.strictEqual(error.reason._tag, "UnexpectedAnswer")
    assert.include(error.message, "repeats itself")
    assert.isBelow(asked, 10)
  })
)
