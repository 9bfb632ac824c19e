/**
 * The texts HCP writes and reads a retention as.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import { InvalidInput } from "../../WireReason.ts"
import type {
  Base,
  DeletionAllowed,
  Fixed,
  Offset,
  Parts,
  Prohibited,
  Retention,
  Unspecified,
  Until
} from "../RetentionSetting.ts"

/** @internal */
export const deletionAllowed: DeletionAllowed = { _tag: "DeletionAllowed" }

/** @internal */
export const prohibited: Prohibited = { _tag: "Prohibited" }

/** @internal */
export const unspecified: Unspecified = { _tag: "Unspecified" }

/** 9999-12-31T23:59:59Z: the last second with a year of four digits. */
export const maxEpochSeconds = 253_402_300_799

/** The last second that a `DateTime` can be, in the year 275760. */
const lastSecond = 8_640_000_000_000

/** Until so many seconds after 1970. What lies beyond every `DateTime` is the last one there is: it never gets free. */
export const untilSeconds = (epochSeconds: number): Until => ({
  _tag: "Until",
  at: DateTime.makeUnsafe(Math.min(epochSeconds, lastSecond) * 1000)
})

/** Of each part of an offset. */
export const maxPart = 9999

/** @internal */
export const className = /^[A-Za-z0-9_-]{1,64}$/

/** In the order HCP wants them. */
export const units = [
  ["years", "y"],
  ["months", "M"],
  ["weeks", "w"],
  ["days", "d"],
  ["hours", "h"],
  ["minutes", "m"],
  ["seconds", "s"]
] as const satisfies ReadonlyArray<readonly [keyof Parts, string]>

const baseLetters = { ingest: "A", retention: "R", now: "N" } as const

/** The text HCP takes. */
export const print = (retention: Retention): string => {
  switch (retention._tag) {
    case "DeletionAllowed":
      return "0"
    case "Prohibited":
      return "-1"
    case "Unspecified":
      return "-2"
    case "Until": {
      const epochSeconds = Math.ceil(retention.at.epochMilliseconds / 1000)
      // A date has a year of four digits.
      if (epochSeconds > maxEpochSeconds) return String(epochSeconds)
      return `${new Date(epochSeconds * 1000).toISOString().slice(0, 19)}+0000`
    }
    case "Offset": {
      let text: string = baseLetters[retention.base]
      for (const [unit, letter] of units) {
        const value = retention.parts[unit]
        if (value !== undefined) text += `${value < 0 ? "-" : "+"}${Math.abs(value)}${letter}`
      }
      return text
    }
    case "OfClass":
      return `C+${retention.name}`
  }
}

const words: ReadonlyMap<string, Fixed> = new Map<string, Fixed>([
  ["0", deletionAllowed],
  ["-0", deletionAllowed],
  ["deletion allowed", deletionAllowed],
  ["-1", prohibited],
  ["deletion prohibited", prohibited],
  ["-2", unspecified],
  ["initial unspecified", unspecified],
  // Some releases print this.
  ["initial undefined", unspecified]
])

/** Reads what HCP takes and what it prints. */
export const parse = (text: string): Result.Result<Retention, InvalidInput> => {
  if (typeof text !== "string") return bad("is no text; give one such as A+10y")
  const trimmed = text.trim()
  const word = words.get(trimmed.toLowerCase().replace(/\s+/g, " "))
  if (word !== undefined) return Result.succeed(word)
  if (/^\d+$/.test(trimmed)) return fromSeconds(Number(trimmed))
  if (/^C\+/i.test(trimmed)) {
    const name = trimmed.slice(2)
    return className.test(name)
      ? Result.succeed({ _tag: "OfClass", name })
      : bad('a retention class is written "C+name", its name has 1 to 64 letters, digits, "-" and "_"')
  }
  return /^\d/.test(trimmed) ? parseDateTime(trimmed) : parseOffset(trimmed)
}

/** An error of a retention. */
export const bad = (detail: string): Result.Result<never, InvalidInput> =>
  Result.fail(new InvalidInput({ field: "retention", detail }))

const fromSeconds = (epochSeconds: number): Result.Result<Fixed, InvalidInput> => {
  if (epochSeconds === 0) return Result.succeed(deletionAllowed)
  return epochSeconds > maxEpochSeconds
    ? bad("is a time after the year 9999; seconds since 1970 are meant, not milliseconds")
    : Result.succeed(untilSeconds(epochSeconds))
}

const dateTimeForm =
  /^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?(?:(Z)|([+-])(\d{2}):?(\d{2}))$/i

const parseDateTime = (text: string): Result.Result<Until, InvalidInput> => {
  const found = dateTimeForm.exec(text)
  if (found === null) return bad('is no date-time with an offset from UTC; write it like "2036-01-31T12:00:00+0100"')
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number)
  const millis = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second)
  const east = (found[8] === "-" ? -1 : 1) * (Number(found[9] ?? 0) * 60 + Number(found[10] ?? 0))
  const epochSeconds = millis / 1000 - east * 60
  return untilIfDate((year ?? 0) >= 100 ? epochSeconds : Number.NaN)
}

/** A time that HCP takes. */
export const untilIfDate = (epochSeconds: number): Result.Result<Until, InvalidInput> =>
  epochSeconds >= 0 && epochSeconds <= maxEpochSeconds
    ? Result.succeed(untilSeconds(epochSeconds))
    : bad("is not a time from 1970 to 9999")

const signedParts = units.map(([, letter]) => `(?:([+-]\\d{1,4})${letter})?`)

/** The base, and one part for each unit, of which there is at least one. */
const offsetForm = new RegExp(`^([ARN])?(?=[+-])${signedParts.join("")}$`)

const bases: Readonly<Record<string, Base>> = { A: "ingest", R: "retention", N: "now" }

const parseOffset = (text: string): Result.Result<Offset, InvalidInput> => {
  // Only the letter of the base may come in lower case: `m` and `M` are not the same unit.
  const found = offsetForm.exec(text.slice(0, 1).toUpperCase() + text.slice(1))
  if (found === null) {
    return bad(
      "is neither 0, -1, -2 nor their words, nor a time, nor an offset " +
        'like "A+1y-2M+3w+4d+5h+6m+7s" (units in this order, 0 to 9999 each), nor a class like "C+name"'
    )
  }
  const parts: Partial<Record<keyof Parts, number>> = {}
  for (const [index, [unit]] of units.entries()) {
    const value = found[index + 2]
    if (value !== undefined) parts[unit] = Number(value) + 0
  }
  return Result.succeed({ _tag: "Offset", base: bases[found[1] ?? "R"] ?? "retention", parts })
}
