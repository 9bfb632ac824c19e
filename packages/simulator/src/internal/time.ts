/**
 * The ways in which an HCP writes a moment.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"

/** The last second is asked for again and again: by each answer, and by each line of a log. */
const forSecond = (write: (millis: number) => string): ((millis: number) => string) => {
  let known = Number.NaN
  let text = ""
  return (millis) => {
    const second = Math.floor(millis / 1000)
    if (second !== known) {
      text = write(second * 1000)
      known = second
    }
    return text
  }
}

const two = (n: number): string => (n < 10 ? `0${n}` : String(n))

/**
 * `2015-01-31T21:34:26+0000`.
 *
 * @internal
 */
export const toText: (millis: number) => string = forSecond(
  (millis) => `${DateTime.formatIso(DateTime.makeUnsafe(millis)).replace(/\.\d+Z$/, "")}+0000`
)

/**
 * `4/02/2018 4:07PM`, the form for people in directory listings.
 *
 * @internal
 */
export const toLocaleText: (millis: number) => string = forSecond((millis) => {
  const { day, hour, minute, month, year } = DateTime.toPartsUtc(DateTime.makeUnsafe(millis))
  return `${month}/${two(day)}/${year} ${hour % 12 === 0 ? 12 : hour % 12}:${two(minute)}${hour < 12 ? "AM" : "PM"}`
})

/**
 * `Sat, 31 Jan 2015 21:34:26 GMT`.
 *
 * @internal
 */
export const toHttpDate: (millis: number) => string = forSecond((millis) =>
  DateTime.toDateUtc(DateTime.makeUnsafe(millis)).toUTCString()
)

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/**
 * `20/Nov/2026:14:05:07 +0000`, the form of access logs.
 *
 * @internal
 */
export const toLogText: (millis: number) => string = forSecond((millis) => {
  const { day, hour, minute, month, second, year } = DateTime.toPartsUtc(DateTime.makeUnsafe(millis))
  return `${two(day)}/${months[month - 1]}/${year}:${two(hour)}:${two(minute)}:${two(second)} +0000`
})

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
