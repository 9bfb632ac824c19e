/**
 * What can be said of a file system.
 *
 * @since 0.1.0
 */
import type { Settings } from "./StoreOptions.ts"

/**
 * Which part of a namespace is the file system, and how files are stored.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Pick<Settings, "retention" | "index" | "shred"> {
  /** The directory that is `/` of the file system. No path leads out of it. Defaults to the root of the namespace. */
  readonly directory?: string | undefined
  /** Where temporary files and directories are made, as a path of the file system. Defaults to `/tmp`. */
  readonly tempDirectory?: string | undefined
  /** The most bytes that `readFile` and one `read` of an open file take into memory; more fail. Defaults to 64 MiB. */
  readonly maxFileBytes?: number | undefined
}
