/**
 * Texts that have no UTF-8 form: they hold half a surrogate pair.
 *
 * @internal
 */

/** Whether a text has no UTF-8 form. */
export const isBroken = (text: string): boolean => /\p{Surrogate}/u.test(text)

/** What is wrong with such a text; reads on behind what holds it. */
export const broken = "holds half a surrogate pair, which has no UTF-8 form"
