/**
 * The few operations on files that the stores need, as effects.
 *
 * @internal
 */

import * as Fs from "node:fs"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { SimulatorError } from "../SimulatorError.ts"

/** What the stores write is for nobody else: objects, and what passwords are checked by. */
const fileMode = 0o600
const directoryMode = 0o700

/** How much is read at once: large enough that the cost of a read does not matter. */
const chunkSize = 256 * 1024

const advice: Readonly<Record<string, string>> = {
  EACCES: "choose a folder that this user may write to",
  EPERM: "choose a folder that this user may write to",
  EROFS: "choose a folder on a file system that can be written to",
  ENOTDIR: "a part of the path is a file; choose a folder",
  ENOSPC: "make room on the file system",
  EDQUOT: "make room, the quota of this user is used up",
  EMFILE: "raise the limit of open files"
}

// Only a simulator with a data folder needs it.
const draftFile = Effect.promise(() => import("@effect-hcp/sdk/DraftFile"))

const full: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"])

const storageError = (what: string, path: string, cause: NodeJS.ErrnoException): SimulatorError => {
  const code = cause.code ?? cause.message
  const help = advice[code]
  const message = `cannot ${what} ${path} (${code})${help === undefined ? "" : `: ${help}`}`
  return new SimulatorError({ reason: full.has(code) ? "space" : "storage", message, cause })
}

const errorOf = (cause: unknown): NodeJS.ErrnoException => (cause instanceof Error ? cause : new Error(String(cause)))

// Uninterruptible: a descriptor must not be closed while the kernel still works on it, and none may get lost.
const call = <A>(
  what: string,
  path: string,
  register: (done: (error: NodeJS.ErrnoException | null, value: A) => void) => void
): Effect.Effect<A, SimulatorError> =>
  Effect.uninterruptible(
    Effect.callback<A, SimulatorError>((resume) => {
      register((error, value) =>
        resume(error === null ? Effect.succeed(value) : Effect.fail(storageError(what, path, error)))
      )
    })
  )

const callVoid = (
  what: string,
  path: string,
  register: (done: (error: NodeJS.ErrnoException | null) => void) => void
): Effect.Effect<void, SimulatorError> => call<void>(what, path, (done) => register((error) => done(error, undefined)))

/** @internal */
export const open = (path: string, flags: "r" | "wx" | "a"): Effect.Effect<number, SimulatorError> =>
  call("open", path, (done) => Fs.open(path, flags, fileMode, done))

/** @internal */
export const close = (fd: number): Effect.Effect<void> =>
  Effect.ignore(callVoid("close", String(fd), (done) => Fs.close(fd, done)))

/** @internal */
export const openScoped = (path: string, flags: "r" | "wx" | "a"): Effect.Effect<number, SimulatorError, Scope.Scope> =>
  Effect.acquireRelease(open(path, flags), close)

/**
 * Writes all of it, however many steps the kernel makes of it.
 *
 * @internal
 */
export const write = (
  fd: number,
  path: string,
  chunks: ReadonlyArray<Uint8Array>
): Effect.Effect<void, SimulatorError> =>
  Effect.flatMap(
    call<number>("write", path, (done) => Fs.writev(fd, chunks, done)),
    (written) => {
      if (written === 0 && chunks.some(({ length }) => length > 0)) {
        return Effect.fail(storageError("write", path, new Error("nothing was written")))
      }
      let rest = written
      const left: Array<Uint8Array> = []
      for (const chunk of chunks) {
        if (rest < chunk.length) left.push(rest === 0 ? chunk : chunk.subarray(rest))
        rest = Math.max(0, rest - chunk.length)
      }
      return left.length === 0 ? Effect.void : write(fd, path, left)
    }
  )

/** A file that only grows, by whole pieces. */
interface Appender {
  /**
   * Appends all of a text or nothing of it, before anything else can happen. It goes to the page cache only, which is a
   * matter of microseconds. Fails with reason `space` or `storage`.
   */
  readonly append: (text: string) => Result.Result<void, SimulatorError>
}

/**
 * Opens a file to append to it; it is closed with the scope.
 *
 * @internal
 */
export const openAppender = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<Appender, SimulatorError, Scope.Scope> {
  const fd = yield* openScoped(path, "a")
  let { size } = yield* call<Fs.Stats>("look at", path, (done) => Fs.fstat(fd, done))
  // A full file system takes the first bytes of a text, which would make one broken line with what comes next.
  let isTorn = false
  const cut = () => {
    isTorn = true
    Fs.ftruncateSync(fd, size)
    isTorn = false
  }
  const writeAll = (bytes: Uint8Array) => {
    if (isTorn) cut()
    for (let offset = 0; offset < bytes.length; ) {
      const written = Fs.writeSync(fd, bytes, offset)
      if (written === 0) throw new Error("nothing was written")
      offset += written
    }
    size += bytes.length
  }
  return {
    append: (text) =>
      Result.try({
        try: () => writeAll(Buffer.from(text)),
        catch: (cause) => {
          // Where it cannot be cut now, it is cut before the next text.
          Result.try(cut)
          return storageError("write", path, errorOf(cause))
        }
      })
  }
})

/**
 * Puts a new file in the place of an old one before anything else can happen; at every moment there is one of the two,
 * whole.
 *
 * @internal
 */
