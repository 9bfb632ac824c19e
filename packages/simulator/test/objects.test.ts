import * as Zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { makeNamespace, makeSystem, respond, send, status } from "./utils/exchange.ts"

const knownBody = "This is an example"
const knownMd5 = '"68791e1b03badd5e4eb9287660f67745"'
const knownHash = "SHA-256 47FB563CC8F86DC37C86D08BC542968F7986ACD81C97BF76DB7AD744407FE117"

describe("storing", () => {
  it.effect("answers 201 with the headers of a recorded answer, in their order", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_524_188_961_548)
      const hcp = yield* makeSystem()
      const answer = yield* send(hcp, "PUT", "/rest/a%20b/c.txt?index=true", { body: knownBody })
      assert.strictEqual(answer.status, 201)
      assert.deepStrictEqual(answer.names.slice(0, 8), [
        "X-HCP-ServicedBySystem",
        "Location",
        "X-HCP-VersionId",
        "X-HCP-VersionCreateTimeMilliseconds",
        "X-HCP-Hash",
        "ETag",
        "X-RequestId",
        "X-HCP-Time"
      ])
      assert.strictEqual(answer.headers.location, "/rest/a%20b/c.txt")
      assert.strictEqual(answer.headers["x-hcp-hash"], knownHash)
      assert.strictEqual(answer.headers.etag, knownMd5)
      assert.strictEqual(answer.headers["x-hcp-versionid"], "97548093539073")
      assert.strictEqual(answer.headers["x-hcp-time"], "1524188961")
      assert.match(answer.headers["x-requestid"] ?? "", /^[0-9A-F]{16}$/)
    })
  )

  it.effect("keeps the hash of the namespace's scheme", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({ hashScheme: "MD5" })
      const answer = yield* send(hcp, "PUT", "/rest/a", { body: knownBody })
      assert.strictEqual(answer.headers["x-hcp-hash"], "MD5 68791E1B03BADD5E4EB9287660F67745")
    })
  )

  it.effect("gives every object its own version id, even within one millisecond", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const answers = yield* Effect.forEach(["a", "b", "c"], (name) => send(hcp, "PUT", `/rest/${name}`))
      assert.strictEqual(new Set(answers.map(({ headers }) => headers["x-hcp-versionid"])).size, 3)
    })
  )

  it.effect("refuses a second object of the same name with 409 and keeps the first", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { body: "1" }), 201)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { body: "2" }), 409)
      assert.strictEqual((yield* send(hcp, "GET", "/rest/a")).text, "1")
    })
  )

  it.effect("lets one of two simultaneous uploads win", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const slow = Stream.fromEffect(Effect.as(Effect.sleep("1 second"), new Uint8Array(3)))
      const uploads = yield* Effect.forkScoped(
        Effect.all([status(hcp, "PUT", "/rest/a", { body: slow }), status(hcp, "PUT", "/rest/a", { body: slow })], {
          concurrency: "unbounded"
        })
      )
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* Fiber.join(uploads)).sort(), [201, 409])
      assert.strictEqual((yield* hcp.state).namespaces[0]?.bytes, 3)
    })
  )

  it.effect("answers 409 to a conditional upload that was true when it began and is not when it ends", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({ versioning: true })
      const slow = Stream.fromEffect(Effect.as(Effect.sleep("1 second"), new Uint8Array(3)))
      const headers = { "if-none-match": "*" }
      const late = yield* Effect.forkScoped(status(hcp, "PUT", "/rest/a", { body: slow, headers }))
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { body: "1", headers }), 201)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(late), 409)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { body: "1", headers }), 412)
    })
  )

  it.effect("stores nothing of a body that breaks off, announced or chunked", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const broken = Stream.concat(Stream.succeed(new Uint8Array(9)), Stream.fail("aborted" as const))
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { body: broken }), 503)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { body: "12", headers: { "content-length": "9" } }), 503)
      assert.strictEqual(yield* status(hcp, "HEAD", "/rest/a"), 404)
    })
  )

  it.effect("unpacks gzip, and refuses what only claims to be gzip, or is something else", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const gzip = { "content-encoding": "gzip" }
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { body: Zlib.gzipSync(knownBody), headers: gzip }), 201)
      assert.strictEqual((yield* send(hcp, "GET", "/rest/a")).text, knownBody)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/b", { body: knownBody, headers: gzip }), 400)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/b", { headers: { "content-encoding": "br" } }), 415)
      const cut = Stream.concat(
        Stream.succeed(Zlib.gzipSync(knownBody).subarray(0, 15)),
        Stream.fail("aborted" as const)
      )
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/b", { body: cut, headers: gzip }), 503)
      const short = Zlib.gzipSync(knownBody).subarray(0, 15)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/b", { body: short, headers: gzip }), 400)
      assert.strictEqual(yield* status(hcp, "HEAD", "/rest/b"), 404)
    })
  )

  it.effect("checks parameters, path length, method, quota and names", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({ hardQuota: 10 })
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a?index=yes"), 400)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a?retention=soon"), 400)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a?type=whatever"), 400)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/%ff"), 400)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a/%2e%2e/b"), 400)
      assert.strictEqual(yield* status(hcp, "PUT", `/rest/${"a".repeat(4094)}`), 201)
      assert.strictEqual(yield* status(hcp, "PUT", `/rest/${"a".repeat(4095)}`), 414)
      assert.strictEqual(yield* status(hcp, "PATCH", "/rest/a"), 405)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/b", { body: "eleven bytes" }), 413)
    })
  )
})

