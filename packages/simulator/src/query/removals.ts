/**
 * Remembers what was removed for good, so that operations can be told of what is no longer there.
 *
 * Everything else is told by the namespaces themselves: versions that are there, and the markers that deletions leave
 * where versions are kept. Of the removals of each namespace the newest 100,000 are known; a restart forgets them.
 *
 * @internal
 */
import type { Change } from "../Change.ts"
import type { Core, Namespace } from "../internal/core.ts"
import type { ObjectTree } from "../ObjectTree.ts"
import type { Found } from "./properties.ts"

/** A removal: the object as it was, with the time at which it went. */
type Removal = Pick<Found, "path" | "version" | "operation">

/** @internal */
export interface Removals {
  readonly of: (namespace: Namespace) => ReadonlyArray<Removal>
}

const maxRemovals = 100_000

/** What a change is about to remove: one record, however many versions go with it. */
const removalOf = ({ spec, tree }: Namespace, change: Change): Removal | undefined => {
  if (change._tag !== "RemoveVersions") return undefined
  const entry = tree.find(change.path)
  const version =
    entry?._tag === "Object" ? entry.versions.filter(({ id }) => change.ids.includes(id)).at(-1) : undefined
  return version === undefined
    ? undefined
    : {
        path: change.path,
        version: { ...version, changed: change.changed },
        // Without versions nothing is left of a delete; with them only a purge removes anything.
        operation: spec.versioning ? "PURGED" : "DELETED"
      }
}

/**
 * Begins to remember.
 *
 * @internal
 */
export const make = (core: Core): Removals => {
  // By what a namespace holds, which a new name leaves as it is.
  const known = new WeakMap<ObjectTree, Array<Removal>>()
  core.witnesses.add((change) => {
    const namespace = core.namespaces.get(change.namespace)
    const removal = namespace === undefined ? undefined : removalOf(namespace, change)
    if (namespace === undefined || removal === undefined) return
    const removals = known.get(namespace.tree)
    if (removals === undefined) known.set(namespace.tree, [removal])
    else removals.push(removal)
    // In batches, as each one moves all the others.
    if (removals !== undefined && removals.length > maxRemovals * 1.1) removals.splice(0, removals.length - maxRemovals)
  })
  return { of: ({ tree }) => known.get(tree)?.slice(-maxRemovals) ?? [] }
}
