/**
 * Stores objects and folders, and finds out what became of a request whose answer was lost.
 *
 * @internal
 */
import * as BodyDigest from "@effect-hcp/sdk/BodyDigest"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { HcpReply } from "@effect-hcp/sdk/HcpResponse"
import { reconcile } from "@effect-hcp/sdk/Reconcile"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { CallOptions } from "../CallOptions.ts"
import type { Gateway } from "../Gateway.ts"
import { fromHeaders, identityOf } from "../S3ObjectMetadata.ts"
import type { PutOptions, Stored } from "../S3ObjectOptions.ts"
import { conditionHeaders, settingsHeaders } from "../Settings.ts"
import { type About, accepted, call, invalid, refused, type S3Request } from "./gateway.ts"
import { placed } from "./multipartUpload.ts"

/** @internal */
export const put = (
  gateway: Gateway,
  bucket: string,
  key: string,
  given: HcpBody.Input,
  options: PutOptions = {}
): Effect.Effect<Stored, HcpError> =>
  Effect.suspend(() => {
    const about = { method: "PUT", bucket, key } as const
    if (key.endsWith("/")) {
      const detail = "ends in a slash: HCP would make a folder and drop the data; see `makeFolder`"
      return Effect.fail(invalid(about, "key", detail))
    }
    const checkedBody = HcpBody.fromInput(given)
    if (Result.isFailure(checkedBody)) return Effect.fail(refused(about, checkedBody.failure))
    const body = checkedBody.success
    if ((body._tag === "Streamed" || body._tag === "StreamedOnce") && body.length === undefined) {
      const detail =
        "has no known length, which HCP needs; give the stream a length, or use `Multipart`, which takes any stream"
      return Effect.fail(invalid(about, "body", detail))
    }
    const settings = settingsHeaders(options)
    if (Result.isFailure(settings)) return Effect.fail(refused(about, settings.failure))
    return Effect.flatMap(contentMd5(about, body, options), (md5) => {
      const request: S3Request = {
        ...about,
        body,
        headers: [
          ...settings.success,
          ...conditionHeaders(options),
          ...(md5 === undefined ? [] : [["Content-MD5", md5] as const])
        ],
        verify: options.verify === false ? false : "etag",
        idempotent: options.idempotent,
        options
      }
      return Effect.flatMap(call(gateway, request), (reply) => outcome(gateway, request, reply))
    })
  })

/** What an answer to a PUT comes to. */
const outcome = (gateway: Gateway, request: S3Request, reply: HcpReply): Effect.Effect<Stored, HcpError> => {
  const plain = Effect.map(accepted(gateway, request, reply), toStored)
  return reconcile("s3Put", reply, sameStored(gateway, request), plain)
}

/** @internal */
export const toStored = ({ headers }: Pick<HcpReply, "headers">): Stored => identityOf(headers)

/** The value of `Content-MD5`, where it is to be sent. */
const contentMd5 = (
  about: About & { readonly bucket: string; readonly key: string },
  body: HcpBody.HcpBody,
  options: PutOptions
): Effect.Effect<string | undefined, HcpError> => {
  const isInMemory = body._tag === "Bytes" || body._tag === "Text"
  if (!(options.contentMd5 ?? isInMemory)) return Effect.succeed(undefined)
  if (body._tag === "StreamedOnce") {
    const detail = "takes reading the body twice, and this stream can be read only once"
    return Effect.fail(invalid(about, "contentMd5", detail))
  }
  return Effect.map(placed(about)(BodyDigest.md5(body)), (hex) => Buffer.from(hex, "hex").toString("base64"))
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
    return (yield* BodyDigest.isStored(body, fromHeaders(found.headers))) ? toStored(found) : undefined
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
  yield* accepted(gateway, request, reply)
})
