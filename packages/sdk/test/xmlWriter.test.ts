import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Stream } from "effect"
import * as xml from "../src/internal/xml/reader.ts"
import { document, element } from "../src/internal/xml/writer.ts"

const written = (root: ReturnType<typeof element>): string => {
  const result = document(root)
  assert(Result.isSuccess(result))
  return result.success
}

describe("xmlWriter", () => {
  it("writes elements, attributes and texts, and leaves out what is undefined", () => {
    const root = element(
      "acl",
      { id: 7, open: true, none: undefined },
      element("grant"),
      undefined,
      element("n:name", {}, "a", 1, false)
    )
    assert.strictEqual(
      written(root),
      '<?xml version="1.0" encoding="UTF-8"?><acl id="7" open="true"><grant/><n:name>a1false</n:name></acl>'
    )
  })

  it.effect("what it writes is read back as it was, whatever is in it", () =>
    Effect.gen(function* () {
      const odd = ` <&>"'\t\r\n]]> <!-- <![CDATA[ &amp; &#0; \u0085\u2028\ud83d\udcda\u{10ffff} `
      const source = Stream.make(new TextEncoder().encode(written(element("a", { odd }, odd, element("b", {}, odd)))))
      const [root] = yield* Stream.runCollect(xml.elements(source, 1, { operation: "test" }))
      assert.deepStrictEqual([root?.attributes.odd, root?.text, root?.children[0]?.text], [odd, odd, odd])
    })
  )

  it("refuses what XML 1.0 cannot carry, and says where it is without quoting it", () => {
    for (const bad of ["\0", "\u0008", "\u000b", "\u001f", "\ufffe", "\uffff", "\ud800", "a\udc00b", "\udc00\ud800"]) {
      for (const [root, field] of [
        [element("acl", {}, element("grant", { id: `secret${bad}` })), "acl/grant@id"],
        [element("acl", {}, element("grant", {}, `secret${bad}`)), "acl/grant"]
      ] as const) {
        const result = document(root)
        assert(Result.isFailure(result), JSON.stringify(bad))
        assert.strictEqual(result.failure.field, field)
        assert.match(result.failure.detail, /U\+[0-9A-F]{4} at \d/)
        assert.notInclude(result.failure.message, "secret")
      }
    }
  })

  it("names are the programmer's: a wrong one throws", () => {
    for (const name of ["", "a b", "1a", "a>", "a:b:c"]) {
      assert.throws(() => document(element(name)), RangeError)
      assert.throws(() => document(element("a", { [name]: "x" })), RangeError)
    }
  })
})
