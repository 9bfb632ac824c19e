/**
 * Trees of files or objects that `Comparison` compares and `TreeCopy` copies: a folder of this computer and a directory
 * of a namespace. `BucketTree` of `@effect-hcp/s3` makes one of a folder of a bucket.
 *
 * @since 0.1.0
 */
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { HcpError } from "../HcpError.ts"
import type { Kind, KindsOf } from "../OptionCheck.ts"
import { invalid, misuse } from "./internal/call.ts"
import { localTree } from "./internal/localTree.ts"
import { namespaceTree } from "./internal/namespaceTree.ts"
import { copyPlaceKinds, treeDirectoryKinds } from "./internal/optionKinds.ts"
import { restPath } from "./internal/restPath.ts"
import type { Place } from "./NamespaceCopyOptions.ts"
import type { IfExists, Settings } from "./StoreOptions.ts"
import type { Tree } from "./TreeEntry.ts"

export * from "./TreeEntry.ts"

/**
 * How objects are stored in a directory.
 *
 * @category models
 * @since 0.1.0
 */
export interface DirectoryOptions {
  /** Retention, holds and so on of what is stored. */
  readonly settings?: Pick<Settings, "retention" | "hold" | "index" | "shred"> | undefined
  /**
   * How something is replaced: by a new version, which a namespace without versions refuses, or by deleting what is
   * there. Defaults to `newVersion`.
   */
  readonly replace?: Extract<IfExists, "newVersion" | "replace"> | undefined
}

// The compiler says here which option has no kind.
const kinds: { readonly place: KindsOf<Place>; readonly directory: KindsOf<DirectoryOptions> } = {
  place: copyPlaceKinds,
  directory: treeDirectoryKinds
}

/**
 * A folder of this computer. Links are not followed, drafts of downloads are passed over, and nothing is ever written
 * outside of it. It is made with the first file that is stored in it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const folder = (folder: string): Effect.Effect<Tree, HcpError> => {
  if (typeof folder === "string" && folder !== "") return Effect.succeed(localTree(path.resolve(folder)))
  return invalid({ operation: "compare", path: "" }, "folder", 'names no folder; give a path, "." for this one')
}

/**
 * A directory of a namespace, and how objects are stored there. Its hashes are those that HCP keeps, and the MD5 that
 * an ETag is.
 *
 * Of what is copied there only the bytes go along: `NamespaceCopy` copies from namespace to namespace with all that
 * belongs to an object.
 *
 * @category constructors
 * @since 0.1.0
 */
export const directory = (place: Place, options: DirectoryOptions = {}): Effect.Effect<Tree, HcpError> => {
  const about = { operation: "compare", path: typeof place?.path === "string" ? place.path : "" }
  const wrong =
    misuse(about.operation, about.path, place, kinds.place, ["namespace", "path"]) ??
    misuse(about.operation, about.path, options, kinds.directory)
  if (wrong !== undefined) return wrong
  const rest = restPath(place.path)
  return Result.isFailure(rest)
    ? Effect.fail(new HcpError({ ...about, reason: rest.failure }))
    : Effect.succeed(namespaceTree(place.namespace, place.path, options))
}

/** What a tree is, for options that take one. @internal */
export const kind: Kind = {
  is: (value) => typeof value === "object" && value !== null && "entries" in value && "find" in value,
  wanted: "a tree, as Tree.folder, Tree.directory or BucketTree.make gives one"
}
