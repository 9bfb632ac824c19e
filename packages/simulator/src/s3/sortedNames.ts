/**
 * The entries of a directory in the order of their keys.
 *
 * @internal
 */
import type { DirectoryEntry } from "../ObjectTree.ts"

/** The name of an entry, also as it stands in a key: that of a folder ends in a slash. */
export interface Named {
  readonly name: string
  readonly child: string
}

/** @internal */
export type SortedNames = (directory: DirectoryEntry) => ReadonlyArray<Named>

/** Keys are ordered by the bytes of UTF-8, in which the surrogates of UTF-16 come last. */
const rank = (unit: number): number => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit)

/** @internal */
export const compareKeys = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const [x, y] = [a.charCodeAt(index), b.charCodeAt(index)]
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/**
 * Sorts a directory once and remembers it until the directory changes, because each page of a listing needs it again.
 *
 * @internal
 */
export const make = (): SortedNames => {
  interface Sorted {
    readonly changed: DirectoryEntry["changed"]
    readonly size: number
    readonly names: ReadonlyArray<Named>
  }
  const known = new WeakMap<DirectoryEntry, Sorted>()
  return (directory) => {
    const { changed, children } = directory
    const before = known.get(directory)
    if (before !== undefined && before.changed === changed && before.size === children.size) return before.names
    const names = [...children.values()]
      .map(({ _tag, name }) => ({ name: _tag === "Directory" ? `${name}/` : name, child: name }))
      .sort((a, b) => compareKeys(a.name, b.name))
    known.set(directory, { changed, size: children.size, names })
    return names
  }
}

/**
 * The first of the names that is not before `wanted`.
 *
 * @internal
 */
export const indexFrom = (names: ReadonlyArray<Named>, wanted: string): number => {
  let [low, high] = [0, names.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareKeys(names[middle]?.name ?? "", wanted) < 0) low = middle + 1
    else high = middle
  }
  return low
}
