/**
 * What lists of the Swift gateway hold: containers of an account, and objects, folders and prefixes of a container.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"

/**
 * A container of an account.
 *
 * @category models
 * @since 0.1.0
 */
export interface ContainerEntry {
  readonly name: string
  /** How many objects it has. */
  readonly objects: number | undefined
  /** In bytes. */
  readonly bytes: number | undefined
}

/**
 * An object.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectEntry {
  readonly _tag: "Object"
  readonly name: string
  /** In bytes. */
  readonly size: number | undefined
  /** As it was sent: HCP's manual calls it the MD5 and shows a SHA-256. */
  readonly hash: string | undefined
  /** The hash, where it is an MD5. */
  readonly md5: string | undefined
  readonly contentType: string | undefined
  readonly modifiedAt: DateTime.Utc | undefined
}

/**
 * A folder: HCP has one for each `/` on the way to an object, whether anybody made it or not.
 *
 * @category models
 * @since 0.1.0
 */
export interface FolderEntry {
  readonly _tag: "Folder"
  /** Ends in a slash. */
  readonly name: string
  readonly modifiedAt: DateTime.Utc | undefined
}

/**
 * What all names between the prefix and the next delimiter have in common; the delimiter is its end.
 *
 * @category models
 * @since 0.1.0
 */
export interface PrefixEntry {
  readonly _tag: "Prefix"
  readonly name: string
}

/**
 * One entry of a container.
 *
 * @category models
 * @since 0.1.0
 */
export type Entry = ObjectEntry | FolderEntry | PrefixEntry

/**
 * A kind of entry.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind = "object" | "folder" | "prefix"
