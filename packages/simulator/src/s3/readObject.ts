/**
 * `GET` and `HEAD /bucket/key`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { ObjectVersion } from "../Change.ts"
import type { GatewayResponse } from "../Gateway.ts"
import { select } from "../gateway/byteRange.ts"
import { emptyBody, type Header, privateHeaders } from "../gateway/exchange.ts"
import * as Gzip from "../gateway/gzip.ts"
import { contentType } from "../gateway/objectHeaders.ts"
import * as Preconditions from "../gateway/preconditions.ts"
import { toHttpDate } from "../internal/time.ts"
import { isLive, newest } from "../ObjectTree.ts"
import { commonHeaders } from "./answer.ts"
import { type Failure, need, noSuchKey, type ObjectCall } from "./call.ts"
import { versionOf } from "./copySource.ts"
import { emptyMd5 } from "./listing.ts"
import { fromRefusal, refuse } from "./refusal.ts"
import * as RetentionHeaders from "./retentionHeaders.ts"
import { encryption, versionId } from "./storeVersion.ts"
import * as UserMetadata from "./userMetadata.ts"

/** What the answer to a presigned URL may be told to say of itself. */
const overrides: ReadonlyArray<readonly [parameter: string, header: string]> = [
  ["response-content-type", "Content-Type"],
  ["response-content-language", "Content-Language"],
  ["response-expires", "Expires"],
  ["response-cache-control", "Cache-Control"],
  ["response-content-disposition", "Content-Disposition"],
  ["response-content-encoding", "Content-Encoding"]
]

const withOverrides = (
  call: ObjectCall,
  headers: ReadonlyArray<Header>
): Effect.Effect<ReadonlyArray<Header>, Failure> => {
  const wanted = overrides.flatMap(([parameter, name]) => {
    const value = call.parameters.get(parameter)
    return value === undefined ? [] : [[name, value] as const]
  })
  if (wanted.length === 0) return Effect.succeed(headers)
  if (call.user === undefined) {
    return Effect.fail(
      refuse("InvalidRequest", "Request specific response headers cannot be used for anonymous requests.")
    )
  }
  if (wanted.some(([, value]) => /[^\t\x20-\x7e\xa0-\xff]/.test(value))) {
    return Effect.fail(refuse("InvalidArgument", "Header value cannot be represented using ISO-8859-1."))
  }
  const names = new Set(wanted.map(([name]) => name))
  return Effect.succeed([...headers.filter(([name]) => !names.has(name)), ...wanted])
}

const readFolder = (call: ObjectCall, changed: number): GatewayResponse => ({
  status: 200,
  headers: [
    ...commonHeaders(call),
    ...privateHeaders(call),
    ["ETag", `"${emptyMd5}"`],
    ["Last-Modified", toHttpDate(changed)],
    ["Content-Type", "x-directory"],
    ["Content-Length", "0"]
  ],
  body: emptyBody
})

/**
 * The version that a request is about. `NoSuchKey` if there is none; a version that is a delete marker is answered 204.
 *
 * @internal
 */
export const findVersion = Effect.fnUntraced(function* (call: ObjectCall): Effect.fn.Return<ObjectVersion, Failure> {
  const entry = call.namespace.tree.find(call.path)
  const id = call.parameters.get("versionId")
  const marker = (deleted: ObjectVersion): ReadonlyArray<Header> =>
    call.namespace.spec.versioning
      ? [
          ["x-amz-delete-marker", "true"],
          ["x-amz-version-id", String(deleted.id)]
        ]
      : []
  if (entry?._tag !== "Object" || call.isFolder) return yield* noSuchKey(call.key)
  const version = yield* Effect.fromResult(versionOf(call.namespace, entry, id))
  if (version?.state === "deleted") return yield* refuse("NoSuchKey", "", { status: 204, headers: marker(version) })
  if (version !== undefined) return version
  const last = newest(entry)
  return yield* refuse("NoSuchKey", "The specified key does not exist.", {
    about: ["Key", call.key],
    headers: last?.state === "deleted" ? marker(last) : []
  })
})

const readVersion = Effect.fnUntraced(function* (
  call: ObjectCall,
  version: ObjectVersion
): Effect.fn.Return<GatewayResponse, Failure> {
  const unmet = Preconditions.check(call.request, version, "read")
  if (unmet !== undefined) return yield* fromRefusal(unmet)
  const selection = select(call.request.headers.range, version.size)
  if (selection._tag === "Unsatisfiable") {
    return yield* refuse("InvalidRange", "The requested range is not satisfiable", {
      headers: [["Content-Range", `bytes */${version.size}`]]
    })
  }
  const range = selection._tag === "Part" ? selection.range : { start: 0, end: version.size }
  const length = range.end - range.start
  const headers = yield* withOverrides(call, [
    ...commonHeaders(call),
    ...privateHeaders(call),
    ["ETag", `"${version.md5}"`],
    ["Last-Modified", toHttpDate(version.createdMillis)],
    ["Accept-Ranges", "bytes"],
    ["Content-Type", version.s3?.contentType ?? contentType(call.path.at(-1) ?? "")],
    ["Content-Length", String(length)],
    ...(selection._tag === "Part"
      ? [["Content-Range", `bytes ${range.start}-${range.end - 1}/${version.size}`] as const]
      : []),
    ...versionId(call, version),
    ...encryption(call),
    ...RetentionHeaders.headersOf(call, version),
    ...(yield* UserMetadata.headersOf(call, version))
  ])
  const status = selection._tag === "Part" ? 206 : 200
  if (call.request.method === "HEAD" || length === 0) return { status, headers, body: emptyBody }
  return {
    status,
    headers,
    body: { _tag: "Stream", length, stream: call.core.blobs.read(version.blob, range) }
  }
})

/**
 * Answers 200, 206 for a range, 204 for a version that is a delete marker; 304 and 412 by the conditional headers, 404
 * for what is not there or is a folder whose slash was left out, 416 for a range outside.
 *
 * @internal
 */
export const readObject = Effect.fnUntraced(function* (call: ObjectCall): Effect.fn.Return<GatewayResponse, Failure> {
  yield* need(call, "read")
  const entry = call.namespace.tree.find(call.path)
  if (call.isFolder && entry?._tag === "Directory" && isLive(entry)) return readFolder(call, entry.changed.millis)
  const response = yield* readVersion(call, yield* findVersion(call))
  const isPacked = call.core.spec.s3Quirks.gzip && call.request.method === "GET"
  return isPacked ? Gzip.encode(call.request.headers["accept-encoding"], response) : response
})
