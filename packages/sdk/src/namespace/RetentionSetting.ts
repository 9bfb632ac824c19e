/**
 * The forms of a retention setting, and the retention of a stored object.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"

/**
 * The object may be deleted at any time: `0`.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeletionAllowed {
  readonly _tag: "DeletionAllowed"
}

/**
 * The object may never be deleted, and there is no way back: `-1`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Prohibited {
  readonly _tag: "Prohibited"
}

/**
 * The object may not be deleted until its retention is set to something else: `-2`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Unspecified {
  readonly _tag: "Unspecified"
}

/**
 * The object may not be deleted before a point in time.
 *
 * @category models
 * @since 0.1.0
 */
export interface Until {
  readonly _tag: "Until"
  /** To the second; from 1970 to 9999, what HCP computed itself may lie later. */
  readonly at: DateTime.Utc
}

/**
 * What an offset is added to: the time of `ingest` (`A`), the present `retention` setting (`R`), or `now` (`N`).
 *
 * @category models
 * @since 0.1.0
 */
export type Base = "ingest" | "retention" | "now"

/**
 * The parts of an offset: integers from -9999 to 9999. At least one is given.
 *
 * @category models
 * @since 0.1.0
 */
export interface Parts {
  readonly years?: number | undefined
  readonly months?: number | undefined
  readonly weeks?: number | undefined
  readonly days?: number | undefined
  readonly hours?: number | undefined
  readonly minutes?: number | undefined
  readonly seconds?: number | undefined
}

/**
 * A time relative to another one. HCP computes it once, when it is set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Offset {
  readonly _tag: "Offset"
  readonly base: Base
  readonly parts: Parts
}

/**
 * As long as a retention class of the namespace says: `C+name`.
 *
 * @category models
 * @since 0.1.0
 */
export interface OfClass {
  readonly _tag: "OfClass"
  /** 1 to 64 letters, digits, `-` and `_`. Case does not matter to HCP. */
  readonly name: string
}

/**
 * A retention that does not depend on anything else: what HCP says an object has.
 *
 * @category models
 * @since 0.1.0
 */
export type Fixed = DeletionAllowed | Prohibited | Unspecified | Until

/**
 * A retention setting.
 *
 * @category models
 * @since 0.1.0
 */
export type Retention = Fixed | Offset | OfClass

/**
 * The retention of a stored object.
 *
 * @category models
 * @since 0.1.0
 */
export interface Stored {
  /** Until when, where HCP said it in a form that is understood. */
  readonly value: Fixed | undefined
  /** The class it comes from, if it is one. */
  readonly retentionClass: string | undefined
}
