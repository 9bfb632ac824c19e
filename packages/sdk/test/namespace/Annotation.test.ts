import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Option, Schema, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import { HcpError } from "../../src/HcpError.ts"
import * as Annotation from "../../src/namespace/Annotation.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import type * as Transport from "../../src/Transport.ts"
import { digest, inTime, keeping, requests, tagOf } from "../utils/namespaces.ts"
import { always, answer, lost, makeClient, type ScriptedNodes, script } from "../utils/ScriptedNodes.ts"

const calling = <A, E>(nodes: ScriptedNodes, f: (annotations: Annotation.Operations) => Effect.Effect<A, E>) =>
  inTime(Effect.flatMap(makeClient(nodes), (client) => f(Namespace.make(client).annotations)))

/** The answer to a GET of an annotation with this text. */
const annotationOf = (text: string) =>
  answer(
    200,
    {
      "X-HCP-Type": "annotation",
      "X-HCP-Size": String(Buffer.byteLength(text)),
      "X-HCP-Hash": `SHA-256 ${digest("sha256", text).toUpperCase()}`,
      ETag: `"${digest("md5", text)}"`,
      "X-HCP-ChangeTimeMilliseconds": "1722436266446.00",
      "Content-Type": "text/xml"
    },
    text
  )

const detailOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), (error) => {
    if (!(error instanceof HcpError)) return assert.fail(`${error}`)
    assert(error.reason._tag === "InvalidInput" || error.reason._tag === "UnexpectedAnswer", error.message)
    return error.reason.detail
  })

describe("names", () => {
  it.effect("are checked before anything is sent", () =>
    Effect.gen(function* () {
      const bad = ["", "a b", "ü", "...", "-_.", "x".repeat(33), "a/b", "a;b"]
      for (const name of bad) {
        assert.include(yield* detailOf(calling(script(), (annotations) => annotations.find("/a", name))), "1 to 32")
        assert.strictEqual(
          yield* tagOf(calling(script(), (each) => each.put("/a", name, HcpBody.empty))),
          "InvalidInput"
        )
      }
      const good = ["default", "x".repeat(32), ".metapairs", "7", "a-b_c.d", `${".".repeat(31)}a`]
      const nodes = script(...good.map(() => answer(204)))
      yield* calling(nodes, (annotations) => Effect.forEach(good, (name) => annotations.find("/a", name)))
      assert.deepStrictEqual(
        requests(nodes),
        good.map((name) => `GET /rest/a?type=custom-metadata&annotation=${name}`)
      )
    })
  )
})

