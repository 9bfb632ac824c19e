import { assert, describe, it } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Clock, DateTime, Effect, type Scope, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import * as Expression from "../../src/query/Expression.ts"
import type { QueryRecord } from "../../src/query/QueryResult.ts"
import { tagOf } from "../utils/namespaces.ts"
import { domain, namespace, queryAt } from "./contract.ts"

const layer = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { name: "n1", tenant: "t1" },
        { name: "n2", tenant: "t1", versioning: true },
        { name: "n3", tenant: "t1" },
        { name: "n1", tenant: "t2" }
      ],
      users: ["n:n01", { username: "blind", password: "n01", permissions: ["browse", "read"] }]
    }
  ]
})

/** What was done up to now, and nothing of the last minute left out. */
const soon = Effect.map(Clock.currentTimeMillis, (now) => DateTime.makeUnsafe(now + 60_000))

const inBothFormats = (
  name: string,
  body: (format: "xml" | "json") => Effect.Effect<void, unknown, Simulator.Simulator | Scope.Scope>
) => {
  for (const format of ["json", "xml"] as const) {
    it.live(`${name} (${format})`, () => Effect.scoped(body(format)).pipe(Effect.provide(layer)))
  }
}

const pathsOf = (records: ReadonlyArray<QueryRecord>) => records.map(({ path }) => path)

