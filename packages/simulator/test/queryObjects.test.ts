import * as Zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { makeSystem, send, status } from "./utils/exchange.ts"
import { tokenFor } from "./utils/mapi.ts"
import { find, gzip, paths, query } from "./utils/query.ts"
import { parseXml } from "./utils/xml.ts"

const all = { object: { query: "*:*" } }

/** Four objects in n1, one in n2, all of tenant t1. */
const filled = Effect.gen(function* () {
  const system = yield* makeSystem({
    namespaces: ["n1.t1", "n2.t1", { name: "n3", tenant: "t1", search: false }, "n1.t2"],
    users: [
      "n:n01",
      { username: "half", password: "pw", permissions: { "n2.t1": ["read", "search"] } },
      { username: "none", password: "pw", permissions: ["browse", "read"] }
    ]
  })
  const put = (target: string, body: string, host = "n1.t1") =>
    Effect.flatMap(status(system, "PUT", target, { body, host: `${host}.${system.domain}` }), (code) =>
      code === 201 ? TestClock.adjust(10) : Effect.die(`${target}: ${code}`)
    )
  yield* put("/rest/a.txt", "1")
  yield* put("/rest/dir/b%20%2Bc.txt", "22")
  yield* put("/rest/dir/c.pdf?hold=true", "333")
  yield* put(
    "/rest/dir/c.pdf?type=custom-metadata&annotation=note",
    "<note><who>Müller &amp; Söhne</who><n>42</n></note>"
  )
  yield* put("/rest/z.txt?index=false", "4444")
  yield* put("/rest/z.txt?type=custom-metadata&annotation=note", "<note>Müller</note>")
  yield* put("/rest/other.txt", "55555", "n2.t1")
  yield* put("/rest/unseen.txt", "666666", "n3.t1")
  yield* put("/rest/foreign.txt", "7777777", "n1.t2")
  return system
})

