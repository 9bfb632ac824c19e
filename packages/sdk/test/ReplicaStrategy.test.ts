import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import type { HcpRequest, Method } from "../src/HcpRequest.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import {
  always,
  answer,
  lost,
  makeReplica,
  makeTarget,
  reading,
  type ScriptedNodes,
  type TargetOptions
} from "./utils/ScriptedNodes.ts"

const request = (method: Method, rest: Partial<HcpRequest> = {}): HcpRequest => ({ method, path: "/rest/a", ...rest })

const makePair = Effect.fnUntraced(function* (
  primary: ScriptedNodes,
  replica: ScriptedNodes,
  strategy: ReplicaStrategy.Strategy,
  options?: { readonly primary?: TargetOptions; readonly replica?: TargetOptions }
) {
  return yield* ReplicaStrategy.make(
    yield* makeTarget(primary, options?.primary),
    yield* makeReplica(replica, options?.replica),
    strategy
  )
})

type Pair = ReplicaStrategy.ReplicaStrategy["Service"]

/** Who served the call with which status, and how long it waited. No probe falls into the time that passes. */
const run = (pair: Pair, call: HcpRequest) =>
  Effect.gen(function* () {
    const begun = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.forkChild(
      Effect.gen(function* () {
        const response = yield* Effect.scoped(pair.execute(call))
        const waited = (yield* Clock.currentTimeMillis) - begun
        return `${response.role} ${response.status}${waited > 0 ? " late" : ""}`
      })
    )
    yield* TestClock.adjust("1 minute")
    return yield* Fiber.join(fiber)
  })

const permissions = ["primary", "onFailover", "allowed"] as const
const never = { probeInterval: "1 day", maxProbeInterval: "1 day" } as const
const noDelay = { retry: RetryPolicy.make({ attempts: 1 }) }

describe("the nine pairs of permissions", () => {
  const states = {
    up: () => always(answer(200)),
    down: () => {
      const nodes = always(answer(200))
      nodes.isDown = true
      return nodes
    },
    "no sockets": () => {
      const nodes = always(answer(200))
      nodes.isShortOfSockets = true
      return nodes
    },
    "404": () => always(answer(404)),
    "410": () => always(answer(410)),
    "503": () => always(answer(503))
  }

  const expected = (state: keyof typeof states, permission: ReplicaStrategy.Permission, method: Method): string => {
    switch (state) {
      case "up":
        return "primary 200"
      case "down":
        return permission === "primary" ? "fails" : "replica 200"
      case "no sockets":
        return "no socket"
      case "404":
        return "primary 404"
      case "410":
        return permission === "primary" || method === "PUT" ? "primary 410" : "replica 200"
      case "503":
        return permission === "allowed" ? "replica 200" : "primary 503 late"
    }
  }

  for (const read of permissions) {
    for (const write of permissions) {
      it.effect(`read ${read}, write ${write}`, () =>
        Effect.gen(function* () {
          for (const state of Object.keys(states) as Array<keyof typeof states>) {
            for (const method of ["GET", "PUT"] as const) {
              const replica = always(answer(200))
              const pair = yield* makePair(states[state](), replica, { read, write, ...never })
              const outcome = yield* run(pair, request(method)).pipe(
                Effect.catchReason("HcpError", "CannotConnect", () => Effect.succeed("fails")),
                Effect.catchReason("HcpError", "CannotOpenSocket", () => Effect.succeed("no socket"))
              )
              const wanted = expected(state, method === "GET" ? read : write, method)
              assert.strictEqual(outcome, wanted, `${method} ${state}`)
              assert.strictEqual(replica.calls.length, wanted.startsWith("replica") ? 1 : 0, `${method} ${state}`)
            }
          }
        })
      )
    }
  }
})

