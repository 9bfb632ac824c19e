import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import * as Credentials from "../src/Credentials.ts"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import { ConnectionLost } from "../src/HcpError.ts"
import type { HcpRequest } from "../src/HcpRequest.ts"
import * as Namespace from "../src/namespace/Namespace.ts"
import * as Resolver from "../src/Resolver.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as Target from "../src/Target.ts"
import * as Transport from "../src/Transport.ts"

const hex = (algorithm: string, data: string | Uint8Array) => createHash(algorithm).update(data).digest("hex")

const evidence = (data: string | Uint8Array) => ({
  hash: `SHA-256 ${hex("sha256", data).toUpperCase()}`,
  etag: `"${hex("md5", data)}"`
})

/** The namespace, and the client below it, over one answer to everything. */
const over = (answer: Transport.HandlerAnswer | ((request: Transport.WireRequest) => Transport.HandlerAnswer)) =>
  Namespace.layer.pipe(
    Layer.provideMerge(HcpClient.layer),
    Layer.provide(
      Target.layerTest((request) => Effect.sync(() => (typeof answer === "function" ? answer(request) : answer)), {
        retry: RetryPolicy.never
      })
    )
  )

/** What HCP says of the bytes in the answer to a request. */
const said = (request: HcpRequest, answer: Transport.HandlerAnswer) =>
  Effect.gen(function* () {
    const client = yield* HcpClient.HcpClient
    const { headers } = yield* client.call(request)
    return {
      hash: headers.get("x-hcp-hash"),
      etag: headers.get("etag"),
      size: headers.get("x-hcp-size"),
      mark: headers.has("x-requestid")
    }
  }).pipe(Effect.provide(over(answer)))

const lost = new Transport.ExchangeFailure({
  reached: "answer",
  reason: new ConnectionLost({ address: "192.0.2.1", code: "ECONNRESET" })
})

const nothing = { hash: undefined, etag: undefined, size: undefined, mark: true }

