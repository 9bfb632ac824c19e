/**
 * What everything that makes an object has in common.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Grant } from "../Acl.ts"
import type { ObjectVersion } from "../Change.ts"
import type { Header } from "../gateway/exchange.ts"
import { checkPlace, checkSize, commitVersion, type NewVersion } from "../gateway/newVersion.ts"
import * as SystemMetadata from "../gateway/systemMetadata.ts"
import { current } from "../ObjectTree.ts"
import * as Acl from "./acl.ts"
import {
  type Failure,
  header,
  isLockMode,
  need,
  needWritable,
  noSuchKey,
  type ObjectCall,
  settingsOf,
  withoutConditions
} from "./call.ts"
import { fromRefusal, type S3Refusal } from "./refusal.ts"
import type { LockMode } from "./retentionHeaders.ts"
import * as RetentionHeaders from "./retentionHeaders.ts"

/** What AWS knows of conditions on storing. */
const storeConditions = ["if-match", "if-none-match"]

/**
 * Where conditions are obeyed as AWS does it: `NoSuchKey` if a certain object is to be replaced, and there is none.
 *
 * @internal
 */
export const checkReplaced = ({ core, key, namespace, path, request }: ObjectCall): Effect.Effect<void, S3Refusal> => {
  const entry = namespace.tree.find(path)
  const isThere = entry?._tag === "Object" && current(entry) !== undefined
  return core.spec.s3Quirks.conditionalStores && request.headers["if-match"] !== undefined && !isThere
    ? Effect.fail(noSuchKey(key))
    : Effect.void
}

/** Whether an object gives way to another one of its name although nobody keeps versions. */
const overwrites = ({ namespace, record }: ObjectCall): boolean =>
  !namespace.spec.versioning && settingsOf(record, "namespace").s3UnversionedOverwrite === true

/** The request as the object store shall see it: an overwrite is a version whose former ones go at once. */
const asStored = (call: ObjectCall): ObjectCall => {
  const obeyed = call.core.spec.s3Quirks.conditionalStores ? storeConditions : []
  const plain = { ...withoutConditions(call, obeyed), locksVersions: isLockMode(call.record) }
  if (!overwrites(call)) return plain
  const { namespace } = call
  return { ...plain, namespace: { ...namespace, spec: { ...namespace.spec, versioning: true } } }
}

/** @internal */
export interface Asked extends RetentionHeaders.Wanted {
  readonly grants: ReadonlyArray<Grant> | undefined
}

/**
 * What a request asks for besides the bytes, if it may. Whether there is a place for the object is not looked at.
 *
 * @internal
 */
export const readAsked = Effect.fnUntraced(function* (call: ObjectCall): Effect.fn.Return<Asked, Failure> {
  yield* needWritable(call)
  const wanted = yield* RetentionHeaders.read(call)
  yield* need(call, "write", ...SystemMetadata.needed(wanted.requested))
  const grants = yield* Acl.fromHeaders(call, call.record.owner ?? "")
  if (grants !== undefined) yield* need(call, "writeAcl")
  return { ...wanted, grants }
})

/**
 * Fails as {@link store} would, so that a client learns it before the body travels.
 *
 * @internal
 */
export const checkEarly = Effect.fnUntraced(function* (
  call: ObjectCall,
  { requested }: Asked,
  size: number
): Effect.fn.Return<void, S3Refusal> {
  yield* checkReplaced(call)
  const seen = asStored(call)
  yield* Effect.fromResult(Result.mapError(checkPlace(seen, requested), fromRefusal))
  yield* Effect.mapError(checkSize(seen, size), fromRefusal)
})

/** The part of a version that only this API keeps. */
export const extras = (
  contentType: string | undefined,
  lockMode: LockMode | undefined
): ObjectVersion["s3"] | undefined =>
  contentType === undefined && lockMode === undefined
    ? undefined
    : {
        ...(contentType === undefined ? {} : { contentType }),
        ...(lockMode === undefined ? {} : { lockMode })
      }

/** @internal */
export const contentTypeOf = (call: ObjectCall): string | undefined => header(call, "content-type")

/**
 * Makes the version. `NoSuchKey` as of {@link checkReplaced}, `OperationAborted` (409) if the object exists and there
 * is no versioning, `AccessDenied` under retention or hold; the blobs then remain the caller's.
 *
 * @internal
 */
export const store = Effect.fnUntraced(function* (
  call: ObjectCall,
  made: NewVersion
): Effect.fn.Return<ObjectVersion, Failure> {
  const { core, namespace, path } = call
  yield* checkReplaced(call)
  const version = yield* commitVersion(asStored(call), made)
  if (overwrites(call)) {
    const changed = yield* core.stamp
    yield* core.commit("client", () => {
      const entry = namespace.tree.find(path)
      const ids = entry?._tag === "Object" ? entry.versions.map(({ id }) => id).filter((id) => id < version.id) : []
      return Result.succeed(
        ids.length === 0 ? [] : [{ _tag: "RemoveVersions" as const, namespace: namespace.spec.key, path, ids, changed }]
      )
    })
  }
  return version
})

/**
 * The headers that tell of a version that was made.
 *
 * @internal
 */
export const versionHeaders = (call: ObjectCall, version: ObjectVersion): ReadonlyArray<Header> => [
  ["ETag", `"${version.md5}"`],
  ...versionId(call, version),
  ...encryption(call)
]

/** @internal */
export const versionId = ({ namespace }: ObjectCall, version: ObjectVersion): ReadonlyArray<Header> =>
  namespace.spec.versioning ? [["x-amz-version-id", String(version.id)]] : []

/** To ask for encryption is to ask whether there is any. */
export const encryption = (call: ObjectCall): ReadonlyArray<Header> =>
  header(call, "x-amz-server-side-encryption") === undefined ? [] : [["x-amz-server-side-encryption", "None"]]
