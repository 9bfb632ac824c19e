import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Stream } from "effect"
import * as Listing from "../../s3/src/Listing.ts"
import * as S3 from "../../s3/src/S3.ts"
import * as S3Credentials from "../../s3/src/S3Credentials.ts"
import * as S3Object from "../../s3/src/S3Object.ts"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import type { HcpError } from "../src/HcpError.ts"
import * as Chargeback from "../src/mapi/Chargeback.ts"
import * as Namespaces from "../src/mapi/Namespaces.ts"
import * as Users from "../src/mapi/Users.ts"
import * as ByteRange from "../src/namespace/ByteRange.ts"
import type { Shape } from "../src/namespace/Namespace.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as Target from "../src/Target.ts"
import type * as Transport from "../src/Transport.ts"
import { over } from "./mapi/script.ts"
import { inTime, makeNamespace, objectOf, tagOf } from "./utils/namespaces.ts"
import {
  always,
  answer,
  makeClient,
  makeTarget,
  type ScriptedNodes,
  script,
  type TargetOptions
} from "./utils/ScriptedNodes.ts"

/** The S3 gateway over scripted nodes. */
const s3Over = (nodes: ScriptedNodes, options?: TargetOptions) =>
  S3.layer().pipe(
    Layer.provide(HcpClient.layer),
    Layer.provide(Layer.effect(Target.Target, Effect.orDie(makeTarget(nodes, options)))),
    Layer.provide(S3Credentials.layerAnonymous)
  )

const html = "<html><body>Sign in</body></html>"

/** An answer without any header of HCP. */
const unmarked = (status: number, headers: Record<string, string> = {}, body?: string): Transport.HandlerAnswer => ({
  status,
  headers,
  body,
  marks: false
})

const page = (headers?: Record<string, string>) =>
  unmarked(200, { "Content-Type": "text/html; charset=utf-8", ...headers }, html)

const pages: Readonly<Record<string, Transport.HandlerAnswer>> = {
  "a web page": page(),
  "a word": unmarked(200, { "Content-Type": "text/plain" }, "ok"),
  "nothing at all": unmarked(200),
  "nothing, created": unmarked(201),
  "nothing, no content": unmarked(204),
  JSON: unmarked(200, { "Content-Type": "application/json" }, "{}")
}

