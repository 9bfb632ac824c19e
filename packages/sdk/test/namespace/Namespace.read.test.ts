import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import type { HcpError } from "../../src/HcpError.ts"
import * as ByteRange from "../../src/namespace/ByteRange.ts"
import type { OpenOptions } from "../../src/namespace/ReadOptions.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import { directory, inTime, makeNamespace, objectOf, requests, tagOf } from "../utils/namespaces.ts"
import { always, answer, brokenOff, makeClient, type Step, script } from "../utils/ScriptedNodes.ts"

const object = (text: string, headers?: Record<string, string>) => answer(200, objectOf(text, headers), text)
const part = (text: string, range: string) => answer(206, { ...objectOf("0123456789"), "Content-Range": range }, text)
const packed = (text: string, sent: Uint8Array = gzipSync(text)) => ({
  status: 200,
  headers: objectOf(text, { "Content-Encoding": "gzip", "X-HCP-ContentLength": String(text.length) }),
  body: sent
})
const textOf = <E, R>(stream: Stream.Stream<Uint8Array, E, R>) =>
  Effect.map(Stream.runCollect(stream), (chunks) => Buffer.concat(chunks).toString())

describe("get", () => {
  it.effect("asks for what it is told to, and gives data and metadata", () =>
    Effect.gen(function* () {
      const nodes = script(object("the text"))
      const ns = yield* makeNamespace(nodes)
      const found = yield* ns.get("/a b", {
        versionId: "97548093539073",
        deleted: true,
        forceEtag: true,
        nowait: true,
        ifNoneMatch: ["a", '"b"'],
        ifModifiedSince: DateTime.makeUnsafe("2026-01-31T00:00:00Z")
      })
      assert.deepStrictEqual(requests(nodes), [
        "GET /rest/a%20b?version=97548093539073&deleted=true&forceEtag=true&nowait"
      ])
      assert.strictEqual(nodes.calls[0]?.header("if-none-match"), '"a", "b"')
      assert.strictEqual(nodes.calls[0]?.header("if-modified-since"), "Sat, 31 Jan 2026 00:00:00 GMT")
      assert.strictEqual(found.text, "the text")
      assert.strictEqual(found.metadata.size, 8)
      assert.isUndefined(found.range)
    })
  )

  it.effect("gives the part that was asked for, and no other", () =>
    Effect.gen(function* () {
      const table = [
        [ByteRange.from(7), "bytes=7-", part("789", "bytes 7-9/10"), "789"],
        [ByteRange.between(2, 4), "bytes=2-4", part("234", "bytes 2-4/10"), "234"],
        [ByteRange.between(8, 99), "bytes=8-99", part("89", "bytes 8-9/10"), "89"],
        [ByteRange.last(3), "bytes=-3", part("789", "bytes 7-9/10"), "789"],
        [ByteRange.last(99), "bytes=-99", part("0123456789", "bytes 0-9/10"), "0123456789"],
        [ByteRange.from(0), "bytes=0-", object("0123456789"), "0123456789"],
        [ByteRange.from(7), "bytes=7-", object("0123456789"), "UnexpectedAnswer"],
        [ByteRange.from(7), "bytes=7-", part("678", "bytes 6-8/10"), "UnexpectedAnswer"],
        [ByteRange.from(7), "bytes=7-", part("78", "bytes 7-8/10"), "UnexpectedAnswer"],
        [ByteRange.between(2, 4), "bytes=2-4", part("23", "bytes 2-3/10"), "UnexpectedAnswer"],
        [ByteRange.last(3), "bytes=-3", part("678", "bytes 6-8/10"), "UnexpectedAnswer"],
        [ByteRange.last(3), "bytes=-3", part("789", "7-9"), "UnexpectedAnswer"],
        [undefined, undefined, part("789", "bytes 7-9/10"), "UnexpectedAnswer"],
        [ByteRange.from(10), "bytes=10-", answer(416), "RangeNotSatisfiable"]
      ] as const
      for (const [range, header, step, expected] of table) {
        const nodes = script(step)
        const call = (yield* makeNamespace(nodes)).get("/a", { range })
        const seen = yield* Effect.match(call, {
          onFailure: ({ reason }) => reason._tag as string,
          onSuccess: ({ text }) => text
        })
        assert.strictEqual(seen, expected)
        assert.strictEqual(nodes.calls[0]?.header("range"), header)
      }
    })
  )

  it.effect("takes the whole for a range where it is exactly that range, in memory and as a stream (row 148)", () =>
    Effect.gen(function* () {
      const unsized = answer(200, { "X-HCP-Type": "object", "Content-Length": "3" }, "abc")
      const chunked = { ...answer(200, { "X-HCP-Type": "object" }, "abc"), marks: false }
      const table = [
        [ByteRange.last(5), object("abc"), "abc", "abc"],
        [ByteRange.between(0, 100), object("abc"), "abc", "abc"],
        [ByteRange.between(0, 2), unsized, "abc", "abc"],
        [ByteRange.last(3), unsized, "abc", "abc"],
        [ByteRange.between(0, 2), packed("abc"), "abc", "abc"],
        [ByteRange.between(0, 1), object("abc"), "UnexpectedAnswer", "UnexpectedAnswer"],
        [ByteRange.last(2), unsized, "UnexpectedAnswer", "UnexpectedAnswer"],
        // Only at its end a body without a length shows what it is.
        [ByteRange.last(3), chunked, "abc", "UnexpectedAnswer"]
      ] as const
      for (const [range, step, whole, streamed] of table) {
        const ns = yield* makeNamespace(always(step))
        const seen = Effect.match({
          onFailure: (error: HcpError) => error.reason._tag as string,
          onSuccess: (text: string) => text
        })
        assert.strictEqual(
          yield* seen(Effect.map(ns.get("/a", { range, gzip: true }), ({ text }) => text)),
          whole,
          JSON.stringify(range)
        )
        assert.strictEqual(yield* seen(textOf(ns.stream("/a", { range, gzip: true }))), streamed, JSON.stringify(range))
      }
    })
  )

  it.effect("fails where there is no data to give", () =>
    Effect.gen(function* () {
      const table = [
        [answer(204), "NotFound"],
        [answer(404), "NotFound"],
        [answer(304), "NotModified"],
        [answer(410), "Gone"],
        [answer(403), "Forbidden"],
        [answer(200, directory, "<directory/>"), "IsADirectory"]
      ] as const
      for (const [step, expected] of table) {
        const ns = yield* makeNamespace(always(step))
        assert.strictEqual(yield* tagOf(ns.get("/a")), expected)
        assert.strictEqual(yield* tagOf(Effect.scoped(ns.open("/a"))), expected)
        assert.strictEqual(yield* tagOf(Stream.runDrain(ns.stream("/a"))), expected)
        assert.strictEqual(yield* tagOf(ns.get("/a", { onProgress: () => Effect.void })), expected)
      }
    })
  )

  it.effect("refuses wrong input before it asks", () =>
    Effect.gen(function* () {
      const ns = yield* makeNamespace(script())
      const calls = [
        ns.get("a"),
        ns.get("/a", { versionId: "list" }),
        ns.get("/a", { versionId: "" }),
        ns.get("/a", { range: ByteRange.from(-1) }),
        ns.get("/a", { range: ByteRange.between(3, 2) }),
        ns.get("/a", { range: ByteRange.last(0) }),
        ns.get("/a", { range: ByteRange.last(1.5) }),
        ns.get("/a", { ifMatch: "*,a" })
      ]
      for (const call of calls) assert.strictEqual(yield* tagOf(call), "InvalidInput")
    })
  )
})

