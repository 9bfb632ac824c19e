/**
 * The contents of one namespace: directories, objects and their versions, by decoded path segments.
 *
 * It holds metadata only and changes only by {@link Change}s; the rules of who may change what are the gateways'.
 *
 * @since 0.1.0
 */
import type { Grant } from "./Acl.ts"
import { type Change, type ChangeTime, isLater, type ObjectVersion } from "./Change.ts"

/**
 * A directory. One that was deleted but still holds deleted objects stays, marked, for those who ask for deleted
 * entries.
 *
 * @category models
 * @since 0.1.0
 */
export interface DirectoryEntry {
  readonly _tag: "Directory"
  readonly name: string
  readonly changed: ChangeTime
  readonly deleted: boolean
  readonly children: ReadonlyMap<string, Entry>
}

/**
 * An object: its versions, oldest first, delete markers among them.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectEntry {
  readonly _tag: "Object"
  readonly name: string
  readonly versions: ReadonlyArray<ObjectVersion>
  /** The access control list of all versions; `grants` is undefined where one was taken away. */
  readonly acl: { readonly grants: ReadonlyArray<Grant> | undefined; readonly changed: ChangeTime } | undefined
}

/**
 * What is found under a name.
 *
 * @category models
 * @since 0.1.0
 */
export type Entry = DirectoryEntry | ObjectEntry

/**
 * How much a namespace holds; delete markers count as versions but not as objects.
 *
 * @category models
 * @since 0.1.0
 */
export interface Counts {
  readonly objects: number
  readonly versions: number
  readonly bytes: number
  readonly shredObjects: number
  readonly shredBytes: number
  readonly annotatedObjects: number
  readonly annotationBytes: number
}

/**
 * The contents of one namespace.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectTree {
  /** What is at a path now, deleted entries included. The empty path is the root. */
  readonly find: (path: ReadonlyArray<string>) => Entry | undefined
  /** Applies a change and tells which blobs nobody needs any more. A change that does not fit any more does nothing. */
  readonly apply: (change: Change) => ReadonlyArray<string>
  readonly counts: () => Counts
  /** The changes that make this tree out of an empty one. */
  readonly changes: (namespace: string) => IterableIterator<Change>
}

interface MutableDirectory extends DirectoryEntry {
  changed: ChangeTime
  deleted: boolean
  readonly children: Map<string, MutableDirectory | MutableObject>
}

interface MutableObject extends ObjectEntry {
  versions: ReadonlyArray<ObjectVersion>
  acl: ObjectEntry["acl"]
}

/**
 * The newest version of an object, which may be a delete marker.
 *
 * @category combinators
 * @since 0.1.0
 */
export const newest = (entry: ObjectEntry): ObjectVersion | undefined => entry.versions.at(-1)

/**
 * The version that a plain GET answers; undefined if the object is deleted.
 *
 * @category combinators
 * @since 0.1.0
 */
export const current = (entry: ObjectEntry): ObjectVersion | undefined => {
  const last = newest(entry)
  return last?.state === "created" ? last : undefined
}

/**
 * The access control list of an object; undefined if it has none.
 *
 * @category combinators
 * @since 0.1.0
 */
export const aclOf = (entry: ObjectEntry): ReadonlyArray<Grant> | undefined => entry.acl?.grants

/** The change that gives an object the access control list of another one, or none where that was taken away. @internal */
export const aclChange = (
  place: { readonly namespace: string; readonly path: ReadonlyArray<string>; readonly ids: ReadonlyArray<number> },
  {
    changed,
    grants = null
  }: { readonly grants?: ReadonlyArray<Grant> | null | undefined; readonly changed: ChangeTime }
): Change => ({ _tag: "PutAcl", ...place, grants, changed })

/**
 * Whether an entry is visible without asking for deleted ones.
 *
 * @category guards
 * @since 0.1.0
 */
export const isLive = (entry: Entry): boolean =>
  entry._tag === "Directory" ? !entry.deleted : current(entry) !== undefined

/**
 * Whether a directory holds nothing that is visible, so that it may be deleted.
 *
 * @category guards
 * @since 0.1.0
 */
export const isEmpty = (directory: DirectoryEntry): boolean => {
  for (const child of directory.children.values()) if (isLive(child)) return false
  return true
}

const blobsOf = (version: ObjectVersion): ReadonlyArray<string> => [
  ...(version.blob === "" ? [] : [version.blob]),
  ...version.annotations.map(({ blob }) => blob)
]

