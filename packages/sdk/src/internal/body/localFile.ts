/**
 * Opens a file of this computer and reads it as it was when it was opened.
 *
 * What is sent to HCP is kept for years, so bytes that were read while somebody wrote the file must not become an
 * object: size, times of change and inode are compared before the last byte is given out.
 *
 * @internal
 */
import { type BigIntStats, constants } from "node:fs"
import { type FileHandle, open as openFile } from "node:fs/promises"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { File, FileIdentity } from "../../HcpBody.ts"
import type { HcpError } from "../../HcpError.ts"
import { BodySourceFailed, LengthMismatch } from "../../WireReason.ts"
import { fail, failure, isCount, notACount, sourceFailed } from "./bodyErrors.ts"
import { fileProblem } from "./fileErrors.ts"
import { chunkBytes, FileReader } from "./fileReader.ts"

/** A part of a file that is open. */
export interface LocalFile {
  readonly handle: FileHandle
  readonly path: string
  /** The first byte. */
  readonly offset: number
  /** How many bytes it has; `undefined` where the size the file states is not its own, and only its end will tell. */
  readonly length: number | undefined
  /** What must be the same after the last byte was read; `undefined` where the file may change. */
  readonly before: BigIntStats | undefined
}

/** One whose size is known. */
interface SizedFile extends LocalFile {
  readonly length: number
}

/** Opens a file, and closes it with the scope. Fails with `BodySourceFailed` and `InvalidInput`. */
export const openLocalFile = Effect.fnUntraced(function* (
  body: File
): Effect.fn.Return<LocalFile, HcpError, Scope.Scope> {
  const { identity, offset, path } = body
  if (!isCount(offset)) return yield* notACount("body.offset")
  if (!isCount(body.length)) return yield* notACount("body.length")
  const handle = yield* Effect.acquireRelease(openHandle(path, identity), closeHandle)
  const opened = yield* regular(handle, path)
  if (identity !== undefined && (opened.dev !== identity.device || opened.ino !== identity.inode)) {
    return yield* fail(sourceFailed(path, "another file is there now than the one that was found"))
  }
  let stats = opened
  if (stats.size === 0n && (yield* hasBytes(handle, path))) {
    stats = yield* regular(handle, path)
    // Files of /proc and of some mounts state no size, although they have content.
    if (stats.size === 0n) return { handle, path, offset, length: body.length, before: undefined }
  }
  const size = Number(stats.size)
  const length = body.length ?? size - offset
  if (length < 0 || offset + length > size) {
    const detail = `it has ${size} bytes, fewer than the offset ${offset} and length ${body.length ?? 0} asked for`
    return yield* fail(sourceFailed(path, detail))
  }
  // A part that was asked for by length may well be the beginning of a file that grows.
  return { handle, path, offset, length, before: body.length === undefined ? stats : undefined }
})

/** A part of a part, which is read only while the whole is as it was. */
export const partOf = (file: LocalFile, offset: number, length: number): SizedFile => ({
  ...file,
  offset: file.offset + offset,
  length
})

/** What a file gives: nothing, all of it in memory where it is small, or a stream that reads it anew each time. */
export const contentOf = Effect.fnUntraced(function* (file: LocalFile): Effect.fn.Return<
  {
    readonly length: number | undefined
    readonly content: Uint8Array | Stream.Stream<Uint8Array, HcpError> | undefined
  },
  HcpError
> {
  const { length } = file
  if (length === 0) return { length, content: undefined }
  if (length !== undefined && length > chunkBytes) return { length, content: streamOf(file) }
  const reader = readerOf(file)
  const bytes = yield* readNext(file, reader)
  return length === undefined && !reader.isAtEnd
    ? { length, content: streamOf(file) }
    : { length: bytes.length, content: bytes }
})

/** All bytes of a file in memory. */
export const bytesOf = Effect.fnUntraced(function* (file: SizedFile): Effect.fn.Return<Uint8Array, HcpError> {
  const { handle, length, offset, path } = file
  const bytes = Buffer.allocUnsafeSlow(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = yield* attempt(path, () => handle.read(bytes, filled, length - filled, offset + filled))
    if (bytesRead === 0) return yield* fail(new LengthMismatch({ declared: length, actual: filled }))
    filled += bytesRead
  }
  yield* checkUnchanged(file)
  return bytes
})

