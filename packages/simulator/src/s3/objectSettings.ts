/**
 * What can be set of an object that is there: its access control list, and by Object Lock its retention and its legal
 * hold.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Change, ObjectVersion } from "../Change.ts"
import type { GatewayResponse } from "../Gateway.ts"
import * as SystemMetadata from "../gateway/systemMetadata.ts"
import * as Xml from "../internal/xml.ts"
import { aclOf } from "../ObjectTree.ts"
import * as Acl from "./acl.ts"
import { bare, document, nobody, toIso } from "./answer.ts"
import { invalid, readDocument, textOf } from "./body.ts"
import { type Failure, header, isLockMode, need, needWritable, noSuchKey, type ObjectCall, personOf } from "./call.ts"
import { findVersion } from "./readObject.ts"
import { accessDenied, refuse, type S3Refusal } from "./refusal.ts"
import { toLockMode, toSecondsUntil } from "./retentionHeaders.ts"
import { extras } from "./storeVersion.ts"

/** @internal */
export const readAcl = Effect.fnUntraced(function* (call: ObjectCall): Effect.fn.Return<GatewayResponse, Failure> {
  yield* need(call, "readAcl")
  const version = yield* findVersion(call)
  const entry = call.namespace.tree.find(call.path)
  const grants = entry?._tag === "Object" ? (aclOf(entry) ?? []) : []
  return Acl.toDocument(call, version.owner === "" ? nobody : personOf(call, version.owner), grants)
})

/** Changes the version that a request is about, as it is when nothing else can come in between. */
const changeVersion = Effect.fnUntraced(function* (
  call: ObjectCall,
  decide: (version: ObjectVersion) => Result.Result<ObjectVersion, S3Refusal>,
  more: (version: ObjectVersion) => ReadonlyArray<Change> = () => []
): Effect.fn.Return<void, Failure> {
  const { id } = yield* findVersion(call)
  const { core, key, namespace, path } = call
  const place = { namespace: namespace.spec.key, path }
  yield* core.commit("client", () => {
    const entry = namespace.tree.find(path)
    const version = entry?._tag === "Object" ? entry.versions.find((candidate) => candidate.id === id) : undefined
    if (version === undefined) return Result.fail(noSuchKey(key))
    return Result.map(decide(version), (next) => [
      { _tag: "PutVersion" as const, ...place, version: { ...next, replicated: false } },
      ...more(version)
    ])
  })
})

/**
 * `PUT ?acl`: by headers or by a document, which may also give the object to somebody else.
 *
 * @internal
 */
export const storeAcl = Effect.fnUntraced(function* (call: ObjectCall): Effect.fn.Return<GatewayResponse, Failure> {
  yield* needWritable(call)
  yield* need(call, "writeAcl")
  const byHeaders = yield* Acl.fromHeaders(call, call.record.owner ?? "")
  const { grants, owner }: Acl.Policy =
    byHeaders === undefined
      ? yield* Acl.fromDocument(call, yield* readDocument(call, "AccessControlPolicy"))
      : { owner: undefined, grants: byHeaders }
  const changed = yield* call.core.stamp
  const place = { namespace: call.namespace.spec.key, path: call.path }
  yield* changeVersion(
    call,
    (version) => Result.succeed({ ...version, owner: owner ?? version.owner, changed }),
    ({ id }) => [{ _tag: "PutAcl", ...place, ids: [id], grants: grants.length === 0 ? null : grants, changed }]
  )
  return bare(call, 200)
})

const needLockMode = ({ record }: ObjectCall): Effect.Effect<void, S3Refusal> =>
  isLockMode(record)
    ? Effect.void
    : Effect.fail(refuse("InvalidRequest", "Bucket is missing Object Lock Configuration"))

const noLock = () =>
  refuse("NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration")

/** @internal */
export const readLegalHold = Effect.fnUntraced(function* (
  call: ObjectCall
): Effect.fn.Return<GatewayResponse, Failure> {
  yield* need(call, "read")
  yield* needLockMode(call)
  const { hold } = yield* findVersion(call)
  return document(call, "LegalHold", [Xml.text("Status", hold ? "ON" : "OFF")])
})

/** @internal */
export const storeLegalHold = Effect.fnUntraced(function* (
  call: ObjectCall
): Effect.fn.Return<GatewayResponse, Failure> {
  yield* needWritable(call)
  yield* need(call, "write", "privileged")
  yield* needLockMode(call)
  const status = textOf(yield* readDocument(call, "LegalHold"), "Status")
  if (status !== "ON" && status !== "OFF") return yield* invalid()
  const changed = yield* call.core.stamp
  yield* changeVersion(call, (version) => Result.succeed({ ...version, hold: status === "ON", changed }))
  return bare(call, 200)
})

/** @internal */
export const readRetention = Effect.fnUntraced(function* (
  call: ObjectCall
): Effect.fn.Return<GatewayResponse, Failure> {
  yield* need(call, "read")
  yield* needLockMode(call)
  const version = yield* findVersion(call)
  const { until } = SystemMetadata.retentionOf(call.namespace, version)
  if (version.s3?.lockMode === undefined || until <= 0) return yield* noLock()
  return document(call, "Retention", [
    Xml.text("Mode", version.s3.lockMode),
    Xml.text("RetainUntilDate", toIso(until * 1000))
  ])
})

/**
 * `PUT ?retention`: it may get longer; shorter only in GOVERNANCE mode by somebody privileged who says so.
 *
 * @internal
 */
export const storeRetention = Effect.fnUntraced(function* (
  call: ObjectCall
): Effect.fn.Return<GatewayResponse, Failure> {
  yield* needWritable(call)
  yield* need(call, "write")
  yield* needLockMode(call)
  const given = yield* readDocument(call, "Retention")
  const mode = yield* toLockMode(textOf(given, "Mode"))
  const date = textOf(given, "RetainUntilDate")
  if (mode === undefined || date === undefined) return yield* invalid()
  const until = yield* toSecondsUntil(date, call.now)
  const isBypassed =
    header(call, "x-amz-bypass-governance-retention")?.toLowerCase() === "true" && call.permissions.has("privileged")
  const changed = yield* call.core.stamp
  yield* changeVersion(call, (version) => {
    const present = SystemMetadata.retentionOf(call.namespace, version)
    const former = version.s3?.lockMode
    const isLooser = until < present.until || (former === "COMPLIANCE" && mode === "GOVERNANCE")
    if (isLooser && present.until * 1000 > call.now && !(former === "GOVERNANCE" && isBypassed)) {
      return Result.fail(accessDenied("Access Denied because object protected by object lock."))
    }
    const s3 = extras(version.s3?.contentType, mode)
    return Result.succeed({
      ...version,
      ...(s3 === undefined ? {} : { s3 }),
      retention: { until, className: "" },
      changed
    })
  })
  return bare(call, 200)
})