describe("reading", () => {
  it.effect("gives bytes with what is known of them, none, or says that there is no object", () =>
    Effect.gen(function* () {
      const text = "<a>ü</a>"
      const nodes = script(annotationOf(text), annotationOf(text), answer(204), answer(404), annotationOf(text))
      const [whole, read, absent, missing, got] = yield* calling(nodes, (annotations) =>
        Effect.all([
          annotations.find("/a", "n", { versionId: "97548093539073" }),
          annotations.findText("/a", "n"),
          annotations.findText("/a", "n"),
          tagOf(annotations.find("/a", "n")),
          annotations.getText("/a", "n")
        ])
      )
      assert.strictEqual(got, text)
      assert.deepStrictEqual(Option.getOrThrow(whole), {
        name: "n",
        size: 9,
        hash: { algorithm: "SHA-256", hex: digest("sha256", text) },
        etag: `"${digest("md5", text)}"`,
        changedAt: { at: DateTime.makeUnsafe(1_722_436_266_446), count: 0 },
        contentType: "text/xml",
        bytes: Uint8Array.from(Buffer.from(text))
      })
      assert.deepStrictEqual([read, absent, missing], [Option.some(text), Option.none(), "NotFound"])
      assert.strictEqual(requests(nodes)[0], "GET /rest/a?type=custom-metadata&annotation=n&version=97548093539073")
    })
  )

  it.effect("fails where an annotation is wanted and the object has none, and says so", () =>
    Effect.gen(function* () {
      const nodes = always(answer(204))
      const codec = Annotation.json(Schema.Finite)
      const errors = yield* calling(nodes, (annotations) =>
        Effect.all([
          Effect.flip(annotations.get("/a", "n")),
          Effect.flip(annotations.getText("/a", "n")),
          Effect.flip(annotations.getAs("/a", "n", codec)),
          Effect.flip(annotations.head("/a", "n"))
        ])
      )
      for (const error of errors) {
        assert.strictEqual(error.reason._tag, "NotFound")
        assert.include(error.message, "the object has no annotation n")
        assert.strictEqual(error.path, "/a")
      }
    })
  )

  it.effect("streams, and an absent one is not an empty one", () =>
    Effect.gen(function* () {
      const nodes = script(annotationOf("<a/>"), annotationOf(""), answer(204), answer(404))
      yield* calling(nodes, (annotations) =>
        Effect.gen(function* () {
          const read = Stream.runCollect(annotations.stream("/a", "n"))
          assert.strictEqual(Buffer.concat(yield* read).toString(), "<a/>")
          assert.strictEqual(Buffer.concat(yield* read).toString(), "")
          const absent = yield* Effect.flip(read)
          assert.strictEqual(absent.reason._tag, "NotFound")
          assert.include(absent.message, "no annotation n")
          assert.strictEqual(yield* tagOf(read), "NotFound")
        })
      )
    })
  )

  it.effect("refuses bytes that are no text, and bytes that are not those of the hash", () =>
    Effect.gen(function* () {
      const latin = script({ status: 200, body: Uint8Array.of(0xfc) })
      assert.include(yield* detailOf(calling(latin, (annotations) => annotations.findText("/a", "n"))), "UTF-8")
      const wrong = { ...annotationOf("<a/>"), body: "<b/>" }
      const nodes = script(wrong, wrong)
      assert.strictEqual(yield* tagOf(calling(nodes, (annotations) => annotations.find("/a", "n"))), "IntegrityError")
    })
  )

  it.effect("looks without reading", () =>
    Effect.gen(function* () {
      const { headers } = annotationOf("<a/>")
      const nodes = script(answer(200, headers), answer(204), answer(200), answer(204), answer(404))
      const [info, ...others] = yield* calling(nodes, (annotations) =>
        Effect.all([
          annotations.head("/a", "n"),
          tagOf(annotations.head("/a", "n")),
          annotations.exists("/a", "n"),
          annotations.exists("/a", "n"),
          annotations.exists("/a", "n")
        ])
      )
      assert.strictEqual(info.size, 4)
      assert.deepStrictEqual(others, ["NotFound", true, false, false])
      assert.isTrue(nodes.calls.every(({ request }) => request.method === "HEAD"))
    })
  )

  it.effect("lists", () =>
    Effect.gen(function* () {
      const recorded = `<?xml version="1.0" encoding="UTF-8"?>
        <annotations>
          <annotation><name>.metapairs</name><hash>SHA-256 47FB56</hash>
            <changeTimeMilliseconds>1722436266446.03</changeTimeMilliseconds>
            <changeTimeString>2024-07-31T16:31:06+0200</changeTimeString><size>123</size>
            <contentType>unknown</contentType></annotation>
          <annotation><name> default </name><size/></annotation>
          <annotation/>
        </annotations>`
      const nodes = script(answer(200, {}, recorded), answer(204), answer(404), answer(200, {}, "<directory/>"))
      const [list, none, missing, other] = yield* calling(nodes, (annotations) =>
        Effect.all([
          Stream.runCollect(annotations.list("/a")),
          Stream.runCollect(annotations.list("/a")),
          tagOf(Stream.runDrain(annotations.list("/a"))),
          tagOf(Stream.runDrain(annotations.list("/a")))
        ])
      )
      assert.deepStrictEqual(list, [
        {
          name: ".metapairs",
          size: 123,
          hash: { algorithm: "SHA-256", hex: "47fb56" },
          etag: undefined,
          changedAt: { at: DateTime.makeUnsafe(1_722_436_266_446), count: 3 },
          contentType: "unknown"
        },
        {
          name: "default",
          size: undefined,
          hash: undefined,
          etag: undefined,
          changedAt: undefined,
          contentType: undefined
        }
      ])
      assert.deepStrictEqual([none, missing, other], [[], "NotFound", "UnexpectedAnswer"])
      assert.strictEqual(requests(nodes)[0], "GET /rest/a?type=custom-metadata-info")
    })
  )
})

