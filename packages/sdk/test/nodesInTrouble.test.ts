import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HcpClient from "../src/HcpClient.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import { answer, brokenOff, fourNodes, makeTarget, ScriptedNodes, type TargetOptions } from "./utils/ScriptedNodes.ts"

const start = Effect.fnUntraced(function* (nodes: ScriptedNodes, options?: TargetOptions) {
  const target = yield* makeTarget(nodes, options)
  return { target, client: HcpClient.make(yield* ReplicaStrategy.make(target, undefined)) }
})

describe("a node in trouble", () => {
  it.effect("that breaks every body is not asked again by the same GET, whatever others do meanwhile", () =>
    Effect.gen(function* () {
      const nodes = new ScriptedNodes([])
      const { client, target } = yield* start(nodes)
      const [bad, , , beforeBad] = fourNodes
      // Others that come along between two attempts of a call make it the bad node's turn again.
      const turnToBad = Effect.gen(function* () {
        while ((yield* target.nextAddress) !== beforeBad) {}
      }).pipe(Effect.orDie)
      nodes.otherwise = () =>
        Effect.suspend(() => Effect.as(turnToBad, nodes.nodes.at(-1) === bad ? brokenOff : answer(200, {}, "whole")))
      yield* turnToBad
      for (let call = 0; call < 4; call++) {
        assert.strictEqual((yield* client.get("/rest/a")).text, "whole")
        assert.strictEqual(nodes.nodes.at(-2), bad)
      }
      assert.strictEqual(nodes.calls.length, 8, "one attempt at the bad node, and one elsewhere")
    })
  )

  it.effect(
    "that breaks every body is out after five of them, however well it answers; a body it delivers ends the row",
    () =>
      Effect.gen(function* () {
        const nodes = new ScriptedNodes([])
        const { client } = yield* start(nodes)
        const [bad] = fourNodes
        let delivers = false
        nodes.otherwise = ({ method }) =>
          Effect.sync(() =>
            method === "GET" && !delivers && nodes.nodes.at(-1) === bad ? brokenOff : answer(200, {}, "whole")
          )
        const read = Effect.andThen(
          Effect.exit(Stream.runDrain(client.stream("/rest/a"))),
          Effect.forEach(fourNodes, () => client.head("/rest/a"))
        )
        const readsAt = (
          calls: ReadonlyArray<{ readonly node: string; readonly request: { readonly method: string } }>
        ) => calls.filter((call) => call.node === bad && call.request.method === "GET").length
        while (readsAt(nodes.calls) < 4) yield* read
        delivers = true
        while (readsAt(nodes.calls) < 5) yield* read
        delivers = false
        while (readsAt(nodes.calls) < 10) yield* read
        const before = nodes.calls.length
        for (let call = 0; call < 40; call++) yield* read
        assert.strictEqual(nodes.calls.slice(before).filter((call) => call.node === bad).length, 0)
        yield* TestClock.adjust("31 seconds")
        delivers = true
        for (let call = 0; call < 40; call++) yield* read
        assert.isAbove(readsAt(nodes.calls), 12)
      })
  )

  it.effect("that delivers a body into memory after four broken ones is trusted for four more", () =>
    Effect.gen(function* () {
      const addresses = fourNodes.slice(0, 2)
      const nodes = new ScriptedNodes([])
      const target = yield* makeTarget(nodes, { addresses, retry: RetryPolicy.never })
      const client = HcpClient.make(yield* ReplicaStrategy.make(target, undefined))
      const read = (count: number) =>
        Effect.forEach(Array.from({ length: count * addresses.length }), () => Effect.exit(client.get("/rest/a")))
      for (const step of [brokenOff, answer(200, {}, "whole"), brokenOff]) {
        nodes.otherwise = step
        yield* read(step === brokenOff ? 4 : 1)
      }
      const statuses = Effect.map(target.nodes.health, (all) => all.map(({ status }) => status))
      assert.deepStrictEqual(yield* statuses, ["healthy", "healthy"])
      yield* read(1)
      assert.include(yield* statuses, "ejected")
    })
  )

  it.effect("that does not connect keeps nobody waiting for a connection to it once it is out", () =>
    Effect.gen(function* () {
      const nodes = new ScriptedNodes([], answer(200, {}, "here"))
      nodes.connecting = Effect.suspend(() =>
        nodes.connects.at(-1) === "192.0.2.2" ? Effect.sleep("3 seconds") : Effect.void
      )
      nodes.dead.add("192.0.2.2")
      const { client, target } = yield* start(nodes, { connections: { maxPerNode: 1 }, retry: RetryPolicy.never })
      const calls = yield* Effect.forEach(Array(40), () =>
        Effect.forkChild(client.get("/rest/a"), { startImmediately: true })
      )
      const before = yield* target.connections
      assert.isAbove(before.find((one) => one.address === "192.0.2.2")?.waiting ?? 0, 5)
      yield* TestClock.adjust("3 seconds")
      yield* TestClock.adjust("1 milli")
      assert.deepStrictEqual(
        calls.filter((call) => call.pollUnsafe() === undefined),
        []
      )
      const replies = yield* Effect.forEach(calls, Fiber.join)
      assert.isTrue(replies.every((reply) => reply.text === "here"))
      assert.strictEqual(nodes.connects.filter((address) => address === "192.0.2.2").length, 1)
    })
  )

  it.effect("that is the only one is waited for", () =>
    Effect.gen(function* () {
      const nodes = new ScriptedNodes([], answer(200, {}, "here"))
      nodes.connecting = Effect.sleep("1 second")
      nodes.dead.add("192.0.2.1")
      const { client } = yield* start(nodes, {
        addresses: ["192.0.2.1"],
        connections: { maxPerNode: 1 },
        retry: RetryPolicy.never
      })
      const first = yield* Effect.forkChild(Effect.flip(client.get("/rest/a")), { startImmediately: true })
      const second = yield* Effect.forkChild(client.get("/rest/a"), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(first)).reason._tag, "CannotConnect")
      nodes.dead.clear()
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(second)).text, "here")
    })
  )
})
