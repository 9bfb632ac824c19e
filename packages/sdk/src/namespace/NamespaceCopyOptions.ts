/**
 * Where a copy between namespaces comes from and goes to, and what it may set.
 *
 * @since 0.1.0
 */
import type { CopyEntry } from "./CopyOutcome.ts"
import type { Namespace } from "./Namespace.ts"
import type * as Progress from "./Progress.ts"
import type { IfExists, Settings } from "./StoreOptions.ts"
import type { CommonOptions } from "./TransferOptions.ts"

/**
 * A path of a namespace, of whatever system.
 *
 * @category models
 * @since 0.1.0
 */
export interface Place {
  readonly namespace: Namespace["Service"]
  readonly path: string
}

/**
 * What the copy of each object may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectOptions extends Pick<CommonOptions, "plan" | "bandwidth"> {
  /**
   * What to do where other bytes are stored already: leave them, which is a failure (`skip`), store a new version, or
   * replace them. What has the same bytes is never stored again; only `fail` is a failure there too. Defaults to
   * `skip`.
   */
  readonly ifExists?: IfExists | undefined
  /** What the copies have in place of what the source says. */
  readonly settings?: Pick<Settings, "retention" | "hold" | "labelledHolds" | "index" | "shred"> | undefined
  /** Whether access control lists are copied. Defaults to `true`. */
  readonly acl?: boolean | undefined
  /**
   * Whether owners are copied: takes the permission to change owners, and one more request for each object. Defaults to
   * `false`: then the owner is whoever copies.
   */
  readonly owner?: boolean | undefined
  /**
   * Whether all versions of an object are copied, the oldest first, deletions included. At the destination the first of
   * them may be there already, and nothing else. Both namespaces have to keep versions. Defaults to `false`: the newest
   * one.
   */
  readonly versions?: boolean | undefined
  /**
   * Whether an object is deleted at its source, once both sides were looked at again and its bytes are proved to be at
   * the destination: it is moved. What retention or a hold protects stays, and is a failure. A namespace that keeps
   * versions keeps those. Of a tree the directories stay, unless `emptyFolders` is set, too: then each goes in which
   * nothing is left at the end. Defaults to `false`.
   */
  readonly deleteSource?: boolean | undefined
}

/**
 * What the copy of one object may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface OneObjectOptions extends ObjectOptions, Progress.Options {
  /** Which version is copied. Defaults to the current one. Not together with `versions`. */
  readonly versionId?: string | undefined
}

/**
 * What the copy of a directory may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface TreeOptions extends ObjectOptions, Omit<CommonOptions, "include"> {
  /** Which objects are wanted, and which directories are gone into. Others have no outcome. Defaults to all. */
  readonly include?: ((entry: CopyEntry) => boolean) | undefined
}
