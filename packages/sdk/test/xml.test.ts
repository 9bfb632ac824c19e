import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"

import * as xml from "../src/internal/xml/reader.ts"
import { redactor } from "../src/Redactor.ts"
import type { Limits, XmlEvent } from "../src/XmlDocument.ts"

const about = { operation: "GET", target: "n1.t1.hcp.test", path: "/rest/dir" }

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

const read = (parts: ReadonlyArray<Uint8Array>, limits: Limits = {}) =>
  Stream.runCollect(xml.events(Stream.fromIterable(parts), { ...about, ...limits }))

/** The events as one line, adjacent texts joined. */
const summary = (events: ReadonlyArray<XmlEvent>): string =>
  events
    .map((event) =>
      event._tag === "Text"
        ? event.text
        : event._tag === "Close"
          ? `</${event.name}>`
          : `<${event.name}${Object.entries(event.attributes)
              .map(([name, value]) => ` ${name}=[${value}]`)
              .join("")}>`
    )
    .join("")

/** What this thread has worked: others on the machine do not count. */
const cpuMillis = (): number => {
  const { system, user } = process.threadCpuUsage()
  return (system + user) / 1_000
}

const reasonOf = (parts: ReadonlyArray<Uint8Array>, limits: Limits = {}) =>
  Effect.map(Effect.flip(read(parts, limits)), (error) => {
    const { reason } = error
    assert(reason._tag === "InvalidXml", error.message)
    assert.strictEqual(error.reached, "answer")
    assert.include(error.message, "GET n1.t1.hcp.test/rest/dir: the answer is not the XML")
    return reason
  })

const listing = `<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="/static/xsl/ns.xsl"?>
<!-- <!DOCTYPE in a comment is no DOCTYPE> -->
<directory xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" path="/rest/B\u00fccher" size="&#8364;">
  <entry urlName="%F0%9F%93%9A" utf8Name="\u{1f4da}&amp;&lt;&#x1F4DA;" type='object'/>
  <entry utf8Name="z\u00e9"><note>a<![CDATA[<b>]]>&gt;c</note></entry>
</directory>`

const wanted =
  "<directory xmlns:xsi=[http://www.w3.org/2001/XMLSchema-instance] path=[/rest/B\u00fccher] size=[\u20ac]>\n  " +
  "<entry urlName=[%F0%9F%93%9A] utf8Name=[\u{1f4da}&<\u{1f4da}] type=[object]></entry>\n  " +
  "<entry utf8Name=[z\u00e9]><note>a<b>>c</note></entry>\n</directory>"

