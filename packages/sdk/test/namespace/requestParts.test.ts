import { assert, describe, it } from "@effect/vitest"
import { DateTime, Result } from "effect"
import * as HcpHeaders from "../../src/HcpHeaders.ts"
import * as ByteRange from "../../src/namespace/ByteRange.ts"
import * as Conditions from "../../src/namespace/Conditions.ts"
import * as CopySource from "../../src/namespace/CopySource.ts"
import { toPairs } from "../../src/namespace/internal/settings.ts"
import * as Retention from "../../src/namespace/Retention.ts"

const headers = (conditions: Conditions.Conditions) =>
  Result.match(Conditions.toHeaders(conditions), {
    onFailure: ({ field }) => field,
    onSuccess: (pairs) => pairs.map(([name, value]) => `${name}: ${value}`).join("\n")
  })

describe("conditions", () => {
  it("quote ETags that are not, and leave alone those that are", () => {
    assert.strictEqual(headers({ ifMatch: "abc" }), 'If-Match: "abc"')
    assert.strictEqual(headers({ ifMatch: '"abc"' }), 'If-Match: "abc"')
    assert.strictEqual(headers({ ifMatch: 'W/"abc"' }), 'If-Match: W/"abc"')
    assert.strictEqual(headers({ ifNoneMatch: ["a", '"b,c"'] }), 'If-None-Match: "a", "b,c"')
    assert.strictEqual(headers({ ifNoneMatch: "*" }), "If-None-Match: *")
  })

  it("refuse what is no ETag, for it might be read as several or as a header of its own", () => {
    for (const etag of ["", "a,b", "a b", 'a"', "a\r\nX: y", '"a" "b"', "\u6771"]) {
      assert.strictEqual(headers({ ifMatch: etag }), "ifMatch", JSON.stringify(etag))
    }
    assert.strictEqual(headers({ ifNoneMatch: [] }), "ifNoneMatch")
    assert.strictEqual(headers({ ifNoneMatch: ["a", "*"] }), "ifNoneMatch")
  })

  it("take a time of any zone", () => {
    const at = DateTime.makeUnsafe("2026-01-31T13:00:00+01:00")
    const there = DateTime.makeZonedUnsafe("2026-01-31T12:00:00Z", { timeZone: "Asia/Tokyo" })
    for (const time of [at, there]) {
      assert.strictEqual(headers({ ifModifiedSince: time }), "If-Modified-Since: Sat, 31 Jan 2026 12:00:00 GMT")
    }
  })
})

describe("conditions of a request to a server", () => {
  const sent = (given: Readonly<Record<string, string>>) => headers(Conditions.fromHeaders(given))

  it("are those of its headers", () => {
    assert.strictEqual(sent({ "if-match": '"a,b" ,W/"c",, d' }), 'If-Match: "a,b", W/"c", "d"')
    assert.strictEqual(sent({ "if-none-match": " * " }), "If-None-Match: *")
    const since = "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"
    for (const date of [
      "Sun, 06 Nov 1994 08:49:37 GMT",
      "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun Nov  6 08:49:37 1994"
    ]) {
      assert.strictEqual(sent({ "if-modified-since": date }), since, date)
      assert.strictEqual(sent({ "if-unmodified-since": date }), since.replace("Modified", "Unmodified"), date)
    }
    assert.strictEqual(sent({ range: "bytes=0-" }), "")
  })

  it("are left aside where a server has to: a time that is none, and one beside ETags", () => {
    const at = "Sun, 06 Nov 1994 08:49:37 GMT"
    assert.strictEqual(sent({ "if-modified-since": "5", "if-unmodified-since": "soon" }), "")
    assert.strictEqual(sent({ "if-none-match": '"a"', "if-modified-since": at }), 'If-None-Match: "a"')
    assert.strictEqual(sent({ "if-match": '"a"', "if-unmodified-since": at }), 'If-Match: "a"')
  })

  it("fail the call where they are no list of ETags, for to leave them aside would overwrite what is there", () => {
    for (const odd of ["", " ", '"a', '"a", *', '"a"; "b"', "\u6771"]) {
      assert.strictEqual(sent({ "if-match": odd }), "ifMatch", JSON.stringify(odd))
      assert.strictEqual(sent({ "if-none-match": odd }), "ifNoneMatch", JSON.stringify(odd))
    }
  })
})

describe("settings", () => {
  const pairs = (retention: Retention.Retention) =>
    Result.match(toPairs({ retention }), { onFailure: ({ field }) => field, onSuccess: (found) => found })

  it("hold no retention that was put together by hand and is none", () => {
    for (const odd of [
      { _tag: "Until", at: { ...DateTime.makeUnsafe(0), epochMilliseconds: Number.NaN } },
      { _tag: "Until", at: DateTime.makeUnsafe(8_640_000_000_000_000) },
      { _tag: "Until", at: DateTime.makeUnsafe(253_402_300_800_000) },
      { _tag: "OfClass", name: "a b" },
      { _tag: "Offset", base: "ingest", parts: {} },
      { _tag: "Offset", base: "ingest", parts: { years: 0.5 } }
    ] as const) {
      assert.strictEqual(pairs(odd), "retention", JSON.stringify(odd))
    }
    assert.deepStrictEqual(pairs(Retention.years(10)), [["retention", "A+10y"]])
    assert.deepStrictEqual(pairs(Retention.until(DateTime.makeUnsafe(0))), [["retention", "1970-01-01T00:00:00+0000"]])
  })
})

