/**
 * The version of the package.
 *
 * @internal
 */

/** @internal */
export const version = "0.1.0"
