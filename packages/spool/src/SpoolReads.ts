/**
 * What a spool shows of what HCP has and what it is still to get.
 *
 * @since 0.1.0
 */
import type { Entry } from "@effect-hcp/sdk/Directory"
import type { ObjectMetadata } from "@effect-hcp/sdk/ObjectMetadata"

/**
 * What is known about an object or directory.
 *
 * @category models
 * @since 0.1.0
 */
export interface Seen {
  /**
   * Whether something of it is still in the spool. The metadata of content that is still there hold what was given with
   * it, its size and its SHA-256, and no version.
   */
  readonly pending: boolean
  readonly metadata: ObjectMetadata
}

/**
 * An object in memory.
 *
 * @category models
 * @since 0.1.0
 */
export interface SeenObject extends Seen {
  readonly bytes: Uint8Array
  /** The bytes as UTF-8. */
  readonly text: string
}

/**
 * Something in a directory: what HCP lists (`Stored`), or what is still in the spool (`Pending`). Directories that come
 * with a pending object are pending too.
 *
 * @category models
 * @since 0.1.0
 */
export type Listed =
  | { readonly _tag: "Stored"; readonly name: string; readonly path: string; readonly entry: Entry }
  | {
      readonly _tag: "Pending"
      readonly name: string
      readonly path: string
      readonly type: "object" | "directory"
      /** Of an object, in bytes. */
      readonly size: number | undefined
    }
