/**
 * The part of a namespace that is a file system: from its paths to those of the namespace, and what is there.
 *
 * @internal
 */
import * as ByteSize from "effect/ByteSize"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as PlatformError from "effect/PlatformError"
import type { Options } from "../FileSystemOptions.ts"
import type * as Namespace from "../Namespace.ts"
import type { ObjectMetadata } from "../ObjectMetadata.ts"
import { fromHcp, type Place, systemError } from "./platformErrors.ts"
import { childPath } from "./restPath.ts"

/** A file system: the namespace, and where in it. */
export interface FileTree {
  readonly ns: Namespace.Shape
  /** The directory that is its root, without a slash at its end. */
  readonly root: string
  readonly tempDirectory: string
  readonly options: Options
}

/** A path without anything that is not a name: `/a/b` for `a//./c/../b/`. Above the root is the root. */
export const plainPath = (path: string): string => {
  const names: Array<string> = []
  for (const name of path.split("/")) {
    if (name === "..") names.pop()
    else if (name !== "" && name !== ".") names.push(name)
  }
  return `/${names.join("/")}`
}

export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/"

/** The path in the namespace. The empty path is that of nothing, as everywhere. */
export const locate = ({ root }: FileTree, place: Place): Effect.Effect<string, PlatformError.PlatformError> => {
  if (place.path === "") return Effect.fail(systemError(place, "NotFound", "the path is empty"))
  const path = plainPath(place.path)
  return Effect.succeed(path === "/" ? root || "/" : root + path)
}

export const isDirectory = ({ symlinkTarget, type }: ObjectMetadata): boolean =>
  type === "directory" && symlinkTarget === undefined

/** What is stored at a path of the namespace. */
export const lookUp = (
  { ns }: FileTree,
  place: Place,
  at: string
): Effect.Effect<ObjectMetadata, PlatformError.PlatformError> => Effect.mapError(ns.head(at), fromHcp(place))

/** What is stored at a path of the file system. */
export const find = (
  tree: FileTree,
  place: Place
): Effect.Effect<{ readonly at: string; readonly metadata: ObjectMetadata }, PlatformError.PlatformError> =>
  Effect.flatMap(locate(tree, place), (at) => Effect.map(lookUp(tree, place, at), (metadata) => ({ at, metadata })))

/** The child of a path of the namespace. */
export const below = childPath

const dateOf = (at: DateTime.Utc | undefined): Option.Option<Date> =>
  Option.map(Option.fromUndefinedOr(at), DateTime.toDateUtc)

/** What a file system says of an object or a directory. Nobody knows what HCP has on its disks. */
export const infoOf = (
  place: Place,
  metadata: ObjectMetadata,
  type: FileSystem.File.Type = metadata.type === "directory" ? "Directory" : "File"
): Effect.Effect<FileSystem.File.Info, PlatformError.PlatformError> => {
  const { changedAt, createdAt, gid, size, uid } = metadata
  if (type === "File" && size === undefined) {
    return Effect.fail(systemError(place, "InvalidData", "HCP does not say which size it has"))
  }
  return Effect.succeed({
    type,
    mtime: dateOf(type === "Directory" ? changedAt?.at : (createdAt ?? changedAt?.at)),
    atime: Option.none(),
    birthtime: dateOf(createdAt),
    dev: 0n,
    ino: Option.none(),
    mode: modes[type === "Directory" ? "Directory" : type === "SymbolicLink" ? "SymbolicLink" : "File"],
    nlink: Option.none(),
    uid: Option.fromUndefinedOr(uid),
    gid: Option.fromUndefinedOr(gid),
    rdev: Option.none(),
    size: ByteSize.bytes(size ?? 0),
    blksize: Option.none(),
    blocks: Option.none()
  })
}

const modes = { File: 0o100644, Directory: 0o40755, SymbolicLink: 0o120777 } as const
