/**
 * Stores objects, and finds out what became of a request whose answer was lost.
 *
 * @internal
 */
import * as BodyDigest from "@effect-hcp/sdk/BodyDigest"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import { BadRequest, Conflict, type HcpError, type InvalidInput } from "@effect-hcp/sdk/HcpError"
import { type HcpReply, isSuccess } from "@effect-hcp/sdk/HcpResponse"
import * as MetadataHeaders from "@effect-hcp/sdk/MetadataHeaders"
import { reconcile } from "@effect-hcp/sdk/Reconcile"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { fromHeaders, metadataPrefix } from "../SwiftObjectMetadata.ts"
import type { Description, PutOptions, Stored } from "../SwiftObjectOptions.ts"
import {
  type About,
  accepted,
  answered,
  call,
  type Gateway,
  invalid,
  type Pair,
  refused,
  type SwiftRequest
} from "./gateway.ts"

/** The headers of a description. */
export const descriptionHeaders = ({
  contentType,
  metadata
}: Description): Result.Result<ReadonlyArray<Pair>, InvalidInput> =>
  Result.map(MetadataHeaders.toHeaders(metadata ?? {}, metadataPrefix), (headers) =>
    contentType === undefined ? headers : [["Content-Type", contentType], ...headers]
  )

/** What is wrong with the name of an object to be made, which is that of a directory. */
export const slashProblem = (about: About): HcpError | undefined =>
  about.object?.endsWith("/") === true
    ? invalid(about, "object", "ends in a slash: HCP would make a directory and drop the data")
    : undefined

/** @internal */
export const put = (
  gateway: Gateway,
  container: string,
  object: string,
  given: HcpBody.Input,
  options: PutOptions = {}
): Effect.Effect<Stored, HcpError> =>
  Effect.suspend(() => {
    const about: About = { method: "PUT", container, object }
    const slash = slashProblem(about)
    if (slash !== undefined) return Effect.fail(slash)
    const body = HcpBody.fromInput(given)
    if (Result.isFailure(body)) return Effect.fail(refused(about, body.failure))
    const description = descriptionHeaders(options)
    if (Result.isFailure(description)) return Effect.fail(refused(about, description.failure))
    const onlyNew: ReadonlyArray<Pair> = options.ifExists === "newVersion" ? [] : [["If-None-Match", "*"]]
    return Effect.flatMap(announced(about, body.success, options), (etag) => {
      const request: SwiftRequest = {
        ...about,
        body: body.success,
        headers: [...description.success, ...onlyNew, ...etag],
        verify: options.verify === false ? false : "etag",
        idempotent: options.idempotent,
        options
      }
      return Effect.flatMap(call(gateway, request), (reply) =>
        reconcile("put", reply, sameStored(gateway, request), outcome(gateway, request, reply))
      )
    })
  })

/** The MD5 of the body, where it is to be sent before. */
const announced = (
  about: About,
  body: HcpBody.HcpBody,
  { announceMd5 = false }: PutOptions
): Effect.Effect<ReadonlyArray<Pair>, HcpError> => {
  if (!announceMd5) return Effect.succeed([])
  if (body._tag === "StreamedOnce") {
    const detail = "takes reading the body twice, and this stream can be read only once"
    return Effect.fail(invalid(about, "announceMd5", detail))
  }
  return Effect.map(BodyDigest.md5(body), (hex) => [["ETag", hex]])
}

const outcome = (gateway: Gateway, request: SwiftRequest, reply: HcpReply): Effect.Effect<Stored, HcpError> => {
  const reason = isSuccess(reply) ? undefined : refusalOf(request, reply)
  return reason === undefined
    ? Effect.map(accepted(gateway, request, reply), toStored)
    : Effect.fail(answered(gateway, request, reply, reason))
}

/** What two statuses mean here besides what they mean everywhere. */
const refusalOf = ({ headers }: SwiftRequest, { status }: HcpReply): Conflict | BadRequest | undefined => {
  if (status === 412 && headers?.some(([name]) => name === "If-None-Match") === true) {
    return new Conflict({ status, hint: 'take another name, or `ifExists: "newVersion"` where versions are kept' })
  }
  return status === 422
    ? new BadRequest({ status, hint: "other bytes arrived than those whose MD5 was announced; nothing was stored" })
    : undefined
}

/** What is stored, as the answer to a PUT says it. */
export const toStored = ({ headers }: Pick<HcpReply, "headers">): Stored => {
  const { etag, servicedBy } = fromHeaders(headers)
  return { etag, servicedBy }
}

/** What is stored, if it is what was to be stored. If nobody can tell, the refusal stays. */
const sameStored = (gateway: Gateway, request: SwiftRequest): Effect.Effect<Stored | undefined, HcpError> =>
  Effect.gen(function* () {
    const { body = HcpBody.empty, container, object, options } = request
    const asked: SwiftRequest = { method: "HEAD", container, object, options: sameTimes(options) }
    const found = yield* call(gateway, asked)
    if (!isSuccess(found)) return undefined
    return (yield* BodyDigest.isStored(body, fromHeaders(found.headers))) ? toStored(found) : undefined
  }).pipe(Effect.catch(() => Effect.succeed(undefined)))

/** What of the options of a call holds for another one that goes with it. */
export const sameTimes = (options: SwiftRequest["options"]): SwiftRequest["options"] => ({
  responseTimeout: options?.responseTimeout
})
