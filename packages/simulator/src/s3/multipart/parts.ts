/**
 * Multipart uploads from their beginning to the last part: `POST ?uploads`, `PUT ?uploadId&partNumber`, `GET` and
 * `DELETE ?uploadId`.
 *
 * @internal
 */

import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../../Gateway.ts"
import type { Header } from "../../gateway/exchange.ts"
import { checkSize } from "../../gateway/newVersion.ts"
import { toHttpDate } from "../../internal/time.ts"
import * as Xml from "../../internal/xml.ts"
import type { SimulatorError } from "../../SimulatorError.ts"
import * as Acl from "../acl.ts"
import { bare, document, personLines, toIso } from "../answer.ts"
import { keep, needLength } from "../body.ts"
import {
  type BucketCall,
  type Failure,
  header,
  isOwner,
  need,
  needWritable,
  type ObjectCall,
  personOf,
  settingsOf
} from "../call.ts"
import * as CopySource from "../copySource.ts"
import { take } from "../listing.ts"
import { accessDenied, refuse, type S3Refusal } from "../refusal.ts"
import { contentTypeOf, encryption } from "../storeVersion.ts"
import * as UserMetadata from "../userMetadata.ts"
import { type Begun, type Part, toId, type Upload } from "./uploads.ts"

const maxPart = 5 * 1024 ** 3
const maxParts = 10_000

/**
 * Removes the parts of uploads nobody needs any more.
 *
 * @internal
 */
export const removeParts = ({ core }: BucketCall, parts: Iterable<Part>): Effect.Effect<void> =>
  Effect.forEach(parts, ({ blob }) => Effect.ignore(core.blobs.delete(blob)), { discard: true })

/**
 * Gives up the uploads whose time is over.
 *
 * @internal
 */
export const sweep = (call: BucketCall): Effect.Effect<void, SimulatorError> =>
  Effect.flatMap(call.state.uploads.sweep(call.now), (over) =>
    removeParts(
      call,
      over.flatMap(({ parts }) => [...parts.values()])
    )
  )

/** @internal */
export const noSuchUpload = (): S3Refusal =>
  refuse(
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, " +
      "or the upload may have been aborted or completed."
  )

/**
 * The upload that a request is about, if its sender began it. The owner of the bucket may look at it and give it up as
 * well. Fails with `NoSuchUpload` and `AccessDenied`.
 *
 * @internal
 */
export const findUpload = (call: ObjectCall, id: string, ownerToo: boolean): Effect.Effect<Upload, S3Refusal> =>
  Effect.suspend(() => {
    const upload = call.state.uploads.find(call.namespace.spec.key, call.key, id, call.now)
    if (upload === undefined) return Effect.fail(noSuchUpload())
    const isAllowed = upload.initiator === call.user?.username || (ownerToo && isOwner(call.record, call.user))
    return isAllowed ? Effect.succeed(upload) : Effect.fail(accessDenied("the upload is another user's"))
  })

const abortHeader = ({ abortAt }: Begun): ReadonlyArray<Header> =>
  abortAt === undefined ? [] : [["x-amz-abort-date", toHttpDate(abortAt)]]

const defaultAbortDays = 30

const abortAt = ({ now, record }: ObjectCall): number | undefined => {
  const days = settingsOf(record, "namespace").multipartUploadAutoAbortDays ?? defaultAbortDays
  return typeof days === "number" && days > 0
    ? DateTime.toEpochMillis(DateTime.add(DateTime.makeUnsafe(now), { days }))
    : undefined
}

/**
 * `POST ?uploads`: metadata and grants of the object belong here. That there is a place for it shows only at its end.
 *
 * @internal
 */
