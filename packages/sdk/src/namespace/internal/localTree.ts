/**
 * A folder of this computer as a tree.
 *
 * @internal
 */
import { lstat, type Stats } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as HcpBody from "../../HcpBody.ts"
import type { HcpError } from "../../HcpError.ts"
import { LocalError } from "../../LocalError.ts"
import type { Tree, TreeEntry } from "../TreeEntry.ts"
import { bytesOf } from "./bodyStream.ts"
import { isDraftName } from "./draftName.ts"
import { attempt, orAbsent } from "./localError.ts"
import { draft, existing, Folders, makeRoot } from "./transferDisk.ts"
import { problemOf } from "./transferNames.ts"
import { walkLocal } from "./transferWalk.ts"

const rules = path.sep === "\\" ? "windows" : "posix"

/** @internal */
export const localTree = (folder: string): Tree => {
  const at = (name: string): string => path.join(folder, ...name.split("/"))
  // What can have no name here is not here.
  const problemIn = (name: string): string | undefined =>
    name
      .split("/")
      .map((part) => problemOf(part, rules))
      .find((problem) => problem !== undefined)
  // Looked through once for all that is stored: what killed processes left in them goes then.
  let opened: { readonly root: string; readonly folders: Folders } | undefined
  const open = Effect.suspend(() =>
    opened === undefined
      ? Effect.map(makeRoot(folder, false), (root) => {
          opened ??= { root, folders: new Folders(root) }
          return opened
        })
      : Effect.succeed(opened)
  )
  return {
    at,
    isThere: Effect.flatMap(
      attempt("open", folder, () => fs.stat(folder)),
      (stats) =>
        stats.isDirectory()
          ? Effect.void
          : Effect.fail(
              new LocalError({ operation: "open", file: folder, reason: "WrongKind", detail: "it is no folder" })
            )
    ),
    entries: (include) =>
      walkLocal(folder, { follow: false, include }).pipe(
        Stream.filter(({ kind, name }) => kind !== "file" || !isDraftName(path.posix.basename(name))),
        Stream.map(
          ({ error, identity, kind, modified, name, size }): TreeEntry => ({
            kind,
            name,
            size,
            modifiedAt: modified === undefined ? undefined : DateTime.makeUnsafe(Number(modified / 1_000_000n)),
            hashes: [],
            mark: modified === undefined ? undefined : `${size} ${modified}`,
            error,
            body: HcpBody.file(at(name), { identity })
          })
        )
      ),
    find: (name) =>
      problemIn(name) === undefined
        ? Effect.map(statOf(at(name)), (stats) =>
            stats === undefined
              ? undefined
              : {
                  kind: kindOf(stats),
                  name,
                  size: stats.size,
                  modifiedAt: DateTime.makeUnsafe(Math.floor(stats.mtimeMs)),
                  hashes: [],
                  mark: undefined,
                  error: undefined,
                  body: HcpBody.file(at(name))
                }
          )
        : Effect.succeed(undefined),
    delete: (name) => attempt("remove", at(name), () => fs.unlink(at(name))),
    put: (name, { body, entry, replace }) => {
      const problem = problemIn(name) ?? (isDraftName(path.posix.basename(name)) ? draftNamed : undefined)
      if (problem !== undefined) {
        const detail = `${problem} (${JSON.stringify(name)}); copy it to another name first`
        return Effect.fail(new LocalError({ operation: "write into", file: folder, reason: "UnsafeName", detail }))
      }
      const names = name.split("/")
      const { size } = entry
      return Effect.gen(function* (): Effect.fn.Return<void, HcpError | LocalError, Scope.Scope> {
        const { folders, root } = yield* open
        if (!(yield* folders.isEmpty(names.slice(0, -1), false))) yield* existing(root, names)
        const target = yield* draft(root, names, { replace, size })
        yield* target.append(bytesOf(body))
        yield* target.finish
      }).pipe(Effect.scoped)
    }
  }
}

const draftNamed = "the name is that of an unfinished download"

const kindOf = (stats: Stats): TreeEntry["kind"] =>
  stats.isFile() ? "file" : stats.isDirectory() ? "folder" : stats.isSymbolicLink() ? "symlink" : "special"

/** What is there; nothing also where what is above is no folder. */
const statOf = (file: string): Effect.Effect<Stats | undefined, LocalError> =>
  Effect.catch(
    orAbsent<Stats>("read", file, (callback) => lstat(file, callback)),
    (error) => (error.code === "ENOTDIR" ? Effect.succeed(undefined) : Effect.fail(error))
  )
