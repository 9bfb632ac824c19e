/**
 * Opens a body for one attempt.
 *
 * @internal
 */
import { constants } from "node:fs"
import { type FileHandle, open as openFile } from "node:fs/promises"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as MutableRef from "effect/MutableRef"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Bytes, Empty, File, HcpBody, Text } from "../../HcpBody.ts"
import { HcpError, isHcpError } from "../../HcpError.ts"
import { BodySourceFailed, InvalidInput, LengthMismatch, type WireReason } from "../../WireReason.ts"
import { chunkBytes, type FilePart, FileReader } from "./fileReader.ts"

/** A body opened for one attempt. */
export interface OpenBody {
  /** Bytes to come; `undefined` when unknown: send it chunked. */
  readonly length: number | undefined
  /** The bytes, at once or as they are pulled; a stream gives exactly `length` bytes or fails. `undefined` for none. */
  readonly content: Uint8Array | Stream.Stream<Uint8Array, HcpError> | undefined
}

/**
 * Opens a body that is in memory: nothing, bytes, text. `undefined` for the others, which {@link open} opens.
 * Fails with `InvalidInput` for text without UTF-8 form.
 */
export const openNow = (body: HcpBody): Result.Result<OpenBody, HcpError> | undefined => {
  switch (body._tag) {
    case "Empty":
    case "Bytes":
    case "Text":
      return inMemory(body)
    default:
      return undefined
  }
}

/**
 * Opens a body. Whatever is opened is closed with the scope. Fails with `BodySourceFailed`, `InvalidInput` (a length that is not
 * a count of bytes, text without UTF-8 form) and, while the content flows, `LengthMismatch`.
 */
export const open = (body: HcpBody): Effect.Effect<OpenBody, HcpError, Scope.Scope> => {
  switch (body._tag) {
    case "Empty":
    case "Bytes":
    case "Text":
      return Effect.fromResult(inMemory(body))
    case "File":
      return openPart(body)
    case "Streamed":
      return openStream(() => body.make(), body.length)
    case "StreamedOnce":
      return openStream(
        () =>
          MutableRef.getAndSet(body.begun, true)
            ? Stream.fail(
                failure(
                  sourceFailed("stream", "it can be read only once and was read before; use HcpBody.stream(() => ...)")
                )
              )
            : body.stream,
        body.length
      )
  }
}

const nothing: OpenBody = { length: 0, content: undefined }

const inMemory = (body: Empty | Bytes | Text): Result.Result<OpenBody, HcpError> => {
  switch (body._tag) {
    case "Empty":
      return Result.succeed(nothing)
    case "Bytes":
      return Result.succeed({ length: body.bytes.length, content: body.bytes })
    case "Text": {
      if (/\p{Surrogate}/u.test(body.text)) {
        const detail = "the text holds half a surrogate pair, which has no UTF-8 form"
        return Result.fail(failure(new InvalidInput({ field: "body", detail })))
      }
      const bytes = Buffer.from(body.text, "utf8")
      return Result.succeed({ length: bytes.length, content: bytes })
    }
  }
}

const openStream = (
  make: () => Stream.Stream<Uint8Array, unknown>,
  length: number | undefined
): Effect.Effect<OpenBody, HcpError> => {
  if (!isCount(length)) return notACount("body.length")
  const source = Stream.suspend(make).pipe(
    Stream.mapError((error) =>
      isHcpError(error) ? error : failure(new BodySourceFailed({ source: "stream", detail: messageOf(error), error }))
    )
  )
  return Effect.succeed({ length, content: length === undefined ? source : exactly(source, length) })
}

type Chunks = Arr.NonEmptyReadonlyArray<Uint8Array>

/**
 * Passes on exactly the declared bytes. The last of them wait until the source has ended, so that a source with too many is
 * found before HCP has a complete request and stores a cut-off object.
 */
const exactly = (source: Stream.Stream<Uint8Array, HcpError>, declared: number): Stream.Stream<Uint8Array, HcpError> =>
  Stream.transformPull(source, (pull) =>
    Effect.sync(() => {
      let actual = 0
      let ended = false
      const mismatch = Effect.suspend(() => fail(new LengthMismatch({ declared, actual })))
      const counted = Effect.map(pull, (chunks) => {
        for (const chunk of chunks) actual += chunk.length
        return chunks
      })
      const awaitEnd: Effect.Effect<void, HcpError> = Effect.suspend(() =>
        actual > declared
          ? mismatch
          : Pull.matchEffect(counted, {
              onSuccess: () => awaitEnd,
              onFailure: Effect.failCause,
              onDone: () =>
                Effect.sync(() => {
                  ended = true
                })
            })
      )
      return Effect.suspend((): Pull.Pull<Chunks, HcpError> => {
        if (ended) return Cause.done()
        return Pull.matchEffect(counted, {
          onSuccess: (chunks) => (actual < declared ? Effect.succeed(chunks) : Effect.as(awaitEnd, chunks)),
          onFailure: Effect.failCause,
          onDone: (): Pull.Pull<never, HcpError> => (actual < declared ? mismatch : Cause.done())
        })
      })
    })
  )