describe("the range of a request to a server", () => {
  const asked = (header: string | undefined) => {
    const range = ByteRange.fromHeader(header)
    return range === undefined ? undefined : Result.getOrThrow(ByteRange.print(range))
  }

  it("is that of its header", () => {
    for (const range of ["bytes=0-0", "bytes=2-4", "bytes=7-", "bytes=-3"]) assert.strictEqual(asked(range), range)
    assert.strictEqual(asked(" BYTES= 2-4 "), "bytes=2-4")
  })

  it("goes to the end where a number is larger than any position", () => {
    const huge = "9".repeat(400)
    const largest = Number.MAX_SAFE_INTEGER
    assert.strictEqual(asked(`bytes=4-${huge}`), `bytes=4-${largest}`)
    assert.strictEqual(asked(`bytes=-${huge}`), `bytes=-${largest}`)
    assert.strictEqual(asked(`bytes=${huge}-`), `bytes=${largest}-`)
  })

  it("is none where a server answers with the whole", () => {
    for (const odd of [undefined, "", "bytes", "bytes=", "bytes=-", "bytes=-0", "bytes=4-2", "bytes=0-1,4-5"]) {
      assert.isUndefined(asked(odd), odd)
    }
    for (const odd of ["lines=1-2", "bytes=1.5-2", "bytes=--1", "bytes=0x1-", "bytes=1 - 2"]) {
      assert.isUndefined(asked(odd), odd)
    }
  })
})

describe("a range that was sent", () => {
  const received = (range: ByteRange.ByteRange | undefined, contentRange: string | undefined) =>
    ByteRange.received(range, { status: 206, headers: HcpHeaders.make({ "Content-Range": contentRange }) }, undefined)
  const isTaken = (range: ByteRange.ByteRange, contentRange: string) => Result.isSuccess(received(range, contentRange))

  it("is read from its header, and only if it makes sense", () => {
    const sent = Result.getOrThrow(received(ByteRange.between(2, 4), "bytes 2-4/10"))
    assert.deepStrictEqual(sent, { first: 2, last: 4, size: 10 })
    for (const odd of [undefined, "", "bytes 4-2/10", "bytes 2-10/10", "bytes */10", "2-4/10"]) {
      for (const range of [ByteRange.between(2, 4), ByteRange.between(2, 10), ByteRange.last(3), undefined]) {
        assert.isTrue(Result.isFailure(received(range, odd)), odd)
      }
    }
  })

  it("is compared as far as it says something where it has no total", () => {
    const sent = "bytes 2-4/*"
    assert.isTrue(isTaken(ByteRange.from(2), sent))
    assert.isTrue(isTaken(ByteRange.between(2, 4), sent))
    assert.isFalse(isTaken(ByteRange.between(2, 3), sent))
    assert.isTrue(isTaken(ByteRange.last(3), sent))
    assert.isFalse(isTaken(ByteRange.last(2), sent))
  })

  it("may be the whole with status 200 where it is exactly what was asked for", () => {
    const whole = { status: 200, headers: HcpHeaders.make() }
    const table: ReadonlyArray<readonly [ByteRange.ByteRange, number | undefined, boolean]> = [
      [ByteRange.from(0), undefined, true],
      [ByteRange.from(1), 3, false],
      [ByteRange.between(0, 2), 3, true],
      [ByteRange.between(0, 100), 3, true],
      [ByteRange.between(0, 1), 3, false],
      [ByteRange.between(1, 2), 3, false],
      [ByteRange.between(0, 100), undefined, false],
      [ByteRange.between(0, 0), 0, true],
      [ByteRange.last(3), 3, true],
      [ByteRange.last(5), 3, true],
      [ByteRange.last(2), 3, false],
      [ByteRange.last(5), undefined, false]
    ]
    for (const [range, size, isTaken] of table) {
      const result = ByteRange.received(range, whole, size)
      assert.strictEqual(Result.isSuccess(result), isTaken, JSON.stringify([range, size]))
      if (Result.isSuccess(result)) assert.isUndefined(result.success)
    }
  })
})

describe("the source of a copy", () => {
  const here = { namespace: "n1", tenant: "t1" }
  const printed = (source: CopySource.CopySource, encoding?: CopySource.CopyEncoding) =>
    Result.match(CopySource.print(source, here, encoding), {
      onFailure: ({ field }) => field,
      onSuccess: (value) => value
    })

  it("is encoded once or twice, which is the same for plain names", () => {
    assert.strictEqual(printed({ path: "/d/a-1_b.txt" }, "once"), "n1.t1/d/a-1_b.txt")
    assert.strictEqual(printed({ path: "/d/a-1_b.txt" }, "twice"), "n1.t1/d/a-1_b.txt")
    assert.strictEqual(printed({ path: "/a b?%" }), "n1.t1/a%20b%3F%25")
    assert.strictEqual(printed({ path: "/a b?%" }, "twice"), "n1.t1/a%2520b%253F%2525")
    assert.strictEqual(printed({ path: "/a", versionId: "5" }), "n1.t1/a?version=5")
    assert.strictEqual(printed({ path: "/rest/a/" }), "n1.t1/rest/a")
  })

  it("is checked", () => {
    assert.strictEqual(printed({ path: "/../a" }), "source path")
    assert.strictEqual(printed({ path: "/a", namespace: "n/1" }), "source namespace")
    assert.strictEqual(printed({ path: "/a", tenant: "" }), "source tenant")
    assert.strictEqual(printed({ path: "/a", versionId: "list" }), "source versionId")
  })

  it("takes its defaults from the name of the host", () => {
    assert.deepStrictEqual(CopySource.hereOf("n1.t1.hcp1.example.com."), here)
    assert.isUndefined(CopySource.hereOf("localhost"))
    assert.isUndefined(CopySource.hereOf("n1.t1"))
  })
})
