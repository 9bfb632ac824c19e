/**
 * Conditions for reading and storing: by ETag and by time of the last change.
 *
 * What comes of a condition that does not hold ("Using a Namespace", chapter on conditional requests):
 *
 * | | reading | storing |
 * |---|---|---|
 * | `ifMatch`, `ifUnmodifiedSince` | `PreconditionFailed` | `PreconditionFailed` |
 * | `ifNoneMatch` | `NotModified` | `PreconditionFailed` |
 * | `ifModifiedSince` | `NotModified` | `NotModified` |
 *
 * HCP knows no ETag of some old, large objects: a condition on one of those fails with `BadRequest` unless `forceEtag`
 * is set.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { toHttpDate } from "../internal/lenient.ts"
import { InvalidInput } from "../WireReason.ts"

/**
 * One ETag or several, with or without their quotes, or `"*"` for whatever is stored. A text is one ETag; the list that
 * a header holds is read by {@link fromHeaders}.
 *
 * @category models
 * @since 0.1.0
 */
export type ETags = string | ReadonlyArray<string>

/**
 * Conditions on what is stored. All that are given must hold.
 *
 * @category models
 * @since 0.1.0
 */
export interface Conditions {
  /** Holds if what is stored has one of these ETags. */
  readonly ifMatch?: ETags | undefined
  /** Holds if what is stored has none of these ETags; `"*"` if there is nothing. */
  readonly ifNoneMatch?: ETags | undefined
  /** Holds if it was changed after this time. Sent in whole seconds. */
  readonly ifModifiedSince?: DateTime.DateTime | undefined
  /** Holds if it was not changed after this time. Sent in whole seconds. */
  readonly ifUnmodifiedSince?: DateTime.DateTime | undefined
}

/**
 * The conditions of a request to a server of yours, by its headers, their names in lower case.
 *
 * As a server has to (RFC 9110, section 13.1), it leaves aside a time that is none, `If-Modified-Since` beside
 * `If-None-Match`, and `If-Unmodified-Since` beside `If-Match`. Never fails: what is no list of ETags is handed on as
 * it is, and the call that gets it fails with `InvalidInput` before anything is sent. `ifModifiedSince` is for reading:
 * a server that stores leaves it out.
 *
 * **Example** (an answer of a server)
 *
 * ```ts
 * import { ByteRange, Conditions, Namespace } from "@effect-hcp/sdk"
 * import { Effect } from "effect"
 * import { type HttpServerRequest, HttpServerResponse } from "effect/http"
 *
 * export const answer = Effect.fnUntraced(function* (path: string, request: HttpServerRequest.HttpServerRequest) {
 *   const ns = yield* Namespace.Namespace
 *   const range = ByteRange.fromHeader(request.headers.range)
 *   const { stream } = yield* ns.open(path, { ...Conditions.fromHeaders(request.headers), range })
 *   return HttpServerResponse.stream(stream)
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromHeaders = (headers: { readonly [name: string]: string | undefined }): Conditions => {
  const ifMatch = etagsIn(headers["if-match"])
  const ifNoneMatch = etagsIn(headers["if-none-match"])
  return {
    ifMatch,
    ifNoneMatch,
    ifModifiedSince: ifNoneMatch === undefined ? timeIn(headers["if-modified-since"]) : undefined,
    ifUnmodifiedSince: ifMatch === undefined ? timeIn(headers["if-unmodified-since"]) : undefined
  }
}

const timeIn = (header: string | undefined): DateTime.Utc | undefined => {
  const millis = toHttpDate(header)
  return millis === undefined ? undefined : Option.getOrUndefined(DateTime.make(millis))
}

// Quoted or not, with commas between them; a comma may stand inside the quotes, too.
const tag = /(?:W\/)?"[^"]*"|[^",\t ]+/g
const tagList = /^[\t ,]*(?:(?:(?:W\/)?"[^"]*"|[^",\t ]+)[\t ]*(?:,[\t ,]*|$))+$/

const etagsIn = (header: string | undefined): ETags | undefined => {
  if (header === undefined || header.trim() === "*") return header?.trim()
  return (tagList.test(header) ? header.match(tag) : undefined) ?? header
}

/**
 * Whether there is any condition.
 *
 * @category guards
 * @since 0.1.0
 */
export const isConditional = (conditions: Conditions): boolean =>
  conditions.ifMatch !== undefined ||
  conditions.ifNoneMatch !== undefined ||
  conditions.ifModifiedSince !== undefined ||
  conditions.ifUnmodifiedSince !== undefined

/**
 * The headers that say it, their names after `prefix`. Fails with `InvalidInput` for an ETag that cannot be one, for an
 * empty list, and for a time that is none.
 *
 * @category combinators
 * @since 0.1.0
 */
export const toHeaders = (
  conditions: Conditions,
  prefix = ""
): Result.Result<ReadonlyArray<readonly [name: string, value: string]>, InvalidInput> => {
  if (!isConditional(conditions)) return none
  const headers: Array<readonly [string, string]> = []
  const wanted = [
    ["ifMatch", "If-Match", etagList(conditions.ifMatch)],
    ["ifNoneMatch", "If-None-Match", etagList(conditions.ifNoneMatch)],
    ["ifModifiedSince", "If-Modified-Since", httpDate(conditions.ifModifiedSince)],
    ["ifUnmodifiedSince", "If-Unmodified-Since", httpDate(conditions.ifUnmodifiedSince)]
  ] as const
  for (const [field, name, value] of wanted) {
    if (Result.isFailure(value)) return Result.fail(new InvalidInput({ field, detail: value.failure }))
    if (value.success !== undefined) headers.push([prefix + name, value.success])
  }
  return Result.succeed(headers)
}

const none = Result.succeed<ReadonlyArray<readonly [name: string, value: string]>>([])

// RFC 9110, 8.8.3: no blanks and quotes inside; weak ones are passed on as they are.
const quoted = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/
const bare = /^[\x21\x23-\x2b\x2d-\x7e]+$/

const etagList = (etags: ETags | undefined): Result.Result<string | undefined, string> => {
  if (etags === undefined) return Result.succeed(undefined)
  if (etags === "*") return Result.succeed("*")
  const list = typeof etags === "string" ? [etags] : etags
  if (list.length === 0) return Result.fail('is an empty list; leave it out, or give "*" for whatever is stored')
  const parts: Array<string> = []
  for (const etag of list) {
    if (quoted.test(etag)) parts.push(etag)
    else if (bare.test(etag) && etag !== "*") parts.push(`"${etag}"`)
    else return Result.fail('holds what is no ETag; give one as HCP sent it ("68791e1b"), several as an array')
  }
  return Result.succeed(parts.join(", "))
}

const httpDate = (at: DateTime.DateTime | undefined): Result.Result<string | undefined, string> => {
  if (at === undefined) return Result.succeed(undefined)
  return DateTime.isDateTime(at)
    ? Result.succeed(DateTime.toDateUtc(at).toUTCString())
    : Result.fail('is no DateTime; give one, e.g. DateTime.makeUnsafe("2026-01-31T12:00:00Z")')
}
