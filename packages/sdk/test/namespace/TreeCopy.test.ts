import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import { HcpError } from "../../src/HcpError.ts"
import * as Comparison from "../../src/namespace/Comparison.ts"
import type { Tree, TreeEntry, TreeSource } from "../../src/namespace/Tree.ts"
import * as TreeCopy from "../../src/namespace/TreeCopy.ts"
import { NotFound } from "../../src/StatusReason.ts"
import { temporary } from "../utils/transfers.ts"

const second = (seconds: number) => DateTime.makeUnsafe(seconds * 1000)

const md5 = (hex: string) => [{ algorithm: "MD5", hex }] as const

/** An object of a store whose hash nobody knows. */
const entry = (of: Partial<TreeEntry> = {}): TreeEntry => ({
  kind: "file",
  name: "a",
  size: 3,
  modifiedAt: second(10),
  hashes: [],
  mark: undefined,
  error: undefined,
  body: HcpBody.stream(() => Stream.die("is not to be read")),
  ...of
})

const failure = new HcpError({ operation: "GET", path: "/a", reason: new NotFound({ status: 404 }) })

/** A tree with these entries, and what was stored in it and deleted from it. */
const treeOf = (name: string, entries: ReadonlyArray<TreeEntry>, isThere: Tree["isThere"] = Effect.void) => {
  const stored: Array<TreeSource> = []
  const deleted: Array<string> = []
  const tree: Tree = {
    at: (of) => `${name}:${of}`,
    isThere,
    entries: (include) => Stream.filter(Stream.fromIterable(entries), include),
    find: (of) => Effect.succeed(entries.find((one) => one.name === of)),
    delete: (of) => Effect.sync(() => deleted.push(of)),
    put: (_, source) => Effect.sync(() => stored.push(source))
  }
  return { tree, stored, deleted }
}

/** What came of one entry, and whether it was stored, or in place of what was there. */
const copied = (source: TreeEntry, there: TreeEntry | undefined, options?: TreeCopy.Options) =>
  Effect.gen(function* () {
    const to = treeOf("to", there === undefined ? [] : [there])
    const [one] = yield* Stream.runCollect(TreeCopy.copy(treeOf("from", [source]).tree, to.tree, options))
    const [put] = to.stored
    return [
      one?._tag === "Skipped" ? one.reason : one?._tag,
      put === undefined ? "left" : put.replace ? "replaced" : "stored"
    ]
  })

const replace = { ifExists: "replace" } as const

type Case = readonly [
  what: string,
  source: Partial<TreeEntry>,
  there: Partial<TreeEntry> | undefined,
  options: TreeCopy.Options,
  expected: readonly [outcome: string, object: "stored" | "replaced" | "left"]
]

const cases: ReadonlyArray<Case> = [
  ["nothing is there", {}, undefined, {}, ["Copied", "stored"]],
  ["nothing is there, and it is only a plan", {}, undefined, { plan: true }, ["Planned", "left"]],
  ["the same hash", { hashes: md5("ab") }, { hashes: md5("AB"), modifiedAt: second(1) }, {}, ["same", "left"]],
  [
    "another hash",
    { hashes: md5("ab") },
    { hashes: md5("cd"), modifiedAt: second(99) },
    replace,
    ["Copied", "replaced"]
  ],
  [
    "another hash, and it is only a plan",
    { hashes: md5("ab") },
    { hashes: md5("cd") },
    { ...replace, plan: true },
    ["Planned", "left"]
  ],
  ["another hash, which is left", { hashes: md5("ab") }, { hashes: md5("cd") }, {}, ["Failed", "left"]],
  [
    "the same, where nothing may be there",
    { hashes: md5("ab") },
    { hashes: md5("ab") },
    { ifExists: "fail" },
    ["Failed", "left"]
  ],
  [
    "another size, of the same hash",
    { hashes: md5("ab"), size: 4 },
    { hashes: md5("ab") },
    replace,
    ["Copied", "replaced"]
  ],
  ["no hash, and a copy that is younger", {}, { modifiedAt: second(11) }, replace, ["same", "left"]],
  [
    "no hash, and a copy of the same second",
    { modifiedAt: DateTime.makeUnsafe(10_900) },
    {},
    replace,
    ["same", "left"]
  ],
  ["no hash, and a copy that is older", {}, { modifiedAt: second(9) }, replace, ["Copied", "replaced"]],
  ["no hash, and nobody knows when", {}, { modifiedAt: undefined }, replace, ["Copied", "replaced"]],
  ["no hash, and nobody knows since when", { modifiedAt: undefined }, {}, replace, ["Copied", "replaced"]],
  [
    "no hash in common, and a copy that is younger",
    { hashes: [{ algorithm: "SHA-256", hex: "ab" }] },
    { hashes: md5("ab"), modifiedAt: second(11) },
    replace,
    ["same", "left"]
  ],
  ["a folder of that name", {}, { kind: "folder" }, replace, ["Failed", "left"]],
  ["a link of that name", {}, { kind: "symlink" }, replace, ["Failed", "left"]],
  ["a link is to be copied", { kind: "symlink" }, undefined, {}, ["symlink", "left"]],
  ["a device is to be copied", { kind: "special" }, undefined, {}, ["special", "left"]],
  ["a name that cannot be read", { error: failure }, undefined, {}, ["Failed", "left"]]
]

