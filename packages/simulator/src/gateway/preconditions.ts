/**
 * The conditional headers: `If-Match`, `If-None-Match`, `If-Modified-Since`, `If-Unmodified-Since`.
 *
 * @internal
 */
import type { ObjectVersion } from "../Change.ts"
import type { GatewayRequest } from "../Gateway.ts"
import { fromHttpDate, toSeconds } from "../internal/time.ts"
import { type Refusal, refusal } from "./exchange.ts"

const names = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"] as const

/**
 * Whether any of them was sent; some requests must not carry one.
 *
 * @internal
 */
export const isConditional = (request: GatewayRequest): boolean =>
  names.some((name) => request.headers[name] !== undefined)

const matches = (list: string, version: ObjectVersion | undefined): boolean => {
  if (version === undefined) return false
  if (list.trim() === "*") return true
  return list.split(",").some(
    (part) =>
      part
        .trim()
        .replace(/^W\//, "")
        .replace(/^"(.*)"$/, "$1") === version.md5
  )
}

/**
 * Why the request is not carried out, if it is not. `version` is what is there now, undefined if there is nothing. A
 * date that cannot be read is as if it were not there, and an entity tag makes the date beside it meaningless.
 *
 * @internal
 */
export const check = (
  request: GatewayRequest,
  version: ObjectVersion | undefined,
  use: "read" | "write"
): Refusal | undefined => {
  const { headers } = request
  const ifMatch = headers["if-match"]
  const ifNoneMatch = headers["if-none-match"]
  const modified = version === undefined ? undefined : toSeconds(version.createdMillis) * 1000
  const since = fromHttpDate(headers["if-modified-since"] ?? "")
  const unmodifiedSince = fromHttpDate(headers["if-unmodified-since"] ?? "")
  const tag = version === undefined ? [] : [["ETag", `"${version.md5}"`] as const]

  if (ifMatch !== undefined) {
    if (!matches(ifMatch, version)) return refusal(412)
  } else if (unmodifiedSince !== undefined && modified !== undefined && modified > unmodifiedSince) {
    return refusal(412)
  }
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, version)) return use === "read" ? refusal(304, "", tag) : refusal(412)
  } else if (since !== undefined && modified !== undefined && modified <= since) {
    return refusal(304, "", tag)
  }
  return undefined
}
