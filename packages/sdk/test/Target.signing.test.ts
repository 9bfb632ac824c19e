import { assert, it } from "@effect/vitest"
import { Effect, Exit, Layer, Redacted } from "effect"
import * as Credentials from "../src/Credentials.ts"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as Transport from "../src/Transport.ts"
import { answer, lost, makeTarget, script } from "./utils/ScriptedNodes.ts"

it.effect("every attempt is signed anew, over what it sends", () =>
  Effect.gen(function* () {
    const seen: Array<Credentials.Unsigned> = []
    const credentials = Layer.succeed(Credentials.Credentials, {
      headers: Effect.die("not to be asked"),
      sign: (request) =>
        Effect.sync(() => {
          seen.push(request)
          return [["Authorization", Redacted.make(`signature ${seen.length}`)]] as const
        }),
      refresh: Effect.succeed(false),
      requiresTls: false,
      label: "a signer"
    })
    const nodes = script(lost, answer(201))
    const client = HcpClient.make(yield* ReplicaStrategy.make(yield* makeTarget(nodes, { credentials }), undefined))
    const bytes = Buffer.from("body")
    yield* client.put("/bucket/a b", HcpBody.bytes(bytes), {
      query: { uploadId: "x y", none: undefined, acl: "" },
      headers: { "x-amz-acl": "private" }
    })
    assert.deepStrictEqual(
      nodes.calls.map((call) => call.header("authorization")),
      ["signature 1", "signature 2"]
    )
    const [first, second] = seen
    assert.deepStrictEqual(first, second)
    assert.strictEqual(first?.method, "PUT")
    assert.strictEqual(first?.path, "/bucket/a b")
    assert.deepStrictEqual(first?.query, [
      ["uploadId", "x y"],
      ["acl", ""]
    ])
    assert.deepStrictEqual(first?.body, bytes)
    const names = (first?.headers ?? []).map(([name]) => name)
    assert.include(names, "x-amz-acl")
    assert.include(names, "Host")
  })
)

it.effect("a signer that throws is a defect of the call, and its connection comes back", () =>
  Effect.gen(function* () {
    const defect = new Error("a fault of the signer")
    const credentials = Layer.succeed(Credentials.Credentials, {
      headers: Effect.die("not to be asked"),
      sign: () => {
        throw defect
      },
      refresh: Effect.succeed(false),
      requiresTls: false,
      label: "a signer"
    })
    const target = yield* makeTarget(script(), { credentials })
    const exit = yield* Effect.exit(target.call({ method: "GET", path: "/rest/a" }))
    assert.deepStrictEqual(exit, Exit.die(defect))
    const busy = (yield* target.connections).map((node) => node.busy)
    assert.deepStrictEqual(busy, [0, 0, 0, 0])
  })
)

for (const [name, sign] of [
  ["at once", Effect.succeed([])],
  ["elsewhere", Effect.as(Effect.yieldNow, [])]
] as const) {
  it.effect(`a connection that throws is a defect of the call that is signed ${name}, and comes back`, () =>
    Effect.gen(function* () {
      const defect = new Error("a fault of the connection")
      let isDestroyed = false
      const connection: Transport.Connection = {
        connectMillis: 0,
        isReady: () => true,
        isFlushed: () => true,
        exchange: () => {
          throw defect
        },
        destroy: () => {
          isDestroyed = true
        }
      }
      const credentials = Layer.succeed(Credentials.Credentials, {
        headers: sign,
        refresh: Effect.succeed(false),
        requiresTls: false,
        label: "a signer"
      })
      const transport = Layer.succeed(Transport.Transport, { connect: () => Effect.succeed(connection) })
      const target = yield* makeTarget({ layer: transport }, { credentials })
      const exit = yield* Effect.exit(target.call({ method: "GET", path: "/rest/a" }))
      assert.deepStrictEqual(exit, Exit.die(defect))
      assert.isTrue(isDestroyed)
      const busy = (yield* target.connections).map((node) => node.busy)
      assert.deepStrictEqual(busy, [0, 0, 0, 0])
    })
  )
}