describe("the metadata query engine over the wire", () => {
  inBothFormats("finds what was stored, with all that is known of it", (format) =>
    Effect.gen(function* () {
      const ns = yield* namespace("n1.t1")
      yield* ns.put("/in/a + b %.txt", HcpBody.text("12345"), { hold: true })
      yield* ns.annotations.put("/in/a + b %.txt", "note", HcpBody.text("<note>Müller &amp; Söhne</note>"))
      yield* ns.put("/in/c.txt", HcpBody.text("123"))
      yield* (yield* namespace("n1.t2")).put("/foreign.txt", HcpBody.text("1"))
      const query = yield* queryAt("t1", format)
      const all = yield* Stream.runCollect(query.search(Expression.anything))
      assert.deepStrictEqual(new Set(pathsOf(all)), new Set(["/in/a + b %.txt", "/in/c.txt"]))
      assert.isTrue(all.every(({ namespace, size }) => namespace === "n1.t1" && size === undefined))
      const [found, ...others] = yield* Stream.runCollect(
        query.search(Expression.content("müller & söhne"), { properties: "all", acceptGzip: true })
      )
      assert.lengthOf(others, 0)
      const head = yield* ns.head("/in/a + b %.txt")
      const record: Record<string, unknown> = { ...found }
      assert.deepInclude(record, {
        path: "/in/a + b %.txt",
        operation: "created",
        size: 5,
        hold: true,
        hasAnnotations: true,
        hash: head.hash,
        changedAt: head.changedAt,
        versionId: head.versionId,
        owner: { kind: "USER", location: "t1", name: "n" },
        retention: head.retention,
        retentionText: "Deletion Allowed",
        name: "a + b %.txt",
        annotations: [{ name: "note", size: 33 }]
      })
      assert.strictEqual(yield* query.count(Expression.range("size", { after: 3 })), 1)
      assert.deepStrictEqual(yield* query.facets(Expression.anything, ["hold", "namespace"]), [
        {
          property: "hold",
          frequencies: [
            { value: "false", count: 1 },
            { value: "true", count: 1 }
          ]
        },
        { property: "namespace", frequencies: [{ value: "n1.t1", count: 2 }] }
      ])
      assert.deepStrictEqual(yield* query.contentProperties(Expression.anything), [])
      const bad = yield* Effect.flip(query.count(Expression.equals("nothing", 1)))
      assert.strictEqual(bad.reason._tag, "BadRequest")
      assert.match(bad.message, /no property 'nothing'/)
    })
  )

  inBothFormats("pages give each object once, whatever their size", (format) =>
    Effect.gen(function* () {
      const ns = yield* namespace("n1.t1")
      const names = Array.from({ length: 60 }, (_, index) => `/many/${index}`)
      yield* Effect.forEach(names, (name) => ns.put(name, HcpBody.text(name)), { concurrency: 8 })
      const query = yield* queryAt("t1", format)
      for (const pageSize of [1, 2, 7, 59, 60, 61]) {
        const found = yield* Stream.runCollect(query.search(Expression.anything, { pageSize }))
        assert.lengthOf(found, names.length)
        assert.deepStrictEqual(new Set(pathsOf(found)), new Set(names))
        const end = yield* soon
        const done = yield* Stream.runCollect(query.operations({ pageSize, end }))
        assert.deepStrictEqual(pathsOf(done).sort(), [...names].sort())
      }
      const bySize = yield* Stream.runCollect(
        query.search(Expression.anything, {
          pageSize: 9,
          order: [{ property: "size", order: "descending" }, { property: "objectPath" }],
          properties: ["size"]
        })
      )
      const sizes = bySize.map(({ size }) => size ?? 0)
      assert.lengthOf(sizes, 60)
      assert.deepStrictEqual(
        sizes,
        [...sizes].sort((a, b) => b - a)
      )
    })
  )

  inBothFormats("objects that change between two pages do not take others with them", (format) =>
    Effect.gen(function* () {
      const ns = yield* namespace("n1.t1")
      const names = Array.from({ length: 12 }, (_, index) => `/busy/${index}`)
      for (const name of names) yield* ns.put(name, HcpBody.text("x"))
      const query = yield* queryAt("t1", format)
      let seen = 0
      const found = yield* query.search(Expression.anything, { pageSize: 4 }).pipe(
        // One that was seen goes away, and one is changed, after each of the first pages.
        Stream.tap(({ path }) =>
          ++seen % 3 === 0 && seen < 9 && path !== undefined
            ? Effect.andThen(ns.delete(path), ns.modify(`/busy/${seen - 3}`, { index: false }))
            : Effect.void
        ),
        Stream.runCollect
      )
      assert.deepStrictEqual(new Set(pathsOf(found)), new Set(names))
    })
  )

  inBothFormats("operations tell what is there no more, and go on where they ended", (format) =>
    Effect.gen(function* () {
      const plain = yield* namespace("n3.t1")
      const versions = yield* namespace("n2.t1")
      yield* plain.put("/a", HcpBody.text("x"))
      yield* versions.put("/b", HcpBody.text("x"))
      yield* versions.put("/b", HcpBody.text("y"), { ifExists: "newVersion" })
      yield* plain.delete("/a")
      yield* versions.delete("/b")
      const query = yield* queryAt("t1", format)
      const filter = { namespaces: ["n2.t1", "n3.t1"], end: yield* soon }
      const options = { ...filter, pageSize: 2 }
      const done = yield* Stream.runCollect(query.operations(options))
      const told = (records: ReadonlyArray<QueryRecord>) => records.map(({ operation, path }) => `${operation} ${path}`)
      assert.deepStrictEqual(told(done), ["created /b", "created /b", "deleted /a", "deleted /b"])
      yield* versions.put("/c", HcpBody.text("x"))
      yield* versions.delete("/c", { purge: true })
      const later = query.operations({ ...options, after: done.at(-1)?.position })
      assert.deepStrictEqual(told(yield* Stream.runCollect(later)), ["purged /c"])
      assert.lengthOf(yield* Stream.runCollect(query.operations({ namespaces: options.namespaces })), 0)
      assert.strictEqual(yield* tagOf(Stream.runDrain(query.operations({ namespaces: ["n9.t1"] }))), "BadRequest")
      const page = yield* query.operationPage({ ...filter, transactions: ["delete"] })
      assert.deepStrictEqual([told(page.records), page.isComplete], [["deleted /a", "deleted /b"], true])
    })
  )

  inBothFormats("who may not search finds nothing, or is refused; the system sees all", (format) =>
    Effect.gen(function* () {
      yield* (yield* namespace("n1.t1")).put("/a", HcpBody.text("x"))
      yield* (yield* namespace("n1.t2")).put("/b", HcpBody.text("x"))
      const blind = yield* queryAt("t1", format, "blind")
      assert.strictEqual(yield* blind.count(Expression.anything), 0)
      assert.strictEqual(yield* tagOf(Stream.runDrain(blind.operations())), "Forbidden")
      const wrong = yield* queryAt("t1", format, "n", "wrong")
      assert.strictEqual(yield* tagOf(wrong.count(Expression.anything)), "Forbidden")
      const system = yield* queryAt("admin", format, "service", "service01")
      assert.strictEqual(yield* system.count(Expression.anything), 2)
    })
  )
})
