/**
 * What a store of bytes is to those who use it, without any of the stores.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { SimulatorError } from "./SimulatorError.ts"
import type { HashScheme } from "./SystemSpec.ts"

/**
 * Bytes that were stored: their id, how many there are, and their digests.
 *
 * @category models
 * @since 0.1.0
 */
export interface Blob {
  readonly id: string
  readonly size: number
  /** Lower-case hex; HCP's ETag. */
  readonly md5: string
  /** Upper-case hex by the scheme that was asked for. */
  readonly hash: string
}

/**
 * Which bytes of a blob: `start` inclusive, `end` exclusive.
 *
 * @category models
 * @since 0.1.0
 */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * A place for bytes. Everything fails with reason `storage` where the disk does, or where a blob is not there.
 *
 * @category models
 * @since 0.1.0
 */
export interface BlobStore {
  /** Stores what the stream delivers. A stream that fails or is interrupted leaves nothing behind. */
  readonly write: <E, R>(
    bytes: Stream.Stream<Uint8Array, E, R>,
    scheme: HashScheme
  ) => Effect.Effect<Blob, E | SimulatorError, R>
  /** Reads a blob, or a part of it. Once begun it reads to its end, even if the blob is removed meanwhile. */
  readonly read: (id: string, range?: ByteRange | undefined) => Stream.Stream<Uint8Array, SimulatorError>
  /** Gives a second blob with the same bytes, which are shared and not copied. */
  readonly clone: (id: string) => Effect.Effect<string, SimulatorError>
  /** Deletes a blob; one that is not there is no error. */
  readonly delete: (id: string) => Effect.Effect<void, SimulatorError>
}
