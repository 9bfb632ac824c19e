/**
 * How a call went at one system, and the rules of what follows from it: all are functions of the request and the
 * outcome.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as HcpBody from "../../HcpBody.ts"
import { HcpError } from "../../HcpError.ts"
import { type HcpRequest, isRead, pairsOf } from "../../HcpRequest.ts"
import type { HcpResponse } from "../../HcpResponse.ts"
import type { Permission } from "../../ReplicaEvent.ts"
import * as RetryPolicy from "../../RetryPolicy.ts"
import { SystemsUnavailable } from "../../WireReason.ts"
import { isBusy, isOfThisComputer, isServerTrouble } from "../request/judge.ts"
import type { Change } from "./changes.ts"

/** What the rules look at of an answer. @internal */
export type Answered = Pick<HcpResponse, "status" | "failedAttempts" | "retriedAfterAmbiguousFailure" | "servicedBy">

/** An answer (whatever its status) and how to let go of it, or an error. @internal */
export type Result<A extends Answered = Answered> =
  | { readonly _tag: "Answer"; readonly response: A; readonly letGo: Effect.Effect<void> }
  | { readonly _tag: "Error"; readonly error: HcpError }

type Failure = Extract<Result, { readonly _tag: "Error" }>

/** @internal */
export const unwrap = <A extends Answered>(result: Result<A>): Effect.Effect<A, HcpError> =>
  result._tag === "Answer" ? Effect.succeed(result.response) : Effect.fail(result.error)

/** @internal */
export const letGo = (result: Result): Effect.Effect<void> => (result._tag === "Answer" ? result.letGo : Effect.void)

/**
 * Whether the system says that it lacks what the request names. 204 is said of annotations and ACLs that are not there,
 * and by S3 of every DELETE. In Swift it says only that there is no body.
 *
 * @internal
 */
export const isAbsent = (request: HcpRequest, result: Result): boolean => {
  if (result._tag === "Error") return false
  const { status } = result.response
  if (status === 404) return true
  if (request.expects?.gateway === "swift") return isRead(request) && status === 410
  if (isRead(request)) return status === 410 || status === 204
  return status === 204 && request.method === "DELETE" && !endsWhatIsNoObject(request)
}

// The end of an upload in parts, and of the CORS rules of a bucket, are 204 only where they were there.
const endsWhatIsNoObject = (request: HcpRequest): boolean => names(request.query, ["uploadId", "cors"])

/**
 * Whether a system would confirm the request though it lacks the object: the DELETE of S3.
 *
 * @internal
 */
export const hidesAbsence = (request: HcpRequest): boolean =>
  request.method === "DELETE" && request.expects?.gateway === "s3" && !endsWhatIsNoObject(request)

/** The request that finds out first whether it is there. @internal */
export const lookFirst = (request: HcpRequest): HcpRequest => ({
  ...request,
  method: "HEAD",
  headers: undefined,
  body: undefined,
  expects: { gateway: "s3" }
})

/** @internal */
export const isTrouble = (result: Result): boolean =>
  result._tag === "Answer" && isServerTrouble(result.response.status)

/**
 * Whether the outcome is an error that the other system may not have; what is wrong with the request itself is wrong
 * everywhere. @internal
 */
export const hasGivenUp = (result: Result): result is Failure =>
  result._tag === "Error" &&
  (result.error.systemDown || result.error.isRetryable) &&
  !isOfThisComputer(result.error.reason)

/** Whether what happened at the primary sends the call on to the replica. @internal */
export const mayMoveOn = (request: HcpRequest, permission: Permission, result: Result): boolean => {
  if (result._tag === "Answer" && result.response.status === 410 && isRead(request)) return true
  const wanted =
    permission === "allowed"
      ? isTrouble(result) || hasGivenUp(result)
      : result._tag === "Error" && result.error.systemDown
  return wanted && isSafeAfter(request, result)
}

