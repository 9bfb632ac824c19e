import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { fromJson, fromXml, toXml } from "../src/mapi/format.ts"
import { quota, quotaOf } from "../src/mapi/shape.ts"
import { makeSystem, send } from "./utils/exchange.ts"
import { code, mapi, must, tokenFor } from "./utils/mapi.ts"
import { parseXml } from "./utils/xml.ts"

describe("errors of the management API", () => {
  it.effect("say nothing about caching but Pragma", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const { headers, status } = yield* mapi(hcp, "GET", "/tenants/none")
      assert.strictEqual(status, 404)
      assert.notProperty(headers, "cache-control")
      assert.notProperty(headers, "expires")
      assert.strictEqual(headers.pragma, "no-cache")
      assert.property((yield* must(hcp, "GET", "/tenants")).headers, "cache-control")
    })
  )
})

describe("documents of the management API", () => {
  it.effect("are XML unless JSON is asked for, and say the same", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({ namespaces: ["n1.t1", "n1.t2"] })
      const xml = yield* mapi(hcp, "GET", "/tenants", { headers: { accept: "" } })
      assert.strictEqual(xml.headers["content-type"], "application/xml")
      assert.strictEqual(xml.headers["x-hcp-softwareversion"], "9.7.0.10")
      const root = yield* parseXml(xml.text)
      assert.strictEqual(root.name, "tenants")
      assert.deepStrictEqual(
        root.children.map(({ name, text }) => [name, text]),
        [
          ["name", "t1"],
          ["name", "t2"]
        ]
      )
      assert.deepStrictEqual((yield* mapi(hcp, "GET", "/tenants")).json, { name: ["t1", "t2"] })
      const script = yield* mapi(hcp, "GET", "/tenants?callback=got", { headers: { accept: "application/javascript" } })
      assert.strictEqual(script.text, `got({"name":["t1","t2"]})`)
      const pretty = yield* mapi(hcp, "GET", "/tenants?prettyprint", { headers: { accept: "application/xml" } })
      assert.include(pretty.text, "\n    <name>t1</name>\n")
    })
  )

  it.effect("type what JSON can type, and wrap lists of a single item too", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      yield* must(hcp, "POST", "/tenants/t1", { xml: "<tenant><tags><tag>a &amp; b</tag></tags></tenant>" })
      const { json } = yield* must(hcp, "GET", "/tenants/T1?verbose=true")
      assert.deepStrictEqual(json.tags, { tag: ["a & b"] })
      assert.strictEqual(json.softQuota, 85)
      assert.strictEqual(json.hardQuota, "1.00 TB")
      assert.strictEqual(json.namespaceQuota, "None")
      assert.strictEqual(json.snmpLoggingEnabled, false)
      assert.match(json.creationTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}$/)
      assert.strictEqual(json.fullyQualifiedName, "t1.hcp1.example.com")
      const xml = yield* must(hcp, "GET", "/tenants/t1", { headers: { accept: "application/xml" } })
      assert.include(xml.text, "<tags><tag>a &amp; b</tag></tags>")
      assert.notInclude(xml.text, "<id>")
      yield* must(hcp, "POST", "/tenants/t1", { json: { tags: { tag: [] } } })
      assert.deepStrictEqual((yield* must(hcp, "GET", "/tenants/t1")).json.tags, { tag: [] })
    })
  )

  it.effect("are refused when they are malformed, unknown or not of a known type", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const post = (body: string, type: string) =>
        send(hcp, "POST", "/mapi/tenants/t1", {
          listener: "mapi",
          host: "admin.hcp1.example.com",
          headers: {
            authorization: tokenFor("service", "service01"),
            ...(type === "" ? {} : { "content-type": type })
          },
          body
        })
      const of = (body: string, type = "application/xml") => Effect.map(post(body, type), ({ status }) => status)
      assert.strictEqual(yield* of("<tenant/>"), 200)
      assert.strictEqual(yield* of("<tenant/>", "application/xml; charset=utf-8"), 200)
      assert.strictEqual(yield* of("<tenant/>", ""), 415)
      assert.strictEqual(yield* of("<tenant/>", "text/plain"), 415)
      assert.strictEqual(yield* of("<tenant>"), 400)
      assert.strictEqual(yield* of("<namespace/>"), 400)
      assert.strictEqual(yield* of(`<!DOCTYPE tenant [<!ENTITY a "b">]><tenant/>`), 400)
      assert.strictEqual(yield* of("{", "application/json"), 400)
      assert.strictEqual(yield* of("<tenant><softQuota>101</softQuota></tenant>"), 400)
      assert.strictEqual(yield* of("<tenant><colour>red</colour></tenant>"), 400)
      assert.strictEqual(yield* of("x".repeat(1024 ** 2 + 1)), 400)
      const wrong = yield* post("<tenant><hardQuota>5 XB</hardQuota></tenant>", "application/xml")
      assert.include(wrong.message ?? "", "hardQuota")
      assert.strictEqual(yield* code(hcp, "GET", "/tenants", { headers: { accept: "image/png" } }), 415)
      assert.strictEqual(yield* code(hcp, "GET", "/tenants", { headers: { accept: "nothing" } }), 400)
      assert.strictEqual(yield* code(hcp, "GET", "/tenants", { headers: { accept: "text/csv" } }), 415)
      assert.strictEqual(yield* code(hcp, "GET", "/tenants", { headers: { accept: "text/html, */*;q=0.1" } }), 200)
    })
  )

  it.effect("read flags, quotas and broken trees as HCP does", () =>
    Effect.gen(function* () {
      const read = (text: string) => Result.getOrUndefined(quota.read(text, "hardQuota"))
      assert.strictEqual(read("50 GB"), 50 * 1024 ** 3)
      assert.strictEqual(read(".01 TB"), Math.round(0.01 * 1024 ** 4))
      assert.strictEqual(read("0.5 GB"), undefined)
      assert.strictEqual(read("1.234 GB"), undefined)
      assert.strictEqual(quotaOf(1.5 * 1024 ** 3), "1.50 GB")
      assert.strictEqual(
        toXml("a", { b: ["<", 1], c: { d: true }, e: {} }, false).split("?>")[1],
        "<a><b>&lt;</b><b>1</b><c><d>true</d></c><e/></a>"
      )
      const deep = "<a>".repeat(100) + "</a>".repeat(100)
      assert.strictEqual((yield* Effect.flip(fromXml(deep))).status, 400)
      assert.isTrue(Result.isFailure(fromJson("nul")))
      assert.deepStrictEqual(Result.getOrThrow(fromJson(`{"a":null,"b":1}`)), { b: 1 })
    })
  )
})

