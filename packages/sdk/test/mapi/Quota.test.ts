import { assert, describe, it } from "@effect/vitest"
import { Effect, Equal, Result, Schema } from "effect"
import * as Quota from "../../src/mapi/Quota.ts"

const parsed = (text: string) => Result.map(Quota.parse(text), (quota) => [Quota.print(quota), Quota.bytes(quota)])

describe("a quota", () => {
  it("is read as HCP and people write it, and counts by 1024", () => {
    for (const [text, printed, bytes] of [
      ["50.00 GB", "50 GB", 50 * 1024 ** 3],
      ["50 GB", "50 GB", 53_687_091_200],
      ["1.5TB", "1.5 TB", 1.5 * 1024 ** 4],
      [" .01 TB ", "0.01 TB", 10_995_116_277],
      ["100 mb", "100 MB", 104_857_600],
      ["2.500 GB", "2.5 GB", 2_684_354_560]
    ] as const) {
      assert.deepStrictEqual(Result.getOrThrow(parsed(text)), [printed, bytes], text)
    }
  })

  it("that is none is refused with how to write one", () => {
    for (const text of [
      "",
      "GB",
      "50",
      "-1 GB",
      "1.234 GB",
      "1 KB",
      "1 PB",
      "1 B",
      "50 GiB",
      ". GB",
      "1e3 GB",
      "5 GB more"
    ]) {
      const failure = Result.getOrThrow(Result.flip(Quota.parse(text, "hardQuota")))
      assert.strictEqual(failure.field, "hardQuota")
      assert.include(failure.detail, 'e.g. "50 GB"', text)
    }
  })

  it("is equal to one of as many bytes", () => {
    assert.isTrue(Equal.equals(Quota.gb(512), Quota.tb(0.5)))
    assert.isFalse(Equal.equals(Quota.gb(512), Quota.tb(0.51)))
    assert.isTrue(Quota.isQuota(Quota.mb(1)))
    assert.isFalse(Quota.isQuota({ hundredths: 1, unit: "GB" }))
    assert.strictEqual(JSON.stringify({ hardQuota: Quota.gb(1.25) }), '{"hardQuota":"1.25 GB"}')
  })

  it("of a number of bytes is the smallest that holds them", () => {
    for (const [bytes, printed] of [
      [53_687_091_200, "50 GB"],
      [1024 ** 4, "1 TB"],
      [1, "0.01 MB"],
      [0, "0 MB"],
      [1024 ** 3 + 1, "1024.01 MB"]
    ] as const) {
      const quota = Result.getOrThrow(Quota.fromBytes(bytes))
      assert.strictEqual(Quota.print(quota), printed)
      assert.isAtLeast(Quota.bytes(quota), bytes)
    }
    for (const bytes of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.isTrue(Result.isFailure(Quota.fromBytes(bytes)))
    }
  })

  it("of a literal that makes no sense is a programmer's error", () => {
    for (const value of [-1, 0.001, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => Quota.gb(value), RangeError)
    }
  })

  it.effect.prop(
    "is the same after printing and reading",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000_000 }))],
    ([hundredths]) =>
      Effect.sync(() => {
        const quota = Quota.gb(hundredths / 100)
        assert.isTrue(Equal.equals(Result.getOrThrow(Quota.parse(Quota.print(quota))), quota))
      })
  )
})
