import { assert, describe, it } from "@effect/vitest"
import { DateTime, Result, Schema } from "effect"
import * as Retention from "../../src/namespace/Retention.ts"

const parsed = (text: string) => Result.getOrThrow(Retention.parse(text))

const detailOf = (text: string): string => {
  const result = Retention.parse(text)
  assert(Result.isFailure(result), `${text} was read`)
  assert.strictEqual(result.failure.field, "retention")
  return result.failure.detail
}

const untilSeconds = (epochSeconds: number): Retention.Until => ({
  _tag: "Until",
  at: DateTime.makeUnsafe(epochSeconds * 1000)
})

describe("print", () => {
  it("writes what HCP takes", () => {
    assert.strictEqual(Retention.print(Retention.deletionAllowed), "0")
    assert.strictEqual(Retention.print(Retention.prohibited), "-1")
    assert.strictEqual(Retention.print(Retention.unspecified), "-2")
    assert.strictEqual(Retention.print(Retention.years(10)), "A+10y")
    assert.strictEqual(Retention.print(Retention.months(6)), "A+6M")
    assert.strictEqual(Retention.print(Retention.minutes(6)), "A+6m")
    assert.strictEqual(Retention.print(Retention.weeks(0)), "A+0w")
    assert.strictEqual(Retention.print(Retention.ofClass("TAX_data-7")), "C+TAX_data-7")
    assert.strictEqual(
      Retention.print(
        Retention.fromNow({ seconds: 7, minutes: -6, hours: 5, days: -4, weeks: 3, months: -2, years: 1 })
      ),
      "N+1y-2M+3w-4d+5h-6m+7s"
    )
    assert.strictEqual(Retention.print(Retention.extendBy({ days: -0 })), "R+0d")
  })

  it("writes a time with an offset without colon, and never shortens it", () => {
    const at = Date.UTC(2036, 0, 31, 12, 0, 0)
    assert.strictEqual(Retention.print(Retention.until(DateTime.makeUnsafe(at))), "2036-01-31T12:00:00+0000")
    assert.strictEqual(Retention.print(Retention.until(DateTime.makeUnsafe(at + 1))), "2036-01-31T12:00:01+0000")
    assert.strictEqual(Retention.print(Retention.until(DateTime.makeUnsafe(at + 999))), "2036-01-31T12:00:01+0000")
    assert.strictEqual(Retention.print(Retention.until(DateTime.makeUnsafe(0))), "1970-01-01T00:00:00+0000")
  })
})

describe("parse", () => {
  it("reads words in any case, and numbers", () => {
    for (const text of ["0", "-0", "Deletion Allowed", " deletion  ALLOWED "]) {
      assert.strictEqual(parsed(text), Retention.deletionAllowed)
    }
    for (const text of ["-1", "deletion prohibited"]) assert.strictEqual(parsed(text), Retention.prohibited)
    for (const text of ["-2", "Initial Unspecified", "initial undefined"]) {
      assert.strictEqual(parsed(text), Retention.unspecified)
    }
    assert.deepStrictEqual(parsed("2085393600"), untilSeconds(2_085_393_600))
  })

  it("reads times with offsets in every form", () => {
    const noon = Date.UTC(2036, 0, 31, 12, 0, 0) / 1000
    assert.deepStrictEqual(parsed("2036-01-31T12:00:00+0000"), untilSeconds(noon))
    assert.deepStrictEqual(parsed("2036-01-31T12:00:00Z"), untilSeconds(noon))
    assert.deepStrictEqual(parsed("2036-01-31t12:00:00.000z"), untilSeconds(noon))
    assert.deepStrictEqual(parsed("2036-01-31T13:30:00+01:30"), untilSeconds(noon))
    assert.deepStrictEqual(parsed("2036-01-31T07:00:00-0500"), untilSeconds(noon))
    // Carried over, as HCP does.
    assert.deepStrictEqual(parsed("2036-02-30T24:60:00+0000"), parsed("2036-03-02T01:00:00+0000"))
  })

  it("reads offsets and classes", () => {
    assert.deepStrictEqual(parsed("A+10y"), Retention.years(10))
    assert.deepStrictEqual(parsed("a+1M+1m"), Retention.offset({ months: 1, minutes: 1 }))
    assert.deepStrictEqual(parsed("+1y-2M+3w+4d+5h+6m+7s"), {
      _tag: "Offset",
      base: "retention",
      parts: { years: 1, months: -2, weeks: 3, days: 4, hours: 5, minutes: 6, seconds: 7 }
    })
    assert.deepStrictEqual(parsed("N+0d"), Retention.fromNow({ days: 0 }))
    assert.deepStrictEqual(parsed("-3d"), Retention.extendBy({ days: -3 }))
    assert.deepStrictEqual(parsed("c+Tax"), Retention.ofClass("Tax"))
  })

  it("says what is wrong", () => {
    assert.include(detailOf(""), "neither")
    assert.include(detailOf("A"), "neither")
    assert.include(detailOf("A+1d+1y"), "in this order")
    assert.include(detailOf("A+1y+1y"), "in this order")
    assert.include(detailOf("A+10000y"), "0 to 9999")
    assert.include(detailOf("A+1Y"), "neither")
    assert.include(detailOf("C+"), "class")
    assert.include(detailOf("C+a b"), "class")
    assert.include(detailOf(`C+${"x".repeat(65)}`), "64")
    assert.include(detailOf("2036-01-31"), "offset from UTC")
    assert.include(detailOf("2036-01-31T12:00:00"), "offset from UTC")
    assert.include(detailOf("1969-12-31T23:59:59Z"), "1970")
    assert.include(detailOf("1700000000000"), "not milliseconds")
    assert.include(detailOf("-3"), "neither")
  })
})

