/**
 * Dates and times as the management API writes them: `2026-03-01T00:00:00+0100`, and `03/01/2026` for packages.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import { InvalidInput } from "../../WireReason.ts"
import type { Field } from "../Field.ts"

const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):?(\d\d))?$/i

/** A date and time with the offset it was written with, in UTC without one; `undefined` for anything else. */
export const parse = (text: string): DateTime.Zoned | undefined => {
  const found = form.exec(text.trim())
  if (found === null) return undefined
  const [, year, month, day, hour, minute, second, sign = "+", hours = "00", minutes = "00"] = found
  const utc = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(utc)) return undefined
  const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  return DateTime.makeZonedUnsafe(utc - offset, { timeZone: DateTime.zoneMakeOffset(offset) })
}

/** With the offset of a zoned value, and `+0000` for one in UTC. Parts of a second are left out. */
export const print = (value: DateTime.DateTime): string => {
  const minutes = DateTime.isZoned(value) ? Math.round(DateTime.zonedOffset(value) / 60_000) : 0
  const size = Math.abs(minutes)
  const local = DateTime.formatIso(DateTime.makeUnsafe(DateTime.toEpochMillis(value) + minutes * 60_000)).slice(0, 19)
  return `${local}${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}${two(size % 60)}`
}

/** A field with a date and time. */
export const dateTime: Field<DateTime.Zoned | undefined> = Schema.Unknown.pipe(
  Schema.decodeTo(Schema.UndefinedOr(Schema.DateTimeZoned), {
    decode: SchemaGetter.transform((u: unknown) => (typeof u === "string" ? parse(u) : undefined)),
    encode: SchemaGetter.transform((value: DateTime.Zoned | undefined): unknown =>
      value === undefined ? undefined : print(value)
    )
  })
)

const epochField = (unit: number): Field<DateTime.Utc | undefined> =>
  Schema.Unknown.pipe(
    Schema.decodeTo(Schema.UndefinedOr(Schema.DateTimeUtc), {
      decode: SchemaGetter.transform((u: unknown) => {
        const count = typeof u === "number" || (typeof u === "string" && u.trim() !== "") ? Number(u) : Number.NaN
        return count >= 0 ? Option.getOrUndefined(DateTime.make(count * unit)) : undefined
      }),
      encode: SchemaGetter.transform((value: DateTime.Utc | undefined): unknown =>
        value === undefined ? undefined : Math.floor(DateTime.toEpochMillis(value) / unit)
      )
    })
  )

/** A field with seconds since 1970; HCP writes -1 for a time that is not there. */
export const epochSeconds = epochField(1000)

/** A field with milliseconds since 1970. */
export const epochMillis = epochField(1)

/** `MM/DD/YYYY`, the day it is in the value's own zone. */
export const printDay = (value: DateTime.DateTime): string => {
  const { day, month, year } = DateTime.toParts(value)
  return `${two(month)}/${two(day)}/${year}`
}

/**
 * Checks that two ends are in order and of years that can be written. Fails with `InvalidInput`, named as the fields
 * are.
 */
export const checkRange = (range: {
  readonly [name: string]: DateTime.DateTime | undefined
}): Result.Result<void, InvalidInput> => {
  const ends = Object.entries(range).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]))
  for (const { name, value } of ends) {
    const { year } = DateTime.toParts(value)
    if (year < 1970 || year > 9999) return bad(name, `is in the year ${year}; give a date from 1970 to 9999`)
  }
  const [first, last] = ends
  return first !== undefined && last !== undefined && DateTime.isGreaterThan(first.value, last.value)
    ? bad(last.name, `is before ${first.name}; give the earlier one first`)
    : Result.succeed(undefined)
}

const bad = (field: string, detail: string) => Result.fail(new InvalidInput({ field, detail }))

const two = (number: number): string => String(number).padStart(2, "0")
