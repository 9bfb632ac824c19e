/**
 * What every operation of a namespace begins with: the path on the wire, checked input, one deadline, and errors about
 * it.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { HcpError, type Reason } from "../../HcpError.ts"
import { type Pairs, pairsOf, type RequestOptions } from "../../HcpRequest.ts"
import { withDeadline } from "../../internal/request/deadline.ts"
import { type Kinds, problemOf } from "../../OptionCheck.ts"
import { InvalidInput } from "../../WireReason.ts"
import { restPath } from "./restPath.ts"

export { amended } from "../../internal/request/amended.ts"

/** What is tried, and with which path as the user wrote it. */
export interface About {
  readonly operation: string
  readonly path: string
}

/** A name and a value. */
export type Pair = readonly [name: string, value: string]

/** An error of input that was checked before anything was sent. */
export const refused = ({ operation, path }: About, reason: Reason): HcpError =>
  new HcpError({ operation, path, reason })

export const invalid = (about: About, field: string, detail: string): HcpError =>
  refused(about, new InvalidInput({ field, detail }))

/** What was checked, or the error. */
export const checkedNow = <A>(about: About, result: Result.Result<A, InvalidInput>): Result.Result<A, HcpError> =>
  Result.isFailure(result) ? Result.fail(refused(about, result.failure)) : Result.succeed(result.success)

/** The same as an effect. */
export const checked = <A>(about: About, result: Result.Result<A, InvalidInput>): Effect.Effect<A, HcpError> =>
  Effect.fromResult(checkedNow(about, result))

/** What a call fails with whose options are none of its own; nothing where they are. */
export const misuse = (
  operation: string,
  path: string,
  options: object | undefined,
  kinds: Kinds,
  required?: ReadonlyArray<string>
): Effect.Effect<never, HcpError> | undefined => {
  const reason = options === undefined && required === undefined ? undefined : problemOf(options, kinds, { required })
  return reason === undefined ? undefined : Effect.fail(refused({ operation, path }, reason))
}

/** The path as it is sent. */
export const wirePath = (about: About): Effect.Effect<string, HcpError> => checked(about, restPath(about.path))

/** What the caller gave, and after it what an operation adds. */
export const joined = (given: Pairs | undefined, added: ReadonlyArray<Pair>): Pairs | undefined => {
  if (given === undefined) return added.length === 0 ? undefined : added
  return [...pairsOf(given), ...added]
}

/**
 * The options every call takes, without those only an operation knows: each of them would be sent as part of the
 * request.
 */
export const common = (options: RequestOptions): RequestOptions => ({
  query: options.query,
  headers: options.headers,
  deadline: options.deadline,
  responseTimeout: options.responseTimeout,
  bodyTimeout: options.bodyTimeout,
  minRate: options.minRate,
  verify: options.verify,
  acceptGzip: options.acceptGzip,
  secrets: options.secrets,
  idempotent: options.idempotent
})

/** The times of a call, for a request beside it. */
export const sameTimes = ({ bodyTimeout, responseTimeout }: RequestOptions): RequestOptions => ({
  bodyTimeout,
  responseTimeout
})

/** One deadline over all the requests of an operation; they themselves are sent without. */
export const within =
  ({ operation, path }: About, deadline: Duration.Input | undefined) =>
  <A, R>(effect: Effect.Effect<A, HcpError, R>): Effect.Effect<A, HcpError, R> => {
    if (deadline === undefined) return effect
    return withDeadline(
      effect,
      deadline,
      (reason, attempts) => new HcpError({ operation, path, reached: "request", failedAttempts: attempts, reason })
    )
  }