const Part = Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: -9999, maximum: 9999 })))
const Offset = Schema.Struct({
  base: Schema.Literals(["ingest", "retention", "now"]),
  days: Schema.Int.check(Schema.isBetween({ minimum: -9999, maximum: 9999 })),
  parts: Schema.Struct({ years: Part, months: Part, weeks: Part, hours: Part, minutes: Part, seconds: Part })
})
const makeOffset = { ingest: Retention.offset, retention: Retention.extendBy, now: Retention.fromNow }

describe("round trip", () => {
  it.prop("of offsets", [Offset], ([{ base, days, parts }]) => {
    const offset = makeOffset[base]({ ...parts, days })
    assert.deepStrictEqual(parsed(Retention.print(offset)), offset)
  })

  it.prop(
    "of times",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 253_402_300_799 }))],
    ([epochSeconds]) => {
      const until = untilSeconds(epochSeconds)
      assert.deepStrictEqual(parsed(Retention.print(until)), until)
      assert.deepStrictEqual(Retention.until(DateTime.makeUnsafe(epochSeconds * 1000)), until)
    }
  )

  it.prop("of classes", [Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_-]{1,64}$/))], ([name]) => {
    const ofClass = Retention.ofClass(name)
    assert.deepStrictEqual(parsed(Retention.print(ofClass)), ofClass)
  })

  it.prop("never throws on what comes from elsewhere", [Schema.String], ([text]) => {
    const result = Retention.parse(text)
    if (Result.isSuccess(result)) assert.deepStrictEqual(parsed(Retention.print(result.success)), result.success)
  })
})

describe("constructors", () => {
  it("refuse what a programmer cannot mean", () => {
    assert.throws(() => Retention.years(-1), RangeError, "years")
    assert.throws(() => Retention.days(1.5), RangeError, "days")
    assert.throws(() => Retention.hours(10_000), RangeError, "hours")
    assert.throws(() => Retention.seconds(Number.NaN), RangeError)
    assert.throws(() => Retention.offset({}), RangeError, "at least one part")
    assert.throws(() => Retention.fromNow({ days: undefined }), RangeError, "fromNow")
    assert.throws(() => Retention.ofClass("a b"), RangeError)
    assert.throws(() => Retention.until(JSON.parse("0")), RangeError)
    assert.throws(() => Retention.until(DateTime.makeUnsafe(-1000)), RangeError)
    assert.throws(() => Retention.until(DateTime.makeUnsafe(253_402_300_800_000)), RangeError)
  })
})

describe("fromMetadata", () => {
  it("reads headers and attributes, odd ones as nothing", () => {
    assert.deepStrictEqual(
      Retention.fromMetadata({ retention: "0", retentionString: "Deletion Allowed", retentionClass: "" }),
      { value: Retention.deletionAllowed, retentionClass: undefined }
    )
    assert.deepStrictEqual(Retention.fromMetadata({ retention: "2085393600", retentionClass: "TAX" }), {
      value: untilSeconds(2_085_393_600),
      retentionClass: "TAX"
    })
    assert.deepStrictEqual(Retention.fromMetadata({ retention: "", retentionString: "Initial Undefined" }).value, {
      _tag: "Unspecified"
    })
    for (const retention of ["A+1y", "C+x", "soon", undefined]) {
      assert.deepStrictEqual(Retention.fromMetadata({ retention }), { value: undefined, retentionClass: undefined })
    }
  })
})

describe("a retention beyond the year 9999", () => {
  const stored = Retention.fromMetadata({ retention: "317315865600", retentionString: "+012025-05-24T00:00:00+0000" })

  it("is known, and is sent as seconds", () => {
    assert.deepStrictEqual(stored.value, untilSeconds(317_315_865_600))
    assert.strictEqual(Retention.print(untilSeconds(317_315_865_600)), "317315865600")
  })

  it("is the last moment there is where HCP says one beyond all of them", () => {
    const { value } = Retention.fromMetadata({ retention: "99999999999999" })
    assert.deepStrictEqual(value, untilSeconds(8_640_000_000_000))
  })

  it("cannot be asked for as a moment", () => {
    assert.include(detailOf("317315865600"), "after the year 9999")
  })
})