/**
 * An empty namespace. `created` is the change time of its root.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (created: ChangeTime): ObjectTree => {
  const root = newDirectory("", created)
  const totals = {
    objects: 0,
    versions: 0,
    bytes: 0,
    shredObjects: 0,
    shredBytes: 0,
    annotatedObjects: 0,
    annotationBytes: 0
  }

  const count = (version: ObjectVersion, sign: 1 | -1): void => {
    totals.versions += sign
    if (version.state === "deleted") return
    const annotationBytes = version.annotations.reduce((sum, { size }) => sum + size, 0)
    totals.bytes += sign * (version.size + annotationBytes)
    totals.shredObjects += version.shred ? sign : 0
    totals.shredBytes += version.shred ? sign * version.size : 0
    totals.annotatedObjects += version.annotations.length > 0 ? sign : 0
    totals.annotationBytes += sign * annotationBytes
  }

  const find = (path: ReadonlyArray<string>): MutableDirectory | MutableObject | undefined => {
    let entry: MutableDirectory | MutableObject | undefined = root
    for (const name of path) {
      if (entry?._tag !== "Directory") return undefined
      entry = entry.children.get(name)
    }
    return entry
  }

  /** The directory at a path, made with its parents where missing; undefined if an object is in the way. */
  const ensureDirectory = (path: ReadonlyArray<string>, changed: ChangeTime): MutableDirectory | undefined => {
    let directory = root
    for (const name of path) {
      let child = directory.children.get(name)
      if (child === undefined) {
        child = newDirectory(name, changed)
        directory.children.set(name, child)
        directory.changed = changed
      }
      if (child._tag === "Object") return undefined
      if (child.deleted) {
        child.deleted = false
        child.changed = changed
      }
      directory = child
    }
    return directory
  }

  /** Gives an object its new list of versions and returns what the old list needed and the new one does not. */
  const replaceVersions = (
    directory: MutableDirectory,
    entry: MutableObject,
    versions: ReadonlyArray<ObjectVersion>,
    changed: ChangeTime
  ): ReadonlyArray<string> => {
    const wasLive = current(entry) !== undefined
    const before = entry.versions
    const had = new Set(before)
    const has = new Set(versions)
    for (const version of before) if (!has.has(version)) count(version, -1)
    for (const version of versions) if (!had.has(version)) count(version, 1)
    entry.versions = versions
    const live = current(entry) !== undefined
    totals.objects += Number(live) - Number(wasLive)
    if (live !== wasLive) directory.changed = changed
    if (versions.length === 0) directory.children.delete(entry.name)
    const needed = new Set(versions.flatMap(blobsOf))
    return before.flatMap(blobsOf).filter((blob) => !needed.has(blob))
  }

  const putVersion = (path: ReadonlyArray<string>, version: ObjectVersion): ReadonlyArray<string> => {
    const name = path.at(-1)
    const directory = ensureDirectory(path.slice(0, -1), version.changed)
    const present = name === undefined ? undefined : directory?.children.get(name)
    if (name === undefined || directory === undefined || present?._tag === "Directory") return blobsOf(version)
    const entry: MutableObject = present ?? { _tag: "Object", name, versions: [], acl: undefined }
    directory.children.set(name, entry)
    // Replication may deliver a version that is older than one made here.
    const older = entry.versions.filter(({ id }) => id < version.id)
    const newer = entry.versions.filter(({ id }) => id > version.id)
    return replaceVersions(directory, entry, [...older, version, ...newer], version.changed)
  }

  const apply = (change: Change): ReadonlyArray<string> => {
    if (change._tag === "PutVersion") return putVersion(change.path, change.version)
    if (change._tag === "MakeDirectory") {
      ensureDirectory(change.path, change.changed)
      return []
    }
    const parent = find(change.path.slice(0, -1))
    const entry = find(change.path)
    if (parent?._tag !== "Directory" || entry === undefined || entry === root) return []
    if (change._tag === "PutAcl") {
      const fits = entry._tag === "Object" && entry.versions.some(({ id }) => change.ids.includes(id))
      if (fits && (entry.acl === undefined || isLater(change.changed, entry.acl.changed))) {
        entry.acl = { grants: change.grants ?? undefined, changed: change.changed }
      }
      return []
    }
    if (change._tag === "RemoveVersions") {
      if (entry._tag !== "Object") return []
      const remaining = entry.versions.filter(({ id }) => !change.ids.includes(id))
      return replaceVersions(parent, entry, remaining, change.changed)
    }
    if (entry._tag === "Directory" && isEmpty(entry)) {
      if (entry.children.size === 0) parent.children.delete(entry.name)
      entry.deleted = true
      entry.changed = change.changed
      parent.changed = change.changed
    }
    return []
  }

  function* changesBelow(
    namespace: string,
    directory: DirectoryEntry,
    path: ReadonlyArray<string>
  ): IterableIterator<Change> {
    for (const entry of directory.children.values()) {
      const place = { namespace, path: [...path, entry.name] }
      if (entry._tag === "Object") {
        for (const version of entry.versions) yield { _tag: "PutVersion", ...place, version }
        const ids = entry.versions.map(({ id }) => id)
        if (entry.acl !== undefined) yield aclChange({ ...place, ids }, entry.acl)
      } else {
        yield { _tag: "MakeDirectory", ...place, changed: entry.changed }
        yield* changesBelow(namespace, entry, place.path)
        if (entry.deleted) yield { _tag: "RemoveDirectory", ...place, changed: entry.changed }
      }
    }
  }

  return {
    find,
    apply,
    counts: () => ({ ...totals }),
    changes: (namespace) => changesBelow(namespace, root, [])
  }
}

const newDirectory = (name: string, changed: ChangeTime): MutableDirectory => ({
  _tag: "Directory",
  name,
  changed,
  deleted: false,
  children: new Map()
})
