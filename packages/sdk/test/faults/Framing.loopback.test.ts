import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as FaultNode from "../utils/FaultNode.ts"
import { call, clientOf, make, targetOf } from "../utils/FaultNodes.ts"

const ok = FaultNode.reply(200, "ok")
const head = "HTTP/1.1 200 OK\r\n"

describe("An answer that is no HTTP", () => {
  const broken: Readonly<Record<string, string | Uint8Array>> = {
    "two lengths": `${head}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc`,
    "a length and chunks": `${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    "length +3": `${head}Content-Length: +3\r\n\r\nabc`,
    "length -3": `${head}Content-Length: -3\r\n\r\nabc`,
    "a bare line feed": "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
    "a folded line": `${head}X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n`,
    "a NUL": `${head}X-A: b\0c\r\nContent-Length: 0\r\n\r\n`,
    "a space before the colon": `${head}Content-Length : 0\r\n\r\n`,
    garbage: "no such thing\r\n\r\n",
    "HTTP/0.9": "<html>hello</html>",
    "a TLS alert": Buffer.from([21, 3, 3, 0, 2, 2, 40]),
    "101 unasked": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"
  }

  it.live("ends the connection, is blamed on the node, and a GET is served by another one (rows 29, 31, 32, 34)", () =>
    Effect.gen(function* () {
      for (const [name, bytes] of Object.entries(broken)) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const group = yield* make([[FaultNode.raw(bytes)], [ok]])
            const target = yield* targetOf(group)
            assert.deepStrictEqual(
              yield* call(target),
              { status: 200, text: "ok", node: "127.90.0.2", attempts: 2 },
              name
            )
            yield* group.nodes[0]?.until(() => group.nodes[0]?.open() === 0) ?? Effect.void
            assert.strictEqual((yield* target.nodes.health)[0]?.consecutiveFailures, 1, name)
            assert.deepStrictEqual(group.unused(), [0, 0], name)
          })
        )
      }
    })
  )

  it.live("but holds an unasked 100, or blanks around its length, is taken (rows 34, 35)", () =>
    Effect.gen(function* () {
      const proceed = "HTTP/1.1 100 Continue\r\n\r\n"
      const legal: Readonly<Record<string, ReadonlyArray<string>>> = {
        "100 before the answer": [`${proceed}${head}Content-Length: 2\r\n\r\nok`],
        "100 with headers, twice": [
          `HTTP/1.1 100 Continue\r\nX-A: b\r\n\r\n${proceed}${head}Content-Length: 2\r\n\r\nok`
        ],
        "100 in pieces": ["HTTP/1.1 1", "00 Continue\r", "\n\r\nHTTP/1.1 200 OK\r\nContent-Le", "ngth: 2\r\n\r\nok"],
        "103, then 100": [`HTTP/1.1 103 Early Hints\r\n\r\n${proceed}${head}Content-Length: 2\r\n\r\nok`],
        "a blank behind the length": [`${head}Content-Length: 2 \r\n\r\nok`],
        "tabs around the length": [`${head}Content-Length:\t2\t\r\nX-A: b  \r\n\r\nok`],
        "blanks in pieces": [`${head}Content-Length: 2 `, " \r", "\n\r\n", "ok"]
      }
      for (const [name, bytes] of Object.entries(legal)) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const group = yield* make([[FaultNode.raw(...bytes), ok]])
            const target = yield* targetOf(group)
            const expected = { status: 200, text: "ok", node: "127.90.0.1", attempts: 1 }
            assert.deepStrictEqual(yield* call(target), expected, name)
            assert.deepStrictEqual(yield* call(target), expected, name)
            assert.strictEqual(group.nodes[0]?.connections(), 1, name)
          })
        )
      }
    })
  )

  it.live("to a POST is not repeated, and its outcome is said to be unknown (row 29)", () =>
    Effect.gen(function* () {
      const group = yield* make([[FaultNode.raw("no such thing\r\n\r\n")], []])
      const target = yield* targetOf(group)
      const error = yield* Effect.flip(call(target, "POST"))
      assert.strictEqual(error.reason._tag, "ProtocolError")
      assert.include(error.message, "whether it took effect is unknown")
      assert.deepStrictEqual(group.unused(), [0, 0])
    })
  )

  it.live("in its chunks fails the body, and a GET into memory is asked for again (row 30)", () =>
    Effect.gen(function* () {
      for (const bad of ["zz\r\nabc\r\n", "-3\r\nabc\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nabc\r\n"]) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const chunked = FaultNode.fin(`${head}Transfer-Encoding: chunked\r\n\r\n`, bad)
            const group = yield* make([[chunked], [ok]])
            const client = yield* clientOf(group)
            assert.strictEqual((yield* client.get("/rest/a")).text, "ok", bad)
            assert.deepStrictEqual(group.unused(), [0, 0], bad)
          })
        )
      }
    })
  )

  it.live("but has more than 16 KiB of headers is an error at once: another node would say the same (row 33)", () =>
    Effect.gen(function* () {
      const group = yield* make([[FaultNode.raw(`${head}X-A: ${"a".repeat(20_000)}\r\nContent-Length: 0\r\n\r\n`)], []])
      const target = yield* targetOf(group)
      const error = yield* Effect.flip(call(target))
      assert.strictEqual(error.reason._tag, "ProtocolError")
      assert.isFalse(error.isRetryable)
      assert.include(error.message, "larger than 16 KiB")
      assert.deepStrictEqual(group.unused(), [0, 0])
    })
  )
})

describe("An answer that ends with its connection", () => {
  it.live("and holds less of a part than it says is asked for again", () =>
    Effect.gen(function* () {
      const part = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 2-5/9\r\n\r\n"
      const group = yield* make([[FaultNode.fin(part, "234")], [FaultNode.fin(part, "2345")]])
      const client = yield* clientOf(group)
      const reply = yield* client.get("/rest/a", { headers: { Range: "bytes=2-5" } })
      assert.deepStrictEqual([reply.text, reply.attempts], ["2345", 2])
      assert.deepStrictEqual(group.unused(), [0, 0])
    })
  )

  it.live("is whole only where a size, a hash or the document itself says where its body ends", () =>
    Effect.gen(function* () {
      const plain = `${head}Content-Type: text/plain\r\n`
      const cases: Readonly<Record<string, readonly [head: string, body: string, attempts: number]>> = {
        nothing: [plain, "abc", 2],
        "a size": [`${plain}X-HCP-Size: 3\r\n`, "abc", 1],
        "a hash": [`${plain}X-HCP-Hash: MD5 900150983CD24FB0D6963F7D28E17F72\r\n`, "abc", 1],
        "a document": [`${head}Content-Type: text/xml\r\n`, "<a/>", 1]
      }
      for (const [name, [begin, body, attempts]] of Object.entries(cases)) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const group = yield* make([[FaultNode.fin(`${begin}\r\n`, body)], [ok]])
            const client = yield* clientOf(group)
            const reply = yield* client.get("/rest/a")
            assert.deepStrictEqual([reply.text, reply.attempts], [attempts === 1 ? body : "ok", attempts], name)
          })
        )
      }
    })
  )
})

describe("An answer in a transfer coding that has no end of its own", () => {
  it.live("ends with its connection: a reset breaks it off", () =>
    Effect.gen(function* () {
      for (const coding of ["identity", "gzip", "chunked, gzip"]) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const endless = `HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}\r\n\r\n`
            const group = yield* make([[FaultNode.rst(endless, "ab")], [ok]])
            const client = yield* clientOf(group)
            const reply = yield* client.get("/rest/a")
            assert.deepStrictEqual([reply.text, reply.attempts], ["ok", 2], coding)
            assert.deepStrictEqual(group.unused(), [0, 0], coding)
          })
        )
      }
    })
  )
})

describe("An answer that is compressed", () => {
  it.live("was not asked for, is an error to verbs, and is never blown up (row 42)", () =>
    Effect.gen(function* () {
      const bomb = zlib.gzipSync(Buffer.alloc(10_000_000))
      const zipped = `${head}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`
      const step = FaultNode.raw(zipped, bomb)
      const group = yield* make([[step, step, step, step]])
      const client = yield* clientOf(group)
      const error = yield* Effect.flip(client.get("/rest/a"))
      assert.strictEqual(error.reason._tag, "ProtocolError")
      assert.include(error.message, "its body has a content coding gzip, which was not asked for")
      const reply = yield* client.call({ method: "GET", path: "/rest/a" })
      assert.strictEqual(reply.bytes.length, bomb.length)
      assert.strictEqual(reply.headers.get("content-encoding"), "gzip")
      assert.strictEqual(group.nodes[0]?.arrivals[0]?.headers["accept-encoding"], "identity")
      assert.deepStrictEqual(group.unused(), [0])
    })
  )
})

describe("Answers that come on their own", () => {
  it.live("103 is passed over, as often as it comes (row 34)", () =>
    Effect.gen(function* () {
      const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(20)
      const group = yield* make([[FaultNode.raw(hints, FaultNode.answer(200, "after")), ok]])
      const target = yield* targetOf(group)
      assert.strictEqual((yield* call(target)).text, "after")
      assert.strictEqual((yield* call(target)).text, "ok")
      assert.strictEqual(group.nodes[0]?.connections(), 1)
      assert.deepStrictEqual(group.unused(), [0])
    })
  )

  it.live("a second answer behind the first is never taken for the next request's", () =>
    Effect.gen(function* () {
      const forged = FaultNode.answer(200, "forged")
      const group = yield* make([
        [FaultNode.raw(FaultNode.answer(200, "true"), forged), FaultNode.reply(200, "also true")]
      ])
      const target = yield* targetOf(group)
      assert.strictEqual((yield* call(target)).text, "true")
      const [node] = group.nodes
      yield* node?.until(() => node.open() === 0) ?? Effect.void
      assert.strictEqual((yield* call(target)).text, "also true")
      assert.deepStrictEqual(group.unused(), [0])
    })
  )

  it.live("417, and no request asked for it: the status is the answer (row 37)", () =>
    Effect.gen(function* () {
      const group = yield* make([[FaultNode.reply(417)], []])
      const target = yield* targetOf(group)
      assert.strictEqual((yield* call(target, "PUT")).status, 417)
      assert.isUndefined(group.nodes[0]?.arrivals[0]?.headers.expect)
      assert.deepStrictEqual(group.unused(), [0, 0])
    })
  )
})
