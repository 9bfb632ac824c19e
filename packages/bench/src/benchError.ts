/**
 * What can go wrong with a measurement: a program that does not start, an answer that is not what it should be.
 */
import * as Data from "effect/Data"

/** A measurement that could not be made; `what` says why, for people. */
export class BenchError extends Data.TaggedError("BenchError")<{ readonly what: string }> {
  override get message(): string {
    return this.what
  }
}

/** Any failure as a {@link BenchError}. */
export const toBenchError = (cause: unknown): BenchError =>
  cause instanceof BenchError ? cause : new BenchError({ what: cause instanceof Error ? cause.message : String(cause) })
