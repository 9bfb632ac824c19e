/**
 * Brings a folder into a namespace, or a directory of a namespace into a folder, and says of each file what came of it.
 *
 * Both ways can be run again after whatever went wrong: what is there with the same bytes is skipped, and nothing is ever overwritten unless
 * it is asked for. Every file is compared with the hash HCP gives for it. Both sides are walked while files are under way, up to 65,536
 * entries ahead, so that a million files do not sit in memory. One file that fails does not stop the others.
 *
 * **Example** (up, with progress, and what failed)
 *
 * ```ts
 * import { Console, Effect, Stream } from "effect"
 * import { Progress, Retention, Transfer } from "@effect-hcp/sdk"
 *
 * const archived = Transfer.upload("scans/2026", "/scans/2026", {
 *   put: { retention: Retention.years(10) },
 *   onProgress: (progress) => Console.log(Progress.print(progress))
 * }).pipe(
 *   Stream.tap((one) => (one._tag === "Failed" ? Console.error(one.name, one.error.message) : Effect.void)),
 *   Transfer.count
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { HcpBody } from "../HcpBody.ts"
import { HcpError } from "../HcpError.ts"
import type { Conditions } from "./Conditions.ts"
import { LocalError } from "./internal/localError.ts"
import { childPath, restPath } from "./internal/restPath.ts"
import { findRoot, makeRoot } from "./internal/transferDisk.ts"
import * as Download from "./internal/transferDownload.ts"
import type { NameRules } from "./internal/transferNames.ts"
import { run } from "./internal/transferRun.ts"
import * as Upload from "./internal/transferUpload.ts"
import { type LocalEntry, walkLocal } from "./internal/transferWalk.ts"
import { Namespace } from "./Namespace.ts"
import type { ObjectMetadata } from "./ObjectMetadata.ts"
import type * as Bytes from "./Progress.ts"
import type { OpenOptions } from "./ReadOptions.ts"
import type * as StoreOptions from "./StoreOptions.ts"

export { LocalError }

/**
 * What an entry is; `special` is a device, a socket or a named pipe.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind = "file" | "folder" | "symlink" | "special"

/**
 * Something that was found, and where it is on both sides.
 *
 * @category models
 * @since 0.1.0
 */
export interface Entry {
  readonly kind: Kind
  /**
   * Below the folder, with `/` between on every system: `2026/42.pdf`. Names are taken as they are, without any change of how accents
   * are written.
   */
  readonly name: string
  /** On this computer. Of a name that cannot be had here, the folder it would be in. */
  readonly local: string
  /** In the namespace, as every operation takes it. */
  readonly path: string
  /** Bytes of a file when it was found; `undefined` if HCP does not say, 0 for what is no file. */
  readonly size: number | undefined
}

/**
 * How far all of it is. No number ever goes back, and at the end `transferred` is `total`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Progress extends Bytes.Progress {
  /** Bytes of the files that are done with, whatever came of them, and what has moved of those under way. */
  readonly transferred: number
  /** Bytes of all files; `undefined` until they have all been found. */
  readonly total: number | undefined
  /** Files that are done with. */
  readonly files: number
  /** All files; `undefined` until they have all been found. */
  readonly totalFiles: number | undefined
}

/**
 * Told of progress, one report after the other. What is under way waits for it; a callback that takes a {@link Bytes.Progress} will do, and
 * so `Progress.events((onProgress) => Transfer.count(Transfer.upload("a", "/a", { onProgress })))` is the progress as a stream.
 *
 * @category models
 * @since 0.1.0
 */
export type OnProgress = (progress: Progress) => Effect.Effect<void>

/**
 * What both ways may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommonOptions {
  /** How many files are under way at a time. Defaults to 8. */
  readonly concurrency?: number | undefined
  /** Which files are wanted, and which folders are gone into. Of others there is no outcome. Defaults to all. */
  readonly include?: ((entry: Entry) => boolean) | undefined
  /** Whether folders with nothing in them are made too. Defaults to `false`. */
  readonly emptyFolders?: boolean | undefined
  /** Whether only to say what would be done: everything is looked at and compared, nothing is written. Defaults to `false`. */
  readonly plan?: boolean | undefined
  /** Whether the first file that fails ends all: its outcome is given out, then the stream fails with its error. Defaults to `false`. */
  readonly stopOnFailure?: boolean | undefined
  /** Told of the progress of all files together. */
  readonly onProgress?: OnProgress | undefined
}

/**
 * How one file is stored. An annotation is stored in the same step as the data, and not together with `gzip` and `replace`; given as a text it
 * is XML.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileOptions extends Omit<StoreOptions.PutOptions, keyof Conditions | "ifExists" | "onProgress"> {
  readonly annotation?: { readonly name?: string | undefined; readonly content: string | HcpBody } | undefined
}

/**
 * What an upload may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface UploadOptions extends CommonOptions {
  /** What to do where something is stored already: see {@link StoreOptions.IfExists}. Defaults to `skip`. */
  readonly ifExists?: StoreOptions.IfExists | undefined
  /** Retention, index, annotation and whatever else, for all files or for each. */
  readonly put?: FileOptions | ((file: Entry) => FileOptions | undefined) | undefined
  /**
   * What to do about symbolic links: leave them out with an outcome (`skip`), or take what they point to (`follow`), except for a folder
   * the link is in. Defaults to `skip`.
   */
  readonly symlinks?: "skip" | "follow" | undefined
}

