/**
 * Why a console did not start.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * Why a console did not start: `options` that make no sense, a port that cannot be had (`network`), or its pages, which
 * are not where they belong (`files`).
 *
 * @category errors
 * @since 0.1.0
 */
export class ConsoleError extends Data.TaggedError("ConsoleError")<{
  readonly reason: "options" | "network" | "files"
  readonly message: string
  readonly cause?: unknown
}> {}
