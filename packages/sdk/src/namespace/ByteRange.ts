/**
 * A part of an object, in bytes.
 *
 * **Example** (the last kilobyte)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { ByteRange, Namespace } from "@effect-hcp/sdk"
 *
 * const tail = Effect.gen(function* () {
 *   const ns = yield* Namespace.Namespace
 *   return (yield* ns.get("/log.txt", { range: ByteRange.last(1024) })).text
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type { HcpResponse } from "../HcpResponse.ts"
import { contentRangeOf } from "../internal/body/contentRange.ts"
import { UnexpectedAnswer } from "../ObjectReason.ts"
import { InvalidInput } from "../WireReason.ts"
import * as Conditions from "./Conditions.ts"

/**
 * A part of an object. It is checked when it is sent: positions are whole numbers from 0, `between` is not empty.
 *
 * @category models
 * @since 0.1.0
 */
export type ByteRange =
  | { readonly _tag: "From"; readonly first: number }
  | { readonly _tag: "Between"; readonly first: number; readonly last: number }
  | { readonly _tag: "Last"; readonly count: number }

/**
 * From the byte at `first`, counted from 0, to the end.
 *
 * @category constructors
 * @since 0.1.0
 */
export const from = (first: number): ByteRange => ({ _tag: "From", first })

/**
 * From the byte at `first` to the byte at `last`, both counted from 0 and both included. What lies behind the end of
 * the object is left out.
 *
 * @category constructors
 * @since 0.1.0
 */
export const between = (first: number, last: number): ByteRange => ({ _tag: "Between", first, last })

/**
 * The last `count` bytes, or the whole object if it has no more.
 *
 * @category constructors
 * @since 0.1.0
 */
export const last = (count: number): ByteRange => ({ _tag: "Last", count })

/**
 * The range that a request to a server of yours asks for: the value of its header `Range`.
 *
 * `undefined` for what a server leaves aside, and answers with the whole (RFC 9110, section 14.2): no header, another
 * unit than bytes, several ranges at once, and what is no range. A number too large for a position stands for the
 * largest one, so `bytes=0-99999999999999999999` is the whole object.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromHeader = (header: string | undefined): ByteRange | undefined => {
  const [, begin = "", end = ""] = /^bytes=[\t ]*(\d*)-(\d*)$/i.exec(header?.trim() ?? "") ?? []
  if (begin === "") {
    const count = positionOf(end)
    return count === 0 ? undefined : last(count)
  }
  if (end === "") return from(positionOf(begin))
  return positionOf(begin) <= positionOf(end) ? between(positionOf(begin), positionOf(end)) : undefined
}

const positionOf = (digits: string): number => Math.min(Number(digits), Number.MAX_SAFE_INTEGER)

/**
 * The part HCP sent: positions counted from 0, `last` included, and the size of the whole object.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sent {
  readonly first: number
  readonly last: number
  readonly size: number | undefined
}

const isPosition = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/**
 * The value of the header `Range`. Fails with `InvalidInput` (field `range`).
 *
 * @category combinators
 * @since 0.1.0
 */
export const print = (range: ByteRange): Result.Result<string, InvalidInput> => {
  switch (range._tag) {
    case "From":
      return isPosition(range.first)
        ? Result.succeed(`bytes=${range.first}-`)
        : bad("first is not a whole number, 0 or more")
    case "Between":
      return isPosition(range.first) && isPosition(range.last) && range.first <= range.last
        ? Result.succeed(`bytes=${range.first}-${range.last}`)
        : bad("first and last are not whole numbers with 0 <= first <= last")
    case "Last":
      return isPosition(range.count) && range.count > 0
        ? Result.succeed(`bytes=-${range.count}`)
        : bad("count is not a whole number greater than 0")
  }
}

/**
 * The headers of a read of a part, under conditions; `undefined` where there is neither. Fails as {@link print} and
 * `Conditions.toHeaders` do.
 *
 * @category combinators
 * @since 0.1.0
 */
export const toHeaders = (
  options: Conditions.Conditions & { readonly range?: ByteRange | undefined }
): Result.Result<ReadonlyArray<readonly [name: string, value: string]> | undefined, InvalidInput> => {
  const { range } = options
  const conditions = Conditions.isConditional(options) ? Conditions.toHeaders(options) : Result.succeed(undefined)
  if (range === undefined || Result.isFailure(conditions)) return conditions
  return Result.map(print(range), (text) => [...(conditions.success ?? []), ["Range", text]])
}

const bad = (detail: string): Result.Result<never, InvalidInput> =>
  Result.fail(new InvalidInput({ field: "range", detail }))

/** Whether what was sent is what was asked for, or what the object has of it. */
const isAnswered = (range: ByteRange, sent: Sent): boolean => {
  const end = sent.size === undefined ? undefined : sent.size - 1
  switch (range._tag) {
    case "From":
      return sent.first === range.first && (end === undefined || sent.last === end)
    case "Between":
      return sent.first === range.first && sent.last === Math.min(range.last, end ?? sent.last)
    case "Last":
      return (
        sent.last - sent.first < range.count &&
        (end === undefined || (sent.last === end && sent.first === Math.max(0, end + 1 - range.count)))
      )
  }
}

/**
 * Which part of an object an answer holds, if it is what was asked for; `undefined` for the whole.
 *
 * A server may ignore a range and answer 200 with the whole object (RFC 9110, section 14.2). That is taken where the
 * range is the whole; `size` is that of the object in bytes, if it is known. Fails with `UnexpectedAnswer` for anything
 * else than what was asked for.
 *
 * @category combinators
 * @since 0.1.0
 */
export const received = (
  range: ByteRange | undefined,
  answer: Pick<HcpResponse, "status" | "headers">,
  size: number | undefined
): Result.Result<Sent | undefined, UnexpectedAnswer> => {
  if (answer.status !== 206) {
    return range === undefined || isWhole(range, size)
      ? Result.succeed(undefined)
      : another("the whole object was sent where a part was asked for")
  }
  const sent = contentRangeOf(answer.headers)
  return range !== undefined && sent !== undefined && isAnswered(range, sent)
    ? Result.succeed(sent)
    : another("another part of the object was sent than was asked for")
}

const another = (detail: string): Result.Result<never, UnexpectedAnswer> =>
  Result.fail(new UnexpectedAnswer({ detail }))

/** Whether a range is all of an object of this size. */
const isWhole = (range: ByteRange, size: number | undefined): boolean => {
  switch (range._tag) {
    case "From":
      return range.first === 0
    case "Between":
      return range.first === 0 && size !== undefined && range.last >= size - 1
    case "Last":
      return size !== undefined && range.count >= size
  }
}