describe("a success without any mark of HCP", () => {
  for (const [what, given] of Object.entries(pages)) {
    it.effect(`(${what}) is no object that was read, stored, found, changed or deleted`, () =>
      Effect.gen(function* () {
        const ns = yield* makeNamespace(always(given))
        const body = HcpBody.text("the data")
        const calls: Readonly<Record<string, Effect.Effect<unknown, HcpError>>> = {
          put: ns.put("/a", body),
          "put over": ns.put("/a", body, { ifExists: "replace" }),
          "put with annotation": ns.putWithAnnotation("/a", body, "<a/>"),
          get: ns.get("/a"),
          "get with progress": ns.get("/a", { onProgress: () => Effect.void }),
          stream: Stream.runDrain(ns.stream("/a")),
          "resuming stream": Stream.runDrain(ns.stream("/a", { resume: true })),
          download: Effect.catchTag(ns.download("/a", "/nowhere/a"), "LocalError", Effect.die),
          "get with annotation": Effect.scoped(ns.getWithAnnotation("/a")),
          head: ns.head("/a"),
          exists: ns.exists("/a"),
          delete: ns.delete("/a"),
          copy: ns.copy("/a", "/b"),
          modify: ns.modify("/a", { hold: true }),
          makeDirectory: ns.makeDirectory("/a"),
          "annotation put": ns.annotations.put("/a", "x", body),
          "annotation get": ns.annotations.find("/a", "x"),
          "annotation stream": Stream.runDrain(ns.annotations.stream("/a", "x")),
          "annotation delete": ns.annotations.delete("/a", "x"),
          "acl exists": ns.acl.exists("/a"),
          "acl delete": ns.acl.delete("/a")
        }
        for (const [name, call] of Object.entries(calls))
          assert.strictEqual(yield* tagOf(call), "UnexpectedAnswer", name)
      })
    )
  }

  it.effect("is nothing that a verb of the client has done; execute and call hand it over", () =>
    Effect.gen(function* () {
      const client = yield* makeClient(always(unmarked(200, {}, "ok")))
      const body = HcpBody.text("x")
      const verbs: Readonly<Record<string, Effect.Effect<unknown, HcpError>>> = {
        get: client.get("/rest/a"),
        head: client.head("/rest/a"),
        put: client.put("/rest/a", body),
        post: client.post("/rest/a", body),
        delete: client.delete("/rest/a"),
        stream: Stream.runDrain(client.stream("/rest/a"))
      }
      for (const [name, verb] of Object.entries(verbs)) assert.strictEqual(yield* tagOf(verb), "UnexpectedAnswer", name)
      assert.strictEqual((yield* client.call({ method: "GET", path: "/rest/a" })).text, "ok")
      const status = Effect.map(client.execute({ method: "GET", path: "/rest/a" }), (response) => response.status)
      assert.strictEqual(yield* Effect.scoped(status), 200)
    })
  )

  it.effect("is taken where the site says that its device strips HCP's headers", () =>
    Effect.gen(function* () {
      const nodes = always(unmarked(200, {}, "ok"))
      const client = yield* makeClient(nodes, { acceptUnmarkedAnswers: true })
      assert.strictEqual((yield* client.get("/rest/a")).text, "ok")
    })
  )

  it.effect("does not store, delete or read anything through S3, but for what the protocol itself proves", () =>
    Effect.gen(function* () {
      const etag = { ETag: '"900150983cd24fb0d6963f7d28e17f72"' }
      const over = (given: Transport.HandlerAnswer) => s3Over(always(given))
      const put = S3Object.put("b", "k", HcpBody.text("abc"))
      const read = S3Object.get("b", "k")
      for (const given of Object.values(pages)) {
        const calls: Readonly<Record<string, Effect.Effect<unknown, HcpError, S3.S3>>> = {
          put,
          get: read,
          head: S3Object.head("b", "k"),
          exists: S3Object.exists("b", "k"),
          list: Stream.runDrain(Listing.list("b"))
        }
        for (const [name, call] of Object.entries(calls)) {
          const tag = yield* tagOf(Effect.provide(call, over(given)))
          assert.include(["UnexpectedAnswer", "InvalidXml"], tag, name)
        }
      }
      assert.strictEqual(
        yield* tagOf(Effect.provide(S3Object.delete("b", "k"), over(unmarked(200)))),
        "UnexpectedAnswer"
      )
      yield* Effect.provide(S3Object.delete("b", "k"), over(unmarked(204)))
      yield* Effect.provide(put, over(unmarked(200, etag)))
      const dated = { ...etag, "Last-Modified": "Sat, 28 Nov 2026 12:00:00 GMT" }
      assert.strictEqual((yield* Effect.provide(read, over(unmarked(200, dated, "abc")))).text, "abc")
    })
  )

  it.effect("is nothing that was administered", () =>
    Effect.gen(function* () {
      const user = { username: "u", fullName: "U", password: Redacted.make("Start-12345") }
      for (const call of [
        Users.create(user),
        Users.delete("u"),
        Users.exists("u"),
        Namespaces.modify("n", { description: "x" }),
        Stream.runDrain(Chargeback.tenantText())
      ]) {
        const { value } = yield* over([page()], Effect.flip(call))
        assert.strictEqual(value.reason._tag, "UnexpectedAnswer")
        assert.include(value.message, "no header says that HCP sent it")
      }
    })
  )

  it.effect("is told from a page that is stored in HCP", () =>
    Effect.gen(function* () {
      const read = (headers: Record<string, string>) =>
        Effect.flatMap(makeNamespace(always(page(headers))), (ns: Shape) =>
          Effect.map(ns.get("/a"), ({ text }) => text)
        )
      for (const headers of [
        objectOf(html),
        { "X-RequestId": "38AD86EF250DEB35" },
        { "X-ArcClusterTime": "1424278129" }
      ]) {
        assert.strictEqual(yield* read(headers), html)
      }
    })
  )
})

