import * as Crypto from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import type { HcpSystem } from "../src/HcpSystem.ts"
import { makeSystem, type Sent, send } from "./utils/exchange.ts"
import { must, tokenFor } from "./utils/mapi.ts"
import { makeS3, s3 } from "./utils/s3.ts"

const make = () =>
  makeSystem({
    namespaces: [
      { name: "plain", tenant: "t1", s3: true, swift: true },
      { name: "versioned", tenant: "t1", swift: true, versioning: true },
      { name: "open", tenant: "t1", swift: true, anonymous: true },
      { name: "closed", tenant: "t1" }
    ],
    users: [
      { username: "owner", password: "owner01", allowNamespaceManagement: true },
      { username: "guest", password: "guest01", permissions: ["browse", "read"] }
    ]
  })

interface SwiftSent extends Sent {
  readonly as?: string
}

const swift = (hcp: HcpSystem, method: string, target: string, { as = "owner", ...sent }: SwiftSent = {}) =>
  send(hcp, method, `/swift/v1/t1${target}`, {
    host: `api.${hcp.domain}`,
    anonymous: true,
    ...sent,
    headers: { ...(as === "" ? {} : { "x-auth-token": tokenFor(as, `${as}01`) }), ...sent.headers }
  })

const status = (hcp: HcpSystem, method: string, target: string, sent?: SwiftSent) =>
  Effect.map(swift(hcp, method, target, sent), (answer) => answer.status)

const md5 = (text: string) => Crypto.createHash("md5").update(text).digest("hex")

