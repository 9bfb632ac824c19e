import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import { HcpError } from "../../src/HcpError.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import * as NamespaceCopy from "../../src/namespace/NamespaceCopy.ts"
import * as Transfer from "../../src/namespace/Transfer.ts"
import * as Tree from "../../src/namespace/Tree.ts"
import * as TreeCopy from "../../src/namespace/TreeCopy.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import { IntegrityError } from "../../src/WireReason.ts"
import { makeNamespace, objectOf, requests } from "../utils/namespaces.ts"
import { answer, lost, type ScriptedNodes } from "../utils/ScriptedNodes.ts"
import { fileEntry, filesIn, fill, holding, temporary } from "../utils/transfers.ts"

/** Nodes with objects in a directory, of which `a` has other bytes than HCP says. */
const rotten = () =>
  holding(
    { "/rest/t/a": "hello", "/rest/t/b": "b", "/rest/t/c": "c" },
    { "/rest/t": fileEntry("a", "hello") + fileEntry("b", "b") + fileEntry("c", "c") },
    { "GET /rest/t/a": answer(200, objectOf("hello"), "hullo") }
  )

const withAttempts = (nodes: ScriptedNodes, attempts: number) =>
  makeNamespace(nodes, { retry: RetryPolicy.make({ attempts }) })

const readsOf = (nodes: ScriptedNodes) => requests(nodes).filter((request) => request === "GET /rest/t/a").length

/** A body that is never whole. */
const rottenBody = (onRead: () => void) =>
  HcpBody.stream(() => {
    onRead()
    const reason = new IntegrityError({ algorithm: "SHA-256", expected: "0", actual: "1" })
    return Stream.fail(new HcpError({ operation: "GET", reached: "answer", reason }))
  })

const shown = (
  outcomes: ReadonlyArray<{
    readonly _tag: string
    readonly name: string
    readonly error?: { readonly reason: unknown }
  }>
) =>
  outcomes
    .map(({ _tag, error, name }) => {
      const reason = error?.reason
      return `${_tag} ${name} ${typeof reason === "object" && reason !== null && "_tag" in reason ? reason._tag : "-"}`
    })
    .sort()

describe("a body with other bytes than HCP says", () => {
  it.effect("is read into a file as often as the retry policy says, a small one of a folder as by get", () =>
    Effect.gen(function* () {
      for (const attempts of [1, 2, 3]) {
        const nodes = rotten()
        const ns = yield* withAttempts(nodes, attempts)
        const folder = yield* temporary
        const error = yield* Effect.flip(ns.download("/t/a", path.join(folder, "a"), { ranges: 1 }))
        assert(error._tag === "HcpError" && error.reason._tag === "IntegrityError")
        assert.strictEqual(readsOf(nodes), attempts)
        const outcomes = yield* Stream.runCollect(Transfer.download("/t", folder)).pipe(
          Effect.provideService(Namespace.Namespace, ns)
        )
        assert.deepStrictEqual(shown(outcomes), ["Failed a IntegrityError", "Fetched b -", "Fetched c -"])
        // What does not have its hash twice is not read a third time.
        assert.strictEqual(readsOf(nodes), attempts + Math.min(attempts, 2))
        assert.deepStrictEqual(fs.readdirSync(folder).sort(), ["b", "c"])
      }
    })
  )

  it.effect("is asked for as often as the retry policy says where there is no answer, and not that often squared", () =>
    Effect.gen(function* () {
      for (const attempts of [1, 2, 3]) {
        const nodes = holding({}, {}, { "GET /rest/t/a": lost, "PUT /rest/u/a": lost })
        const ns = yield* withAttempts(nodes, attempts)
        const folder = yield* temporary
        const error = yield* Effect.flip(ns.download("/t/a", path.join(folder, "a"), { ranges: 1 }))
        assert(error._tag === "HcpError" && error.reason._tag === "ConnectionLost")
        assert.strictEqual(readsOf(nodes), attempts)
        assert.deepStrictEqual(fs.readdirSync(folder), [])

        yield* fill(folder, { a: "hello" })
        const tree = yield* Tree.directory({ namespace: ns, path: "/u" })
        // A system that gives no answers ends the copy.
        yield* Effect.exit(Stream.runDrain(TreeCopy.copy(yield* Tree.folder(folder), tree)))
        assert.strictEqual(requests(nodes).filter((request) => request === "PUT /rest/u/a").length, attempts)
      }
    })
  )

  it.effect("is copied as often as the policies of both sides allow, and concerns no other object", () =>
    Effect.gen(function* () {
      for (const [ofSource, ofTarget] of [
        [1, 3],
        [3, 1],
        [3, 2],
        [3, 3]
      ] as const) {
        const reads = Math.min(ofSource, ofTarget)
        const nodes = rotten()
        const from = { namespace: yield* withAttempts(nodes, ofSource), path: "/t" }
        const stored: Record<string, string> = {}
        const to = { namespace: yield* withAttempts(holding(stored), ofTarget), path: "/u" }
        const expected = ["Copied b -", "Copied c -", "Failed a IntegrityError"]

        const copied = yield* Stream.runCollect(NamespaceCopy.tree(from, to, { concurrency: 1 }))
        assert.deepStrictEqual([shown(copied), stored], [expected, { "/rest/u/b": "b", "/rest/u/c": "c" }])
        assert.strictEqual(readsOf(nodes), reads)

        const trees = [yield* Tree.directory(from), yield* Tree.directory({ ...to, path: "/v" })] as const
        assert.deepStrictEqual(shown(yield* Stream.runCollect(TreeCopy.copy(...trees, { concurrency: 1 }))), expected)
        assert.strictEqual(readsOf(nodes), 2 * reads)
      }
    })
  )

  it.effect("goes into a folder of this computer as often as the policy of its system says", () =>
    Effect.gen(function* () {
      const nodes = rotten()
      const from = yield* Tree.directory({ namespace: yield* withAttempts(nodes, 1), path: "/t" })
      const folder = yield* temporary
      const outcomes = yield* Stream.runCollect(TreeCopy.copy(from, yield* Tree.folder(folder)))
      assert.deepStrictEqual(shown(outcomes), ["Copied b -", "Copied c -", "Failed a IntegrityError"])
      assert.strictEqual(readsOf(nodes), 1)
      assert.deepStrictEqual(filesIn(folder), { b: "b", c: "c" })
    })
  )

  it.effect("is read as often as by default where neither side has a policy", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* temporary, yield* temporary]
      yield* fill(one, { a: "hello" })
      let reads = 0
      const from = yield* Tree.folder(one)
      const entries: Tree.Tree["entries"] = (include) =>
        Stream.map(from.entries(include), (entry) => ({ ...entry, body: rottenBody(() => reads++) }))
      yield* Stream.runDrain(TreeCopy.copy({ ...from, entries }, yield* Tree.folder(other)))
      assert.strictEqual(reads, RetryPolicy.defaults.attempts)
    })
  )
})