/**
 * What a download may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface DownloadOptions extends CommonOptions {
  /**
   * What to do where there is a local file already: `skip` it if it has the same bytes, and fail otherwise; `replace` it if it has other
   * bytes; or `fail` in any case. Links, folders, and files whose name differs only in case are never replaced. Defaults to `skip`.
   */
  readonly ifExists?: "skip" | "replace" | "fail" | undefined
  /** Limits and times of each read; `resume` defaults to `true` here. */
  readonly get?:
    | Omit<OpenOptions, keyof Conditions | "range" | "version" | "deleted" | "onProgress" | "forceEtag">
    | undefined
  /** Sets the time of local files to when the version was stored, or when anything about it was changed. Defaults to neither. */
  readonly mtime?: "created" | "changed" | undefined
  /**
   * Whether to wait with each outcome until the file, its name and the folders above it are on the disk, also where the same file was there already: after
   * `Fetched`, `Made` and `Skipped` a power failure takes nothing of it away any more. Where only a name cannot be written down, the outcome is
   * `Failed` though the file is there. Defaults to `false`, see `DraftFile.Options`.
   */
  readonly sync?: boolean | undefined
  /**
   * Whose rules names have to keep. `windows` refuses what Windows takes otherwise than it is meant: drive letters, `\`, `:` and other
   * signs, names of devices such as `NUL`, dots and blanks at the end. Defaults to those of this computer.
   */
  readonly names?: NameRules | undefined
}

export type { NameRules }

/**
 * It is stored now, or a new version of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Stored extends Entry {
  readonly _tag: "Stored"
  readonly stored: StoreOptions.Stored
}

/**
 * It is in the local folder now, complete and compared. Without `sync` the operating system may still keep some of it in memory: a power failure,
 * unlike the end of the program, can lose what was not written to the disk yet.
 *
 * @category models
 * @since 0.1.0
 */
export interface Fetched extends Entry {
  readonly _tag: "Fetched"
  readonly metadata: ObjectMetadata
}

/**
 * A folder with nothing in it was made.
 *
 * @category models
 * @since 0.1.0
 */
export interface Made extends Entry {
  readonly _tag: "Made"
}

/**
 * It would be transferred, or made: only with `plan`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Planned extends Entry {
  readonly _tag: "Planned"
}

/**
 * Nothing was to be done: the same bytes are there already (`same`), or it is nothing that is transferred (`symlink`, `special`).
 *
 * @category models
 * @since 0.1.0
 */
export interface Skipped extends Entry {
  readonly _tag: "Skipped"
  readonly reason: "same" | "symlink" | "special"
}

/**
 * It could not be done. Nothing of it is there: neither half an object nor half a file.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failed extends Entry {
  readonly _tag: "Failed"
  readonly error: HcpError | LocalError
}

/**
 * What came of one entry of a local folder.
 *
 * @category models
 * @since 0.1.0
 */
export type UploadOutcome = Stored | Made | Planned | Skipped | Failed

/**
 * What came of one entry of a directory.
 *
 * @category models
 * @since 0.1.0
 */
export type DownloadOutcome = Fetched | Made | Planned | Skipped | Failed

/**
 * What came of one entry.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome = UploadOutcome | DownloadOutcome

/**
 * Stores the files of a local folder, and of all folders in it, below a directory of the namespace.
 *
 * Outcomes come as files are done, in no order. A file that changes while it is read, cannot be read, or has a name HCP does not take
 * (`.directory-metadata`, half a surrogate pair, more than 4,095 bytes) is a `Failed` outcome.
 *
 * Fails with {@link LocalError} if the folder itself cannot be read, and with `InvalidInput` for a path that cannot be one. Fails early, after the
 * outcome of the file that showed it, where every other file would fail too: the systems are down, their name or certificate is wrong,
 * there are no credentials, or HCP says `Forbidden` before it has allowed anything. Files under way are then given up; what is
 * stored stays stored. Throws a `RangeError` if `concurrency` is no integer above 0.
 *
 * @category combinators
 * @since 0.1.0
 */
export const upload = (
  folder: string,
  to: string,
  options: UploadOptions = {}
): Stream.Stream<UploadOutcome, HcpError | LocalError, Namespace> => {
  const { emptyFolders = false, include = () => true, symlinks } = options
  positive("upload", options)
  const top = withoutSlash(to)
  const toSource = ({ error, kind, local, name, size }: LocalEntry): Upload.Source => ({
    kind,
    name,
    local,
    path: name === "" ? top : childPath(top, name),
    size,
    error
  })
  const found = Stream.suspend(() =>
    walkLocal(path.resolve(folder), {
      follow: symlinks === "follow",
      include: (entry) => include(toPublic(toSource(entry)))
    })
  ).pipe(
    Stream.filter(({ error, kind }) => emptyFolders || kind !== "folder" || error !== undefined),
    Stream.map(toSource)
  )
  return checked(
    "PUT",
    to,
    Stream.unwrap(
      Effect.map(Namespace, (ns) =>
        run<Upload.Source, UploadOutcome, never>(found, options, (source, onProgress) =>
          Upload.upload(ns, source, options, onProgress)
        )
      )
    )
  )
}

