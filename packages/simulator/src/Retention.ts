/**
 * How long an object must be kept: the grammar in which it is said, and the rules by which it may change.
 *
 * Values: `0`, `-1`, `-2` and their words; seconds since 1970; `yyyy-MM-ddThh:mm:ss+hhmm`; offsets such as `A+1y-2M`,
 * based on the time of ingest (`A`), the present setting (`R`, the default) or now (`N`); a class, `C+name`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { toText } from "./internal/time.ts"
import type { RetentionClassSpec } from "./SystemSpec.ts"

/**
 * A retention setting: `until` is seconds since 1970, or 0 (deletion allowed), -1 (prohibited), -2 (not said yet);
 * `className` is empty unless the setting comes from a class.
 *
 * @category models
 * @since 0.1.0
 */
export const Setting = Schema.Struct({ until: Schema.Int, className: Schema.String })

/**
 * A retention setting.
 *
 * @category models
 * @since 0.1.0
 */
export type Setting = typeof Setting.Type

/**
 * What a value is relative to. Times are seconds since 1970.
 *
 * @category models
 * @since 0.1.0
 */
export interface Base {
  readonly ingested: number
  readonly now: number
  /** The present setting; undefined when the object is about to be made. */
  readonly current: Setting | undefined
  readonly classes: ReadonlyArray<RetentionClassSpec>
}

/**
 * Deletion allowed, at any time.
 *
 * @category constructors
 * @since 0.1.0
 */
export const deletionAllowed: Setting = { until: 0, className: "" }

const words: ReadonlyMap<string, number> = new Map([
  ["0", 0],
  ["-0", 0],
  ["deletion allowed", 0],
  ["-1", -1],
  ["deletion prohibited", -1],
  ["-2", -2],
  ["initial unspecified", -2],
  ["initial undefined", -2]
])

/** What a date can hold. */
const lastMoment = 8_640_000_000_000

const dateTime = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})([+-])(\d{2})(\d{2})$/
const offset =
  /^([RAN])?([+-]\d{1,4}y)?([+-]\d{1,4}M)?([+-]\d{1,4}w)?([+-]\d{1,4}d)?([+-]\d{1,4}h)?([+-]\d{1,4}m)?([+-]\d{1,4}s)?$/
const className = /^C\+([A-Za-z0-9_-]{1,64})$/

const fromDateTime = (match: RegExpExecArray): number => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  const zone = (Number(match[8]) * 60 + Number(match[9])) * 60 * (match[7] === "-" ? -1 : 1)
  // Date.UTC normalises values beyond their range, as HCP does.
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - zone
}

