/**
 * GET and HEAD of `/rest`: objects, their versions and version lists, and directories.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { ObjectVersion } from "../Change.ts"
import type { GatewayResponse } from "../Gateway.ts"
import { current, type DirectoryEntry, isLive, newest, type ObjectEntry } from "../ObjectTree.ts"
import { select } from "./byteRange.ts"
import { emptyBody, type Header, noCacheHeaders, type Refusal, refusal, serviceHeaders } from "./exchange.ts"
import { directoryListing, versionListing } from "./listing.ts"
import { contentType, directoryHeaders, objectHeaders } from "./objectHeaders.ts"
import { need, type ObjectRequest } from "./objectRequest.ts"
import * as Preconditions from "./preconditions.ts"
import { isEnabled } from "./requestTarget.ts"

const notFound = refusal(404)

// Naming gzip or `*` is what HCP wants; `identity` is what clients send that want none, and is let through.
const acceptsEncoding = (header: string | undefined): boolean =>
  header === undefined || header.trim() === "" || /(^|[\s,])(gzip|identity|\*)\s*($|[,;])/i.test(header)

const listingType: Header = ["Content-Type", "text/xml;charset=utf-8"]

const readDirectory = Effect.fnUntraced(function* (
  request: ObjectRequest,
  directory: DirectoryEntry
): Effect.fn.Return<GatewayResponse, Refusal> {
  yield* need(request, "browse")
  if (Preconditions.isConditional(request.request)) {
    return yield* refusal(400, "conditional headers are not allowed on a directory")
  }
  const headers = [...serviceHeaders(request), ...noCacheHeaders, listingType, ...directoryHeaders(directory)]
  if (request.request.method === "HEAD") return { status: 200, headers, body: emptyBody }
  const showDeleted = isEnabled(request.parameters, "deleted")
  return {
    status: 200,
    headers,
    body: directoryListing(request.namespace, request.path, directory, showDeleted)
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
  const headers = [...serviceHeaders(request), ...noCacheHeaders, listingType]
  if (request.request.method === "HEAD") return { status: 200, headers, body: emptyBody }
  return { status: 200, headers, body: versionListing(request.namespace, request.path, entry, showDeleted) }
})

/** The version that was asked for: by id, or by the milliseconds of its making. */
const findVersion = (request: ObjectRequest, entry: ObjectEntry): Effect.Effect<ObjectVersion, Refusal> => {
  const wanted = request.parameters.get("version")
  if (wanted === undefined) {
    const version = isEnabled(request.parameters, "deleted") ? newest(entry) : current(entry)
    return version === undefined ? Effect.fail(notFound) : Effect.succeed(version)
  }
  if (!/^\d+$/.test(wanted)) return Effect.fail(refusal(400, "'version' parameter is not a version id."))
  const version =
    entry.versions.find(({ id }) => id === Number(wanted)) ??
    entry.versions.find(({ createdMillis }) => createdMillis === Number(wanted))
  return version === undefined ? Effect.fail(notFound) : Effect.succeed(version)
}

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
    ...noCacheHeaders,
    ["Accept-Ranges", "bytes"],
    ["Content-Type", contentType(request.path.at(-1) ?? "")],
    ["Content-Length", String(length)],
    ...(selection._tag === "Part"
      ? [["Content-Range", `bytes ${range.start}-${range.end - 1}/${version.size}`] as const]
      : []),
    ...objectHeaders(request.namespace, version)
  ]
  const status = selection._tag === "Part" ? 206 : 200
  if (isHead || length === 0) return { status, headers, body: emptyBody }
  return { status, headers, body: { _tag: "Stream", length, stream: request.core.blobs.read(version.blob, range) } }
})

/** @internal */
export const readObject = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal> {
  if (request.request.method === "GET" && !acceptsEncoding(request.request.headers["accept-encoding"])) {
    return yield* refusal(406)
  }
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
