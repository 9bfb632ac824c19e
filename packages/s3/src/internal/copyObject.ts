/**
 * Copies objects inside HCP, also onto themselves, which is how HCP changes what is said about them.
 *
 * @internal
 */
import * as Conditions from "@effect-hcp/sdk/Conditions"
import { type HcpError, UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import { type KindsOf, problemOf } from "@effect-hcp/sdk/OptionCheck"
import { reconcile } from "@effect-hcp/sdk/Reconcile"
import * as Effect from "effect/Effect"
import type { CallOptions } from "../CallOptions.ts"
import type { Gateway } from "../Gateway.ts"
import type { Changes, Copied, CopyOptions, Source } from "../S3ObjectOptions.ts"
import { descriptionHeaders, protectionHeaders } from "../Settings.ts"
import * as UserMetadata from "../UserMetadata.ts"
import { etagOf, instantOf, textOf, versionOf } from "./answerXml.ts"
import { call, checked, invalid, okOrFail, type Pair, refused, rootOf, type S3Request } from "./gateway.ts"
import { idProblem } from "./ids.ts"
import { bucketProblem, keyProblem } from "./names.ts"
import { sourceKinds } from "./optionKinds.ts"
import { head } from "./readObject.ts"
import { encodePath, encodeText } from "./signatureV4.ts"

const sourcePrefix = "x-amz-copy-source"

const kinds: KindsOf<Source> = sourceKinds

/** The header that names the source. Fails with `InvalidInput` for one that cannot be. */
export const sourceHeader = (request: S3Request, from: Source): Effect.Effect<Pair, HcpError> => {
  // Without its name, misspelt for instance, a version would be the current one.
  const misuse = problemOf(from, kinds, { within: "from", required: ["bucket", "key"] })
  if (misuse !== undefined) return Effect.fail(refused(request, misuse))
  const detail = bucketProblem(from.bucket) ?? keyProblem(from.key)
  if (detail !== undefined) return Effect.fail(invalid(request, "from", detail))
  const problem = idProblem("versionId", from.versionId)
  if (problem !== undefined) return Effect.fail(invalid(request, ...problem))
  const version = from.versionId === undefined ? "" : `?versionId=${encodeText(from.versionId)}`
  return Effect.succeed([sourcePrefix, `${encodePath(`/${from.bucket}/${from.key}`)}${version}`])
}

/** Copies; `kept` is user metadata HCP has given before, to be said once more. */
const copyWith = Effect.fnUntraced(function* (
  gateway: Gateway,
  from: Source,
  bucket: string,
  key: string,
  options: CopyOptions,
  kept: UserMetadata.UserMetadata | undefined
): Effect.fn.Return<Copied, HcpError> {
  const request: S3Request = { method: "PUT", bucket, key, options }
  const replaces = options.contentType !== undefined || options.metadata !== undefined || kept !== undefined
  const headers: ReadonlyArray<Pair> = [
    yield* sourceHeader(request, from),
    ["x-amz-metadata-directive", replaces ? "REPLACE" : "COPY"],
    ...(yield* checked(request, descriptionHeaders(options))),
    ...(yield* checked(request, UserMetadata.takenOver(kept ?? {}))),
    ...(yield* checked(request, protectionHeaders(options))),
    ...(yield* checked(request, Conditions.toHeaders(options.source ?? {}, `${sourcePrefix}-`)))
  ]
  const sent: S3Request = { ...request, headers }
  const reply = yield* call(gateway, sent)
  const answered = Effect.map(
    Effect.flatMap(okOrFail(gateway, sent, reply), () => rootOf(gateway, sent, reply, "CopyObjectResult")),
    (root): Copied => ({
      etag: etagOf(textOf(root, "ETag")),
      modifiedAt: instantOf(textOf(root, "LastModified")),
      versionId: versionOf(reply.headers.get("x-amz-version-id")),
      sourceVersionId: versionOf(reply.headers.get("x-amz-copy-source-version-id")),
      servicedBy: reply.servicedBy
    })
  )
  return yield* reconcile("s3Copy", reply, madeFrom(gateway, from, { bucket, key }, options), answered)
})

/**
 * What is stored at the target, if it is what the source holds and so an attempt made it whose answer was lost. If
 * nobody can tell, as of an object that was copied onto itself, the refusal stays.
 */
const madeFrom = (
  gateway: Gateway,
  from: Source,
  to: Pick<Source, "bucket" | "key">,
  { responseTimeout }: CallOptions
): Effect.Effect<Copied | undefined> =>
  Effect.gen(function* () {
    if (from.bucket === to.bucket && from.key === to.key) return undefined
    const original = yield* head(gateway, from.bucket, from.key, { responseTimeout, versionId: from.versionId })
    const made = yield* head(gateway, to.bucket, to.key, { responseTimeout })
    if (made.md5 === undefined || made.md5 !== original.md5 || made.size !== original.size) return undefined
    const { etag, modifiedAt, servicedBy, versionId } = made
    return { etag, modifiedAt, versionId, sourceVersionId: original.versionId, servicedBy }
  }).pipe(Effect.catch(() => Effect.succeed(undefined)))

/** @internal */
export const copy = (
  gateway: Gateway,
  from: Source,
  bucket: string,
  key: string,
  options: CopyOptions = {}
): Effect.Effect<Copied, HcpError> => copyWith(gateway, from, bucket, key, options, undefined)

/** @internal */
export const modify = Effect.fnUntraced(function* (
  gateway: Gateway,
  bucket: string,
  key: string,
  changes: Changes,
  options?: CallOptions
): Effect.fn.Return<Copied, HcpError> {
  const now = yield* head(gateway, bucket, key, options)
  if (changes.metadata === undefined && now.missingMetadata > 0) {
    const detail = "HCP does not show all user metadata of the object, which a change would then lose; give `metadata`"
    return yield* refused({ method: "PUT", bucket, key }, new UnexpectedAnswer({ detail }))
  }
  // Without REPLACE a copy of an object onto itself is refused, and REPLACE takes nothing over.
  const asked: CopyOptions = {
    ...options,
    ...changes,
    contentType: changes.contentType ?? now.contentType,
    source: now.etag === undefined ? undefined : { ifMatch: now.etag }
  }
  const kept = changes.metadata === undefined ? now.metadata : undefined
  return yield* copyWith(gateway, { bucket, key }, bucket, key, asked, kept)
})
