/**
 * Deletes one object, version or folder.
 *
 * @internal
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { HcpReply } from "@effect-hcp/sdk/HcpResponse"
import { reconcile } from "@effect-hcp/sdk/Reconcile"
import * as Effect from "effect/Effect"
import type { Gateway } from "../Gateway.ts"
import type { Deleted, DeleteOptions } from "../S3ObjectOptions.ts"
import { booleanOf, versionOf } from "./answerXml.ts"
import { accepted, call, failureOf, invalid, type Pair, type S3Request } from "./gateway.ts"

/** What passes a protection. */
type Passes = Pick<DeleteOptions, "bypassGovernance" | "privileged">

/** @internal */
export const remove = Effect.fnUntraced(function* (
  gateway: Gateway,
  bucket: string,
  key: string,
  options: DeleteOptions = {}
): Effect.fn.Return<Deleted, HcpError> {
  const request: S3Request = { method: "DELETE", bucket, key, query: { versionId: options.versionId }, options }
  const headers = yield* deleteHeaders(request, options)
  const reply = yield* sendDelete(gateway, { ...request, headers })
  return {
    deleteMarker: booleanOf(reply.headers.get("x-amz-delete-marker")),
    versionId: versionOf(reply.headers.get("x-amz-version-id"))
  }
})

/**
 * Sends a DELETE. What is gone after an attempt whose answer was lost, that attempt deleted; but where the whole bucket
 * is missing nothing of it was.
 */
export const sendDelete = (gateway: Gateway, request: S3Request): Effect.Effect<HcpReply, HcpError> =>
  Effect.flatMap(call(gateway, request), (reply) => {
    const isOfBucket = request.key === undefined && request.query === undefined
    const gone = Effect.map(failureOf(gateway, request, reply), ({ reason }) =>
      reason._tag === "S3Refused" && reason.code === "NoSuchBucket" && !isOfBucket ? undefined : reply
    )
    return reconcile("s3Delete", reply, gone, accepted(gateway, request, reply))
  })

const maxReason = 1024

/** The headers that pass a protection. Fails with `InvalidInput` for a reason HCP does not take. */
export const deleteHeaders = (
  request: S3Request,
  { bypassGovernance, privileged }: Passes
): Effect.Effect<ReadonlyArray<Pair>, HcpError> => {
  const headers: Array<Pair> = []
  if (privileged !== undefined) {
    if (privileged.trim() === "" || privileged.length > maxReason || !/^[\x20-\x7e]+$/.test(privileged)) {
      const detail = `is no reason: 1 to ${maxReason} characters of ASCII`
      return Effect.fail(invalid(request, "privileged", detail))
    }
    headers.push(["x-hcp-privileged", privileged])
  }
  if (bypassGovernance === true) headers.push(["x-amz-bypass-governance-retention", "true"])
  return Effect.succeed(headers)
}
