/**
 * Retention: until when an object may not be deleted or replaced. Everything HCP takes and everything it says, as one
 * type.
 *
 * **Example** (ten years from the moment the object is stored)
 *
 * ```ts
 * import { Retention } from "@effect-hcp/sdk"
 *
 * Retention.print(Retention.years(10)) // "A+10y"
 * Retention.print(Retention.extendBy({ months: 6, days: -1 })) // "R+6M-1d"
 * Retention.parse("Deletion Prohibited") // a success: Retention.prohibited
 * ```
 *
 * A retention is only a value: what its constructors are given is written by who writes the program, and they throw a
 * `RangeError` for what is out of range. For what comes from elsewhere there is {@link parse}, which gives a `Result`.
 *
 * Source: "Using a Namespace", chapter on retention.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import type { InvalidInput } from "../WireReason.ts"
import * as grammar from "./internal/retentionGrammar.ts"
import * as rules from "./internal/retentionRules.ts"
import type {
  Base,
  DeletionAllowed,
  Fixed,
  OfClass,
  Offset,
  Parts,
  Prohibited,
  Retention,
  Stored,
  Unspecified,
  Until
} from "./RetentionSetting.ts"

export * from "./RetentionSetting.ts"

/**
 * The object may be deleted at any time: `0`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const deletionAllowed: Retention & DeletionAllowed = grammar.deletionAllowed

/**
 * The object may never be deleted: `-1`. There is no way back, not even for an administrator.
 *
 * @category constructors
 * @since 0.1.0
 */
export const prohibited: Retention & Prohibited = grammar.prohibited

/**
 * The object may not be deleted until its retention is set: `-2`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const unspecified: Retention & Unspecified = grammar.unspecified

/**
 * Until a point in time. A fraction of a second is rounded up, so that nothing is kept shorter than asked for.
 *
 * Throws a `RangeError` for a time that is not between 1970 and the year 9999.
 *
 * @category constructors
 * @since 0.1.0
 */
export const until = (at: DateTime.DateTime): Until => {
  const epochSeconds = DateTime.isDateTime(at) ? Math.ceil(DateTime.toEpochMillis(at) / 1000) : Number.NaN
  if (epochSeconds >= 0 && epochSeconds <= grammar.maxEpochSeconds) return grammar.untilSeconds(epochSeconds)
  throw new RangeError(`Retention.until: must be a DateTime from 1970 to 9999, got ${String(at)}`)
}

/**
 * So long after the object was stored (`A`).
 *
 * Throws a `RangeError` if no part is given, or one is no integer from -9999 to 9999.
 *
 * @category constructors
 * @since 0.1.0
 */
export const offset = (parts: Parts): Offset => makeOffset("offset", "ingest", parts)

/**
 * So long after the moment HCP receives the request (`N`).
 *
 * Throws as {@link offset} does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromNow = (parts: Parts): Offset => makeOffset("fromNow", "now", parts)

/**
 * So much longer than the object's present retention (`R`).
 *
 * Throws as {@link offset} does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const extendBy = (parts: Parts): Offset => makeOffset("extendBy", "retention", parts)

/**
 * So many years after the object was stored.
 *
 * Throws a `RangeError` for a number that is no integer from 0 to 9999. For one that comes from outside, take
 * `Retention.parse` with a text such as `A+10y`, which fails and throws nothing.
 *
 * @category constructors
 * @since 0.1.0
 */
export const years = (years: number): Offset => lasting("years", years)

