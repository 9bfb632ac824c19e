/**
 * Values of headers and attributes as HCP writes them, read leniently: what is empty or odd is `undefined`, and nothing
 * fails.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import type { Hash } from "../ObjectHash.ts"

/** The name of an annotation and its size in bytes. */
interface AnnotationSize {
  readonly name: string
  readonly size: number | undefined
}

/** A text; the empty one is none. */
export const toText = (value: string | undefined): string | undefined => (value === "" ? undefined : value)

/** A count, a size or a time: digits that fit into a number exactly. */
export const toCount = (value: string | undefined): number | undefined => {
  if (value === undefined || !/^\d{1,16}$/.test(value)) return undefined
  const count = Number(value)
  return Number.isSafeInteger(count) ? count : undefined
}

/** The last moment that a `DateTime` can be. */
const lastMillis = 8_640_000_000_000_000

const instantAt = (millis: number | undefined): DateTime.Utc | undefined =>
  millis === undefined || millis > lastMillis ? undefined : DateTime.makeUnsafe(millis)

/** Milliseconds since 1970. */
export const toInstant = (value: string | undefined): DateTime.Utc | undefined => instantAt(toCount(value))

/** Seconds since 1970. */
export const toInstantOfSeconds = (value: string | undefined): DateTime.Utc | undefined => {
  const seconds = toCount(value)
  return instantAt(seconds === undefined ? undefined : seconds * 1000)
}

/** `<algorithm> <hex>`, as HCP writes a hash in headers and listings. */
export const toHash = (value: string | undefined): Hash | undefined => {
  const found = /^([A-Za-z][A-Za-z0-9-]*) +([0-9A-Fa-f]+)$/.exec(value ?? "")
  return found?.[1] === undefined || found[2] === undefined
    ? undefined
    : { algorithm: found[1].toUpperCase(), hex: found[2].toLowerCase() }
}

/** `true` or `false`, in any case. */
export const toBoolean = (value: string | undefined): boolean | undefined => {
  if (value === "true") return true
  if (value === "false") return false
  const lower = value?.trim().toLowerCase()
  return lower === "true" ? true : lower === "false" ? false : undefined
}

const noAnnotations: ReadonlyArray<AnnotationSize> = []

/** `<name>;<bytes>, <name>;<bytes>`. */
export const toAnnotationList = (value: string | undefined): ReadonlyArray<AnnotationSize> => {
  if (value === undefined || value === "") return noAnnotations
  const found: Array<AnnotationSize> = []
  for (const part of value.split(",")) {
    const [name = "", size] = part.trim().split(";")
    if (name !== "") found.push({ name, size: toCount(size?.trim()) })
  }
  return found
}

/** `<milliseconds>.<counter>`, of which the counter may be missing. */
export const toChangeTime = (
  value: string | undefined
): { readonly at: DateTime.Utc; readonly count: number } | undefined => {
  if (value === undefined) return undefined
  const dot = value.indexOf(".")
  const at = toInstant(dot < 0 ? value : value.slice(0, dot))
  return at === undefined ? undefined : { at, count: dot < 0 ? 0 : (toCount(value.slice(dot + 1)) ?? 0) }
}

/**
 * A date of HTTP, in milliseconds since 1970. The three forms of RFC 9110 section 5.6.7 begin with the name of a day;
 * `Date.parse` alone would take "5" for a year.
 */
export const toHttpDate = (value: string | undefined): number | undefined => {
  if (value === undefined || !/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value)) return undefined
  // asctime carries no zone, but means UTC.
  const parsed = Date.parse(value.endsWith("GMT") ? value : `${value} GMT`)
  return Number.isNaN(parsed) ? undefined : parsed
}
