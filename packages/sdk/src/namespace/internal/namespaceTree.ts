/**
 * A directory of a namespace as a tree.
 *
 * @internal
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { HcpError } from "../../HcpError.ts"
import type { Hash } from "../../ObjectHash.ts"
import { NotADirectory } from "../../ObjectReason.ts"
import type { Entry } from "../DirectoryEntry.ts"
import type * as Namespace from "../Namespace.ts"
import type { PutOptions, Settings } from "../StoreOptions.ts"
import type { Tree, TreeEntry } from "../TreeEntry.ts"
import { find } from "./copyData.ts"
import { markOf } from "./entryMark.ts"
import { onCondition } from "./onCondition.ts"
import { childPath } from "./restPath.ts"
import { contentOf } from "./sameContent.ts"
import { unreadableName } from "./unreadableName.ts"

const kinds = { Object: "file", Directory: "folder", Symlink: "symlink" } as const

interface Options {
  readonly settings?: Pick<Settings, "retention" | "hold" | "index" | "shred"> | undefined
  readonly replace?: "newVersion" | "replace" | undefined
}

/** What HCP says of the bytes of an object. */
interface Described {
  readonly size: number | undefined
  readonly hash: Hash | undefined
  readonly etag: string | undefined
  readonly createdAt: DateTime.Utc | undefined
}

/** @internal */
export const namespaceTree = (
  namespace: Namespace.Namespace["Service"],
  path: string,
  { replace: replaces = "newVersion", settings }: Options = {}
): Tree => {
  const top = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path
  const at = (name: string): string => childPath(top, name)
  const nameOf = (entry: Entry): string => entry.path.slice(top === "/" ? 1 : top.length + 1)
  const described = (name: string, found: Described): Pick<TreeEntry, "size" | "modifiedAt" | "hashes" | "body"> => ({
    size: found.size,
    modifiedAt: found.createdAt,
    hashes: hashesOf(found),
    body: contentOf(namespace, at(name), found).body
  })
  const toEntry = (entry: Entry): TreeEntry => {
    const name = nameOf(entry)
    return {
      kind: kinds[entry._tag],
      name,
      mark: markOf(entry),
      error: unreadableName(entry),
      ...described(name, entry._tag === "Object" ? entry : { ...nothing, createdAt: undefined })
    }
  }
  return {
    attempts: namespace.attempts,
    at,
    isThere: Effect.flatMap(namespace.head(top), ({ type }) =>
      type === "directory"
        ? Effect.void
        : Effect.fail(new HcpError({ operation: "GET", path: top, reached: "answer", reason: new NotADirectory() }))
    ),
    entries: (include) => {
      const isWanted = (entry: Entry): boolean => include({ kind: kinds[entry._tag], name: nameOf(entry) })
      return namespace.walk(top, { descend: isWanted }).pipe(Stream.filter(isWanted), Stream.map(toEntry))
    },
    find: (name) =>
      Effect.map(find(namespace, at(name)), (found) =>
        found === undefined
          ? undefined
          : {
              kind: found.symlinkTarget !== undefined ? "symlink" : found.type === "directory" ? "folder" : "file",
              name,
              mark: undefined,
              error: undefined,
              ...described(name, found)
            }
      ),
    delete: (name) => namespace.delete(at(name)),
    put: Effect.fnUntraced(function* (name, { body, onProgress, replace }): Effect.fn.Return<void, HcpError> {
      // What is replaced is looked at once more, so that a lost answer does not store a second version.
      const condition: Pick<PutOptions, "ifExists" | "ifMatch"> = replace
        ? onCondition(replaces, { stored: yield* find(namespace, at(name)) })
        : { ifExists: "fail" }
      yield* namespace.put(at(name), body, { ...settings, ...condition, onProgress })
    })
  }
}

const nothing = { size: 0, hash: undefined, etag: undefined }

/** The MD5 that an ETag is may be all that another gateway knows. That of an object stored in parts is none. */
const hashesOf = ({ etag, hash }: Described): ReadonlyArray<Hash> => {
  const md5 = /^"?([0-9a-f]{32})"?$/i.exec(etag ?? "")?.[1]
  return [
    ...(hash === undefined ? [] : [hash]),
    ...(md5 === undefined || hash?.algorithm === "MD5" ? [] : [{ algorithm: "MD5", hex: md5.toLowerCase() }])
  ]
}