describe("queries of objects", () => {
  it.effect("expressions find what they say", () =>
    Effect.gen(function* () {
      const system = yield* filled
      const cases: ReadonlyArray<readonly [expression: string, found: ReadonlyArray<string>]> = [
        ["*:*", ["/a.txt", "/dir/b +c.txt", "/dir/c.pdf", "/z.txt", "/other.txt"]],
        ["size:2", ["/dir/b +c.txt"]],
        ["size:[2 TO 3]", ["/dir/b +c.txt", "/dir/c.pdf"]],
        ["size:{2 TO 4}", ["/dir/c.pdf"]],
        ["size:{2 TO 4]", ["/dir/c.pdf", "/z.txt"]],
        ["size:[4 TO *]", ["/z.txt", "/other.txt"]],
        ["+hold:true", ["/dir/c.pdf"]],
        ["size:(1 5)", ["/a.txt", "/other.txt"]],
        ["size:1 size:2 hold:true", ["/a.txt", "/dir/b +c.txt", "/dir/c.pdf"]],
        ["+size:[1 TO 3] hold:true", ["/a.txt", "/dir/b +c.txt", "/dir/c.pdf"]],
        ["+size:[1 TO 3] -hold:true", ["/a.txt", "/dir/b +c.txt"]],
        ["+(size:1 size:2) +utf8Name:a*.txt", ["/a.txt"]],
        ["utf8Name:b\\ \\+c.txt", ["/dir/b +c.txt"]],
        ['utf8Name:"b +c.txt"', ["/dir/b +c.txt"]],
        ["objectPath:/dir/*", ["/dir/b +c.txt", "/dir/c.pdf"]],
        ["utf8Name:c.p?f", ["/dir/c.pdf"]],
        ["customMetadataContent:müller", ["/dir/c.pdf"]],
        ['customMetadataContent:"Müller & Söhne"', ["/dir/c.pdf"]],
        ['"who müller"', ["/dir/c.pdf"]],
        ["customMetadataContent:42", ["/dir/c.pdf"]],
        ["retentionClass:[* TO *]", []],
        ["namespace:n2.t1", ["/other.txt"]],
        ["-namespace:n1.t1", ["/other.txt"]]
      ]
      for (const [expression, found] of cases) {
        assert.deepStrictEqual(yield* paths(system, expression), found, expression)
      }
    })
  )

  it.effect("expressions that cannot be read are refused", () =>
    Effect.gen(function* () {
      const system = yield* makeSystem()
      for (const expression of [
        "",
        "(",
        "size:1)",
        "size:",
        "size:[1 2]",
        "size:[1 TO 2",
        'a:"',
        "nothing:1",
        "+",
        "a\\",
        "utf8Name:?.txt",
        "utf8Name:*",
        "si*e:1",
        "size:[1* TO 2]",
        "(".repeat(300)
      ]) {
        assert.strictEqual((yield* query(system, { object: { query: expression } })).status, 400, expression)
      }
    })
  )

  it.effect("pages, sorts and counts", () =>
    Effect.gen(function* () {
      const system = yield* filled
      const page = (more: object) =>
        Effect.map(
          find(system, { object: { query: "*:*", objectProperties: "size", ...more } }),
          ({ resultSet, status }) => [resultSet.map(({ size }) => size), status.totalResults, status.code]
        )
      assert.deepStrictEqual(yield* page({ sort: "size+desc", count: 2 }), [[5, 4], 5, "INCOMPLETE"])
      assert.deepStrictEqual(yield* page({ sort: "size+desc", count: 2, offset: 3 }), [[2, 1], 5, "COMPLETE"])
      assert.deepStrictEqual(yield* page({ sort: "hold+desc,size", offset: 4 }), [[5], 5, "COMPLETE"])
      assert.deepStrictEqual(yield* page({ sort: "changeTimeMilliseconds+asc" }), [[1, 2, 3, 4, 5], 5, "COMPLETE"])
      assert.deepStrictEqual(yield* page({ count: 0 }), [[], 5, "INCOMPLETE"])
      assert.deepStrictEqual(yield* page({ count: 0, query: "size:99" }), [[], 0, "COMPLETE"])
      assert.deepStrictEqual(yield* page({ offset: 99 }), [[], 5, "COMPLETE"])
      for (const bad of [
        { count: 10_001 },
        { count: -2 },
        { offset: 100_001 },
        { sort: "nothing" },
        { sort: "size+up" }
      ]) {
        assert.strictEqual((yield* query(system, { object: { query: "*:*", ...bad } })).status, 400)
      }
      for (const bad of [{ objectProperties: "nothing" }, { facets: "size" }, { color: "red" }, { query: undefined }]) {
        assert.strictEqual((yield* query(system, { object: { query: "*:*", ...bad } })).status, 400)
      }
    })
  )

  it.effect("both formats say the same, basic and verbose", () =>
    Effect.gen(function* () {
      const system = yield* filled
      const request =
        "<queryRequest><object><query>hold:true</query><facets>hold,namespace</facets></object></queryRequest>"
      const answer = yield* query(system, request)
      assert.strictEqual(answer.headers["content-type"], "application/xml;charset=UTF-8")
      assert.strictEqual(answer.headers.expires, "Thu, 01 Jan 1970 00:00:00 GMT")
      assert.match(
        answer.text,
        /<object changeTimeMilliseconds="\d+\.\d\d" version="\d+" urlName="https:\/\/n1\.t1\.hcp1\.example\.com\/rest\/dir\/c\.pdf" operation="CREATED"\/>/
      )
      assert.include(answer.text, `<status totalResults="1" results="1" message="" code="COMPLETE"/>`)
      assert.include(answer.text, `<facet property="hold"><frequency value="true" count="1"/></facet>`)
      assert.include(answer.text, "<query><expression>hold:true</expression></query>")
      const { resultSet } = yield* find(system, { object: { query: "hold:true", verbose: true } })
      const [record] = resultSet
      assert.deepInclude(record, {
        operation: "CREATED",
        size: 3,
        hold: true,
        customMetadata: true,
        customMetadataAnnotation: "note;53",
        namespace: "n1.t1",
        owner: "USER,t1,n",
        retention: "0",
        utf8Name: "c.pdf"
      })
      const verbose = yield* query(
        system,
        "<queryRequest><object><query>hold:true</query><verbose>true</verbose></object></queryRequest>"
      )
      for (const name of Object.keys(record ?? {})) assert.include(verbose.text, ` ${name}="`)
      const none = yield* query(system, "<queryRequest><object><query>size:99</query></object></queryRequest>")
      assert.include(none.text, "<resultSet/>")
      const pretty = yield* send(system, "POST", "/query?prettyprint", {
        host: `t1.${system.domain}`,
        headers: { "content-type": "application/xml", accept: "application/xml" },
        body: request
      })
      assert.isAbove(pretty.text.split("\n").length, 10)
      assert.deepStrictEqual(
        (yield* parseXml(pretty.text)).children.map(({ name }) => name),
        ["query", "resultSet", "status", "facets"]
      )
    })
  )

  it.effect("facets count all that match", () =>
    Effect.gen(function* () {
      const system = yield* filled
      const { facets } = yield* find(system, { object: { query: "*:*", count: 0, facets: "namespace,hold" } })
      assert.deepStrictEqual(facets, {
        facet: [
          {
            property: "namespace",
            frequency: [
              { value: "n1.t1", count: 4 },
              { value: "n2.t1", count: 1 }
            ]
          },
          {
            property: "hold",
            frequency: [
              { value: "false", count: 4 },
              { value: "true", count: 1 }
            ]
          }
        ]
      })
    })
  )

  it.effect("only POST, two media types, 8 KiB, UTF-8", () =>
    Effect.gen(function* () {
      const system = yield* filled
      const code = (body: unknown, sent: Parameters<typeof query>[2]) =>
        Effect.map(query(system, body, sent), (answer) => answer.status)
      assert.strictEqual(yield* status(system, "GET", "/query", { host: "t1.hcp1.example.com" }), 405)
      assert.strictEqual(yield* code(all, { headers: { accept: "*/*" } }), 406)
      assert.strictEqual(yield* code(all, { headers: { accept: "text/csv, application/xml;q=0.5" } }), 200)
      assert.strictEqual(yield* code(all, { headers: { accept: "" } }), 406)
      assert.strictEqual(yield* code(all, { headers: { "content-type": "text/xml" } }), 415)
      assert.strictEqual(yield* code(all, { headers: { "content-type": "" } }), 415)
      assert.strictEqual(yield* code(all, { headers: { "content-type": "application/json; charset=UTF-8" } }), 200)
      const filling = (bytes: number) => {
        const empty = JSON.stringify({ object: { query: "size:1 " } }).length
        return { object: { query: `size:1 ${" ".repeat(bytes - empty)}` } }
      }
      assert.strictEqual(yield* code(filling(8192), {}), 200)
      assert.strictEqual(yield* code(filling(8193), {}), 413)
      assert.strictEqual(yield* code({}, { body: new Uint8Array([0x7b, 0xff, 0x7d]) }), 400)
      assert.strictEqual(yield* code({}, { body: "{" }), 400)
      assert.strictEqual(yield* code("<object/>", {}), 400)
      assert.strictEqual(yield* code({ object: { query: "*:*" }, operation: {} }, {}), 400)
      assert.strictEqual(yield* code({ subject: {} }, {}), 400)
      assert.strictEqual(yield* code({}, { headers: { "content-encoding": "gzip" }, body: "{}" }), 400)
    })
  )

  it.effect("gzip both ways", () =>
    Effect.gen(function* () {
      const system = yield* filled
      const answer = yield* query(system, all, {
        headers: { "content-encoding": "gzip", "accept-encoding": "gzip" },
        body: gzip(JSON.stringify(all))
      })
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(answer.headers["content-encoding"], "gzip")
      assert.strictEqual(JSON.parse(Zlib.gunzipSync(answer.bytes).toString()).queryResult.status.totalResults, 5)
    })
  )

  it.effect("who may search what", () =>
    Effect.gen(function* () {
      const system = yield* filled
      const total = (user: string, password: string, host: string, secure = true) =>
        Effect.map(
          query(system, all, {
            host: `${host}.${system.domain}`,
            secure,
            headers: { authorization: tokenFor(user, password) }
          }),
          (answer) => (answer.status === 200 ? JSON.parse(answer.text).queryResult.status.totalResults : answer.status)
        )
      assert.strictEqual(yield* total("half", "pw", "t1"), 1)
      assert.strictEqual(yield* total("none", "pw", "t1"), 0)
      assert.strictEqual(yield* total("n", "wrong", "t1"), 403)
      assert.strictEqual(yield* total("n", "n01", "t2"), 1)
      assert.strictEqual(yield* total("n", "n01", "t1", false), 5)
      assert.strictEqual(yield* total("n", "n01", "absent"), 403)
      assert.strictEqual(yield* total("n", "n01", "admin"), 403)
      assert.strictEqual(yield* total("service", "service01", "admin"), 6)
      assert.strictEqual(yield* total("service", "service01", "admin", false), 403)
      assert.strictEqual(yield* total("n", "n01", "n1.t1"), 404)
      assert.strictEqual((yield* query(system, all, { anonymous: true })).status, 403)
    })
  )
})
