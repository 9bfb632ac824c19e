/**
 * Brings one change of one system to another one.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type Annotation, type Change, isLater, type ObjectVersion } from "../Change.ts"
import { aclChange, current, type ObjectEntry } from "../ObjectTree.ts"
import type { ReplicationPort } from "../ReplicationPort.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import type { LinkedSystem } from "./links/model.ts"
import * as Packed from "./packedVersion.ts"

type PutVersion = Extract<Change, { readonly _tag: "PutVersion" }>

const findObject = (
  { find }: ReplicationPort,
  { namespace, path }: PutVersion,
  at: ReadonlyArray<string> = path
): ObjectEntry | undefined => {
  const entry = find(namespace, at)
  return entry?._tag === "Object" ? entry : undefined
}

const findVersion = (port: ReplicationPort, change: PutVersion): ObjectVersion | undefined =>
  findObject(port, change)?.versions.find(({ id }) => id === change.version.id)

const collisionPath = (path: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...path.slice(0, -1),
  `${path.at(-1) ?? ""}.collision`
]

/** Another object that has the name already; with versioning there is room for both. */
const findRival = (port: ReplicationPort, change: PutVersion): ObjectVersion | undefined => {
  if (port.isVersioned(change.namespace)) return undefined
  const entry = findObject(port, change)
  const rival = entry === undefined ? undefined : current(entry)
  return rival === undefined || rival.id === change.version.id ? undefined : rival
}

const copyBlob = (
  from: ReplicationPort,
  to: ReplicationPort,
  { blob, hashScheme }: Pick<ObjectVersion, "blob" | "hashScheme">
): Effect.Effect<string, SimulatorError> => {
  if (blob === "") return Effect.succeed("")
  if (from.blobs === to.blobs) return from.blobs.clone(blob)
  return Effect.map(to.blobs.write(from.blobs.read(blob), hashScheme), ({ id }) => id)
}

