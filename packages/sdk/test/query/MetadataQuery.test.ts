import * as Zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import type { HcpError } from "../../src/HcpError.ts"
import * as Expression from "../../src/query/Expression.ts"
import type { Shape } from "../../src/query/MetadataQuery.ts"
import type { SearchOptions } from "../../src/query/QueryRequest.ts"
import { inTime, tagOf } from "../utils/namespaces.ts"
import { answer, brokenOff, lost, type Step } from "../utils/ScriptedNodes.ts"
import { json, over, page, urlOf, xml } from "./script.ts"

const { anything } = Expression

const paths = (query: Shape, options?: SearchOptions) =>
  Effect.map(Stream.runCollect(query.search(anything, options)), (records) =>
    records.map(({ path }) => path?.slice(1)).join("")
  )

/** The expressions that were asked, with their offset if there was one. */
const asked = (sent: ReadonlyArray<string>) =>
  sent.map((body) => {
    const { offset, query } = JSON.parse(body).object
    return offset === undefined ? query : `${query} @${offset}`
  })

const since = (end: string) => `+*:* +changeTimeMilliseconds:${end} TO *]`
const at = (time: string) => `+*:* +changeTimeMilliseconds:[${time} TO ${time}]`

describe("requests", () => {
  it.effect("of objects, in both formats", () =>
    Effect.gen(function* () {
      const use = (query: Shape) =>
        query.searchPage({
          query: Expression.equals("utf8Name", "<a> & b"),
          count: 5,
          offset: 10,
          sort: [{ property: "size", order: "descending" }, { property: "utf8Name" }],
          properties: ["size", "hold"],
          contentProperties: true,
          facets: ["hold", { property: "age", start: "0", end: "100", interval: "10" }]
        })
      const inJson = yield* over([page([], "COMPLETE", 0)], use)
      assert.deepStrictEqual(JSON.parse(inJson.sent[0] ?? ""), {
        object: {
          query: 'utf8Name:"<a> & b"',
          contentProperties: true,
          count: 5,
          facets: "hold,age(0;100;+10)",
          objectProperties: "size,hold",
          offset: 10,
          sort: "size+desc,utf8Name+asc"
        }
      })
      const [call] = inJson.calls
      assert.strictEqual(`${call?.request.method} ${call?.request.path}`, "POST /query")
      assert.strictEqual(call?.header("accept"), "application/json")
      assert.strictEqual(call?.header("content-type"), "application/json")
      const inXml = yield* over([page([], "COMPLETE", 0)], use, { format: "xml" })
      assert.strictEqual(
        inXml.sent[0],
        '<?xml version="1.0" encoding="UTF-8"?><queryRequest><object><query>utf8Name:&quot;&lt;a&gt; &amp; b&quot;</query>' +
          "<contentProperties>true</contentProperties><count>5</count><facets>hold,age(0;100;+10)</facets>" +
          "<objectProperties>size,hold</objectProperties><offset>10</offset><sort>size+desc,utf8Name+asc</sort></object></queryRequest>"
      )
      assert.strictEqual(inXml.calls[0]?.header("content-type"), "application/xml")
    })
  )

  it.effect("of operations, in both formats", () =>
    Effect.gen(function* () {
      const after = { urlName: urlOf("a"), changeTimeMilliseconds: "5.00", versionId: "64" }
      const use = (query: Shape) =>
        query.operationPage({
          start: DateTime.makeUnsafe(1000),
          end: DateTime.makeUnsafe(2000),
          directories: ["/a b", "/c"],
          indexable: false,
          namespaces: ["n1.finance"],
          replicationCollision: true,
          transactions: ["prune", "prune"],
          properties: "all",
          count: -1,
          after
        })
      const { sent } = yield* over([page([], "COMPLETE")], use)
      assert.deepStrictEqual(JSON.parse(sent[0] ?? ""), {
        operation: {
          count: -1,
          lastResult: { urlName: after.urlName, changeTimeMilliseconds: "5.00", version: "64" },
          verbose: true,
          systemMetadata: {
            changeTime: { start: 1000, end: 2000 },
            directories: { directory: ["/a b", "/c"] },
            indexable: false,
            namespaces: { namespace: ["n1.finance"] },
            replicationCollision: true,
            transactions: { transaction: ["prune"] }
          }
        }
      })
      const inXml = yield* over([page([], "COMPLETE")], use, { format: "xml" })
      assert.include(
        inXml.sent[0],
        "<changeTime><start>1000</start><end>2000</end></changeTime><directories><directory>/a b</directory><directory>/c</directory></directories>"
      )
      const bare = yield* over([page([], "COMPLETE")], (query) => query.operationPage(), { format: "xml" })
      assert.include(bare.sent[0], "<queryRequest><operation/></queryRequest>")
    })
  )

  it.effect("what HCP would refuse is not sent", () =>
    Effect.gen(function* () {
      const nothing = (field: string, use: (query: Shape) => Effect.Effect<unknown, { readonly reason: unknown }>) =>
        Effect.gen(function* () {
          const { value } = yield* over([], (query) => Effect.flip(use(query)))
          assert.deepInclude(value.reason, { _tag: "InvalidInput", field })
        })
      const search = (options: SearchOptions) => (query: Shape) => Stream.runDrain(query.search(anything, options))
      const long = Expression.equals("utf8Name", "x".repeat(8192))
      yield* nothing("query", (query) => query.count(long))
      yield* nothing("query", (query) => query.count(Expression.any()))
      // It would fit, but no later page of it.
      yield* nothing("query", (query) => Stream.runDrain(query.search(Expression.equals("utf8Name", "x".repeat(8100)))))
      yield* nothing("count", (query) => query.searchPage({ query: anything, count: 10_001 }))
      yield* nothing("offset", (query) => query.searchPage({ query: anything, offset: 100_001 }))
      yield* nothing("pageSize", search({ pageSize: 0 }))
      yield* nothing("pageSize", search({ pageSize: 10_001 }))
      yield* nothing("properties", search({ properties: ["a,b"] }))
      yield* nothing("sort", search({ order: [{ property: "size desc" }] }))
      yield* nothing("facets", (query) => query.facets(anything, ["a b"]))
      const stale = JSON.parse(`{ "urlName": "x", "changeTimeMilliseconds": "5.00", "version": "64" }`)
      yield* nothing("after.version", (query) => query.operationPage({ after: stale }))
      yield* nothing("facets", (query) =>
        query.facets(anything, [{ property: "a", start: "", end: "1", interval: "1" }])
      )
      const operations = (options: Parameters<Shape["operations"]>[0]) => (query: Shape) =>
        Stream.runDrain(query.operations(options))
      yield* nothing("directories", operations({ directories: ["a"] }))
      yield* nothing("namespaces", operations({ namespaces: ["n1"] }))
      yield* nothing("transactions", operations({ transactions: [] }))
      yield* nothing("end", operations({ start: DateTime.makeUnsafe(2), end: DateTime.makeUnsafe(1) }))
      yield* nothing("pageSize", operations({ pageSize: 1.5 }))
    })
  )

  it.effect("hosts that take HTTPS only are not asked without", () =>
    Effect.gen(function* () {
      for (const fqdn of ["admin.hcp1.example.com", "default.hcp1.example.com"]) {
        const exit = yield* Effect.exit(over([], () => Effect.void, {}, { fqdn }))
        assert.include(String(exit._tag === "Failure" ? exit.cause : ""), "HTTPS only")
      }
    })
  )
})

