/**
 * Bytes that are read here and stored there: whose failure it is, and how often they are read.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type HcpError, isHcpError } from "../../HcpError.ts"
import { isIncomplete } from "../../internal/request/retry.ts"
import type { LocalError } from "../../LocalError.ts"
import * as RetryPolicy from "../../RetryPolicy.ts"

/** One of the two sides, as far as it has a policy. */
interface Side {
  readonly attempts?: number | undefined
}

/**
 * Whether what has failed may well succeed when it is read anew: a body, of which whoever asks for a stream has had one
 * attempt alone. What got no answer has been tried as often as its policy allows.
 */
export const isWorthAnother = (error: HcpError | LocalError): boolean =>
  error._tag === "HcpError" &&
  error.reached === "answer" &&
  (isIncomplete(error.reason) || error.reason._tag === "IntegrityError")

/**
 * Stores what is read elsewhere. Fails with why it could not be read, where that is why. A body that broke off, or was
 * changed on the way, is read again from its start, as often as both sides allow.
 */
export const storedAgain = <A, E extends HcpError | LocalError, R>(
  from: Side,
  to: Side,
  store: Effect.Effect<A, E | HcpError, R>
): Effect.Effect<A, E | HcpError, R> =>
  Effect.retry(Effect.mapError(store, readError), { times: attemptsOf(from, to) - 1, while: isWorthAnother })

const attemptsOf = (from: Side, to: Side): number => {
  const known = [from.attempts, to.attempts].filter((attempts) => attempts !== undefined)
  return known.length === 0 ? RetryPolicy.defaults.attempts : Math.min(...known)
}

const readError = <E>(error: E | HcpError): E | HcpError =>
  isHcpError(error) && error.reason._tag === "BodySourceFailed" && isHcpError(error.reason.error)
    ? error.reason.error
    : error
