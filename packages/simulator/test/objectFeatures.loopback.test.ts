import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Simulator from "../src/Simulator.ts"
import { type Ask, ask } from "./utils/wire.ts"
import { parseXml } from "./utils/xml.ts"

const host = "n1.t1.hcp1.example.com"

const layer = Simulator.layer({
  systems: [
    {
      domain: "hcp1.example.com",
      nodes: 1,
      namespaces: [{ name: "n1", tenant: "t1", versioning: true, aclsUsage: "ENFORCED", xmlChecking: true }]
    }
  ]
})

/** Sends a request over a socket, signed as the user `n` unless other headers are given. */
const rest = (method: string, path: string, more: Partial<Ask> & { readonly anonymous?: boolean } = {}) =>
  Effect.flatMap(Simulator.Simulator, ({ systems: [{ nodes, ports }] }) =>
    ask({
      address: nodes[0],
      port: ports.http,
      method,
      path: `/rest${path}`,
      ...more,
      headers: {
        Host: host,
        ...(more.anonymous ? {} : { Authorization: "HCP bg==:1dc7fed37e11b35093d311ef66928ad9" }),
        ...more.headers
      }
    })
  )

describe("over HTTP", () => {
  it.live("annotations come and go, announced and in chunks", () =>
    Effect.gen(function* () {
      yield* rest("PUT", "/a.txt", { body: "data" })
      const path = "/a.txt?type=custom-metadata&annotation=big"
      const body = `<a>${"x".repeat(2_000_000)}</a>`
      const chunked = { "Transfer-Encoding": "chunked" }
      assert.strictEqual((yield* rest("PUT", path, { body, headers: chunked })).status, 201)
      const read = yield* rest("GET", path)
      assert.strictEqual(read.body, body)
      assert.strictEqual(read.headers["x-hcp-type"], "annotation")
      assert.include(read.names, "X-HCP-ChangeTimeMilliseconds")
      const head = yield* rest("HEAD", path)
      assert.deepStrictEqual([head.status, head.headers["content-length"], head.body], [200, "2000007", ""])
      const refused = yield* rest("PUT", path, { body: "<a>" })
      assert.strictEqual(refused.status, 400)
      assert.match(String(refused.headers["x-hcp-errormessage"]), /not well-formed/)
      assert.include((yield* rest("GET", "/a.txt?type=custom-metadata-info")).body, "<size>2000007</size>")
      assert.strictEqual((yield* rest("DELETE", path)).status, 200)
      const gone = yield* rest("GET", path)
      assert.deepStrictEqual([gone.status, gone.body], [204, ""])
    }).pipe(Effect.provide(layer))
  )

  it.live("a whole object is one body in and one body out", () =>
    Effect.gen(function* () {
      const data = "d".repeat(300_000)
      const headers = { "X-HCP-Size": "300000" }
      const stored = yield* rest("PUT", "/w.bin?type=whole-object", { body: `${data}<x/>`, headers })
      assert.strictEqual(stored.status, 201)
      assert.include(stored.names, "X-HCP-CustomMetadataHash")
      const read = yield* rest("GET", "/w.bin?type=whole-object", { headers: { "X-HCP-CustomMetadataFirst": "true" } })
      assert.strictEqual(read.body, `<x/>${data}`)
      assert.strictEqual(read.headers["x-hcp-size"], "300000")
      assert.strictEqual((yield* rest("GET", "/w.bin")).body, data)
    }).pipe(Effect.provide(layer))
  )

  it.live("an access control list opens one object to everybody", () =>
    Effect.gen(function* () {
      yield* rest("PUT", "/a", { body: "open" })
      assert.strictEqual((yield* rest("GET", "/a", { anonymous: true })).status, 403)
      const body = JSON.stringify({
        grant: [{ grantee: { type: "group", name: "all_users" }, permissions: { permission: ["READ"] } }]
      })
      const json = { "Content-Type": "application/json" }
      assert.strictEqual((yield* rest("PUT", "/a?type=acl", { body, headers: json })).status, 201)
      assert.strictEqual((yield* rest("GET", "/a", { anonymous: true })).body, "open")
      const xml = yield* parseXml((yield* rest("GET", "/a?type=acl")).body)
      assert.strictEqual(xml.name, "accessControlList")
      assert.strictEqual((yield* rest("DELETE", "/a?type=acl")).status, 200)
      assert.strictEqual((yield* rest("GET", "/a", { anonymous: true })).status, 403)
    }).pipe(Effect.provide(layer))
  )

  it.live("every version is listed, and labeled holds are seen", () =>
    Effect.gen(function* () {
      const hold = encodeURIComponent('[{"id":"case-1","hold":true}]')
      yield* rest("PUT", "/d/a", { body: "1" })
      yield* rest("PUT", `/d/a?label_hold=${hold}`, { body: "22" })
      const head = yield* rest("HEAD", "/d/a")
      assert.strictEqual(head.headers["x-hcp-labelretentionhold-labels"], '[{"id":"case-1","hold":true}]')
      assert.strictEqual((yield* rest("DELETE", "/d/a")).status, 403)
      const form = { "Content-Type": "application/x-www-form-urlencoded" }
      const off = `label_hold=${encodeURIComponent('[{"id":"case-1","hold":false}]')}`
      assert.strictEqual((yield* rest("POST", "/d/a", { body: off, headers: form })).status, 200)
      assert.strictEqual((yield* rest("DELETE", "/d/a")).status, 200)
      const root = yield* parseXml((yield* rest("GET", "/d/a?version=list&deleted=true")).body)
      assert.deepStrictEqual(
        root.children.map(({ attributes }) => [attributes.state, attributes.size]),
        [
          ["deleted", "2"],
          ["created", "2"],
          ["created", "1"]
        ]
      )
    }).pipe(Effect.provide(layer))
  )
})