describe("an error without any mark of HCP", () => {
  it.effect("is the word of a device between, and says so; it says nothing about the object", () =>
    Effect.gen(function* () {
      for (const status of [304, 400, 401, 403, 404, 407, 409, 410, 412, 413, 416, 429, 500, 502, 503]) {
        const nodes = always(unmarked(status, { "Content-Type": "text/html" }, html))
        const ns = yield* makeNamespace(nodes, { retry: RetryPolicy.never })
        for (const call of [ns.exists("/a"), ns.get("/a"), ns.delete("/a"), ns.put("/a", HcpBody.text("x"))]) {
          const error = yield* Effect.flip<unknown, HcpError, never>(call)
          assert.strictEqual(error.reason._tag, "NotFromHcp", String(status))
          assert.include(error.message, `a proxy or load balancer in front of HCP answered ${status}, not HCP itself`)
        }
        const through = S3Object.exists("b", "k").pipe(Effect.provide(s3Over(nodes, { retry: RetryPolicy.never })))
        assert.strictEqual(yield* tagOf(through), "NotFromHcp", String(status))
      }
      const proxy = yield* makeNamespace(always(unmarked(407)), { retry: RetryPolicy.never })
      assert.include((yield* Effect.flip(proxy.get("/a"))).message, "it wants credentials")
    })
  )

  it.effect("is asked again as a gateway's error is, where that is safe", () =>
    Effect.gen(function* () {
      const ok = answer(200, objectOf("data"), "data")
      const ns = yield* makeNamespace(script(unmarked(404), unmarked(502), ok))
      assert.strictEqual((yield* inTime(ns.get("/a"))).text, "data")
      const posting = script(unmarked(502))
      const other = yield* makeClient(posting)
      assert.strictEqual(yield* tagOf(other.post("/rest/a", HcpBody.text("hold=true"))), "NotFromHcp")
      assert.strictEqual(posting.calls.length, 1)
    })
  )

  it.effect("in the form of S3 is S3's own", () =>
    Effect.gen(function* () {
      const missing = unmarked(404, {}, "<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>")
      const read = S3Object.get("b", "k").pipe(Effect.provide(s3Over(always(missing))))
      assert.strictEqual(yield* tagOf(read), "S3Refused")
    })
  )
})

describe("a success that does not fit what was asked", () => {
  it.effect("of another status than the one that means done is none", () =>
    Effect.gen(function* () {
      for (const [status, call] of [
        [200, "put"],
        [202, "put"],
        [202, "delete"],
        [206, "delete"]
      ] as const) {
        const ns = yield* makeNamespace(always(answer(status)))
        const made = call === "put" ? ns.put("/a", HcpBody.text("x")) : ns.delete("/a")
        assert.strictEqual(yield* tagOf(made), "UnexpectedAnswer", `${call} ${status}`)
      }
    })
  )

  it.effect("whose length, size and hash do not agree is an error, however each of them looks", () =>
    Effect.gen(function* () {
      const ten = { ...objectOf("0123456789"), "X-HCP-Size": "10" }
      const short = answer(200, { ...ten, "Content-Length": "4" }, "0123")
      const ns = yield* makeNamespace(always(short), { retry: RetryPolicy.never })
      assert.strictEqual(yield* tagOf(ns.get("/a")), "IncompleteBody")
      assert.strictEqual(yield* tagOf(Stream.runDrain(ns.stream("/a"))), "IncompleteBody")
      assert.strictEqual(yield* tagOf(ns.get("/a", { verify: false })), "IncompleteBody")
      const part = answer(206, { ...ten, "Content-Range": "bytes 0-3/10", "Content-Length": "4" }, "0123")
      const inPart = yield* makeNamespace(always(part))
      const range = ByteRange.between(0, 3)
      assert.strictEqual((yield* inPart.get("/a", { range })).text, "0123")
      const shortPart = answer(206, { ...ten, "Content-Range": "bytes 0-3/10" }, "012")
      const cut = yield* makeNamespace(always(shortPart), { retry: RetryPolicy.never })
      assert.strictEqual(yield* tagOf(cut.get("/a", { range })), "IncompleteBody")
      assert.strictEqual(yield* tagOf(Stream.runDrain(cut.stream("/a", { range }))), "IncompleteBody")
    })
  )
})
