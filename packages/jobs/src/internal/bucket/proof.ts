/**
 * What proves a copy to a bucket: a line for each version, of what HCP says of it and what the bucket says of its copy.
 *
 * @internal
 */
import type { S3ObjectMetadata } from "@effect-hcp/s3/S3ObjectMetadata"
import * as DateTime from "effect/DateTime"
import type { Source } from "./source.ts"

/** A line of the proof. */
export interface ProofLine {
  readonly path: string
  /** That of HCP. */
  readonly versionId: string | null
  readonly size: number | null
  /** As HCP has it: `SHA-256:9f86d0...`. `null` for a deletion. */
  readonly hash: string | null
  readonly createdAt: string | null
  readonly retention: string | null
  readonly retentionClass: string | null
  readonly hold: boolean
  readonly holdLabels: ReadonlyArray<string>
  readonly bucket: string
  readonly key: string
  readonly targetVersionId: string | null
  /** As the bucket has it: the MD5, but for what was stored in parts. */
  readonly etag: string | null
  readonly storedAt: string | null
  readonly lock: { readonly mode: string; readonly until: string | null } | null
  readonly legalHold: boolean
  /** By name, where each annotation is: in the user `metadata`, or the key of an object. */
  readonly annotations: Readonly<Record<string, string>>
  /** What it has and could not be carried over. */
  readonly omitted: ReadonlyArray<string>
  readonly outcome: "stored" | "present" | "deletion"
}

/** What is known of the copy. */
export interface Copy {
  readonly bucket: string
  readonly there: S3ObjectMetadata
  readonly annotations: Readonly<Record<string, string>>
  readonly omitted: ReadonlyArray<string>
  readonly isNew: boolean
}

/** @internal */
export const lineOf = (
  { hash, key, metadata, path }: Source,
  { annotations, bucket, isNew, omitted, there }: Copy
): ProofLine => ({
  path,
  versionId: metadata.versionId ?? null,
  size: metadata.size ?? null,
  hash: `${hash.algorithm}:${hash.hex}`,
  createdAt: timeOf(metadata.createdAt),
  retention: metadata.retentionText ?? null,
  retentionClass: metadata.retention.retentionClass ?? null,
  hold: metadata.hold === true,
  holdLabels: metadata.labelledHolds.flatMap(({ hold, id }) => (hold ? [id] : [])),
  bucket,
  key,
  targetVersionId: there.versionId ?? null,
  etag: there.etag ?? null,
  storedAt: timeOf(there.modifiedAt),
  lock: there.lock === undefined ? null : { mode: there.lock.mode, until: timeOf(there.lock.until) },
  legalHold: there.legalHold === true,
  annotations,
  omitted,
  outcome: isNew ? "stored" : "present"
})

/** The line of a deletion; when it was there is its own time. */
export const deletionLine = (
  path: string,
  version: { readonly versionId: string; readonly createdAt: DateTime.Utc | undefined },
  bucket: string,
  key: string
): ProofLine => ({
  path,
  versionId: version.versionId,
  size: null,
  hash: null,
  createdAt: timeOf(version.createdAt),
  retention: null,
  retentionClass: null,
  hold: false,
  holdLabels: [],
  bucket,
  key,
  targetVersionId: null,
  etag: null,
  storedAt: null,
  lock: null,
  legalHold: false,
  annotations: {},
  omitted: [],
  outcome: "deletion"
})

const timeOf = (at: DateTime.Utc | undefined): string | null => (at === undefined ? null : DateTime.formatIso(at))
