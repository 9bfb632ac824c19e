/**
 * What a result of a command consists of.
 *
 * @internal
 */

/**
 * The value of a field. An instant is a text as of ISO 8601, a size a number of bytes, and what is not known `null`.
 */
export type Value = string | number | boolean | null

/**
 * One result.
 */
export type Row = Readonly<Record<string, Value>>

/**
 * A field of the results, and how people see it.
 */
export interface Column {
  /** The name of the field. */
  readonly name: string
  /** What a table shows for a value that is not `null`. Defaults to the value itself. */
  readonly show?: ((value: Value) => string) | undefined
  /** Defaults to `left`. */
  readonly align?: "left" | "right" | undefined
  /** How wide the column of a table is at least: results that come one by one do not know those that follow. */
  readonly width?: number | undefined
}
