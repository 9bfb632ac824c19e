/**
 * What a profile may be called.
 *
 * @internal
 */

/** Two characters at least: one before a colon is a drive of Windows. */
export const isProfileName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9_-]{1,63}$/.test(name)
