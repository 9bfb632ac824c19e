import { assert, describe, it } from "@effect/vitest"
import { histogram, percentile } from "../src/internal/latencies.ts"

describe("latencies", () => {
  it("have percentiles that were measured", () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1)
    assert.deepStrictEqual(
      [0, 0.5, 0.9, 0.99, 1].map((share) => percentile(values, share)),
      [1, 50, 90, 99, 100]
    )
    assert.strictEqual(percentile([7], 0.5), 7)
    assert.strictEqual(percentile([], 0.5), 0)
  })

  it("are counted in buckets that double, without those before the first", () => {
    assert.deepStrictEqual(histogram([1.2, 1.9, 2, 9]), [
      { below: 2, count: 2 },
      { below: 4, count: 1 },
      { below: 8, count: 0 },
      { below: 16, count: 1 }
    ])
    assert.deepStrictEqual(histogram([0, 0.1]), [{ below: 0.25, count: 2 }])
    assert.deepStrictEqual(histogram([]), [])
  })
})