describe("changing", () => {
  it.effect("stores any bytes as they are", () =>
    Effect.gen(function* () {
      const bodies: Array<Buffer> = []
      const nodes = script(keeping(bodies, answer(201)), keeping(bodies, answer(201)))
      yield* calling(nodes, (annotations) =>
        Effect.andThen(
          annotations.put("/a b", "n", HcpBody.bytes(Uint8Array.of(0, 255))),
          annotations.putXml("/a", "default", "<a>ü</a>")
        )
      )
      assert.deepStrictEqual(bodies, [Buffer.from([0, 255]), Buffer.from("<a>ü</a>")])
      assert.deepStrictEqual(requests(nodes), [
        "PUT /rest/a%20b?type=custom-metadata&annotation=n",
        "PUT /rest/a?type=custom-metadata&annotation=default"
      ])
    })
  )

  it.effect("checks XML before it is sent", () =>
    Effect.gen(function* () {
      const refused = (xml: string) => detailOf(calling(script(), (annotations) => annotations.putXml("/a", "n", xml)))
      assert.include(yield* refused("<a>"), "breaks off")
      assert.include(yield* refused("<a></b>"), "not well-formed")
      assert.include(yield* refused(""), "not well-formed")
      assert.include(yield* refused(' <?xml version="1.0"?><a/>'), "only allowed at the start")
      assert.include(yield* refused("<!DOCTYPE a><a/>"), "DOCTYPE")
      assert.include(yield* refused(`${"<a>".repeat(101)}${"</a>".repeat(101)}`), "100 deep")
      assert.include(yield* refused(`<a>${"<b/>".repeat(10_000)}</a>`), "10000 elements")
      const nodes = script(answer(201), answer(201))
      yield* calling(nodes, (annotations) =>
        Effect.andThen(
          annotations.putXml("/a", "n", `${"<a>".repeat(100)}${"</a>".repeat(100)}`),
          annotations.putXml("/a", "n", `<a>${"<b/>".repeat(9_999)}</a>`)
        )
      )
    })
  )

  it.effect("waits for others who write, as long as the body can be sent again", () =>
    Effect.gen(function* () {
      const nodes = script(answer(409), answer(409), answer(201))
      yield* calling(nodes, (annotations) => annotations.put("/a", "n", HcpBody.text("x")))
      assert.isAbove(nodes.calls[2]?.at ?? 0, nodes.calls[1]?.at ?? 0)
      const always = script(...Array.from({ length: 7 }, () => answer(409)))
      assert.strictEqual(
        yield* tagOf(calling(always, (annotations) => annotations.put("/a", "n", HcpBody.text("x")))),
        "Conflict"
      )
      assert.strictEqual(always.calls.length, 7)
      assert.isBelow((always.calls[6]?.at ?? 0) - (always.calls[0]?.at ?? 0), 5_000)
      const bodies: Array<Buffer> = []
      const once = script(keeping(bodies, answer(409)))
      const body = HcpBody.streamOnce(Stream.make(Uint8Array.of(1)))
      assert.strictEqual(yield* tagOf(calling(once, (annotations) => annotations.put("/a", "n", body))), "Conflict")
    })
  )

  it.effect("keeps to one deadline over all of it", () =>
    Effect.gen(function* () {
      const nodes = script(...Array.from({ length: 7 }, () => answer(409)))
      const put = calling(nodes, (each) => each.put("/a", "n", HcpBody.text("x"), { deadline: "100 millis" }))
      assert.strictEqual(yield* tagOf(put), "Timeout")
      assert.isBelow(nodes.calls.length, 4)
    })
  )

  it.effect("says what protects the object where one that is there may not be replaced or deleted", () =>
    Effect.gen(function* () {
      const isKept = { "X-HCP-Retention": "-1", "X-HCP-RetentionString": "Deletion Prohibited" }
      const has = { "X-HCP-CustomMetadataAnnotations": "n;6251" }
      const cases: ReadonlyArray<readonly [expected: string, head: Transport.HandlerAnswer]> = [
        ["UnderRetention", answer(200, { ...isKept, ...has })],
        ["OnHold", answer(200, { ...isKept, ...has, "X-HCP-RetentionHold": "true" })],
        // Whether a new one is let in the namespace says, and a permission may be missing as well.
        ["Forbidden", answer(200, isKept)],
        ["Forbidden", answer(200, has)],
        ["Forbidden", answer(404)]
      ]
      for (const [expected, head] of cases) {
        const nodes = script(answer(403), head, answer(403), head)
        const ends = yield* calling(nodes, (annotations) =>
          Effect.all([tagOf(annotations.put("/a", "n", "x")), tagOf(annotations.delete("/a", "n"))])
        )
        assert.deepStrictEqual(ends, [expected, expected])
        assert.deepStrictEqual(requests(nodes).slice(0, 2), [
          "PUT /rest/a?type=custom-metadata&annotation=n",
          "HEAD /rest/a"
        ])
      }
    })
  )

  it.effect("deletes, and says whether there was one", () =>
    Effect.gen(function* () {
      const nodes = script(answer(200), answer(204), lost, answer(204), answer(404), lost, answer(404))
      const results = yield* calling(nodes, (annotations) =>
        Effect.all([
          annotations.delete("/a", "n"),
          annotations.delete("/a", "n"),
          // The first attempt may have deleted it.
          annotations.delete("/a", "n"),
          tagOf(annotations.delete("/a", "n")),
          // Whatever the first attempt did, there is no object.
          tagOf(annotations.delete("/a", "n"))
        ])
      )
      assert.deepStrictEqual(results, [true, false, true, "NotFound", "NotFound"])
    })
  )
})

