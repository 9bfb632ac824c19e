/**
 * Stores objects and folders, and settles what a lost answer left open.
 *
 * @internal
 */
import { digest } from "@effect-hcp/sdk/BodyDigest"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { HcpReply } from "@effect-hcp/sdk/HcpResponse"
import * as Effect from "effect/Effect"
import type { PutOptions, Stored } from "../S3Object.ts"
import { fromHeaders } from "../S3ObjectMetadata.ts"
import { settingsHeaders } from "../Settings.ts"
import {
  type About,
  type CallOptions,
  call,
  checked,
  type Gateway,
  invalid,
  type Pair,
  type S3Request,
  settled
} from "./gateway.ts"

/** @internal */
export const put = Effect.fnUntraced(function* (
  gateway: Gateway,
  bucket: string,
  key: string,
  body: HcpBody.HcpBody,
  options: PutOptions = {}
): Effect.fn.Return<Stored, HcpError> {
  const about: About = { method: "PUT", bucket, key }
  if (key.endsWith("/")) {
    return yield* invalid(about, "key", "ends in a slash: HCP would make a folder and drop the data; see `makeFolder`")
  }
  if ((body._tag === "Streamed" || body._tag === "StreamedOnce") && body.length === undefined) {
    return yield* invalid(
      about,
      "body",
      "has no known length, which HCP needs; give the stream a length, or use `Multipart`, which takes any stream"
    )
  }
  const headers = [...(yield* checked(about, settingsHeaders(options))), ...(yield* md5Header(about, body, options))]
  const request: S3Request = {
    ...about,
    body,
    headers,
    verify: options.verify === false ? false : "etag",
    idempotent: options.idempotent,
    options
  }
  const reply = yield* call(gateway, request)
  // What the lost attempt stored may be in the way of the next, or protected by its own retention.
  const isOpen = reply.repeatedAfterUnknown && (reply.status === 409 || reply.status === 403)
  if (isOpen) {
    const stored = yield* sameStored(gateway, request)
    if (stored !== undefined) return stored
  }
  return toStored(yield* settled(gateway, request, reply))
})

/** @internal */
export const toStored = ({ headers }: Pick<HcpReply, "headers">): Stored => {
  const { etag, servicedBy, versionId } = fromHeaders(headers)
  return { etag, versionId, servicedBy }
}

const md5Header = (
  about: About,
  body: HcpBody.HcpBody,
  { contentMd5 }: PutOptions
): Effect.Effect<ReadonlyArray<Pair>, HcpError> => {
  const isInMemory = body._tag === "Bytes" || body._tag === "Text"
  if (!(contentMd5 ?? isInMemory)) return Effect.succeed([])
  if (body._tag === "StreamedOnce") {
    return Effect.fail(
      invalid(about, "contentMd5", "takes reading the body twice, and this stream can be read only once")
    )
  }
  return Effect.map(digest(body, "md5"), (hash) => [["Content-MD5", hash.digest.toString("base64")]])
}

/** What is stored, if it is what was to be stored. If nobody can tell, the refusal stays. */
const sameStored = (gateway: Gateway, request: S3Request): Effect.Effect<Stored | undefined, HcpError> =>
  Effect.gen(function* () {
    const { body = HcpBody.empty } = request
    if (!HcpBody.isReplayable(body)) return undefined
    const { bucket, key, options } = request
    const found = yield* call(gateway, {
      method: "HEAD",
      bucket,
      key,
      options: { responseTimeout: options?.responseTimeout }
    })
    if (found.status !== 200) return undefined
    const { md5, size } = fromHeaders(found.headers)
    if (md5 === undefined) return undefined
    const ours = yield* digest(body, "md5")
    return ours.size === size && ours.digest.toString("hex") === md5 ? toStored(found) : undefined
  }).pipe(Effect.catch(() => Effect.succeed(undefined)))

/** @internal */
export const makeFolder = Effect.fnUntraced(function* (
  gateway: Gateway,
  bucket: string,
  folder: string,
  options?: CallOptions
): Effect.fn.Return<void, HcpError> {
  const key = folder.endsWith("/") ? folder : `${folder}/`
  const request: S3Request = { method: "PUT", bucket, key, body: HcpBody.empty, options }
  const reply = yield* call(gateway, request)
  if (reply.status === 409) {
    // An object of this name does not end in a slash, a folder that is there does.
    const found = yield* call(gateway, { method: "HEAD", bucket, key, options })
    if (found.status === 200) return
  }
  yield* settled(gateway, request, reply)
})
