/**
 * A file of this computer that gets its name when it is whole.
 *
 * What comes over a network comes slowly and breaks off. So it is written beside its place, under a name of its own,
 * and moved there in one step at the end: nobody ever sees half a file, a failure or an interruption leaves nothing
 * behind, and a file that is there stays as it is unless it is to be replaced. `Transfer.download`,
 * `Multipart.download` and `Package.save` write so.
 *
 * **Example** (an object into a file, if there is none)
 *
 * ```ts
 * import { DraftFile, Namespace } from "@effect-hcp/sdk"
 * import { Effect } from "effect"
 *
 * const fetched = Effect.gen(function* () {
 *   const ns = yield* Namespace.Namespace
 *   const { stream } = yield* ns.open("/invoices/2026/42.pdf")
 *   const draft = yield* DraftFile.make("42.pdf")
 *   yield* draft.append(stream)
 *   yield* draft.finish
 * }).pipe(Effect.scoped)
 * ```
 *
 * @since 0.1.0
 */
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { FillOptions } from "./DraftRange.ts"
import { LocalError } from "./LocalError.ts"
import { draftName, sweep, thisProcess } from "./namespace/internal/draftName.ts"
import * as Ranges from "./namespace/internal/draftRanges.ts"
import { fileAt } from "./namespace/internal/fileAt.ts"
import { attempt, badOption } from "./namespace/internal/localError.ts"
import { makeLocalFolder } from "./namespace/internal/localFolder.ts"
import { syncFolder, syncNames } from "./namespace/internal/syncDisk.ts"
import { type Pieces, sizeOf, writeBehind } from "./namespace/internal/writeBehind.ts"
import type { KindsOf } from "./OptionCheck.ts"

export type * from "./DraftRange.ts"
export { LocalError }

/**
 * A file in the making. It is gone with its scope, unless it was finished. Everything fails with `LocalError` about the
 * file it is to become.
 *
 * @category models
 * @since 0.1.0
 */
export interface DraftFile {
  /** The file it is to become. */
  readonly file: string
  /**
   * Adds the bytes of a stream at the end, and gives their number once all are written. The stream is read on while
   * some of it is written: memory holds about 1 MiB that came and is not written yet, and no piece may be changed
   * meanwhile.
   */
  readonly append: <E, R>(bytes: Stream.Stream<Uint8Array, E, R>) => Effect.Effect<number, E | LocalError, R>
  /**
   * Writes all of these bytes from this position on, several pieces in one step: many small writes cost more. Several
   * may do so at the same time.
   */
  readonly write: (bytes: Uint8Array | ReadonlyArray<Uint8Array>, at: number) => Effect.Effect<void, LocalError>
  /**
   * Reads bytes from this position on into this memory, and gives their number: fewer than there is room for at the
   * end, 0 behind it. What was not written yet is zeros.
   */
  readonly read: (into: Uint8Array, at: number) => Effect.Effect<number, LocalError>
  /** What is in it, from the beginning. */
  readonly contents: Stream.Stream<Uint8Array, LocalError>
  /** Gives it this time of its last change, as `touch -d` does; what is written afterwards changes it again. */
  readonly touch: (at: DateTime.Utc) => Effect.Effect<void, LocalError>
  /**
   * Gives it its name; nothing can be written any more. Cannot be interrupted half-way. Fails with the reason `Exists`
   * where a file has appeared meanwhile that is not to be replaced, and with `WrongKind` and `ThroughSymlink` as
   * {@link make} does.
   *
   * With `sync` it ends when the bytes and the name are on the disk. If it fails because the name could not be
   * written to the disk, the file has that name nevertheless.
   */
  readonly finish: Effect.Effect<void, LocalError>
}

/**
 * What a draft may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Whether a file that is there is replaced. Defaults to `false`: the draft fails with the reason `Exists`. */
  readonly replace?: boolean | undefined
  /**
   * How many bytes it will have, where that is known. A file system that takes no file so large says so at once; the
   * first byte beyond it fails, and so does `finish` before the last one.
   */
  readonly size?: number | undefined
  /**
   * Who may do what with the file, as `chmod` takes it: `0o600` is for its owner alone. Defaults to what the umask
   * leaves of `0o666`.
   */
  readonly mode?: number | undefined
  /**
   * Whether `finish` waits until a power failure can take nothing away any more: until the bytes and the name are on
   * the disk, as far as the disk tells the truth, and the name as far as the platform can (Windows cannot). Defaults to
   * `false`: the operating system writes when it likes, within half a minute as a rule. To wait takes a millisecond a
   * file or more, as the disk is, and as long as HCP has the object a file that is lost can be brought again.
   */
  readonly sync?: boolean | undefined
}

/**
 * What the making of a folder may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface FolderOptions {
  /**
   * Who may do what with the new folders, as `chmod` takes it: `0o700` is for their owner alone. Defaults to what the
   * umask leaves of `0o777`.
   */
  readonly mode?: number | undefined
}

