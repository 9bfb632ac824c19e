import { assert, it } from "@effect/vitest"
import * as Xml from "@effect-hcp/sdk/Xml"
import { Effect, Stream } from "effect"
import { isKeyed, prefixOf, readPage } from "../src/internal/listPage.ts"

const pageOf = (text: string) =>
  readPage(Xml.events(Stream.make(new TextEncoder().encode(text)), { operation: "GET" }), new Set(["Contents"]))

it.effect("a page is read leniently: by local name, the first of several, with what is odd as absent", () =>
  Effect.gen(function* () {
    const { fields, items, root } = yield* pageOf(`<s3:ListBucketResult xmlns:s3="x">
      <s3:Name>finance</s3:Name><s3:Name>other</s3:Name><Prefix/><IsTruncated> TRUE </IsTruncated>
      <Owner><ID>o1</ID></Owner>
      <s3:Contents><Key>a</Key><Size>12</Size><Size>13</Size><ETag>"e1"</ETag>
        <Owner><ID>7</ID><DisplayName>Ann</DisplayName><Key>b</Key></Owner></s3:Contents>
      <Contents><Size>x</Size><LastModified>never</LastModified><Owner/></Contents>
    </s3:ListBucketResult>`)
    assert.strictEqual(root, "ListBucketResult")
    assert.deepStrictEqual([fields.text("Name"), fields.boolean("IsTruncated")], ["finance", true])
    assert.deepStrictEqual([fields.has("Prefix"), fields.isGiven("Prefix"), fields.has("Key")], [true, false, false])
    assert.deepStrictEqual(fields.person("Owner"), { id: "o1", displayName: undefined })
    const [first, second, ...others] = items
    assert(first !== undefined && second !== undefined)
    assert.deepStrictEqual(others, [])
    assert.deepStrictEqual(first.fields.key("Key"), { text: "a", raw: undefined })
    assert.deepStrictEqual([first.fields.count("Size"), first.fields.etag("ETag")], [12, "e1"])
    assert.deepStrictEqual(first.fields.person("Owner"), { id: "7", displayName: "Ann" })
    assert.isFalse(isKeyed(second))
    assert.deepStrictEqual([second.fields.count("Size"), second.fields.time("LastModified")], [undefined, undefined])
    assert.isUndefined(second.fields.person("Owner"))
    // It can be looked at as often as somebody wants to.
    assert.lengthOf([...items], 2)
  })
)

it.effect("keys are decoded as the page says, wherever it says so; each prefix is an item of its own", () =>
  Effect.gen(function* () {
    const content = `<Contents><Key>a%2Bb+c%01d</Key></Contents>
      <CommonPrefixes><Prefix>q%2F</Prefix><Prefix>%FF/</Prefix></CommonPrefixes>
      <CommonPrefixes><Prefix>z/</Prefix></CommonPrefixes>`
    for (const said of ["EncodingType", "Encoding-Type"]) {
      for (const place of [0, 1]) {
        const mark = `<${said}>url</${said}>`
        const inside = place === 0 ? mark + content : content + mark
        const { items } = yield* pageOf(`<ListBucketResult>${inside}</ListBucketResult>`)
        const [key, ...prefixes] = items
        assert.strictEqual(key?.fields.key("Key")?.text, "a+b c\u0001d")
        assert.deepStrictEqual(
          prefixes.map((item) => prefixOf(item)?.raw ?? prefixOf(item)?.text),
          ["q/", "%FF/", "z/"]
        )
      }
    }
    const { items } = yield* pageOf(`<ListBucketResult>${content}</ListBucketResult>`)
    const [plain] = items
    assert.strictEqual(plain?.fields.key("Key")?.text, "a%2Bb+c%01d")
  })
)
