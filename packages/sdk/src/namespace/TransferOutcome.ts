/**
 * What an upload or download of a folder finds, and what came of each entry.
 *
 * @since 0.1.0
 */
import type { HcpError } from "../HcpError.ts"
import type { LocalError } from "../LocalError.ts"
import type { ObjectMetadata } from "./ObjectMetadata.ts"
import type * as StoreOptions from "./StoreOptions.ts"

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
   * Below the folder, with `/` between on every system: `2026/42.pdf`. Names are taken as they are, without any change
   * of how accents are written.
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
 * It is in the local folder now, complete and compared. Without `sync` the operating system may still keep some of it
 * in memory: a power failure, unlike the end of the program, can lose what was not written to the disk yet.
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
 * Nothing was to be done: the same bytes are there already (`same`), or it is nothing that is transferred: a `symlink`,
 * something `special`, or the `draft` of a download that is under way or was killed, or the `journal` says that it was
 * done before.
 *
 * @category models
 * @since 0.1.0
 */
export interface Skipped extends Entry {
  readonly _tag: "Skipped"
  readonly reason: "same" | "symlink" | "special" | "draft" | "journal"
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
