import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as Turns from "../src/query/turns.ts"
import { makeLinked } from "./utils/administer.ts"
import { makeSystem, status } from "./utils/exchange.ts"
import { tokenFor } from "./utils/mapi.ts"
import { done, find, query } from "./utils/query.ts"

const begin = Effect.gen(function* () {
  yield* TestClock.setTime(1_700_000_000_000)
  const system = yield* makeSystem({
    namespaces: ["n1.t1", { name: "n2", tenant: "t1", versioning: true }],
    users: ["n:n01", { username: "half", password: "pw", permissions: { "n2.t1": ["read", "search"] } }]
  })
  const act = (method: string, target: string, host = "n1.t1", body = "x") =>
    Effect.gen(function* () {
      const code = yield* status(system, method, target, { host: `${host}.${system.domain}`, body })
      if (code >= 300) return yield* Effect.die(`${method} ${target}: ${code}`)
      yield* TestClock.adjust("1 second")
    })
  return { system, act }
})

describe("queries of operations", () => {
  it.effect("without versions the last operation on an object is known, its deletion too", () =>
    Effect.gen(function* () {
      const { act, system } = yield* begin
      yield* act("PUT", "/rest/a")
      yield* act("PUT", "/rest/b")
      yield* act("PUT", "/rest/c")
      yield* act("DELETE", "/rest/a")
      yield* act("DELETE", "/rest/b")
      yield* act("POST", "/rest/c?hold=true")
      yield* act("PUT", "/rest/b")
      assert.deepStrictEqual(yield* done(system), ["DELETED /a", "CREATED /c", "CREATED /b"])
      const { resultSet } = yield* find(system, {
        operation: { verbose: true, systemMetadata: { changeTime: { end: "2099-01-01T00:00:00+0000" } } }
      })
      assert.deepInclude(resultSet[0], { operation: "DELETED", size: 1, utf8Name: "a", namespace: "n1.t1" })
      assert.strictEqual(resultSet[0]?.changeTimeMilliseconds, "1700000003000.00")
    })
  )

  it.effect("with versions there is a record of each of them, of deletions, and of a purge", () =>
    Effect.gen(function* () {
      const { act, system } = yield* begin
      yield* act("PUT", "/rest/a", "n2.t1")
      yield* act("PUT", "/rest/a", "n2.t1")
      yield* act("DELETE", "/rest/a", "n2.t1")
      yield* act("PUT", "/rest/b", "n2.t1")
      yield* act("DELETE", "/rest/b?purge=true", "n2.t1")
      assert.deepStrictEqual(yield* done(system), ["CREATED /a", "CREATED /a", "DELETED /a", "PURGED /b"])
      const only = (...transaction: ReadonlyArray<string>) =>
        done(system, { systemMetadata: { transactions: { transaction } } })
      assert.deepStrictEqual(yield* only("purge"), ["PURGED /b"])
      assert.deepStrictEqual(yield* only("delete", "purge"), ["DELETED /a", "PURGED /b"])
      assert.deepStrictEqual(yield* only("prune", "dispose"), [])
    })
  )

  it.effect("the last minute is left out unless it is asked for; start belongs to it, end does not", () =>
    Effect.gen(function* () {
      const { act, system } = yield* begin
      for (const name of ["a", "b", "c"]) yield* act("PUT", `/rest/${name}`)
      assert.deepStrictEqual((yield* find(system, {})).resultSet, [])
      yield* TestClock.adjust("58 seconds")
      assert.lengthOf((yield* find(system, {})).resultSet, 1)
      yield* TestClock.adjust("10 seconds")
      const answer = yield* query(system, "<queryRequest/>")
      assert.strictEqual(answer.text.match(/<object /g)?.length, 3)
      assert.include(answer.text, `<query start="0" end="1700000011000"/>`)
      const between = (start: string | number, end: string | number) =>
        done(system, { systemMetadata: { changeTime: { start, end } } })
      assert.deepStrictEqual(yield* between(1_700_000_000_000, 1_700_000_001_000), ["CREATED /a"])
      assert.deepStrictEqual(yield* between("2023-11-14T23:13:21+0100", "2023-11-14T22:13:23+0000"), [
        "CREATED /b",
        "CREATED /c"
      ])
      assert.strictEqual(
        (yield* query(system, { operation: { systemMetadata: { changeTime: { start: "yesterday" } } } })).status,
        400
      )
    })
  )

  it.effect("pages go on behind the last result, also where several have one change time", () =>
    Effect.gen(function* () {
      const { system } = yield* begin
      for (const name of ["e", "d", "c", "b", "a"]) yield* status(system, "PUT", `/rest/${name}`, { body: "x" })
      const seen: Array<unknown> = []
      let lastResult: object | undefined
      for (let isComplete = false; !isComplete; ) {
        const { resultSet, status } = yield* find(system, {
          operation: { count: 2, lastResult, systemMetadata: { changeTime: { end: 9_999_999_999_999 } } }
        })
        seen.push(...resultSet.map(({ urlName }) => String(urlName).at(-1)))
        const { changeTimeMilliseconds, urlName, version } = resultSet.at(-1) ?? {}
        lastResult = { changeTimeMilliseconds, urlName, version }
        isComplete = status.code === "COMPLETE"
        assert.isUndefined(status.totalResults)
      }
      assert.deepStrictEqual(seen, ["e", "d", "c", "b", "a"])
      assert.strictEqual((yield* query(system, { operation: { lastResult: { urlName: "x" } } })).status, 400)
    })
  )

  it.effect("filters", () =>
    Effect.gen(function* () {
      const { act, system } = yield* begin
      yield* act("PUT", "/rest/top")
      yield* act("PUT", "/rest/in/a%20b/deep?index=false")
      yield* act("PUT", "/rest/inner/x")
      yield* act("PUT", "/rest/in/two", "n2.t1")
      const where = (systemMetadata: object) => done(system, { systemMetadata })
      assert.deepStrictEqual(yield* where({ directories: { directory: ["/in"] } }), [
        "CREATED /in/a b/deep",
        "CREATED /in/two"
      ])
      assert.deepStrictEqual(yield* where({ directories: { directory: ["/in/a b", "/inner/"] } }), [
        "CREATED /in/a b/deep",
        "CREATED /inner/x"
      ])
      assert.deepStrictEqual(yield* where({ indexable: false }), ["CREATED /in/a b/deep"])
      assert.deepStrictEqual(yield* where({ namespaces: { namespace: ["n2.t1"] } }), ["CREATED /in/two"])
      assert.deepStrictEqual(yield* where({ replicationCollision: true }), [])
      const code = (systemMetadata: object) =>
        Effect.map(query(system, { operation: { systemMetadata } }), (answer) => answer.status)
      assert.strictEqual(yield* code({ namespaces: { namespace: ["n9.t1"] } }), 400)
      assert.strictEqual(yield* code({ directories: { directory: ["in"] } }), 400)
      assert.strictEqual(yield* code({ transactions: { transaction: ["destroy"] } }), 400)
    })
  )

  it.effect("without the search permission they are refused", () =>
    Effect.gen(function* () {
      const { act, system } = yield* begin
      yield* act("PUT", "/rest/a")
      yield* act("PUT", "/rest/b", "n2.t1")
      const headers = { authorization: tokenFor("half", "pw") }
      assert.deepStrictEqual(yield* done(system, {}, { headers }), ["CREATED /b"])
      const named = { operation: { systemMetadata: { namespaces: { namespace: ["n1.t1", "n2.t1"] } } } }
      assert.strictEqual((yield* query(system, named, { headers })).status, 403)
      assert.strictEqual((yield* query(system, named)).status, 200)
    })
  )

  it.effect("what a replication link brings is told on the other system, deletions too", () =>
    Effect.gen(function* () {
      const { first, second } = yield* makeLinked({ count: 2 })
      yield* status(first, "PUT", "/rest/a", { body: "x" })
      yield* status(first, "PUT", "/rest/b", { body: "x" })
      yield* TestClock.adjust("1 minute")
      yield* status(first, "DELETE", "/rest/a")
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* done(second), ["CREATED /b", "DELETED /a"])
    })
  )
})

describe("turns", () => {
  it.effect("five at once at a node; who waits too long is told to come again", () =>
    Effect.gen(function* () {
      const turns = Turns.make({ wait: "30 seconds" })
      const gate = yield* Deferred.make<void>()
      let running = 0
      let most = 0
      const work = Effect.gen(function* () {
        most = Math.max(most, ++running)
        yield* Deferred.await(gate)
        running--
      })
      const six = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 6 }), () => Effect.result(turns.at("127.0.0.1")(work)), {
          concurrency: "unbounded"
        })
      )
      const other = yield* Effect.forkChild(turns.at("127.0.0.2")(work))
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(most, 6)
      yield* Deferred.succeed(gate, undefined)
      const tags = (yield* Fiber.join(six)).map((result) => (result._tag === "Failure" ? result.failure.status : 200))
      assert.deepStrictEqual(tags, [200, 200, 200, 200, 200, 503])
      yield* Fiber.join(other)
    })
  )
})
