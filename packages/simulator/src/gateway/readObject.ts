/**
 * GET and HEAD of `/rest`: objects, their versions and version lists, and directories.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { ObjectVersion } from "../Change.ts"
import type { GatewayResponse } from "../Gateway.ts"
import { type DirectoryEntry, isLive, type ObjectEntry } from "../ObjectTree.ts"
import { select } from "./byteRange.ts"
import { emptyBody, type Header, privateHeaders, type Refusal, refusal, serviceHeaders } from "./exchange.ts"
import * as Gzip from "./gzip.ts"
import { directoryListing, versionListing } from "./listing.ts"
import { findVersion } from "./lookup.ts"
import { contentType, directoryHeaders, objectHeaders } from "./objectHeaders.ts"
import { need, type ObjectRequest } from "./objectRequest.ts"
import * as Preconditions from "./preconditions.ts"
import { isEnabled } from "./requestTarget.ts"

const notFound = refusal(404)

const listingType: Header = ["Content-Type", "text/xml;charset=utf-8"]

const readDirectory = Effect.fnUntraced(function* (
  request: ObjectRequest,
  directory: DirectoryEntry
): Effect.fn.Return<GatewayResponse, Refusal> {
  yield* need(request, "browse")
  if (Preconditions.isConditional(request.request)) {
    return yield* refusal(400, "conditional headers are not allowed on a directory")
  }
  const headers = [...serviceHeaders(request), ...privateHeaders(request), listingType, ...directoryHeaders(directory)]
  if (request.request.method === "HEAD") return { status: 200, headers, body: emptyBody }
  const showDeleted = isEnabled(request.parameters, "deleted")
  return {
    status: 200,
    headers,
    body: directoryListing(request.namespace, request.path, directory, showDeleted, request.location.split("/")[1])
  }
})

const readVersions = Effect.fnUntraced(function* (
  request: ObjectRequest,
  entry: ObjectEntry
): Effect.fn.Return<GatewayResponse, Refusal> {
  yield* need(request, "browse")
  if (!request.namespace.spec.versioning) return yield* refusal(400, "versioning is not enabled")
  const showDeleted = isEnabled(request.parameters, "deleted")
  if (!showDeleted && !isLive(entry)) return yield* notFound
  const headers = [...serviceHeaders(request), ...privateHeaders(request), listingType]
  if (request.request.method === "HEAD") return { status: 200, headers, body: emptyBody }
  return { status: 200, headers, body: versionListing(request.namespace, request.path, entry, showDeleted) }
})

const readVersion = Effect.fnUntraced(function* (
  request: ObjectRequest,
  version: ObjectVersion
): Effect.fn.Return<GatewayResponse, Refusal> {
  const refused = Preconditions.check(request.request, version, "read")
  if (refused !== undefined) return yield* refused
  const isHead = request.request.method === "HEAD"
  const selection = select(isHead ? undefined : request.request.headers.range, version.size)
  if (selection._tag === "Unsatisfiable") {
    return yield* refusal(416, "", [["Content-Range", `bytes */${version.size}`]])
  }
  const range = selection._tag === "Part" ? selection.range : { start: 0, end: version.size }
  const length = range.end - range.start
  const headers: ReadonlyArray<Header> = [
    ...serviceHeaders(request),
    ["ETag", `"${version.md5}"`],
    ...privateHeaders(request),
    ["Accept-Ranges", "bytes"],
    ["Content-Type", contentType(request.path.at(-1) ?? "")],
    ["Content-Length", String(length)],
    ...(selection._tag === "Part"
      ? [["Content-Range", `bytes ${range.start}-${range.end - 1}/${version.size}`] as const]
      : []),
    ...objectHeaders(request, version)
  ]
  const status = selection._tag === "Part" ? 206 : 200
  if (isHead || length === 0) return { status, headers, body: emptyBody }
  return { status, headers, body: { _tag: "Stream", length, stream: request.core.blobs.read(version.blob, range) } }
})

/**
 * Answers a GET or a HEAD. 200, 206 for a range, 204 for a delete marker; 304 and 412 by the conditional headers, 400
 * for a version that is no version id, 403 without the permission, 404 if there is nothing, 406 to a GET that accepts
 * neither gzip nor plain bytes, 416 for a range outside.
 *
 * `nowait` and `forceEtag` change nothing here: no data is slow to fetch, and every object has an ETag.
 *
 * @internal
 */
export const readObject = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal> {
  if (request.request.method !== "GET") return yield* read(request)
  const accepted = request.request.headers["accept-encoding"]
  if (Gzip.negotiate(accepted) === undefined) return yield* refusal(406)
  return Gzip.encode(accepted, yield* read(request))
})

const read = Effect.fnUntraced(function* (request: ObjectRequest): Effect.fn.Return<GatewayResponse, Refusal> {
  const entry = request.namespace.tree.find(request.path)
  const showDeleted = isEnabled(request.parameters, "deleted")
  if (entry?._tag === "Directory") {
    return isLive(entry) || showDeleted ? yield* readDirectory(request, entry) : yield* notFound
  }
  if (entry !== undefined && request.parameters.get("version") === "list") return yield* readVersions(request, entry)
  yield* need(request, "read")
  if (entry === undefined) return yield* notFound
  const version = yield* findVersion(request, entry)
  if (version.state === "deleted") return yield* refusal(204)
  return yield* readVersion(request, version)
})
