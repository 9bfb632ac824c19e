/**
 * Object lock: buckets whose versions nobody may delete before a time, or while they are on legal hold.
 *
 * A bucket has either this or HCP's own retention mode. Needs HCP 9.6 or later; before, all of this is refused.
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on S3 Object Lock.
 *
 * @since 0.1.0
 */

import { type HcpError, InvalidInput, UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Xml from "@effect-hcp/sdk/Xml"
import * as Effect from "effect/Effect"
import type { CallOptions } from "./CallOptions.ts"
import type { Gateway } from "./Gateway.ts"
import { child, countOf, textOf, timeOf } from "./internal/answerXml.ts"
import { answered, checked, invalid, refused, type S3Request, send, sendXml } from "./internal/gateway.ts"
import { callKinds } from "./internal/optionKinds.ts"
import { type QueryName, SubResource } from "./internal/parameter.ts"
import { xmlBody } from "./internal/xmlBody.ts"
import * as S3 from "./S3.ts"
import { isoTime, type Lock } from "./Settings.ts"

// The compiler says here which option has no kind.
const kinds: { readonly version: KindsOf<VersionOptions>; readonly set: KindsOf<SetOptions> } = {
  version: { ...callKinds, versionId: "text" },
  set: { ...callKinds, versionId: "text", bypassGovernance: "flag" }
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
 * What changing a lock may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface SetOptions extends VersionOptions {
  /** Passes a lock in governance mode. Defaults to `false`. */
  readonly bypassGovernance?: boolean | undefined
}

/**
 * A lock as HCP gives it; `until` is in milliseconds since 1970 UTC.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredLock {
  readonly mode: Lock["mode"]
  readonly until: number
}

const isAbsent = ({ reason }: HcpError): boolean =>
  reason._tag === "S3Refused" &&
  /^(?:NoSuchObjectLockConfiguration|ObjectLockConfigurationNotFoundError)$/.test(reason.code ?? "")

/**
 * How a bucket locks; not enabled for one in HCP's own retention mode.
 *
 * @category combinators
 * @since 0.1.0
 */
export const configuration = (bucket: string, options?: CallOptions): Effect.Effect<Configuration, HcpError, S3.S3> =>
  Effect.gen(function* () {
    const gateway = yield* S3.gatewayFor({ method: "GET", bucket }, options, callKinds)
    const request: S3Request = { method: "GET", bucket, query: { [SubResource.objectLock]: "" }, options }
    const { root } = yield* sendXml(gateway, request, "ObjectLockConfiguration")
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

const modeOf = (text: string | undefined): Lock["mode"] | undefined => {
  const mode = text?.toUpperCase()
  return mode === "GOVERNANCE" || mode === "COMPLIANCE" ? mode : undefined
}

/**
 * Sets how new versions are locked; `undefined` for not at all. Fails with `InvalidInput` for a period that is no whole
 * number greater than 0.
 *
 * @category combinators
 * @since 0.1.0
 */
export const setDefault = (
  bucket: string,
  lock: DefaultLock | undefined,
  options?: CallOptions
): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.gen(function* () {
    const gateway = yield* S3.gateway
    const request: S3Request = { method: "PUT", bucket, query: { [SubResource.objectLock]: "" }, options }
    const period = lock === undefined ? undefined : yield* periodXml(request, lock)
    const rule =
      lock === undefined || period === undefined
        ? undefined
        : Xml.element("Rule", {}, Xml.element("DefaultRetention", {}, Xml.element("Mode", {}, lock.mode), period))
    const enabled = Xml.element("ObjectLockEnabled", {}, "Enabled")
    yield* sendDocument(gateway, request, Xml.element("ObjectLockConfiguration", {}, enabled, rule))
  })

const periodXml = (request: S3Request, { period }: DefaultLock): Effect.Effect<Xml.Element, HcpError> => {
  const [name, count] = "days" in period ? (["Days", period.days] as const) : (["Years", period.years] as const)
  return Number.isSafeInteger(count) && count > 0
    ? Effect.succeed(Xml.element(name, {}, count))
    : Effect.fail(invalid(request, "period", "is no whole number greater than 0"))
}

/**
 * The lock of a version; `undefined` for none.
 *
 * @category combinators
 * @since 0.1.0
 */
export const lock = (
  bucket: string,
  key: string,
  options?: VersionOptions
): Effect.Effect<StoredLock | undefined, HcpError, S3.S3> =>
  Effect.gen(function* () {
    const gateway = yield* S3.gatewayFor({ method: "GET", bucket, key }, options, kinds.version)
    const request = ofVersion("GET", bucket, key, SubResource.retention, options)
    const { reply, root } = yield* sendXml(gateway, request, "Retention")
    const mode = modeOf(textOf(root, "Mode"))
    const until = timeOf(textOf(root, "RetainUntilDate"))?.getTime()
    if (mode === undefined && until === undefined) return undefined
    if (mode !== undefined && until !== undefined) return { mode, until }
    return yield* answered(request, reply, new UnexpectedAnswer({ detail: "the lock has no mode, or no time" }))
  }).pipe(Effect.catchIf(isAbsent, () => Effect.succeed(undefined)))

/**
 * Locks a version, or changes its lock. Fails with `InvalidInput` for a time that is none, and with `S3Refused` where
 * HCP would make a lock weaker.
 *
 * @category combinators
 * @since 0.1.0
 */
export const setLock = (
  bucket: string,
  key: string,
  lock: Lock,
  options?: SetOptions
): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.gen(function* () {
    const gateway = yield* S3.gatewayFor({ method: "PUT", bucket, key }, options, kinds.set)
    const request = ofVersion("PUT", bucket, key, SubResource.retention, options)
    const until = isoTime(lock.until)
    if (until === undefined) {
      return yield* refused(request, new InvalidInput({ field: "lock.until", detail: "is no time" }))
    }
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
 * Whether a version is on legal hold.
 *
 * @category combinators
 * @since 0.1.0
 */
export const legalHold = (
  bucket: string,
  key: string,
  options?: VersionOptions
): Effect.Effect<boolean, HcpError, S3.S3> =>
  Effect.gen(function* () {
    const gateway = yield* S3.gatewayFor({ method: "GET", bucket, key }, options, kinds.version)
    const { root } = yield* sendXml(gateway, ofVersion("GET", bucket, key, SubResource.legalHold, options), "LegalHold")
    return textOf(root, "Status")?.toUpperCase() === "ON"
  }).pipe(Effect.catchIf(isAbsent, () => Effect.succeed(false)))

/**
 * Puts a version on legal hold, or releases it.
 *
 * @category combinators
 * @since 0.1.0
 */
export const setLegalHold = (
  bucket: string,
  key: string,
  isHeld: boolean,
  options?: VersionOptions
): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "PUT", bucket, key }, options, kinds.version), (gateway) =>
    sendDocument(
      gateway,
      ofVersion("PUT", bucket, key, SubResource.legalHold, options),
      Xml.element("LegalHold", {}, Xml.element("Status", {}, isHeld ? "ON" : "OFF"))
    )
  )

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
