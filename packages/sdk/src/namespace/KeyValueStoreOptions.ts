/**
 * What can be said of a key-value store.
 *
 * @since 0.1.0
 */
import type { Settings } from "./StoreOptions.ts"

/**
 * Where values are kept, and how they are stored.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Pick<Settings, "retention" | "index" | "shred"> {
  /**
   * The path of a directory for nothing but this store: every object in it counts as a value, and `clear` deletes it.
   * Directories in it are left alone. It is made with the first value, and cannot be `/`.
   */
  readonly directory: string
  /**
   * Whether removing a value removes the versions before it too, where the namespace keeps them; takes the purge
   * permission. Defaults to `false`.
   */
  readonly purge?: boolean | undefined
  /** The most bytes of a value that are read into memory; more fail. Defaults to 64 MiB. */
  readonly maxValueBytes?: number | undefined
}