const verbose = {
  changeTimeMilliseconds: "1310392057456.10",
  version: 81707152,
  urlName: "https://n1.finance.hcp1.example.com/rest/in/a%20%2b%20b.txt",
  operation: "CREATED",
  accessTime: 1310392057,
  acl: false,
  customMetadata: true,
  customMetadataAnnotation: "a;5, b;7",
  dpl: 2,
  gid: "",
  hash: "SHA-256 ABCDEF12",
  hashScheme: "SHA-256",
  hold: false,
  index: true,
  ingestTime: "1310392057",
  namespace: "n1.finance",
  objectPath: "/in/a + b.txt",
  owner: "USER,finance,Ann, the first",
  permissions: "256",
  replicated: false,
  retention: "-1",
  retentionClass: "",
  retentionString: "Deletion Prohibited",
  size: 26,
  type: "object",
  utf8Name: "a + b.txt",
  docColor: "red"
}

describe("answers", () => {
  it.effect("XML, JSON, and JSON of other types give the same record", () =>
    Effect.gen(function* () {
      const status = { totalResults: 1, results: 1, message: "", code: "COMPLETE" }
      const attributes = Object.entries(verbose).map(([name, value]) => `${name}="${value}"`)
      const texts = Object.fromEntries(Object.entries(verbose).map(([name, value]) => [name, String(value)]))
      const typed = {
        ...verbose,
        changeTimeMilliseconds: 1310392057456.1,
        retention: -1,
        ingestTime: 1310392057,
        permissions: 256
      }
      const answers = [
        xml(
          `<query><expression>x</expression></query><resultSet><object ${attributes.join(" ")}/></resultSet><status totalResults="1" results="1" message="" code="COMPLETE"/>`
        ),
        json({ query: { expression: "x" }, resultSet: [verbose], status }),
        json({
          query: { expression: "x" },
          resultSet: [texts],
          status: { ...status, results: "1", totalResults: "1" }
        }),
        json({ resultSet: { object: typed }, status })
      ]
      for (const step of answers) {
        const { value } = yield* over([step], (query) => query.searchPage({ query: anything, properties: "all" }))
        const [record] = value.records
        assert.deepStrictEqual([value.total, value.isComplete, value.records.length], [1, true, 1])
        assert.deepStrictEqual(record, {
          operation: "created",
          url: verbose.urlName,
          path: "/in/a + b.txt",
          namespace: "n1.finance",
          changedAt: { at: DateTime.makeUnsafe(1_310_392_057_456), count: 10 },
          versionId: "81707152",
          position: { urlName: verbose.urlName, changeTimeMilliseconds: "1310392057456.10", versionId: "81707152" },
          accessedAt: DateTime.makeUnsafe(1_310_392_057_000),
          hasAcl: false,
          hasAnnotations: true,
          annotations: [
            { name: "a", size: 5 },
            { name: "b", size: 7 }
          ],
          dpl: 2,
          gid: undefined,
          hash: { algorithm: "SHA-256", hex: "abcdef12" },
          hold: false,
          index: true,
          createdAt: DateTime.makeUnsafe(1_310_392_057_000),
          objectPath: "/in/a + b.txt",
          owner: { kind: "USER", location: "finance", name: "Ann, the first" },
          permissions: "256",
          replicated: false,
          replicationCollision: undefined,
          retention: { value: { _tag: "Prohibited" }, retentionClass: undefined },
          retentionText: "Deletion Prohibited",
          shred: undefined,
          size: 26,
          type: "object",
          uid: undefined,
          updatedAt: undefined,
          name: "a + b.txt",
          others: { docColor: "red" }
        })
      }
    })
  )

  it.effect("facets and content properties", () =>
    Effect.gen(function* () {
      const status = { totalResults: 9, results: 0, message: "", code: "INCOMPLETE" }
      const inXml = xml(
        '<query><expression>x</expression></query><resultSet /><status totalResults="9" results="0" message="" code="INCOMPLETE"/>' +
          "<contentProperties><contentProperty><name>age</name><expression>/a/age</expression><type>INTEGER</type><multivalued>false</multivalued><format/></contentProperty></contentProperties>" +
          '<facets><facet property="hold"><frequency value="false" count="8"/><frequency value="true" count="1"/></facet></facets>'
      )
      const inJson = json({
        resultSet: [],
        status,
        contentProperties: {
          contentProperty: [{ name: "age", expression: "/a/age", type: "INTEGER", multivalued: "false", format: "" }]
        },
        facets: {
          facet: [
            {
              property: "hold",
              frequency: [
                { value: "false", count: "8" },
                { value: true, count: 1 }
              ]
            }
          ]
        }
      })
      for (const step of [inXml, inJson]) {
        const { sent, value } = yield* over([step, step, step], (query) =>
          Effect.all([query.count(anything), query.facets(anything, ["hold"]), query.contentProperties(anything)])
        )
        assert.deepStrictEqual(value, [
          9,
          [
            {
              property: "hold",
              frequencies: [
                { value: "false", count: 8 },
                { value: "true", count: 1 }
              ]
            }
          ],
          [{ name: "age", expression: "/a/age", type: "INTEGER", isMultivalued: false, format: undefined }]
        ])
        assert.isTrue(sent.every((body) => JSON.parse(body).object.count === 0))
      }
    })
  )

  it.effect("what is no answer fails, and says what is wrong with it", () =>
    Effect.gen(function* () {
      const status = { totalResults: 1, results: 1, message: "", code: "COMPLETE" }
      const refused = (record: object) => json({ resultSet: [record], status })
      const cases = [
        [json({ resultSet: [], status: {} }), /no status/],
        [json([]), /no status/],
        [answer(200, {}, ""), /no status/],
        [answer(200, {}, "{"), /not the JSON/],
        [answer(200, {}, "<html><body/></html>"), /HTML/],
        [json({ resultSet: [], status }), /0 records and says that they are 1/],
        [refused({ changeTimeMilliseconds: "1.00", version: 1 }), /no urlName/],
        [refused({ urlName: "x", version: 1 }), /no changeTimeMilliseconds/],
        [refused({ urlName: "x", changeTimeMilliseconds: "soon", version: 1 }), /no changeTimeMilliseconds/],
        [refused({ urlName: "x", changeTimeMilliseconds: "1.00" }), /no version/]
      ] as const
      for (const [step, message] of cases) {
        const { value } = yield* over([step], (query) => Effect.flip(query.searchPage({ query: anything })))
        assert.match(value.message, message)
      }
      const noTotal = json({ resultSet: [], status: { results: 0, code: "COMPLETE" } })
      const { value } = yield* over([noTotal], (query) => tagOf(query.count(anything)))
      assert.strictEqual(value, "UnexpectedAnswer")
    })
  )

  it.effect("packed ones are unpacked, within the limit", () =>
    Effect.gen(function* () {
      const text = JSON.stringify({ queryResult: { resultSet: [], status: { totalResults: 3, code: "INCOMPLETE" } } })
      const step = {
        status: 200,
        headers: { "Content-Encoding": "gzip" },
        body: new Uint8Array(Zlib.gzipSync(text))
      }
      const { calls, value } = yield* over([step], (query) => query.count(anything, { acceptGzip: true }))
      assert.strictEqual(value, 3)
      assert.strictEqual(calls[0]?.header("accept-encoding"), "gzip")
      const bomb = { ...step, body: new Uint8Array(Zlib.gzipSync("x".repeat(1_000_000))) }
      const tag = yield* over([bomb], (query) =>
        tagOf(query.count(anything, { acceptGzip: true, maxBodyBytes: 5_000 }))
      )
      assert.strictEqual(tag.value, "BodyTooLarge")
    })
  )

  it.effect("refusals are typed, and a body that breaks off is asked for again", () =>
    Effect.gen(function* () {
      for (const [status, tag] of [
        [400, "BadRequest"],
        [403, "Forbidden"],
        [413, "TooLarge"]
      ] as const) {
        const step = answer(status, { "X-HCP-ErrorMessage": "said why" })
        const { value } = yield* over([step], (query) => Effect.flip(query.count(anything)))
        assert.strictEqual(value.reason._tag, tag)
        assert.match(value.message, /^POST finance\.hcp1\.example\.com\/query: .*said why/)
      }
      const again = yield* over([brokenOff, lost, page([], "INCOMPLETE", 4)], (query) => inTime(query.count(anything)))
      assert.strictEqual(again.value, 4)
    })
  )
})