describe("reads", () => {
  it.effect("one 503 of the primary is no outage: another of its nodes serves", () =>
    Effect.gen(function* () {
      const primary = always(answer(200))
      const pair = yield* makePair(primary, always(answer(200)), ReplicaStrategy.readOnFailover)
      primary.steps = [answer(503)]
      assert.strictEqual(yield* run(pair, request("GET")), "primary 200 late")
    })
  )

  it.effect("a replica that lags says 404 during an outage: the outage is the error, and it is asked once only", () =>
    Effect.gen(function* () {
      const primary = always(answer(200))
      primary.isDown = true
      const replica = always(answer(404))
      const pair = yield* makePair(primary, replica, { read: "onFailover", ...never })
      for (const calls of [1, 2]) {
        const error = yield* Effect.flip(run(pair, request("GET")))
        assert.strictEqual(error.reason._tag, "CannotConnect")
        assert.isTrue(error.systemDown)
        assert.strictEqual(replica.calls.length, calls)
      }
      primary.isDown = false
      assert.strictEqual(yield* run(pair, request("GET")), "primary 200")
    })
  )

  it.effect("allowed: when the replica cannot help either, the primary is worth waiting for", () =>
    Effect.gen(function* () {
      for (const says of [answer(404), answer(503), lost]) {
        const primary = always(answer(200))
        const replica = always(says)
        const pair = yield* makePair(primary, replica, { read: "allowed", ...never })
        primary.steps = [answer(503), answer(503)]
        assert.strictEqual(yield* run(pair, request("GET")), "primary 200 late")
      }
    })
  )

  it.effect("410 on both sides is the answer", () =>
    Effect.gen(function* () {
      const pair = yield* makePair(always(answer(410)), always(answer(410)), ReplicaStrategy.readOnFailover)
      assert.strictEqual(yield* run(pair, request("GET")), "primary 410")
    })
  )
})

describe("writes", () => {
  it.effect("bytes go on to the replica; a stream that was begun does not", () =>
    Effect.gen(function* () {
      const replica = always(answer(201))
      const options = { primary: { addresses: ["192.0.2.1"], ...noDelay } }
      const pair = yield* makePair(always(reading(lost)), replica, { write: "onFailover", ...never }, options)
      assert.strictEqual(yield* run(pair, request("PUT", { body: HcpBody.text("x") })), "replica 201")
      const other = yield* makePair(always(reading(lost)), replica, { write: "onFailover", ...never }, options)
      const body = HcpBody.streamOnce(Stream.make(new Uint8Array(3)))
      const error = yield* Effect.flip(run(other, request("PUT", { body })))
      assert.strictEqual(error.reason._tag, "NotReplayable")
      assert.strictEqual(replica.calls.length, 1)
    })
  )

  it.effect(
    "a PUT that may have been stored at the primary says so at the replica, where 409 may be its own object",
    () =>
      Effect.gen(function* () {
        const primary = always(lost)
        const pair = yield* makePair(primary, always(answer(409)), { write: "onFailover", ...never })
        const response = yield* Effect.scoped(pair.execute(request("PUT")))
        assert.deepStrictEqual(
          [response.role, response.status, response.retriedAfterAmbiguousFailure],
          ["replica", 409, true]
        )
      })
  )

  it.effect(
    "a DELETE that may have been carried out at one system is not done because the other one lacks the object",
    () =>
      Effect.gen(function* () {
        const single = { addresses: ["192.0.2.1"], ...noDelay }
        const once = { primary: single, replica: single }
        const pair = yield* makePair(always(lost), always(answer(404)), { write: "onFailover", ...never }, once)
        const error = yield* Effect.flip(HcpClient.make(pair).delete("/rest/a"))
        assert.deepStrictEqual([error.reason._tag, error.reached], ["ConnectionLost", "request"])
        const again = yield* Effect.flip(HcpClient.make(pair).delete("/rest/a"))
        assert.deepStrictEqual([again.reason._tag, again.reached], ["ConnectionLost", "request"])

        const primary = always(answer(500))
        const other = yield* makePair(primary, always(answer(404)), { write: "allowed", ...never }, once)
        primary.steps = [answer(500)]
        primary.otherwise = answer(404)
        assert.strictEqual((yield* HcpClient.make(other).delete("/rest/a")).role, "primary")

        const down = always(answer(404))
        down.isDown = true
        const replica = always(answer(200))
        const back = yield* makePair(down, replica, { write: "onFailover", ...never }, once)
        yield* HcpClient.make(back).delete("/rest/a")
        down.isDown = false
        replica.otherwise = lost
        const late = yield* Effect.flip(HcpClient.make(back).delete("/rest/a"))
        assert.deepStrictEqual([late.reason._tag, late.reached], ["ConnectionLost", "request"])
      })
  )

  it.effect("a POST that may have taken effect is not sent to the other system", () =>
    Effect.gen(function* () {
      for (const says of [lost, answer(500), answer(503)]) {
        const replica = always(answer(200))
        const pair = yield* makePair(always(says), replica, { write: "allowed", ...never })
        yield* Effect.exit(run(pair, request("POST")))
        assert.strictEqual(replica.calls.length, 0)
      }
    })
  )

  it.effect("reads prefer the replica for a while after a write went there", () =>
    Effect.gen(function* () {
      const primary = always(answer(200))
      const pair = yield* makePair(primary, always(answer(200)), { read: "onFailover", write: "allowed" })
      primary.steps = [answer(503)]
      assert.strictEqual((yield* Effect.scoped(pair.execute(request("PUT")))).role, "replica")
      const read = Effect.map(Effect.scoped(pair.execute(request("GET"))), (response) => response.role)
      assert.strictEqual(yield* read, "replica")
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual(yield* read, "replica")
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(yield* read, "primary")
    })
  )

  it.effect("such a read is served by the primary when the replica has trouble or lacks the object", () =>
    Effect.gen(function* () {
      for (const says of [answer(404), answer(503), lost]) {
        const primary = always(answer(200))
        const replica = always(answer(200))
        const pair = yield* makePair(primary, replica, { read: "onFailover", write: "allowed" })
        primary.steps = [answer(503)]
        yield* Effect.scoped(pair.execute(request("PUT")))
        replica.otherwise = says
        const fiber = yield* Effect.forkChild(Effect.scoped(pair.execute(request("GET"))))
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual((yield* Fiber.join(fiber)).role, "primary")
      }
    })
  )
})

