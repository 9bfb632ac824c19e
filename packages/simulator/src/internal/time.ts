/**
 * The ways in which an HCP writes a moment.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"

const two = (n: number): string => (n < 10 ? `0${n}` : String(n))

/**
 * `2015-01-31T21:34:26+0000`.
 *
 * @internal
 */
export const toText = (millis: number): string =>
  `${DateTime.formatIso(DateTime.makeUnsafe(Math.floor(millis / 1000) * 1000)).replace(/\.\d+Z$/, "")}+0000`

/**
 * `4/02/2018 4:07PM`, the form for people in directory listings.
 *
 * @internal
 */
export const toLocaleText = (millis: number): string => {
  const { day, hour, minute, month, year } = DateTime.toPartsUtc(DateTime.makeUnsafe(millis))
  return `${month}/${two(day)}/${year} ${hour % 12 === 0 ? 12 : hour % 12}:${two(minute)}${hour < 12 ? "AM" : "PM"}`
}

/**
 * `Sat, 31 Jan 2015 21:34:26 GMT`.
 *
 * @internal
 */
export const toHttpDate = (millis: number): string => DateTime.toDateUtc(DateTime.makeUnsafe(millis)).toUTCString()

/**
 * Reads a date of HTTP; undefined if it is none.
 *
 * @internal
 */
export const fromHttpDate = (value: string): number | undefined => {
  const millis = Date.parse(value)
  return Number.isNaN(millis) ? undefined : millis
}

/** @internal */
export const toSeconds = (millis: number): number => Math.floor(millis / 1000)