describe("a whole document", () => {
  it.effect("is the same wherever its bytes are split (row 128)", () =>
    Effect.gen(function* () {
      const bytes = bytesOf(listing)
      for (let at = 0; at <= bytes.length; at++) {
        assert.strictEqual(summary(yield* read([bytes.subarray(0, at), bytes.subarray(at)])), wanted, `split at ${at}`)
      }
      assert.strictEqual(summary(yield* read(Array.from(bytes, (byte) => Uint8Array.of(byte)))), wanted)
      assert.strictEqual(summary(yield* read([bytesOf("\ufeff"), bytes])), wanted)
      for (const text of [
        "<a/>",
        "<h/>",
        " <a></a>\n",
        "<a/><!-- end --><?x?>",
        '<?xml version="1.0" encoding="us-ascii"?><a/>'
      ]) {
        assert.match(summary(yield* read([bytesOf(text)])), /^<[ah]><\/[ah]>$/)
      }
    })
  )

  it.effect("is the same behind the blanks with which a server keeps a long call alive (row 131)", () =>
    Effect.gen(function* () {
      for (const blanks of [" ", "\n", " \r\n\t ", "\ufeff", " \ufeff\n", " ".repeat(50_000)]) {
        const bytes = bytesOf(`${blanks}${listing}`)
        const step = Math.max(1, Math.floor(blanks.length / 10))
        for (let at = 0; at <= blanks.length + 10; at += step) {
          const parts = [bytes.subarray(0, at), bytes.subarray(at)]
          assert.strictEqual(summary(yield* read(parts)), wanted, `${JSON.stringify(blanks.slice(0, 9))} at ${at}`)
        }
      }
      const { excerpt } = yield* reasonOf([bytesOf(`${" ".repeat(5_000)}no listing here`)])
      assert.strictEqual(excerpt, "no listing here")
      assert.isTrue((yield* reasonOf([bytesOf(" \n ")])).isTruncated)
      // What is to be stored is checked as XML says.
      const strict = Effect.flip(
        Stream.runDrain(xml.events(Stream.make(bytesOf(` ${listing}`)), { ...about, leadingBlanks: false }))
      )
      assert.include((yield* strict).message, "only allowed at the start")
    })
  )

  it.effect("that is cut at any byte is an error, and says that its end is missing (row 124)", () =>
    Effect.gen(function* () {
      const bytes = bytesOf(listing)
      for (let at = 0; at < bytes.length; at++) {
        const reason = yield* reasonOf([bytes.subarray(0, at)])
        assert.isTrue(reason.isTruncated, `cut at ${at}: ${reason.message}`)
        assert.isTrue(reason.isRetryable)
      }
      assert.isTrue((yield* reasonOf([bytesOf("<a/><!-- never")])).isTruncated)
    })
  )

  it.effect("has its elements one by one, each with everything in it", () =>
    Effect.gen(function* () {
      const source = Stream.make(bytesOf(listing))
      const entries = yield* Stream.runCollect(xml.elements(source, 2, about))
      assert.deepStrictEqual(
        entries.map(({ attributes, children }) => [
          attributes.utf8Name,
          children.map(({ name, text }) => `${name}: ${text}`)
        ]),
        [
          ["\u{1f4da}&<\u{1f4da}", []],
          ["z\u00e9", ["note: a<b>>c"]]
        ]
      )
      const [root] = yield* Stream.runCollect(xml.elements(source, 1, about))
      assert.strictEqual(root?.children.length, 2)
      const one = yield* Effect.flip(Stream.runDrain(xml.elements(source, 1, { ...about, nodes: 3 })))
      assert.include(one.message, "holds more than 3")
    })
  )

  it.effect("keeps names that mean something to JavaScript as what they are", () =>
    Effect.gen(function* () {
      const [event] = yield* read([bytesOf('<a __proto__="x" constructor="y"/>')])
      assert(event?._tag === "Open")
      assert.deepStrictEqual(Object.entries(event.attributes), [
        ["__proto__", "x"],
        ["constructor", "y"]
      ])
    })
  )

  it.effect("gives way to the error of its source", () =>
    Effect.gen(function* () {
      const broken = Stream.concat(Stream.make(bytesOf("<a>")), Stream.die("the wire"))
      const exit = yield* Effect.exit(Stream.runDrain(xml.events(broken, about)))
      assert.include(String(exit), "the wire")
    })
  )
})

