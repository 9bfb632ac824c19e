/**
 * What follows a failed attempt: the rules of repeating, as one pure function.
 *
 * @internal
 */

import type { FailedAttempt, Reached, Reason } from "../../HcpError.ts"
import type { NodeAddress } from "../../NodeHealth.ts"
import type * as RetryPolicy from "../../RetryPolicy.ts"
import { NotReplayable } from "../../WireReason.ts"
import { isOfTheWay, isOfThisComputer } from "./judge.ts"

/** A failure as far as repeating is concerned. */
export interface Failure {
  readonly reason: Reason
  readonly reached: Reached
  /** The connection was warm and broke before any answer: the node had closed it. */
  readonly stale: boolean
  /** The node that failed; `undefined` where none was chosen. */
  readonly node: NodeAddress | undefined
  /** Whether the request may have been carried out although its answer says otherwise, or came from somebody else. */
  readonly isAmbiguous: boolean
  /** What stands for the failure: an answer with a bad status, a body that broke or is wrong, or no answer. */
  readonly stage: "none" | "status" | "body"
}

/** What a call remembers once an attempt failed. */
export interface History {
  readonly failed: Array<FailedAttempt>
  readonly tried: Set<NodeAddress>
  /** Attempts that count against the policy. */
  counted: number
  /** Connections that were closed while they were idle. */
  stale: number
  /** Bodies with a wrong hash. */
  mismatches: number
  refreshedCredentials: boolean
  /** Whether an attempt may have taken effect without a final answer. */
  maybeDone: boolean
}

/** What is known of the request and its system at this moment. */
export interface Snapshot {
  readonly attempts: number
  /** Whether sending the request once more is safe; see `RetryPolicy.mayRepeat`. */
  readonly safety: ReturnType<typeof RetryPolicy.mayRepeat>
  /** Whether the status says that the credentials may be wrong. */
  readonly isRefused: boolean
  /** Whether there is a node that this call has not tried. */
  readonly hasUntried: boolean
  /** Whether the whole system seems to be down. */
  readonly seemsDown: boolean
  /** When the call is left to another system; see `ExecuteOptions` of Target. */
  readonly handOver: "never" | "whenDown" | "beforeDelay"
  /** Whether a body that broke may be asked for again. */
  readonly repeatsBody: boolean
}

/**
 * What to do: stop; try again at once for nothing (`Free`), or for one attempt and a part of the budget (`Now`); the
 * same after a delay (`After`); or ask for new credentials first, and try again if there are some.
 */
export type Decision =
  | { readonly _tag: "Stop"; readonly reason: Reason }
  | { readonly _tag: "Free" }
  | { readonly _tag: "Now" }
  | { readonly _tag: "After" }
  | { readonly _tag: "RefreshCredentials"; readonly isWorthARetry: boolean }

const free: Decision = { _tag: "Free" }
const now: Decision = { _tag: "Now" }
const after: Decision = { _tag: "After" }

// A warm connection that turns out closed costs no attempt; a node that closes every one of them does.
const maxStale = 3

/** Takes note of a failure in the history, before it is decided what follows. */
export const note = (history: History, failure: Failure): void => {
  if (failure.stage === "body" && failure.reason._tag === "IntegrityError") history.mismatches++
  if (failure.node === undefined || isFree(history, failure) || isOfThisComputer(failure.reason)) return
  history.tried.add(failure.node)
}

const isFree = (history: History, failure: Failure): boolean => failure.stale && history.stale < maxStale

/** What follows a failure that was noted. Changes nothing. */
export const decide = (history: History, failure: Failure, snapshot: Snapshot): Decision => {
  const { reached, reason } = failure
  const stop: Decision = { _tag: "Stop", reason }
  if (snapshot.isRefused) {
    // Also where this call cannot be repeated: the next one profits.
    return history.refreshedCredentials
      ? stop
      : { _tag: "RefreshCredentials", isWorthARetry: snapshot.safety !== "bodyIsGone" }
  }
  if (failure.stage === "body") return bodyDecision(history, reason, snapshot)
  const otherCertificate = reason._tag === "CertificateError"
  if (!reason.isRetryable && !otherCertificate) return stop
  if (snapshot.safety === "unsafe") return stop
  if (snapshot.safety === "bodyIsGone") return { _tag: "Stop", reason: new NotReplayable({ failure: reason.message }) }
  if (isFree(history, failure)) return free
  // What is wrong on the way to all nodes is met at each of them.
  const hasUntried = snapshot.hasUntried && !isOfTheWay(reason)
  const handOver = isOfThisComputer(reason) ? "never" : snapshot.handOver
  if (reached === "nothing") {
    if (hasUntried) return free
    if (otherCertificate || (handOver !== "never" && snapshot.seemsDown)) return stop
  }
  const waits = failure.stage === "status" || !hasUntried
  if (history.counted + 1 >= snapshot.attempts || (waits && handOver === "beforeDelay")) return stop
  return waits ? after : now
}

/** A body that broke is asked for again at another node; one whose hash is wrong only once. */
const bodyDecision = (history: History, reason: Reason, { attempts, repeatsBody }: Snapshot): Decision =>
  repeatsBody && isBrokenBody(reason) && history.mismatches < 2 && history.counted + 1 < attempts
    ? now
    : { _tag: "Stop", reason }

/**
 * A body that may be whole when it is asked for again. No byte of one with broken framing can be trusted: it is asked
 * for again, and never continued. A document that ends too early was cut before somebody framed it.
 */
export const isBrokenBody = (reason: Reason): boolean =>
  reason._tag === "ProtocolError" ||
  reason._tag === "IntegrityError" ||
  (reason._tag === "InvalidXml" && reason.isTruncated) ||
  isIncomplete(reason)

/** A body that broke off, was too slow, or stood still; what came of it is right. */
export const isIncomplete = (reason: Reason): boolean =>
  reason._tag === "IncompleteBody" ||
  reason._tag === "ConnectionLost" ||
  (reason._tag === "Timeout" && (reason.phase === "body" || reason.phase === "rate"))
