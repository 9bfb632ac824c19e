import * as fs from "node:fs"
import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import { MetadataQuery, Namespace } from "@effect-hcp/sdk"
import { Effect, Stream } from "effect"
import type { Job, JobsOptions } from "../src/index.ts"
import { run, System, seeded, temporaryDirectory, walk, working } from "./working.ts"

const note: Job.Action = { _tag: "Run", function: "note" }

const noting = () => {
  const paths: Array<string> = []
  const note: JobsOptions.RunFunction = ({ path }) =>
    Effect.sync(() => {
      paths.push(path)
      return "done"
    })
  return { paths, functions: { note } }
}

layer(System)("a source", (it) => {
  it.effect("of keys in a file: each line is one, and one that is no path has failed", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryDirectory, "keys")
      fs.writeFileSync(file, "/a b.txt\r\n\n/ü/c\nnot a path\n/last")
      const { functions, paths } = noting()
      const { jobs } = yield* working({ functions })
      const id = yield* jobs.submit({ action: note, source: { _tag: "KeyFile", namespace: "main", file } })
      const { done, failed, state } = yield* jobs.await(id)
      assert.deepStrictEqual([state, done, failed], ["finished", 3, 1])
      assert.deepStrictEqual(paths.sort(), ["/a b.txt", "/last", "/ü/c"])
      const [failure] = yield* Stream.runCollect(jobs.failures(id))
      assert.deepStrictEqual([failure?.path, failure?.reason], ["not a path", "UnreadableName"])

      // What ends a line in other texts, marks of editors, and bytes that are no UTF-8 make no other paths.
      const odd = ["\uFEFF/marked", "/one\u2028line", "/one\rline", "/nul\0", "/caf\u00e9"].map((line) => `${line}\n`)
      fs.writeFileSync(
        file,
        Buffer.concat([...odd.map((line) => Buffer.from(line)), Buffer.from("/caf\xe9", "latin1")])
      )
      paths.length = 0
      const oddId = yield* jobs.submit({ action: note, source: { _tag: "KeyFile", namespace: "main", file } })
      assert.strictEqual((yield* jobs.await(oddId)).total, 6)
      const unreadable = yield* Stream.runCollect(jobs.failures(oddId))
      assert.deepStrictEqual([...paths, ...unreadable.map(({ path }) => path)].sort(), [
        "/caf%E9",
        "/caf\u00e9",
        "/marked",
        "/nul\uFFFD",
        "/one\rline",
        "/one\u2028line"
      ])
      assert.include(unreadable.find(({ path }) => path === "/caf%E9")?.message, "it is no UTF-8")

      const none = { _tag: "KeyFile", namespace: "main", file: `${file}.none` } as const
      const summary = yield* run(jobs, { action: note, source: none })
      assert.strictEqual(summary.state, "stopped")
      assert.match(summary.detail ?? "", /keys\.none.*cannot be read.*ENOENT/)
    }).pipe(Effect.scoped)
  )

  it.effect("of keys: one that is named twice is done once", () =>
    Effect.gen(function* () {
      const { functions, paths } = noting()
      const { jobs } = yield* working({ functions })
      const source: Job.Source = { _tag: "Keys", namespace: "main", paths: ["/x", "/y", "/x"] }
      const { done, total } = yield* run(jobs, { action: note, source })
      assert.deepStrictEqual([done, total, paths.sort()], [2, 2, ["/x", "/y"]])
    }).pipe(Effect.scoped)
  )

  it.effect("that is a query: only what it finds in the namespace of the source", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const search = yield* MetadataQuery.MetadataQuery
      yield* seeded(4, "/queried")
      yield* ns.put("/queried/large", "x".repeat(500), { index: true })
      const { functions, paths } = noting()
      const { jobs } = yield* working({ functions, queries: { search } })
      const source = (within: string): Job.Source => ({
        _tag: "Query",
        namespace: "main",
        engine: "search",
        query: "size:[100 TO 1000]",
        within
      })
      const found = yield* run(jobs, { action: note, source: source("n1.t1") })
      assert.deepStrictEqual([found.state, found.detail, paths], ["finished", undefined, ["/queried/large"]])
      assert.strictEqual(found.totalBytes, 500)
      assert.strictEqual((yield* run(jobs, { action: note, source: source("other.t1") })).total, 0)
    }).pipe(Effect.scoped)
  )

  it.effect("that is a walk: objects alone, directories and what is deleted are none", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* seeded(3, "/walked/deep/down")
      yield* ns.makeDirectory("/walked/empty")
      yield* ns.delete("/walked/deep/down/1")
      const { functions, paths } = noting()
      const { jobs } = yield* working({ functions })
      yield* run(jobs, { action: note, source: walk("/walked") })
      assert.deepStrictEqual(paths.sort(), ["/walked/deep/down/0", "/walked/deep/down/2"])
    }).pipe(Effect.scoped)
  )
})
