/**
 * PUT of `/rest`: a new object, a new version of one, or a directory.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { canned, type Grant } from "../Acl.ts"
import type { GatewayResponse } from "../Gateway.ts"
import { isLive } from "../ObjectTree.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { type Refusal, refusal } from "./exchange.ts"
import { checkPlace, checkSize, commitVersion, created, versionHeaders } from "./newVersion.ts"
import { need, needWritable, type ObjectRequest } from "./objectRequest.ts"
import * as SystemMetadata from "./systemMetadata.ts"
import { announcedSize, checkArrived, uploadBody } from "./uploadBody.ts"

/** @internal */
export interface Asked {
  readonly requested: SystemMetadata.Requested
  /** The grants of the canned list that was asked for. */
  readonly grants: ReadonlyArray<Grant> | undefined
}

const readCanned = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<ReadonlyArray<Grant> | undefined, Refusal> {
  const name = request.parameters.get("acl")
  if (name === undefined) return undefined
  if (request.namespace.spec.aclsUsage === "NOT_ENABLED") {
    return yield* refusal(400, "access control lists are not enabled")
  }
  yield* need(request, "writeAcl")
  return canned.get(name) ?? (yield* refusal(400, "'acl' parameter must be all_read or auth_read."))
})

/**
 * What a PUT asks for, if it may be asked for, and if there is a place for it as things are before its body is read.
 *
 * @internal
 */
export const readAsked = Effect.fnUntraced(function* (request: ObjectRequest): Effect.fn.Return<Asked, Refusal> {
  yield* needWritable(request)
  const requested = yield* Effect.fromResult(SystemMetadata.read(request.parameters))
  yield* need(request, "write", ...SystemMetadata.needed(requested))
  const grants = yield* readCanned(request)
  yield* Effect.fromResult(checkPlace(request, requested))
  yield* checkSize(request, announcedSize(request.request) ?? 0)
  return { requested, grants }
})

/**
 * Stores an object. The answers: 201; 400 for bad parameters, 403 under hold or retention, 409 if it exists and
 * versioning is off, 412 and 304 by the conditional headers, 413 beyond the quota, 415 for an encoding other than gzip,
 * 503 for a body that broke off.
 *
 * @internal
 */
export const storeObject = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  const { blobs } = request.core
  const asked = yield* readAsked(request)
  const body = yield* uploadBody(request.request)
  const version = yield* Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(restore(blobs.write(body, request.namespace.spec.hashScheme)), (blob) =>
      checkArrived(request.request, blob.size).pipe(
        Effect.andThen(commitVersion(request, { ...asked, blob, annotations: [] })),
        Effect.onError(() => Effect.ignore(blobs.delete(blob.id)))
      )
    )
  )
  return created(request, versionHeaders(version))
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
