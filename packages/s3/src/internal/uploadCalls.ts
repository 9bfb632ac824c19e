/**
 * The calls of one multipart upload.
 *
 * @internal
 */
import { createHash } from "node:crypto"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import { type HcpReply, isSuccess } from "@effect-hcp/sdk/HcpResponse"
import { reconcile } from "@effect-hcp/sdk/Reconcile"
import * as Xml from "@effect-hcp/sdk/Xml"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { CallOptions } from "../CallOptions.ts"
import type { Gateway } from "../Gateway.ts"
import { listAt } from "../Parts.ts"
import * as S3ObjectMetadata from "../S3ObjectMetadata.ts"
import { etagOf, instantOf, textOf } from "./answerXml.ts"
import type { Loaded, Part } from "./bodyParts.ts"
import { call, checked, failureOf, type Pair, rootOf, type S3Request, send, sendXml } from "./gateway.ts"
import type { SentPart } from "./multipartRun.ts"
import { unexpected } from "./paging.ts"
import { Parameter, SubResource } from "./parameter.ts"
import { xmlBody } from "./xmlBody.ts"

/** Which upload it is. */
export interface UploadRef {
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
}

/** What the answer to the last call says of the object. */
export interface Stored {
  /** Without its quotes. */
  readonly etag: string | undefined
  readonly versionId: string | undefined
  readonly servicedBy: string | undefined
}

/** An upload that was begun. */
export interface Begun extends UploadRef {
  /** When HCP gives it up by itself. */
  readonly abortsAt: DateTime.Utc | undefined
  /** The rule by which it does, where there is one. */
  readonly abortRuleId: string | undefined
  /** The FQDN of the system that has it. */
  readonly target: string
}

/** Begins an upload. An answer that is lost leaves an upload without parts behind, which HCP aborts by and by. */
export const begin = Effect.fnUntraced(function* (
  gateway: Gateway,
  place: Pick<UploadRef, "bucket" | "key">,
  headers: ReadonlyArray<Pair>,
  options: CallOptions
): Effect.fn.Return<Begun, HcpError> {
  const request: S3Request = {
    ...place,
    method: "POST",
    query: { [SubResource.uploads]: "" },
    headers,
    idempotent: true,
    options
  }
  const { reply, root } = yield* sendXml(gateway, request, "InitiateMultipartUploadResult")
  const uploadId = textOf(root, "UploadId")
  if (uploadId === undefined) return yield* unexpected(request, "it has no upload id")
  return {
    ...place,
    uploadId,
    target: reply.target,
    abortsAt: instantOf(reply.headers.get("x-amz-abort-date")),
    abortRuleId: reply.headers.get("x-amz-abort-rule-id") || undefined
  }
})

const partQuery = (uploadId: string, number: number) => ({
  [Parameter.partNumber]: String(number),
  [Parameter.uploadId]: uploadId
})

/** Sends one part and gives its ETag. HCP compares the part with its MD5 before it takes it. */
export const sendPart = Effect.fnUntraced(function* (
  gateway: Gateway,
  { bucket, key, uploadId }: UploadRef,
  { number }: Part,
  { body, md5 }: Loaded,
  options: CallOptions
): Effect.fn.Return<string, HcpError> {
  const request: S3Request = {
    method: "PUT",
    bucket,
    key,
    query: partQuery(uploadId, number),
    headers: [["Content-MD5", Buffer.from(md5).toString("base64")]],
    body,
    options
  }
  const reply = yield* send(gateway, request)
  const etag = etagOf(reply.headers.get("etag"))
  return etag === undefined ? yield* unexpected(request, "it has no ETag for the part") : etag
})

/**
 * Has HCP copy one part and gives its ETag. Not repeated by itself: HCP goes on with a copy nobody waits for any more.
 */
export const copyPart = Effect.fnUntraced(function* (
  gateway: Gateway,
  { bucket, key, uploadId }: UploadRef,
  number: number,
  headers: ReadonlyArray<Pair>,
  options: CallOptions
): Effect.fn.Return<string, HcpError> {
  const query = partQuery(uploadId, number)
  const request: S3Request = { method: "PUT", bucket, key, query, headers, idempotent: false, options }
  const { root } = yield* sendXml(gateway, request, "CopyPartResult")
  const etag = etagOf(textOf(root, "ETag"))
  return etag === undefined ? yield* unexpected(request, "it has no ETag for the part") : etag
})

