import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Retention from "../src/Retention.ts"

const day = 86_400
const base: Retention.Base = {
  ingested: 10 * day,
  now: 20 * day,
  current: { until: 30 * day, className: "" },
  classes: [
    { name: "TAX_DATA", value: "A+10d" },
    { name: "broken", value: "C+TAX_DATA" }
  ]
}
const until = (value: string) => Result.map(Retention.parse(value, base), (setting) => setting.until)

describe("the grammar of retention", () => {
  for (const [value, expected] of [
    ["0", 0],
    ["-0", 0],
    ["deletion ALLOWED", 0],
    ["-1", -1],
    ["Deletion Prohibited", -1],
    ["-2", -2],
    ["Initial Unspecified", -2],
    ["1422736466", 1_422_736_466],
    ["2015-01-31T21:34:26+0100", 1_422_736_466],
    ["2015-01-31T15:34:26-0500", 1_422_736_466],
    ["2015-01-30T44:34:26+0000", 1_422_736_466],
    ["A+1d", 11 * day],
    ["N+1d", 21 * day],
    ["R+1d", 31 * day],
    ["+1d", 31 * day],
    ["A+1y", 375 * day],
    ["A+1M", 41 * day],
    ["A+1m", 10 * day + 60],
    ["A+1y-12M+1w-7d+24h-1440m+5s", 10 * day + 5],
    ["A 1d", 11 * day],
    ["C+tax_data", 20 * day]
  ] as const) {
    it(`${value} is ${expected}`, () => {
      assert.deepStrictEqual(until(value), Result.succeed(expected))
    })
  }

  for (const value of [
    "",
    "A",
    "soon",
    "-3",
    "A+1",
    "A+1d+1y",
    "A+10000d",
    "B+1d",
    "C+none",
    "C+broken",
    "A-30d",
    "9".repeat(30)
  ]) {
    it(`"${value}" is refused`, () => {
      assert.isTrue(Result.isFailure(until(value)))
    })
  }

  it("has nothing to add to where deletion is prohibited", () => {
    const parsed = Retention.parse("R+1d", { ...base, current: { until: -1, className: "" } })
    assert.isTrue(Result.isFailure(parsed))
  })
})

describe("the rules of retention", () => {
  for (const [from, to, allowed] of [
    [0, 100, true],
    [100, 101, true],
    [100, 100, true],
    [100, 99, false],
    [100, 0, false],
    [100, -1, true],
    [100, -2, false],
    [-1, -1, true],
    [-1, 100, false],
    [-1, 0, false],
    [-2, 0, true],
    [-2, 5, true]
  ] as const) {
    it(`${from} to ${to} is ${allowed ? "allowed" : "refused"}`, () => {
      const changed = Retention.modify({ until: from, className: "" }, { until: to, className: "" })
      assert.strictEqual(Result.isSuccess(changed), allowed)
    })
  }

  it("a class gives way only to a class", () => {
    assert.isTrue(Result.isFailure(Retention.modify({ until: 5, className: "a" }, { until: -1, className: "" })))
    assert.isTrue(Result.isSuccess(Retention.modify({ until: 5, className: "a" }, { until: 6, className: "b" })))
  })

  it("is over only when its time has come", () => {
    assert.isTrue(Retention.isOver(Retention.deletionAllowed, 5))
    assert.isTrue(Retention.isOver({ until: 5, className: "" }, 5))
    assert.isFalse(Retention.isOver({ until: 6, className: "" }, 5))
    assert.isFalse(Retention.isOver({ until: -1, className: "" }, 5))
    assert.isFalse(Retention.isOver({ until: -2, className: "" }, 5))
  })
})