describe("the replica", () => {
  it.effect("that lost a POST is not followed by the primary: its own error says what is unknown", () =>
    Effect.gen(function* () {
      const primary = always(answer(200))
      primary.isDown = true
      const replica = always(lost)
      const pair = yield* makePair(primary, replica, { write: "onFailover", ...never })
      const error = yield* Effect.flip(run(pair, request("POST")))
      assert.deepStrictEqual([error.reason._tag, error.reached, replica.calls.length], ["ConnectionLost", "request", 1])
      assert.strictEqual(error.target, "n1.t1.replica.test")
    })
  )
})

describe("both systems down", () => {
  it.effect("one error with both causes", () =>
    Effect.gen(function* () {
      const primary = always(answer(200))
      const replica = always(answer(200))
      primary.isDown = true
      replica.isDown = true
      const pair = yield* makePair(primary, replica, { ...ReplicaStrategy.readWriteOnFailover, ...never })
      for (const method of ["GET", "PUT", "GET"] as const) {
        const error = yield* Effect.flip(run(pair, request(method)))
        assert(error.reason._tag === "SystemsUnavailable")
        assert.include(error.reason.primary, "ECONNREFUSED")
        assert.include(error.reason.replica, "ECONNREFUSED")
        assert.isTrue(error.systemDown)
        assert.strictEqual(error.reached, "nothing")
        assert.notInclude(error.message, "\n")
      }
    })
  )

  it.effect("bad input stays bad input, and reaches neither", () =>
    Effect.gen(function* () {
      const primary = always(answer(200))
      const replica = always(answer(200))
      primary.isDown = true
      const pair = yield* makePair(primary, replica, { ...ReplicaStrategy.readWriteOnFailover, ...never })
      yield* run(pair, request("GET"))
      const error = yield* Effect.flip(run(pair, request("PUT", { path: "/rest/../a" })))
      assert.strictEqual(error.reason._tag, "InvalidInput")
      assert.isFalse(error.isRetryable)
      assert.strictEqual(replica.calls.length, 1)
    })
  )
})
