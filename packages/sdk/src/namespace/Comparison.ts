/**
 * Compares two trees file by file, a local folder, a directory of a namespace or any other `Tree` each, and deletes
 * what only one of them has.
 *
 * The left side is walked first, and each file looked up on the right; then the right side, for what only that has. So
 * memory stays flat, whatever the trees are. Links, devices, drafts of downloads and folders are passed over.
 *
 * **Example** (is all of it in the archive?)
 *
 * ```ts
 * import { Console, Effect, Stream } from "effect"
 * import { Comparison, Namespace } from "@effect-hcp/sdk"
 *
 * const verified = Effect.gen(function* () {
 *   const namespace = yield* Namespace.Namespace
 *   yield* Comparison.compare({ folder: "scans" }, { namespace, path: "/scans" }).pipe(
 *     Stream.filter(({ _tag }) => _tag !== "Same"),
 *     Stream.runForEach(({ _tag, name }) => Console.log(_tag, name))
 *   )
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { HcpError } from "../HcpError.ts"
import type { LocalError } from "../LocalError.ts"
import type { KindsOf } from "../OptionCheck.ts"
import type { Outcome, PruneOutcome } from "./ComparisonOutcome.ts"
import { misuse } from "./internal/call.ts"
import * as Comparing from "./internal/comparing.ts"
import { localTree } from "./internal/localTree.ts"
import { namespaceTree } from "./internal/namespaceTree.ts"
import { compareKinds, copyPlaceKinds, folderKinds, pruneKinds } from "./internal/optionKinds.ts"
import { restPath } from "./internal/restPath.ts"
import type { Place } from "./NamespaceCopyOptions.ts"
import type { CommonOptions } from "./TransferOptions.ts"
import { kind as treeKind } from "./Tree.ts"
import type { Include, Tree } from "./TreeEntry.ts"

export * from "./ComparisonOutcome.ts"

/**
 * A folder of this computer.
 *
 * @category models
 * @since 0.1.0
 */
export interface Folder {
  readonly folder: string
}

/**
 * What is compared.
 *
 * @category models
 * @since 0.1.0
 */
export type Compared = Folder | Place | Tree

/**
 * What both operations may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommonSettings
  extends Pick<CommonOptions, "concurrency" | "stopOnFailure" | "onProgress" | "onEntryProgress"> {
  /**
   * Which files are wanted, and which folders are gone into, by name. Others count on neither side. Defaults to all.
   */
  readonly include?: Include | undefined
}

/**
 * What a comparison may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends CommonSettings {
  /**
   * What has to be equal besides the size: the `hash`, as HCP keeps it (an object without one is read, and so is one
   * side where both have none in common), the bytes themselves, which are read from HCP and compared with its hash, too
   * (`read`), or nothing (`size`). Defaults to `hash`.
   */
  readonly content?: "hash" | "read" | "size" | undefined
  /** Whether to look for what only the right side has, too. Defaults to `true`. */
  readonly both?: boolean | undefined
}

/**
 * What deleting may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface PruneOptions extends CommonSettings {
  /** Whether only to say what would be deleted. Defaults to `false`. */
  readonly plan?: boolean | undefined
}

// The compiler says here which option has no kind.
const kinds: {
  readonly place: KindsOf<Place>
  readonly folder: KindsOf<Folder>
  readonly compare: KindsOf<Options>
  readonly prune: KindsOf<PruneOptions>
} = { place: copyPlaceKinds, folder: folderKinds, compare: compareKinds, prune: pruneKinds }

/**
 * Compares two trees by size and hash.
 *
 * Outcomes come as files are done, in no order, those that only the right side has at the end. Fails where the folder
 * or directory itself cannot be listed, and early where every other file would fail too, as `Transfer.upload` does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const compare = (
  left: Compared,
  right: Compared,
  options: Options = {}
): Stream.Stream<Outcome, HcpError | LocalError> => {
  const wrong = misuse("compare", textOf(right), options, kinds.compare) ?? wrongOf(left) ?? wrongOf(right)
  const { include = () => true } = options
  return wrong === undefined
    ? Comparing.compare(treeOf(left), treeOf(right), { ...options, include })
    : Stream.fromEffect(wrong)
}

/**
 * Deletes from the right side what the left side does not have: files, or objects, of which a namespace that keeps
 * versions keeps those. What retention or a hold protects is a `Failed` outcome, and stays. Folders stay.
 *
 * Only what the left side says it does not have is deleted: where it cannot be asked, the outcome is `Failed`. Fails
 * before anything is deleted where the left side itself is not there.
 *
 * @category combinators
 * @since 0.1.0
 */
export const prune = (
  left: Compared,
  right: Compared,
  options: PruneOptions = {}
): Stream.Stream<PruneOutcome, HcpError | LocalError> => {
  const wrong = misuse("DELETE", textOf(right), options, kinds.prune) ?? wrongOf(left) ?? wrongOf(right)
  const { include = () => true } = options
  return wrong === undefined
    ? Comparing.prune(treeOf(left), treeOf(right), { ...options, include })
    : Stream.fromEffect(wrong)
}

const isTree = (side: Compared): side is Tree => "entries" in side

const textOf = (side: Compared): string => (isTree(side) ? side.at("") : "folder" in side ? side.folder : side.path)

const wrongOf = (side: Compared): Effect.Effect<never, HcpError> | undefined => {
  if (isTree(side)) return misuse("compare", "", { tree: side }, { tree: treeKind }, ["tree"])
  const about = { operation: "compare", path: textOf(side) }
  if ("folder" in side) return misuse(about.operation, about.path, side, kinds.folder, ["folder"])
  const wrong = misuse(about.operation, about.path, side, kinds.place, ["namespace", "path"])
  if (wrong !== undefined) return wrong
  const rest = restPath(side.path)
  return Result.isFailure(rest) ? Effect.fail(new HcpError({ ...about, reason: rest.failure })) : undefined
}

const treeOf = (side: Compared): Tree =>
  isTree(side)
    ? side
    : "folder" in side
      ? localTree(path.resolve(side.folder))
      : namespaceTree(side.namespace, side.path)
