/**
 * What of a request is signed, and what a signature turns out to say.
 *
 * @internal
 */
import * as Crypto from "node:crypto"
import type { S3Refusal } from "../refusal.ts"
import { refuse } from "../refusal.ts"
import type { Pair } from "./encoding.ts"

/** @internal */
export interface SignedRequest {
  readonly method: string
  /** As sent. */
  readonly rawPath: string
  /** Decoded. */
  readonly query: ReadonlyArray<Pair>
  /** Names lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The bucket in the host name. */
  readonly virtualBucket: string | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Gives the secret of an access key; undefined for a key that nobody has. */
export type SecretOf = (accessKey: string) => string | undefined

/** Who signed, and what the body must be: its SHA-256 in hex, or undefined where it was left out of the signature. */
export interface Signed {
  readonly accessKey: string
  readonly payload: string | undefined
}

/**
 * How far two clocks may be apart, in milliseconds.
 *
 * @internal
 */
export const maxSkew = 15 * 60 * 1000

/** @internal */
export const skewed = (now: number, signedAt: number): S3Refusal | undefined =>
  Math.abs(now - signedAt) <= maxSkew
    ? undefined
    : refuse("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")

/** @internal */
export const mismatch = (): S3Refusal =>
  refuse(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
  )

/** @internal */
export const unknownKey = (): S3Refusal =>
  refuse("InvalidAccessKeyId", "The access key Id you provided does not exist in our records.")

/** @internal */
export const expired = (): S3Refusal => refuse("AccessDenied", "Request has expired")

/** @internal */
export const notYetValid = (): S3Refusal => refuse("AccessDenied", "Request is not yet valid")

/**
 * The refusal of a header that is not signed: somebody else may have added it on the way.
 *
 * @internal
 */
export const notSigned = (name: string): S3Refusal =>
  refuse("AccessDenied", `There were headers present in the request which were not signed: ${name}`)

/** Compares without telling by the time it takes how much was right. */
export const isSame = (given: string, right: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(right)]
  return a.length === b.length && Crypto.timingSafeEqual(a, b)
}
