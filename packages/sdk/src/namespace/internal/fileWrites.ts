/**
 * Storing files, making directories, and removing both.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as PlatformError from "effect/PlatformError"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import * as HcpBody from "../../HcpBody.ts"
import type { PutOptions } from "../StoreOptions.ts"
import { type FileTree, find, isDirectory, locate, lookUp, parentOf } from "./fileTree.ts"
import { badArgument, fromHcp, type Place, systemError } from "./platformErrors.ts"

/** The settings that every file of the system is stored with. */
export const settingsOf = ({ options: { index, retention, shred } }: FileTree) => ({ index, retention, shred })

interface WriteOptions {
  readonly flag?: FileSystem.OpenFlag | undefined
  readonly mode?: number | undefined
}

const noModes = "mode: HCP keeps no modes of files"

/** What to do where a file is, by the flag. */
const ifExists = (
  place: Place,
  { flag = "w", mode }: WriteOptions = {}
): Effect.Effect<PutOptions["ifExists"], PlatformError.PlatformError> => {
  if (mode !== undefined) return Effect.fail(badArgument(place, noModes))
  if (flag === "w" || flag === "wx") return Effect.succeed(flag === "w" ? "replace" : "fail")
  return Effect.fail(badArgument(place, `flag "${flag}": HCP stores whole objects, and changes none; use "w" or "wx"`))
}

const put = Effect.fnUntraced(function* (
  tree: FileTree,
  place: Place,
  body: HcpBody.HcpBody,
  options: WriteOptions | undefined
): Effect.fn.Return<void, PlatformError.PlatformError> {
  const mode = yield* ifExists(place, options)
  const at = yield* locate(tree, place)
  yield* tree.ns.put(at, body, { ...settingsOf(tree), ifExists: mode }).pipe(
    Effect.mapError((error) =>
      // A directory is in the way, whatever the flag says.
      error.reason._tag === "ObjectExists" && error.reason.kind === "directory" && mode === "replace"
        ? systemError(place, "BadResource", error.message, error)
        : fromHcp(place)(error)
    )
  )
})

export const writeFile =
  (tree: FileTree): FileSystem.FileSystem["writeFile"] =>
  (path, data, options) =>
    put(tree, { method: "writeFile", path }, HcpBody.bytes(data), options)

export const sink =
  (tree: FileTree): FileSystem.FileSystem["sink"] =>
  (path, options) =>
    Sink.fromTransform((upstream) =>
      Effect.gen(function* () {
        const context = yield* Effect.context<never>()
        let broken: Cause.Cause<never> | undefined
        // What the stream itself fails with belongs to whoever runs it, as it is.
        const watched = Effect.onError(Effect.provideContext(upstream, context), (cause) =>
          Effect.sync(() => {
            const failure = Pull.filterNoDone(cause)
            if (Result.isSuccess(failure) && !Cause.hasInterruptsOnly(failure.success)) broken = failure.success
          })
        )
        const data = Stream.fromPull(Effect.succeed(watched))
        yield* Effect.catchCause(put(tree, { method: "sink", path }, HcpBody.streamOnce(data), options), (cause) =>
          Effect.failCause(broken ?? cause)
        )
        return [undefined] as const
      })
    )

/** Truncates: HCP can only store something else instead. */
export const truncate =
  (tree: FileTree): FileSystem.FileSystem["truncate"] =>
  (path, length = 0) => {
    const place = { method: "truncate", path }
    if (length !== 0) return Effect.fail(badArgument(place, "length: HCP stores whole objects; only 0 is possible"))
    return Effect.flatMap(find(tree, place), () => put(tree, place, HcpBody.empty, undefined))
  }

export const makeDirectory =
  (tree: FileTree): FileSystem.FileSystem["makeDirectory"] =>
  (path, { mode, recursive } = {}) => {
    const place = { method: "makeDirectory", path }
    if (mode !== undefined) return Effect.fail(badArgument(place, noModes))
    return Effect.gen(function* () {
      const at = yield* locate(tree, place)
      if (at === (tree.root || "/")) {
        if (recursive !== true) return yield* systemError(place, "AlreadyExists", "it is the root")
        if (at === "/") return
      }
      // HCP makes the directories above by itself.
      if (recursive !== true && parentOf(at) !== (tree.root || "/")) {
        const above = yield* lookUp(tree, place, parentOf(at))
        if (above.type !== "directory") return yield* systemError(place, "BadResource", "above it is a file")
      }
      yield* Effect.mapError(
        tree.ns.makeDirectory(at, { ifExists: recursive === true ? "accept" : "fail" }),
        fromHcp(place)
      )
    })
  }

export const remove =
  (tree: FileTree): FileSystem.FileSystem["remove"] =>
  (path, { force, recursive } = {}) => {
    const place = { method: "remove", path }
    const removed = Effect.gen(function* () {
      const at = yield* locate(tree, place)
      if (at === (tree.root || "/")) return yield* badArgument(place, "the root cannot be removed")
      // A link that leads nowhere is not found, and removed nevertheless.
      const metadata = yield* Effect.orElseSucceed(lookUp(tree, place, at), () => undefined)
      if (metadata === undefined || !isDirectory(metadata)) {
        return yield* Effect.mapError(tree.ns.delete(at), fromHcp(place))
      }
      if (recursive !== true) {
        return yield* systemError(place, "BadResource", "it is a directory; give `recursive: true`")
      }
      yield* removeTree(tree, place, at)
    })
    return force === true
      ? Effect.catchTag(removed, "PlatformError", (error) =>
          error.reason._tag === "NotFound" ? Effect.void : Effect.fail(error)
        )
      : removed
  }

/** Removes what can be removed, and fails with the first thing that cannot. */
const removeTree = (tree: FileTree, place: Place, at: string): Effect.Effect<void, PlatformError.PlatformError> =>
  tree.ns.deleteTree(at).pipe(
    Stream.filter((outcome) => outcome._tag === "Failed"),
    Stream.runCollect,
    Effect.mapError(fromHcp(place)),
    Effect.flatMap(([first]) => {
      if (first?._tag !== "Failed") return Effect.void
      return Effect.fail(fromHcp({ ...place, path: first.path.slice(tree.root.length) })(first.error))
    })
  )