export const replaceNow = (path: string, text: string): Result.Result<void, SimulatorError> =>
  Result.try({
    try: () => {
      Fs.writeFileSync(`${path}.next`, text, { mode: fileMode })
      Fs.renameSync(`${path}.next`, path)
    },
    catch: (cause) => {
      // The half of it takes room that others may need.
      Result.try(() => Fs.rmSync(`${path}.next`, { force: true }))
      return storageError("write", path, errorOf(cause))
    }
  })

/**
 * Makes a file of these bytes before anything else can happen, or none. Fails with reason `space` or `storage`.
 *
 * @internal
 */
export const createNow = (path: string, bytes: Uint8Array): Result.Result<void, SimulatorError> =>
  Result.try({
    try: () => Fs.writeFileSync(path, bytes, { mode: fileMode }),
    catch: (cause) => {
      Result.try(() => Fs.rmSync(path, { force: true }))
      return storageError("write", path, errorOf(cause))
    }
  })

/**
 * Gives a file another name before anything else can happen.
 *
 * @internal
 */
export const renameNow = (from: string, to: string): Result.Result<void, SimulatorError> =>
  Result.try({
    try: () => Fs.renameSync(from, to),
    catch: (cause) => storageError("rename", from, errorOf(cause))
  })

/**
 * Reads a part of a file before anything else can happen; less if the file ends before.
 *
 * @internal
 */
export const readNow = (path: string, start: number, length: number): Result.Result<Uint8Array, SimulatorError> =>
  Result.try({
    try: () => {
      const fd = Fs.openSync(path, "r")
      try {
        const buffer = Buffer.allocUnsafe(length)
        let count = 0
        while (count < length) {
          const read = Fs.readSync(fd, buffer, count, length - count, start + count)
          if (read === 0) break
          count += read
        }
        return buffer.subarray(0, count)
      } finally {
        Fs.closeSync(fd)
      }
    },
    catch: (cause) => storageError("read", path, errorOf(cause))
  })

/**
 * Removes a file before anything else can happen; one that is not there is removed already.
 *
 * @internal
 */
export const removeNow = (path: string): Result.Result<void, SimulatorError> =>
  Result.try({
    try: () => Fs.rmSync(path, { force: true }),
    catch: (cause) => storageError("remove", path, errorOf(cause))
  })

/** @internal */
export const rename = (from: string, to: string): Effect.Effect<void, SimulatorError> =>
  callVoid("rename", from, (done) => Fs.rename(from, to, done))

/** @internal */
export const link = (from: string, to: string): Effect.Effect<void, SimulatorError> =>
  callVoid("link", from, (done) => Fs.link(from, to, done))

/**
 * Removes a file or a folder with all that is in it; what is not there is removed already.
 *
 * @internal
 */
export const remove = (path: string): Effect.Effect<void, SimulatorError> =>
  callVoid("remove", path, (done) => Fs.rm(path, { recursive: true, force: true }, done))

/**
 * Removes a file; one that is not there is removed already.
 *
 * @internal
 */
export const removeFile = (path: string): Effect.Effect<void, SimulatorError> =>
  callVoid("remove", path, (done) => Fs.unlink(path, (error) => done(error?.code === "ENOENT" ? null : error)))

/**
 * Makes a folder with those above it, where it is not there.
 *
 * @internal
 */
export const makeDirectory = (path: string): Effect.Effect<void, SimulatorError> =>
  Effect.flatMap(draftFile, ({ makeFolder }) =>
    Effect.mapError(
      makeFolder(path, { mode: directoryMode }),
      (cause) =>
        new SimulatorError({
          reason: cause.reason === "NoSpace" ? "space" : "storage",
          message: cause.message,
          cause
        })
    )
  )

/**
 * Makes a folder that nobody else may look into, or makes one so that a former run has left open.
 *
 * @internal
 */
export const makeOwnDirectory = (path: string): Effect.Effect<void, SimulatorError> =>
  Effect.andThen(
    makeDirectory(path),
    callVoid("set the mode of", path, (done) => Fs.chmod(path, directoryMode, done))
  )

/** @internal */
export const makeTemporaryDirectory = (prefix: string): Effect.Effect<string, SimulatorError> =>
  call("make the temporary folder", prefix, (done) => Fs.mkdtemp(prefix, done))

/** @internal */
export const exists = (path: string): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    Fs.access(path, (error) => resume(Effect.succeed(error === null)))
  })

/**
 * Reads a file from `start` to before `end`, or to its end. It is opened when the stream begins and closed when it
 * ends.
 *
 * @internal
 */
export const read = (
  path: string,
  start = 0,
  end = Number.POSITIVE_INFINITY
): Stream.Stream<Uint8Array, SimulatorError> =>
  Stream.unwrap(
    Effect.map(openScoped(path, "r"), (fd) => {
      let position = start
      const next = Effect.suspend(() => {
        const length = Math.min(chunkSize, end - position)
        if (length <= 0) return Cause.done()
        const buffer = Buffer.allocUnsafeSlow(length)
        return Effect.flatMap(
          call<number>("read", path, (done) => Fs.read(fd, buffer, 0, length, position, done)),
          (count) => {
            if (count === 0) return Cause.done()
            position += count
            return Effect.succeed([count === length ? buffer : buffer.subarray(0, count)] as const)
          }
        )
      })
      return Stream.fromPull(Effect.succeed(next))
    })
  )
