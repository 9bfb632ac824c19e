/**
 * PUT of `/rest`: a new object, a new version of one, or a directory.
 *
 * @internal
 */

import * as Zlib from "node:zlib"
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Blob } from "../BlobStore.ts"
import type { ChangeTime, ObjectVersion } from "../Change.ts"
import type { GatewayResponse } from "../Gateway.ts"
import { current, isLive } from "../ObjectTree.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { browserHeaders, emptyBody, type Header, Refusal, refusal } from "./exchange.ts"
import { need, needWritable, type ObjectRequest } from "./objectRequest.ts"
import * as Preconditions from "./preconditions.ts"
import * as SystemMetadata from "./systemMetadata.ts"

/** What one PUT may carry. */
const maxObject = 2 * 1024 ** 4

/**
 * Why nothing can be stored here, as things are now; else what is to be replaced. It is asked before the body is read, so that
 * the client learns early, and again when the body is there, because others were not asleep.
 */
const checkPlace = (
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
  const protection = former === undefined ? undefined : SystemMetadata.protection(former, now, false)
  if (protection !== undefined) return Result.fail(protection)
  const metadata = SystemMetadata.forNewVersion(namespace, requested, former, now, "")
  return Result.map(metadata, () => former)
}

/** The bytes to store: unpacked if they come packed. */
const bodyOf = ({ request }: ObjectRequest): Effect.Effect<Stream.Stream<Uint8Array, Refusal>, Refusal> => {
  const body = Stream.mapError(request.body, () => refusal(503, "the body is shorter than announced"))
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase()
  if (encoding === "identity" || encoding === "") return Effect.succeed(body)
  if (encoding !== "gzip") return Effect.fail(refusal(415, `the content encoding '${encoding}' is not supported`))
  return Effect.succeed(
    body.pipe(
      NodeStream.pipeThroughDuplex({
        evaluate: () => Zlib.createGunzip(),
        onError: (error) => (error instanceof Refusal ? error : refusal(400, "the body is not in gzip format"))
      })
    )
  )
}

const checkSize = (request: ObjectRequest, size: number): Effect.Effect<void, Refusal> => {
  const { spec, tree } = request.namespace
  if (size > maxObject) return Effect.fail(refusal(413, "an object may have 2 TB"))
  return tree.counts().bytes + size > spec.hardQuota ? Effect.fail(refusal(413, "the namespace is full")) : Effect.void
}

const announcedSize = ({ request }: ObjectRequest): number | undefined => {
  const length = request.headers["content-length"]
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined
}

const versionOf = (
  request: ObjectRequest,
  requested: SystemMetadata.Requested,
  blob: Blob,
  changed: ChangeTime,
  former: ObjectVersion | undefined
): Result.Result<ObjectVersion, Refusal> =>
  Result.map(
    SystemMetadata.forNewVersion(request.namespace, requested, former, changed.millis, request.user?.username ?? ""),
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
      replicated: false,
      collision: false,
      annotations: []
    })
  )

const commit = Effect.fnUntraced(function* (
  request: ObjectRequest,
  requested: SystemMetadata.Requested,
  blob: Blob
): Effect.fn.Return<ObjectVersion, Refusal | SimulatorError> {
  const announced = announcedSize(request)
  if (announced !== undefined && request.request.headers["content-encoding"] === undefined && announced !== blob.size) {
    return yield* refusal(503, "the body is shorter than announced")
  }
  yield* checkSize(request, blob.size)
  const changed = yield* request.core.stamp
  let stored: ObjectVersion | undefined
  yield* request.core.commit("client", () =>
    Result.gen(function* () {
      const former = yield* checkPlace(request, requested)
      const version = yield* versionOf(request, requested, blob, changed, former)
      stored = version
      return [{ _tag: "PutVersion", namespace: request.namespace.spec.key, path: request.path, version }]
    })
  )
  return stored === undefined ? yield* refusal(500) : stored
})

const created = (request: ObjectRequest, about: ReadonlyArray<Header>): GatewayResponse => ({
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
 * Stores an object. The answers: 201; 400 for bad parameters, 403 under hold or retention, 409 if it exists and versioning is off,
 * 412 and 304 by the conditional headers, 413 beyond the quota, 415 for an encoding other than gzip, 503 for a body that broke off.
 *
 * @internal
 */
export const storeObject = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  yield* needWritable(request)
  if (request.parameters.has("acl")) return yield* refusal(400, "access control lists are not enabled")
  const requested = yield* Effect.fromResult(SystemMetadata.read(request.parameters))
  yield* need(request, "write", ...SystemMetadata.needed(requested))
  yield* Effect.fromResult(checkPlace(request, requested))
  yield* checkSize(request, announcedSize(request) ?? 0)
  const body = yield* bodyOf(request)
  const version = yield* Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(restore(request.core.blobs.write(body, request.namespace.spec.hashScheme)), (blob) =>
      Effect.onError(commit(request, requested, blob), () => Effect.ignore(request.core.blobs.remove(blob.id)))
    )
  )
  return created(request, [
    ["X-HCP-VersionId", String(version.id)],
    ["X-HCP-VersionCreateTimeMilliseconds", String(version.createdMillis)],
    ["X-HCP-Hash", `${version.hashScheme} ${version.hash}`],
    ["ETag", `"${version.md5}"`]
  ])
})

/**
 * Makes a directory and its missing parents; 409 if there is anything of that name.
 *
 * @internal
 */
export const storeDirectory = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  yield* needWritable(request)
  yield* need(request, "write")
  const { namespace, path } = request
  const changed = yield* request.core.stamp
  yield* request.core.commit("client", () => {
    const entry = namespace.tree.find(path)
    if (entry !== undefined && (isLive(entry) || entry._tag === "Object")) {
      return Result.fail(refusal(409, "there is something of this name"))
    }
    const parents = path.map((_, depth) => namespace.tree.find(path.slice(0, depth)))
    if (parents.some((parent) => parent?._tag === "Object")) {
      return Result.fail(refusal(404, "a parent of this path is an object"))
    }
    return Result.succeed([{ _tag: "MakeDirectory", namespace: namespace.spec.key, path, changed }])
  })
  return created(request, [])
})