const removeBlobs = (port: ReplicationPort, ids: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.forEach(
    ids.filter((id) => id !== ""),
    (id) => Effect.ignore(port.blobs.delete(id)),
    { discard: true }
  )

const isSame = (a: Annotation, b: Annotation): boolean =>
  a.name === b.name && a.hash === b.hash && a.changed.millis === b.changed.millis && a.changed.count === b.changed.count

/** The annotations as the other system keeps them. What `present` has of them is not sent again. */
const copyAnnotations = (
  from: ReplicationPort,
  to: ReplicationPort,
  { annotations, hashScheme }: ObjectVersion,
  present: ReadonlyArray<Annotation>
): Effect.Effect<ReadonlyArray<Annotation>, SimulatorError> =>
  Effect.forEach(annotations, (annotation) => {
    const there = present.find((candidate) => isSame(candidate, annotation))
    return there !== undefined
      ? Effect.succeed(there)
      : Effect.map(copyBlob(from, to, { blob: annotation.blob, hashScheme }), (blob) => ({ ...annotation, blob }))
  })

/** The version as the other system keeps it: the same in everything but the place of its bytes. */
const copyVersion = Effect.fnUntraced(function* (
  from: ReplicationPort,
  to: ReplicationPort,
  version: ObjectVersion
): Effect.fn.Return<ObjectVersion, SimulatorError> {
  const blob = yield* copyBlob(from, to, version)
  const annotations = yield* copyAnnotations(from, to, version, [])
  return { ...version, blob, annotations, replicated: true }
})

const blobsOf = ({ annotations, blob }: ObjectVersion): ReadonlyArray<string> => [
  blob,
  ...annotations.map((annotation) => annotation.blob)
]

/**
 * What it takes to give `copy` its place beside, or instead of, another object of the same name, whose list goes with
 * it.
 */
const settleCollision = (
  to: ReplicationPort,
  change: PutVersion,
  copy: ObjectVersion,
  rival: ObjectVersion,
  spare: ObjectVersion
): ReadonlyArray<Change> => {
  const { namespace, path } = change
  const aside = collisionPath(path)
  const put = (at: ReadonlyArray<string>, version: ObjectVersion): Change => ({
    _tag: "PutVersion",
    namespace,
    path: at,
    version
  })
  if (rival.id > copy.id) return [put(aside, { ...copy, collision: true })]
  const acl = findObject(to, change)?.acl
  return [
    put(aside, { ...spare, collision: true }),
    ...(acl === undefined ? [] : [aclChange({ namespace, path: aside, ids: [rival.id] }, acl)]),
    { _tag: "RemoveVersions", namespace, path, ids: [rival.id], changed: copy.changed },
    put(path, copy)
  ]
}

const putNewVersion: (
  from: ReplicationPort,
  to: ReplicationPort,
  change: PutVersion
) => Effect.Effect<void, SimulatorError> = Effect.fnUntraced(function* (
  from: ReplicationPort,
  to: ReplicationPort,
  change: PutVersion
): Effect.fn.Return<void, SimulatorError> {
  const rival = findRival(to, change)
  const copy = yield* copyVersion(from, to, change.version)
  const spare = rival === undefined ? undefined : yield* copyVersion(to, to, rival)
  let changes: ReadonlyArray<Change> = []
  yield* to.apply(() => {
    if (Packed.isSame(findRival(to, change), rival)) {
      changes =
        rival === undefined || spare === undefined
          ? [{ ...change, version: copy }]
          : settleCollision(to, change, copy, rival, spare)
    }
    return changes
  })
  const made = changes.flatMap((done) => (done._tag === "PutVersion" ? [done.version.blob] : []))
  const unused = [copy, ...(spare === undefined ? [] : [spare])].filter(({ blob }) => !made.includes(blob))
  yield* removeBlobs(to, unused.flatMap(blobsOf))
  // A client was faster, and what was planned fits no more.
  if (changes.length === 0) yield* putNewVersion(from, to, change)
})

const changeVersion: (
  from: ReplicationPort,
  to: ReplicationPort,
  change: PutVersion,
  present: ObjectVersion
) => Effect.Effect<void, SimulatorError> = Effect.fnUntraced(function* (
  from: ReplicationPort,
  to: ReplicationPort,
  change: PutVersion,
  present: ObjectVersion
): Effect.fn.Return<void, SimulatorError> {
  if (!isLater(change.version.changed, present.changed)) return
  const annotations = yield* copyAnnotations(from, to, change.version, present.annotations)
  const version = { ...change.version, annotations, blob: present.blob, replicated: true }
  let overtaken: ObjectVersion | undefined
  yield* to.apply(() => {
    const now = findVersion(to, change)
    if (!Packed.isSame(now, present)) {
      overtaken = now
      return []
    }
    return [{ ...change, version }]
  })
  if (Packed.isSame(findVersion(to, change), version)) return
  const had = present.annotations.map(({ blob }) => blob)
  yield* removeBlobs(
    to,
    annotations.flatMap(({ blob }) => (had.includes(blob) ? [] : [blob]))
  )
  // A client was faster: what is there now may be older than this change all the same.
  if (overtaken !== undefined) yield* changeVersion(from, to, change, overtaken)
})

const putVersion = Effect.fnUntraced(function* (
  from: ReplicationPort,
  to: ReplicationPort,
  change: PutVersion
): Effect.fn.Return<void, SimulatorError> {
  // What was deleted in the meantime has nothing to send; its deletion is under way as well. What has changed again is
  // sent as it is now, because the bytes of the former state may be gone.
  const version = findVersion(from, change)
  if (version === undefined) return
  const latest = { ...change, version }
  const present = findVersion(to, latest)
  return yield* present === undefined ? putNewVersion(from, to, latest) : changeVersion(from, to, latest, present)
})

/** Gives the list to the same object, which a collision may have put aside. */
const putAcl = (
  to: ReplicationPort,
  change: Extract<Change, { readonly _tag: "PutAcl" }>
): Effect.Effect<void, SimulatorError> =>
  to.apply(() => {
    const place = [change.path, collisionPath(change.path)].find((path) => {
      const entry = to.find(change.namespace, path)
      return entry?._tag === "Object" && entry.versions.some(({ id }) => change.ids.includes(id))
    })
    return place === undefined ? [] : [{ ...change, path: place }]
  })

/**
 * Applies a change of `from` to `to`, with the same version ids, hashes and times. What does not fit there any more is
 * left out.
 *
 * @internal
 */
export const replicate = (
  from: LinkedSystem,
  to: LinkedSystem,
  change: Change
): Effect.Effect<void, SimulatorError> => {
  if (to.replication.find(change.namespace, []) === undefined) return Effect.void
  switch (change._tag) {
    case "PutVersion":
      return putVersion(from.replication, to.replication, change)
    case "PutAcl":
      return putAcl(to.replication, change)
    default:
      return to.replication.apply(() => [change])
  }
}

/**
 * Notes at the source that a version has arrived everywhere, unless it has changed again since.
 *
 * @internal
 */
export const acknowledge = ({ replication }: LinkedSystem, change: Change): Effect.Effect<void, SimulatorError> =>
  change._tag !== "PutVersion"
    ? Effect.void
    : replication.apply(() =>
        Packed.isSame(findVersion(replication, change), change.version)
          ? [{ ...change, version: { ...change.version, replicated: true } }]
          : []
      )
