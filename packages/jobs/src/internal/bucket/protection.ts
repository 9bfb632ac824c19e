/**
 * Retention and holds of HCP as S3 Object Lock has them.
 *
 * @internal
 */
import type { Lock } from "@effect-hcp/s3/Settings"
import type { ObjectMetadata } from "@effect-hcp/sdk/ObjectMetadata"
import * as DateTime from "effect/DateTime"

/** How a lock can be passed: with a permission, or by nobody. */
export type Mode = Lock["mode"]

/** What protects a version in a bucket, and what of the protection there has no likeness. */
export interface Protection {
  /** Until when; the mode is that of the job. */
  readonly until: DateTime.Utc | undefined
  readonly legalHold: boolean
  readonly omitted: ReadonlyArray<string>
}

/** Object Lock knows no end that never comes. */
const longest = { years: 100 }

/** What an object of HCP is protected by, now. */
export const protectionOf = (
  { createdAt, hold, labelledHold, labelledHolds, retention: { retentionClass, value } }: ObjectMetadata,
  now: DateTime.Utc
): Protection => {
  const isLabelled = labelledHold === true || labelledHolds.some((each) => each.hold)
  const omitted = [
    // The value is a lock; which class it comes from binds nobody there.
    ...(retentionClass === undefined ? [] : ["retentionClass"]),
    ...(isLabelled ? ["holdLabels"] : [])
  ]
  const held = hold === true || isLabelled
  switch (value?._tag) {
    case "Until":
      return { until: DateTime.isGreaterThan(value.at, now) ? value.at : undefined, legalHold: held, omitted }
    case "Prohibited":
      // From its own time on, so that a copy that is made again asks for the same.
      return {
        until: DateTime.add(createdAt ?? now, longest),
        legalHold: held,
        omitted: [...omitted, "retentionForEver"]
      }
    case "Unspecified":
      // Nobody may delete it, until somebody says until when.
      return { until: undefined, legalHold: true, omitted: [...omitted, "retentionUnspecified"] }
    default:
      return { until: undefined, legalHold: held, omitted }
  }
}

/**
 * What an object in a bucket still lacks of a lock; `undefined` for nothing. A lock never becomes shorter or weaker.
 */
export const missingLock = (
  there: { readonly mode: string; readonly until: DateTime.Utc | undefined } | undefined,
  until: DateTime.Utc | undefined,
  mode: Mode
): Lock | undefined => {
  if (until === undefined) return undefined
  // Locks are to the second, and rounded up.
  const wanted = Math.ceil(until.epochMilliseconds / 1_000) * 1_000
  const isLonger = there?.until !== undefined && there.until.epochMilliseconds >= wanted
  const isStronger = there?.mode === mode || there?.mode === "COMPLIANCE"
  if (isLonger && isStronger) return undefined
  return {
    mode: there?.mode === "COMPLIANCE" ? "COMPLIANCE" : mode,
    until: isLonger && there?.until !== undefined ? there.until : DateTime.makeUnsafe(wanted)
  }
}
