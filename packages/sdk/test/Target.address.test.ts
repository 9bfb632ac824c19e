import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Stream } from "effect"
import * as BodyDigest from "../src/BodyDigest.ts"
import * as Credentials from "../src/Credentials.ts"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import type { HcpRequest } from "../src/HcpRequest.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import { answer, brokenOff, makeClient, makeTarget, reading, script } from "./utils/ScriptedNodes.ts"

const request: HcpRequest = { method: "GET", path: "/a" }

describe("a name below that of the system", () => {
  it.effect("changes the Host alone, port included", () =>
    Effect.gen(function* () {
      const nodes = script(answer(200), answer(200))
      const client = yield* makeClient(nodes, { port: 8080 })
      yield* client.call({ ...request, subdomain: "finance" })
      yield* client.call(request)
      const hosts = nodes.calls.map((call) => call.header("host"))
      assert.deepStrictEqual(hosts, ["finance.n1.t1.hcp.test:8080", "n1.t1.hcp.test:8080"])
      const error = yield* Effect.flip(client.call({ ...request, subdomain: "a/b" }))
      assert.strictEqual(error.reason._tag, "InvalidInput")
    })
  )
})

describe("everything encoded", () => {
  it.effect("leaves only unreserved characters as they are", () =>
    Effect.gen(function* () {
      const nodes = script(answer(200), answer(200))
      const client = yield* makeClient(nodes)
      const special = "-._~ !$&'()*+,:;=@ü%"
      const both = { ...request, path: `/${special}/b`, query: { q: special, acl: "" } }
      yield* client.call({ ...both, encodeAll: true })
      yield* client.call(both)
      const encoded = "-._~%20%21%24%26%27%28%29%2A%2B%2C%3A%3B%3D%40%C3%BC%25"
      assert.strictEqual(nodes.calls[0]?.request.path, `/${encoded}/b?q=${encoded}&acl`)
      assert.include(nodes.calls[1]?.request.path ?? "", "!$%26%27()*%2B,:%3B=@")
    })
  )
})

describe("credentials that look at a refusal", () => {
  it.effect("are told of it once, also where the body is gone, and decide about one more attempt", () =>
    Effect.gen(function* () {
      const seen: Array<readonly [number, string | undefined]> = []
      const sent = new Set<string>()
      const credentials = Layer.succeed(Credentials.Credentials, {
        headers: Effect.succeed([["Authorization", Redacted.make("x")] as const]),
        refresh: Effect.die("not to be asked"),
        refused: ({ headers, sent: given, status }) =>
          Effect.sync(() => {
            for (const [name, value] of given) sent.add(`${name} ${Redacted.value(value)}`)
            seen.push([status, headers.get("date")])
            return true
          }),
        requiresTls: false,
        label: "a signer"
      })
      const refusal = answer(403)
      const nodes = script(answer(403, { Date: "now" }), answer(200), refusal, refusal, reading(refusal))
      const client = HcpClient.make(yield* ReplicaStrategy.make(yield* makeTarget(nodes, { credentials }), undefined))
      assert.strictEqual((yield* client.call(request)).status, 200)
      assert.strictEqual((yield* client.call(request)).status, 403)
      const once = HcpBody.streamOnce(Stream.make(Buffer.from("abc")), { length: 3 })
      yield* Effect.scoped(Effect.andThen(client.execute({ method: "PUT", path: "/a", body: once }), Effect.void))
      assert.deepStrictEqual(seen, [
        [403, "now"],
        [403, undefined],
        [403, undefined]
      ])
      assert.deepStrictEqual([...sent], ["Authorization x"])
    })
  )
})

const md5 = "900150983cd24fb0d6963f7d28e17f72"

describe("an ETag that is to be taken for an MD5", () => {
  it.effect("is compared without HCP's own headers beside it, in both directions", () =>
    Effect.gen(function* () {
      const stored = answer(200, { ETag: `"${md5}"` })
      // An answer of the wrong hash is asked for once more.
      const nodes = script(stored, stored, stored, stored, stored, answer(200, { ETag: '"abc-2"' }))
      const client = yield* makeClient(nodes)
      const put: HcpRequest = { method: "PUT", path: "/a", verify: "etag", body: HcpBody.text("abc") }
      yield* client.call(put)
      const other = HcpBody.stream(() => Stream.make(Buffer.from("abd")), { length: 3 })
      const error = yield* Effect.flip(client.call({ ...put, body: other }))
      assert.strictEqual(error.reason._tag, "IntegrityError")
      assert.strictEqual((yield* client.call({ ...put, body: other, verify: true })).status, 200)
      const read = yield* Effect.flip(client.call({ ...request, verify: "etag" }))
      assert.strictEqual(read.reason._tag, "IntegrityError")
      assert.strictEqual((yield* client.call({ ...request, verify: "etag" })).status, 200)
    })
  )
})

describe("an answer to execute", () => {
  it.effect("continues its body where that is asked for", () =>
    Effect.gen(function* () {
      const headers = { "X-Breaks-Off": "yes", ETag: '"1"', "Content-Length": "9" }
      const first = { ...brokenOff, headers }
      const rest = answer(206, { "Content-Range": "bytes 5-8/9", ETag: '"1"', "Content-Length": "4" }, " you")
      const client = yield* makeClient(script(first, rest))
      const bytes = yield* Effect.scoped(
        Effect.flatMap(client.execute(request, { resume: true }), (response) => {
          assert.strictEqual(response.status, 200)
          return response.bytes()
        })
      )
      assert.strictEqual(Buffer.from(bytes).toString(), "hello you")
    })
  )
})

describe("the hash of a body", () => {
  it.effect("is that of what an attempt would send", () =>
    Effect.gen(function* () {
      const bodies = [HcpBody.text("abc"), HcpBody.stream(() => Stream.make(Buffer.from("ab"), Buffer.from("c")))]
      for (const body of bodies) {
        const { hash, size } = yield* BodyDigest.digest(body, "MD5")
        assert.strictEqual(hash.hex, md5)
        assert.strictEqual(size, 3)
      }
      assert.strictEqual((yield* BodyDigest.digest(HcpBody.empty, "MD5")).size, 0)
      const { reason } = yield* Effect.flip(BodyDigest.digest(HcpBody.empty, "CRC-32"))
      assert.deepInclude(reason, { _tag: "InvalidInput", field: "algorithm" })
    })
  )
})
