/**
 * Object lock: buckets whose versions nobody may delete before a time, or while they are on legal hold.
 *
 * A bucket has either this or HCP's own retention mode. Needs HCP 9.6 or later; before, all of this is refused.
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on S3 Object Lock.
 *
 * @since 0.1.0
 */

import { HcpError, S3Refused, UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Xml from "@effect-hcp/sdk/Xml"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CallOptions } from "./CallOptions.ts"
import type { Gateway } from "./Gateway.ts"
import { child, countOf, instantOf, textOf } from "./internal/answerXml.ts"
import {
  answered,
  checked,
  checkedValue,
  invalid,
  misuseOf,
  type S3Request,
  send,
  sendXml
} from "./internal/gateway.ts"
import { callKinds, protectionKinds } from "./internal/optionKinds.ts"
import { type QueryName, SubResource } from "./internal/parameter.ts"
import { xmlBody } from "./internal/xmlBody.ts"
import * as S3 from "./S3.ts"
import { isoTime, type Lock } from "./Settings.ts"

// The compiler says here which option has no kind.
const kinds: {
  readonly version: KindsOf<VersionOptions>
  readonly modify: KindsOf<ModifyOptions>
  readonly configuration: KindsOf<ConfigurationChanges>
} = {
  version: { ...callKinds, versionId: "text" },
  modify: { ...callKinds, versionId: "text", bypassGovernance: "flag" },
  configuration: {
    default: {
      either: [
        { oneOf: [false] },
        {
          fields: {
            mode: protectionKinds.lock.fields.mode,
            period: { fields: { days: "number", years: "number" } }
          },
          required: ["mode", "period"]
        }
      ]
    }
  }
}

/**
 * How new versions of a bucket are locked unless they say it themselves.
 *
 * @category models
 * @since 0.1.0
 */
export interface DefaultLock {
  readonly mode: Lock["mode"]
  /** How long: a whole number of days or of years. */
  readonly period: { readonly days: number } | { readonly years: number }
}

/**
 * The configuration of a bucket.
 *
 * @category models
 * @since 0.1.0
 */
export interface Configuration {
  readonly enabled: boolean
  readonly default: DefaultLock | undefined
}

/**
 * Which version is meant.
 *
 * @category models
 * @since 0.1.0
 */
export interface VersionOptions extends CallOptions {
  /** Defaults to the current one. */
  readonly versionId?: string | undefined
}

/**
 * What modifying a lock may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface ModifyOptions extends VersionOptions {
  /** Passes a lock in governance mode. Defaults to `false`. */
  readonly bypassGovernance?: boolean | undefined
}

/**
 * A lock as HCP gives it.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredLock extends Lock {
  readonly until: DateTime.Utc
}

const rootName = "ObjectLockConfiguration"

const isAbsent = ({ reason }: HcpError): boolean =>
  reason._tag === "S3Refused" &&
  /^(?:NoSuchObjectLockConfiguration|ObjectLockConfigurationNotFoundError)$/.test(reason.code ?? "")

/**
 * What a configuration can be changed to.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigurationChanges {
  /** How new versions are locked; `false` for not at all. */
  readonly default: DefaultLock | false
}

/**
 * How a bucket locks.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigurationOperations {
  /** How a bucket locks; not enabled for one in HCP's own retention mode. */
  readonly get: (bucket: string, options?: CallOptions) => Effect.Effect<Configuration, HcpError, S3.S3>
  /**
   * Sets how new versions are locked. Fails with `InvalidInput` for a period that is no whole number greater than 0.
   */
  readonly modify: (
    bucket: string,
    changes: ConfigurationChanges,
    options?: CallOptions
  ) => Effect.Effect<void, HcpError, S3.S3>
}