describe("an answer that comes packed", () => {
  const gzip = true

  it.effect("is unpacked where that was asked for, and compared with its size and hash (row 172)", () =>
    Effect.gen(function* () {
      const text = "the text, ".repeat(100)
      const tagsOf = Effect.fnUntraced(function* (step: Step, options?: OpenOptions) {
        const ns = yield* makeNamespace(always(step))
        const calls = [ns.get("/a", { gzip, ...options }), Stream.runDrain(ns.stream("/a", { gzip, ...options }))]
        return yield* Effect.forEach(calls, (call) =>
          Effect.match(call, { onFailure: ({ reason }) => reason._tag, onSuccess: () => "succeeded" })
        )
      })
      const ns = yield* makeNamespace(always(packed(text)))
      assert.strictEqual((yield* ns.get("/a", { gzip })).text, text)
      assert.strictEqual(yield* textOf(ns.stream("/a", { gzip })), text)
      const changed = packed(text, gzipSync(text.replace("text", "tExt")))
      const verify = false
      assert.deepStrictEqual(yield* tagsOf(changed), ["IntegrityError", "IntegrityError"])
      assert.deepStrictEqual(yield* tagsOf(changed, { verify }), ["succeeded", "succeeded"])
      const incomplete = ["IncompleteBody", "IncompleteBody"]
      for (const other of ["", text.slice(1), `${text}.`]) {
        const step = packed(text, gzipSync(other))
        const { "X-HCP-Hash": _, ETag: __, ...headers } = step.headers
        assert.deepStrictEqual(yield* tagsOf(step), incomplete)
        assert.deepStrictEqual(yield* tagsOf(step, { verify }), incomplete)
        assert.deepStrictEqual(yield* tagsOf({ ...step, headers }), incomplete)
      }
      const part = { ...packed(text, gzipSync("the")), status: 206 }
      const inPart = { ...part, headers: { ...part.headers, "Content-Range": "bytes 0-3/1000" } }
      assert.deepStrictEqual(yield* tagsOf(inPart, { range: ByteRange.between(0, 3) }), incomplete)
    })
  )

  it.effect("though nobody asked for that is an error, unless its bytes are the object's all the same (row 172)", () =>
    Effect.gen(function* () {
      const text = "the text, ".repeat(100)
      const sent = objectOf(text)
      const { "X-HCP-Hash": hash, "X-HCP-Size": size, ETag: _, ...bare } = sent
      for (const coding of ["gzip", "X-GZIP", "br", "gzip, identity", "x"]) {
        for (const about of [sent, bare, { ...bare, "X-HCP-Size": size }]) {
          const step = { status: 200, headers: { ...about, "Content-Encoding": coding }, body: gzipSync(text) }
          const nodes = always(step)
          const ns = yield* makeNamespace(nodes)
          const client = yield* makeClient(nodes)
          for (const verify of [true, false]) {
            const calls = [
              ns.get("/a", { verify }),
              Stream.runDrain(ns.stream("/a", { verify })),
              Stream.runDrain(ns.stream("/a", { verify, resume: true })),
              Effect.scoped(ns.getWithAnnotation("/a", { verify })),
              client.get("/rest/a", { verify }),
              Stream.runDrain(client.stream("/rest/a", { verify }))
            ]
            for (const call of calls) assert.strictEqual(yield* tagOf(call), "ProtocolError", `${coding} ${verify}`)
          }
          const handedOver = yield* client.call({ method: "GET", path: "/rest/a" })
          assert.strictEqual(handedOver.bytes.length, step.body.length)
        }
        const asItIs = { "Content-Encoding": coding }
        const part = answer(206, { ...sent, ...asItIs, "Content-Range": "bytes 0-2/1000" }, "the")
        const inPart = yield* makeNamespace(always(part))
        assert.strictEqual(yield* tagOf(inPart.get("/a", { range: ByteRange.between(0, 2) })), "ProtocolError")
        const byHash = { ...bare, ...asItIs, "X-HCP-Hash": hash }
        const wrong = yield* makeNamespace(always(answer(200, byHash, "other")))
        assert.strictEqual(yield* tagOf(wrong.get("/a")), "IntegrityError")
        for (const about of [{ ...sent, ...asItIs }, byHash]) {
          const right = yield* makeNamespace(always(answer(200, about, text)))
          assert.strictEqual((yield* right.get("/a", { gzip: coding === "br" })).text, text)
        }
      }
    })
  )

  it.effect("fails if it breaks off or is no gzip, and does not fill the memory", () =>
    Effect.gen(function* () {
      const text = "the text, ".repeat(100)
      const cut = yield* makeNamespace(always(packed(text, gzipSync(text).subarray(0, 20))))
      const error = yield* Effect.flip(Stream.runDrain(cut.stream("/a", { gzip })))
      assert.strictEqual(error.reason._tag, "IncompleteBody")
      assert.strictEqual(error.path, "/rest/a")
      assert.strictEqual(error.target, "n1.t1.hcp.test")
      const odd = yield* makeNamespace(always(packed(text, Buffer.from("no gzip at all"))))
      assert.strictEqual(yield* tagOf(odd.get("/a", { gzip })), "ProtocolError")
      const bomb = yield* makeNamespace(always(packed("0".repeat(1_000_000))))
      assert.strictEqual(yield* tagOf(bomb.get("/a", { gzip, maxBodyBytes: 10_000 })), "BodyTooLarge")
    })
  )
})

