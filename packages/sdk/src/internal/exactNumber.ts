/**
 * Numbers of answers that JavaScript cannot hold exactly. They are never rounded in silence.
 *
 * @internal
 */

/**
 * Whether a value of an answer, a text or a number of JSON, is a whole number beyond 2^53.
 *
 * @internal
 */
export const isInexact = (value: unknown): boolean => {
  // What JSON has read as such a number is rounded already.
  if (typeof value === "number") return Number.isInteger(value) && !Number.isSafeInteger(value)
  return (
    typeof value === "string" && value.length > 15 && whole.test(value.trim()) && !Number.isSafeInteger(Number(value))
  )
}

const whole = /^[+-]?\d+(?:e\+\d+)?$/

/**
 * What to say of a field that has such a value.
 *
 * @internal
 */
export const inexact = (field: string): string =>
  `its field ${field} is a number beyond 2^53, which cannot be told exactly`

/**
 * The first of some fields that has such a value.
 *
 * @internal
 */
export const inexactField = (fields: Iterable<readonly [name: string, value: unknown]>): string | undefined => {
  for (const [name, value] of fields) if (isInexact(value)) return name
  return undefined
}
