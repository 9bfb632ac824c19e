/**
 * A directory of a namespace as a side of a comparison.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { HcpError } from "../../HcpError.ts"
import { NotADirectory } from "../../ObjectReason.ts"
import type { Entry } from "../DirectoryEntry.ts"
import type * as Namespace from "../Namespace.ts"
import { find } from "./copyData.ts"
import { childPath } from "./restPath.ts"
import { contentOf } from "./sameContent.ts"
import type { Include, Side, SideEntry } from "./side.ts"
import { unreadableName } from "./unreadableName.ts"

const kinds = { Object: "file", Directory: "folder", Symlink: "symlink" } as const

/** @internal */
export const namespaceSide = (namespace: Namespace.Namespace["Service"], path: string, include: Include): Side => {
  const top = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path
  const at = (name: string): string => childPath(top, name)
  const nameOf = (entry: Entry): string => entry.path.slice(top === "/" ? 1 : top.length + 1)
  const isWanted = (entry: Entry): boolean => include({ kind: kinds[entry._tag], name: nameOf(entry) })
  const toEntry = (entry: Entry): SideEntry => {
    const size = entry._tag === "Object" ? entry.size : 0
    return {
      kind: kinds[entry._tag],
      name: nameOf(entry),
      size,
      error: unreadableName(entry),
      content: contentOf(namespace, entry.path, { size, hash: entry._tag === "Object" ? entry.hash : undefined })
    }
  }
  return {
    at,
    isThere: Effect.flatMap(namespace.head(top), ({ type }) =>
      type === "directory"
        ? Effect.void
        : Effect.fail(new HcpError({ operation: "GET", path: top, reached: "answer", reason: new NotADirectory() }))
    ),
    entries: namespace.walk(top, { descend: isWanted }).pipe(Stream.filter(isWanted), Stream.map(toEntry)),
    find: (name) =>
      Effect.map(find(namespace, at(name)), (found) =>
        found === undefined
          ? undefined
          : {
              kind: found.symlinkTarget !== undefined ? "symlink" : found.type === "directory" ? "folder" : "file",
              name,
              size: found.size,
              error: undefined,
              content: contentOf(namespace, at(name), found)
            }
      ),
    remove: (name) => namespace.delete(at(name))
  }
}
