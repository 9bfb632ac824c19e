/**
 * Reads `Content-Range`.
 *
 * @internal
 */
import type { ResponseHeaders } from "../../HcpHeaders.ts"

/** The part of an object that an answer says it holds; `last` is included. */
export interface ContentRange {
  readonly first: number
  readonly last: number
  /** Of the whole object. */
  readonly size: number | undefined
}

/** The part of an answer; `undefined` for none, and for one that is not understood. */
export const contentRangeOf = (headers: ResponseHeaders): ContentRange | undefined => {
  const found = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/i.exec(headers.get("content-range")?.trim() ?? "")
  if (found === null) return undefined
  const first = Number(found[1])
  const last = Number(found[2])
  const size = found[3] === "*" ? undefined : Number(found[3])
  return first <= last && (size === undefined || last < size) ? { first, last, size } : undefined
}
