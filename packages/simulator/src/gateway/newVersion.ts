/**
 * What everything that makes an object has in common: whether there is room, and the change that puts it there.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Grant } from "../Acl.ts"
import type { Blob } from "../Blob.ts"
import type { Annotation, Change, ChangeTime, ObjectVersion } from "../Change.ts"
import type { GatewayResponse } from "../Gateway.ts"
import { current, isLive } from "../ObjectTree.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { browserHeaders, emptyBody, type Header, type Refusal, refusal } from "./exchange.ts"
import type { ObjectRequest } from "./objectRequest.ts"
import * as Preconditions from "./preconditions.ts"
import * as SystemMetadata from "./systemMetadata.ts"

/** What one PUT may carry. */
const maxObject = 2 * 1024 ** 4

/**
 * Why nothing can be stored here, as things are now; else what is to be replaced. It is asked before the body is read,
 * so that the client learns early, and again when the body is there, because others were not asleep.
 *
 * @internal
 */
export const checkPlace = (
  request: ObjectRequest,
  requested: SystemMetadata.Requested
): Result.Result<ObjectVersion | undefined, Refusal> => {
  const { namespace, now, path } = request
  const entry = namespace.tree.find(path)
  if (path.length === 0 || (entry?._tag === "Directory" && isLive(entry))) {
    return Result.fail(refusal(409, "there is a directory of this name"))
  }
  if (entry?._tag === "Directory") return Result.fail(refusal(409, "there was a directory of this name"))
  for (let depth = 1; depth < path.length; depth++) {
    const parent = namespace.tree.find(path.slice(0, depth))
    if (parent?._tag === "Object") return Result.fail(refusal(404, "a parent of this path is an object"))
  }
  const former = entry === undefined ? undefined : current(entry)
  const unmet = Preconditions.check(request.request, former, "write")
  if (unmet !== undefined) return Result.fail(unmet)
  if (former !== undefined && !namespace.spec.versioning) return Result.fail(refusal(409, "the object exists"))
  const inherited = inheritedFrom(request, former)
  const protection = inherited === undefined ? undefined : SystemMetadata.protection(namespace, inherited, now, false)
  if (protection !== undefined) return Result.fail(protection)
  const metadata = SystemMetadata.forNewVersion(namespace, requested, inherited, now, "")
  return Result.map(metadata, () => former)
}

/** The version whose protection and settings count for the one on top of it. */
const inheritedFrom = (
  { locksVersions = false }: ObjectRequest,
  former: ObjectVersion | undefined
): ObjectVersion | undefined => (locksVersions ? undefined : former)

/**
 * Fails with 413 if an object of that size is too large, or the namespace has no room for so many bytes more.
 *
 * @internal
 */
export const checkSize = (request: ObjectRequest, size: number): Effect.Effect<void, Refusal> => {
  const { spec, tree } = request.namespace
  if (size > maxObject) return Effect.fail(refusal(413, "an object may have 2 TB"))
  return tree.counts().bytes + size > spec.hardQuota ? Effect.fail(refusal(413, "the namespace is full")) : Effect.void
}

/** @internal */
export interface NewVersion {
  readonly requested: SystemMetadata.Requested
  readonly blob: Blob
  readonly annotations: ReadonlyArray<Omit<Annotation, "changed">>
  /** The access control list it shall have; undefined leaves it as it is. */
  readonly grants: ReadonlyArray<Grant> | undefined
  readonly s3?: ObjectVersion["s3"] | undefined
}

const versionOf = (
  request: ObjectRequest,
  { annotations, blob, requested, s3 }: NewVersion,
  changed: ChangeTime,
  former: ObjectVersion | undefined
): Result.Result<ObjectVersion, Refusal> =>
  Result.map(
    SystemMetadata.forNewVersion(
      request.namespace,
      requested,
      inheritedFrom(request, former),
      changed.millis,
      request.user?.username ?? ""
    ),
    (metadata) => ({
      ...metadata,
      id: request.core.newVersionId(changed.millis),
      state: "created",
      createdMillis: changed.millis,
      changed,
      blob: blob.id,
      size: blob.size,
      hashScheme: request.namespace.spec.hashScheme,
      hash: blob.hash,
      md5: blob.md5,
      ...(s3 === undefined ? {} : { s3 }),
      replicated: false,
      collision: false,
      annotations: annotations.map((annotation) => ({ ...annotation, changed }))
    })
  )

/** A condition that held when the request came in was undone by somebody faster. */
const raced = (refused: Refusal): Refusal =>
  refused.status === 412 || refused.status === 304 ? refusal(409, "another request was faster") : refused

/**
 * Makes the version, now that its bytes are there. Fails as {@link checkPlace} and {@link checkSize} do, but with 409
 * where the conditions of the request held before; the blobs then remain the caller's.
 *
 * @internal
 */
export const commitVersion = Effect.fnUntraced(function* (
  request: ObjectRequest,
  made: NewVersion
): Effect.fn.Return<ObjectVersion, Refusal | SimulatorError> {
  yield* checkSize(
    request,
    made.annotations.reduce((sum, { size }) => sum + size, made.blob.size)
  )
  const changed = yield* request.core.stamp
  const place = { namespace: request.namespace.spec.key, path: request.path }
  let stored: ObjectVersion | undefined
  yield* request.core.commit("client", () => {
    const former = Result.mapError(checkPlace(request, made.requested), raced)
    if (Result.isFailure(former)) return Result.fail(former.failure)
    return Result.map(versionOf(request, made, changed, former.success), (version) => {
      stored = version
      const changes: ReadonlyArray<Change> = [{ _tag: "PutVersion", ...place, version }]
      return made.grants === undefined
        ? changes
        : [...changes, { _tag: "PutAcl" as const, ...place, ids: [version.id], grants: made.grants, changed }]
    })
  })
  return stored === undefined ? yield* refusal(500) : stored
})

/**
 * A 201, with what the headers have to say of the new thing.
 *
 * @internal
 */
export const created = (request: ObjectRequest, about: ReadonlyArray<Header>): GatewayResponse => ({
  status: 201,
  headers: [
    ["X-HCP-ServicedBySystem", request.core.spec.domain],
    ["Location", request.location],
    ...about,
    ["X-RequestId", request.requestId],
    ["X-HCP-Time", String(Math.floor(request.now / 1000))],
    ...browserHeaders
  ],
  body: emptyBody
})

/**
 * The headers of a 201 that tell of a version.
 *
 * @internal
 */
export const versionHeaders = (version: ObjectVersion): ReadonlyArray<Header> => [
  ["X-HCP-VersionId", String(version.id)],
  ["X-HCP-VersionCreateTimeMilliseconds", String(version.createdMillis)],
  ...(version.hash === "" ? [] : [["X-HCP-Hash", `${version.hashScheme} ${version.hash}`] as const]),
  ["ETag", `"${version.md5}"`]
]
