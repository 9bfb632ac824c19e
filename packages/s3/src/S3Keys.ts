/**
 * The pair of keys that signs requests to the S3 gateway.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"

/**
 * The keys HCP derives from a user and a password. They change when the password does.
 *
 * @category models
 * @since 0.1.0
 */
export interface Keys {
  /** Base64 of the user name: not a secret. */
  readonly accessKey: string
  /** The MD5 of the password in hex: as good as the password. */
  readonly secretKey: Redacted.Redacted<string>
}
