/**
 * Copies objects from a namespace to another one, of the same system or of any other, with all that belongs to them.
 *
 * Data travels as a stream through this process and is compared with the hashes of both sides; inside one namespace HCP
 * copies it itself. With it go annotations, retention, holds, labelled holds, index, shredding and the access control
 * list, and if it is asked for the owner. (The content type goes with the name.) An object with annotations, a list or
 * an owner is protected by its retention and holds once those are there, any other in the very step that stores it.
 *
 * It can be run again after whatever went wrong: an object that is there with the same bytes is not sent again, and
 * gets what it lacks. A retention is never made shorter, no hold is lifted, no annotation is deleted, and nothing is
 * overwritten unless it is asked for. A retention that is over is copied as `DeletionAllowed`.
 *
 * **Example** (a directory of one system to another one)
 *
 * ```ts
 * import { Console, Context, Effect, Layer, Stream } from "effect"
 * import { Namespace, NamespaceCopy } from "@effect-hcp/sdk"
 *
 * const migrated = Effect.gen(function* () {
 *   // The variables OLD_HCP_FQDN, NEW_HCP_FQDN and so on.
 *   const open = (prefix: string) =>
 *     Effect.map(Layer.build(Namespace.layerConfig({ prefix })), (built) => Context.get(built, Namespace.Namespace))
 *   const from = { namespace: yield* open("OLD_HCP"), path: "/invoices" }
 *   const to = { namespace: yield* open("NEW_HCP"), path: "/invoices" }
 *   yield* NamespaceCopy.tree(from, to, { versions: true }).pipe(
 *     Stream.runForEach((one) => (one._tag === "Failed" ? Console.error(one.name, one.error.message) : Effect.void))
 *   )
 * }).pipe(Effect.scoped)
 * ```
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { HcpError } from "../HcpError.ts"
import type { LocalError } from "../LocalError.ts"
import type { KindsOf } from "../OptionCheck.ts"
import { InvalidInput } from "../WireReason.ts"
import type { CopyEntry, Outcome, Skipped } from "./CopyOutcome.ts"
import type { Entry } from "./DirectoryEntry.ts"
import { misuse } from "./internal/call.ts"
import * as CopyBetween from "./internal/copyBetween.ts"
import { deleteEmptied } from "./internal/emptied.ts"
import { withEmpty } from "./internal/emptyDirectories.ts"
import { markOf } from "./internal/entryMark.ts"
import { OptimisticStore } from "./internal/optimisticStore.ts"
import { copyOneKinds, copyPlaceKinds, copyTreeKinds } from "./internal/optionKinds.ts"
import { childPath, restPath } from "./internal/restPath.ts"
import { run } from "./internal/transferRun.ts"
import { unreadableName } from "./internal/unreadableName.ts"
import type { OneObjectOptions, Place, TreeOptions } from "./NamespaceCopyOptions.ts"

export * from "./CopyOutcome.ts"
export * from "./NamespaceCopyOptions.ts"

// The compiler says here which option has no kind.
const kinds: {
  readonly place: KindsOf<Place>
  readonly object: KindsOf<OneObjectOptions>
  readonly tree: KindsOf<TreeOptions>
} = { place: copyPlaceKinds, object: copyOneKinds, tree: copyTreeKinds }

/** Fails before anything is looked at for what cannot be copied. */
const wrongOf = (from: Place, to: Place): Effect.Effect<never, HcpError> | undefined => {
  const wrong =
    misuse("GET", "", from, kinds.place, ["namespace", "path"]) ??
    misuse("PUT", "", to, kinds.place, ["namespace", "path"])
  if (wrong !== undefined) return wrong
  const [source, target] = [withoutSlash(from.path), withoutSlash(to.path)]
  if (from.namespace === to.namespace && (target === source || target.startsWith(`${source === "/" ? "" : source}/`))) {
    const detail = `is, or lies in, ${JSON.stringify(source)}, which is to be copied`
    const reason = new InvalidInput({ field: "to", detail })
    return Effect.fail(new HcpError({ operation: "PUT", path: to.path, reason }))
  }
  for (const [operation, path] of [
    ["GET", from.path],
    ["PUT", to.path]
  ] as const) {
    const rest = restPath(path)
    if (Result.isFailure(rest)) return Effect.fail(new HcpError({ operation, path, reason: rest.failure }))
  }
  return undefined
}

