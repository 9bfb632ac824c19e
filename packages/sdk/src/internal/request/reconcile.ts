/**
 * Was it done? What an answer means after an attempt that may have taken effect, one rule for each verb.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { digest } from "../../BodyDigest.ts"
import * as HcpBody from "../../HcpBody.ts"
import { HcpError } from "../../HcpError.ts"
import type { HcpRequest } from "../../HcpRequest.ts"
import type { HcpReply } from "../../HcpResponse.ts"
import { algorithmOf, statedHash } from "../body/integrity.ts"
import { okOrFail } from "./replyStatus.ts"

/**
 * Gone after an attempt whose answer was lost: that attempt deleted it. Only a system that could have known the object gives this answer: the
 * replica strategy does not hand over the 404 of another one.
 */
export const reconcileDelete =
  (request: HcpRequest) =>
  (reply: HcpReply): Effect.Effect<HcpReply, HcpError> =>
    reply.status === 404 && reply.retriedAfterAmbiguousFailure ? Effect.succeed(reply) : okOrFail(request)(reply)

/** Is what is stored now what was to be stored? The answer to the PUT was that something is there. */
export const reconcilePut = (
  request: HcpRequest,
  conflict: HcpReply,
  head: (request: HcpRequest) => Effect.Effect<HcpReply, HcpError>
): Effect.Effect<HcpReply, HcpError> =>
  Effect.gen(function* () {
    const failed = okOrFail(request)(conflict)
    const { bodyTimeout, path, responseTimeout } = request
    const stored = yield* head({ method: "HEAD", path, responseTimeout, bodyTimeout })
    const stated = statedHash(stored.headers)
    const algorithm = stated === undefined ? undefined : algorithmOf(stated.scheme)
    if (stored.status !== 200 || algorithm === undefined) return yield* failed
    const ours = yield* digest(request.body ?? HcpBody.empty, algorithm)
    const same = ours.size === Number(stored.headers.get("x-hcp-size")) && ours.digest.toString("hex") === stated?.hash
    // What a 201 would have said is in the HEAD: hash, version, times.
    return same
      ? { ...conflict, status: 201, headers: stored.headers, bytes: new Uint8Array(), text: "" }
      : yield* failed
  }).pipe(
    // Whatever goes wrong here, whether the PUT took effect stays unknown.
    Effect.mapError(({ failedAttempts, reason, systemDown, target }) => {
      const reached = reason._tag === "Conflict" ? "answer" : "request"
      return new HcpError({ operation: "PUT", target, path: request.path, failedAttempts, systemDown, reached, reason })
    })
  )
