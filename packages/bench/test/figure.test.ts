import { assert, describe, it } from "@effect/vitest"
import { atLeast, atMost, isMissed, jsonLine, plain, tally } from "../src/figure.ts"

const about = { suite: "small", case: "GET 1 KiB, 64 fibers", metric: "ops ratio to undici Pool.request" }

describe("a figure", () => {
  it("is a line of JSON with its fields in order", () => {
    assert.strictEqual(
      jsonLine(atLeast(about, 1.04, 1)),
      '{"suite":"small","case":"GET 1 KiB, 64 fibers","metric":"ops ratio to undici Pool.request","value":1.04,"target":1,"ok":true}'
    )
  })

  it("without a target says neither target nor ok", () => {
    assert.strictEqual(
      jsonLine(plain(about, 12_345.678)),
      '{"suite":"small","case":"GET 1 KiB, 64 fibers","metric":"ops ratio to undici Pool.request","value":12350}'
    )
  })

  it("meets its target on the right side of it, and on it", () => {
    assert.isFalse(isMissed(atLeast(about, 1, 1)))
    assert.isTrue(isMissed(atLeast(about, 0.99, 1)))
    assert.isFalse(isMissed(atMost(about, 64, 64)))
    assert.isTrue(isMissed(atMost(about, 65, 64)))
    assert.isFalse(isMissed(plain(about, 0)))
  })

  it("is judged before it is rounded", () => {
    const figure = atLeast(about, 0.999_99, 1)
    assert.strictEqual(figure.value, 1)
    assert.isTrue(isMissed(figure))
  })

  it("counts only with a target", () => {
    assert.strictEqual(tally([atLeast(about, 2, 1), atLeast(about, 0, 1), plain(about, 5), atMost(about, 0, 1)]), "2/3")
    assert.strictEqual(tally([]), "0/0")
  })
})
