import * as Zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { negotiate } from "../src/gateway/gzip.ts"
import { makeSystem, respond, send, status } from "./utils/exchange.ts"
import { parseXml } from "./utils/xml.ts"

const gzip = { headers: { "accept-encoding": "gzip" } }

describe("content coding of answers", () => {
  for (const [header, coding] of [
    [undefined, "identity"],
    ["", "identity"],
    ["identity", "identity"],
    ["gzip", "gzip"],
    ["*", "gzip"],
    ["br, GZIP;q=0.5, deflate", "gzip"],
    ["gzip;q=0, identity", "identity"],
    ["gzip;q=0", undefined],
    ["br, deflate", undefined],
    ["xgzip", undefined]
  ] as const) {
    it(`of "${header}" is ${coding}`, () => assert.strictEqual(negotiate(header), coding))
  }

  it.effect("packs an object for who accepts gzip, and says how long it really is", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const body = "lots of the same ".repeat(4000)
      yield* send(hcp, "PUT", "/rest/a.txt", { body })
      const plain = yield* send(hcp, "GET", "/rest/a.txt")
      const packed = yield* send(hcp, "GET", "/rest/a.txt", gzip)
      assert.strictEqual(plain.text, body)
      assert.isUndefined(plain.headers["content-encoding"])
      assert.strictEqual(packed.headers["content-encoding"], "gzip")
      assert.strictEqual(packed.headers["x-hcp-contentlength"], String(body.length))
      assert.isUndefined(packed.headers["content-length"])
      assert.strictEqual(packed.headers["x-hcp-size"], plain.headers["x-hcp-size"])
      assert.strictEqual(packed.headers.etag, plain.headers.etag)
      assert.isBelow(packed.bytes.length, body.length / 10)
      assert.strictEqual(Zlib.gunzipSync(packed.bytes).toString(), body)
    })
  )

  it.effect("packs listings too, but neither ranges nor nothing", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* send(hcp, "PUT", "/rest/d/a.txt", { body: "0123456789" })
      yield* send(hcp, "PUT", "/rest/d/empty", { body: "" })
      const listing = yield* send(hcp, "GET", "/rest/d", gzip)
      const document = yield* parseXml(Zlib.gunzipSync(listing.bytes).toString())
      assert.strictEqual(document.children.length, 2)
      const part = yield* send(hcp, "GET", "/rest/d/a.txt", { headers: { ...gzip.headers, range: "bytes=2-4" } })
      assert.deepStrictEqual([part.status, part.text, part.headers["content-encoding"]], [206, "234", undefined])
      const empty = yield* send(hcp, "GET", "/rest/d/empty", gzip)
      assert.deepStrictEqual([empty.status, empty.bytes.length, empty.headers["content-encoding"]], [200, 0, undefined])
      assert.isUndefined((yield* send(hcp, "HEAD", "/rest/d/a.txt", gzip)).headers["content-encoding"])
    })
  )

  it.effect("answers 406 to who accepts nothing it has, and only on GET", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* send(hcp, "PUT", "/rest/a.txt", { body: "a" })
      const br = { headers: { "accept-encoding": "br, deflate" } }
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a.txt", br), 406)
      assert.strictEqual(yield* status(hcp, "HEAD", "/rest/a.txt", br), 200)
    })
  )

  it.effect("does not run ahead of a reader that stops", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* send(hcp, "PUT", "/rest/big", { body: new Uint8Array(8 * 1024 ** 2).map((_, at) => (at * 7919) >> 3) })
      const response = yield* respond(hcp, "GET", "/rest/big", gzip)
      if (response.body._tag !== "Stream") return assert.fail("no stream")
      const taken = yield* Stream.runCollect(Stream.take(response.body.stream, 1))
      assert.strictEqual(taken.length, 1)
    })
  )

  it.effect("reads a version by its id, its milliseconds, and its milliseconds after an @", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const { headers } = yield* send(hcp, "PUT", "/rest/a", { body: "a" })
      const millis = headers["x-hcp-versioncreatetimemilliseconds"]
      for (const version of [headers["x-hcp-versionid"], millis, `@${millis}`]) {
        assert.strictEqual((yield* send(hcp, "GET", `/rest/a?version=${version}&nowait&forceEtag=true`)).text, "a")
      }
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a?version=@1"), 404)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/a?version=@"), 400)
    })
  )
})
