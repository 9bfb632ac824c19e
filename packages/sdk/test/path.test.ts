import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { encodePath, encodeQuery, requestTarget } from "../src/internal/request/path.ts"

const encoded = (path: string) => Result.getOrThrow(encodePath(path))
const refusal = (path: string) => Result.getOrThrow(Result.flip(encodePath(path))).message

// Code points, so that every plane is drawn from; half of them are ASCII, where the special characters are.
const CodePoint = Schema.Union([
  Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 0x7f })),
  Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 0x10ffff }))
])
const CodePoints = Schema.Array(CodePoint).check(Schema.isMaxLength(40))

// What cannot be in a name becomes an `x`.
const nameOf = (codePoints: ReadonlyArray<number>) => {
  const name = String.fromCodePoint(...codePoints).replaceAll(/[/]|\p{Surrogate}/gu, "x")
  return ["", ".", "..", ".directory-metadata"].includes(name) ? "x" : name
}

describe("encodePath", () => {
  it("encodes what the manual's table names, and only once", () => {
    assert.strictEqual(encoded("/rest/a b\t\n\r+%#?&\\.txt"), "/rest/a%20b%09%0A%0D%2B%25%23%3F%26%5C.txt")
    assert.strictEqual(encoded("/rest/100%25"), "/rest/100%2525")
  })

  it("encodes UTF-8, quotes and the semicolon, and keeps what is safe", () => {
    assert.strictEqual(encoded("/rest/Ü€😀"), "/rest/%C3%9C%E2%82%AC%F0%9F%98%80")
    assert.strictEqual(encoded("/rest/'\"`;<>[]{}|^"), "/rest/%27%22%60%3B%3C%3E%5B%5D%7B%7D%7C%5E")
    assert.strictEqual(encoded("/rest/a-b._~!$()*,:=@Z9"), "/rest/a-b._~!$()*,:=@Z9")
  })

  it("keeps a trailing slash and the root", () => {
    assert.strictEqual(encoded("/rest/folder/"), "/rest/folder/")
    assert.strictEqual(encoded("/rest/a b/"), "/rest/a%20b/")
    assert.strictEqual(encoded("/"), "/")
    assert.strictEqual(encoded("/rest"), "/rest")
  })

  it("takes names that only look reserved", () => {
    assert.strictEqual(encoded("/rest/.../.hidden/..a/a../.directory-metadata.txt/%2e%2e").includes("%252e%252e"), true)
  })

  it("refuses what HCP would store under another name, or not at all", () => {
    assert.match(refusal(""), /^path: is empty/)
    assert.match(refusal("rest/a"), /relative/)
    assert.match(refusal("/rest//a"), /empty segment/)
    assert.match(refusal("/rest/a//"), /empty segment/)
    assert.match(refusal("//"), /empty segment/)
    assert.match(refusal("/rest/../etc"), /`\.\.` segment/)
    assert.match(refusal("/rest/.."), /`\.\.` segment/)
    assert.match(refusal("/rest/./a"), /`\.` segment/)
    assert.match(refusal("/rest/é/../a"), /`\.\.` segment/)
    assert.match(refusal("/rest/a\0b"), /NUL/)
    assert.match(refusal("/rest/\ud800"), /surrogate/)
    assert.match(refusal("/rest/.directory-metadata"), /reserves/)
    assert.match(refusal("/rest/.directory-metadata/x"), /reserves/)
  })

  it("counts encoded bytes after /rest", () => {
    const longest = `/${"a".repeat(4094)}`
    assert.strictEqual(encoded(`/rest${longest}`).length, 4100)
    assert.match(refusal(`/rest${longest}a`), /4096 bytes/)
    assert.match(refusal(`/rest/${"é".repeat(683)}`), /4099 bytes/)
  })

  it.effect.prop(
    "gives every Unicode name back, in characters any server reads",
    [Schema.Array(CodePoints).check(Schema.isMinLength(1), Schema.isMaxLength(5))],
    ([names]) =>
      Effect.gen(function* () {
        const path = `/rest/${names.map(nameOf).join("/")}`
        const wire = yield* Effect.fromResult(encodePath(path))
        assert.match(wire, /^[A-Za-z0-9\-._~/!$()*,:=@%]+$/)
        assert.strictEqual(decodeURIComponent(wire), path)
        assert.strictEqual(wire.split("/").length, path.split("/").length)
        assert.strictEqual(new URL(wire, "http://h").pathname, wire)
      })
  )
})

describe("encodeQuery", () => {
  const query = (parameters: Parameters<typeof encodeQuery>[0]) => Result.getOrThrow(encodeQuery(parameters))

  it("takes a record or pairs, bare flags, and leaves out undefined", () => {
    assert.strictEqual(query({ nowait: "", version: "1", purge: undefined }), "?nowait&version=1")
    assert.strictEqual(
      query([
        ["a", "1"],
        ["a", "2"]
      ]),
      "?a=1&a=2"
    )
    assert.strictEqual(query({}), "")
  })

  it("encodes with %20, and every character that has a meaning", () => {
    assert.strictEqual(
      query({ retention: "A+10y", reason: "a b&c=d#é" }),
      "?retention=A%2B10y&reason=a%20b%26c%3Dd%23%C3%A9"
    )
  })

  it("refuses a parameter without a name and half a surrogate pair", () => {
    assert.isTrue(Result.isFailure(encodeQuery({ "": "x" })))
    assert.isTrue(Result.isFailure(encodeQuery({ reason: "\udfff" })))
  })

  it.effect.prop("is read back by URLSearchParams", [Schema.Array(Schema.Tuple([CodePoints, CodePoints]))], ([drawn]) =>
    Effect.sync(() => {
      const pairs = drawn.map(([name, value]) => [nameOf(name), nameOf(value)] as const)
      assert.deepStrictEqual(
        [...new URLSearchParams(query(pairs))],
        pairs.map(([name, value]) => [name, value])
      )
    })
  )
})

describe("requestTarget", () => {
  it("joins both, and reports the path first", () => {
    assert.strictEqual(Result.getOrThrow(requestTarget("/rest/a b", { type: "acl" })), "/rest/a%20b?type=acl")
    assert.strictEqual(Result.getOrThrow(requestTarget("/rest")), "/rest")
    assert.match(Result.getOrThrow(Result.flip(requestTarget("", { "": "" }))).message, /^path/)
  })
})