describe("verbs and statuses of the management API", () => {
  it.effect("HEAD tells what is there, and answers 302 for what is not or not for the caller", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const head = yield* mapi(hcp, "HEAD", "/tenants/t1")
      assert.strictEqual(head.status, 200)
      assert.strictEqual(head.text, "")
      assert.strictEqual(yield* code(hcp, "HEAD", "/tenants/t2"), 302)
      assert.strictEqual(yield* code(hcp, "HEAD", "/tenants/t1", { as: ["service", "wrong"] }), 403)
      const hcp2 = yield* makeSystem({ admins: [{ username: "m", password: "m1", roles: ["SEARCH"] }] })
      assert.strictEqual(yield* code(hcp2, "HEAD", "/tenants/t1", { as: ["m", "m1"] }), 302)
      assert.strictEqual(yield* code(hcp2, "GET", "/tenants/t1", { as: ["m", "m1"] }), 403)
    })
  )

  it.effect("OPTIONS describes the resource", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const answer = yield* mapi(hcp, "OPTIONS", "/tenants")
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(answer.headers["content-type"], "application/vnd.sun.wadl+xml")
      assert.strictEqual(answer.headers.allow, "GET, HEAD, PUT, OPTIONS")
      const root = yield* parseXml(answer.text)
      assert.strictEqual(root.name, "application")
      assert.include(answer.text, `name="sortType"`)
    })
  )

  it.effect("404, 405 and 414", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      assert.strictEqual(yield* code(hcp, "GET", "/nothing"), 404)
      assert.strictEqual(yield* code(hcp, "GET", "/tenants/constructor"), 404)
      const wrong = yield* mapi(hcp, "DELETE", "/tenants")
      assert.strictEqual(wrong.status, 405)
      assert.strictEqual(wrong.headers.allow, "GET, HEAD, PUT, OPTIONS")
      assert.strictEqual(yield* code(hcp, "GET", `/tenants/${"a".repeat(4100)}`), 414)
      assert.strictEqual((yield* mapi(hcp, "GET", "/tenants/t2")).message, "there is no tenant 't2'")
    })
  )

  it.effect("lists come in pages, in order, and filtered", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem({
        namespaces: ["b.t1", "Alpha.t1", "c.t1"].map((text) => ({
          name: text.split(".")[0] ?? "",
          tenant: "t1",
          hardQuota: text === "c.t1" ? 1024 ** 3 : 2 * 1024 ** 3
        }))
      })
      const names = (query: string) =>
        Effect.map(mapi(hcp, "GET", `/tenants/t1/namespaces?${query}`), ({ json, status }) => json?.name ?? status)
      assert.deepStrictEqual(yield* names(""), ["alpha", "b", "c"])
      assert.deepStrictEqual(yield* names("sortOrder=descending"), ["c", "b", "alpha"])
      assert.deepStrictEqual(yield* names("sortType=hardQuota"), ["c", "alpha", "b"])
      assert.deepStrictEqual(yield* names("offset=1&count=1"), ["b"])
      assert.deepStrictEqual(yield* names("offset=9"), [])
      assert.deepStrictEqual(yield* names("filterType=name&filterString=AL"), ["alpha"])
      yield* must(hcp, "POST", "/tenants/t1/namespaces/b", { json: { tags: { tag: ["Blue"] } } })
      assert.deepStrictEqual(yield* names("filterType=tag&filterString=bl"), ["b"])
      assert.deepStrictEqual(yield* names("filterType=tag"), ["alpha", "b", "c"])
      for (const bad of ["sortType=size", "sortOrder=up", "offset=-1", "count=x", "filterString=a,b"]) {
        assert.strictEqual(yield* names(bad), 400, bad)
      }
    })
  )
})
