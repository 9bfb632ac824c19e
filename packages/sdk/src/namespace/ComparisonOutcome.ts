/**
 * What a comparison of two trees finds.
 *
 * @since 0.1.0
 */
import type { HcpError } from "../HcpError.ts"
import type { LocalError } from "../LocalError.ts"

/**
 * A side of a comparison: `left` is what is named first.
 *
 * @category models
 * @since 0.1.0
 */
export type Side = "left" | "right"

/**
 * A file or object, and where it is, or would be, on both sides.
 *
 * @category models
 * @since 0.1.0
 */
export interface ComparedEntry {
  /** Below the folder or directory, with `/` between. */
  readonly name: string
  readonly left: string
  readonly right: string
  /** Bytes on the side where it was found. */
  readonly size: number | undefined
}

/**
 * The bytes are the same on both sides.
 *
 * @category models
 * @since 0.1.0
 */
export interface Same extends ComparedEntry {
  readonly _tag: "Same"
}

/**
 * Something else is there: of another `size`, with other `content`, or of another `kind`, such as a directory.
 *
 * @category models
 * @since 0.1.0
 */
export interface Different extends ComparedEntry {
  readonly _tag: "Different"
  readonly reason: "size" | "content" | "kind"
}

/**
 * One of the sides does not have it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Missing extends ComparedEntry {
  readonly _tag: "Missing"
  readonly side: Side
}

/**
 * It could not be compared: a side cannot be read, or what was read is not what HCP says it is.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failed extends ComparedEntry {
  readonly _tag: "Failed"
  readonly error: HcpError | LocalError
}

/**
 * What came of one entry.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome = Same | Different | Missing | Failed

/**
 * It was on the right side only, and is deleted.
 *
 * @category models
 * @since 0.1.0
 */
export interface Deleted extends ComparedEntry {
  readonly _tag: "Deleted"
}

/**
 * It would be deleted: only with `plan`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Planned extends ComparedEntry {
  readonly _tag: "Planned"
}

/**
 * What came of an entry that the left side does not have.
 *
 * @category models
 * @since 0.1.0
 */
export type PruneOutcome = Deleted | Planned | Failed