const getConfiguration: ConfigurationOperations["get"] = (bucket, options) =>
  Effect.gen(function* () {
    const gateway = yield* S3.gatewayFor({ method: "GET", bucket }, options, callKinds)
    const request: S3Request = { method: "GET", bucket, query: { [SubResource.objectLock]: "" }, options }
    const { root } = yield* sendXml(gateway, request, rootName)
    const rule = child(child(root, "Rule"), "DefaultRetention")
    const mode = modeOf(textOf(rule, "Mode"))
    const days = countOf(textOf(rule, "Days"))
    const years = countOf(textOf(rule, "Years"))
    const period = days !== undefined ? { days } : years !== undefined ? { years } : undefined
    return {
      enabled: textOf(root, "ObjectLockEnabled")?.toLowerCase() === "enabled",
      default: mode === undefined || period === undefined ? undefined : { mode, period }
    }
  }).pipe(Effect.catchIf(isAbsent, () => Effect.succeed({ enabled: false, default: undefined })))

const modifyConfiguration: ConfigurationOperations["modify"] = (bucket, changes, options) =>
  Effect.gen(function* () {
    const request: S3Request = { method: "PUT", bucket, query: { [SubResource.objectLock]: "" }, options }
    const gateway = yield* S3.gatewayFor(request, options, callKinds)
    const wrong = misuseOf(request, changes, kinds.configuration, ["default"])
    if (wrong !== undefined) return yield* wrong
    const lock = changes.default
    const enabled = Xml.element("ObjectLockEnabled", {}, "Enabled")
    if (lock === false) return yield* sendDocument(gateway, request, Xml.element(rootName, {}, enabled))
    const period = yield* periodXml(request, lock)
    const rule = Xml.element(
      "Rule",
      {},
      Xml.element("DefaultRetention", {}, Xml.element("Mode", {}, lock.mode), period)
    )
    yield* sendDocument(gateway, request, Xml.element(rootName, {}, enabled, rule))
  })

const periodXml = (request: S3Request, { period }: DefaultLock): Effect.Effect<Xml.Element, HcpError> => {
  const [name, count] = "days" in period ? (["Days", period.days] as const) : (["Years", period.years] as const)
  return Number.isSafeInteger(count) && count > 0
    ? Effect.succeed(Xml.element(name, {}, count))
    : Effect.fail(invalid(request, "default.period", "is no whole number greater than 0"))
}

/**
 * How a bucket locks new versions.
 *
 * @category combinators
 * @since 0.1.0
 */
export const configuration: ConfigurationOperations = { get: getConfiguration, modify: modifyConfiguration }

const modeOf = (text: string | undefined): Lock["mode"] | undefined => {
  const mode = text?.toUpperCase()
  return mode === "GOVERNANCE" || mode === "COMPLIANCE" ? mode : undefined
}

/**
 * The locks of versions.
 *
 * @category models
 * @since 0.1.0
 */
export interface LockOperations {
  /** The lock of a version. Fails with `S3Refused` (`notFound`) where it has none. */
  readonly get: (bucket: string, key: string, options?: VersionOptions) => Effect.Effect<StoredLock, HcpError, S3.S3>
  /** The lock of a version, if it has one. */
  readonly find: (
    bucket: string,
    key: string,
    options?: VersionOptions
  ) => Effect.Effect<Option.Option<StoredLock>, HcpError, S3.S3>
  /**
   * Locks a version, or modifies its lock. Fails with `InvalidInput` for a time that is none, and with `S3Refused`
   * where HCP would make a lock weaker.
   */
  readonly modify: (
    bucket: string,
    key: string,
    lock: Lock,
    options?: ModifyOptions
  ) => Effect.Effect<void, HcpError, S3.S3>
}

const readLock: LockOperations["find"] = (bucket, key, options) =>
  Effect.gen(function* () {
    const gateway = yield* S3.gatewayFor({ method: "GET", bucket, key }, options, kinds.version)
    const request = ofVersion("GET", bucket, key, SubResource.retention, options)
    const { reply, root } = yield* sendXml(gateway, request, "Retention")
    const mode = modeOf(textOf(root, "Mode"))
    const until = instantOf(textOf(root, "RetainUntilDate"))
    if (mode === undefined && until === undefined) return Option.none()
    if (mode !== undefined && until !== undefined) return Option.some({ mode, until })
    return yield* answered(request, reply, new UnexpectedAnswer({ detail: "the lock has no mode, or no time" }))
  })

