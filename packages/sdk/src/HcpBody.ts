/**
 * What is sent: nothing, bytes, text, a file, or a stream.
 *
 * **Example** (a body that may be sent again after a node failed)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { HcpBody } from "@effect-hcp/sdk"
 *
 * const body = HcpBody.stream(() => Stream.make(new Uint8Array([1, 2]), new Uint8Array([3])), { length: 3 })
 * HcpBody.isReplayable(body) // true: the function is called once per attempt
 * ```
 *
 * @since 0.1.0
 */
import * as MutableRef from "effect/MutableRef"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as OptionCheck from "./OptionCheck.ts"
import { InvalidInput } from "./WireReason.ts"

/**
 * What is sent with a request.
 *
 * A value of this type is only a description: nothing is opened, read or checked before the request is made, and that
 * is done anew for each attempt. A source that fails ends the call with `BodySourceFailed`, whose `error` is what it
 * failed with, an `HcpError` of another call too: that says nothing of the system the body goes to, so nothing is tried
 * again there. A source with more or fewer bytes than were declared ends it with `LengthMismatch`. In both cases HCP
 * stores nothing.
 *
 * @category models
 * @since 0.1.0
 */
export type HcpBody = Empty | Bytes | Text | File | Streamed | StreamedOnce

/**
 * What may be given wherever a body goes: a description, a text (sent as UTF-8), or bytes, as a `Buffer` or any other
 * `Uint8Array`.
 *
 * @category models
 * @since 0.1.0
 */
export type Input = HcpBody | string | Uint8Array

/**
 * No bytes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Empty {
  readonly _tag: "Empty"
}

/**
 * Bytes held in memory.
 *
 * @category models
 * @since 0.1.0
 */
export interface Bytes {
  readonly _tag: "Bytes"
  readonly bytes: Uint8Array
}

/**
 * Text, sent as UTF-8.
 *
 * @category models
 * @since 0.1.0
 */
export interface Text {
  readonly _tag: "Text"
  readonly text: string
}

/**
 * A file, or a part of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface File {
  readonly _tag: "File"
  readonly path: string
  readonly offset: number
  readonly length: number | undefined
  readonly identity: FileIdentity | undefined
}

/**
 * Which file it is, whatever its path: `dev` and `ino` of `fs.stat` with `bigint`.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileIdentity {
  readonly device: bigint
  readonly inode: bigint
}

/**
 * A stream that can be made again.
 *
 * @category models
 * @since 0.1.0
 */
export interface Streamed {
  readonly _tag: "Streamed"
  readonly make: () => Stream.Stream<Uint8Array, unknown>
  readonly length: number | undefined
}

/**
 * A stream that can be read only once.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamedOnce {
  readonly _tag: "StreamedOnce"
  readonly stream: Stream.Stream<Uint8Array, unknown>
  readonly length: number | undefined
  /** Becomes true with the first read, so that a second use fails and does not store an empty object. */
  readonly begun: MutableRef.MutableRef<boolean>
}

/**
 * Options of a stream body.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamOptions {
  /** The number of bytes the stream will give. Defaults to unknown: the body is then sent chunked. */
  readonly length?: number | undefined
}

/**
 * Options of a file body.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileOptions {
  /** The first byte to send. Defaults to `0`. */
  readonly offset?: number | undefined
  /**
   * How many bytes to send. Defaults to all up to the end the file has when it is opened. With it the file may be one
   * that others write to: only without it changes are looked for.
   */
  readonly length?: number | undefined
  /**
   * The file that was found at this path. With it a symbolic link in its place is not followed, and another file fails
   * the call. Defaults to whatever is there.
   */
  readonly identity?: FileIdentity | undefined
}

/**
 * No bytes: a request with `Content-Length: 0`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const empty: HcpBody = { _tag: "Empty" }

/**
 * Bytes held in memory. They are not copied: do not change them before the call ends.
 *
 * @category constructors
 * @since 0.1.0
 */
export const bytes = (bytes: Uint8Array): HcpBody => ({ _tag: "Bytes", bytes })

/**
 * Text, sent as UTF-8. Text with half a surrogate pair has no UTF-8 form and fails the call with `InvalidInput`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const text = (text: string): HcpBody => ({ _tag: "Text", text })

/**
 * A regular file, or a part of it, opened anew for each attempt and closed with it.
 *
 * A file that is missing, not readable, not a regular file or shorter than `offset` + `length` fails with
 * `BodySourceFailed`, a named pipe too, without waiting for its writer. One that changes while it is sent is never
 * stored: a change of the size fails with `LengthMismatch`, any other with `BodySourceFailed`. A file that states the
 * size 0 and has content, as in `/proc`, is read to its end.
 *
 * @category constructors
 * @since 0.1.0
 */
