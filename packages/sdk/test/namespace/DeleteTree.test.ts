import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as DeleteTree from "../../src/namespace/DeleteTree.ts"
import type * as Transport from "../../src/Transport.ts"
import { directory, makeNamespace, requests, tagOf } from "../utils/namespaces.ts"
import { always, answer } from "../utils/ScriptedNodes.ts"

const entry = (type: string, name: string) =>
  `<entry urlName="${name}" utf8Name="${name}" type="${type}" state="created"${type === "symlink" ? ' symlinkTarget="x"' : ""}/>`

const tree: Readonly<Record<string, string>> = {
  "/rest/t": entry("object", "a") + entry("directory", "d") + entry("symlink", "l") + entry("directory", "e"),
  "/rest/t/d": entry("object", "b") + entry("object", "c"),
  "/rest/t/e": "",
  "/rest/t/lost":
    '<entry urlName="%e4" utf8Name="\ufffd" type="object"/><entry urlName="%f6" utf8Name="\ufffd" type="directory"/>'
}

/** Answers listings from the tree, and deletions with a status of their own or 200. */
const nodesWith = (statuses: Readonly<Record<string, number>> = {}) =>
  always(({ method, path }: Transport.WireRequest) =>
    Effect.sync(() => {
      const [name = ""] = path.split("?")
      const status = statuses[`${method} ${name}`]
      if (status !== undefined) return answer(status)
      if (method !== "GET") return answer(200)
      const listing = tree[name]
      return listing === undefined
        ? answer(404)
        : answer(200, directory, `<?xml version="1.0"?><directory path="${name}">${listing}</directory>`)
    })
  )

const run = (statuses?: Readonly<Record<string, number>>, options?: DeleteTree.Options) =>
  Effect.gen(function* () {
    const nodes = nodesWith(statuses)
    const ns = yield* makeNamespace(nodes)
    const outcomes = yield* Stream.runCollect(ns.deleteTree("/t", options))
    return { nodes, outcomes, seen: outcomes.map(({ _tag, path }) => `${_tag} ${path}`) }
  })

describe("deleteTree", () => {
  it.effect("deletes what is in a directory before the directory, links without following them", () =>
    Effect.gen(function* () {
      const { outcomes, seen } = yield* run()
      assert.deepStrictEqual(seen, [
        "Deleted /t/a",
        "Deleted /t/l",
        "Deleted /t/d/b",
        "Deleted /t/d/c",
        "Deleted /t/d",
        "Deleted /t/e",
        "Deleted /t"
      ])
      assert.deepStrictEqual(outcomes.map(({ kind }) => kind).slice(0, 2), ["object", "symlink"])
      assert.deepStrictEqual(yield* DeleteTree.count(Stream.fromIterable(outcomes)), { deleted: 7, gone: 0, failed: 0 })
    })
  )

  it.effect("keeps no more directories in memory than it may (row 157)", () =>
    Effect.gen(function* () {
      const { seen } = yield* run({}, { maxPending: 2 })
      assert.include(seen, "Deleted /t")
      const error = yield* Effect.flip(run({}, { maxPending: 1 }))
      assert.strictEqual(error.reason._tag, "UnexpectedAnswer")
      assert.include(error.message, "maxPending")
      assert.strictEqual((yield* Effect.flip(run({}, { maxPending: 0 }))).reason._tag, "InvalidInput")
    })
  )

  it.effect("never says of an entry that cannot be named that it is gone", () =>
    Effect.gen(function* () {
      const nodes = nodesWith()
      const ns = yield* makeNamespace(nodes)
      const outcomes = yield* Stream.runCollect(ns.deleteTree("/t/lost"))
      assert.deepStrictEqual(
        outcomes.map((one) => [one._tag, one.kind, one._tag === "Failed" ? one.error.reason._tag : ""]),
        [
          ["Failed", "object", "InvalidInput"],
          ["Failed", "directory", "InvalidInput"],
          ["Failed", "directory", "DirectoryNotEmpty"]
        ]
      )
      assert.deepStrictEqual(requests(nodes), ["GET /rest/t/lost"])
    })
  )

  it.effect("goes on where one cannot be deleted, and asks for no directory that is not empty", () =>
    Effect.gen(function* () {
      const { nodes, outcomes, seen } = yield* run({
        "DELETE /rest/t/d/b": 403,
        "HEAD /rest/t/d/b": 404,
        "DELETE /rest/t/a": 404
      })
      assert.deepStrictEqual(seen, [
        "Gone /t/a",
        "Deleted /t/l",
        "Failed /t/d/b",
        "Deleted /t/d/c",
        "Failed /t/d",
        "Deleted /t/e",
        "Failed /t"
      ])
      const reasons = outcomes.flatMap((one) => (one._tag === "Failed" ? [one.error.reason._tag] : []))
      assert.deepStrictEqual(reasons, ["Forbidden", "DirectoryNotEmpty", "DirectoryNotEmpty"])
      assert.notInclude(requests(nodes), "DELETE /rest/t/d")
      assert.deepStrictEqual(yield* DeleteTree.count(Stream.fromIterable(outcomes)), { deleted: 3, gone: 1, failed: 3 })
    })
  )

  it.effect("passes over a directory that is gone, and reports one it cannot list", () =>
    Effect.gen(function* () {
      const gone = yield* run({ "GET /rest/t/d": 404 })
      assert.include(gone.seen, "Gone /t/d")
      assert.include(gone.seen, "Deleted /t")
      const shut = yield* run({ "GET /rest/t/d": 403 })
      assert.include(shut.seen, "Failed /t/d")
      assert.include(shut.seen, "Failed /t")
    })
  )

  it.effect("fails where there is nothing to begin with, and for the root", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* tagOf(run({ "GET /rest/t": 404 })), "NotFound")
      const ns = yield* makeNamespace(always(answer(500)))
      assert.strictEqual(yield* tagOf(Stream.runDrain(ns.deleteTree("/"))), "InvalidInput")
      assert.strictEqual(yield* tagOf(Stream.runDrain(ns.deleteTree("/t", { concurrency: 0 }))), "InvalidInput")
    })
  )

  it.effect("purges objects and links, but asks nothing special for directories", () =>
    Effect.gen(function* () {
      const { nodes } = yield* run({}, { purge: true, concurrency: 2 })
      const deletions = requests(nodes).filter((request) => request.startsWith("DELETE"))
      assert.include(deletions, "DELETE /rest/t/d/b?purge=true")
      assert.include(deletions, "DELETE /rest/t/l?purge=true")
      assert.include(deletions, "DELETE /rest/t/d")
    })
  )
})
