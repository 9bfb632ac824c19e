/**
 * What an upload or download of a folder may set, and the progress it reports.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as HcpBody from "../HcpBody.ts"
import type { HcpError } from "../HcpError.ts"
import type { LocalError } from "../LocalError.ts"
import type { InvalidInput } from "../WireReason.ts"
import type { Bandwidth } from "./Bandwidth.ts"
import type { Conditions } from "./Conditions.ts"
import type { Journal } from "./Journal.ts"
import type * as Bytes from "./Progress.ts"
import type { OpenOptions } from "./ReadOptions.ts"
import type * as StoreOptions from "./StoreOptions.ts"
import type { Entry } from "./TransferOutcome.ts"

/**
 * The rules a local file system has for names.
 *
 * @category models
 * @since 0.1.0
 */
export type NameRules = "posix" | "windows"

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
 * Receives the progress, one report after the other. The transfers wait until it has ended. A callback that takes a
 * {@link Bytes.Progress} is good enough. `Progress.events((onProgress: Transfer.OnProgress) =>
 * Transfer.count(Transfer.upload("a", "/a", { onProgress })))` is the progress as a stream.
 *
 * @category models
 * @since 0.1.0
 */
export type OnProgress = (progress: Progress) => Effect.Effect<void>

/**
 * Receives the progress of one file or object that is under way, beside that of all of them. It waits until the effect
 * has ended.
 *
 * @category models
 * @since 0.1.0
 */
export type OnEntryProgress = (
  entry: { readonly name: string; readonly size: number | undefined },
  progress: Bytes.Progress
) => Effect.Effect<void>

/**
 * What both ways may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommonOptions {
  /** How many files are under way at a time. Defaults to 8. */
  readonly concurrency?: number | undefined
  /** Which files are wanted, and which folders are gone into. Others have no outcome. Defaults to all. */
  readonly include?: ((entry: Entry) => boolean) | undefined
  /** Whether folders with nothing in them are made too. Defaults to `false`. */
  readonly emptyFolders?: boolean | undefined
  /**
   * Whether only to say what would be done: everything is looked at and compared, nothing is written. Defaults to
   * `false`.
   */
  readonly plan?: boolean | undefined
  /**
   * Whether the first file that fails ends all: its outcome is given out, then the stream fails with its error.
   * Defaults to `false`.
   */
  readonly stopOnFailure?: boolean | undefined
  /** Receives the progress of all files together. */
  readonly onProgress?: OnProgress | undefined
  /** Receives the progress of each file that has bytes. The last report of one that is done has all of them. */
  readonly onEntryProgress?: OnEntryProgress | undefined
  /** The most bytes a second, for all files together and whatever else is given the same limit. Defaults to none. */
  readonly bandwidth?: Bandwidth | undefined
  /**
   * What was done before, and is passed over (`Skipped` for the reason `journal`), and where is written down what is
   * done now: see `TransferJournal`. With `plan` nothing is read from it. Defaults to none.
   */
  readonly journal?: Journal | undefined
}

/**
 * How one file is stored. An annotation is stored in the same step as the data, and not together with `gzip` and
 * `replace`; given as a text it is XML.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileOptions extends Omit<StoreOptions.PutOptions, keyof Conditions | "ifExists" | "onProgress"> {
  readonly annotation?: { readonly name?: string | undefined; readonly content: HcpBody.Input } | undefined
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
  /**
   * Whether `newVersion` and `replace` leave alone what has the same bytes, as `skip` does: so a folder is brought up
   * to date, and a transfer that is run again stores nothing twice. Takes one look at each object. Not with `fail`,
   * which leaves nothing to compare. Defaults to `false`.
   */
  readonly compare?: boolean | undefined
  /**
   * Retention, index, annotation and whatever else, for all files or for each. A function gives the options of a file,
   * or an effect that finds them out, for instance the text that a codec of `Annotation` encodes. It runs for each
   * file, also for one that is then skipped. What the effect fails with is the error of that file.
   */
  readonly put?:
    | FileOptions
    | ((
        file: Entry
      ) => FileOptions | undefined | Effect.Effect<FileOptions | undefined, HcpError | LocalError | InvalidInput>)
    | undefined
  /**
   * What to do about symbolic links: leave them out with an outcome (`skip`), or take what they point to (`follow`),
   * except for a folder the link is in. Defaults to `skip`: then the file that was found is sent and no other, also
   * where a link takes its place meanwhile.
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
   * What to do where there is a local file already: `skip` it if it has the same bytes, and fail otherwise; `replace`
   * it if it has other bytes; or `fail` in any case. Links, folders, and files whose name differs only in case are
   * never replaced. Defaults to `skip`.
   */
  readonly ifExists?: "skip" | "replace" | "fail" | undefined
  /** Limits and times of each read; `resume` defaults to `true` here. */
  readonly get?:
    | Omit<OpenOptions, keyof Conditions | "range" | "versionId" | "deleted" | "onProgress" | "forceEtag">
    | undefined
  /**
   * How many ranges of an object are read at a time, of different nodes as far as there are, if it has more than 64
   * MiB: of 16 MiB, at the end of less, all of the same version, and the file is compared with the hash of the whole. A
   * range that breaks off goes on where it broke. `1` reads every object as one stream, which is also done with one
   * that HCP keeps no ETag of, and with `gzip`. An object that is replaced meanwhile is a `Failed` outcome with
   * `PreconditionFailed`. Defaults to `4`.
   */
  readonly ranges?: number | undefined
  /**
   * Who may do what with local files, as `chmod` takes it: `0o600` is for their owner alone. Defaults to what the umask
   * leaves of `0o666`.
   */
  readonly mode?: number | undefined
  /**
   * Sets the time of local files to when the version was stored, or when anything about it was changed. Defaults to
   * neither.
   */
  readonly mtime?: "created" | "changed" | undefined
  /**
   * Whether to wait with each outcome until the file, its name and the folders above it are on the disk, also where the
   * same file was there already: after `Fetched`, `Made` and `Skipped` a power failure takes nothing of it away any
   * more. Where only a name cannot be written down, the outcome is `Failed` though the file is there. Defaults to
   * `false`, see `DraftFile.Options`.
   */
  readonly sync?: boolean | undefined
  /**
   * Whose rules names have to keep. `windows` refuses what Windows takes otherwise than it is meant: drive letters,
   * `\`, `:` and other signs, names of devices such as `NUL`, dots and blanks at the end. Defaults to those of this
   * computer.
   */
  readonly names?: NameRules | undefined
}
