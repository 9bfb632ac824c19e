/**
 * What an object can be stored with besides its data: type, user metadata, access, retention, holds, locks.
 *
 * A bucket is either in HCP's own retention mode (`retention`, `hold`, `labelledHolds`) or in that of object lock
 * (`lock`, `legalHold`).
 *
 * @since 0.1.0
 */
import { InvalidInput } from "@effect-hcp/sdk/HcpError"
import * as LabelledHold from "@effect-hcp/sdk/LabelledHold"
import * as Retention from "@effect-hcp/sdk/Retention"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Acl from "./Acl.ts"
import { quoted } from "./internal/callOptions.ts"
import * as UserMetadata from "./UserMetadata.ts"

/**
 * The lock of an object: nobody may delete the version before a time. `GOVERNANCE` can be bypassed with a permission,
 * `COMPLIANCE` by nobody.
 *
 * @category models
 * @since 0.1.0
 */
export interface Lock {
  readonly mode: "GOVERNANCE" | "COMPLIANCE"
  /** To the second; a fraction is rounded up. A `DateTime.Utc` where HCP gives it. */
  readonly until: DateTime.DateTime
}

/**
 * How long an object is protected.
 *
 * @category models
 * @since 0.1.0
 */
export interface Protection {
  /** Until when it may not be deleted. Not covered by a signature of Version 2. */
  readonly retention?: Retention.Retention | undefined
  /** Whether it is put on hold; takes the privileged permission. */
  readonly hold?: boolean | undefined
  /** Holds with labels; takes the privileged permission and HCP 9.1, older ones answer as if they had done it. */
  readonly labelledHolds?: ReadonlyArray<LabelledHold.LabelledHold> | undefined
  /** Only in buckets with object lock. */
  readonly lock?: Lock | undefined
  /** Only in buckets with object lock. */
  readonly legalHold?: boolean | undefined
}

/**
 * What an object can be described with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Description {
  /** The only header that describes data and that HCP keeps. Defaults to what HCP makes of it. */
  readonly contentType?: string | undefined
  readonly metadata?: UserMetadata.UserMetadata | undefined
  /** Who may do what, besides those whom the bucket allows it. Defaults to nobody. */
  readonly acl?: Acl.Canned | ReadonlyArray<Acl.Grant> | undefined
}

/**
 * What has to be there for an object to be stored; otherwise it fails with `S3Refused` of the category `precondition`,
 * also where `code` is `NoSuchKey`, as AWS says of an object that is gone.
 *
 * AWS and servers like it know both at a PUT and at the last call of an upload in parts. HCP's manual knows `ifMatch`
 * of that last call alone; what a server does not know it ignores, or refuses with the category `unsupported`.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoreConditions {
  /** The object there now has this ETag. */
  readonly ifMatch?: string | undefined
  /** `*`: there is no object now, or a deletion. */
  readonly ifNoneMatch?: "*" | undefined
}

/**
 * All that an object can be stored with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings extends Description, Protection {}

type Headers = ReadonlyArray<readonly [name: string, value: string]>

/** The headers of a protection. @internal */
export const protectionHeaders = (protection: Protection): Result.Result<Headers, InvalidInput> => {
  const { hold, labelledHolds, legalHold, lock, retention } = protection
  const isHcp = retention !== undefined || hold !== undefined || labelledHolds !== undefined
  if (isHcp && (lock !== undefined || legalHold !== undefined)) {
    return bad(
      "lock",
      "does not go with retention and holds: a bucket is in HCP's retention mode or in that of object lock"
    )
  }
  const headers: Array<readonly [string, string]> = []
  if (retention !== undefined) headers.push(["x-hcp-retention", Retention.print(retention)])
  if (hold !== undefined) headers.push(["x-hcp-retentionhold", String(hold)])
  if (labelledHolds !== undefined) {
    const text = LabelledHold.encode(labelledHolds)
    if (Result.isFailure(text)) return Result.fail(text.failure)
    headers.push(["x-hcp-labelretentionhold", text.success])
  }
  if (lock !== undefined) {
    const until = isoTime(lock.until)
    if (until === undefined) return bad("lock.until", "is no time of the years 1970 to 9999; give a DateTime")
    headers.push(["x-amz-object-lock-mode", lock.mode], ["x-amz-object-lock-retain-until-date", until])
  }
  if (legalHold !== undefined) headers.push(["x-amz-object-lock-legal-hold", legalHold ? "ON" : "OFF"])
  return Result.succeed(headers)
}

/** The headers of a description. @internal */
export const descriptionHeaders = ({
  acl,
  contentType,
  metadata
}: Description): Result.Result<Headers, InvalidInput> => {
  const headers: Array<readonly [string, string]> = []
  if (contentType?.trim().toLowerCase() === "x-directory") {
    return bad("contentType", "is what HCP makes a folder by, and no object; see `S3Object.makeFolder`")
  }
  if (contentType !== undefined) headers.push(["Content-Type", contentType])
  if (metadata !== undefined) {
    const pairs = UserMetadata.toHeaders(metadata)
    if (Result.isFailure(pairs)) return pairs
    headers.push(...pairs.success)
  }
  if (acl === undefined) return Result.succeed(headers)
  return Result.map(Acl.toHeaders(acl), (pairs) => [...headers, ...pairs])
}

/** The headers of conditions. @internal */
export const conditionHeaders = ({ ifMatch, ifNoneMatch }: StoreConditions): Headers => [
  ...(ifMatch === undefined ? [] : [["If-Match", quoted(ifMatch)] as const]),
  ...(ifNoneMatch === undefined ? [] : [["If-None-Match", ifNoneMatch] as const])
]

/** The headers of all settings. @internal */
export const settingsHeaders = (settings: Settings): Result.Result<Headers, InvalidInput> =>
  Result.flatMap(descriptionHeaders(settings), (description) =>
    Result.map(protectionHeaders(settings), (protection) => [...description, ...protection])
  )

/**
 * A time as S3 takes it, to the second, rounded up so that nothing is kept shorter than asked for; `undefined` for
 * none.
 * @internal
 */
export const isoTime = (at: DateTime.DateTime): string | undefined => {
  const seconds = DateTime.isDateTime(at) ? Math.ceil(DateTime.toEpochMillis(at) / 1000) : Number.NaN
  if (!(seconds >= 0 && seconds <= maxEpochSeconds)) return undefined
  return `${DateTime.formatIso(DateTime.makeUnsafe(seconds * 1000)).slice(0, 19)}Z`
}

/** The end of the year 9999, which is the last one that such a text can name. */
const maxEpochSeconds = 253_402_300_799

const bad = (field: string, detail: string): Result.Result<never, InvalidInput> =>
  Result.fail(new InvalidInput({ field, detail }))
