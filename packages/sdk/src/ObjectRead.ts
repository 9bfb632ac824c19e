/**
 * Reading objects at gateways whose objects are described by an ETag alone, S3 and Swift: what it takes, what it gives,
 * and whether what was sent is what was asked for. For packages that build on this one.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { range, resume } from "./CallKinds.ts"
import type { DownloadOptions } from "./HcpClient.ts"
import type { HcpError } from "./HcpError.ts"
import type { HcpResponse } from "./HcpResponse.ts"
import { inexact, isInexact } from "./HeaderValue.ts"
import { openedStream } from "./internal/body/openedStream.ts"
import * as ByteRange from "./namespace/ByteRange.ts"
import { UnexpectedAnswer } from "./ObjectReason.ts"
import type { KindsOf } from "./OptionCheck.ts"

/**
 * What reading an object may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadOptions extends Pick<DownloadOptions, "resume"> {
  /** Which part to read. Defaults to the whole. */
  readonly range?: ByteRange.ByteRange | undefined
  /**
   * Whether the whole is compared with its ETag, where that is an MD5; other bytes fail with `IntegrityError`. Defaults
   * to `true`.
   */
  readonly verify?: boolean | undefined
}

/**
 * What reading an object into memory may set besides.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryOptions {
  /** The most bytes kept in memory; more fail with `BodyTooLarge`. Defaults to 64 MiB. */
  readonly maxBodyBytes?: number | undefined
}

/**
 * The kinds of {@link ReadOptions}.
 *
 * @category constants
 * @since 0.1.0
 */
export const readKinds: KindsOf<ReadOptions> = { resume, range, verify: "flag" }

/**
 * The kinds of {@link MemoryOptions}.
 *
 * @category constants
 * @since 0.1.0
 */
export const memoryKinds: KindsOf<MemoryOptions> = { maxBodyBytes: "count" }

/**
 * An object, or a part of it, in memory.
 *
 * @category models
 * @since 0.1.0
 */
export interface InMemory<Metadata> {
  readonly metadata: Metadata
  /** Which part it is; `undefined` for the whole. */
  readonly range: ByteRange.Sent | undefined
  readonly bytes: Uint8Array
  /** The bytes as UTF-8. */
  readonly text: string
}

/**
 * An object whose data is still to be read. It holds its connection until its scope closes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Opened<Metadata> {
  readonly metadata: Metadata
  /** Which part it is; `undefined` for the whole. */
  readonly range: ByteRange.Sent | undefined
  /** The data as it arrives, with back-pressure; to be read once. */
  readonly stream: Stream.Stream<Uint8Array, HcpError>
}

/**
 * The data of an object as a stream that opens the object when it is read, and lets go of it when it ends, fails or is
 * left. Fails as `opened` does, and as its data. May be read again; each reading opens the object anew.
 *
 * @category constructors
 * @since 0.1.0
 */
export const streamOf = <R>(
  opened: Effect.Effect<Pick<Opened<unknown>, "stream">, HcpError, R>
): Stream.Stream<Uint8Array, HcpError, Exclude<R, Scope.Scope>> =>
  openedStream(Effect.map(opened, ({ stream }) => stream))

/**
 * Which part of an object an answer holds; `undefined` for the whole, whose `size` is given where it is known. Fails
 * with `UnexpectedAnswer` for another part than was asked for, and for a length that JavaScript cannot hold exactly.
 *
 * @category combinators
 * @since 0.1.0
 */
export const partOf = (
  asked: ByteRange.ByteRange | undefined,
  answer: Pick<HcpResponse, "status" | "headers">,
  size: number | undefined
): Result.Result<ByteRange.Sent | undefined, UnexpectedAnswer> =>
  // Without a size what follows would believe that HCP does not say one.
  isInexact(answer.headers.get("content-length"))
    ? Result.fail(new UnexpectedAnswer({ detail: inexact("Content-Length") }))
    : ByteRange.received(asked, answer, size)

/**
 * Metadata whose size is that of the whole object, also where only a part was sent.
 *
 * @category combinators
 * @since 0.1.0
 */
export const ofWhole = <Metadata extends { readonly size: number | undefined }>(
  metadata: Metadata,
  part: ByteRange.Sent | undefined
): Metadata => (part === undefined ? metadata : { ...metadata, size: part.size })
