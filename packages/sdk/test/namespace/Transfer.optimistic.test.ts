import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { OptimisticStore } from "../../src/namespace/internal/optimisticStore.ts"
import { requests } from "../utils/namespaces.ts"
import { answer } from "../utils/ScriptedNodes.ts"
import { fill, holding, shown, temporary, up } from "../utils/transfers.ts"

const limit = 64 * 1024

describe("an upload of small files", () => {
  it.effect("is one request for each where nothing is there; larger files always look first", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* fill(folder, { a: "one", b: "x".repeat(limit), c: "x".repeat(limit + 1) })
      const nodes = holding({})
      assert.deepStrictEqual(shown(yield* up(folder, nodes)), ["Stored a", "Stored b", "Stored c"])
      assert.deepStrictEqual([...requests(nodes)].sort(), [
        "HEAD /rest/t/c",
        "PUT /rest/t/a",
        "PUT /rest/t/b",
        "PUT /rest/t/c"
      ])
      assert.isTrue(
        nodes.calls.every(({ request }) => request.method === "HEAD" || /if-none-match/i.test(String(request.headers))),
        "HCP stores it only where there is nothing"
      )
    })
  )

  it.effect("looks first again once more than four were there", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const files = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`${n}`, `text ${n}`]))
      yield* fill(folder, files)
      const nodes = holding(Object.fromEntries(Object.entries(files).map(([name, text]) => [`/rest/t/${name}`, text])))
      const outcomes = yield* up(folder, nodes, { concurrency: 1 })
      assert.isTrue(outcomes.every((one) => one._tag === "Skipped" && one.reason === "same"))
      const asked = requests(nodes).map((request) => request.slice(0, 4))
      assert.strictEqual(asked.filter((method) => method === "PUT ").length, 5)
      // A refused one is looked at once.
      assert.strictEqual(asked.filter((method) => method === "HEAD").length, 50)
    })
  )

  for (const status of [400, 403, 409, 412, 413]) {
    it.effect(`takes what is there for the answer after a refusal: ${status}`, () =>
      Effect.gen(function* () {
        const folder = yield* temporary
        yield* fill(folder, { other: "ours", same: "same" })
        const objects = { "/rest/t/other": "theirs", "/rest/t/same": "same" }
        const steps = { "PUT /rest/t/other": answer(status), "PUT /rest/t/same": answer(status) }
        const outcomes = yield* up(folder, holding(objects, {}, steps))
        assert.deepStrictEqual(shown(outcomes), ["Failed other ObjectExists", "Skipped same same"])
      })
    )
  }

  it.effect("says the refusal where nothing is there", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* fill(folder, { a: "one", b: "two" })
      const steps = { "PUT /rest/t/a": answer(413), "PUT /rest/t/b": answer(400) }
      assert.deepStrictEqual(shown(yield* up(folder, holding({}, {}, steps))), [
        "Failed a TooLarge",
        "Failed b BadRequest"
      ])
    })
  )

  it.effect("says the refusal where nobody may look", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* fill(folder, { a: "one" })
      const nodes = holding({}, {}, { "PUT /rest/t/a": answer(413), "HEAD /rest/t/a": answer(403) })
      assert.deepStrictEqual(shown(yield* up(folder, nodes)), ["Failed a TooLarge"])
    })
  )
})

describe("an optimistic store", () => {
  it("is due while at most four of the last 32 small files were there", () => {
    const store = new OptimisticStore()
    const note = (isTaken: boolean, times: number) => {
      for (let n = 0; n < times; n++) store.note(isTaken)
    }
    note(true, 4)
    assert.isTrue(store.isDue(limit))
    assert.isFalse(store.isDue(limit + 1))
    note(true, 1)
    assert.isFalse(store.isDue(0))
    note(false, 27)
    assert.isFalse(store.isDue(0))
    note(false, 1)
    assert.isTrue(store.isDue(0), "the first one is forgotten")
    note(true, 1)
    assert.isTrue(store.isDue(0), "and with it the second")
  })
})
