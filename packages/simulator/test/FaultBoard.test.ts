import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Fault } from "../src/Faults.ts"
import * as FaultBoard from "../src/internal/faultBoard.ts"

const places = [
  { domain: "hcp1.example.com", nodes: ["127.0.11.1", "127.0.11.2"] },
  { domain: "hcp2.example.com", nodes: ["127.0.12.1", "127.0.12.2"] }
]

const start = Effect.fnUntraced(function* () {
  const board = yield* FaultBoard.make(places)
  const events: Array<string> = []
  for (const node of places.flatMap(({ nodes }) => nodes)) {
    yield* board.attach(node, (up) => Effect.sync(() => void events.push(`${node} ${up ? "up" : "down"}`)))
  }
  return { board, events }
})

const kinds = (board: FaultBoard.FaultBoard, node: string, method = "GET") =>
  Effect.map(board.hitRequest(node, { method, target: "/rest/a.txt" }), (hits) => hits.map(({ fault }) => fault))

describe("Faults", () => {
  it.effect("hit the node that is named by address, by number, by system, or not at all", () =>
    Effect.gen(function* () {
      const hit = Effect.fnUntraced(function* (where: { readonly node?: string | number; readonly system?: string }) {
        const { board } = yield* start()
        yield* board.add({ fault: "mute", ...where })
        const all = places.flatMap(({ nodes }) => nodes)
        return (yield* Effect.filter(all, (node) => Effect.map(kinds(board, node), (hits) => hits.length > 0))).join()
      })
      assert.strictEqual(yield* hit({ node: "127.0.11.2" }), "127.0.11.2")
      assert.strictEqual(yield* hit({ node: 2, system: "HCP2.example.com" }), "127.0.12.2")
      assert.strictEqual(yield* hit({ system: "hcp2.example.com" }), "127.0.12.1,127.0.12.2")
      assert.strictEqual(yield* hit({}), "127.0.11.1,127.0.11.2,127.0.12.1,127.0.12.2")
    })
  )

  it.effect("refuse targets that do not exist, and change nothing then", () =>
    Effect.gen(function* () {
      const { board } = yield* start()
      const refused = (fault: Fault) =>
        Effect.map(Effect.flip(board.add({ fault: "reset" }, fault)), (error) => `${error.reason}: ${error.message}`)
      assert.match(yield* refused({ fault: "mute", node: "127.0.11.9" }), /^control: No node 127\.0\.11\.9; there is/)
      assert.match(yield* refused({ fault: "mute", system: "hcp3.example.com" }), /^control: No system hcp3/)
      assert.match(yield* refused({ fault: "mute", node: 3, system: "hcp1.example.com" }), /No node 3 in hcp1/)
      assert.match(yield* refused({ fault: "mute", node: 1 }), /of which system/)
      assert.deepStrictEqual(yield* board.list, [])
    })
  )

  it.effect("end after their number of times, oldest first, and only count what they hit", () =>
    Effect.gen(function* () {
      const { board } = yield* start()
      const node = "127.0.11.1"
      yield* board.add(
        { fault: "status", status: 503, times: 2, node },
        { fault: "status", status: 500, times: 2, node, methods: ["PUT"] },
        { fault: "slow", delay: 5, node }
      )
      const statuses = (method: string) =>
        Effect.map(board.hitRequest(node, { method, target: "/rest/a.txt" }), (hits) =>
          hits.flatMap((hit) => (hit.fault === "status" ? [hit.status] : []))
        )
      assert.deepStrictEqual(yield* kinds(board, "127.0.11.2"), [])
      assert.deepStrictEqual(yield* kinds(board, node), ["status", "slow"])
      assert.deepStrictEqual(yield* statuses("PUT"), [503])
      assert.deepStrictEqual(yield* statuses("GET"), [])
      assert.deepStrictEqual(yield* statuses("PUT"), [500])
      assert.deepStrictEqual(yield* board.list, [
        { fault: "status", status: 500, times: 1, node, methods: ["PUT"] },
        { fault: "slow", delay: 5, node }
      ])
      assert.deepStrictEqual(yield* statuses("PUT"), [500])
      assert.deepStrictEqual(yield* statuses("PUT"), [])
    })
  )

  it.effect("take nodes down and up, each once, and tell which are down", () =>
    Effect.gen(function* () {
      const { board, events } = yield* start()
      const one: Fault = { fault: "refuse", node: "127.0.11.1" }
      yield* board.add(one)
      yield* board.add({ fault: "refuse", system: "hcp1.example.com" })
      assert.deepStrictEqual(events, ["127.0.11.1 down", "127.0.11.2 down"])
      yield* board.delete(one)
      assert.deepStrictEqual([...(yield* board.refusing)], ["127.0.11.1", "127.0.11.2"])
      yield* board.clear
      assert.deepStrictEqual(events.slice(2), ["127.0.11.1 up", "127.0.11.2 up"])
      assert.strictEqual((yield* board.refusing).size, 0)
    })
  )

  it.effect("last as long as a scope", () =>
    Effect.gen(function* () {
      const { board } = yield* start()
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* board.during({ fault: "mute", times: undefined })
          assert.strictEqual((yield* board.list).length, 1)
        })
      )
      assert.deepStrictEqual(yield* board.list, [])
    })
  )

  it.effect("hit queries below the domain they name", () =>
    Effect.gen(function* () {
      const { board } = yield* start()
      yield* board.add({ fault: "nameServer", mode: "servfail", system: "hcp1.example.com", times: 1 })
      assert.isUndefined(yield* board.hitQuery("n1.t1.hcp2.example.com"))
      assert.strictEqual((yield* board.hitQuery("n1.t1.hcp1.example.com"))?.mode, "servfail")
      assert.isUndefined(yield* board.hitQuery("n1.t1.hcp1.example.com"))
    })
  )

  it.effect("hit a path and what is below it, decoded and without parameters", () =>
    Effect.gen(function* () {
      const { board } = yield* start()
      yield* board.add({ fault: "mute", path: "/rest/a b" })
      const hits = (target: string) =>
        Effect.map(board.hitRequest("127.0.11.1", { method: "GET", target }), (found) => found.length > 0)
      for (const target of ["/rest/a%20b", "/rest/a%20b?version=list", "/rest/a%20b/c", "/rest/a b"]) {
        assert.isTrue(yield* hits(target), target)
      }
      for (const target of ["/rest/a%20bc", "/rest", "/rest/%E0%A4%A", "/rest/other?x=/rest/a b"]) {
        assert.isFalse(yield* hits(target), target)
      }
    })
  )
})