describe("a document that is refused", () => {
  it.effect("has a DOCTYPE: nothing of it is read, no entity is made, and it takes no time (row 125)", () =>
    Effect.gen(function* () {
      const lol = Array.from({ length: 30 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join("")
      const bombs = {
        billion: `<?xml version="1.0"?><!DOCTYPE z [<!ENTITY l0 "lol">${lol}]><z>&l30;</z>`,
        quadratic: `<!DOCTYPE z [<!ENTITY a "${"a".repeat(100_000)}">]><z>${"&a;".repeat(10_000)}</z>`,
        external: `<!DOCTYPE z [<!ENTITY x SYSTEM "file:///etc/passwd">]><z>&x;</z>`,
        parameter: `<!DOCTYPE z SYSTEM "http://192.0.2.1/evil.dtd"><z/>`,
        endless: `<!DOCTYPE z [${" ".repeat(5_000_000)}`,
        afterComments: `<!-- -->\n<?pi?><!-- --><!doctype z><z/>`
      }
      for (const [name, bomb] of Object.entries(bombs)) {
        const bytes = bytesOf(bomb)
        const begun = cpuMillis()
        const reason = yield* reasonOf([bytes])
        assert.include(reason.detail, "DOCTYPE", name)
        assert.isBelow(cpuMillis() - begun, 10, name)
        assert.notInclude(reason.message, "etc/passwd")
      }
      for (const twice of ["<!DOCTYPE z><!DOCTYPE z><z/>", "<z/><!DOCTYPE z>", "<z><!DOCTYPE z></z>"]) {
        assert.include((yield* reasonOf([bytesOf(twice)])).message.toLowerCase(), "doctype", twice)
      }
      assert.include((yield* reasonOf([bytesOf("<z>&l9;</z>")])).detail, "entity")
    })
  )

  it.effect("is too deep, has too many attributes, or anything in it is too long (row 126)", () =>
    Effect.gen(function* () {
      const one = (text: string, limits?: Limits) =>
        Effect.map(reasonOf([bytesOf(text)], limits), ({ detail }) => detail)
      const attributes = (length: number) => Array.from({ length }, (_, i) => ` a${i}="1"`).join("")
      assert.include(yield* one("<a>".repeat(200_000)), "64 deep")
      assert.include(yield* one(`<a${attributes(257)}/>`), "256 attributes")
      assert.include(yield* one(`<a${attributes(100_000)}/>`), "1048576 characters")
      assert.include(yield* one(`<a>${"&#65;".repeat(1_000_000)}</a>`), "1048576 characters")
      assert.include(yield* one(`<a b="${"x".repeat(2_000_000)}"/>`), "1048576 characters")
      assert.include(yield* one(`<a><!--${"x".repeat(2_000_000)}--></a>`), "1048576 characters")
      assert.include(yield* one(`<${"x".repeat(2_000_000)}/>`), "1048576 characters")
      assert.include(yield* one(`<a>&${"x".repeat(2_000_000)}`), "1048576 characters")
      assert.include(yield* one(`<!--${"x".repeat(2_000_000)}`), "does not begin within")
      assert.include(yield* one(" ".repeat(2_000_000)), "does not begin within")
      assert.include(yield* one(`<a>${"<b/>".repeat(1_000)}</a>`, { bytes: 4_000 }), "4000 bytes")
      // What the limits do not mean goes through.
      const fine = `<a>${"<b>".repeat(63)}${"</b>".repeat(63)}${"&#65;".repeat(100_000)}</a>`
      assert.strictEqual((yield* read([bytesOf(fine)])).length, 129)
    })
  )

  it.effect("is in another encoding, is not UTF-8, or holds what XML cannot (row 128)", () =>
    Effect.gen(function* () {
      const one = (bytes: Uint8Array) => Effect.map(reasonOf([bytes]), ({ detail }) => detail)
      const utf16 = Buffer.from("\ufeff<a>\u00e9</a>", "utf16le")
      assert.include(yield* one(utf16), "not UTF-8")
      assert.include(yield* one(Buffer.from("<a>\u00e9</a>", "latin1")), "not UTF-8")
      assert.include(yield* one(Buffer.from([0x3c, 0x61, 0x3e, 0xc0, 0x80])), "not UTF-8")
      assert.include(yield* one(Buffer.from([0x3c, 0x61, 0x3e, 0xed, 0xa0, 0x80])), "not UTF-8")
      assert.include(yield* one(bytesOf('<?xml version="1.0" encoding="ISO-8859-1"?><a/>')), "ISO-8859-1")
      for (const bad of [
        "<a>\0</a>",
        "<a>\u0001</a>",
        "<a>&#0;</a>",
        "<a>&#xFFFE;</a>",
        "<a>&#xD800;</a>",
        "<a b='\0'/>"
      ]) {
        assert.match(yield* one(bytesOf(bad)), /^line 1, column \d+: /, bad)
      }
    })
  )

  it.effect("is not well-formed", () =>
    Effect.gen(function* () {
      for (const bad of [
        "<a></b>",
        "<a><b></a></b>",
        "<a b=c/>",
        '<a b="1" b="2"/>',
        "<a/><b/>",
        "<a/>text",
        "text<a/>",
        "<a>&;</a>",
        '<a b="<"/>',
        "<a>]]></a>",
        '<a/><?xml version="1.0"?>',
        "{}"
      ]) {
        const reason = yield* reasonOf([bytesOf(bad)])
        assert.isFalse(reason.isTruncated, bad)
      }
    })
  )

  it.effect("is an HTML page: the error quotes it in short, without tags and secrets (row 130)", () =>
    Effect.gen(function* () {
      const page = `<!DOCTYPE html>\n<html><head><style>p { color: red }</style><title>503 Service\u0007 Unavailable</title></head>
        <body onload="x()"><p>The server is busy. Authorization: HCP bXl1c2Vy:3f3c6784e97531774380db177774ac8d
        session=ZmFrZXNlc3Npb25mYWtlc2Vzc2lvbg==</p>${"<p>more</p>".repeat(100)}</body></html>`
      for (const html of [page, page.replace("<!DOCTYPE html>\n", ""), page.toUpperCase()]) {
        const { excerpt, message } = yield* reasonOf([bytesOf(html)])
        assert.include(message, "it is an HTML page")
        assert.match(excerpt ?? "", /^503 SERVICE UNAVAILABLE THE SERVER IS BUSY\./i)
        assert.isAtMost(excerpt?.length ?? 0, 123)
        for (const secret of ["bXl1c2Vy", "3f3c6784", "ZmFrZXN", "color", "onload", "<p"]) {
          assert.notInclude(message.toLowerCase(), secret.toLowerCase())
        }
      }
      assert.include((yield* reasonOf([bytesOf("no listing here")])).message, "it says: no listing here")
      const redact = redactor(() => ["listing"])
      for (const text of ["no listing here", "<a><listing></a>"]) {
        const quoting = Stream.runDrain(xml.events(Stream.make(bytesOf(text)), { ...about, redact }))
        assert.notInclude((yield* Effect.flip(quoting)).message, "listing")
      }
      const settings = '<p><user>joe</user><webdavBasicAuthPassword a="b">hunter2</webdavBasicAuthPassword><port>80'
      const { message } = yield* reasonOf([bytesOf(settings)])
      assert.include(message, "it says: joe 80")
      assert.notInclude(message, "hunter2")
    })
  )
})

describe("a listing of 100,000 entries", () => {
  it.live("comes entry by entry, keeps nothing, and lets others have their turn (row 129)", () =>
    Effect.gen(function* () {
      const count = 100_000
      const entry = (index: number) =>
        `  <entry urlName="file-${index}.pdf" utf8Name="file-${index}.pdf" type="object" size="1024" hashScheme="SHA-256" ` +
        `hash="${"0123456789ABCDEF".repeat(4)}" retention="0" shred="false" hold="false" etag="${index}" state="created"/>\n`
      // All bytes in one piece are the worst case for whoever waits.
      const whole = bytesOf(
        `<directory>\n${Array.from({ length: count }, (_, index) => entry(index)).join("")}</directory>`
      )
      const turns: Array<number> = []
      let last = cpuMillis()
      const watch = setInterval(() => {
        const now = cpuMillis()
        turns.push(now - last)
        last = now
      }, 1)
      let seen = 0
      let peak = 0
      global.gc?.()
      const before = process.memoryUsage().heapUsed
      yield* Stream.runForEach(xml.elements(Stream.make(whole), 2, about), ({ attributes }) =>
        Effect.sync(() => {
          assert.strictEqual(attributes.etag, String(seen))
          seen++
          if (seen % 1_000 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed - before)
        })
      ).pipe(Effect.ensuring(Effect.sync(() => clearInterval(watch))))
      assert.strictEqual(seen, count)
      const [longest = 0, second = 0] = turns.sort((a, b) => b - a)
      assert.isBelow(second, 50)
      // A collection of what the tests before left behind may fall into one of them.
      assert.isBelow(longest, 250)
      // The document is 30 MB and its entries as objects 100 MB; what is not collected yet counts here too.
      assert.isBelow(peak, 64 * 1024 * 1024)
    })
  )
})
