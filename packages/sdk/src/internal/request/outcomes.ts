/**
 * What an attempt has come to, and what is told of its answer.
 *
 * @internal
 */
import type { HcpError, Reached, Reason } from "../../HcpError.ts"
import type { ResponseHeaders } from "../../HcpHeaders.ts"
import type { Timings } from "../../HcpResponse.ts"
import type { IntegrityError } from "../../WireReason.ts"
import { type SentHashes, statedHash } from "../body/integrity.ts"
import type { Acquisition } from "../pool/acquisition.ts"
import type { Attempt, Outcome } from "./attempt.ts"
import { isRefusal, isServerTrouble, isStored, objection } from "./judge.ts"
import type { Answer } from "./response.ts"
import type { Failure } from "./retry.ts"
import { fromStatus } from "./statusReason.ts"

type Failed<A extends Answer> = Extract<Outcome<A>, { readonly _tag: "Failed" }>

/** The head of an answer. */
interface Head {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly redact: Answer["redact"]
}

/** The address of the node that was asked. */
export const addressOf = (acquisition: Acquisition | undefined): string => acquisition?.host?.endpoint.address ?? ""

/** An attempt that failed, where it was made. */
export const failed = <A extends Answer>(
  acquisition: Acquisition | undefined,
  reason: Reason,
  reached: Reached,
  stage: Failure["stage"],
  more: Partial<Pick<Failed<A>, "stale" | "isAmbiguous" | "answer">> = {}
): Failed<A> => {
  const { answer, isAmbiguous = false, stale = false } = more
  const { node } = acquisition ?? {}
  return { _tag: "Failed", node, address: addressOf(acquisition), reason, reached, stale, stage, isAmbiguous, answer }
}

/** What the reader of a body gets where it breaks. */
export const errorOf = <A extends Answer>(
  { before, prepared }: Attempt<A>,
  reason: Reason,
  reached: Reached
): HcpError => prepared.error(reason, { reached, failedAttempts: before.failedAttempts })

/** The failure that an answer is that is not HCP's, or not the one to this request; `undefined` for any other. */
export const objectionTo = <A extends Answer>(
  { prepared, system }: Attempt<A>,
  acquisition: Acquisition | undefined,
  { headers, status }: Head,
  bytes: Uint8Array | undefined
): Failed<A> | undefined => {
  const answer = { status, headers, bytes, address: addressOf(acquisition), port: system.port }
  const reason = objection(prepared.request, answer, system.acceptsUnmarked)
  if (reason === undefined) return undefined
  // A device may have passed the request on, whatever it says of it.
  const isAmbiguous = status >= 500
  return failed(acquisition, reason, "answer", reason._tag === "NotFromHcp" ? "status" : "body", { isAmbiguous })
}

/** How what HCP says it has stored differs from what was sent. */
export const storedOtherwise = <A extends Answer>(
  { prepared, system }: Attempt<A>,
  sent: SentHashes,
  { headers, status }: Head
): IntegrityError | undefined => {
  if (!isStored(status)) return undefined
  const stated = statedHash(headers)
  system.hashes.scheme = stated?.scheme ?? system.hashes.scheme
  return sent.compare(stated, headers, prepared.request)
}

/** An answer that is worth keeping, or that stands for a failure of what was sent with this signature. */
export const withAnswer = <A extends Answer>(
  { events }: Attempt<A>,
  acquisition: Acquisition | undefined,
  { headers, status }: Head,
  signature: ReadonlyArray<string>,
  make: () => A
): Outcome<A> => {
  const isBad = isServerTrouble(status) || isRefusal(status)
  const reason = isBad ? fromStatus(status, headers, events.clock.currentTimeMillisUnsafe()) : undefined
  const answer = make()
  if (reason === undefined) return { _tag: "Answered", answer }
  // Behind a 500, 502 or 504 the request may have been carried out all the same.
  const isAmbiguous = reason._tag === "ServerError"
  return { ...failed(acquisition, reason, "answer", "status", { isAmbiguous, answer }), signature }
}

/** What an answer tells, whatever becomes of its body. */
export const about = <A extends Answer>(
  { before, system }: Attempt<A>,
  acquisition: Acquisition | undefined,
  { headers, redact, status }: Head,
  timings: Timings
): Answer => ({
  status,
  headers,
  target: system.fqdn,
  port: system.port,
  node: addressOf(acquisition),
  role: system.role,
  servicedBy: headers.get("x-hcp-servicedbysystem"),
  attempts: before.attempts,
  failedAttempts: before.failedAttempts,
  retriedAfterAmbiguousFailure: before.retriedAfterAmbiguousFailure,
  redact,
  timings
})
