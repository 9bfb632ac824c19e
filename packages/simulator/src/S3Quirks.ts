/**
 * In which ways the simulated S3 compatible API is HCP's and not AWS's.
 *
 * What an HCP always does differently (it refuses to overwrite without versioning, drops `Cache-Control`, checks
 * conflicts of a multipart upload only when it is completed, ignores what it does not know) is not among them: there is
 * no way to turn it off.
 *
 * @since 0.1.0
 */
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import { assertOptions } from "./internal/checkOptions.ts"
import { quirkKinds } from "./internal/optionKinds.ts"

/**
 * The quirks that differ between releases, or that nobody has confirmed.
 *
 * @category models
 * @since 0.1.0
 */
export interface S3Quirks {
  /** Whether every folder is listed as a key that ends in a slash. Default true. */
  readonly foldersInListings: boolean
  /** Whether versions are listed oldest first; AWS lists the newest first. Default true. */
  readonly oldestVersionsFirst: boolean
  /** Whether a batch delete without `Content-MD5` is refused. Default true. */
  readonly batchDeleteNeedsMd5: boolean
  /** Whether the second way to list objects is known; an old release answers it as the first one. Default true. */
  readonly listV2: boolean
  /** Whether a delete says `x-amz-delete-marker: Not Implemented`, as 9.7.3 does. Default false. */
  readonly deleteMarkerNotImplemented: boolean
  /** What the ETag of an object made of parts is computed with. Default `SHA-256`; AWS takes `MD5`. */
  readonly multipartEtag: "SHA-256" | "MD5"
  /**
   * What the element is called that says how keys are encoded. The manual prints `Encoding-Type`. Default
   * `EncodingType`.
   */
  readonly encodingTypeElement: "EncodingType" | "Encoding-Type"
  /**
   * Whether storing an object obeys `If-Match` and `If-None-Match`, as AWS does, with `NoSuchKey` where the first one
   * meets no object; HCP's manual knows it at the end of an upload in parts alone. Default false.
   */
  readonly conditionalStores: boolean
  /** Whether objects are sent compressed to clients that accept it. Default true. */
  readonly gzip: boolean
}

const kinds: KindsOf<S3Quirks> = quirkKinds

const defaults: S3Quirks = {
  foldersInListings: true,
  oldestVersionsFirst: true,
  batchDeleteNeedsMd5: true,
  listV2: true,
  deleteMarkerNotImplemented: false,
  multipartEtag: "SHA-256",
  encodingTypeElement: "EncodingType",
  conditionalStores: false,
  gzip: true
}

/**
 * The defaults, and what is to be different. Throws a `RangeError` for a quirk that there is not.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (different: Partial<S3Quirks> = {}): S3Quirks => {
  assertOptions(different, kinds)
  return { ...defaults, ...different }
}