const openPart = Effect.fnUntraced(function* (body: File): Effect.fn.Return<OpenBody, HcpError, Scope.Scope> {
  const { offset, path } = body
  if (!isCount(offset)) return yield* notACount("body.offset")
  if (!isCount(body.length)) return yield* notACount("body.length")
  const handle = yield* Effect.acquireRelease(openHandle(path), closeHandle)
  const size = yield* fileSize(handle, path)
  const length = body.length ?? size - offset
  if (length < 0 || offset + length > size) {
    return yield* fail(
      sourceFailed(
        path,
        `it has ${size} bytes, fewer than the offset ${offset} and length ${body.length ?? 0} asked for`
      )
    )
  }
  // A part that was asked for by length may well be the beginning of a file that grows.
  const part: OpenPart = { handle, path, offset, length, expectedSize: body.length === undefined ? size : undefined }
  if (length === 0) return { length, content: undefined }
  return { length, content: length <= chunkBytes ? yield* readNext(part, new FileReader(part)) : streamOf(part) }
})

interface OpenPart extends FilePart {
  readonly handle: FileHandle
  readonly path: string
  /** The size the file must still have when its last byte was read. */
  readonly expectedSize: number | undefined
}

const streamOf = (part: OpenPart): Stream.Stream<Uint8Array, HcpError> =>
  Stream.fromPull(
    Effect.sync(() => {
      const reader = new FileReader(part)
      return Effect.suspend(
        (): Pull.Pull<Chunks, HcpError> =>
          reader.position === part.length ? Cause.done() : Effect.map(readNext(part, reader), Arr.of)
      )
    })
  )

/** The next chunk of a part, filled; the last one only if the file has not changed its size. */
const readNext = Effect.fnUntraced(function* (
  part: OpenPart,
  reader: FileReader
): Effect.fn.Return<Uint8Array, HcpError> {
  const { expectedSize, length, offset, path } = part
  const chunk = yield* attempt(path, () => reader.next())
  const end = reader.position + chunk.length
  if (end < length && chunk.length < chunkBytes) {
    return yield* fail(new LengthMismatch({ declared: length, actual: end }))
  }
  if (end === length && expectedSize !== undefined) {
    const size = yield* fileSize(part.handle, path)
    if (size !== expectedSize) {
      return yield* fail(new LengthMismatch({ declared: length, actual: Math.max(0, size - offset) }))
    }
  }
  reader.take(chunk)
  return chunk
})

// Without O_NONBLOCK opening a named pipe waits for its writer, out of reach of an interruption. Windows has neither.
const openHandle = (path: string): Effect.Effect<FileHandle, HcpError> =>
  attempt(path, () => openFile(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)))

// Closing waits for a read under way, so an interrupted read never hits a file that got the same number later.
const closeHandle = (handle: FileHandle): Effect.Effect<void> => Effect.ignore(Effect.tryPromise(() => handle.close()))

const fileSize = Effect.fnUntraced(function* (handle: FileHandle, path: string): Effect.fn.Return<number, HcpError> {
  const stats = yield* attempt(path, () => handle.stat())
  if (stats.isFile()) return stats.size
  return yield* fail(
    sourceFailed(
      path,
      stats.isDirectory() ? "it is a directory" : "it is not a regular file; use HcpBody.stream(() => ...)"
    )
  )
})

const attempt = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, HcpError> =>
  Effect.tryPromise({
    try: run,
    catch: (error) => failure(new BodySourceFailed({ source: path, detail: fileDetail(error), error }))
  })

const fileDetails: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of its path is not a directory",
  EISDIR: "it is a directory",
  EACCES: "no permission to read it",
  EPERM: "no permission to read it",
  EMFILE: "too many files are open; lower the concurrency",
  ENFILE: "too many files are open; lower the concurrency"
}

const fileDetail = (error: unknown): string => {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : ""
  return fileDetails[code] ?? messageOf(error)
}

const sourceFailed = (source: string, detail: string): BodySourceFailed => new BodySourceFailed({ source, detail })

const failure = (reason: WireReason): HcpError => new HcpError({ operation: "read body", reason })

const fail = (reason: WireReason): Effect.Effect<never, HcpError> => Effect.fail(failure(reason))

const isCount = (value: number | undefined): boolean =>
  value === undefined || (Number.isSafeInteger(value) && value >= 0)

const notACount = (field: string): Effect.Effect<never, HcpError> =>
  fail(new InvalidInput({ field, detail: "is not a whole number of bytes, 0 or more" }))

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : typeof error === "string" ? error : "it failed"
