/**
 * What the S3 gateway says about an object, read from the headers of its answer.
 *
 * Read leniently: nothing here fails. What is missing, empty or not understood is `undefined`.
 *
 * @since 0.1.0
 */

import type { ResponseHeaders } from "@effect-hcp/sdk/HcpHeaders"
import { md5Of } from "@effect-hcp/sdk/HeaderValue"
import * as LabelledHold from "@effect-hcp/sdk/LabelledHold"
import * as Retention from "@effect-hcp/sdk/Retention"
import type * as DateTime from "effect/DateTime"
import { booleanOf, countOf, etagOf, instantOf, versionOf } from "./internal/answerXml.ts"
import * as UserMetadata from "./UserMetadata.ts"

/**
 * What the S3 gateway says about an object. Sizes are bytes.
 *
 * @category models
 * @since 0.1.0
 */
export interface S3ObjectMetadata {
  /** Of the whole object, also where only a part was read. */
  readonly size: number | undefined
  /** Without its quotes. */
  readonly etag: string | undefined
  /** The MD5 of the object in hex, where the ETag is one: not that of an object that was stored in parts. */
  readonly md5: string | undefined
  readonly contentType: string | undefined
  readonly modifiedAt: DateTime.Utc | undefined
  /** Digits, to be handled as a text without meaning. Only where the bucket keeps versions. */
  readonly versionId: string | undefined
  readonly metadata: UserMetadata.UserMetadata
  /**
   * How many values of user metadata cannot be given, as the annotation that holds them is not as this gateway writes
   * it.
   */
  readonly missingMetadata: number
  readonly retention: Retention.Stored
  /** Whether it is on hold. */
  readonly hold: boolean | undefined
  /** The labels of holds; only for users with the privileged permission. */
  readonly labelledHolds: ReadonlyArray<LabelledHold.LabelledHold>
  /** The lock, in buckets with object lock. */
  readonly lock: { readonly mode: string; readonly until: DateTime.Utc | undefined } | undefined
  /** Whether it is on legal hold, in buckets with object lock. */
  readonly legalHold: boolean | undefined
  /** When the upload this belongs to is aborted. */
  readonly abortsAt: DateTime.Utc | undefined
  /** The domain of the system that answered. */
  readonly servicedBy: string | undefined
}

/**
 * Reads the headers of an answer. Never fails.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromHeaders = (headers: ResponseHeaders): S3ObjectMetadata => {
  const text = textIn(headers)
  const { etag, servicedBy, versionId } = identityOf(headers)
  const mode = text("x-amz-object-lock-mode")
  const legalHold = text("x-amz-object-lock-legal-hold")?.toUpperCase()
  return {
    size: countOf(/\/(\d+)$/.exec(text("content-range") ?? "")?.[1] ?? text("content-length")),
    etag,
    md5: md5Of(etag),
    contentType: text("content-type"),
    modifiedAt: instantOf(text("last-modified")),
    versionId,
    metadata: UserMetadata.fromHeaders(headers),
    missingMetadata: countOf(text("x-amz-missing-meta")) ?? 0,
    retention: Retention.fromMetadata({
      retention: text("x-hcp-retention"),
      retentionString: text("x-hcp-retentionstring"),
      retentionClass: text("x-hcp-retentionclass")
    }),
    hold: booleanOf(text("x-hcp-retentionhold")),
    labelledHolds: LabelledHold.fromHeader(text("x-hcp-labelretentionhold-labels")),
    lock: mode === undefined ? undefined : { mode, until: instantOf(text("x-amz-object-lock-retain-until-date")) },
    legalHold: legalHold === "ON" ? true : legalHold === "OFF" ? false : undefined,
    abortsAt: instantOf(text("x-amz-abort-date")),
    servicedBy
  }
}

const textIn =
  (headers: ResponseHeaders) =>
  (name: string): string | undefined => {
    const value = headers.get(name)?.trim()
    return value === "" ? undefined : value
  }

/**
 * Which object it is, of all that {@link fromHeaders} reads: the answer to a PUT says no more. @internal
 */
export const identityOf = (headers: ResponseHeaders): Pick<S3ObjectMetadata, "etag" | "versionId" | "servicedBy"> => {
  const text = textIn(headers)
  return {
    etag: etagOf(text("etag")),
    versionId: versionOf(text("x-amz-version-id")),
    servicedBy: text("x-hcp-servicedbysystem")
  }
}