describe("the Swift gateway", () => {
  it.effect("takes the header of a user, and gives a token for name and key", () =>
    Effect.gen(function* () {
      const hcp = yield* make()
      assert.strictEqual(yield* status(hcp, "HEAD", "", { as: "" }), 401)
      assert.strictEqual(yield* status(hcp, "HEAD", "", { headers: { "x-auth-token": "HCP bg==:00" } }), 401)
      const [user = "", key = ""] = tokenFor("owner", "owner01").slice("HCP ".length).split(":")
      const given = yield* swift(hcp, "GET", "", { as: "", headers: { "x-auth-user": user, "x-auth-key": key } })
      assert.strictEqual(given.status, 204)
      assert.strictEqual(given.headers["x-auth-token"], `HCP ${user}:${key}`)
      assert.strictEqual(given.headers["x-storage-url"], `https://api.${hcp.domain}/swift/v1/t1`)
      const refused = yield* swift(hcp, "GET", "", { as: "", headers: { "x-auth-user": user, "x-auth-key": "0" } })
      assert.strictEqual(refused.status, 401)
      const headers = { "x-auth-user": user, "x-auth-key": key }
      assert.strictEqual(yield* status(hcp, "DELETE", "/plain/a", { as: "", headers }), 401)
    })
  )

  it.effect("shares its objects, metadata included, with /rest and S3", () =>
    Effect.gen(function* () {
      const hcp = yield* make()
      const put = yield* swift(hcp, "PUT", "/plain/a/b%20c.txt", {
        body: "hello",
        headers: { "x-object-meta-color": "blue & red", "content-type": "text/x-a", etag: md5("hello") }
      })
      assert.strictEqual(put.status, 201)
      assert.strictEqual(put.headers.etag, md5("hello"))
      assert.isUndefined(put.headers["x-hcp-servicedbysystem"])
      // A header of S3 says nothing here.
      const other = { "x-object-meta-mine": "1", "x-amz-meta-theirs": "2" }
      assert.strictEqual(yield* status(hcp, "PUT", "/plain/other", { body: "x", headers: other }), 201)
      const { headers } = yield* swift(hcp, "HEAD", "/plain/other")
      assert.deepStrictEqual([headers["x-object-meta-mine"], headers["x-object-meta-theirs"]], ["1", undefined])
      const byS3 = yield* s3(hcp, "GET", "/plain/a/b%20c.txt")
      assert.strictEqual(byS3.text, "hello")
      assert.strictEqual(byS3.headers["x-amz-meta-color"], "blue & red")
      assert.strictEqual(byS3.headers["content-type"], "text/x-a")
      const native = { host: `plain.t1.${hcp.domain}`, headers: { authorization: tokenFor("owner", "owner01") } }
      const rest = yield* send(hcp, "GET", "/rest/a/b%20c.txt", native)
      assert.strictEqual(rest.text, "hello")
      const hash = Crypto.createHash("sha256").update("hello").digest("hex")
      assert.strictEqual(rest.headers["x-hcp-hash"]?.toLowerCase(), `sha-256 ${hash}`)
      yield* send(hcp, "PUT", "/rest/native.txt", { ...native, body: "native" })
      const read = yield* swift(hcp, "GET", "/plain/native.txt", { headers: { range: "bytes=1-3" } })
      assert.deepStrictEqual([read.status, read.text], [206, "ati"])
      assert.strictEqual(yield* status(hcp, "GET", "/plain/none"), 404)
      assert.strictEqual(yield* status(hcp, "GET", "/plain/native.txt", { headers: { range: "bytes=9-" } }), 416)
    })
  )

  it.effect("refuses an overwrite without versions, other bytes than announced, and what HCP has not", () =>
    Effect.gen(function* () {
      const hcp = yield* make()
      const put = (target: string, headers: Record<string, string> = {}) =>
        status(hcp, "PUT", target, { body: "hello", headers })
      assert.strictEqual(yield* put("/plain/a"), 201)
      assert.strictEqual(yield* put("/plain/a"), 409)
      assert.strictEqual(yield* put("/plain/a", { "if-none-match": "*" }), 412)
      assert.strictEqual(yield* put("/versioned/a"), 201)
      assert.strictEqual(yield* put("/versioned/a"), 201)
      assert.strictEqual(yield* put("/plain/b", { etag: md5("other") }), 422)
      assert.strictEqual(yield* put("/plain/c", { "x-object-manifest": "plain/c/" }), 501)
      assert.strictEqual(yield* put("/plain/c?multipart-manifest=put"), 501)
      assert.strictEqual(yield* put("/plain?extract-archive=tar"), 501)
      assert.strictEqual(yield* put("/plain/%ff"), 412)
      assert.strictEqual(yield* status(hcp, "HEAD", "/plain/b"), 404)
      assert.strictEqual(yield* status(hcp, "HEAD", "/plain/c"), 404)
      assert.strictEqual(yield* put("/closed/a"), 403)
      assert.strictEqual(yield* put("/nowhere/a"), 404)
      assert.strictEqual(yield* status(hcp, "PUT", "/plain/d", { as: "guest", body: "x" }), 403)
      assert.strictEqual(yield* status(hcp, "GET", "/open", { as: "" }), 204)
      assert.strictEqual(yield* status(hcp, "GET", "/plain", { as: "" }), 401)
      const chunked = Stream.make(new Uint8Array(3), new Uint8Array(4))
      assert.strictEqual(yield* status(hcp, "PUT", "/plain/e", { body: chunked }), 201)
    })
  )

  it.effect("copies with the metadata of the source and that of the request, and changes it in place", () =>
    Effect.gen(function* () {
      const hcp = yield* make()
      yield* swift(hcp, "PUT", "/plain/a%20b", { body: "hello", headers: { "x-object-meta-one": "1" } })
      const copied = yield* swift(hcp, "COPY", "/plain/a%20b", {
        headers: { destination: "/versioned/d/%C3%A4", "x-object-meta-two": "2" }
      })
      assert.deepStrictEqual([copied.status, copied.headers["x-copied-from"]], [201, "plain/a%20b"])
      const head = yield* swift(hcp, "HEAD", "/versioned/d/%C3%A4")
      assert.deepStrictEqual([head.headers["x-object-meta-one"], head.headers["x-object-meta-two"]], ["1", "2"])
      const again = { headers: { destination: "plain/a%20b" } }
      assert.strictEqual(yield* status(hcp, "COPY", "/plain/a%20b", again), 409)
      const unmet = { headers: { destination: "plain/c", "if-match": "other" } }
      assert.strictEqual(yield* status(hcp, "COPY", "/plain/a%20b", unmet), 412)
      assert.strictEqual(yield* status(hcp, "COPY", "/plain/none", again), 404)
      const folder = { headers: { destination: "/plain/folder/" } }
      assert.strictEqual(yield* status(hcp, "COPY", "/plain/a%20b", folder), 409)
      const elsewhere = { headers: { destination: "/plain/elsewhere", "destination-account": "t2" } }
      assert.strictEqual(yield* status(hcp, "COPY", "/plain/a%20b", elsewhere), 501)
      assert.strictEqual(yield* status(hcp, "POST", "/plain/a%20b", { headers: { "x-object-meta-new": "3" } }), 202)
      const { headers } = yield* swift(hcp, "HEAD", "/plain/a%20b")
      assert.deepStrictEqual([headers["x-object-meta-one"], headers["x-object-meta-new"]], [undefined, "3"])
      assert.strictEqual(yield* status(hcp, "DELETE", "/plain/a%20b"), 204)
      assert.strictEqual(yield* status(hcp, "DELETE", "/plain/a%20b"), 404)
    })
  )

  it.effect("lists as text, JSON and XML, behind a marker and up to one", () =>
    Effect.gen(function* () {
      const hcp = yield* make()
      for (const name of ["a", "b/1", "b/2", "c"]) yield* swift(hcp, "PUT", `/plain/${name}`, { body: name })
      const names = (query: string) => Effect.map(swift(hcp, "GET", `/plain?${query}`), ({ text }) => text)
      assert.strictEqual(yield* names(""), "a\nb/\nb/1\nb/2\nc\n")
      assert.strictEqual(yield* names("limit=2&marker=b/"), "b/1\nb/2\n")
      assert.strictEqual(yield* names("end_marker=b/2"), "a\nb/\nb/1\n")
      assert.strictEqual(yield* names("prefix=b/&delimiter=/"), "b/\nb/1\nb/2\n")
      assert.strictEqual(yield* names("delimiter=/"), "a\nb/\nc\n")
      const json: unknown = JSON.parse(yield* names("format=json&limit=2&delimiter=/"))
      assert(Array.isArray(json))
      assert.deepStrictEqual(json[1], { subdir: "b/" })
      assert.strictEqual(json[0].hash, md5("a"))
      assert.match(json[0].last_modified, /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}$/)
      const xml = yield* swift(hcp, "GET", "/plain?prefix=a", { headers: { accept: "application/xml" } })
      assert.include(xml.text, '<container name="plain"><object><name>a</name>')
      assert.strictEqual(yield* status(hcp, "GET", "/plain?prefix=z"), 204)
      const account = yield* swift(hcp, "GET", "?format=json&marker=open")
      assert.deepStrictEqual(JSON.parse(account.text), [
        { name: "plain", count: 4, bytes: 8 },
        { name: "versioned", count: 0, bytes: 0 }
      ])
      const head = yield* swift(hcp, "HEAD", "")
      assert.strictEqual(head.headers["x-account-container-count"], "4")
    })
  )

  it.effect("makes, changes and deletes containers, which are nobody's", () =>
    Effect.gen(function* () {
      const hcp = yield* make()
      assert.strictEqual(yield* status(hcp, "PUT", "/Made", { headers: { "x-container-meta-team": "a" } }), 201)
      assert.strictEqual(yield* status(hcp, "PUT", "/made"), 202)
      assert.strictEqual(yield* status(hcp, "PUT", "/other", { as: "guest" }), 403)
      assert.strictEqual(yield* status(hcp, "PUT", "/-bad"), 400)
      const { json } = yield* must(hcp, "GET", "/tenants/t1/namespaces/made")
      assert.isUndefined(json.owner)
      const headers = {
        "x-container-meta-quota-bytes": "10",
        "x-container-read": "*",
        "x-remove-container-meta-team": "x"
      }
      const long = { "x-container-read": "x".repeat(8193) }
      assert.strictEqual(yield* status(hcp, "POST", "/made", { headers: long }), 400)
      assert.strictEqual(yield* status(hcp, "POST", "/made", { headers }), 204)
      const head = yield* swift(hcp, "HEAD", "/made")
      assert.strictEqual(head.headers["x-container-meta-quota-bytes"], "10")
      assert.strictEqual(head.headers["x-container-read"], "*")
      assert.isUndefined(head.headers["x-container-meta-team"])
      assert.strictEqual(yield* status(hcp, "PUT", "/made/a", { body: "12345678901" }), 413)
      assert.strictEqual(yield* status(hcp, "PUT", "/made/a", { body: "1234" }), 201)
      assert.strictEqual(yield* status(hcp, "DELETE", "/made"), 409)
      assert.strictEqual(yield* status(hcp, "DELETE", "/made/a"), 204)
      assert.strictEqual(yield* status(hcp, "DELETE", "/made"), 204)
      assert.strictEqual(yield* status(hcp, "HEAD", "/made"), 404)
    })
  )

  it.effect("is switched on by the management API", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      assert.strictEqual(yield* status(hcp, "GET", "/plain"), 403)
      yield* must(hcp, "POST", "/tenants/t1/namespaces/plain/protocols/http", { json: { hswiftEnabled: true } })
      assert.strictEqual(yield* status(hcp, "GET", "/plain"), 204)
    })
  )
})