/** The bytes of a file as they are pulled, read anew each time. */
export const streamOf = (file: LocalFile): Stream.Stream<Uint8Array, HcpError> =>
  Stream.fromPull(
    Effect.sync(() => {
      const reader = readerOf(file)
      return Effect.suspend(
        (): Pull.Pull<Arr.NonEmptyReadonlyArray<Uint8Array>, HcpError> =>
          reader.isAtEnd
            ? Cause.done()
            : Effect.flatMap(readNext(file, reader), (chunk) =>
                chunk.length === 0 ? Cause.done() : Effect.succeed(Arr.of(chunk))
              )
      )
    })
  )

const readerOf = ({ handle, length, offset }: LocalFile): FileReader =>
  new FileReader({ handle, offset, length: length ?? Number.POSITIVE_INFINITY })

/** The next chunk of a file, filled; the last one only if the file has not changed. */
const readNext = Effect.fnUntraced(function* (
  file: LocalFile,
  reader: FileReader
): Effect.fn.Return<Uint8Array, HcpError> {
  const chunk = yield* attempt(file.path, () => reader.next())
  const end = reader.position + chunk.length
  const { length } = file
  if (length !== undefined && end < length && chunk.length < chunkBytes) {
    return yield* fail(new LengthMismatch({ declared: length, actual: end }))
  }
  if (end === length) yield* checkUnchanged(file)
  reader.take(chunk)
  return chunk
})

/** Fails where somebody has written to the file, or changed anything about it, since it was opened. */
const checkUnchanged = Effect.fnUntraced(function* (file: LocalFile): Effect.fn.Return<void, HcpError> {
  const { before, handle, offset, path } = file
  if (before === undefined) return
  const after = yield* attempt(path, () => handle.stat({ bigint: true }))
  if (after.size !== before.size) {
    const declared = Math.max(0, Number(before.size) - offset)
    return yield* fail(new LengthMismatch({ declared, actual: Math.max(0, Number(after.size) - offset) }))
  }
  if (after.mtimeNs === before.mtimeNs && after.ctimeNs === before.ctimeNs && after.ino === before.ino) return
  return yield* fail(sourceFailed(path, "it was changed while it was read; send it again when nobody writes to it"))
})

/**
 * Without O_NONBLOCK opening a named pipe waits for its writer, out of reach of an interruption. Where a certain file
 * is meant, a link in its place is not followed. Windows has neither flag.
 */
const openHandle = (path: string, identity: FileIdentity | undefined): Effect.Effect<FileHandle, HcpError> => {
  const noFollow = identity === undefined ? 0 : (constants.O_NOFOLLOW ?? 0)
  return attempt(path, () => openFile(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | noFollow))
}

// Closing waits for a read under way, so an interrupted read never hits a file that got the same number later.
const closeHandle = (handle: FileHandle): Effect.Effect<void> => Effect.ignore(Effect.tryPromise(() => handle.close()))

const regular = Effect.fnUntraced(function* (
  handle: FileHandle,
  path: string
): Effect.fn.Return<BigIntStats, HcpError> {
  const stats = yield* attempt(path, () => handle.stat({ bigint: true }))
  if (stats.isFile()) return stats
  const detail = stats.isDirectory() ? "it is a directory" : "it is not a regular file; use HcpBody.stream(() => ...)"
  return yield* fail(sourceFailed(path, detail))
})

const hasBytes = (handle: FileHandle, path: string): Effect.Effect<boolean, HcpError> =>
  Effect.map(
    attempt(path, () => handle.read(Buffer.alloc(1), 0, 1, 0)),
    ({ bytesRead }) => bytesRead > 0
  )

const attempt = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, HcpError> =>
  Effect.tryPromise({
    try: run,
    catch: (error) => failure(new BodySourceFailed({ source: path, detail: fileProblem(error)[1], error }))
  })
