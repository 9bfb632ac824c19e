import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import type { RequestFault } from "../src/Faults.ts"
import type { GatewayBody, GatewayRequest } from "../src/Gateway.ts"
import * as SimulatedNode from "../src/SimulatedNode.ts"
import { readBody } from "./utils/exchange.ts"

const request: GatewayRequest = {
  method: "GET",
  target: "/rest/a",
  host: "n1.t1.hcp1.example.com",
  headers: {},
  body: Stream.empty,
  node: "127.0.0.1",
  listener: "data",
  secure: true
}

/** What comes of a body under some faults; undefined where it broke off. */
const sent = (body: GatewayBody, ...faults: ReadonlyArray<RequestFault>) =>
  Effect.gen(function* () {
    const node = SimulatedNode.make({
      address: request.node,
      gateway: { handle: () => Effect.succeed({ status: 200, headers: [], body }) },
      faults: () => Effect.succeed(faults)
    })
    const answer = yield* node.handle(request)
    return answer._tag === "Response" ? [...(yield* readBody(answer.response))] : answer._tag
  })

const bytes = (...values: ReadonlyArray<number>) => new Uint8Array(values)

describe("a corrupt fault", () => {
  it.effect("turns the bytes it names, across chunks, keeps the length, and leaves the store's own bytes alone", () =>
    Effect.gen(function* () {
      const own = bytes(0, 1, 2, 3)
      const whole: GatewayBody = { _tag: "Bytes", bytes: own }
      assert.deepStrictEqual(yield* sent(whole, { fault: "corrupt" }), [255, 1, 2, 3])
      assert.deepStrictEqual([...own], [0, 1, 2, 3])
      const chunks: GatewayBody = {
        _tag: "Stream",
        length: 6,
        stream: Stream.make(bytes(0, 0, 0), bytes(0, 0), bytes(0))
      }
      assert.deepStrictEqual(yield* sent(chunks, { fault: "corrupt", at: 2, bytes: 3 }), [0, 0, 255, 255, 255, 0])
      assert.deepStrictEqual(yield* sent(chunks, { fault: "corrupt", at: 6 }), [0, 0, 0, 0, 0, 0])
      assert.deepStrictEqual(yield* sent({ _tag: "Empty" }, { fault: "corrupt" }), [])
    })
  )
})

describe("a loseAnswer fault", () => {
  it.effect("has the request carried out, and is no answer; a request that is reset is not carried out", () =>
    Effect.gen(function* () {
      const handled: Array<string> = []
      const outcome = Effect.fnUntraced(function* (...faults: ReadonlyArray<RequestFault>) {
        const node = SimulatedNode.make({
          address: request.node,
          gateway: {
            handle: ({ method }) =>
              Effect.sync(() => {
                handled.push(method)
                return { status: 201, headers: [], body: { _tag: "Empty" } }
              })
          },
          faults: () => Effect.succeed(faults)
        })
        return (yield* node.handle({ ...request, method: "PUT" }))._tag
      })
      assert.strictEqual(yield* outcome({ fault: "reset" }), "Reset")
      assert.strictEqual(yield* outcome({ fault: "loseAnswer" }, { fault: "reset" }), "Reset")
      assert.deepStrictEqual(handled, [])
      assert.strictEqual(yield* outcome({ fault: "loseAnswer" }), "Close")
      assert.deepStrictEqual(handled, ["PUT"])
    })
  )
})