describe("reading", () => {
  it.effect("answers GET and HEAD with every recorded header", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_422_736_466_446)
      const hcp = yield* makeSystem({ softwareVersion: "8.0.0.10" })
      yield* send(hcp, "PUT", "/rest/dir/a.txt", { body: knownBody })
      const get = yield* send(hcp, "GET", "/rest/dir/a.txt")
      const head = yield* send(hcp, "HEAD", "/rest/dir/a.txt")
      assert.strictEqual(get.text, knownBody)
      assert.strictEqual(head.bytes.length, 0)
      const { "x-requestid": _, ...rest } = head.headers
      assert.deepStrictEqual(rest, {
        date: "Sat, 31 Jan 2015 20:34:26 GMT",
        server: "HCP V8.0.0.10-",
        "x-hcp-servicedbysystem": "hcp1.example.com",
        "x-hcp-time": "1422736466",
        "x-hcp-softwareversion": "8.0.0.10",
        etag: knownMd5,
        "cache-control": "no-cache,no-store",
        pragma: "no-cache",
        expires: "Thu, 01 Jan 1970 00:00:00 GMT",
        "accept-ranges": "bytes",
        "content-type": "text/plain",
        "content-length": "18",
        "x-hcp-type": "object",
        "x-hcp-size": "18",
        "x-hcp-hash": knownHash,
        "x-hcp-versionid": "91055133852545",
        "x-hcp-ingesttime": "1422736466",
        "x-hcp-ingesttimemilliseconds": "1422736466446",
        "x-hcp-retentionclass": "",
        "x-hcp-retentionstring": "Deletion Allowed",
        "x-hcp-retention": "0",
        "x-hcp-ingestprotocol": "HTTP",
        "x-hcp-retentionhold": "false",
        "x-hcp-labelretentionhold": "false",
        "x-hcp-shred": "false",
        "x-hcp-dpl": "2",
        "x-hcp-index": "true",
        "x-hcp-custom-metadata": "false",
        "x-hcp-acl": "false",
        "x-hcp-owner": "n",
        "x-hcp-domain": "",
        "x-hcp-uid": "",
        "x-hcp-gid": "",
        "x-hcp-custommetadataannotations": "",
        "x-hcp-replicated": "false",
        "x-hcp-replicationcollision": "false",
        "x-hcp-changetimemilliseconds": "1422736466446.00",
        "x-hcp-changetimestring": "2015-01-31T20:34:26+0000",
        "last-modified": "Sat, 31 Jan 2015 20:34:26 GMT"
      })
      assert.deepStrictEqual(get.names, head.names)
    })
  )

  it.effect("protects browsers from version 8.2 on, and no longer says which server it is", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({ softwareVersion: "8.2.0.1" })
      yield* send(hcp, "PUT", "/rest/a.txt", { body: "a" })
      const { headers, names } = yield* send(hcp, "GET", "/rest/a.txt")
      assert.strictEqual(headers["x-frame-options"], "SAMEORIGIN")
      assert.strictEqual(headers["strict-transport-security"], "max-age=31536000")
      assert.isUndefined(headers.server)
      assert.match(headers["x-requestid"] ?? "", /^[0-9A-F]{16}$/)
      assert.strictEqual(new Set(names).size, names.length)
    })
  )

  for (const [header, expected, contentRange] of [
    ["bytes=0-3", "0123", "bytes 0-3/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=-2", "89", "bytes 8-9/10"],
    ["bytes=8-99", "89", "bytes 8-9/10"],
    ["bytes=-99", "0123456789", "bytes 0-9/10"],
    ["lines=1-2", "0123456789", undefined],
    ["bytes=5-2", "0123456789", undefined]
  ] as const) {
    it.effect(`reads ${header} of ten bytes as ${expected}`, () =>
      Effect.gen(function* () {
        const hcp = yield* makeSystem()
        yield* send(hcp, "PUT", "/rest/a", { body: "0123456789" })
        const answer = yield* send(hcp, "GET", "/rest/a", { headers: { range: header } })
        assert.strictEqual(answer.status, contentRange === undefined ? 200 : 206)
        assert.strictEqual(answer.text, expected)
        assert.strictEqual(answer.headers["content-range"], contentRange)
        assert.strictEqual(answer.headers["content-length"], String(expected.length))
      })
    )
  }

  it.effect("answers 416 to a range outside, and says how large the object is", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* send(hcp, "PUT", "/rest/a", { body: "0123456789" })
      yield* send(hcp, "PUT", "/rest/empty")
      const answer = yield* send(hcp, "GET", "/rest/a", { headers: { range: "bytes=10-" } })
      assert.strictEqual(answer.status, 416)
      assert.strictEqual(answer.headers["content-range"], "bytes */10")
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a", { headers: { range: "bytes=-0" } }), 416)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/empty", { headers: { range: "bytes=0-" } }), 416)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/empty"), 200)
    })
  )

  it.effect("answers 406 only if neither gzip nor * nor identity is accepted", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* send(hcp, "PUT", "/rest/a", { body: "0" })
      const withEncoding = (value: string) => status(hcp, "GET", "/rest/a", { headers: { "accept-encoding": value } })
      assert.strictEqual(yield* withEncoding("identity"), 200)
      assert.strictEqual(yield* withEncoding("deflate, gzip;q=1.0, br"), 200)
      assert.strictEqual(yield* withEncoding("*"), 200)
      assert.strictEqual(yield* withEncoding("br, deflate"), 406)
    })
  )

  it.effect("answers 404 for what is not there, or lies below an object", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* send(hcp, "PUT", "/rest/a", { body: "0" })
      assert.strictEqual(yield* status(hcp, "GET", "/rest/b"), 404)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a/b"), 404)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a/b"), 404)
      assert.strictEqual(yield* status(hcp, "GET", "/other"), 404)
    })
  )

  it.effect("reads to the end an object that is deleted meanwhile", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const size = 3 * 1024 ** 2
      yield* send(hcp, "PUT", "/rest/a", { body: new Uint8Array(size) })
      const { body } = yield* respond(hcp, "GET", "/rest/a")
      assert.ok(body._tag === "Stream")
      let received = 0
      yield* Stream.runForEach(body.stream, (chunk) =>
        Effect.suspend(() => {
          const first = received === 0
          received += chunk.length
          return first ? status(hcp, "DELETE", "/rest/a") : Effect.void
        })
      )
      assert.strictEqual(received, size)
    })
  )
})

