/**
 * Which names of hosts can be asked for.
 *
 * @internal
 */

/** Tells whether a name can be put into a question or a `Host` header: ASCII labels of 1 to 63 bytes, 253 in all. */
export const isName = (name: string): boolean => name.length <= 253 && /^[\w-]{1,63}(?:\.[\w-]{1,63})*$/.test(name)

/** The same for a name that may end in the dot of the root. */
export const isHostName = (name: string): boolean => isName(name.endsWith(".") ? name.slice(0, -1) : name)
