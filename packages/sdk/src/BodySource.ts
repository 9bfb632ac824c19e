/**
 * A body that was opened to be read in parts: of what is in memory and of files any part can be read at any time, of a
 * stream one after the other. `Multipart` of `@effect-hcp/s3` uploads so; `put` opens its bodies by the same rules.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as HcpBody from "./HcpBody.ts"
import type { HcpError } from "./HcpError.ts"
import { bytesOf, type LocalFile, openLocalFile, partOf, streamOf } from "./internal/body/localFile.ts"
import * as source from "./internal/body/source.ts"

/**
 * A body that is open.
 *
 * @category models
 * @since 0.1.0
 */
export type BodySource = Sized | Streaming

/**
 * Bytes, text, or a file of known size.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sized {
  readonly _tag: "Sized"
  /** Bytes in all. */
  readonly size: number
  /**
   * Some of the bytes, as a body that can be sent any number of times until the scope closes. A file is read when it is
   * sent.
   */
  readonly part: (offset: number, size: number) => HcpBody.HcpBody
  /**
   * Some of the bytes in memory. Fails with `BodySourceFailed` and `LengthMismatch`, also where a file has changed
   * since it was opened.
   */
  readonly load: (offset: number, size: number) => Effect.Effect<Uint8Array, HcpError>
}

/**
 * A stream, or a file whose size only its end will tell.
 *
 * @category models
 * @since 0.1.0
 */
export interface Streaming {
  readonly _tag: "Streaming"
  /** Bytes in all, if they were declared. */
  readonly size: number | undefined
  /** The bytes: exactly as many as were declared, or it fails with `LengthMismatch` before the last of them. */
  readonly stream: Stream.Stream<Uint8Array, HcpError>
}

/**
 * Opens a body; what is opened is closed with the scope. A file stays the one that was opened, whatever takes its name.
 *
 * Fails with `BodySourceFailed`, and with `InvalidInput` for a length that is not a count of bytes and text without
 * UTF-8 form.
 *
 * @category constructors
 * @since 0.1.0
 */
export const open = (given: HcpBody.Input): Effect.Effect<BodySource, HcpError, Scope.Scope> =>
  Effect.flatMap(source.bodyOf(given), (body) =>
    body._tag === "File" ? Effect.map(openLocalFile(body), ofFile) : Effect.map(source.open(body), ofOpen)
  )

const ofFile = (file: LocalFile): BodySource =>
  file.length === undefined
    ? { _tag: "Streaming", size: undefined, stream: streamOf(file) }
    : {
        _tag: "Sized",
        size: file.length,
        part: (offset, size) => HcpBody.stream(() => streamOf(partOf(file, offset, size)), { length: size }),
        load: (offset, size) => bytesOf(partOf(file, offset, size))
      }

const nothing = new Uint8Array()

const ofOpen = ({ content = nothing, length }: source.OpenBody): BodySource =>
  content instanceof Uint8Array
    ? {
        _tag: "Sized",
        size: content.length,
        part: (offset, size) => HcpBody.bytes(content.subarray(offset, offset + size)),
        load: (offset, size) => Effect.succeed(content.subarray(offset, offset + size))
      }
    : { _tag: "Streaming", size: length, stream: content }
