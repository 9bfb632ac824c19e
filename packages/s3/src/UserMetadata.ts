/**
 * User metadata: a few short texts by name, kept with an object and given back with it.
 *
 * HCP keeps them as an XML annotation named `.metapairs`: a name that is no name of an XML element is changed on the
 * way, and as the names of headers lose their case, so is one with capital letters. Such names are refused here rather
 * than lost there. Names that other clients have stored with capital letters are given in small ones.
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on working with user metadata.
 *
 * @since 0.1.0
 */
import type { InvalidInput } from "@effect-hcp/sdk/HcpError"
import type { ResponseHeaders } from "@effect-hcp/sdk/HcpHeaders"
import * as MetadataHeaders from "@effect-hcp/sdk/MetadataHeaders"
import type * as Result from "effect/Result"

/**
 * Values by names. Names: a small letter or `_`, then small letters, digits, `-`, `_` and `.`. Values: visible ASCII
 * and blanks, not empty, no blanks at the ends. All of it together has 2,048 characters at most.
 *
 * @category models
 * @since 0.1.0
 */
export type UserMetadata = Readonly<Record<string, string>>

const prefix = "x-amz-meta-"

/**
 * The headers that say it. Fails with `InvalidInput` for a name or value that would not come back as it is, and for
 * more than 2 KB.
 *
 * @category combinators
 * @since 0.1.0
 */
export const toHeaders = (
  metadata: UserMetadata
): Result.Result<ReadonlyArray<readonly [name: string, value: string]>, InvalidInput> =>
  MetadataHeaders.toHeaders(metadata, prefix)

/**
 * The headers that say once more what HCP said of an object. Its names are those it keeps, so more of them are good
 * than of one's own. Fails with `InvalidInput` for what cannot be sent back as it came.
 *
 * @internal
 */
export const takenOver = (
  metadata: UserMetadata
): Result.Result<ReadonlyArray<readonly [name: string, value: string]>, InvalidInput> =>
  MetadataHeaders.takenOver(metadata, prefix)

/**
 * What the headers of an answer say.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromHeaders = (headers: ResponseHeaders): UserMetadata => MetadataHeaders.fromHeaders(headers, prefix)
