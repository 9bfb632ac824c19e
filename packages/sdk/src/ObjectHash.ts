/**
 * A hash: of an object or an annotation as HCP computed it, or of a body.
 *
 * @since 0.1.0
 */

/**
 * A hash.
 *
 * @category models
 * @since 0.1.0
 */
export interface Hash {
  /** HCP's name of the algorithm, in upper case: `MD5`, `SHA-1`, `SHA-256`, `SHA-384`, `SHA-512`, `RIPEMD-160`. */
  readonly algorithm: string
  /** The digest in hexadecimal, in lower case. */
  readonly hex: string
}