describe("pages of objects", () => {
  it.effect("one answer is all", () =>
    Effect.gen(function* () {
      const { sent, value } = yield* over([page(["a@1.00", "b@1.01"], "COMPLETE", 2)], paths)
      assert.strictEqual(value, "ab")
      assert.deepStrictEqual(JSON.parse(sent[0] ?? ""), {
        object: { query: "*:*", count: 1000, sort: "changeTimeMilliseconds+asc" }
      })
    })
  )

  it.effect("the last moment of a page comes with the next one, so nothing is lost or comes twice", () =>
    Effect.gen(function* () {
      const { nodes, sent, value } = yield* over(
        [
          page(["a@1.00", "b@2.00", "c@2.00"], "INCOMPLETE", 6),
          page(["b@2.00", "c@2.00", "d@2.00", "e@3.00"], "INCOMPLETE", 5),
          page(["e@3.00", "f@3.00"], "COMPLETE", 2)
        ],
        (query) => paths(query, { pageSize: 4 })
      )
      assert.strictEqual(value, "abcdef")
      assert.deepStrictEqual(asked(sent), ["*:*", since("[2.00"), since("[3.00")])
      assert.strictEqual(new Set(nodes).size, 1)
    })
  )

  it.effect("a moment longer than a page is paged by offset, and what comes after it goes on behind", () =>
    Effect.gen(function* () {
      const { sent, value } = yield* over(
        [
          page(["a@1.00", "b@5.00"], "INCOMPLETE", 6),
          page(["b@5.00", "c@5.00"], "INCOMPLETE", 5),
          page(["b@5.00", "c@5.00"], "INCOMPLETE", 3),
          page(["d@5.00"], "COMPLETE", 3),
          page(["e@6.00", "f@7.00"], "COMPLETE", 2)
        ],
        (query) => paths(query, { pageSize: 2 })
      )
      assert.strictEqual(value, "abcdef")
      assert.deepStrictEqual(asked(sent), [
        "*:*",
        since("[5.00"),
        `${at("5.00")} @0`,
        `${at("5.00")} @2`,
        since("{5.00")
      ])
    })
  )

  it.effect("a moment longer than HCP pages is refused", () =>
    Effect.gen(function* () {
      const many = (first: number) => Array.from({ length: 10_000 }, (_, index) => `x${first + index}@1.00`)
      const steps = [page(many(0), "INCOMPLETE", 200_000)]
      for (let offset = 0; offset <= 100_000; offset += 10_000) steps.push(page(many(offset), "INCOMPLETE", 200_000))
      const { value } = yield* over(steps, (query) => Effect.flip(paths(query, { pageSize: 10_000 })))
      assert.match(value.message, /100000 results have the change time 1\.0.*narrow the query/)
    })
  )

  it.effect("an answer that an error cut short is gone on with behind what came", () =>
    Effect.gen(function* () {
      const { sent, value } = yield* over(
        [page(["a@1.00", "b@2.00"], "INCOMPLETE", 3), page(["b@2.00", "c@3.00"], "COMPLETE", 2)],
        (query) => paths(query, { pageSize: 1000 })
      )
      assert.strictEqual(value, "abc")
      assert.lengthOf(sent, 2)
    })
  )

  it.effect("an answer with nothing but INCOMPLETE is asked for again, and then fails", () =>
    Effect.gen(function* () {
      const empty = page([], "INCOMPLETE", 3)
      const well = yield* over([empty, empty, page(["a@1.00"], "COMPLETE", 1)], (query) => inTime(paths(query)))
      assert.strictEqual(well.value, "a")
      const [first, second, third] = well.calls.map(({ at }) => at)
      assert.deepStrictEqual([first, second, third], [0, 500, 1500])
      const steps = Array.from({ length: 4 }, () => empty)
      const ill = yield* over(steps, (query) => Effect.flip(inTime(paths(query))))
      assert(ill.value.reason._tag === "IncompleteResults")
      assert.strictEqual(ill.value.reason.total, 3)
      assert.match(ill.value.message, /INCOMPLETE, and not one result, although there are 3 in all/)
    })
  )

  it.effect("records out of order fail, as the next page could not be found", () =>
    Effect.gen(function* () {
      const { value } = yield* over([page(["a@2.00", "b@1.00"], "INCOMPLETE", 3)], (query) => Effect.flip(paths(query)))
      assert.match(value.message, /not in the order of their change times/)
      const back = [page(["a@1.00", "b@2.00"], "INCOMPLETE", 3), page(["a@1.00"], "COMPLETE", 3)]
      assert.strictEqual((yield* over(back, (query) => tagOf(paths(query)))).value, "UnexpectedAnswer")
    })
  )

  it.effect("an order of one's own is paged by offset, as far as HCP does", () =>
    Effect.gen(function* () {
      const order = [{ property: "size" }]
      const { sent, value } = yield* over(
        [page(["a@9.00", "b@1.00"], "INCOMPLETE", 3), page(["c@5.00"], "COMPLETE", 3)],
        (query) => paths(query, { pageSize: 2, order })
      )
      assert.strictEqual(value, "abc")
      assert.deepStrictEqual(asked(sent), ["*:* @0", "*:* @2"])
      const relevance = yield* over([page([], "COMPLETE", 0)], (query) => paths(query, { order: "relevance" }))
      assert.isUndefined(JSON.parse(relevance.sent[0] ?? "").object.sort)

      const many = (first: number) => Array.from({ length: 10_000 }, (_, index) => `x${first + index}@1.00`)
      const steps = Array.from({ length: 11 }, (_, at) => page(many(at * 10_000), "INCOMPLETE", 200_000))
      const far = yield* over(steps, (query) => Effect.flip(paths(query, { pageSize: 10_000, order })))
      assert.deepInclude(far.value.reason, { _tag: "InvalidInput", field: "order" })
    })
  )

  it.effect("no page is asked for that nobody reads", () =>
    Effect.gen(function* () {
      const { value } = yield* over([page(["a@1.00", "b@2.00", "c@3.00"], "INCOMPLETE", 9)], (query) =>
        Stream.runCollect(Stream.take(query.search(anything, { pageSize: 3 }), 2))
      )
      assert.lengthOf(value, 2)
    })
  )
})

