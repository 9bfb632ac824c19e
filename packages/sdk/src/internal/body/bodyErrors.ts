/**
 * The errors of bodies, which know nothing of the call that a body is for.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { HcpError, isHcpError } from "../../HcpError.ts"
import { callback } from "../../OptionCheck.ts"
import { BodySourceFailed, InvalidInput, type WireReason } from "../../WireReason.ts"

const operation = "read body"

/** An error of a body. */
export const failure = (reason: WireReason): HcpError => new HcpError({ operation, reason })

/**
 * Whether an error is one of a body, or of a function that was given to watch it. That of another call, from which a
 * body is read, is an error of its source as any other: as it is, it would pass for a failure of the system that the
 * body goes to, and be repeated there.
 */
export const isOfBody = (error: unknown): error is HcpError =>
  isHcpError(error) && (error.operation === operation || error.operation === callback)

export const fail = (reason: WireReason): Effect.Effect<never, HcpError> => Effect.fail(failure(reason))

export const sourceFailed = (source: string, detail: string): BodySourceFailed =>
  new BodySourceFailed({ source, detail })

/** What a stream failed with, whatever that is: what it says of itself may fail in its turn. */
export const streamFailed = (error: unknown): BodySourceFailed => {
  const said = Result.try(() => (error instanceof Error ? error.message : error))
  const detail = Result.isSuccess(said) && typeof said.success === "string" ? said.success : "it failed"
  return new BodySourceFailed({ source: "stream", detail, error })
}

/** Whether it is a number of bytes, or none is given. */
export const isCount = (value: number | undefined): boolean =>
  value === undefined || (Number.isSafeInteger(value) && value >= 0)

export const notACount = (field: string): Effect.Effect<never, HcpError> =>
  fail(new InvalidInput({ field, detail: "is not a whole number of bytes, 0 or more" }))

/** The body of an answer has one reader: another one would get what is left, if anything, and take it for the whole. */
export const readBefore = (): InvalidInput =>
  new InvalidInput({
    field: "the body of an answer",
    detail: "can be read only once, and was read before; ask for it again, or keep its bytes"
  })
