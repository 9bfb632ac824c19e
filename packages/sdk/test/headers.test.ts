import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import * as HcpHeaders from "../src/HcpHeaders.ts"
import { checkHeaders } from "../src/internal/request/headers.ts"

const refusal = (headers: Parameters<typeof checkHeaders>[0]) =>
  Result.getOrThrow(Result.flip(checkHeaders(headers))).message

describe("checkHeaders", () => {
  it("flattens a record or pairs and leaves the caller's object alone", () => {
    const given = Object.freeze({ "X-HCP-Size": "18", "If-Match": undefined })
    assert.deepStrictEqual(Result.getOrThrow(checkHeaders(given)), ["X-HCP-Size", "18"])
    assert.deepStrictEqual(given, { "X-HCP-Size": "18", "If-Match": undefined })
    const pairs = [
      ["A", "1"],
      ["a", "ü"]
    ] as const
    assert.deepStrictEqual(Result.getOrThrow(checkHeaders(pairs)), ["A", "1", "a", "ü"])
  })

  it("sends what a record inherits, as options are read", () => {
    const inherited: Record<string, string> = Object.create({ "X-HCP-Retention": "A+5y" })
    inherited["X-Note"] = "1"
    assert.deepStrictEqual(Result.getOrThrow(checkHeaders(inherited)), ["X-Note", "1", "X-HCP-Retention", "A+5y"])
  })

  it("sends once what is given twice alike, and refuses one of different values", () => {
    const alike = [
      ["Content-Type", "text/plain"],
      ["X-Note", "1"],
      ["content-type", "text/plain"],
      ["X-Note", "1"]
    ] as const
    assert.deepStrictEqual(Result.getOrThrow(checkHeaders(alike)), [
      "Content-Type",
      "text/plain",
      "X-Note",
      "1",
      "X-Note",
      "1"
    ])
    for (const name of [
      "Content-Type",
      "if-match",
      "Range",
      "X-HCP-Size",
      "x-amz-meta-a",
      "X-Object-Meta-A",
      "Accept"
    ]) {
      const message = refusal([
        [name, "CANARY-1"],
        ["X-Note", "1"],
        [name.toUpperCase(), "CANARY-2"]
      ])
      assert.match(message, new RegExp(`^header "${name}": is given twice`, "i"))
      assert.notInclude(message, "CANARY")
    }
  })

  it("refuses what the SDK sets itself, in any case of letters", () => {
    for (const name of [
      "Host",
      "CONTENT-LENGTH",
      "transfer-encoding",
      "Connection",
      "Expect",
      "authorization",
      "Cookie",
      "X-Auth-Token"
    ]) {
      assert.match(refusal({ [name]: "x" }), /is set by the SDK/)
    }
  })

  it("refuses injection and names the header, never the value", () => {
    for (const value of ["CANARY\r\nHost: evil", "CANARY\n", "CANARY\0", "CANARY\u0100", "CANARY\x7f"]) {
      const message = refusal({ "X-Note": value })
      assert.match(message, /^header "X-Note": /)
      assert.notInclude(message, "CANARY")
    }
    assert.match(refusal({ "X Note": "a" }), /not a header name/)
    assert.match(refusal({ "X-Note\r\n": "a" }), /not a header name/)
    assert.match(refusal({ "": "a" }), /not a header name/)
  })

  const CodePoint = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0x120 }))
  it.effect.prop("lets nothing through that is not one line of Latin-1", [Schema.Array(CodePoint)], ([codePoints]) =>
    Effect.sync(() => {
      const value = String.fromCodePoint(...codePoints)
      const result = checkHeaders({ "X-Note": value })
      const sendable = [...value].every((char) => char === "\t" || /^[ -~\x80-\xff]$/.test(char))
      assert.strictEqual(Result.isSuccess(result), sendable)
    })
  )
})

describe("ResponseHeaders", () => {
  it("gives those whose names begin alike, as bytes and as texts, in their order", () => {
    const raw = [
      "X-Amz-Meta-B",
      "2",
      "x-amz",
      "no",
      "Content-Length",
      "3",
      "X-AMZ-META-a",
      "1",
      "x-amz-meta-b",
      "ü",
      "x-amz-meta-",
      ""
    ]
    for (const headers of [raw, raw.map((part) => Buffer.from(part, "latin1"))]) {
      assert.deepStrictEqual(
        [...new HcpHeaders.ResponseHeaders(headers).startingWith("X-Amz-Meta-")],
        [
          ["x-amz-meta-b", "2"],
          ["x-amz-meta-a", "1"],
          ["x-amz-meta-b", "ü"],
          ["x-amz-meta-", ""]
        ]
      )
    }
  })

  const headers = new HcpHeaders.ResponseHeaders([
    Buffer.from("ETag"),
    Buffer.from('"abc"'),
    Buffer.from("X-HCP-Owner"),
    Buffer.from("J\xf6rg", "latin1"),
    "Set-Cookie",
    "HCAP-Login=CANARY",
    "X-HCP-Domain",
    "",
    "Warning",
    "one",
    "warning",
    "two"
  ])

  it("looks up without regard to case, in bytes and strings", () => {
    assert.strictEqual(headers.get("etag"), '"abc"')
    assert.strictEqual(headers.get("X-Hcp-Owner"), "Jörg")
    assert.strictEqual(headers.get("x-hcp-domain"), "")
    assert.isTrue(headers.has("X-HCP-DOMAIN"))
    assert.strictEqual(headers.get("x-hcp-other"), undefined)
    assert.isFalse(headers.has("etags"))
    assert.deepStrictEqual(headers.getAll("WARNING"), ["one", "two"])
    assert.deepStrictEqual(headers.getAll("none"), [])
  })

  it("gives every header in order", () => {
    assert.deepStrictEqual(
      [...headers].map(([name]) => name),
      ["etag", "x-hcp-owner", "set-cookie", "x-hcp-domain", "warning", "warning"]
    )
  })

  it("prints without the cookie", () => {
    for (const printed of [
      JSON.stringify(headers),
      String(headers),
      inspect(headers, { depth: 9, showHidden: true })
    ]) {
      assert.notInclude(printed, "CANARY")
      assert.include(printed, "one, two")
    }
    assert.strictEqual(headers.get("set-cookie"), "HCAP-Login=CANARY")
  })

  it("prints without tokens", () => {
    const answer = HcpHeaders.make({
      "X-Subject-Token": "CANARY",
      "X-Auth-Token": "CANARY",
      "X-Storage-Token": "CANARY"
    })
    assert.notInclude(inspect(answer), "CANARY")
    assert.strictEqual(answer.get("x-subject-token"), "CANARY")
  })

  it("is made from a record or pairs in tests", () => {
    assert.strictEqual(HcpHeaders.make({ ETag: "x", Other: undefined }).get("etag"), "x")
    assert.isFalse(HcpHeaders.make({ Other: undefined }).has("other"))
    assert.deepStrictEqual([...HcpHeaders.make()], [])
  })
})
