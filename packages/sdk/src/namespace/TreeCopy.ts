/**
 * Copies the files or objects of a tree into another one, wherever the two are: the way to a bucket and from one, also
 * from a namespace. `Transfer` is the way from a folder to a namespace and back, and `NamespaceCopy` that from
 * namespace to namespace: they know more of both sides.
 *
 * Only bytes are copied, unless the destination says that it takes more. It can be run again after whatever went wrong:
 * what is the same at both sides is left alone. Whether it is, is found out by size and a hash that both sides know, or
 * that one of them knows of a file of this computer. Where no hash tells, as of an object that was stored in parts, it
 * is taken for the same if the destination was written at the same second as the source or later.
 *
 * **Example** (a folder into a bucket)
 *
 * ```ts
 * import { Console, Effect, Stream } from "effect"
 * import { BucketTree } from "@effect-hcp/s3"
 * import { Tree, TreeCopy } from "@effect-hcp/sdk"
 *
 * const archived = Effect.gen(function* () {
 *   const from = yield* Tree.folder("scans")
 *   const to = yield* BucketTree.make("archive", "scans/2026")
 *   yield* TreeCopy.copy(from, to, { ifExists: "replace" }).pipe(
 *     Stream.runForEach((one) => (one._tag === "Failed" ? Console.error(one.name, one.error.message) : Effect.void))
 *   )
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as HcpBody from "../HcpBody.ts"
import { HcpError } from "../HcpError.ts"
import { LocalError } from "../LocalError.ts"
import { ObjectExists } from "../ObjectReason.ts"
import type { KindsOf } from "../OptionCheck.ts"
import type { CopyEntry } from "./CopyOutcome.ts"
import { passedThrough } from "./internal/bodyStream.ts"
import { misuse } from "./internal/call.ts"
import { treeCopyKinds } from "./internal/optionKinds.ts"
import { storedAgain } from "./internal/passedOn.ts"
import { isSameByHashOrTime } from "./internal/sameContent.ts"
import { run } from "./internal/transferRun.ts"
import type { OnProgress } from "./Progress.ts"
import type { CommonOptions } from "./TransferOptions.ts"
import { kind as tree } from "./Tree.ts"
import type { Include, Tree, TreeEntry } from "./TreeEntry.ts"

/**
 * What a copy may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Omit<CommonOptions, "include" | "emptyFolders"> {
  /** Which files are wanted, and which folders are gone into. Others have no outcome. Defaults to all. */
  readonly include?: Include | undefined
  /**
   * What to do where something is stored already: leave it if it is the same, and fail otherwise (`skip`), replace it
   * if it is not the same, or `fail` in any case. Folders, links and the like are never replaced. Defaults to `skip`.
   */
  readonly ifExists?: "skip" | "replace" | "fail" | undefined
}

/**
 * Its bytes are stored now.
 *
 * @category models
 * @since 0.1.0
 */
export interface Copied extends CopyEntry {
  readonly _tag: "Copied"
}

/**
 * It would be copied: only with `plan`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Planned extends CopyEntry {
  readonly _tag: "Planned"
}

/**
 * Nothing was to be done: the same is there already, it is a link or something `special`, which are not copied, or the
 * `journal` says that it was done before.
 *
 * @category models
 * @since 0.1.0
 */
export interface Skipped extends CopyEntry {
  readonly _tag: "Skipped"
  readonly reason: "same" | "symlink" | "special" | "journal"
}

/**
 * It could not be done. Nothing of it is there: neither half an object nor half a file.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failed extends CopyEntry {
  readonly _tag: "Failed"
  readonly error: HcpError | LocalError
}

/**
 * What came of one entry.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome = Copied | Planned | Skipped | Failed

// The compiler says here which option has no kind.
const kinds: KindsOf<Options> = treeCopyKinds

/**
 * Copies what is wanted of a tree, several files at a time.
 *
 * Outcomes come as files are done, in no order. One that fails does not stop the others. Fails where the source cannot
 * be listed, once everything found until then is done, and early where every other file would fail too, as
 * `Transfer.upload` does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const copy = (from: Tree, to: Tree, options: Options = {}): Stream.Stream<Outcome, HcpError | LocalError> => {
  const wrong =
    misuse("PUT", "", { from, to }, { from: tree, to: tree }, ["from", "to"]) ?? misuse("PUT", "", options, kinds)
  if (wrong !== undefined) return Stream.fromEffect(wrong)
  const { include = () => true } = options
  const found = Stream.filter(from.entries(include), ({ error, kind }) => kind !== "folder" || error !== undefined)
  return run<TreeEntry, Outcome, never>(
    found,
    options,
    (entry, onProgress) =>
      Effect.catch(one(from, to, entry, options, onProgress), (error) =>
        Effect.succeed<Outcome>({ ...publicOf(from, to, entry), _tag: "Failed", error })
      ),
    (entry) => ({ ...publicOf(from, to, entry), _tag: "Skipped", reason: "journal" })
  )
}

const publicOf = (from: Tree, to: Tree, { kind, name, size }: TreeEntry): CopyEntry => ({
  kind,
  name,
  from: from.at(name),
  to: to.at(name),
  size
})

const one = Effect.fnUntraced(function* (
  from: Tree,
  to: Tree,
  entry: TreeEntry,
  { bandwidth, ifExists = "skip", plan = false }: Options,
  onProgress: OnProgress | undefined
): Effect.fn.Return<Outcome, HcpError | LocalError> {
  const { error, kind, name } = entry
  const about = publicOf(from, to, entry)
  if (error !== undefined) return yield* error
  if (kind === "symlink" || kind === "special") return { ...about, _tag: "Skipped", reason: kind }
  const there = yield* to.find(name)
  if (there !== undefined) {
    const isFile = there.kind === "file"
    if (isFile && ifExists !== "fail" && (yield* isSameByHashOrTime(entry, there))) {
      return { ...about, _tag: "Skipped", reason: "same" }
    }
    if (!isFile || ifExists !== "replace") return yield* taken(about.to, there)
  }
  if (plan) return { ...about, _tag: "Planned" }
  const source = { tree: from, entry, body: bodyOf(entry, bandwidth), replace: there !== undefined, onProgress }
  yield* storedAgain(from, to, to.put(name, source))
  return { ...about, _tag: "Copied" }
})

/** The bytes with their length, without which they could not be sent everywhere, and not faster than is allowed. */
const bodyOf = ({ body, size }: TreeEntry, bandwidth: Options["bandwidth"]): HcpBody.HcpBody => {
  if (body._tag === "File" && bandwidth === undefined) return body
  if (size === 0) return HcpBody.empty
  return passedThrough(body, (bytes) => (bandwidth === undefined ? bytes : bandwidth.limit(bytes)), size)
}

const kindsOfExisting = { file: "object", folder: "directory", symlink: "symlink", special: "unknown" } as const

const taken = (at: string, { body, kind, size }: TreeEntry): HcpError | LocalError =>
  body._tag === "File"
    ? new LocalError({
        operation: "write",
        file: at,
        reason: kind === "file" ? "Exists" : "WrongKind",
        detail:
          kind === "file"
            ? 'another file is there already; move it, or say `ifExists: "replace"`'
            : "something that is no file is there already"
      })
    : new HcpError({
        operation: "PUT",
        path: at,
        reached: "answer",
        reason: new ObjectExists({ kind: kindsOfExisting[kind], size })
      })
