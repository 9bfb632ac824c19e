import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import { instantOf } from "../src/HeaderValue.ts"
import { parse } from "../src/mapi/internal/timestamp.ts"

const at = Date.UTC(2013, 8, 25, 14, 32, 13)

/** Runs it on a computer that stands somewhere else than where UTC is the time. */
const inZone = (zone: string, run: () => void): void => {
  const before = process.env.TZ
  try {
    process.env.TZ = zone
    assert.notStrictEqual(new Date(at).getTimezoneOffset(), 0, "the zone did not change")
    run()
  } finally {
    if (before === undefined) delete process.env.TZ
    else process.env.TZ = before
  }
}

const millisOf = (text: string): number | undefined => {
  const instant = instantOf(text)
  return instant === undefined ? undefined : DateTime.toEpochMillis(instant)
}

describe("times of answers that name no zone", () => {
  for (const zone of ["America/New_York", "Asia/Kolkata"]) {
    it(`are UTC, wherever this computer is: ${zone}`, () =>
      inZone(zone, () => {
        for (const text of ["2013-09-25T14:32:13", "2013-09-25T14:32:13.000", "Wed, 25 Sep 2013 14:32:13"]) {
          assert.strictEqual(millisOf(text), at, text)
        }
        for (const text of ["2013-09-25T14:32:13Z", "2013-09-25T16:32:13+02:00", "Wed, 25 Sep 2013 14:32:13 GMT"]) {
          assert.strictEqual(millisOf(text), at, text)
        }
        for (const text of ["2013-09-25T14:32:13", "2013-09-25T14:32:13Z", "2013-09-25T16:32:13+0200"]) {
          const time = parse(text)
          assert.strictEqual(time === undefined ? undefined : DateTime.toEpochMillis(time), at, text)
        }
      }))
  }
})