export const file = (path: string, options?: FileOptions): HcpBody => ({
  _tag: "File",
  path,
  offset: options?.offset ?? 0,
  length: options?.length,
  identity: options?.identity
})

/**
 * A stream that can be made again: the function is called once per attempt, so the call may be repeated on another
 * node.
 *
 * With `length` the body is sent with a `Content-Length`, without it chunked.
 *
 * @category constructors
 * @since 0.1.0
 */
export const stream = (make: () => Stream.Stream<Uint8Array, unknown>, options?: StreamOptions): HcpBody => ({
  _tag: "Streamed",
  make,
  length: options?.length
})

/**
 * A stream that can be read only once, such as the body of another answer. It is never sent twice: an attempt that
 * fails after the stream was begun ends the call with `NotReplayable`, and a second call with the same body fails with
 * `BodySourceFailed`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const streamOnce = (stream: Stream.Stream<Uint8Array, unknown>, options?: StreamOptions): HcpBody => ({
  _tag: "StreamedOnce",
  stream,
  length: options?.length,
  begun: MutableRef.make(false)
})

/**
 * Whether the body can be sent from its start once more. A `streamOnce` body can as long as nothing has been read from
 * it.
 *
 * @category guards
 * @since 0.1.0
 */
export const isReplayable = (body: Input): boolean =>
  typeof body === "string" || !("_tag" in body) || body._tag !== "StreamedOnce" || !MutableRef.get(body.begun)

/**
 * The body of what was given as one. Fails with `InvalidInput` for anything else, which only JavaScript can give; a
 * stream, a promise and a plain object each with the way to make a body of it. `field` is what the error calls it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromInput = (given: Input, field = "body"): Result.Result<HcpBody, InvalidInput> => {
  if (typeof given === "string") return Result.succeed(text(given))
  if (given instanceof Uint8Array) return Result.succeed(bytes(given))
  const detail = problemOf(given)
  return detail === undefined ? Result.succeed(given) : Result.fail(new InvalidInput({ field, detail }))
}

/** What is wrong with a description; one that the constructors of this module made has nothing wrong. */
const problemOf = (given: HcpBody): string | undefined => {
  switch (Predicate.isObject(given) ? given._tag : undefined) {
    case "Empty":
      return undefined
    case "Bytes":
      return part(given, "bytes", (value) => value instanceof Uint8Array, "a Uint8Array")
    case "Text":
      return part(given, "text", Predicate.isString, "a text")
    case "File":
      return part(given, "path", Predicate.isString, "the path of a file")
    case "Streamed":
      return part(given, "make", Predicate.isFunction, "a function that gives a Stream of Uint8Array")
    case "StreamedOnce":
      return part(given, "stream", Stream.isStream, "a Stream of Uint8Array")
    default:
      return `is ${OptionCheck.shown(given)}; ${remedyFor(given)}`
  }
}

const part = (
  given: object,
  name: string,
  isRight: (value: unknown) => boolean,
  wanted: string
): string | undefined => {
  const value: unknown = Object.getOwnPropertyDescriptor(given, name)?.value
  return isRight(value) ? undefined : `its ${name} is ${OptionCheck.shown(value)}; give ${wanted}`
}

const remedyFor = (given: unknown): string => {
  if (Stream.isStream(given)) return "give HcpBody.stream(() => stream), or HcpBody.streamOnce(stream)"
  if (Predicate.isPromiseLike(given)) return "wait for the promise first"
  if (given instanceof ArrayBuffer) return "give new Uint8Array(buffer)"
  if (ArrayBuffer.isView(given)) return "give new Uint8Array(view.buffer, view.byteOffset, view.byteLength)"
  if (Predicate.hasProperty(given, Symbol.asyncIterator)) {
    return "give HcpBody.streamOnce(Stream.fromAsyncIterable(it, (error) => error))"
  }
  if (Predicate.isObject(given)) return "give a text, e.g. JSON.stringify(it), bytes, or one of HcpBody"
  return "give a text, bytes (a Buffer or another Uint8Array), or one of HcpBody; HcpBody.empty is none"
}
