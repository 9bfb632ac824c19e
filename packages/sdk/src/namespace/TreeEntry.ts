/**
 * A tree of files or objects as a comparison or a copy sees it, wherever it is, and what is in it.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type * as HcpBody from "../HcpBody.ts"
import type { HcpError } from "../HcpError.ts"
import type { LocalError } from "../LocalError.ts"
import type { Hash } from "../ObjectHash.ts"
import type { OnProgress } from "./Progress.ts"
import type { Kind } from "./TransferOutcome.ts"

/**
 * Something in a tree. What its store does not say is `undefined`.
 *
 * @category models
 * @since 0.1.0
 */
export interface TreeEntry {
  readonly kind: Kind
  /** Below the top of the tree, with `/` between. */
  readonly name: string
  /** Bytes of a file or object, 0 of anything else. */
  readonly size: number | undefined
  /** When the bytes were written last. */
  readonly modifiedAt: DateTime.Utc | undefined
  /** The hashes that are known without reading it, the strongest first. */
  readonly hashes: ReadonlyArray<Hash>
  /** What changes when it is changed, for a journal. */
  readonly mark: string | undefined
  /** Why nothing can be done about it. */
  readonly error: HcpError | LocalError | undefined
  /** Its bytes, read anew whenever they are asked for. */
  readonly body: HcpBody.HcpBody
}

/**
 * What is stored in a tree: the bytes of something that was found in another one.
 *
 * @category models
 * @since 0.1.0
 */
export interface TreeSource {
  readonly tree: Tree
  readonly entry: TreeEntry
  /** The bytes of the entry, which may be slowed down on their way. */
  readonly body: HcpBody.HcpBody
  /** Whether something is there that is replaced. */
  readonly replace: boolean
  readonly onProgress: OnProgress | undefined
}

/**
 * Which entries are wanted, and which folders are gone into.
 *
 * @category models
 * @since 0.1.0
 */
export type Include = (entry: { readonly kind: Kind; readonly name: string }) => boolean

/**
 * Which names of a flat list are wanted, such as the keys of a bucket. A list does not go into folders, so whoever
 * leaves a folder out is asked for it with the first name in it, and all that lies in it is left out.
 *
 * Fastest where names come folder by folder: the folders of the name before are remembered.
 *
 * @category combinators
 * @since 0.1.0
 */
export const flatFilter = (include: Include): ((name: string) => boolean) => {
  let last: { readonly folder: string; readonly isWanted: boolean } = { folder: "", isWanted: true }
  const wanted = (folder: string): boolean => {
    for (let at = folder.indexOf("/"); at >= 0; at = folder.indexOf("/", at + 1)) {
      if (!include({ kind: "folder", name: folder.slice(0, at) })) return false
    }
    return true
  }
  return (name) => {
    const folder = name.slice(0, name.lastIndexOf("/") + 1)
    if (folder !== last.folder) last = { folder, isWanted: wanted(folder) }
    return last.isWanted && include({ kind: "file", name })
  }
}

/**
 * A folder of this computer, a directory of a namespace, a folder of a bucket (`BucketTree` of `@effect-hcp/s3`), or
 * whatever else has names, sizes and bytes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tree {
  /** Where an entry of this name is, or would be, as people write it. */
  readonly at: (name: string) => string
  /**
   * How often one of its files or objects is read at most, where it breaks off on its way. Defaults to what
   * `RetryPolicy.defaults` says.
   */
  readonly attempts?: number | undefined
  /** Fails where the top is not there. */
  readonly isThere: Effect.Effect<void, HcpError | LocalError>
  /** Everything in it that is wanted, in flat memory. Fails where the top cannot be listed. */
  readonly entries: (include: Include) => Stream.Stream<TreeEntry, HcpError | LocalError>
  /** What is there under a name; `undefined` for nothing. */
  readonly find: (name: string) => Effect.Effect<TreeEntry | undefined, HcpError | LocalError>
  /** Deletes a file or object. */
  readonly delete: (name: string) => Effect.Effect<void, HcpError | LocalError>
  /** Stores a file or object under a name. */
  readonly put: (name: string, source: TreeSource) => Effect.Effect<void, HcpError | LocalError>
}