/**
 * Brings the objects of a directory, and of all directories in it, into a local folder, which is made if it is not there.
 *
 * No object ever gets outside the folder: names such as `..`, and on Windows `C:` or `a\b`, are `Failed` outcomes, and no link that is
 * in the folder is written through. (Somebody else who may write into the folder could put a link there in the very moment between look and
 * use.) A file is written under the name `.hcp-*.part` beside its own, and gets its own when it is complete and its hash is right; whatever
 * ends the stream removes those that are not. Where the file system takes two names for one, the second is a `Failed` outcome with `Exists`.
 *
 * Outcomes come as files are done, in no order. Links of the namespace are skipped.
 *
 * Fails as `Directory.walk` does if a directory cannot be listed, once all files found until then are done: what came is then not all there
 * is. Fails with {@link LocalError} if the folder cannot be made. Fails early, after the outcome of the file that showed it, where every other
 * file would fail too: no space is left, the systems are down, their name or certificate is wrong, there are no credentials, or HCP says
 * `Forbidden` before it has allowed any file. Throws a `RangeError` if `concurrency` is no integer above 0.
 *
 * @category combinators
 * @since 0.1.0
 */
export const download = (
  from: string,
  folder: string,
  options: DownloadOptions = {}
): Stream.Stream<DownloadOutcome, HcpError | LocalError, Namespace> => {
  const { emptyFolders = false, include = () => true, names = path.sep === "\\" ? "windows" : "posix", plan } = options
  positive("download", options)
  const top = withoutSlash(from)
  const opened = Effect.gen(function* () {
    const ns = yield* Namespace
    const root = yield* plan === true ? findRoot(folder) : makeRoot(folder, options.sync ?? false)
    const isWanted = (source: Download.Source) => include(toPublic(source))
    const walked = ns
      .walk(top, {
        responseTimeout: options.get?.responseTimeout,
        bodyTimeout: options.get?.bodyTimeout,
        descend: (directory) =>
          Download.isPassable(directory, names) && isWanted(Download.toSource(directory, top, root, names))
      })
      .pipe(Stream.map((entry) => Download.toSource(entry, top, root, names)))
    const wanted = Stream.filter(walked, isWanted)
    const found = emptyFolders
      ? Download.withEmpty(wanted, top)
      : Stream.filter(wanted, ({ error, kind }) => kind !== "folder" || error !== undefined)
    return run<Download.Source, DownloadOutcome, never>(found, options, (source, onProgress) =>
      Download.download({ ns, root }, source, options, onProgress)
    )
  })
  return checked("GET", from, Stream.unwrap(opened))
}

const positive = (name: string, { concurrency = 8 }: CommonOptions): void => {
  if (Number.isInteger(concurrency) && concurrency > 0) return
  throw new RangeError(`Transfer.${name}: concurrency must be an integer above 0, got ${concurrency}`)
}

const withoutSlash = (path: string): string => (path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path)

const toPublic = ({ kind, local, name, path, size }: Entry): Entry => ({ kind, name, local, path, size })

/** Fails before anything is looked at for a path that cannot be one. */
const checked = <A, R>(
  operation: string,
  path: string,
  stream: Stream.Stream<A, HcpError | LocalError, R>
): Stream.Stream<A, HcpError | LocalError, R> => {
  const rest = restPath(path)
  return Result.isFailure(rest) ? Stream.fail(new HcpError({ operation, path, reason: rest.failure })) : stream
}

/**
 * How many entries came to what.
 *
 * @category models
 * @since 0.1.0
 */
export interface Counts {
  readonly stored: number
  readonly fetched: number
  readonly made: number
  readonly planned: number
  readonly skipped: number
  readonly failed: number
  /** Bytes of the files that were stored, fetched or planned. */
  readonly bytes: number
}

/**
 * Runs it and counts what came of the entries.
 *
 * @category combinators
 * @since 0.1.0
 */
export const count = <E, R>(outcomes: Stream.Stream<Outcome, E, R>): Effect.Effect<Counts, E, R> =>
  Stream.runFold(
    outcomes,
    (): Counts => ({ stored: 0, fetched: 0, made: 0, planned: 0, skipped: 0, failed: 0, bytes: 0 }),
    (counts, { _tag, size }) => {
      const field = fields[_tag]
      const moved = _tag === "Stored" || _tag === "Fetched" || _tag === "Planned" ? (size ?? 0) : 0
      return { ...counts, [field]: counts[field] + 1, bytes: counts.bytes + moved }
    }
  )

const fields = {
  Stored: "stored",
  Fetched: "fetched",
  Made: "made",
  Planned: "planned",
  Skipped: "skipped",
  Failed: "failed"
} as const
