import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as BlobStore from "../src/BlobStore.ts"
import type { GatewayRequest } from "../src/Gateway.ts"
import * as SystemGateway from "../src/gateway/SystemGateway.ts"
import * as LiveCore from "../src/internal/liveCore.ts"
import { resolve } from "../src/SystemSpec.ts"
import * as Uploads from "../src/s3/multipart/uploads.ts"
import { readBody, token } from "./utils/exchange.ts"

const hour = 3_600_000

const node = "127.0.11.1"

/** A system seen from inside: what it answers, what it counted, what it logged. */
const make = Effect.gen(function* () {
  const spec = yield* resolve({ domain: "hcp1.example.com", namespaces: ["n1.t1", "n2.t1"] })
  const core = yield* LiveCore.make(spec, { blobs: yield* BlobStore.makeMemory(), dataDirectory: undefined })
  const gateway = SystemGateway.make(core, yield* Uploads.make(undefined))
  const respond = (method: string, target: string, sent: Partial<GatewayRequest> & { readonly text?: string } = {}) =>
    gateway.handle({
      ...{ method, target, node, client: "127.0.0.1", listener: "data", secure: true },
      ...{ host: "n1.t1.hcp1.example.com", headers: { authorization: `HCP ${token}` } },
      body: sent.text === undefined ? Stream.empty : Stream.succeed(new TextEncoder().encode(sent.text)),
      ...sent
    })
  const send = (...request: Parameters<typeof respond>) =>
    Effect.flatMap(respond(...request), (response) => Effect.as(readBody(response), response.status))
  const lines = () => core.accessLog.files(node).flatMap((file) => file.lines)
  const used = () => core.usage.ofNamespace("n1.t1", 0, 1)
  return { core, respond, send, lines, used }
})

describe("accounting", () => {
  it.effect("counts what succeeded, by the bytes that really went", () =>
    Effect.gen(function* () {
      const { send, used } = yield* make
      yield* send("PUT", "/rest/a", { text: "12345" })
      yield* send("PUT", "/rest/a", { text: "12345" })
      yield* send("POST", "/rest/a", { text: "index=false" })
      yield* send("GET", "/rest/a")
      yield* send("GET", "/rest/a?x", { headers: { authorization: `HCP ${token}`, range: "bytes=1-2" } })
      yield* send("HEAD", "/rest/a")
      yield* send("GET", "/rest/missing")
      yield* send("GET", "/proc/statistics")
      yield* send("PUT", "/rest/b", { text: "1234567" })
      yield* send("DELETE", "/rest/b")
      assert.deepStrictEqual(used(), {
        ...{ reads: 3, writes: 3, deletes: 1, bytesIn: 5 + 11 + 7, bytesOut: 5 + 2 },
        ...{ objectCount: 1, ingestedVolume: 5, storageCapacityUsed: 10 }
      })
    })
  )

  it.effect("sorts by the hour in which a request ended, for each namespace", () =>
    Effect.gen(function* () {
      const { core, send } = yield* make
      yield* send("PUT", "/rest/a", { text: "1" })
      yield* TestClock.adjust("2 hours")
      yield* send("PUT", "/rest/b", { text: "22" })
      yield* send("PUT", "/rest/b", { text: "22", host: "n2.t1.hcp1.example.com" })
      const bytes = [0, 1, 2].map((at) => {
        const { bytesIn, objectCount } = core.usage.ofNamespace("n1.t1", at * hour, (at + 1) * hour)
        return [bytesIn, objectCount]
      })
      assert.deepStrictEqual(bytes, [
        [1, 1],
        [0, 1],
        [2, 2]
      ])
      assert.strictEqual(core.usage.ofTenant("t1", 0, 3 * hour).bytesIn, 5)
    })
  )

  it.effect("writes a line when the last byte is gone, or the reader is", () =>
    Effect.gen(function* () {
      const { lines, respond, send, used } = yield* make
      yield* send("PUT", "/rest/a%20b", { text: "x".repeat(1000) })
      const response = yield* respond("GET", "/rest/a%20b")
      assert.strictEqual(lines().length, 1)
      yield* TestClock.adjust("3 seconds")
      if (response.body._tag !== "Stream") return assert.fail("no stream")
      yield* Stream.runDrain(response.body.stream)
      const [put = "", get = ""] = lines()
      assert.strictEqual(put, '127.0.0.1 - n [01/Jan/1970:00:00:00 +0000] "PUT /rest/a%20b HTTP/1.1" 201 0 n1.t1 0')
      assert.strictEqual(
        get,
        '127.0.0.1 - n [01/Jan/1970:00:00:00 +0000] "GET /rest/a%20b HTTP/1.1" 200 1000 n1.t1 3000'
      )
      const listing = yield* respond("GET", "/rest")
      if (listing.body._tag !== "Stream") return assert.fail("no stream")
      yield* Stream.runDrain(Stream.take(listing.body.stream, 1))
      assert.strictEqual(lines().length, 3)
      assert.isAbove(used().bytesOut, 1000)
    })
  )

  it.effect("logs each gateway apart, refusals without a name, and never a password", () =>
    Effect.gen(function* () {
      const { core, send } = yield* make
      yield* send("GET", "/rest/a", { headers: { authorization: "HCP bg==:00000000000000000000000000000000" } })
      yield* send("PUT", "/mapi/tenants?username=lisa&password=s3cret", {
        listener: "mapi",
        host: "admin.hcp1.example.com",
        headers: { authorization: `HCP ${token}` }
      })
      yield* send("GET", "/%ZZ")
      const files = core.accessLog.files(node)
      assert.deepStrictEqual(
        files.map(({ name, lines }) => [name, lines.map((line) => line.replace(/\[.*?\] /, ""))]),
        [
          [
            "http_gateway_request.log.0",
            ['127.0.0.1 - - "GET /rest/a HTTP/1.1" 403 0 n1.t1 0', '127.0.0.1 - n "GET /%ZZ HTTP/1.1" 400 0 n1.t1 0']
          ],
          [
            "mapi_gateway_request.log.0",
            ['127.0.0.1 - - "PUT /mapi/tenants?username=lisa&password=*** HTTP/1.1" 403 0 - 0']
          ]
        ]
      )
    })
  )
})
