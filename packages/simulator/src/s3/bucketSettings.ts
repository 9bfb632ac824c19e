/**
 * What can be set of a bucket: versioning, rules for scripts of other origins, Object Lock.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { GatewayResponse } from "../Gateway.ts"
import type { Refusal } from "../gateway/exchange.ts"
import { type Namespace, own } from "../internal/registry.ts"
import * as Xml from "../internal/xml.ts"
import { fromXml } from "../mapi/format.ts"
import { withVersioning } from "../mapi/versioning.ts"
import { bare, document } from "./answer.ts"
import { branchOf, invalid, readBytes, readDocument, textOf } from "./body.ts"
import { type BucketCall, type Failure, header, isLockMode, need, needOwner, needWritable, settingsOf } from "./call.ts"
import { change } from "./permissions.ts"
import { refuse, type S3Refusal } from "./refusal.ts"
import { objectLockSettings } from "./retentionHeaders.ts"

const changeRecord = (
  call: BucketCall,
  decide: (record: Namespace) => Result.Result<Namespace, S3Refusal | Refusal>
): Effect.Effect<void, Failure> =>
  change(call, (record, tenant) => Result.map(decide(record), (next) => [next, tenant] as const))

/** @internal */
export const readVersioning = Effect.fnUntraced(function* (
  call: BucketCall
): Effect.fn.Return<GatewayResponse, Failure> {
  yield* needOwner(call)
  const wasSet = own(call.record.settings, "versioningsettings") !== undefined
  const { versioning } = call.namespace.spec
  const lines = versioning ? [Xml.text("Status", "Enabled")] : wasSet ? [Xml.text("Status", "Suspended")] : []
  return document(call, "VersioningConfiguration", lines)
})

/**
 * `PUT ?versioning`: `Suspended` is the same as off, old versions stay.
 *
 * @internal
 */
export const storeVersioning = Effect.fnUntraced(function* (
  call: BucketCall
): Effect.fn.Return<GatewayResponse, Failure> {
  yield* needOwner(call)
  yield* needWritable(call)
  const status = textOf(yield* readDocument(call, "VersioningConfiguration"), "Status")
  if (status !== "Enabled" && status !== "Suspended") return yield* invalid()
  yield* change(call, (record, tenant) =>
    tenant.versioningConfigurationEnabled
      ? Result.map(withVersioning(record, { enabled: status === "Enabled", prune: false }), (next) => [next, tenant])
      : Result.fail(refuse("AccessDenied", "the tenant may not configure versioning"))
  )
  return bare(call, 200)
})

/** @internal */
export const readCors = Effect.fnUntraced(function* (call: BucketCall): Effect.fn.Return<GatewayResponse, Failure> {
  yield* needOwner(call)
  const rules = call.record.cors ?? call.core.registry.tenant(call.tenant)?.cors
  if (rules === undefined) {
    return yield* refuse("NoSuchCORSConfiguration", "The CORS configuration does not exist")
  }
  const answer = document(call, "CORSConfiguration", [])
  return { ...answer, body: { _tag: "Stream", stream: Stream.succeed(new TextEncoder().encode(rules)) } }
})

/**
 * `PUT ?cors`: the rules are kept as they are. Needs `Content-MD5`.
 *
 * @internal
 */
export const storeCors = Effect.fnUntraced(function* (call: BucketCall): Effect.fn.Return<GatewayResponse, Failure> {
  yield* needOwner(call)
  yield* needWritable(call)
  if (header(call, "content-md5") === undefined) {
    return yield* refuse("InvalidRequest", "Missing required header for this request: Content-MD5")
  }
  const rules = (yield* readBytes(call)).toString("utf8")
  const { root } = yield* Effect.mapError(fromXml(rules), invalid)
  if (root !== "CORSConfiguration") return yield* invalid()
  yield* changeRecord(call, (record) => Result.succeed({ ...record, cors: rules }))
  return bare(call, 200)
})

/** @internal */
export const deleteCors = Effect.fnUntraced(function* (call: BucketCall): Effect.fn.Return<GatewayResponse, Failure> {
  yield* needOwner(call)
  yield* needWritable(call)
  yield* changeRecord(call, ({ cors, ...record }) => Result.succeed(record))
  return bare(call, 204)
})

/** @internal */
export const readObjectLock = Effect.fnUntraced(function* (
  call: BucketCall
): Effect.fn.Return<GatewayResponse, Failure> {
  yield* need(call, "read")
  if (!isLockMode(call.record)) {
    return yield* refuse(
      "ObjectLockConfigurationNotFoundError",
      "Object Lock configuration does not exist for this bucket"
    )
  }
  const { days, mode } = settingsOf(call.record, objectLockSettings)
  const rule =
    typeof mode === "string"
      ? [
          Xml.open("Rule"),
          Xml.open("DefaultRetention"),
          Xml.text("Mode", mode),
          Xml.text("Days", String(days)),
          Xml.close("DefaultRetention"),
          Xml.close("Rule")
        ]
      : []
  return document(call, "ObjectLockConfiguration", [Xml.text("ObjectLockEnabled", "Enabled"), ...rule])
})

/**
 * `PUT ?object-lock`: what new objects get unless they say something else. `InvalidBucketState` for a bucket whose
 * retention follows HCP's rules.
 *
 * @internal
 */
export const storeObjectLock = Effect.fnUntraced(function* (
  call: BucketCall
): Effect.fn.Return<GatewayResponse, Failure> {
  yield* needOwner(call)
  yield* needWritable(call)
  if (!isLockMode(call.record)) {
    return yield* refuse("InvalidBucketState", "Object Lock configuration cannot be enabled on existing buckets")
  }
  const configuration = yield* readDocument(call, "ObjectLockConfiguration")
  if (textOf(configuration, "ObjectLockEnabled") !== "Enabled") return yield* invalid()
  const usual = branchOf(branchOf(configuration, "Rule"), "DefaultRetention")
  const mode = textOf(usual, "Mode")
  const [days, years] = [textOf(usual, "Days"), textOf(usual, "Years")]
  if (mode !== undefined) {
    const isKnown = mode === "GOVERNANCE" || mode === "COMPLIANCE"
    if (!isKnown || (days === undefined) === (years === undefined)) return yield* invalid()
    if (!/^[1-9]\d{0,4}$/.test(days ?? years ?? "")) {
      return yield* refuse("InvalidArgument", "Default retention period must be a positive integer value.")
    }
  }
  const rule = mode === undefined ? {} : { mode, days: days === undefined ? Number(years) * 365 : Number(days) }
  yield* changeRecord(call, (record) =>
    Result.succeed({ ...record, settings: { ...record.settings, [objectLockSettings]: rule } })
  )
  return bare(call, 200)
})