/** @internal */
export const isReplayable = (request: HcpRequest): boolean => HcpBody.isReplayable(request.body ?? HcpBody.empty)

/**
 * Whether the request may be sent to the other system. One that was refused because there is no object did nothing.
 * @internal
 */
export const isSafeAfter = (request: HcpRequest, result: Result): boolean =>
  RetryPolicy.mayRepeat({
    method: request.method,
    idempotent: request.idempotent,
    replayable: isReplayable(request),
    reached:
      result._tag === "Error"
        ? result.error.reached
        : isAbsent(request, result) && !maybeDone(result)
          ? "nothing"
          : "answer"
  }) === "yes"

/** Whether the request may have taken effect without a final answer. @internal */
export const maybeDone = (result: Result): boolean =>
  result._tag === "Error"
    ? result.error.reached === "request"
    : result.response.retriedAfterAmbiguousFailure || (isTrouble(result) && !isBusy(result.response.status))

/**
 * The same of this system alone, where the doubt of another one was handed to it: an answer to the first attempt leaves
 * no doubt.
 *
 * @internal
 */
export const isOwnDoubt = (result: Result, wasInDoubt: boolean): boolean =>
  maybeDone(result) &&
  !(wasInDoubt && result._tag === "Answer" && !isTrouble(result) && result.response.failedAttempts.length === 0)

/** Whether the request names an object to be copied. @internal */
export const isCopy = (request: HcpRequest): boolean =>
  request.method === "COPY" || names(request.headers, ["x-hcp-copysource", "x-amz-copy-source"])

/**
 * What a request changed of its object at the replica. `wasFound` says that the object was known to be there before,
 * where the answer to a DELETE alone does not say so.
 *
 * @internal
 */
export const changeBy = (request: HcpRequest, result: Result, wasFound: boolean): Change | undefined => {
  if (isRead(request) || isOfAnUpload(request)) return undefined
  if (result._tag === "Answer" && result.response.status < 300) {
    if (request.method !== "DELETE") return "stored"
    return isAbsent(request, result) && !wasFound ? undefined : "deleted"
  }
  if (request.method === "DELETE" || !maybeDone(result)) return undefined
  // It is there: by this call, or by another one before.
  const isThere = result._tag === "Answer" && (result.response.status === 409 || result.response.status === 412)
  return isThere ? "stored" : "maybeStored"
}

// Parts are no object until they are put together; a batch names its objects in its body.
const isOfAnUpload = ({ method, query }: HcpRequest): boolean =>
  names(query, ["uploads", "delete"]) || (method !== "POST" && names(query, ["uploadId"]))

const names = (pairs: HcpRequest["query"], wanted: ReadonlyArray<string>): boolean =>
  pairs !== undefined && pairsOf(pairs).some(([name]) => wanted.includes(name) || wanted.includes(name.toLowerCase()))

/**
 * The error of both. The replica may only lag behind: its "not found" says nothing while the primary cannot be asked.
 *
 * @internal
 */
export const bothFailed = (
  request: HcpRequest,
  primary: HcpError,
  { mayHaveActed, result }: { readonly result: Result; readonly mayHaveActed: boolean }
): Effect.Effect<never, HcpError> => {
  const replica = result._tag === "Error" && (primary.systemDown || primary.isRetryable) ? result.error : undefined
  if (replica === undefined && (!mayHaveActed || primary.reached === "request")) return Effect.fail(primary)
  return Effect.fail(
    new HcpError({
      operation: request.method,
      target: replica === undefined ? primary.target : undefined,
      path: request.path,
      reached: mayHaveActed || primary.reached === "request" ? "request" : (replica ?? primary).reached,
      failedAttempts: [...primary.failedAttempts, ...(replica?.failedAttempts ?? [])],
      systemDown: primary.systemDown && (replica === undefined || replica.systemDown),
      reason:
        replica === undefined
          ? primary.reason
          : new SystemsUnavailable({ primary: primary.reason.message, replica: replica.reason.message })
    })
  )
}
