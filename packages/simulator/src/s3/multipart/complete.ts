/**
 * `POST ?uploadId`: the parts become an object.
 *
 * @internal
 */
import * as Crypto from "node:crypto"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { GatewayResponse } from "../../Gateway.ts"
import * as Preconditions from "../../gateway/preconditions.ts"
import * as SystemMetadata from "../../gateway/systemMetadata.ts"
import type { Branch } from "../../internal/document.ts"
import { join } from "../../internal/joinedBlobs.ts"
import * as Xml from "../../internal/xml.ts"
import { current } from "../../ObjectTree.ts"
import { document } from "../answer.ts"
import { branchesOf, invalid, readDocument, textOf } from "../body.ts"
import { type Failure, header, need, needWritable, type ObjectCall } from "../call.ts"
import { refuse, type S3Refusal } from "../refusal.ts"
import * as RetentionHeaders from "../retentionHeaders.ts"
import { withMetadata } from "../storeObject.ts"
import { checkReplaced, encryption, extras, store, versionId } from "../storeVersion.ts"
import * as UserMetadata from "../userMetadata.ts"
import { findUpload, noSuchUpload, removeParts } from "./parts.ts"
import type { Part, Upload } from "./uploads.ts"

/** What every part but the last must have. */
const minPart = 1024 ** 2

const chosenPart = ({ parts }: Upload, item: Branch): Result.Result<Part, S3Refusal> => {
  const part = parts.get(Number(textOf(item, "PartNumber")?.trim()))
  const etag = textOf(item, "ETag")
    ?.trim()
    .replace(/^"(.*)"$/, "$1")
  return part !== undefined && part.md5 === etag
    ? Result.succeed(part)
    : Result.fail(refuse("InvalidPart", "One or more of the specified parts could not be found."))
}

/** The parts of the list, if an object can be made of them. */
const chosenParts = (upload: Upload, list: Branch): Result.Result<ReadonlyArray<Part>, S3Refusal> =>
  Result.gen(function* () {
    const items = branchesOf(list, "Part")
    if (items.length === 0) return yield* Result.fail(invalid())
    const numbers = items.map((item) => Number(textOf(item, "PartNumber")?.trim()))
    if (numbers.some((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0))) {
      return yield* Result.fail(refuse("InvalidPartOrder", "The list of parts was not in ascending order."))
    }
    const parts: Array<Part> = []
    for (const item of items) parts.push(yield* chosenPart(upload, item))
    return parts.slice(0, -1).some(({ size }) => size < minPart)
      ? yield* Result.fail(refuse("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"))
      : parts
  })

/** Says how many parts there were, and is no digest of the bytes. */
const etagOf = ({ core }: ObjectCall, parts: ReadonlyArray<Part>): string => {
  const hash = Crypto.createHash(core.spec.s3Quirks.multipartEtag === "MD5" ? "md5" : "sha256")
  for (const { md5 } of parts) hash.update(Buffer.from(md5, "hex"))
  return `${hash.digest("hex")}-${parts.length}`
}

/** A condition on the object that is there now. HCP says with status 200 that it does not hold, AWS with 412. */
const checkCondition = Effect.fnUntraced(function* (call: ObjectCall): Effect.fn.Return<void, S3Refusal> {
  const { core, namespace, path, request } = call
  yield* checkReplaced(call)
  const { conditionalStores } = core.spec.s3Quirks
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = request.headers
  const headers = {
    ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
    ...(ifNoneMatch === undefined || !conditionalStores ? {} : { "if-none-match": ifNoneMatch })
  }
  const entry = namespace.tree.find(path)
  const present = entry?._tag === "Object" ? current(entry) : undefined
  if (Preconditions.check({ ...request, headers }, present, "write") === undefined) return
  const detail = "At least one of the pre-conditions you specified did not hold"
  return yield* refuse("PreconditionFailed", detail, conditionalStores ? {} : { status: 200 })
})

/**
 * Makes the object. Only now it shows whether there is a place for it: 409 if it exists and there is no versioning, 403
 * under retention; the parts stay then, and the client may try again. What is wrong with the list is said with 200, in
 * the body: `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`.
 *
 * @internal
 */
export const complete = Effect.fnUntraced(function* (
  call: ObjectCall,
  id: string
): Effect.fn.Return<GatewayResponse, Failure> {
  const { uploads } = call.state
  yield* needWritable(call)
  const { requested, lockMode } = yield* RetentionHeaders.read(call)
  yield* need(call, "write", ...SystemMetadata.needed(requested))
  yield* findUpload(call, id, false)
  if (UserMetadata.hasAny(call))
    return yield* refuse("InvalidRequest", "metadata belongs to the beginning of an upload")
  const type = header(call, "content-type")
  if (type !== undefined && !/xml/i.test(type)) {
    return yield* refuse("InvalidRequest", "the content type must be application/xml or text/xml")
  }
  const list = yield* readDocument(call, "CompleteMultipartUpload")
  // Others were not asleep while the list was read.
  const upload = yield* findUpload(call, id, false)
  const parts = yield* Effect.fromResult(chosenParts(upload, list))
  yield* checkCondition(call)
  const size = parts.reduce((sum, part) => sum + part.size, 0)
  const etag = etagOf(call, parts)
  const blob = { id: join(parts.map((part) => ({ id: part.blob, size: part.size }))), size, md5: etag, hash: "" }
  const s3 = extras(upload.contentType, lockMode)
  // Somebody else completes it, or gives it up.
  if (!(yield* uploads.close(upload))) return yield* noSuchUpload()
  const version = yield* withMetadata(call, upload.metadata, (annotations) =>
    store(call, { requested, blob, annotations, grants: upload.grants, s3 })
  ).pipe(Effect.onError(() => Effect.ignore(uploads.reopen(upload))))
  const chosen = new Set(parts)
  yield* removeParts(
    call,
    [...upload.parts.values()].filter((part) => !chosen.has(part))
  )
  const { name } = call.namespace.spec
  const path = call.path.map(encodeURIComponent).join("/")
  return document(
    call,
    "CompleteMultipartUploadResult",
    [
      // The door of HCP's own credentials, whichever door the request came through.
      Xml.text("Location", `https://${name}.${call.tenant}.${call.core.spec.domain}/hs3/${path}`),
      Xml.text("Bucket", name),
      Xml.text("Key", call.key),
      Xml.text("ETag", `"${etag}"`)
    ],
    { headers: [...versionId(call, version), ...encryption(call)] }
  )
})