const completion = (parts: ReadonlyArray<SentPart>) =>
  xmlBody(
    Xml.element(
      "CompleteMultipartUpload",
      {},
      ...parts.map(({ etag, number }) =>
        Xml.element("Part", {}, Xml.element("PartNumber", {}, number), Xml.element("ETag", {}, `"${etag}"`))
      )
    )
  )

/**
 * Puts the parts together. Other than most calls that are no PUT it may be repeated: a second one finds the upload
 * gone. Whether the first one took effect is then looked up.
 */
export const complete = Effect.fnUntraced(function* (
  gateway: Gateway,
  upload: UploadRef,
  parts: ReadonlyArray<SentPart>,
  headers: ReadonlyArray<Pair>,
  options: CallOptions
): Effect.fn.Return<Stored, HcpError> {
  const { bucket, key, uploadId } = upload
  const about = { method: "POST", bucket, key } as const
  const list = yield* checked(about, completion(parts))
  const request: S3Request = {
    ...about,
    query: { [Parameter.uploadId]: uploadId },
    headers: [...(list.headers ?? []), ...headers],
    body: list.body,
    idempotent: true,
    options
  }
  const attempt = yield* Effect.result(call(gateway, request))
  if (Result.isFailure(attempt)) {
    // Nothing was sent, so there is nothing to look up.
    if (attempt.failure.reached === "nothing") return yield* attempt.failure
    return (yield* completed(gateway, upload, parts, options)) ?? (yield* attempt.failure)
  }
  const reply = attempt.success
  const judged = isSuccess(reply)
    ? Effect.map(
        rootOf(gateway, request, reply, "CompleteMultipartUploadResult"),
        (root): Stored => ({ ...storedOf(reply), etag: etagOf(textOf(root, "ETag")) })
      )
    : Effect.flatMap(failureOf(gateway, request, reply), Effect.fail)
  return yield* Effect.catch(judged, (refused) =>
    reconcile("s3Complete", reply, completed(gateway, upload, parts, options), Effect.fail(refused))
  )
})

const storedOf = ({ headers, servicedBy }: HcpReply): Stored => {
  const { etag, versionId } = S3ObjectMetadata.fromHeaders(headers)
  return { etag, versionId, servicedBy }
}

/** The ETag of an object of parts, as S3 servers mostly make it: the MD5 of the MD5s of the parts, and their number. */
const compositeEtag = (parts: ReadonlyArray<Pick<SentPart, "etag">>): string => {
  const hash = createHash("md5")
  for (const { etag } of parts) hash.update(Buffer.from(etag, "hex"))
  return `${hash.digest("hex")}-${parts.length}`
}

/**
 * The object, if it is what the parts were to become, after the answer to the last call was lost. It is that if its
 * ETag is theirs; or, as HCP's own ETag is made in another way, if the upload is gone and the object has their size and
 * their number.
 */
const completed = Effect.fnUntraced(function* (
  gateway: Gateway,
  upload: UploadRef,
  parts: ReadonlyArray<SentPart>,
  options: CallOptions
): Effect.fn.Return<Stored | undefined, HcpError> {
  const { bucket, key } = upload
  const head = yield* call(gateway, { method: "HEAD", bucket, key, options }).pipe(
    Effect.catch(() => Effect.succeed(undefined))
  )
  if (head?.status !== 200) return undefined
  const stored = storedOf(head)
  const size = parts.reduce((sum, part) => sum + part.size, 0)
  if (Number(head.headers.get("content-length")) !== size) return undefined
  if (stored.etag?.toLowerCase() === compositeEtag(parts)) return stored
  if (stored.etag?.endsWith(`-${parts.length}`) !== true) return undefined
  return (yield* isGone(gateway, upload, options)) ? stored : undefined
})

const isGone = (gateway: Gateway, upload: UploadRef, options: CallOptions): Effect.Effect<boolean> =>
  listAt(gateway, upload, { ...options, pageSize: 1 }).pipe(
    Stream.take(1),
    Stream.runDrain,
    Effect.match({
      onFailure: ({ reason }) => reason._tag === "S3Refused" && reason.category === "notFound",
      onSuccess: () => false
    })
  )
