/**
 * What the answers to the client's own PUT and DELETE come to after an attempt that may have taken effect.
 * `Reconcile.ts` says which refusals leave that open, for these and all other writes.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { digest } from "../../BodyDigest.ts"
import * as HcpBody from "../../HcpBody.ts"
import { HcpError } from "../../HcpError.ts"
import type { HcpRequest } from "../../HcpRequest.ts"
import type { HcpReply } from "../../HcpResponse.ts"
import { isOpen, reconcile } from "../../Reconcile.ts"
import { okOrFail } from "../../ReplyStatus.ts"
import { algorithmOf, statedHash } from "../body/integrity.ts"

/**
 * Gone after an attempt whose answer was lost: that attempt deleted it. Only a system that could have known the object
 * gives this answer: the replica strategy does not hand over the 404 of another one.
 */
export const reconcileDelete =
  (request: HcpRequest) =>
  (reply: HcpReply): Effect.Effect<HcpReply, HcpError> =>
    reconcile("delete", reply, Effect.succeed(reply), okOrFail(request)(reply))

/** Is what is stored now what was to be stored? Then the PUT was done, whatever its last answer says. */
export const reconcilePut = (
  request: HcpRequest,
  reply: HcpReply,
  head: (request: HcpRequest) => Effect.Effect<HcpReply, HcpError>
): Effect.Effect<HcpReply, HcpError> =>
  isOpen("put", reply)
    ? reconcile("put", reply, sameStored(request, reply, head), okOrFail(request)(reply))
    : okOrFail(request)(reply)

const sameStored = (
  request: HcpRequest,
  refusal: HcpReply,
  head: (request: HcpRequest) => Effect.Effect<HcpReply, HcpError>
): Effect.Effect<HcpReply | undefined, HcpError> =>
  Effect.gen(function* () {
    const { bodyTimeout, path, responseTimeout } = request
    const stored = yield* head({ method: "HEAD", path, responseTimeout, bodyTimeout })
    const stated = statedHash(stored.headers)
    if (stored.status !== 200 || stated === undefined || algorithmOf(stated.scheme) === undefined) return undefined
    const ours = yield* digest(request.body ?? HcpBody.empty, stated.scheme)
    const same = ours.size === Number(stored.headers.get("x-hcp-size")) && ours.hash.hex === stated.hash
    // What a 201 would have said is in the HEAD: hash, version, times.
    return same ? { ...refusal, status: 201, headers: stored.headers, bytes: new Uint8Array(), text: "" } : undefined
  }).pipe(
    // Whatever goes wrong here, whether the PUT took effect stays unknown.
    Effect.mapError(
      ({ failedAttempts, reason, systemDown, target }) =>
        new HcpError({
          operation: "PUT",
          target,
          path: request.path,
          failedAttempts,
          systemDown,
          reached: "request",
          reason
        })
    )
  )