export const initiate = Effect.fnUntraced(function* (call: ObjectCall): Effect.fn.Return<GatewayResponse, Failure> {
  const { core, key, namespace, now, state, user } = call
  yield* needWritable(call)
  if (user === undefined) return yield* accessDenied("a multipart upload needs credentials")
  yield* need(call, "write")
  if (call.isFolder) return yield* refuse("InvalidArgument", "a folder cannot be uploaded in parts")
  const metadata = yield* UserMetadata.read(call)
  const grants = yield* Acl.fromHeaders(call, call.record.owner ?? "")
  if (grants !== undefined) yield* need(call, "writeAcl")
  const [abortsAt, contentType] = [abortAt(call), contentTypeOf(call)]
  const upload: Begun = {
    id: toId(core.newVersionId(now)),
    namespace: namespace.spec.key,
    key,
    path: call.path,
    initiator: user.username,
    initiated: now,
    metadata,
    ...(abortsAt === undefined ? {} : { abortAt: abortsAt }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(grants === undefined ? {} : { grants })
  }
  yield* state.uploads.begin(upload)
  return document(
    call,
    "InitiateMultipartUploadResult",
    [Xml.text("Bucket", namespace.spec.name), Xml.text("Key", key), Xml.text("UploadId", upload.id)],
    { headers: [...abortHeader(upload), ...encryption(call)] }
  )
})

const readNumber = (text: string): Effect.Effect<number, S3Refusal> =>
  /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= maxParts
    ? Effect.succeed(Number(text))
    : Effect.fail(refuse("InvalidArgument", `Part number must be an integer between 1 and ${maxParts}, inclusive`))

/** Puts a blob in as a part, unless the upload has come to its end meanwhile. */
const putPart = Effect.fnUntraced(function* (
  call: ObjectCall,
  id: string,
  part: Part
): Effect.fn.Return<Part, Failure> {
  const upload = yield* findUpload(call, id, false)
  const former = yield* call.state.uploads.putPart(upload, part)
  if (former !== undefined) yield* removeParts(call, [former])
  return part
})

/**
 * `PUT ?uploadId&partNumber`: the bytes of one part, or with `x-amz-copy-source` those of another object. A part of the
 * same number is replaced.
 *
 * @internal
 */
export const storePart = Effect.fnUntraced(function* (
  call: ObjectCall,
  id: string,
  numberText: string
): Effect.fn.Return<GatewayResponse, Failure> {
  yield* needWritable(call)
  yield* need(call, "write")
  yield* findUpload(call, id, false)
  const number = yield* readNumber(numberText)
  if (UserMetadata.hasAny(call)) return yield* refuse("InvalidRequest", "a part cannot have metadata")
  const source = header(call, "x-amz-copy-source")
  if (source !== undefined) return yield* copyPart(call, id, number, source)
  const size = yield* needLength(call.request)
  if (size > maxPart) return yield* refuse("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
  yield* checkSize(call, size)
  const part = yield* keep(call, (blob) =>
    putPart(call, id, { number, blob: blob.id, size: blob.size, md5: blob.md5, modified: call.now })
  )
  return bare(call, 200, [["ETag", `"${part.md5}"`], ...encryption(call)])
})

/** The bytes of the source that are asked for, `bytes=first-last`. */
const rangeOf = (call: ObjectCall, size: number) => {
  const text = header(call, "x-amz-copy-source-range")
  if (text === undefined) return Effect.succeed({ start: 0, end: size })
  const [, first = "", last = ""] = /^\s*bytes=(\d+)-(\d+)\s*$/.exec(text) ?? []
  return first !== "" && Number(first) <= Number(last) && Number(last) < size
    ? Effect.succeed({ start: Number(first), end: Number(last) + 1 })
    : Effect.fail(
        refuse(
          "InvalidArgument",
          "The x-amz-copy-source-range value must be of the form bytes=first-last within the source"
        )
      )
}

const copyPart = Effect.fnUntraced(function* (
  call: ObjectCall,
  id: string,
  number: number,
  value: string
): Effect.fn.Return<GatewayResponse, Failure> {
  const { blobs } = call.core
  const { version } = yield* CopySource.find(call, value)
  const range = yield* rangeOf(call, version.size)
  if (range.end - range.start > maxPart) return yield* refuse("EntityTooLarge", "a part may have 5 GB")
  const part = yield* Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(restore(blobs.write(blobs.read(version.blob, range), call.namespace.spec.hashScheme)), (blob) =>
      Effect.onError(
        putPart(call, id, { number, blob: blob.id, size: blob.size, md5: blob.md5, modified: call.now }),
        () => Effect.ignore(blobs.delete(blob.id))
      )
    )
  )
  return document(call, "CopyPartResult", [
    Xml.text("LastModified", toIso(part.modified)),
    Xml.text("ETag", `"${part.md5}"`)
  ])
})

const maxPage = 1000

/**
 * How many entries a page shall have; to ask for more than 1,000 is an error here. Fails with `InvalidArgument`.
 *
 * @internal
 */
export const strictPageSize = ({ parameters }: BucketCall, name: string): Effect.Effect<number, S3Refusal> => {
  const text = parameters.get(name) ?? String(maxPage)
  return /^\d{1,10}$/.test(text) && Number(text) <= maxPage
    ? Effect.succeed(Number(text))
    : Effect.fail(refuse("InvalidArgument", `${name} must be an integer between 0 and ${maxPage}`))
}

/**
 * `GET ?uploadId`: the parts that are there.
 *
 * @internal
 */
export const listParts = Effect.fnUntraced(function* (
  call: ObjectCall,
  id: string
): Effect.fn.Return<GatewayResponse, Failure> {
  const upload = yield* findUpload(call, id, true)
  const size = yield* strictPageSize(call, "max-parts")
  const marker = Number(call.parameters.get("part-number-marker") ?? 0)
  if (!Number.isInteger(marker)) return yield* refuse("InvalidArgument", "part-number-marker must be an integer")
  const parts = [...upload.parts.values()].sort((a, b) => a.number - b.number).filter(({ number }) => number > marker)
  const { isCut, page } = take(parts, size)
  const person = personOf(call, upload.initiator)
  return document(
    call,
    "ListPartsResult",
    [
      Xml.text("Bucket", call.namespace.spec.name),
      Xml.text("Key", call.key),
      Xml.text("UploadId", id),
      personLines("Initiator", person),
      personLines("Owner", person),
      Xml.text("StorageClass", "STANDARD"),
      Xml.text("PartNumberMarker", String(marker)),
      Xml.text("NextPartNumberMarker", String(page.at(-1)?.number ?? 0)),
      Xml.text("MaxParts", String(size)),
      Xml.text("IsTruncated", String(isCut)),
      ...page.map((part) =>
        [
          Xml.open("Part"),
          Xml.text("PartNumber", String(part.number)),
          Xml.text("LastModified", toIso(part.modified)),
          Xml.text("ETag", `"${part.md5}"`),
          Xml.text("Size", String(part.size)),
          Xml.close("Part")
        ].join("")
      )
    ],
    { headers: abortHeader(upload) }
  )
})

/**
 * `DELETE ?uploadId`: 204.
 *
 * @internal
 */
export const abort = Effect.fnUntraced(function* (
  call: ObjectCall,
  id: string
): Effect.fn.Return<GatewayResponse, Failure> {
  const upload = yield* findUpload(call, id, true)
  if (yield* call.state.uploads.close(upload)) yield* removeParts(call, upload.parts.values())
  return bare(call, 204)
})