describe("open", () => {
  it.effect("gives metadata before the data, and data that goes on", () =>
    Effect.gen(function* () {
      const broken = { ...brokenOff, headers: { ...objectOf("hello you"), "X-Breaks-Off": "yes" }, body: "hello" }
      const rest = answer(206, { ...objectOf("hello you"), "Content-Range": "bytes 5-8/9" }, " you")
      const nodes = script(broken, rest)
      const ns = yield* makeNamespace(nodes)
      const text = yield* Effect.scoped(
        Effect.gen(function* () {
          const opened = yield* ns.open("/a", { resume: true })
          assert.strictEqual(opened.metadata.size, 9)
          return yield* textOf(opened.stream)
        })
      )
      assert.strictEqual(text, "hello you")
      assert.strictEqual(nodes.calls[1]?.header("range"), "bytes=5-")
      const once = yield* makeNamespace(script(broken))
      assert.strictEqual(yield* tagOf(textOf(once.stream("/a"))), "IncompleteBody")
    })
  )

  it.effect("compares the data with its hash", () =>
    Effect.gen(function* () {
      const ns = yield* makeNamespace(always(answer(200, objectOf("the text"), "the tExt")))
      assert.strictEqual(yield* tagOf(textOf(ns.stream("/a"))), "IntegrityError")
      assert.strictEqual(yield* textOf(ns.stream("/a", { verify: false })), "the tExt")
    })
  )
})

