/**
 * `x-amz-copy-source`: which version of which object of the same tenant is copied, `/bucket/key?versionId=...`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ObjectVersion } from "../Change.ts"
import * as Preconditions from "../gateway/preconditions.ts"
import { encodeStray } from "../gateway/requestTarget.ts"
import type { Namespace } from "../internal/core.ts"
import { current, type ObjectEntry } from "../ObjectTree.ts"
import { toKey } from "./address.ts"
import type { BucketCall, Failure } from "./call.ts"
import { noSuchKey } from "./call.ts"
import { noSuchBucket, permissionsAt, recordOf } from "./permissions.ts"
import { accessDenied, refuse, type S3Refusal } from "./refusal.ts"
import { decode } from "./signature/encoding.ts"

/** What is to be copied. */
export interface Source {
  readonly namespace: Namespace
  readonly path: ReadonlyArray<string>
  readonly version: ObjectVersion
}

/**
 * The version with this id; without an id the one that is current. Without versioning there is only that one, whatever
 * is asked.
 *
 * @internal
 */
export const versionOf = (
  { spec }: Namespace,
  entry: ObjectEntry,
  id: string | undefined
): Result.Result<ObjectVersion | undefined, S3Refusal> => {
  if (id === undefined || id === "null" || !spec.versioning) return Result.succeed(current(entry))
  return /^-?\d+$/.test(id)
    ? Result.succeed(entry.versions.find((version) => String(version.id) === id))
    : Result.fail(refuse("InvalidArgument", "Invalid version id specified"))
}

const headerPrefix = "x-amz-copy-source-"

/** The conditions on the source as if they were conditions of the request. */
const checkConditions = ({ request }: BucketCall, version: ObjectVersion): Effect.Effect<void, S3Refusal> => {
  const headers = Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      name.startsWith(`${headerPrefix}if-`) ? [[name.slice(headerPrefix.length), value]] : []
    )
  )
  const unmet = Preconditions.check({ ...request, headers }, version, "write")
  return unmet === undefined
    ? Effect.void
    : Effect.fail(refuse("PreconditionFailed", "At least one of the pre-conditions you specified did not hold"))
}

/**
 * Finds what is to be copied. Fails with `InvalidArgument` for what cannot be understood, with `NoSuchBucket` and
 * `NoSuchKey`, with `AccessDenied` where the sender may not read, with `PreconditionFailed` by the conditions on the
 * source.
 *
 * @internal
 */
export const find = Effect.fnUntraced(function* (call: BucketCall, value: string): Effect.fn.Return<Source, Failure> {
  const [, place = "", id] = /^(.*?)(?:\?versionId=(.*))?$/is.exec(encodeStray(value.trim())) ?? []
  const [, bucket = "", rawKey = ""] = /^\/?([^/]+)\/(.+)$/s.exec(place.replace(/^%2f/i, "/")) ?? []
  if (bucket === "") {
    return yield* refuse(
      "InvalidArgument",
      "Copy Source must mention the source bucket and key: /sourcebucket/sourcekey"
    )
  }
  const { key, path } = yield* Effect.fromResult(toKey(decode(rawKey)))
  const namespace = call.core.namespaces.get(`${decode(bucket)}.${call.tenant}`.toLowerCase())
  const record = namespace === undefined ? undefined : recordOf(call.core, namespace)
  if (namespace === undefined || record === undefined) return yield* noSuchBucket(bucket)
  if (!permissionsAt(namespace, record, call.user, path).has("read")) {
    return yield* accessDenied("the read permission is missing where the copy is made from")
  }
  const entry = namespace.tree.find(path)
  const version = entry?._tag === "Object" ? yield* Effect.fromResult(versionOf(namespace, entry, id)) : undefined
  if (version === undefined || version.state === "deleted") return yield* noSuchKey(key)
  yield* checkConditions(call, version)
  return { namespace, path, version }
})