/**
 * So many months after the object was stored. Throws as {@link years} does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const months = (months: number): Offset => lasting("months", months)

/**
 * So many weeks after the object was stored. Throws as {@link years} does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const weeks = (weeks: number): Offset => lasting("weeks", weeks)

/**
 * So many days after the object was stored. Throws as {@link years} does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const days = (days: number): Offset => lasting("days", days)

/**
 * So many hours after the object was stored. Throws as {@link years} does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hours = (hours: number): Offset => lasting("hours", hours)

/**
 * So many minutes after the object was stored. Throws as {@link years} does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const minutes = (minutes: number): Offset => lasting("minutes", minutes)

/**
 * So many seconds after the object was stored. Throws as {@link years} does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const seconds = (seconds: number): Offset => lasting("seconds", seconds)

/**
 * As long as a retention class says.
 *
 * Throws a `RangeError` if the name is not 1 to 64 letters, digits, `-` and `_`. For a name from elsewhere: `parse("C+"
 * + name)`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const ofClass = (name: string): OfClass => {
  if (typeof name === "string" && grammar.className.test(name)) return { _tag: "OfClass", name }
  throw new RangeError(
    'Retention.ofClass: a name has 1 to 64 letters, digits, "-" and "_", ' +
      `got ${JSON.stringify(String(name).slice(0, 80))}`
  )
}

const makeOffset = (name: string, base: Base, parts: Parts): Offset => {
  if (typeof parts !== "object" || parts === null) {
    throw new RangeError(`Retention.${name}: must be parts such as { years: 1 }, got ${String(parts)}`)
  }
  const kept: Partial<Record<keyof Parts, number>> = {}
  for (const [unit] of grammar.units) {
    const value = parts[unit]
    if (value === undefined) continue
    if (!Number.isInteger(value) || Math.abs(value) > grammar.maxPart) {
      throw new RangeError(
        `Retention.${name}: ${unit} must be an integer from -${grammar.maxPart} to ${grammar.maxPart}, got ${value}`
      )
    }
    // `-0` is `0`.
    kept[unit] = value + 0
  }
  if (Object.keys(kept).length > 0) return { _tag: "Offset", base, parts: kept }
  throw new RangeError(`Retention.${name}: give at least one part, e.g. { years: 1 }`)
}

/**
 * The date that an offset comes to when it is counted from some moment. Months and years are those of the calendar in
 * UTC; a fraction of a second is rounded up.
 *
 * Fails with `InvalidInput` (field `retention`) for a date that is not between 1970 and the year 9999: HCP takes no
 * such date, while it counts such an offset itself.
 *
 * **Example** (what a program keeps now and sends later)
 *
 * ```ts
 * import { DateTime } from "effect"
 * import { Retention } from "@effect-hcp/sdk"
 *
 * const accepted = DateTime.makeUnsafe("2026-01-31T00:00:00Z")
 * Retention.endOf(accepted, Retention.fromNow({ months: 1 })) // a success: until 2026-02-28
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const endOf = (from: DateTime.DateTime, offset: Offset): Result.Result<Until, InvalidInput> => {
  const { parts } = offset ?? {}
  if (!DateTime.isDateTime(from) || !parts || !Object.values(parts).every(Number.isInteger)) {
    return grammar.bad("is counted from a DateTime, by an offset such as Retention.fromNow({ years: 1 })")
  }
  const { days = 0, hours = 0, minutes = 0, months = 0, seconds = 0, weeks = 0, years = 0 } = parts
  const end = DateTime.add(DateTime.toUtc(from), { years, months, weeks, days, hours, minutes, seconds })
  return grammar.untilIfDate(Math.ceil(DateTime.toEpochMillis(end) / 1000))
}

const lasting = (unit: keyof Parts, value: number): Offset => {
  if (value >= 0) return makeOffset(unit, "ingest", { [unit]: value })
  throw new RangeError(`Retention.${unit}: must not be negative, got ${value}`)
}

/**
 * The text HCP takes: `0`, `-1`, `-2`, `2036-01-31T12:00:00+0000`, `A+10y-1d`, `C+name`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const print: (retention: Retention) => string = grammar.print

/**
 * Reads what HCP takes and what it prints, and a little more: words in any case, seconds since 1970, a date-time with
 * an offset with or without a colon or with `Z`, an offset (without a letter before it, it extends the present
 * retention), `C+name`.
 *
 * Dates out of range are carried over, as HCP does: February 30 is March 1 or 2. Fails with `InvalidInput` (field
 * `retention`).
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse: (text: string) => Result.Result<Retention, InvalidInput> = grammar.parse

/**
 * The retention HCP says an object has: of the headers `X-HCP-Retention`, `X-HCP-RetentionString` and
 * `X-HCP-RetentionClass`, or of the attributes of the same names in a listing. Never fails: what is empty or odd is
 * left out.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromMetadata = (metadata: {
  readonly retention?: string | undefined
  readonly retentionString?: string | undefined
  readonly retentionClass?: string | undefined
}): Stored => ({
  value: fixed(metadata.retention) ?? fixed(metadata.retentionString),
  retentionClass: metadata.retentionClass === "" ? undefined : metadata.retentionClass
})

const fixed = (text: string | undefined): Fixed | undefined => {
  if (text === undefined || text === "") return undefined
  // Seconds beyond the year 9999 can be stored (as an offset), but not be sent.
  const seconds = /^\d+$/.test(text) ? Number(text) : 0
  if (seconds > grammar.maxEpochSeconds) return grammar.untilSeconds(seconds)
  const parsed = Result.getOrUndefined(parse(text))
  return parsed === undefined || parsed._tag === "Offset" || parsed._tag === "OfClass" ? undefined : parsed
}

/**
 * Whether an object with one retention may be given another: `allowed`, or `unknown` where it depends on what only HCP
 * knows (its clock, the values of its classes, the namespace's settings).
 *
 * Fails with `InvalidInput` (field `retention`) where HCP would refuse for certain: an explicit retention can only be
 * made longer, `Prohibited` stays, a class is only followed by a class, and nothing but `DeletionAllowed` goes back to
 * `Unspecified`. An object on hold takes no change at all, which is not known here.
 *
 * @category combinators
 * @since 0.1.0
 */
export const check: (current: Stored, next: Retention) => Result.Result<"allowed" | "unknown", InvalidInput> =
  rules.check