// The compiler says here which option has no kind.
const kinds: KindsOf<Options> = { replace: "flag", size: "count", mode: "number", sync: "flag" }
const folderKinds: KindsOf<FolderOptions> = { mode: "number" }

// Only the file that was made here is written: nothing that is there, and nothing a link leads to.
const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)

const pieceBytes = 1024 * 1024

/**
 * Begins a file. Its folder must be there; in it lies a draft until the scope closes or the file is finished. The name
 * of the draft says which process makes it, `.hcp-<host>-<boot>-<process>-<start>-<random>.part`, so that
 * {@link deleteAbandoned} knows what a killed process left.
 *
 * Fails with `LocalError`: `Exists` for a file that is there and is not to be replaced, `WrongKind` for something that
 * is no file, `ThroughSymlink` for a link, which is never followed, `NotFound` for a missing folder, `NoPermission`,
 * `NoSpace`, `ReadOnly`, `TooManyFiles`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (file: string, options: Options = {}): Effect.Effect<DraftFile, LocalError, Scope.Scope> =>
  Effect.suspend(() => {
    const bad = badOption(file, options, kinds)
    return bad === undefined
      ? Effect.andThen(checkPlace(file, options.replace === true), makeUnlooked(file, options))
      : Effect.fail(bad)
  })

/**
 * The same where somebody has just looked at the place, with options that were checked. What has come there since is
 * seen when it is finished. @internal
 */
export const makeUnlooked: (file: string, options: Options) => Effect.Effect<DraftFile, LocalError, Scope.Scope> =
  Effect.fnUntraced(function* (file: string, options: Options) {
    const { mode, replace = false, size, sync = false } = options
    if (mode !== undefined && !(Number.isInteger(mode) && mode >= 0 && mode <= 0o777)) {
      return yield* failed(file, `the mode ${mode} is none; give one from 0 to 0o777, such as 0o600`)
    }
    const temporary = path.join(path.dirname(file), draftName(yield* thisProcess))
    const remove = Effect.ignore(attempt("remove", temporary, () => fs.unlink(temporary)))
    let isFinished = false
    // What is opened after an interruption has to be removed too.
    const handle = yield* Effect.acquireRelease(
      attempt("write", file, () => fs.open(temporary, flags, mode ?? 0o666)),
      (opened) =>
        isFinished
          ? Effect.void
          : Effect.andThen(Effect.ignore(attempt("close", temporary, () => opened.close())), remove)
    )
    if (mode !== undefined) yield* allow(handle, file, mode)
    // A large file gets its room first. A small one finds out with its first write.
    if (size !== undefined && size > pieceBytes) yield* attempt("write", file, () => handle.truncate(size))

    let end = 0
    const tooMany = (after: number): LocalError | undefined =>
      size !== undefined && after > size ? failed(file, `more bytes came than the ${size} it was to have`) : undefined
    const write = (pieces: Pieces, at: number): Effect.Effect<void, LocalError> =>
      Effect.suspend(() => {
        const after = at + sizeOf(pieces)
        const wrong = tooMany(after)
        if (wrong !== undefined) return Effect.fail(wrong)
        end = Math.max(end, after)
        return writeAll(rest(pieces, 0), at)
      })
    const append = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>): Effect.Effect<number, E | LocalError, R> =>
      Effect.suspend(() => {
        const begin = end
        return writeBehind<E, R, LocalError, never>(
          bytes,
          (received) => tooMany(begin + received),
          (pieces) => write(pieces, end)
        )
      })
    const writeAll = (pieces: Pieces, at: number): Effect.Effect<void, LocalError> =>
      pieces.length === 0
        ? Effect.void
        : Effect.flatMap(
            attempt("write", file, () => handle.writev(pieces, at)),
            ({ bytesWritten }) => writeAll(rest(pieces, bytesWritten), at + bytesWritten)
          )
    const read = (into: Uint8Array, at: number) =>
      Effect.map(
        attempt("read", file, () => handle.read(into, 0, into.length, at)),
        ({ bytesRead }) => bytesRead
      )
    const readPiece = (at: number) => {
      const piece = Buffer.allocUnsafeSlow(pieceBytes)
      return Effect.map(read(piece, at), (bytes) =>
        bytes === 0 ? undefined : ([piece.subarray(0, bytes), at + bytes] as const)
      )
    }

    return {
      file,
      append,
      write: (bytes, at) => write(bytes instanceof Uint8Array ? [bytes] : bytes, at),
      read,
      contents: Stream.unfold(0, readPiece),
      touch: (at) =>
        attempt("write", file, () => handle.utimes(at.epochMilliseconds / 1000, at.epochMilliseconds / 1000)),
      // Closed first: there are file systems that say only then that there was no space.
      finish: Effect.uninterruptible(
        Effect.gen(function* () {
          if (size !== undefined && end < size) {
            return yield* failed(file, `only ${end} of the ${size} bytes came that it was to have`)
          }
          if (sync) yield* attempt("write", file, () => handle.sync())
          yield* attempt("write", file, () => handle.close())
          const isLinked = yield* place(temporary, file, replace)
          isFinished = true
          if (isLinked) yield* remove
          if (sync) yield* syncFolder(path.dirname(file))
        })
      )
    }
  })