describe("progress", () => {
  const watching = () => {
    const seen: Array<string> = []
    const onProgress = (progress: { transferred: number; total: number | undefined }) =>
      Effect.sync(() => seen.push(`${progress.transferred}/${progress.total}`))
    return { seen, onProgress }
  }

  it.effect("counts to the size of the object, or of the part", () =>
    Effect.gen(function* () {
      const { onProgress, seen } = watching()
      const ns = yield* makeNamespace(
        script(object("the text"), object("the text"), part("789", "bytes 7-9/10"), object(""), {
          ...answer(200, { "X-HCP-Type": "object" }, "abc"),
          marks: false
        })
      )
      yield* Stream.runDrain(ns.stream("/a", { onProgress }))
      assert.strictEqual((yield* ns.get("/a", { onProgress })).text, "the text")
      yield* ns.get("/a", { onProgress, range: ByteRange.last(3) })
      yield* ns.get("/a", { onProgress })
      yield* ns.get("/a", { onProgress })
      assert.deepStrictEqual(seen, ["8/8", "8/8", "3/3", "0/0", "3/undefined", "3/3"])
    })
  )

  it.effect("never goes back when the body is read again", () =>
    Effect.gen(function* () {
      const { onProgress, seen } = watching()
      // A weak ETag names no bytes, so nothing can be continued.
      const weak = { ETag: 'W/"1"' }
      const broken = { ...brokenOff, headers: { ...objectOf("hello you", weak), "X-Breaks-Off": "yes" }, body: "hello" }
      const nodes = script(broken, broken, object("hello you", weak))
      const ns = yield* makeNamespace(nodes)
      assert.strictEqual((yield* ns.get("/a", { onProgress })).text, "hello you")
      assert.deepStrictEqual(seen, ["5/9", "9/9"])
      assert.deepStrictEqual(nodes.steps, [])
    })
  )

  it.effect("goes on where the body broke, if that is possible and not forbidden", () =>
    Effect.gen(function* () {
      const { onProgress, seen } = watching()
      const broken = { ...brokenOff, headers: { ...objectOf("hello you"), "X-Breaks-Off": "yes" }, body: "hello" }
      const rest = answer(206, { ...objectOf("hello you"), "Content-Range": "bytes 5-8/9" }, " you")
      const nodes = script(broken, rest, broken, object("hello you"))
      const ns = yield* makeNamespace(nodes)
      assert.strictEqual((yield* ns.get("/a", { onProgress, resume: true })).text, "hello you")
      assert.strictEqual((yield* ns.get("/a", { onProgress })).text, "hello you")
      assert.deepStrictEqual(
        nodes.calls.map((call) => call.header("range")),
        [undefined, "bytes=5-", undefined, undefined]
      )
      assert.deepStrictEqual(seen, ["5/9", "9/9", "5/9", "9/9"])
    })
  )

  it.effect("obeys the retry policy of the client as any other read does", () =>
    Effect.gen(function* () {
      const { onProgress } = watching()
      const broken = { ...brokenOff, headers: { ...objectOf("hello you"), "X-Breaks-Off": "yes" }, body: "hello" }
      for (const attempts of [1, 2, 5]) {
        for (const watch of [{}, { onProgress }]) {
          const nodes = always(broken)
          const ns = yield* makeNamespace(nodes, { retry: RetryPolicy.make({ attempts }) })
          assert.strictEqual(yield* tagOf(inTime(ns.get("/a", watch))), "IncompleteBody")
          assert.lengthOf(nodes.calls, attempts)
        }
      }
    })
  )

  it.effect("keeps what get promises: patience, deadline, memory", () =>
    Effect.gen(function* () {
      const onProgress = () => Effect.void
      const late = script(answer(404), answer(404), object("x"))
      const ns = yield* makeNamespace(late)
      assert.strictEqual((yield* inTime(ns.get("/a", { onProgress, notFoundGrace: "5 seconds" }))).text, "x")
      const large = yield* makeNamespace(script(object("0123456789")))
      assert.strictEqual(yield* tagOf(large.get("/a", { onProgress, maxBodyBytes: 9 })), "BodyTooLarge")
      const slow = yield* makeNamespace(
        always(() => Effect.never),
        { retry: RetryPolicy.never }
      )
      const error = yield* Effect.flip(inTime(slow.get("/a", { onProgress, deadline: "1 second" })))
      assert(error.reason._tag === "Timeout" && error.reason.phase === "deadline")
    })
  )
})

describe("head and exists", () => {
  it.effect("tell what there is, and not being allowed to know from nothing", () =>
    Effect.gen(function* () {
      const head = yield* makeNamespace(always(answer(200, directory)))
      assert.strictEqual((yield* head.head("/d")).type, "directory")
      assert.isTrue(yield* head.exists("/d"))
      for (const status of [404, 204]) {
        const ns = yield* makeNamespace(always(answer(status)))
        assert.strictEqual(yield* tagOf(ns.head("/a", { versionId: "1" })), "NotFound")
        assert.isFalse(yield* ns.exists("/a"))
      }
      const ns = yield* makeNamespace(always(answer(403)))
      assert.strictEqual(yield* tagOf(ns.exists("/a")), "Forbidden")
    })
  )

  it.effect("wait for an object that is still being written", () =>
    Effect.gen(function* () {
      const nodes = script(answer(404), answer(200, objectOf("x")))
      const ns = yield* makeNamespace(nodes)
      assert.isTrue(yield* inTime(ns.exists("/a", { notFoundGrace: "2 seconds" })))
    })
  )
})
