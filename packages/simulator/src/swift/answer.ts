/**
 * The answers of the Swift gateway: few headers, and what is refused as a text.
 *
 * @internal
 */
import type { GatewayResponse } from "../Gateway.ts"
import { bytesBody, type Exchange, emptyBody, type Header, type Refusal } from "../gateway/exchange.ts"
import { toHttpDate } from "../internal/time.ts"
import type { S3Refusal } from "../s3/refusal.ts"

/** What every answer has: the manual shows no mark of HCP but the name of the server. */
export const commonHeaders = ({ core, now, requestId }: Exchange): ReadonlyArray<Header> => [
  ["Date", toHttpDate(now)],
  ["Server", `HCP V${core.spec.softwareVersion}`],
  ["X-Trans-Id", transactionOf(requestId)]
]

/** `28b610b7-0fbc-4d83-821b-f7d2a3f20e27`. */
const transactionOf = (requestId: string): string => {
  const hex = (requestId + requestId).toLowerCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-")
}

/**
 * An answer without a body.
 *
 * @internal
 */
export const bare = (exchange: Exchange, status: number, headers: ReadonlyArray<Header> = []): GatewayResponse => ({
  status,
  headers: [...commonHeaders(exchange), ...headers],
  body: emptyBody
})

/**
 * An answer with a text.
 *
 * @internal
 */
export const withText = (
  exchange: Exchange,
  status: number,
  type: string,
  text: string,
  headers: ReadonlyArray<Header> = []
): GatewayResponse => ({
  status,
  headers: [...commonHeaders(exchange), ...headers, ["Content-Type", `${type};charset=UTF-8`]],
  body: bytesBody(text)
})

/** What S3 calls otherwise. */
const statusOf = (refusal: Refusal | S3Refusal): number => {
  if (refusal._tag === "Refusal") return refusal.status
  switch (refusal.code) {
    case "BadDigest":
      return 422
    // An error that S3 hides in a success.
    case "BucketAlreadyOwnedByYou":
      return 202
    default:
      return refusal.status
  }
}

/**
 * The answer that a refusal becomes: the status, and what is wrong in words. Their form is a guess, as the manual says
 * only that there is a description.
 *
 * @internal
 */
export const refused = (exchange: Exchange, refusal: Refusal | S3Refusal): GatewayResponse => {
  const status = statusOf(refusal)
  const headers = (refusal.headers ?? []).flatMap(
    ([name, value]): ReadonlyArray<Header> =>
      /^content-range$/i.test(name)
        ? [[name, value]]
        : /^etag$/i.test(name)
          ? [["Etag", value.replaceAll('"', "")]]
          : []
  )
  if (status === 304 || status === 204) return bare(exchange, status, headers)
  return withText(exchange, status, "text/plain", `${status} ${refusal.message}\n`, headers)
}