const addOffset = (start: number, match: RegExpExecArray): number => {
  const [year = 0, month = 0, week = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(2, 9)
    .map((part) => Number((part ?? "0").replace(/[a-zA-Z]$/, "")))
  const from = new Date(start * 1000)
  return (
    Date.UTC(
      from.getUTCFullYear() + year,
      from.getUTCMonth() + month,
      from.getUTCDate() + 7 * week + day,
      from.getUTCHours() + hour,
      from.getUTCMinutes() + minute,
      from.getUTCSeconds() + second
    ) / 1000
  )
}

const startOf = (letter: string | undefined, base: Base): Result.Result<number, string> => {
  if (letter === "A") return Result.succeed(base.ingested)
  if (letter === "N") return Result.succeed(base.now)
  const current = base.current?.until ?? 0
  if (current === -1) return Result.fail("the present retention is Deletion Prohibited, nothing can be added to it")
  // An object without a date has nothing to count from but the present.
  return Result.succeed(current > 0 ? current : base.now)
}

/** What becomes of a moment, in seconds since 1970. Fails where it cannot be. */
type AtMoment = (until: number, value: string) => Result.Result<Setting, string>

const atMoment: AtMoment = (until, value) =>
  until > 0 && until <= lastMoment
    ? Result.succeed({ until, className: "" })
    : Result.fail(`the retention '${value}' is before 1970 or too far away`)

const parseWith = (value: string, base: Base, atMoment: AtMoment): Result.Result<Setting, string> => {
  const word = words.get(value.trim().toLowerCase())
  if (word !== undefined) return Result.succeed({ until: word, className: "" })
  // A plus sign that a client forgot to encode arrives as a blank.
  const text = value.trim().replaceAll(" ", "+")
  const named = className.exec(text)
  if (named !== null) {
    const wanted = (named[1] ?? "").toLowerCase()
    const found = base.classes.find(({ name }) => name.toLowerCase() === wanted)
    if (found === undefined) return Result.fail(`the retention class '${named[1]}' does not exist`)
    return Result.map(parse(found.value, { ...base, classes: [] }), ({ until }) => ({ until, className: found.name }))
  }
  const at = (until: number) => atMoment(until, value)
  if (/^\d+$/.test(text)) return at(Number(text))
  const moment = dateTime.exec(text)
  if (moment !== null) return at(fromDateTime(moment))
  const relative = offset.exec(text)
  if (relative !== null && text.length > 1) {
    return Result.flatMap(startOf(relative[1], base), (start) => at(addOffset(start, relative)))
  }
  return Result.fail(`'${value}' is not a retention setting`)
}

/**
 * Reads a retention value. Fails with the text of `X-HCP-ErrorMessage`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (value: string, base: Base): Result.Result<Setting, string> => parseWith(value, base, atMoment)

/**
 * Reads the default of a namespace for an object that says nothing: a moment that has passed is Deletion Allowed. Fails
 * as {@link parse} does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const parseDefault = (value: string, base: Base): Result.Result<Setting, string> =>
  parseWith(value, base, (until) => (until <= base.now ? Result.succeed(deletionAllowed) : atMoment(until, value)))

const isShorter = (next: number, current: number): boolean =>
  next !== -1 && (current === -1 || (current > 0 && next < current))

/**
 * Applies the rules to a new setting: retention may only get longer, `-1` stays, a class gives way only to one that is
 * not shorter. Fails with the text of `X-HCP-ErrorMessage`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modify = (current: Setting, next: Setting): Result.Result<Setting, string> => {
  if (current.className !== "" && next.className === "") {
    return Result.fail("a retention class cannot be replaced by an explicit setting")
  }
  if (isShorter(next.until, current.until)) return Result.fail("retention cannot be shortened")
  return Result.succeed(next)
}

/**
 * A setting as it holds now: that of a class moves with the class, and an object whose class is gone is never let go.
 * `ingested` is in seconds since 1970.
 *
 * @category combinators
 * @since 0.1.0
 */
export const inForce = (setting: Setting, ingested: number, classes: ReadonlyArray<RetentionClassSpec>): Setting => {
  if (setting.className === "") return setting
  const wanted = setting.className.toLowerCase()
  const found = classes.find(({ name }) => name.toLowerCase() === wanted)
  if (found === undefined) return { ...setting, until: -1 }
  const parsed = parse(found.value, { ingested, now: ingested, current: undefined, classes: [] })
  return Result.isSuccess(parsed) ? { ...setting, until: parsed.success.until } : setting
}

/**
 * Whether the setting no longer keeps an object from being deleted.
 *
 * @category guards
 * @since 0.1.0
 */
export const isOver = (setting: Setting, nowSeconds: number): boolean =>
  setting.until >= 0 && setting.until <= nowSeconds

/**
 * The form of `X-HCP-RetentionString`: words or a date.
 *
 * @category combinators
 * @since 0.1.0
 */
export const toRetentionString = ({ until }: Setting): string => {
  if (until === 0) return "Deletion Allowed"
  if (until === -1) return "Deletion Prohibited"
  return until === -2 ? "Initial Unspecified" : toText(until * 1000)
}
