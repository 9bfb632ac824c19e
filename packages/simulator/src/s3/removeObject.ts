/**
 * `DELETE /bucket/key` and `POST /bucket?delete`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../Gateway.ts"
import type { Header } from "../gateway/exchange.ts"
import * as NativeRemove from "../gateway/removeObject.ts"
import * as Xml from "../internal/xml.ts"
import { newest } from "../ObjectTree.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { type Key, toKey } from "./address.ts"
import { bare, document } from "./answer.ts"
import { branchesOf, invalid, readDocument, textOf } from "./body.ts"
import {
  type BucketCall,
  type Failure,
  header,
  isLockMode,
  needWritable,
  type ObjectCall,
  withoutConditions
} from "./call.ts"
import { permissionsAt } from "./permissions.ts"
import { fromRefusal, refuse, type S3Refusal } from "./refusal.ts"

const maxBatch = 1000

/** What became of a key. */
interface Removed {
  /** The version that went, or the marker that came. */
  readonly version: string | undefined
  readonly isMarker: boolean
}

const nothing: Removed = { version: undefined, isMarker: false }

/** How the object store is told that somebody may delete in spite of retention. */
const privilege = (
  call: BucketCall,
  key: Key,
  id: string | undefined
): Effect.Effect<ReadonlyArray<readonly [string, string]>, S3Refusal> => {
  const reason = header(call, "x-hcp-privileged")
  if (!isLockMode(call.record)) {
    return Effect.succeed(
      reason === undefined
        ? []
        : [
            ["privileged", "true"],
            ["reason", reason]
          ]
    )
  }
  if (reason !== undefined) {
    return Effect.fail(refuse("InvalidRequest", "x-hcp-privileged does not fit the retention mode of the bucket"))
  }
  const entry = call.namespace.tree.find(key.path)
  const version =
    entry?._tag === "Object"
      ? (entry.versions.find((candidate) => String(candidate.id) === id) ?? newest(entry))
      : undefined
  const isBypassed = header(call, "x-amz-bypass-governance-retention")?.toLowerCase() === "true"
  return Effect.succeed(
    isBypassed && version?.s3?.lockMode === "GOVERNANCE"
      ? [
          ["privileged", "true"],
          ["reason", "x-amz-bypass-governance-retention"]
        ]
      : []
  )
}

/** Deletes one key, or one version of it. What is not there is deleted already. */
const remove = Effect.fnUntraced(function* (
  call: BucketCall,
  key: Key,
  id: string | undefined
): Effect.fn.Return<Removed, S3Refusal | SimulatorError> {
  const { namespace, record, user } = call
  const entry = namespace.tree.find(key.path)
  const permissions = permissionsAt(namespace, record, user, key.path)
  if (!permissions.has("delete")) return yield* refuse("AccessDenied", "the delete permission is missing")
  // A key with a slash is that of a folder, and one without is not.
  if (entry === undefined || (entry._tag === "Directory") !== key.isFolder) return nothing
  const isVersion = entry._tag === "Object" && id !== undefined && id !== "null"
  if (isVersion && !/^\d+$/.test(id)) return yield* refuse("InvalidArgument", "Invalid version id specified")
  const named = isVersion ? entry.versions.find((version) => String(version.id) === id) : undefined
  if (isVersion && named === undefined) return nothing
  const parameters = new Map([...(isVersion ? ([["version", id]] as const) : []), ...(yield* privilege(call, key, id))])
  const plain = withoutConditions(call)
  const { "content-type": _, ...headers } = plain.request.headers
  const isDone = yield* NativeRemove.removeObject({
    ...plain,
    request: { ...plain.request, headers },
    path: key.path,
    parameters,
    permissions,
    locksVersions: isLockMode(record)
  }).pipe(
    Effect.as(true),
    Effect.catchTag("Refusal", (refusal) =>
      refusal.status === 404 ? Effect.succeed(false) : Effect.fail(fromRefusal(refusal))
    )
  )
  if (!isDone) return nothing
  if (named !== undefined) return { version: String(named.id), isMarker: named.state === "deleted" }
  const after = namespace.tree.find(key.path)
  const last = after?._tag === "Object" ? newest(after) : undefined
  return last?.state === "deleted" ? { version: String(last.id), isMarker: true } : nothing
})

const markerText = ({ core }: BucketCall): string =>
  core.spec.s3Quirks.deleteMarkerNotImplemented ? "Not Implemented" : "true"

/**
 * `DELETE`: 204, also for what is not there; `AccessDenied` under retention or hold and for a folder that is not empty.
 *
 * @internal
 */
export const removeObject = Effect.fnUntraced(function* (call: ObjectCall): Effect.fn.Return<GatewayResponse, Failure> {
  yield* needWritable(call)
  const { isMarker, version } = yield* remove(call, call, call.parameters.get("versionId"))
  const headers: ReadonlyArray<Header> = [
    ...(isMarker ? [["x-amz-delete-marker", markerText(call)] as const] : []),
    ...(version === undefined ? [] : [["x-amz-version-id", version] as const])
  ]
  return bare(call, 204, headers)
})

const deletedLine = (call: BucketCall, key: string, id: string | undefined, { isMarker, version }: Removed): string =>
  [
    Xml.open("Deleted"),
    Xml.text("Key", key),
    id === undefined ? "" : Xml.text("VersionId", id),
    isMarker ? Xml.text("DeleteMarker", markerText(call)) : "",
    isMarker && version !== undefined ? Xml.text("DeleteMarkerVersionId", version) : "",
    Xml.close("Deleted")
  ].join("")

const errorLine = (key: string, id: string | undefined, { code, message }: S3Refusal): string =>
  [
    Xml.open("Error"),
    Xml.text("Key", key),
    id === undefined ? "" : Xml.text("VersionId", id),
    Xml.text("Code", code),
    Xml.text("Message", message),
    Xml.close("Error")
  ].join("")

/**
 * `POST ?delete`: up to 1,000 keys, each with an outcome of its own. Needs `Content-MD5`.
 *
 * @internal
 */
export const removeMany = Effect.fnUntraced(function* (call: BucketCall): Effect.fn.Return<GatewayResponse, Failure> {
  yield* needWritable(call)
  if (call.core.spec.s3Quirks.batchDeleteNeedsMd5 && header(call, "content-md5") === undefined) {
    return yield* refuse("InvalidRequest", "Missing required header for this request: Content-MD5")
  }
  const batch = yield* readDocument(call, "Delete")
  const objects = branchesOf(batch, "Object")
  if (objects.length === 0 || objects.length > maxBatch) return yield* invalid()
  const isQuiet = textOf(batch, "Quiet") === "true"
  const lines = yield* Effect.forEach(objects, (object) => {
    const key = textOf(object, "Key") ?? ""
    const id = textOf(object, "VersionId")
    return Effect.fromResult(toKey(key)).pipe(
      Effect.flatMap((place) => remove(call, place, id)),
      Effect.map((removed) => (isQuiet ? "" : deletedLine(call, key, id, removed))),
      Effect.catchTag("S3Refusal", (refusal) => Effect.succeed(errorLine(key, id, refusal)))
    )
  })
  return document(call, "DeleteResult", lines)
})