describe("answers of a handler", () => {
  const bodies: ReadonlyArray<readonly [string, HcpBody.HcpBody]> = [
    ["a text", HcpBody.text("hello")],
    ["bytes", HcpBody.bytes(new TextEncoder().encode("hello"))],
    ["a stream", HcpBody.stream(() => Stream.make(new TextEncoder().encode("hel"), new TextEncoder().encode("lo")))],
    ["nothing", HcpBody.empty]
  ]
  for (const [name, body] of bodies) {
    it.effect(`say of what a PUT stored hash and ETag of the bytes that were sent: ${name}`, () =>
      Effect.gen(function* () {
        const ns = yield* Namespace.Namespace
        const { metadata, outcome } = yield* ns.put("/a.txt", body)
        assert.strictEqual(outcome, "created")
        const { etag } = evidence(name === "nothing" ? "" : "hello")
        assert.strictEqual(metadata.hash?.hex, hex("sha256", name === "nothing" ? "" : "hello"))
        assert.strictEqual(metadata.etag, etag)
      }).pipe(Effect.provide(over({ status: 201 })))
    )
  }

  it.effect("say of what was sent packed the hash of the unpacked bytes", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { metadata } = yield* ns.put("/a.txt", HcpBody.text("hello"), { gzip: true })
      assert.strictEqual(metadata.hash?.hex, hex("sha256", "hello"))
    }).pipe(Effect.provide(over({ status: 201 })))
  )

  it.effect("are compared with what was sent: another hash is an IntegrityError", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { reason } = yield* Effect.flip(ns.put("/a.txt", HcpBody.text("hello")))
      assert.strictEqual(reason._tag, "IntegrityError")
    }).pipe(Effect.provide(over({ status: 201, headers: { "X-HCP-Hash": `SHA-256 ${"0".repeat(64)}` } })))
  )

  it.effect("say of what a GET gives hash, ETag and size, and of a HEAD the same", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { metadata, text } = yield* ns.get("/a.txt")
      assert.deepStrictEqual([text, metadata.size, metadata.hash?.hex], ["hello", 5, hex("sha256", "hello")])
      assert.deepStrictEqual((yield* ns.head("/a.txt")).size, 5)
      assert.strictEqual((yield* ns.head("/a.txt")).etag, evidence("hello").etag)
    }).pipe(Effect.provide(over({ body: "hello" })))
  )

  it.effect("keep to HCP's word for any other status: 404 stays NotFound", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      assert.strictEqual((yield* Effect.flip(ns.get("/a.txt"))).reason._tag, "NotFound")
      assert.isFalse(yield* ns.exists("/a.txt"))
    }).pipe(Effect.provide(over({ status: 404 })))
  )

  const get: HcpRequest = { method: "GET", path: "/rest/a" }
  const put: HcpRequest = { method: "PUT", path: "/rest/a", body: HcpBody.text("hello") }
  const withheld: ReadonlyArray<readonly [string, HcpRequest, Transport.HandlerAnswer]> = [
    ["a refusal", get, { status: 404, body: "no" }],
    ["a refused PUT", put, { status: 409 }],
    ["a part", get, { status: 206, body: "el", headers: { "X-Other": "yes" } }],
    ["a HEAD that says nothing of its object", { method: "HEAD", path: "/rest/a" }, {}],
    ["a DELETE", { method: "DELETE", path: "/rest/a" }, {}],
    ["a POST", { method: "POST", path: "/rest/a" }, {}],
    ["a copy", { ...put, body: HcpBody.empty, headers: { "X-HCP-CopySource": "/n1.t1/b" } }, { status: 201 }],
    ["a directory", { method: "PUT", path: "/rest/a", query: { type: "directory" } }, { status: 201 }],
    ["an object with an annotation", { ...get, query: { type: "whole-object" } }, { body: "hello<a/>" }],
    ["the management API", { method: "GET", path: "/mapi/tenants" }, { body: "<tenants/>" }]
  ]
  for (const [name, request, answer] of withheld) {
    it.effect(`say nothing of bytes that HCP does not speak of: ${name}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* said(request, answer), nothing)
      })
    )
  }

  for (const [name, headers] of Object.entries({
    "a hash": { "x-hcp-hash": "SHA-1 00" },
    "an ETag": { ETag: '"v1"' },
    "a size": { "X-HCP-Size": "5" },
    "a coding": { "Content-Encoding": "gzip" }
  })) {
    it.effect(`add nothing where they say something of the bytes themselves: ${name}`, () =>
      Effect.gen(function* () {
        const found = yield* said({ ...get, acceptGzip: true }, { body: "hello", headers })
        const own = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
        assert.deepStrictEqual(found, {
          hash: own.get("x-hcp-hash"),
          etag: own.get("etag"),
          size: own.get("x-hcp-size"),
          mark: true
        })
      })
    )
  }

  it.effect("say nothing of a body that breaks off, which is not known", () =>
    Effect.gen(function* () {
      const client = yield* HcpClient.HcpClient
      const { headers } = yield* client.execute(get)
      assert.isFalse(headers.has("etag") || headers.has("x-hcp-size"))
    }).pipe(Effect.scoped, Effect.provide(over({ body: "hel", breaksWith: lost })))
  )

  it.effect("have neither marks nor evidence where they say `marks: false`", () =>
    Effect.gen(function* () {
      const none = { ...nothing, mark: false }
      assert.deepStrictEqual(yield* said(get, { body: "hello", marks: false }), none)
      assert.deepStrictEqual(yield* said(put, { status: 201, marks: false }), none)
    })
  )

  it.effect("have none where the layer says so, unless they say `marks: true`", () =>
    Effect.gen(function* () {
      const answers: Array<Transport.HandlerAnswer> = [{ body: "a" }, { body: "a", marks: true }]
      const transport = Transport.layerHandler(() => Effect.succeed(answers.shift() ?? {}), { marks: false })
      const target = yield* Target.make({ fqdn: "n1.t1.hcp.test", tls: false, addresses: ["192.0.2.1"] }).pipe(
        Effect.provide([transport, Credentials.layerAnonymous, Resolver.layerStatic({})])
      )
      const found = yield* Effect.forEach([0, 1], () =>
        Effect.map(target.call(get), ({ headers }) => [headers.has("x-requestid"), headers.has("x-hcp-hash")])
      )
      assert.deepStrictEqual(found, [
        [false, false],
        [true, true]
      ])
    }).pipe(Effect.scoped)
  )
})
