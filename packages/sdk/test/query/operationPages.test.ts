import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import { over, page, urlOf, xml } from "./script.ts"

describe("pages of operations", () => {
  it.effect("each goes on behind the last result, at one node", () =>
    Effect.gen(function* () {
      const { nodes, sent, value } = yield* over(
        [page(["a@1.00", "b@2.00"], "INCOMPLETE"), page(["c@2.00"], "INCOMPLETE"), page(["d@4.01"], "COMPLETE")],
        (query) => Stream.runCollect(query.operations({ pageSize: 2, directories: ["/"] }))
      )
      assert.deepStrictEqual(
        value.map(({ path }) => path),
        ["/a", "/b", "/c", "/d"]
      )
      const last = (name: string, changeTimeMilliseconds: string) => ({
        urlName: urlOf(name),
        changeTimeMilliseconds,
        version: "64"
      })
      assert.deepStrictEqual(
        sent.map((body) => JSON.parse(body).operation.lastResult),
        [undefined, last("b", "2.00"), last("c", "2.00")]
      )
      assert.isTrue(sent.every((body) => JSON.parse(body).operation.systemMetadata.directories.directory[0] === "/"))
      assert.strictEqual(new Set(nodes).size, 1)
      const later = yield* over([page([], "COMPLETE")], (query) =>
        Stream.runCollect(query.operations({ after: value[3]?.position }))
      )
      assert.deepStrictEqual(JSON.parse(later.sent[0] ?? "").operation.lastResult, last("d", "4.01"))
    })
  )

  it.effect("a server that gives the same page again is not asked for ever", () =>
    Effect.gen(function* () {
      const same = page(["a@1.00"], "INCOMPLETE")
      const { value } = yield* over([same, same], (query) => Effect.flip(Stream.runDrain(query.operations())))
      assert.match(value.message, /a page of the results comes again/)
      const endsAlike = [page(["a@1.00", "b@2.00"], "INCOMPLETE"), page(["c@1.50", "b@2.00"], "INCOMPLETE")]
      const other = yield* over(endsAlike, (query) => Effect.flip(Stream.runDrain(query.operations())))
      assert.match(other.value.message, /ends where the one before ended/)
    })
  )

  it.effect("says which time was looked at", () =>
    Effect.gen(function* () {
      const step = xml(
        '<query start="0" end="1394813700000"/><resultSet/><status results="0" message="" code="COMPLETE"/>'
      )
      const { value } = yield* over([step], (query) => query.operationPage())
      assert.deepStrictEqual(value, {
        records: [],
        isComplete: true,
        start: DateTime.makeUnsafe(0),
        end: DateTime.makeUnsafe(1_394_813_700_000)
      })
    })
  )
})
