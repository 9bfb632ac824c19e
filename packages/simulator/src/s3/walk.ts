/**
 * Goes through the keys of a bucket in order, page by page.
 *
 * @internal
 */
import type { DirectoryEntry, Entry, ObjectEntry } from "../ObjectTree.ts"
import { compareKeys, indexFrom, type Named, type SortedNames } from "./sortedNames.ts"

/** What a walk looks for. */
export interface Search {
  readonly prefix: string
  readonly delimiter: string
  /** Keys up to this one are left out; empty for none. */
  readonly after: string
  /** Whether the entry of the key `after` itself comes again, because not all of it fitted on the page before. */
  readonly inclusive?: boolean | undefined
  /** Whether folders are entries themselves. */
  readonly withFolders: boolean
  readonly isWanted: (entry: Entry) => boolean
}

/** @internal */
export type Found =
  | { readonly _tag: "Object"; readonly key: string; readonly entry: ObjectEntry }
  | { readonly _tag: "Folder"; readonly key: string; readonly entry: DirectoryEntry }
  | { readonly _tag: "Prefix"; readonly key: string }

/** Whether nothing below a folder can be on the page, because the page before went past it. */
const isPast = (folder: string, { after, prefix }: Search): boolean =>
  after !== "" &&
  !after.startsWith(folder) &&
  // A marker that names a folder without its slash leaves out all that is in it, unless the folder itself is asked for.
  (compareKeys(folder, after) < 0 || (folder === `${after}/` && !prefix.startsWith(folder)))

const groupOf = (key: string, { delimiter, prefix }: Search): string | undefined => {
  if (delimiter === "") return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}

/**
 * What is found, in order; made while it is asked for.
 *
 * @internal
 */
export function* walk(root: DirectoryEntry, sorted: SortedNames, search: Search): Generator<Found> {
  let lastGroup: string | undefined
  const { after, inclusive, isWanted, prefix, withFolders } = search

  const hasWanted = (directory: DirectoryEntry): boolean => {
    for (const child of directory.children.values()) {
      if (child._tag === "Directory" ? hasWanted(child) : isWanted(child)) return true
    }
    return false
  }

  const isAfter = (key: string): boolean => {
    const order = compareKeys(key, after)
    return after === "" || order > 0 || (order === 0 && inclusive === true)
  }

  function* grouped(found: Exclude<Found, { readonly _tag: "Prefix" }>): Generator<Found> {
    const group = groupOf(found.key, search)
    if (group === undefined) {
      if (isAfter(found.key)) yield found
    } else if (group !== lastGroup && compareKeys(group, after) > 0) {
      lastGroup = group
      yield { _tag: "Prefix", key: group }
    }
  }

  /** Where in a directory the first key can be that begins with the prefix and comes after the marker. */
  const firstIndex = (names: ReadonlyArray<Named>, base: string): number =>
    Math.max(
      ...[prefix, after].map((wanted) =>
        wanted.startsWith(base) ? indexFrom(names, wanted.slice(base.length).split("/", 1)[0] ?? "") : 0
      )
    )

  function* below(directory: DirectoryEntry, base: string): Generator<Found> {
    const names = sorted(directory)
    for (let index = firstIndex(names, base); index < names.length; index++) {
      const named = names[index]
      const entry = named === undefined ? undefined : directory.children.get(named.child)
      if (named === undefined || entry === undefined) continue
      const key = base + named.name
      const isInside = key.startsWith(prefix)
      if (!isInside && !prefix.startsWith(key)) {
        if (compareKeys(key, prefix) > 0) return
        continue
      }
      if (entry._tag === "Object") {
        if (isInside && isWanted(entry)) yield* grouped({ _tag: "Object", key, entry })
        continue
      }
      if (isPast(key, search)) continue
      const group = isInside ? groupOf(key, search) : undefined
      const isShown = withFolders ? isWanted(entry) : group !== undefined && hasWanted(entry)
      if (isInside && isShown) yield* grouped({ _tag: "Folder", key, entry })
      // Whatever is in a folder that is a group belongs to this group.
      if (group === undefined || search.delimiter !== "/") yield* below(entry, key)
    }
  }

  yield* below(root, "")
}