const findLock: LockOperations["find"] = (bucket, key, options) =>
  Effect.catchIf(readLock(bucket, key, options), isAbsent, () => Effect.succeedNone)

const getLock: LockOperations["get"] = (bucket, key, options) =>
  Effect.flatMap(readLock(bucket, key, options), (found) =>
    Option.isSome(found)
      ? Effect.succeed(found.value)
      : Effect.fail(
          new HcpError({
            operation: "GET",
            path: `/${bucket}/${key}`,
            reached: "answer",
            reason: new S3Refused({ status: 404, category: "notFound", hint: "this version has no lock" })
          })
        )
  )

const modifyLock: LockOperations["modify"] = (bucket, key, lock, options) =>
  Effect.gen(function* () {
    const gateway = yield* S3.gatewayFor({ method: "PUT", bucket, key }, options, kinds.modify)
    const request = ofVersion("PUT", bucket, key, SubResource.retention, options)
    yield* checked(request, checkedValue(lock, protectionKinds.lock, "lock"))
    const until = isoTime(lock.until)
    if (until === undefined) return yield* invalid(request, "lock.until", "is no time of the years 1970 to 9999")
    const document = Xml.element(
      "Retention",
      {},
      Xml.element("Mode", {}, lock.mode),
      Xml.element("RetainUntilDate", {}, until)
    )
    const headers = options?.bypassGovernance === true ? [["x-amz-bypass-governance-retention", "true"] as const] : []
    yield* sendDocument(gateway, { ...request, headers }, document)
  })

/**
 * The lock of a version: until when nobody may delete it.
 *
 * @category combinators
 * @since 0.1.0
 */
export const lock: LockOperations = { get: getLock, find: findLock, modify: modifyLock }

/**
 * The legal holds of versions.
 *
 * @category models
 * @since 0.1.0
 */
export interface LegalHoldOperations {
  /** Whether a version is on legal hold. */
  readonly get: (bucket: string, key: string, options?: VersionOptions) => Effect.Effect<boolean, HcpError, S3.S3>
  /** Puts a version on legal hold, or releases it. */
  readonly modify: (
    bucket: string,
    key: string,
    isHeld: boolean,
    options?: VersionOptions
  ) => Effect.Effect<void, HcpError, S3.S3>
}

const getLegalHold: LegalHoldOperations["get"] = (bucket, key, options) =>
  Effect.gen(function* () {
    const gateway = yield* S3.gatewayFor({ method: "GET", bucket, key }, options, kinds.version)
    const { root } = yield* sendXml(gateway, ofVersion("GET", bucket, key, SubResource.legalHold, options), "LegalHold")
    return textOf(root, "Status")?.toUpperCase() === "ON"
  }).pipe(Effect.catchIf(isAbsent, () => Effect.succeed(false)))

const modifyLegalHold: LegalHoldOperations["modify"] = (bucket, key, isHeld, options) =>
  Effect.gen(function* () {
    const gateway = yield* S3.gatewayFor({ method: "PUT", bucket, key }, options, kinds.version)
    const request = ofVersion("PUT", bucket, key, SubResource.legalHold, options)
    const held = yield* checked(request, checkedValue(isHeld, "flag", "isHeld"))
    yield* sendDocument(gateway, request, Xml.element("LegalHold", {}, Xml.element("Status", {}, held ? "ON" : "OFF")))
  })

/**
 * Whether a version is on legal hold: nobody may delete it until it is released.
 *
 * @category combinators
 * @since 0.1.0
 */
export const legalHold: LegalHoldOperations = { get: getLegalHold, modify: modifyLegalHold }

const ofVersion = (
  method: "GET" | "PUT",
  bucket: string,
  key: string,
  part: QueryName,
  options: VersionOptions | undefined
): S3Request => ({ method, bucket, key, query: { [part]: "", versionId: options?.versionId }, options })

const sendDocument = (gateway: Gateway, request: S3Request, document: Xml.Element): Effect.Effect<void, HcpError> =>
  Effect.flatMap(checked(request, xmlBody(document)), ({ body, headers }) =>
    Effect.asVoid(send(gateway, { ...request, body, headers: [...headers, ...(request.headers ?? [])] }))
  )
