/**
 * When something was changed, as exactly as HCP tells.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"

/**
 * When something was changed last: HCP writes `1422736466446.02`, which are milliseconds and a counter of the changes
 * within the same one.
 *
 * @category models
 * @since 0.1.0
 */
export interface ChangeTime {
  /** To the millisecond. */
  readonly at: DateTime.Utc
  /** Tells changes in the same millisecond apart, from 0. */
  readonly count: number
}