/**
 * Fills a draft by reading several ranges at a time, each into its place, and gives the hash of all bytes in lower case
 * (`undefined` if no algorithm is given): it is computed while the file grows. The draft is still to be finished.
 * Memory holds what is under way. `Transfer.download` and `Multipart.download` read large objects so.
 *
 * Fails with what a range fails with, and with `wrongLength` for one that has fewer bytes, or more: of those none is
 * written. Fails with `LocalError` (`Failed`) for numbers that are none, or a hash that there is not. The first failure
 * ends all.
 *
 * @category combinators
 * @since 0.1.0
 */
export const fill: <E, R>(
  draft: DraftFile,
  options: FillOptions<E, R>
) => Effect.Effect<string | undefined, E | LocalError, Exclude<R, Scope.Scope>> = Ranges.fill

/**
 * Makes a folder that files shall come into, with those above it that are missing, and gives the first one that it
 * made; `undefined` where all are there.
 *
 * It always ends, unlike `fs.mkdir` with `recursive`, which never does below a folder such as `/proc`. Fails with
 * `LocalError`: `NotFound` where a file system takes no new folders, `WrongKind` for a file on the way, `Exists` for
 * one at the place, `NoPermission`, `NoSpace`, `ReadOnly`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const makeFolder = (
  folder: string,
  options: FolderOptions = {}
): Effect.Effect<string | undefined, LocalError> =>
  Effect.suspend(() => {
    const bad = badOption(folder, options, folderKinds)
    return bad === undefined ? makeLocalFolder(folder, options.mode) : Effect.fail(bad)
  })

/**
 * Deletes the drafts in a folder that nobody will ever finish, and gives their number: those of processes of this
 * computer that are gone, and all that nobody has written to for seven days. `Transfer.download`, `Multipart.download`
 * and `Package.save` do so in the folders they write to. What cannot be listed or deleted stays. Where the system does
 * not say when it was started, as on macOS and Windows, only the seven days count.
 *
 * @category combinators
 * @since 0.1.0
 */
export const deleteAbandoned = (folder: string): Effect.Effect<number> =>
  Effect.map(sweep(folder), ({ removed }) => removed)

/**
 * Waits until the names of some folders, each below the one before and the first below `root`, are on the disk, as far
 * as the platform can: for folders that were made for files with `sync`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const syncFolders = (root: string, names: ReadonlyArray<string>): Effect.Effect<void, LocalError> =>
  syncNames(root, names)

const failed = (file: string, detail: string): LocalError =>
  new LocalError({ operation: "write", file, reason: "Failed", detail })

/**
 * The umask may have taken something of the mode away. File systems without modes give more, which nobody can change.
 */
const allow = Effect.fnUntraced(function* (
  handle: fs.FileHandle,
  file: string,
  mode: number
): Effect.fn.Return<void, LocalError> {
  const stats = yield* attempt("write", file, () => handle.stat())
  if ((stats.mode & mode) !== mode) yield* attempt("write", file, () => handle.chmod(mode))
})

/** What is left of some pieces after so many bytes; none, if nothing is. */
const rest = (pieces: Pieces, bytes: number): Pieces => {
  let left = bytes
  let first = 0
  for (const { length } of pieces) {
    if (left < length) break
    left -= length
    first++
  }
  const [head, ...others] = pieces.slice(first)
  return head === undefined ? [] : [head.subarray(left), ...others]
}

/** How file systems without hard links refuse one. */
const withoutLinks: ReadonlySet<string> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
  "EINVAL",
  "EISDIR"
])

/** Gives a draft its name, and says whether it has its own one still, too. */
const place = Effect.fnUntraced(function* (
  temporary: string,
  file: string,
  replace: boolean
): Effect.fn.Return<boolean, LocalError> {
  // A link fails where there is something, a renaming would replace it.
  const isPlaced = yield* attempt("write", file, () => fs.link(temporary, file)).pipe(
    Effect.as(true),
    Effect.catchIf(
      ({ code }) => code === "EEXIST" || (code !== undefined && withoutLinks.has(code)),
      () => Effect.succeed(false)
    )
  )
  if (isPlaced) return true
  yield* checkPlace(file, replace)
  yield* attempt("write", file, () => fs.rename(temporary, file))
  return false
})

const checkPlace = Effect.fnUntraced(function* (file: string, replace: boolean): Effect.fn.Return<void, LocalError> {
  const found = yield* fileAt(file)
  if (found === undefined || replace) return
  return yield* new LocalError({
    operation: "write",
    file,
    reason: "Exists",
    detail: "a file is there already; move it, or let it be replaced"
  })
})