describe("nodes", () => {
  it.effect("a node that breaks is left for another one, and the query goes on where it was", () =>
    Effect.gen(function* () {
      const { nodes, sent, value } = yield* over(
        [
          page(["a@1.00", "b@2.00"], "INCOMPLETE", 3),
          lost,
          lost,
          lost,
          lost,
          page(["b@2.00", "c@3.00"], "COMPLETE", 2)
        ],
        (query) => inTime(paths(query, { pageSize: 2 }))
      )
      assert.strictEqual(value, "abc")
      assert.deepStrictEqual(
        asked(sent).slice(1),
        Array.from({ length: 5 }, () => since("[2.00"))
      )
      assert.strictEqual(new Set(nodes.slice(0, 5)).size, 1)
      assert.notStrictEqual(nodes[5], nodes[0])
    })
  )

  it.effect("a busy node is asked again, each time later", () =>
    Effect.gen(function* () {
      const busy = answer(503)
      const { calls, nodes, value } = yield* over([busy, busy, page(["a@1.00"], "COMPLETE", 1)], (query) =>
        inTime(paths(query))
      )
      assert.strictEqual(value, "a")
      assert.strictEqual(new Set(nodes).size, 1)
      assert.isTrue(calls.every(({ at }, index) => index === 0 || at > (calls[index - 1]?.at ?? 0)))
      const ever = yield* over(
        Array.from({ length: 9 }, () => busy),
        (query) => tagOf(inTime(paths(query)))
      )
      assert.strictEqual(ever.value, "Busy")
      assert.strictEqual(new Set(ever.nodes).size, 3)
    })
  )
})

it.effect("pages that come again end a query with an error, in every order (row 156)", () =>
  Effect.gen(function* () {
    const ends = (pages: ReadonlyArray<Step>, run: (query: Shape) => Stream.Stream<unknown, HcpError>) =>
      Effect.map(
        over(pages, (query) => Effect.flip(Stream.runDrain(run(query)))),
        ({ value }) => assert.include(value.message, "a page of the results comes again")
      )
    const [a, b] = [page(["a@5.00", "b@5.00"], "INCOMPLETE"), page(["c@5.00"], "INCOMPLETE")]
    for (const order of ["relevance", [{ property: "urlName" }]] as const) {
      yield* ends([a, a], (query) => query.search(anything, { order }))
      yield* ends([a, b, a], (query) => query.search(anything, { order }))
    }
    // The first page is all of one moment, which is then asked for by offset.
    yield* ends([a, a, a], (query) => query.search(anything))
    yield* ends([a, b, a], (query) => query.operations())
  })
)
