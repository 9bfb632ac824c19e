/**
 * Percent-encoding as both versions of the signature want it: everything but unreserved characters, in upper-case hex.
 *
 * @internal
 */
import * as Result from "effect/Result"

/** @internal */
export const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/**
 * Decodes what can be decoded; the rest stays as it is, so that a signature over it cannot be right.
 *
 * @internal
 */
export const decode = (text: string): string =>
  Result.getOrElse(
    Result.try(() => decodeURIComponent(text)),
    () => text
  )

/** @internal */
export type Pair = readonly [name: string, value: string]

/**
 * The decoded parameters of a query in the order they come, each as often as it comes.
 *
 * @internal
 */
export const pairsOf = (rawQuery: string): ReadonlyArray<Pair> =>
  rawQuery
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=")
      const [name, value] = equals < 0 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)]
      return [decode(name.replaceAll("+", " ")), decode(value.replaceAll("+", " "))]
    })

/** @internal */
export const find = (pairs: ReadonlyArray<Pair>, wanted: string): string | undefined =>
  pairs.find(([name]) => name === wanted)?.[1]
