/**
 * Opens a file of this computer and reads it as it was when it was opened.
 *
 * What is sent to HCP is kept for years, so bytes that were read while somebody wrote the file must not become an
 * object: size, times of change and inode are compared before the last byte is given out.
 *
 * @internal
 */
import { type BigIntStats, constants } from "node:fs"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { File, FileIdentity } from "../../HcpBody.ts"
import type { HcpError } from "../../HcpError.ts"
import { BodySourceFailed, LengthMismatch } from "../../WireReason.ts"
import { fail, failure, isCount, notACount, sourceFailed } from "./bodyErrors.ts"
import { fileProblem } from "./fileErrors.ts"
import { chunkBytes, FileReader } from "./fileReader.ts"
import { OpenedFile } from "./openedFile.ts"

/** A part of a file that is open. */
export interface LocalFile {
  readonly handle: OpenedFile
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
export const openLocalFile = (body: File): Effect.Effect<LocalFile, HcpError, Scope.Scope> => {
  const { identity, path } = body
  if (!isCount(body.offset)) return notACount("body.offset")
  if (!isCount(body.length)) return notACount("body.length")
  const opened = Effect.acquireRelease(openHandle(path, identity), (handle) => handle.close)
  return Effect.flatMap(opened, (handle) => {
    const stats = regular(handle, path)
    if (Result.isFailure(stats)) return Effect.fail(stats.failure)
    const { dev, ino, size } = stats.success
    if (identity !== undefined && (dev !== identity.device || ino !== identity.inode)) {
      return fail(sourceFailed(path, "another file is there now than the one that was found"))
    }
    if (size !== 0n) return partOfSize(body, handle, stats.success)
    return Effect.flatMap(hasBytes(handle, path), (hasSome) => {
      const again = hasSome ? regular(handle, path) : stats
      if (Result.isFailure(again)) return Effect.fail(again.failure)
      // Files of /proc and of some mounts state no size, although they have content.
      return hasSome && again.success.size === 0n
        ? Effect.succeed({ handle, path, offset: body.offset, length: body.length, before: undefined })
        : partOfSize(body, handle, again.success)
    })
  })
}

/** What is read of a file of known size. */
const partOfSize = (
  { length: wanted, offset, path }: File,
  handle: OpenedFile,
  stats: BigIntStats
): Effect.Effect<LocalFile, HcpError> => {
  const size = Number(stats.size)
  const length = wanted ?? size - offset
  if (length < 0 || offset + length > size) {
    const detail = `it has ${size} bytes, fewer than the offset ${offset} and length ${wanted ?? 0} asked for`
    return fail(sourceFailed(path, detail))
  }
  // A part that was asked for by length may well be the beginning of a file that grows.
  return Effect.succeed({ handle, path, offset, length, before: wanted === undefined ? stats : undefined })
}

/** A part of a part, which is read only while the whole is as it was. */
export const partOf = (file: LocalFile, offset: number, length: number): SizedFile => ({
  ...file,
  offset: file.offset + offset,
  length
})

/** What is sent of a file. */
interface Content {
  readonly length: number | undefined
  readonly content: Uint8Array | Stream.Stream<Uint8Array, HcpError> | undefined
}

/**
 * What a file gives: nothing, all of it in memory where it is small, or a stream that reads it anew each time. Only a
 * stream needs the file any longer: thousands of calls that wait for their connections would hold as many descriptors.
 */
export const contentOf = (file: LocalFile): Effect.Effect<Content, HcpError> => {
  const { length } = file
  if (length === 0) return Effect.as(file.handle.close, { length, content: undefined })
  if (length !== undefined && length > chunkBytes) return Effect.succeed({ length, content: streamOf(file) })
  const reader = readerOf(file)
  return Effect.flatMap(
    readNext(file, reader),
    (bytes): Effect.Effect<Content> =>
      length === undefined && !reader.isAtEnd
        ? Effect.succeed({ length, content: streamOf(file) })
        : Effect.as(file.handle.close, { length: bytes.length, content: bytes })
  )
}

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
const readNext = (file: LocalFile, reader: FileReader): Effect.Effect<Uint8Array, HcpError> =>
  Effect.flatMap(
    attempt(file.path, () => reader.next()),
    (chunk) => {
      const end = reader.position + chunk.length
      const { length } = file
      if (length !== undefined && end < length && chunk.length < chunkBytes) {
        return fail(new LengthMismatch({ declared: length, actual: end }))
      }
      const take = () => {
        reader.take(chunk)
        return chunk
      }
      return end === length ? Effect.map(checkUnchanged(file), take) : Effect.sync(take)
    }
  )

/** Fails where somebody has written to the file, or changed anything about it, since it was opened. */
const checkUnchanged = (file: LocalFile): Effect.Effect<void, HcpError> => {
  const { before, handle, path } = file
  if (before === undefined) return Effect.void
  // What is known of a file that took long to be read may have to be asked of a server.
  const after =
    before.size > chunkBytes
      ? attempt(path, () => handle.stat())
      : Effect.fromResult(attemptNow(path, () => handle.statNow()))
  return Effect.flatMap(after, (stats) => unchanged(file, before, stats))
}

const unchanged = (
  { offset, path }: LocalFile,
  before: BigIntStats,
  after: BigIntStats
): Effect.Effect<void, HcpError> => {
  if (after.size !== before.size) {
    const declared = Math.max(0, Number(before.size) - offset)
    return fail(new LengthMismatch({ declared, actual: Math.max(0, Number(after.size) - offset) }))
  }
  return after.mtimeNs === before.mtimeNs && after.ctimeNs === before.ctimeNs && after.ino === before.ino
    ? Effect.void
    : fail(sourceFailed(path, "it was changed while it was read; send it again when nobody writes to it"))
}

/**
 * Without O_NONBLOCK opening a named pipe waits for its writer, out of reach of an interruption. Where a certain file
 * is meant, a link in its place is not followed. Windows has neither flag.
 */
const openHandle = (path: string, identity: FileIdentity | undefined): Effect.Effect<OpenedFile, HcpError> => {
  const noFollow = identity === undefined ? 0 : (constants.O_NOFOLLOW ?? 0)
  return attempt(path, () => OpenedFile.open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | noFollow))
}

const regular = (handle: OpenedFile, path: string): Result.Result<BigIntStats, HcpError> =>
  Result.flatMap(
    attemptNow(path, () => handle.statNow()),
    (stats) => {
      if (stats.isFile()) return Result.succeed(stats)
      const detail = stats.isDirectory()
        ? "it is a directory"
        : "it is not a regular file; use HcpBody.stream(() => ...)"
      return Result.fail(failure(sourceFailed(path, detail)))
    }
  )

const hasBytes = (handle: OpenedFile, path: string): Effect.Effect<boolean, HcpError> =>
  Effect.map(
    attempt(path, () => handle.read(Buffer.alloc(1), 0, 1, 0)),
    ({ bytesRead }) => bytesRead > 0
  )

const attempt = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, HcpError> =>
  Effect.tryPromise({ try: run, catch: (error) => unreadable(path, error) })

const attemptNow = <A>(path: string, run: () => A): Result.Result<A, HcpError> =>
  Result.try({ try: run, catch: (error) => unreadable(path, error) })

const unreadable = (path: string, error: unknown): HcpError =>
  failure(new BodySourceFailed({ source: path, detail: fileProblem(error)[1], error }))
