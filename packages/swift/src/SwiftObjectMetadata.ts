/**
 * What the Swift gateway says about an object, read from the headers of its answer.
 *
 * Read leniently: nothing here fails. What is missing, empty or not understood is `undefined`.
 *
 * @since 0.1.0
 */
import type { ResponseHeaders } from "@effect-hcp/sdk/HcpHeaders"
import { countOf, etagOf, instantOf, md5Of } from "@effect-hcp/sdk/HeaderValue"
import * as MetadataHeaders from "@effect-hcp/sdk/MetadataHeaders"
import type * as DateTime from "effect/DateTime"

/**
 * What the Swift gateway says about an object. Sizes are bytes.
 *
 * @category models
 * @since 0.1.0
 */
export interface SwiftObjectMetadata {
  /** Of the whole object, also where only a part was read. */
  readonly size: number | undefined
  /** Without quotes, if it has any. */
  readonly etag: string | undefined
  /** The MD5 of the object in hex, where the ETag is one. */
  readonly md5: string | undefined
  readonly contentType: string | undefined
  readonly modifiedAt: DateTime.Utc | undefined
  /** Values by names in small letters; S3 has the same ones. */
  readonly metadata: MetadataHeaders.Metadata
  /**
   * How many values of user metadata cannot be given, as the annotation that holds them is not as this gateway writes
   * it.
   */
  readonly missingMetadata: number
  /** The domain of the system that answered, if it said so. */
  readonly servicedBy: string | undefined
}

/** What the names of user metadata begin with. @internal */
export const metadataPrefix = "X-Object-Meta-"

/**
 * Reads the headers of an answer. Never fails.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromHeaders = (headers: ResponseHeaders): SwiftObjectMetadata => {
  const etag = etagOf(headers.get("etag"))
  const [, whole] = /\/(\d+)$/.exec(headers.get("content-range") ?? "") ?? []
  return {
    size: countOf(whole ?? headers.get("content-length")),
    etag,
    md5: md5Of(etag),
    contentType: textOf(headers.get("content-type")),
    modifiedAt: instantOf(headers.get("last-modified")),
    metadata: MetadataHeaders.fromHeaders(headers, metadataPrefix),
    missingMetadata: countOf(headers.get("x-object-missing-meta")) ?? 0,
    servicedBy: textOf(headers.get("x-hcp-servicedbysystem"))
  }
}

const textOf = (value: string | undefined): string | undefined => (value?.trim() === "" ? undefined : value?.trim())