const Line = Schema.Struct({ "@sku": Schema.String, "#text": Schema.Finite })
const Invoice = Schema.Struct({
  "@number": Schema.String,
  customer: Schema.String,
  paid: Schema.Boolean,
  due: Schema.Date,
  line: Schema.Array(Line),
  tag: Schema.Array(Schema.String),
  note: Schema.optionalKey(Schema.String),
  address: Schema.Struct({
    city: Schema.NullOr(Schema.String),
    extra: Schema.Struct({ x: Schema.optionalKey(Schema.String) })
  })
})
type Invoice = typeof Invoice.Type

const invoice: Invoice = {
  "@number": "4<2",
  customer: " A & B ",
  paid: true,
  due: new Date("2026-01-31T00:00:00.000Z"),
  line: [{ "@sku": "x", "#text": 9.5 }],
  tag: [],
  address: { city: "Köln", extra: {} }
}

const codec = Annotation.xml("invoice", Invoice)

describe("values", () => {
  it.effect("travel as XML that people can read", () =>
    Effect.gen(function* () {
      const bodies: Array<Buffer> = []
      const nodes = script(keeping(bodies, answer(201)))
      yield* calling(nodes, (annotations) => annotations.putAs("/a", "n", codec, invoice))
      assert.strictEqual(
        String(bodies[0]),
        '<?xml version="1.0" encoding="UTF-8"?><invoice number="4&lt;2"><customer> A &amp; B </customer><paid>true</paid>' +
          '<due>2026-01-31T00:00:00.000Z</due><line sku="x">9.5</line><address><city>Köln</city><extra/></address></invoice>'
      )
      const back = script(annotationOf(String(bodies[0])), answer(204))
      const [read, absent] = yield* calling(back, (annotations) =>
        Effect.all([annotations.findAs("/a", "n", codec), annotations.findAs("/a", "n", codec)])
      )
      assert.deepStrictEqual(read, Option.some(invoice))
      assert.deepStrictEqual(absent, Option.none())
    })
  )

  it.effect("are read from XML of others: pretty, in another order, with more in it", () =>
    Effect.gen(function* () {
      const text = `<?xml version="1.0"?>
        <!-- by hand -->
        <invoice xmlns:x="urn:x" number="7" x:more="1">
          <tag>a</tag><line sku="1">1</line><unknown><deep/></unknown>
          <paid>false</paid><customer><![CDATA[<C>]]></customer><line sku="2">2</line>
          <due>2026-01-31T00:00:00.000Z</due>
          <address><extra a="1"/><city>null</city></address>
        </invoice>`
      const read = yield* codec.decode(text)
      assert.deepStrictEqual(read, {
        "@number": "7",
        customer: "<C>",
        paid: false,
        due: invoice.due,
        line: [
          { "@sku": "1", "#text": 1 },
          { "@sku": "2", "#text": 2 }
        ],
        tag: ["a"],
        address: { city: null, extra: {} }
      })
    })
  )

  it.effect.prop(
    "come back as they were, whatever they are",
    [
      Schema.Struct({
        "@id": Schema.String.check(Schema.isPattern(/^[ -~äß\n\t]{0,8}$/)),
        name: Schema.String.check(Schema.isPattern(/^[ -~äß\n\t]{0,8}$/)),
        flag: Schema.optionalKey(Schema.Boolean),
        list: Schema.Array(Schema.Finite),
        inner: Schema.Array(Schema.Struct({ a: Schema.optionalKey(Schema.Int), b: Schema.Array(Schema.Boolean) }))
      })
    ],
    ([drawn]) =>
      Effect.gen(function* () {
        // Neither JSON nor XML has a `-0`.
        const value = {
          ...drawn,
          list: drawn.list.map((each) => each + 0),
          inner: drawn.inner.map((each) => (each.a === undefined ? each : { ...each, a: each.a + 0 }))
        }
        const schema = Schema.Struct({
          "@id": Schema.String,
          name: Schema.String,
          flag: Schema.optionalKey(Schema.Boolean),
          list: Schema.Array(Schema.Finite),
          inner: Schema.Array(Schema.Struct({ a: Schema.optionalKey(Schema.Int), b: Schema.Array(Schema.Boolean) }))
        })
        for (const codec of [Annotation.xml("value", schema), Annotation.json(schema)]) {
          assert.deepStrictEqual(yield* codec.decode(yield* codec.encode(value)), value)
        }
      })
  )

  it.effect("are not read where they are something else, and the error says where without saying what", () =>
    Effect.gen(function* () {
      const secret = "hunter2"
      const failed = (text: string) =>
        detailOf(calling(script(annotationOf(text)), (annotations) => annotations.findAs("/a", "n", codec)))
      const wrong = yield* failed(
        `<invoice number="1"><customer/><paid>${secret}</paid><due>2026-01-31T00:00:00Z</due><line sku="1">${secret}</line><address><city/><extra/></address></invoice>`
      )
      assert.include(wrong, "paid has a value that is not accepted")
      assert.notInclude(wrong, secret)
      const first = yield* failed(`<invoice><customer>${secret}</customer></invoice>`)
      assert.include(first, "@number is missing")
      assert.notInclude(first, secret)
      assert.include(yield* failed("<order/>"), "not the element invoice")
      assert.include(yield* failed("{}"), "not XML")
      const json = Annotation.json(Schema.Struct({ a: Schema.Array(Schema.Struct({ b: Schema.Finite })) }))
      const { detail } = yield* Effect.flip(json.decode(`{"a":[{"b":1},{"b":"${secret}"}]}`))
      assert.include(detail, "a[1].b")
      assert.notInclude(detail, secret)
      assert.include((yield* Effect.flip(json.decode("["))).detail, "not JSON")
    })
  )

  it.effect("are not sent where XML has no form for them", () =>
    Effect.gen(function* () {
      const nested = Annotation.xml("a", Schema.Struct({ l: Schema.Array(Schema.Array(Schema.String)) }))
      assert.include((yield* Effect.flip(nested.encode({ l: [["x"]] }))).detail, "list inside a list")
      const record = Annotation.xml("a", Schema.Record(Schema.String, Schema.String))
      assert.deepStrictEqual(yield* record.decode(yield* record.encode({ b: "1" })), { b: "1" })
      assert.include((yield* Effect.flip(record.encode({ "b c": "1" }))).detail, "no name of an XML element")
      assert.include((yield* Effect.flip(record.encode({ "@b c": "1" }))).detail, "no name of an XML attribute")
      const put = calling(script(), (annotations) => annotations.putAs("/a", "n", record, { b: "\u0001" }))
      assert.include(yield* detailOf(put), "U+0001")
      const positive = Annotation.json(Schema.Struct({ n: Schema.Int.check(Schema.isGreaterThan(0)) }))
      assert.include((yield* Effect.flip(positive.encode({ n: -5 }))).detail, "n has a value")
      const text = Annotation.xml("t", Schema.Finite)
      assert.strictEqual(yield* text.decode(yield* text.encode(7)), 7)
    })
  )
})
