/**
 * Retention and holds in headers: HCP's own (`x-hcp-retention` and others), or those of S3 Object Lock, by the mode of
 * the bucket.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { ObjectVersion } from "../Change.ts"
import type { Header } from "../gateway/exchange.ts"
import * as LabelHolds from "../gateway/labelHolds.ts"
import * as SystemMetadata from "../gateway/systemMetadata.ts"
import { toSeconds } from "../internal/time.ts"
import { toRetentionString } from "../Retention.ts"
import { toIso } from "./answer.ts"
import { type BucketCall, type Failure, header, isLockMode, settingsOf } from "./call.ts"
import { refuse, type S3Refusal } from "./refusal.ts"

/** The name by which the settings of Object Lock are kept with a bucket. */
export const objectLockSettings = "s3/objectlock"

/** What a request wants to set. */
export interface Wanted {
  readonly requested: SystemMetadata.Requested
  readonly lockMode: LockMode | undefined
}

/** @internal */
export type LockMode = NonNullable<NonNullable<ObjectVersion["s3"]>["lockMode"]>

const ownHeaders = [
  ["x-hcp-retention", "retention"],
  ["x-hcp-retentionhold", "hold"],
  ["x-hcp-labelretentionhold", "label_hold"]
] as const

const lockHeaders = [
  "x-amz-object-lock-mode",
  "x-amz-object-lock-retain-until-date",
  "x-amz-object-lock-legal-hold"
] as const

/** @internal */
export const toLockMode = (text: string | undefined): Effect.Effect<LockMode | undefined, S3Refusal> =>
  text === undefined || text === "GOVERNANCE" || text === "COMPLIANCE"
    ? Effect.succeed(text)
    : Effect.fail(refuse("InvalidArgument", "Unknown wormMode directive."))

/** Without a zone it would be a time of whatever place this machine is at. */
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/**
 * A date of Object Lock as seconds since 1970. Fails with `InvalidArgument` for what is none, or is over.
 *
 * @internal
 */
export const toSecondsUntil = (text: string, now: number): Effect.Effect<number, S3Refusal> => {
  const millis = isoTime.test(text.trim()) ? Date.parse(text) : Number.NaN
  return Number.isNaN(millis) || millis <= now
    ? Effect.fail(refuse("InvalidArgument", "The retain until date must be in the future!"))
    : Effect.succeed(toSeconds(millis))
}

const readLock = Effect.fnUntraced(function* (
  call: BucketCall
): Effect.fn.Return<
  { readonly parameters: ReadonlyMap<string, string>; readonly mode: LockMode | undefined },
  S3Refusal
> {
  const [mode, until, hold] = lockHeaders.map((name) => header(call, name))
  const parameters = new Map<string, string>()
  const lockMode = yield* toLockMode(mode)
  if ((mode === undefined) !== (until === undefined)) {
    return yield* refuse(
      "InvalidArgument",
      "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
    )
  }
  if (hold !== undefined) {
    if (hold !== "ON" && hold !== "OFF")
      return yield* refuse("InvalidArgument", "Legal Hold must be either of 'ON' or 'OFF'")
    parameters.set("hold", String(hold === "ON"))
  }
  if (until !== undefined) {
    parameters.set("retention", String(yield* toSecondsUntil(until, call.now)))
    return { parameters, mode: lockMode }
  }
  const { days, mode: usual } = settingsOf(call.record, objectLockSettings)
  if (typeof days !== "number" || typeof usual !== "string") return { parameters, mode: undefined }
  parameters.set("retention", `N+${days}d`)
  return { parameters, mode: yield* toLockMode(usual) }
})

/**
 * What a request wants to set; a new object in Object Lock mode gets what its bucket says. Fails with `InvalidRequest`
 * for headers of the other mode, with `InvalidArgument` for values that cannot be.
 *
 * @internal
 */
export const read = Effect.fnUntraced(function* (call: BucketCall): Effect.fn.Return<Wanted, Failure> {
  const own = ownHeaders.flatMap(([name, parameter]) => {
    const value = header(call, name)
    return value === undefined ? [] : [[parameter, value] as const]
  })
  const isLock = isLockMode(call.record)
  const strange = isLock ? ownHeaders.map(([name]) => name) : lockHeaders
  const present = strange.find((name) => header(call, name) !== undefined)
  if (present !== undefined) {
    return yield* refuse("InvalidRequest", `${present} does not fit the retention mode of the bucket`)
  }
  const { mode, parameters } = isLock ? yield* readLock(call) : { parameters: new Map(own), mode: undefined }
  return { requested: yield* Effect.fromResult(SystemMetadata.read(parameters)), lockMode: mode }
})

/**
 * The headers that show how long a version is kept.
 *
 * @internal
 */
export const headersOf = (call: BucketCall, version: ObjectVersion): ReadonlyArray<Header> => {
  const { until } = SystemMetadata.retentionOf(call.namespace, version)
  if (isLockMode(call.record)) {
    const mode = version.s3?.lockMode
    return [
      ...(mode === undefined || until <= 0
        ? []
        : ([
            ["x-amz-object-lock-mode", mode],
            ["x-amz-object-lock-retain-until-date", toIso(until * 1000)]
          ] as const)),
      ...(version.hold ? [["x-amz-object-lock-legal-hold", "ON"] as const] : [])
    ]
  }
  const isLabeled = version.labelHolds.length > 0
  return [
    ["x-hcp-retention", String(until)],
    ["x-hcp-retention-string", toRetentionString({ until, className: "" })],
    ["x-hcp-retentionhold", String(version.hold)],
    ["x-hcp-labelretentionhold", String(isLabeled)],
    ...(isLabeled && call.permissions.has("privileged")
      ? [["x-hcp-labelretentionhold-labels", LabelHolds.toHeader(version.labelHolds)] as const]
      : [])
  ]
}
