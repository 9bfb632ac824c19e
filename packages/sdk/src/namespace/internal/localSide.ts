/**
 * A folder of this computer as a side of a comparison.
 *
 * @internal
 */
import { lstat, type Stats } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as HcpBody from "../../HcpBody.ts"
import { LocalError } from "../../LocalError.ts"
import { isDraftName } from "./draftName.ts"
import { attempt, orAbsent } from "./localError.ts"
import type { Include, Side, SideEntry } from "./side.ts"
import { problemOf } from "./transferNames.ts"
import { walkLocal } from "./transferWalk.ts"

const rules = path.sep === "\\" ? "windows" : "posix"

/** @internal */
export const localSide = (folder: string, include: Include): Side => {
  const at = (name: string): string => path.join(folder, ...name.split("/"))
  // What can have no name here is not here.
  const isPossible = (name: string): boolean => name.split("/").every((part) => problemOf(part, rules) === undefined)
  const entryOf = (found: Omit<SideEntry, "content">, identity?: HcpBody.FileIdentity): SideEntry => ({
    ...found,
    content: { size: found.size, hash: undefined, body: HcpBody.file(at(found.name), { identity }) }
  })
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
    entries: walkLocal(folder, { follow: false, include }).pipe(
      Stream.filter(({ kind, name }) => kind !== "file" || !isDraftName(path.posix.basename(name))),
      Stream.map(({ error, identity, kind, name, size }) => entryOf({ kind, name, size, error }, identity))
    ),
    find: (name) =>
      isPossible(name)
        ? Effect.map(statOf(at(name)), (stats) =>
            stats === undefined
              ? undefined
              : entryOf({
                  name,
                  kind: stats.isFile()
                    ? "file"
                    : stats.isDirectory()
                      ? "folder"
                      : stats.isSymbolicLink()
                        ? "symlink"
                        : "special",
                  size: stats.size,
                  error: undefined
                })
          )
        : Effect.succeed(undefined),
    remove: (name) => attempt("remove", at(name), () => fs.unlink(at(name)))
  }
}

/** What is there; nothing also where what is above is no folder. */
const statOf = (file: string): Effect.Effect<Stats | undefined, LocalError> =>
  Effect.catch(
    orAbsent<Stats>("read", file, (callback) => lstat(file, callback)),
    (error) => (error.code === "ENOTDIR" ? Effect.succeed(undefined) : Effect.fail(error))
  )
