import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as LabelledHold from "../../src/namespace/LabelledHold.ts"

const detailOf = (holds: ReadonlyArray<LabelledHold.LabelledHold>): string => {
  const result = LabelledHold.encode(holds)
  assert(Result.isFailure(result))
  assert.strictEqual(result.failure.field, "labelledHolds")
  return result.failure.detail
}

describe("encode", () => {
  it("writes the JSON HCP takes", () => {
    assert.deepStrictEqual(
      LabelledHold.encode([LabelledHold.hold('case "1"'), LabelledHold.release("ü")]),
      Result.succeed('[{"id":"case \\"1\\"","hold":true},{"id":"ü","hold":false}]')
    )
  })

  it("checks labels first", () => {
    assert.include(detailOf([LabelledHold.hold("")]), "1 to 64")
    assert.include(detailOf([LabelledHold.hold("x".repeat(65))]), "65 characters")
    assert.isTrue(Result.isSuccess(LabelledHold.encode([LabelledHold.hold("😀".repeat(64))])))
    assert.include(detailOf([LabelledHold.hold("\ud800")]), "surrogate")
    assert.include(detailOf([LabelledHold.hold("a"), LabelledHold.release("a")]), "twice")
    const many = Array.from({ length: 101 }, (_, index) => LabelledHold.hold(String(index)))
    assert.include(detailOf(many), "101")
    assert.isTrue(Result.isSuccess(LabelledHold.encode(many.slice(1))))
  })
})

describe("fromHeader", () => {
  it("reads what is there, and survives the rest", () => {
    const holds = [LabelledHold.hold("a"), LabelledHold.release("b")]
    assert.deepStrictEqual(LabelledHold.fromHeader(Result.getOrThrow(LabelledHold.encode(holds))), holds)
    assert.deepStrictEqual(LabelledHold.fromHeader('[{"hold":"TRUE","id":7},{"id":"b","hold":"no"},{"id":"c"},1,{}]'), [
      { id: "7", hold: true },
      { id: "b", hold: false },
      { id: "c", hold: true }
    ])
    for (const odd of [undefined, "", " ", "null", "nonsense", "[", "{}"]) {
      assert.deepStrictEqual(LabelledHold.fromHeader(odd), [])
    }
  })
})
