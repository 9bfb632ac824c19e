/**
 * What a transfer writes down of itself, and what a journal may set.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { LocalError } from "../LocalError.ts"

/**
 * One entry of a transfer, as it was when it was found.
 *
 * @category models
 * @since 0.1.0
 */
export interface Step {
  /** Which one it is, among all of the transfer. */
  readonly name: string
  /** What changes when it is changed: size and time of a file, the version of an object. */
  readonly mark: string
}

/**
 * What a transfer asks its journal, and tells it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Journal {
  /** Whether it was done before this journal was opened. */
  readonly isDone: (step: Step) => boolean
  /** Writes down that it is done. Ends when the operating system has it, and with `sync` when the disk has. */
  readonly done: (step: Step) => Effect.Effect<void, LocalError>
  /** How many steps were done before it was opened. */
  readonly before: number
}

/**
 * What a journal in a file may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Which transfer it is: what it does, from where and where to. Another one is refused the journal. */
  readonly transfer: string
  /** Whether each line is on the disk before the transfer goes on. Defaults to `false`. */
  readonly sync?: boolean | undefined
}
