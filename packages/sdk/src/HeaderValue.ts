/**
 * Values of headers and fields as the gateways beside the native one write them, read leniently: what is odd is as if
 * it were absent, and nothing fails. For packages that build on this one.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as ExactNumber from "./internal/exactNumber.ts"
import { toBoolean } from "./internal/lenient.ts"

/**
 * A truth value; anything but `true` and `false` is `undefined` (HCP says `Not Implemented` in such places).
 *
 * @category combinators
 * @since 0.1.0
 */
export const booleanOf = (text: string | undefined): boolean | undefined => toBoolean(text)

/**
 * A count; anything else is `undefined`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const countOf = (text: string | undefined): number | undefined => {
  const value = text === undefined || !/^\d{1,16}$/.test(text.trim()) ? undefined : Number(text)
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined
}

/**
 * Whether a value of an answer, a text or a number of JSON, is a whole number that JavaScript cannot hold exactly.
 *
 * @category guards
 * @since 0.1.0
 */
export const isInexact = (value: unknown): boolean => ExactNumber.isInexact(value)

/**
 * What to say of a field with such a number.
 *
 * @category combinators
 * @since 0.1.0
 */
export const inexact = (field: string): string => ExactNumber.inexact(field)

/** The end of a time that says of which zone it is. */
const zone = /(?:Z|GMT|UTC?|[+-]\d{2}:?\d{2})$/i

/**
 * A time, as ISO 8601 or as HTTP writes it, in UTC where it names no zone; anything else is `undefined`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const instantOf = (text: string | undefined): DateTime.Utc | undefined => {
  const trimmed = text?.trim() ?? ""
  const isIso = /^\d{4}-\d{2}-\d{2}T\d/.test(trimmed)
  if (!isIso && !/^[A-Z][a-z]{2},? /.test(trimmed)) return undefined
  // By itself it would be taken as the time of wherever this computer is.
  const millis = Date.parse(zone.test(trimmed) ? trimmed : `${trimmed}${isIso ? "Z" : " GMT"}`)
  return Number.isNaN(millis) ? undefined : DateTime.makeUnsafe(millis)
}

/**
 * An ETag without its quotes; an empty one is none.
 *
 * @category combinators
 * @since 0.1.0
 */
export const etagOf = (text: string | undefined): string | undefined => {
  const etag = text?.trim() ?? ""
  const start = etag.startsWith('W/"') ? 3 : etag.startsWith('"') ? 1 : 0
  const bare = start > 0 && etag.length > start && etag.endsWith('"') ? etag.slice(start, -1) : etag
  return bare === "" ? undefined : bare
}

/**
 * The MD5 in hex that an ETag without quotes is; one of an object that was stored in parts has another form.
 *
 * @category combinators
 * @since 0.1.0
 */
export const md5Of = (etag: string | undefined): string | undefined =>
  etag !== undefined && /^[0-9a-f]{32}$/i.test(etag) ? etag.toLowerCase() : undefined
