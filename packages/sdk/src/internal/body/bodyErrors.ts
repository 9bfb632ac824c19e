/**
 * The errors of bodies, which know nothing of the call that a body is for.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { HcpError } from "../../HcpError.ts"
import { BodySourceFailed, InvalidInput, type WireReason } from "../../WireReason.ts"

/** An error of a body. */
export const failure = (reason: WireReason): HcpError => new HcpError({ operation: "read body", reason })

export const fail = (reason: WireReason): Effect.Effect<never, HcpError> => Effect.fail(failure(reason))

export const sourceFailed = (source: string, detail: string): BodySourceFailed =>
  new BodySourceFailed({ source, detail })

/** Whether it is a number of bytes, or none is given. */
export const isCount = (value: number | undefined): boolean =>
  value === undefined || (Number.isSafeInteger(value) && value >= 0)

export const notACount = (field: string): Effect.Effect<never, HcpError> =>
  fail(new InvalidInput({ field, detail: "is not a whole number of bytes, 0 or more" }))
