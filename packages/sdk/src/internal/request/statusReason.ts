/**
 * Which reason a status of HCP stands for.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import type { ResponseHeaders } from "../../HcpHeaders.ts"
import { isSuccess } from "../../HcpResponse.ts"
import {
  BadRequest,
  Busy,
  Conflict,
  Forbidden,
  Gone,
  NotFound,
  NotModified,
  PreconditionFailed,
  RangeNotSatisfiable,
  Redirected,
  ServerError,
  type StatusReason,
  TooLarge,
  UnexpectedStatus
} from "../../StatusReason.ts"
import { toHttpDate } from "../lenient.ts"

// Three decades: more digits mean no more, and a duration has to hold them.
const maxSeconds = 1_000_000_000

// Longer texts are a page of some device between, not an answer of HCP.
const maxDetailLength = 500

/**
 * The reason a status stands for; `undefined` for 2xx. `now`, in epoch milliseconds, serves a `Retry-After` that is a
 * date in an answer without `Date`; `hint` is what is known to be wrong with the place that was asked.
 */
export const fromStatus = (
  status: number,
  headers: ResponseHeaders,
  now?: number | undefined,
  hint?: string | undefined
): StatusReason | undefined => {
  if (isSuccess({ status })) return undefined
  const fields = { status, detail: detailOf(headers) }
  switch (status) {
    case 304:
      return new NotModified({ ...fields, etag: etagOf(headers) })
    case 400:
      return new BadRequest({ ...fields, hint })
    case 401:
    case 403:
      return new Forbidden({ ...fields, hint })
    case 404:
      return new NotFound({ ...fields, hint })
    case 409:
      return new Conflict(fields)
    case 410:
      return new Gone(fields)
    case 412:
      return new PreconditionFailed(fields)
    case 413:
    case 414:
      return new TooLarge(fields)
    case 416:
      return new RangeNotSatisfiable({ ...fields, size: sizeOutside(headers) })
    case 429:
    case 503:
      return new Busy({ ...fields, retryAfter: retryAfter(headers, now) })
    case 500:
    case 502:
    case 504:
      return new ServerError(fields)
    default:
      return status >= 300 && status < 400
        ? new Redirected({ ...fields, location: placeOf(headers.get("location")), hint })
        : new UnexpectedStatus(fields)
  }
}

/** Where a redirect leads to, without the query, in which passwords travel, and without a user's name and password. */
const placeOf = (location: string | undefined): string | undefined =>
  location?.replace(/[?#].*$/s, "").replace(/^([a-z][a-z\d+.-]*:)?\/\/[^/]*@/i, "$1//")

const detailOf = (headers: ResponseHeaders): string | undefined => {
  const text = headers.get("x-hcp-errormessage")?.trim().slice(0, maxDetailLength)
  return text === "" ? undefined : text
}

/** Only what looks like an ETag of HCP: it is shown, and whoever answers may have put anything there. */
const etagOf = (headers: ResponseHeaders): string | undefined =>
  /^"[\w-]{1,128}"$/.exec(headers.get("etag")?.trim() ?? "")?.[0]

const sizeOutside = (headers: ResponseHeaders): number | undefined => {
  const [, size] = /^bytes \*\/(\d{1,16})$/i.exec(headers.get("content-range")?.trim() ?? "") ?? []
  return size !== undefined && Number.isSafeInteger(Number(size)) ? Number(size) : undefined
}

/**
 * `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date, which is read against the answer's own `Date` so that
 * clocks need not agree. Junk is ignored; a date in the past is zero.
 */
const retryAfter = (headers: ResponseHeaders, now: number | undefined): Duration.Duration | undefined => {
  const value = headers.get("retry-after")?.trim()
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Duration.seconds(Math.min(Number(value), maxSeconds))
  const until = toHttpDate(value)
  const from = toHttpDate(headers.get("date")) ?? now
  if (until === undefined || from === undefined) return undefined
  return Duration.millis(Math.max(0, until - from))
}
