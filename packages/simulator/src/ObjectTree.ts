/**
 * The contents of one namespace: directories, objects and their versions, by decoded path segments.
 *
 * It holds metadata only and changes only by {@link Change}s; the rules of who may change what are the gateways'.
 *
 * @since 0.1.0
 */
import type { Grant } from "./Acl.ts"
import { type Change, type ChangeTime, isLater, type ObjectVersion } from "./Change.ts"
import * as PackedChange from "./internal/packedChange.ts"
import * as Packed from "./internal/packedVersion.ts"

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
  /** How many of the children are visible without asking for deleted ones. */
  readonly live: number
}

/**
 * An object as it is at one moment: a change makes another entry. Its versions are read when they are asked for.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectEntry {
  readonly _tag: "Object"
  readonly name: string
  /** Oldest first, delete markers among them. */
  readonly versions: ReadonlyArray<ObjectVersion>
  /** The last of them, read alone. */
  readonly newest: ObjectVersion | undefined
  /** Whether the last of them is no delete marker. */
  readonly isLive: boolean
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
  /** @internal */
  readonly applyPacked: (change: PackedChange.PackedChange) => ReadonlyArray<string>
  /** @internal */
  readonly packedChanges: (namespace: string) => IterableIterator<PackedChange.PackedChange>
}

interface MutableDirectory extends DirectoryEntry {
  changed: ChangeTime
  deleted: boolean
  live: number
  readonly children: Map<string, MutableDirectory | StoredObject>
}

type Versions = Packed.PackedVersion | ReadonlyArray<Packed.PackedVersion>

/** Most objects have one version, and an array for it would cost as much as the rest of the entry. */
const listed = (versions: Versions): ReadonlyArray<Packed.PackedVersion> => ("own" in versions ? [versions] : versions)

const compacted = (versions: ReadonlyArray<Packed.PackedVersion>): Versions => {
  const [only] = versions
  return only !== undefined && versions.length === 1 ? only : versions
}

class StoredObject implements ObjectEntry {
  readonly name: string
  readonly acl: ObjectEntry["acl"]
  readonly stored: Versions

  constructor(name: string, stored: Versions, acl: ObjectEntry["acl"]) {
    this.name = name
    this.stored = stored
    this.acl = acl
  }

  get _tag(): "Object" {
    return "Object"
  }

  get versions(): ReadonlyArray<ObjectVersion> {
    return listed(this.stored).map(Packed.unpack)
  }

  get last(): Packed.PackedVersion | undefined {
    return "own" in this.stored ? this.stored : this.stored.at(-1)
  }

  get newest(): ObjectVersion | undefined {
    return this.last === undefined ? undefined : Packed.unpack(this.last)
  }

  get isLive(): boolean {
    return this.last !== undefined && Packed.isCreated(this.last)
  }

  hasAny(ids: ReadonlyArray<number>): boolean {
    return listed(this.stored).some((version) => ids.includes(Packed.idOf(version)))
  }
}

/**
 * The newest version of an object, which may be a delete marker.
 *
 * @category combinators
 * @since 0.1.0
 */
export const newest = (entry: ObjectEntry): ObjectVersion | undefined => entry.newest

/**
 * The version that a plain GET answers; undefined if the object is deleted.
 *
 * @category combinators
 * @since 0.1.0
 */
export const current = (entry: ObjectEntry): ObjectVersion | undefined => (entry.isLive ? entry.newest : undefined)

/**
 * The access control list of an object; undefined if it has none.
 *
 * @category combinators
 * @since 0.1.0
 */
export const aclOf = (entry: ObjectEntry): ReadonlyArray<Grant> | undefined => entry.acl?.grants

/**
 * The change that gives an object the access control list of another one, or none where that was taken away. @internal
 */
export const aclChange = (
  place: { readonly namespace: string; readonly path: ReadonlyArray<string>; readonly ids: ReadonlyArray<number> },
  {
    changed,
    grants = null
  }: { readonly grants?: ReadonlyArray<Grant> | null | undefined; readonly changed: ChangeTime }
): Extract<Change, { readonly _tag: "PutAcl" }> => ({ _tag: "PutAcl", ...place, grants, changed })

/**
 * Whether an entry is visible without asking for deleted ones.
 *
 * @category guards
 * @since 0.1.0
 */
export const isLive = (entry: Entry): boolean => (entry._tag === "Directory" ? !entry.deleted : entry.isLive)

/**
 * Whether a directory holds nothing that is visible, so that it may be deleted.
 *
 * @category guards
 * @since 0.1.0
 */
export const isEmpty = (directory: DirectoryEntry): boolean => directory.live === 0

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
export const make = (created: ChangeTime): ObjectTree => makePacked(created, new Packed.Packer())

/**
 * The same, which shares with other namespaces what many versions have in common.
 *
 * @internal
 */
