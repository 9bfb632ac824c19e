import { assert, describe, it } from "@effect/vitest"
import type { Change, ObjectVersion } from "../src/Change.ts"
import { type DirectoryEntry, isEmpty, isLive, make, type ObjectTree } from "../src/ObjectTree.ts"

/** The same sequence of numbers each time. */
const numbers = (seed: number) => (below: number) => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
  return Math.floor((seed / 2 ** 31) * below)
}

const versionOf = (id: number, blob: string, more: Partial<ObjectVersion> = {}): ObjectVersion => ({
  id,
  state: "created",
  createdMillis: id,
  changed: { millis: id, count: 0 },
  blob,
  size: id % 7,
  hashScheme: "SHA-256",
  hash: "",
  md5: "",
  retention: { until: 0, className: "" },
  hold: false,
  labelHolds: [],
  shred: id % 5 === 0,
  index: true,
  owner: "",
  ownerDomain: "",
  replicated: false,
  collision: false,
  annotations: [],
  ...more
})

const rootOf = (tree: ObjectTree): DirectoryEntry => {
  const root = tree.find([])
  if (root?._tag !== "Directory") throw new Error("no root")
  return root
}

/** What can be counted by looking at everything. */
const lookThrough = (
  directory: DirectoryEntry
): { readonly blobs: Array<string>; readonly versions: Array<ObjectVersion> } => {
  const blobs: Array<string> = []
  const versions: Array<ObjectVersion> = []
  const children = [...directory.children.values()]
  assert.strictEqual(directory.live, children.filter(isLive).length)
  assert.strictEqual(isEmpty(directory), !children.some(isLive))
  for (const child of children) {
    if (child._tag === "Directory") {
      const below = lookThrough(child)
      blobs.push(...below.blobs)
      versions.push(...below.versions)
    } else {
      assert.deepStrictEqual(child.newest, child.versions.at(-1))
      assert.strictEqual(child.isLive, child.newest?.state === "created")
      assert.deepStrictEqual(
        child.versions.map(({ id }) => id),
        child.versions.map(({ id }) => id).sort((a, b) => a - b)
      )
      versions.push(...child.versions)
      for (const { annotations, blob } of child.versions) {
        blobs.push(...(blob === "" ? [] : [blob]), ...annotations.map((annotation) => annotation.blob))
      }
    }
  }
  return { blobs, versions }
}

const annotationOf = (id: number, blob: string): ObjectVersion["annotations"][number] => ({
  name: "default",
  blob,
  size: id % 3,
  hash: "",
  md5: "",
  contentType: "unknown",
  changed: { millis: id, count: 0 }
})

describe("a tree", () => {
  it("counts, orders and gives back after any changes what is in it", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const next = numbers(seed)
      const tree = make({ millis: 0, count: 0 })
      const held = new Set<string>()
      const names = ["a", "b", "c"]
      for (let step = 1; step <= 100; step++) {
        const path = Array.from({ length: 1 + next(3) }, () => names[next(3)] ?? "a")
        const place = { namespace: "n.t", path }
        const changed = { millis: step, count: 0 }
        const entry = tree.find(path)
        const present = entry?._tag === "Object" ? entry.versions : []
        const some = present[next(present.length)]
        const kind = next(8)
        const change: Change =
          kind === 0
            ? { _tag: "MakeDirectory", ...place, changed }
            : kind === 1
              ? { _tag: "RemoveDirectory", ...place, changed }
              : kind === 2
                ? {
                    _tag: "RemoveVersions",
                    ...place,
                    ids: present.filter(() => next(2) === 0).map(({ id }) => id),
                    changed
                  }
                : kind === 3 && some !== undefined
                  ? // Metadata of a version that is there, which keeps its bytes.
                    { _tag: "PutVersion", ...place, version: { ...some, hold: !some.hold, changed } }
                  : kind === 4
                    ? { _tag: "PutVersion", ...place, version: versionOf(step, "", { state: "deleted" }) }
                    : {
                        _tag: "PutVersion",
                        ...place,
                        // One in four is older than what is there.
                        version: versionOf(next(4) === 0 ? 1 + next(step) : step, `blob-${seed}-${step}-`, {
                          annotations: next(3) === 0 ? [annotationOf(step, `note-${seed}-${step}-`)] : []
                        })
                      }
        if (change._tag === "PutVersion") {
          if (change.version.blob !== "") held.add(change.version.blob)
          for (const { blob } of change.version.annotations) held.add(blob)
        }
        for (const blob of tree.apply(change)) assert.isTrue(held.delete(blob), `${blob} was given back twice`)
        const { blobs, versions } = lookThrough(rootOf(tree))
        assert.deepStrictEqual(new Set(blobs), held)
        const created = versions.filter(({ state }) => state === "created")
        const notes = created.flatMap(({ annotations }) => annotations)
        const sum = (sizes: ReadonlyArray<{ readonly size: number }>) => sizes.reduce((all, { size }) => all + size, 0)
        const { objects: _, ...counts } = tree.counts()
        assert.deepStrictEqual(counts, {
          versions: versions.length,
          bytes: sum(created) + sum(notes),
          shredObjects: created.filter(({ shred }) => shred).length,
          shredBytes: sum(created.filter(({ shred }) => shred)),
          annotatedObjects: created.filter(({ annotations }) => annotations.length > 0).length,
          annotationBytes: sum(notes)
        })
      }
      const copy = make({ millis: 0, count: 0 })
      for (const change of tree.changes("n.t")) copy.apply(change)
      assert.deepStrictEqual(lookThrough(rootOf(copy)), lookThrough(rootOf(tree)))
      assert.deepStrictEqual(copy.counts(), tree.counts())
    }
  })

  it("leaves an entry that somebody looks at as it was", () => {
    const tree = make({ millis: 0, count: 0 })
    const place = { namespace: "n.t", path: ["a"] }
    tree.apply({ _tag: "PutVersion", ...place, version: versionOf(1, "one") })
    const before = tree.find(["a"])
    assert.ok(before?._tag === "Object")
    tree.apply({ _tag: "PutVersion", ...place, version: versionOf(2, "two") })
    tree.apply({ _tag: "PutAcl", ...place, ids: [2], grants: [], changed: { millis: 3, count: 0 } })
    assert.deepStrictEqual(
      before.versions.map(({ blob }) => blob),
      ["one"]
    )
    assert.isUndefined(before.acl)
    tree.apply({ _tag: "RemoveVersions", ...place, ids: [1, 2], changed: { millis: 4, count: 0 } })
    assert.isTrue(before.isLive)
    assert.isUndefined(tree.find(["a"]))
  })
})
