import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { restPath } from "../../src/namespace/internal/restPath.ts"

const wire = (path: string) => Result.getOrThrow(restPath(path))

const detailOf = (path: string): string => {
  const result = restPath(path)
  assert(Result.isFailure(result), `${path} was taken`)
  assert.strictEqual(result.failure.field, "path")
  return result.failure.detail
}

describe("restPath", () => {
  it("puts /rest before the path, always", () => {
    assert.strictEqual(wire("/"), "/rest")
    assert.strictEqual(wire("/a b/ü%+.txt"), "/rest/a b/ü%+.txt")
    assert.strictEqual(wire("/dir/"), "/rest/dir")
    assert.strictEqual(wire("/rest"), "/rest/rest")
    assert.strictEqual(wire("/rest/a"), "/rest/rest/a")
  })

  it("refuses what HCP could not find again", () => {
    assert.include(detailOf(""), "empty")
    assert.include(detailOf("a"), "relative")
    assert.include(detailOf("//"), "empty segment")
    assert.include(detailOf("/a//b"), "empty segment")
    assert.include(detailOf("/a/./b"), "`.`")
    assert.include(detailOf("/.."), "`..`")
    assert.include(detailOf("/a/.directory-metadata/b"), "reserves")
    assert.include(detailOf("/a\0"), "NUL")
    assert.include(detailOf("/\ud800"), "surrogate")
  })

  it("counts encoded bytes after /rest", () => {
    assert.strictEqual(wire(`/${"a".repeat(4094)}`).length, 4100)
    assert.include(detailOf(`/${"a".repeat(4095)}`), "4096 bytes")
    assert.include(detailOf(`/${"ü".repeat(683)}`), "bytes when encoded")
  })
})