/**
 * Copies one object, or all its versions.
 *
 * Gives `Copied`, `Updated`, `Planned` or `Skipped`. Fails with `NotFound` and `IsADirectory` for the source, with
 * `ObjectExists` where the destination has other bytes that stay, with `PreconditionFailed` if the source is replaced
 * meanwhile, and as `put`, `modify` and the operations on annotations do.
 *
 * @category combinators
 * @since 0.1.0
 */
export const object = (from: Place, to: Place, options: OneObjectOptions = {}): Effect.Effect<Outcome, HcpError> => {
  const wrong = misuse("PUT", to.path, options, kinds.object) ?? wrongOf(from, to)
  if (wrong !== undefined) return wrong
  const entry: CopyEntry = { kind: "file", name: "", from: from.path, to: to.path, size: undefined }
  const where = { from: from.namespace, to: to.namespace, optimistic: undefined }
  return CopyBetween.copy(where, entry, options, options.onProgress, options.versionId)
}

/**
 * Copies the objects of a directory, and of all directories in it, below a directory of another place.
 *
 * Outcomes come as objects are done, in no order. One that fails does not stop the others. Links are skipped, and so
 * are objects that are deleted now. The directory is walked while objects are under way, so that a million of them do
 * not sit in memory; each is looked at on both sides.
 *
 * Fails as `walk` of a `Namespace` does if a directory cannot be listed, once everything found until then is done, and
 * early where every other object would fail too, as `Transfer.upload` does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const tree = (
  from: Place,
  to: Place,
  options: TreeOptions = {}
): Stream.Stream<Outcome, HcpError | LocalError> => {
  const wrong = misuse("PUT", to.path, options, kinds.tree) ?? wrongOf(from, to)
  if (wrong !== undefined) return Stream.fromEffect(wrong)
  const { deleteSource = false, emptyFolders = false, include = () => true, plan = false } = options
  const top = withoutSlash(from.path)
  const toSource = (entry: Entry): Source => sourceOf(entry, top, withoutSlash(to.path))
  const isWanted = (entry: Entry): boolean => include(toPublic(toSource(entry)))
  return Stream.suspend(() => {
    const walked = from.namespace.walk(top, { descend: isWanted }).pipe(Stream.map(toSource))
    const wanted = Stream.filter(walked, (source) => include(toPublic(source)))
    const found = emptyFolders ? withEmpty(wanted, top) : Stream.filter(wanted, ({ kind }) => kind !== "folder")
    const where = { from: from.namespace, to: to.namespace, optimistic: new OptimisticStore() }
    const copied = run<Source, Outcome, never>(
      found,
      options,
      (source, onProgress) =>
        source.error === undefined
          ? Effect.catch(CopyBetween.copy(where, toPublic(source), options, onProgress), (error) =>
              Effect.succeed<Outcome>({ ...toPublic(source), _tag: "Failed", error })
            )
          : Effect.succeed<Outcome>({ ...toPublic(source), _tag: "Failed", error: source.error }),
      passedOver
    )
    if (!deleteSource || !emptyFolders || plan || top === "/") return copied
    const emptied = Effect.gen(function* () {
      // A directory without anything in it is moved, too.
      yield* to.namespace.makeDirectory(to.path)
      return yield* deleteEmptied(from.namespace, top, isWanted)
    })
    return Stream.concat(
      copied,
      Stream.map(Stream.fromIterableEffect(emptied), ({ error, path }): Outcome => {
        const name = path.slice(top.length + 1)
        const at = name === "" ? to.path : childPath(withoutSlash(to.path), name)
        return { _tag: "Failed", kind: "folder", name, from: path, to: at, size: 0, error }
      })
    )
  })
}

interface Source extends CopyEntry {
  /** Where it is, as `withEmpty` asks for it. */
  readonly path: string
  readonly mark: string | undefined
  readonly error: HcpError | undefined
}

const kindOf = { Object: "file", Directory: "folder", Symlink: "symlink" } as const

const sourceOf = (entry: Entry, top: string, to: string): Source => {
  const name = entry.path.slice(top === "/" ? 1 : top.length + 1)
  return {
    kind: kindOf[entry._tag],
    name,
    from: entry.path,
    path: entry.path,
    to: childPath(to, name),
    size: entry._tag === "Object" ? entry.size : 0,
    mark: markOf(entry),
    error: unreadableName(entry)
  }
}

const toPublic = ({ from, kind, name, size, to }: CopyEntry): CopyEntry => ({ kind, name, from, to, size })

const passedOver = (source: Source): Skipped => ({ ...toPublic(source), _tag: "Skipped", reason: "journal" })

const withoutSlash = (path: string): string => (path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path)
