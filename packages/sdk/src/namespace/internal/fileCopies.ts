/**
 * Copying and renaming: HCP copies by itself, and renames nothing.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as PlatformError from "effect/PlatformError"
import * as Stream from "effect/Stream"
import * as HcpBody from "../../HcpBody.ts"
import type { HcpError } from "../../HcpError.ts"
import { type ObjectMetadata, protection } from "../ObjectMetadata.ts"
import { below, type FileTree, find, isDirectory, locate } from "./fileTree.ts"
import { settingsOf } from "./fileWrites.ts"
import { badArgument, fromHcp, type Place, systemError } from "./platformErrors.ts"

const concurrency = 8

/** Copies inside HCP, where that is possible, and through the program where a file has to be replaced. */
const replaceBy = (
  tree: FileTree,
  from: string,
  to: string,
  size: number | undefined
): Effect.Effect<void, HcpError> => {
  const { ns } = tree
  const body = HcpBody.stream(() => ns.stream(from), { length: size })
  return ns.copy(from, to, { ...settingsOf(tree), ifExists: "newVersion" }).pipe(
    Effect.catchReason("HcpError", "ObjectExists", (reason, error) =>
      reason.kind === "directory" ? Effect.fail(error) : ns.put(to, body, { ...settingsOf(tree), ifExists: "replace" })
    ),
    Effect.asVoid
  )
}

const copyOne = (
  tree: FileTree,
  place: Place,
  file: { readonly from: string; readonly to: string; readonly size: number | undefined },
  overwrite: boolean
): Effect.Effect<void, PlatformError.PlatformError> => {
  const { from, size, to } = file
  const copied = overwrite
    ? replaceBy(tree, from, to, size)
    : // What is there stays, as with `cp`.
      Effect.asVoid(tree.ns.copy(from, to, settingsOf(tree))).pipe(
        Effect.catchReason("HcpError", "ObjectExists", (reason, error) =>
          reason.kind === "directory" ? Effect.fail(error) : Effect.void
        )
      )
  return Effect.mapError(copied, fromHcp(place))
}

/** Both ends of it, in the namespace. */
const endsOf = Effect.fnUntraced(function* (tree: FileTree, place: Place, toPath: string) {
  const source = yield* find(tree, place)
  return { ...source, to: yield* locate(tree, { ...place, path: toPath }) }
})

export const copyFile =
  (tree: FileTree): FileSystem.FileSystem["copyFile"] =>
  (fromPath, toPath) => {
    const place = { method: "copyFile", path: fromPath }
    return Effect.gen(function* () {
      const { at, metadata, to } = yield* endsOf(tree, place, toPath)
      if (metadata.type === "directory") return yield* systemError(place, "BadResource", "it is a directory")
      if (at === to) return yield* badArgument(place, "a file cannot be copied onto itself")
      yield* copyOne(tree, place, { from: at, to, size: metadata.size }, true)
    })
  }

export const copy =
  (tree: FileTree): FileSystem.FileSystem["copy"] =>
  (fromPath, toPath, { overwrite = false, preserveTimestamps } = {}) => {
    const place = { method: "copy", path: fromPath }
    if (preserveTimestamps === true) {
      return Effect.fail(badArgument(place, "preserveTimestamps: HCP says itself when something was stored"))
    }
    return Effect.gen(function* () {
      const { at, metadata, to } = yield* endsOf(tree, place, toPath)
      if (at === to) return yield* badArgument(place, "nothing can be copied onto itself")
      if (metadata.type !== "directory") {
        return yield* copyOne(tree, place, { from: at, to, size: metadata.size }, overwrite)
      }
      if (to.startsWith(below(at, ""))) return yield* badArgument(place, "a directory cannot be copied into itself")
      yield* made(tree, place, to)
      yield* tree.ns.walk(at).pipe(
        Stream.mapError(fromHcp(place)),
        Stream.mapEffect(
          (entry) => {
            const target = to + entry.path.slice(at === "/" ? 0 : at.length)
            const here = { ...place, path: entry.path.slice(tree.root.length) }
            if (entry._tag === "Directory") return made(tree, here, target)
            if (entry._tag === "Symlink")
              return Effect.fail(badArgument(here, `${here.path} is a symbolic link, which HCP copies none of`))
            return copyOne(tree, here, { from: entry.path, to: target, size: entry.size }, overwrite)
          },
          { concurrency }
        ),
        Stream.runDrain
      )
    })
  }

const made = ({ ns }: FileTree, place: Place, at: string): Effect.Effect<void, PlatformError.PlatformError> =>
  at === "/" ? Effect.void : Effect.asVoid(Effect.mapError(ns.makeDirectory(at), fromHcp(place)))

const renameOne = Effect.fnUntraced(function* (
  tree: FileTree,
  from: string,
  to: string,
  metadata: ObjectMetadata
): Effect.fn.Return<void, HcpError> {
  const { ns } = tree
  const same = { ifMatch: metadata.etag }
  const hasMore = metadata.hasAnnotations === true || metadata.hasAcl === true
  yield* ns
    .copy(from, to, { metadata: "all", ifExists: "newVersion", source: same })
    .pipe(
      Effect.catchReason("HcpError", "ObjectExists", (reason, error) =>
        reason.kind === "directory" || hasMore ? Effect.fail(error) : replaceBy(tree, from, to, metadata.size)
      )
    )
  yield* ns.delete(from)
})

export const rename =
  (tree: FileTree): FileSystem.FileSystem["rename"] =>
  (oldPath, newPath) => {
    const place = { method: "rename", path: oldPath }
    return Effect.gen(function* () {
      const { at, metadata, to } = yield* endsOf(tree, place, newPath)
      if (at === to) return
      if (isDirectory(metadata)) {
        return yield* badArgument(place, "HCP renames no directories; use `copy`, and `remove` when it is complete")
      }
      if (metadata.symlinkTarget !== undefined) return yield* badArgument(place, "HCP makes no symbolic links")
      // Before anything is stored twice.
      const now = metadata.systemTime ?? (yield* DateTime.now)
      const by = Option.getOrUndefined(protection(metadata, now))
      if (by !== undefined) {
        const why = by === "hold" ? "on hold" : `under retention: ${metadata.retentionText ?? "until when is unknown"}`
        return yield* systemError(place, "PermissionDenied", `the file is ${why}, so it cannot be removed here`)
      }
      yield* Effect.mapError(renameOne(tree, at, to, metadata), fromHcp(place))
    })
  }
