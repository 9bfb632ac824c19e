/**
 * The ranges by which a draft is filled, several at a time.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"

/**
 * Some bytes of a file that follow one another.
 *
 * @category models
 * @since 0.1.0
 */
export interface Range {
  /** Of the first byte, from 0. */
  readonly offset: number
  /** In bytes, 1 or more. */
  readonly size: number
}

/**
 * What `DraftFile.fill` needs.
 *
 * @category models
 * @since 0.1.0
 */
export interface FillOptions<E, R> {
  /** Bytes of the whole file. */
  readonly size: number
  /** Bytes of each range but the last, 1 or more. */
  readonly rangeSize: number
  /**
   * How many bytes a range has at least, 1 or more. With less than `rangeSize` the ranges at the end become ever
   * smaller: each has its share of what is left, so that no reader is still busy when all others are done. Defaults to
   * `rangeSize`.
   */
  readonly smallestRange?: number | undefined
  /** How many ranges are read at a time, 1 or more. */
  readonly concurrency: number
  /** Opens a range; it is read to its end, and its scope closed. */
  readonly open: (range: Range) => Effect.Effect<Stream.Stream<Uint8Array, E, R>, E, R | Scope.Scope>
  /**
   * What to fail with where a range has other than its bytes: `received` are those that came, or would have come with
   * the first piece beyond.
   */
  readonly wrongLength: (range: Range, received: number) => E
  /** What `node:crypto` calls the hash that is wanted. Defaults to none. */
  readonly algorithm?: string | undefined
  /** So many more bytes were written. */
  readonly onWritten?: ((bytes: number) => Effect.Effect<void, E>) | undefined
}