export const makePacked = (created: ChangeTime, packer: Packed.Packer): ObjectTree => {
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

  const count = (version: Packed.PackedVersion, sign: 1 | -1): void => {
    totals.versions += sign
    if (!Packed.isCreated(version)) return
    const size = Packed.sizeOf(version)
    const { annotations, shred } = Packed.extrasOf(version)
    const annotationBytes = annotations.reduce((sum, annotation) => sum + annotation.size, 0)
    totals.bytes += sign * (size + annotationBytes)
    totals.shredObjects += shred ? sign : 0
    totals.shredBytes += shred ? sign * size : 0
    totals.annotatedObjects += annotations.length > 0 ? sign : 0
    totals.annotationBytes += sign * annotationBytes
  }

  const find = (path: ReadonlyArray<string>): MutableDirectory | StoredObject | undefined => {
    let entry: MutableDirectory | StoredObject | undefined = root
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
        directory.live++
      }
      if (child._tag === "Object") return undefined
      if (child.deleted) {
        child.deleted = false
        child.changed = changed
        directory.live++
      }
      directory = child
    }
    return directory
  }

  /** Gives an object other versions, and returns the blobs that nobody needs any more. */
  const replaceVersions = (
    directory: MutableDirectory,
    entry: StoredObject | undefined,
    next: StoredObject,
    gone: ReadonlyArray<Packed.PackedVersion>,
    changed: ChangeTime
  ): ReadonlyArray<string> => {
    for (const version of gone) count(version, -1)
    const turns = Number(next.isLive) - Number(entry?.isLive ?? false)
    totals.objects += turns
    directory.live += turns
    if (turns !== 0) directory.changed = changed
    if (next.last === undefined) directory.children.delete(next.name)
    else directory.children.set(next.name, next)
    if (gone.length === 0) return []
    const left = listed(next.stored)
    return gone
      .flatMap((version) => blobsOf(Packed.unpack(version)))
      .filter((blob) => !left.some((version) => Packed.mentions(version, blob)))
  }

  const putVersion = (path: ReadonlyArray<string>, version: Packed.PackedVersion): ReadonlyArray<string> => {
    const name = path.at(-1)
    const changed = Packed.changedOf(version)
    const directory = ensureDirectory(path.slice(0, -1), changed)
    const present = name === undefined ? undefined : directory?.children.get(name)
    if (name === undefined || directory === undefined || present?._tag === "Directory") {
      return blobsOf(Packed.unpack(version))
    }
    count(version, 1)
    if (present === undefined) {
      return replaceVersions(directory, undefined, new StoredObject(name, version, undefined), [], changed)
    }
    const id = Packed.idOf(version)
    const before = listed(present.stored)
    const last = before.at(-1)
    const isNewest = last !== undefined && Packed.idOf(last) < id
    // Replication may deliver a version that is older than one made here.
    const older = isNewest ? before : before.filter((other) => Packed.idOf(other) < id)
    const newer = isNewest ? [] : before.filter((other) => Packed.idOf(other) > id)
    const gone = isNewest ? [] : before.filter((other) => Packed.idOf(other) === id)
    const next = new StoredObject(name, compacted([...older, version, ...newer]), present.acl)
    return replaceVersions(directory, present, next, gone, changed)
  }

  const removeVersions = (
    parent: MutableDirectory,
    entry: StoredObject,
    ids: ReadonlyArray<number>,
    changed: ChangeTime
  ): ReadonlyArray<string> => {
    const wanted = new Set(ids)
    const gone: Array<Packed.PackedVersion> = []
    const remaining: Array<Packed.PackedVersion> = []
    for (const version of listed(entry.stored)) (wanted.has(Packed.idOf(version)) ? gone : remaining).push(version)
    const next = new StoredObject(entry.name, compacted(remaining), entry.acl)
    return replaceVersions(parent, entry, next, gone, changed)
  }

  const applyPacked = (change: PackedChange.PackedChange): ReadonlyArray<string> => {
    if (change._tag === "PutVersion") return putVersion(change.path, change.version)
    if (change._tag === "MakeDirectory") {
      ensureDirectory(change.path, change.changed)
      return []
    }
    const parent = find(change.path.slice(0, -1))
    const entry = find(change.path)
    if (parent?._tag !== "Directory" || entry === undefined || entry === root) return []
    if (change._tag === "PutAcl") {
      if (entry._tag === "Directory" || !entry.hasAny(change.ids)) return []
      if (entry.acl === undefined || isLater(change.changed, entry.acl.changed)) {
        const acl = { grants: change.grants ?? undefined, changed: change.changed }
        parent.children.set(entry.name, new StoredObject(entry.name, entry.stored, acl))
      }
      return []
    }
    if (change._tag === "RemoveVersions") {
      return entry._tag === "Object" ? removeVersions(parent, entry, change.ids, change.changed) : []
    }
    if (entry._tag === "Directory" && isEmpty(entry)) {
      if (entry.children.size === 0) parent.children.delete(entry.name)
      if (!entry.deleted) parent.live--
      entry.deleted = true
      entry.changed = change.changed
      parent.changed = change.changed
    }
    return []
  }

  function* changesBelow(
    namespace: string,
    directory: MutableDirectory,
    path: ReadonlyArray<string>
  ): IterableIterator<PackedChange.PackedChange> {
    for (const entry of directory.children.values()) {
      const place = { namespace, path: [...path, entry.name] }
      if (entry._tag === "Object") {
        const versions = listed(entry.stored)
        for (const version of versions) yield { _tag: "PutVersion", ...place, version }
        if (entry.acl !== undefined) yield aclChange({ ...place, ids: versions.map(Packed.idOf) }, entry.acl)
      } else {
        yield { _tag: "MakeDirectory", ...place, changed: entry.changed }
        yield* changesBelow(namespace, entry, place.path)
        if (entry.deleted) yield { _tag: "RemoveDirectory", ...place, changed: entry.changed }
      }
    }
  }

  return {
    find,
    apply: (change) => applyPacked(PackedChange.pack(change, packer)),
    counts: () => ({ ...totals }),
    changes: function* (namespace) {
      for (const change of changesBelow(namespace, root, [])) yield PackedChange.unpack(change)
    },
    applyPacked,
    packedChanges: (namespace) => changesBelow(namespace, root, [])
  }
}

const newDirectory = (name: string, changed: ChangeTime): MutableDirectory => ({
  _tag: "Directory",
  name,
  changed,
  deleted: false,
  live: 0,
  children: new Map()
})
