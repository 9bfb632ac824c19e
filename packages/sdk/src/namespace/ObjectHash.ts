/**
 * A hash that HCP computed of an object or an annotation.
 *
 * @since 0.1.0
 */

/**
 * A hash HCP computed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Hash {
  /** HCP's name of the algorithm, in upper case: `MD5`, `SHA-1`, `SHA-256`, `SHA-384`, `SHA-512`, `RIPEMD-160`. */
  readonly scheme: string
  /** The digest in hexadecimal, in lower case. */
  readonly hex: string
}
