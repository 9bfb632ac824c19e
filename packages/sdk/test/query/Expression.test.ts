import { assert, describe, it } from "@effect/vitest"
import { DateTime, Result } from "effect"
import * as E from "../../src/query/Expression.ts"

const size = E.range("size", { from: 1 })
const hold = E.equals("hold", true)

describe("Expression.print", () => {
  it("writes what HCP reads", () => {
    const cases: ReadonlyArray<readonly [expression: E.Expression, text: string]> = [
      [E.anything, "*:*"],
      [hold, "hold:true"],
      [E.equals("retention", -1), "retention:\\-1"],
      [E.equals("utf8Name", "report.pdf"), "utf8Name:report.pdf"],
      [E.equals("utf8Name", "annual report (1).pdf"), 'utf8Name:"annual report \\(1\\).pdf"'],
      [E.equals("utf8Name", 'say "\\o/"'), 'utf8Name:"say \\"\\\\o/\\""'],
      [E.equals("utf8Name", "a-b"), "utf8Name:a\\-b"],
      [E.equals("utf8Name", "what?*"), 'utf8Name:"what\\?\\*"'],
      [E.equals("utf8Name", "OR"), 'utf8Name:"OR"'],
      [E.equals("objectPath", "/a/b"), 'objectPath:"/a/b"'],
      [E.equals("utf8Name", "Übung"), "utf8Name:Übung"],
      [E.phrase("utf8Name", "one"), 'utf8Name:"one"'],
      [E.content("Müller & Söhne"), 'customMetadataContent:"Müller & Söhne"'],
      [
        E.equals("changeTimeMilliseconds", { at: DateTime.makeUnsafe(1_262_304_000_000), count: 7 }),
        "changeTimeMilliseconds:1262304000000.07"
      ],
      [
        E.equals("changeTimeMilliseconds", DateTime.makeUnsafe(1_262_304_000_000)),
        "changeTimeMilliseconds:1262304000000.00"
      ],
      [E.range("ingestTime", { from: DateTime.makeUnsafe(1_262_304_000_999) }), "ingestTime:[1262304000 TO *]"],
      [E.oneOf("retentionClass", ["SEC", "HIPAA 2"]), 'retentionClass:(SEC "HIPAA 2")'],
      [E.wildcard("utf8Name", "a?b*.pdf"), "utf8Name:a?b*.pdf"],
      [E.wildcard("utf8Name", "a\\*(1)*"), "utf8Name:a\\*\\(1\\)*"],
      [E.wildcard("utf8Name", "a\\\\*"), "utf8Name:a\\\\*"],
      [E.range("size", { from: 1, to: 9 }), "size:[1 TO 9]"],
      [E.range("size", { after: 1, before: 9 }), "size:{1 TO 9}"],
      [E.range("size", { after: 1, to: 9 }), "size:{1 TO 9]"],
      [E.range("retention", { from: -2, before: 0 }), "retention:[\\-2 TO 0}"],
      [size, "size:[1 TO *]"],
      [E.exists("retentionClass"), "retentionClass:[* TO *]"],
      [E.equals("odd:name", 1), "odd\\:name:1"],
      [E.all(size, hold), "+size:[1 TO *] +hold:true"],
      [E.any(size, hold), "size:[1 TO *] hold:true"],
      [E.not(hold), "+*:* -hold:true"],
      [E.all(size, E.not(hold), E.any(hold, E.anything)), "+size:[1 TO *] +(hold:true *:*) -hold:true"],
      [E.all(E.not(hold), E.not(size)), "+*:* -hold:true -size:[1 TO *]"],
      [E.any(E.not(hold), size), "(+*:* -hold:true) size:[1 TO *]"],
      [E.all(), "*:*"],
      [E.combined({ must: [size], should: [hold] }), "+size:[1 TO *] hold:true"],
      [E.raw("+a:b c"), "+a:b c"],
      [E.all(E.raw("a:b c:d"), hold), "+(a:b c:d) +hold:true"]
    ]
    for (const [expression, text] of cases) assert.deepStrictEqual(E.print(expression), Result.succeed(text))
  })

  it("refuses what HCP has no way to read, and says what", () => {
    const cases: ReadonlyArray<readonly [expression: E.Expression, detail: RegExp]> = [
      [E.wildcard("utf8Name", "*.pdf"), /begins with a wildcard/],
      [E.wildcard("utf8Name", "?a"), /begins with a wildcard/],
      [E.wildcard("utf8Name", "a b*"), /write \? for it/],
      [E.wildcard("utf8Name", "a\\"), /backslash/],
      [E.wildcard("utf8Name", ""), /empty/],
      [E.equals("utf8Name", " "), /value is empty/],
      [E.equals("utf8Name", "a\u0000"), /control/],
      [E.equals("utf8Name", "a\ud800"), /control/],
      [E.equals("size", Number.NaN), /no number/],
      [E.equals("", 1), /no name of a property/],
      [E.equals("a b", 1), /no name of a property/],
      [E.oneOf("size", []), /list of values for size is empty/],
      [E.any(), /combinations is empty/],
      [E.all(hold, E.any()), /combinations is empty/],
      [E.raw("  "), /empty/],
      [E.range("size", { from: 1, after: 1 }), /both from and after/],
      [E.range("size", { to: 1, before: 1 }), /both to and before/],
      [Array.from({ length: 100 }).reduce<E.Expression>((inner) => E.any(inner, hold), hold), /deep inside/]
    ]
    for (const [expression, detail] of cases) {
      const printed = E.print(expression)
      if (Result.isSuccess(printed)) assert.fail(`${printed.success} was written`)
      assert.strictEqual(printed.failure.field, "query")
      assert.match(printed.failure.detail, detail)
    }
  })
})