describe("a copy of a tree", () => {
  it.effect.each(cases)("where %s", ([, source, there, options, expected]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* copied(entry(source), there === undefined ? undefined : entry(there), options), [
        ...expected
      ])
    })
  )

  it.effect("reads a file of this computer, at either end, where the other end has the hash", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      fs.writeFileSync(path.join(folder, "a"), "abc")
      const file = { body: HcpBody.file(path.join(folder, "a")), modifiedAt: second(99) }
      for (const [hex, expected] of [
        ["900150983cd24fb0d6963f7d28e17f72", ["same", "left"]],
        ["0".repeat(32), ["Copied", "replaced"]]
      ] as const) {
        const object = { hashes: md5(hex) }
        assert.deepStrictEqual(yield* copied(entry(file), entry(object), replace), [...expected])
        assert.deepStrictEqual(yield* copied(entry(object), entry(file), replace), [...expected])
      }
    })
  )

  it.effect("goes into no folder that is not wanted, and stores none", () =>
    Effect.gen(function* () {
      const from = treeOf("from", [entry({ name: "d", kind: "folder" }), entry({ name: "d/a" }), entry({ name: "b" })])
      const to = treeOf("to", [])
      const outcomes = yield* Stream.runCollect(
        TreeCopy.copy(from.tree, to.tree, { include: ({ name }) => name !== "b" })
      )
      assert.deepStrictEqual(
        outcomes.map((one) => [one._tag, one.name, one.from, one.to]),
        [["Copied", "d/a", "from:d/a", "to:d/a"]]
      )
    })
  )
})

describe("what only the destination has", () => {
  const right = [entry(), entry({ name: "more" }), entry({ name: "kept.log" }), entry({ name: "l", kind: "symlink" })]
  const include = ({ name }: { readonly name: string }) => !name.endsWith(".log")
  const pruned = (left: Tree, options: Comparison.PruneOptions = {}, isThere: Tree["isThere"] = Effect.void) =>
    Effect.gen(function* () {
      const { deleted, tree } = treeOf("to", right, isThere)
      const outcomes = yield* Effect.result(Stream.runCollect(Comparison.prune(left, tree, { include, ...options })))
      return [
        outcomes._tag === "Success" ? outcomes.success.map((one) => `${one._tag} ${one.name}`) : outcomes._tag,
        deleted
      ]
    })
  const { tree: left } = treeOf("from", [entry()])

  it.effect("is deleted, but for what is not wanted and for links", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* pruned(left), [["Deleted more"], ["more"]])
      assert.deepStrictEqual(yield* pruned(left, { plan: true }), [["Planned more"], []])
    })
  )

  it.effect("stays where the source is not there, or does not say what it has", () =>
    Effect.gen(function* () {
      const gone = treeOf("from", [], Effect.fail(failure)).tree
      assert.deepStrictEqual(yield* pruned(gone), ["Failure", []])
      const silent: Tree = { ...left, find: () => Effect.fail(failure) }
      assert.deepStrictEqual(yield* pruned(silent), [["Failed a", "Failed more"], []])
      assert.deepStrictEqual(yield* pruned(left, {}, Effect.fail(failure)), [[], []])
    })
  )
})
