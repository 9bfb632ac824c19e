/**
 * What runs jobs. Each engine has a `Store`, in which the states of jobs are; these are the ways to it that need not
 * wait until it looks there by itself.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"

/** @internal */
export interface Engine {
  /** After the state of a job was changed. */
  readonly wake: Effect.Effect<void>
  /** After a job was paused: begins none of its objects any more. */
  readonly pause: (id: number) => Effect.Effect<void>
  /** After a job was cancelled: ends with what is on its way. */
  readonly cancel: (id: number) => Effect.Effect<void>
}