describe("conditions", () => {
  const old = "Thu, 01 Jan 1970 00:00:00 GMT"
  const late = "Fri, 01 Jan 2100 00:00:00 GMT"
  for (const [name, value, read, write] of [
    ["if-match", knownMd5, 200, 201],
    ["if-match", "*", 200, 201],
    ["if-match", '"x"', 412, 412],
    ["if-none-match", '"x", "y"', 200, 201],
    ["if-none-match", knownMd5, 304, 412],
    ["if-none-match", "*", 304, 412],
    ["if-modified-since", old, 200, 201],
    ["if-modified-since", late, 304, 304],
    ["if-unmodified-since", late, 200, 201],
    ["if-unmodified-since", old, 412, 412]
  ] as const) {
    it.effect(`${name}: ${value} gives ${read} for GET, ${write} for PUT`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(1_422_736_466_446)
        const hcp = yield* makeNamespace({ versioning: true })
        yield* send(hcp, "PUT", "/rest/a", { body: knownBody })
        const headers = { [name]: value }
        assert.strictEqual(yield* status(hcp, "GET", "/rest/a", { headers }), read)
        assert.strictEqual(yield* status(hcp, "HEAD", "/rest/a", { headers }), read)
        assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { headers, body: "2" }), write)
      })
    )
  }

  it.effect("If-None-Match: * creates only what is absent, If-Match only replaces, DELETE takes neither", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { headers: { "if-match": "*" } }), 412)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { headers: { "if-none-match": "*" } }), 201)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { headers: { "if-none-match": "*" } }), 412)
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a", { headers: { "if-match": "*" } }), 400)
    })
  )
})