describe("endOf", () => {
  const from = (text: string) => DateTime.makeUnsafe(text)

  it("counts as the calendar does, in UTC", () => {
    const end = (text: string, offset: Retention.Offset) =>
      Retention.print(Result.getOrThrow(Retention.endOf(from(text), offset)))
    assert.strictEqual(end("2024-02-29T00:00:00Z", Retention.years(1)), "2025-02-28T00:00:00+0000")
    assert.strictEqual(end("2026-01-31T10:00:00.5Z", Retention.fromNow({ months: 1 })), "2026-02-28T10:00:01+0000")
    const every = { years: 1, months: 1, weeks: 1, days: 1, hours: 1, minutes: 1, seconds: 1 }
    assert.strictEqual(end("2026-01-01T00:00:00Z", Retention.extendBy(every)), "2027-02-09T01:01:01+0000")
    assert.strictEqual(end("2026-01-02T00:00:00Z", Retention.offset({ days: -1 })), "2026-01-01T00:00:00+0000")
  })

  it("fails for what is no date that HCP takes, and throws for nothing", () => {
    const odd: ReadonlyArray<unknown> = [undefined, null, {}, { parts: null }, { parts: { years: Number.NaN } }, "A+1y"]
    const offsets = [Retention.years(9999), Retention.offset({ years: -9999 }), ...odd]
    for (const offset of offsets) {
      const end = Reflect.apply(Retention.endOf, undefined, [from("2026-01-01T00:00:00Z"), offset])
      assert.isTrue(Result.isFailure(end), String(offset))
    }
    assert.isTrue(Result.isFailure(Reflect.apply(Retention.endOf, undefined, ["2026-01-01", Retention.years(1)])))
  })
})

describe("check", () => {
  const at = (value: Retention.Fixed | undefined, retentionClass?: string): Retention.Stored => ({
    value,
    retentionClass
  })
  const verdict = (current: Retention.Stored, next: Retention.Retention) =>
    Result.getOrElse(Retention.check(current, next), () => "refused" as const)

  it("lets retention grow, and never shrink", () => {
    const rows: ReadonlyArray<readonly [Retention.Fixed, Retention.Retention, string]> = [
      [untilSeconds(100), untilSeconds(100), "allowed"],
      [untilSeconds(100), untilSeconds(101), "allowed"],
      [untilSeconds(100), untilSeconds(99), "refused"],
      [untilSeconds(100), Retention.prohibited, "allowed"],
      [untilSeconds(100), Retention.deletionAllowed, "refused"],
      [untilSeconds(100), Retention.unspecified, "refused"],
      [untilSeconds(100), Retention.extendBy({ days: 1 }), "allowed"],
      [untilSeconds(100), Retention.extendBy({ days: -1 }), "refused"],
      [untilSeconds(100), Retention.extendBy({ years: 1, days: -1 }), "unknown"],
      [untilSeconds(100), Retention.fromNow({ days: 1 }), "unknown"],
      [untilSeconds(100), Retention.ofClass("tax"), "unknown"],
      [Retention.prohibited, Retention.prohibited, "allowed"],
      [Retention.prohibited, untilSeconds(100), "refused"],
      [Retention.prohibited, Retention.years(1), "refused"],
      [Retention.prohibited, Retention.ofClass("tax"), "unknown"],
      [Retention.unspecified, Retention.deletionAllowed, "allowed"],
      [Retention.unspecified, untilSeconds(100), "allowed"],
      [Retention.unspecified, Retention.years(1), "unknown"],
      [Retention.deletionAllowed, Retention.unspecified, "allowed"],
      [Retention.deletionAllowed, untilSeconds(100), "allowed"],
      [Retention.deletionAllowed, Retention.extendBy({ days: 1 }), "unknown"]
    ]
    for (const [current, next, expected] of rows) {
      assert.strictEqual(
        verdict(at(current), next),
        expected,
        `${Retention.print(current)} -> ${Retention.print(next)}`
      )
    }
    assert.strictEqual(verdict(at(undefined), Retention.deletionAllowed), "unknown")
  })

  it("lets only a class follow a class", () => {
    assert.strictEqual(verdict(at(untilSeconds(100), "TAX"), untilSeconds(1000)), "refused")
    assert.strictEqual(verdict(at(untilSeconds(100), "TAX"), Retention.ofClass("tax")), "allowed")
    assert.strictEqual(verdict(at(untilSeconds(100), "TAX"), Retention.ofClass("other")), "unknown")
  })
})
