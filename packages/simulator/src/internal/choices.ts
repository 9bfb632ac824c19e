/**
 * What flags and specifications choose from, without what checks them and what is made of them: the help of the command
 * needs no more.
 *
 * @internal
 */

/** @internal */
export const certificateKinds = ["complete", "wildcard", "expired", "selfSigned"] as const

/** @internal */
export const hashSchemes = ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"] as const

/** @internal */
export const defaultSoftwareVersion = "9.7.0.10"

/** @internal */
export const isSoftwareVersion = (text: string): boolean => /^\d+(\.\d+){1,3}$/.test(text)
