import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, MutableRef, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Credentials from "../src/Credentials.ts"
import * as HcpBody from "../src/HcpBody.ts"
import type { HcpRequest, Method } from "../src/HcpRequest.ts"
import * as Resolver from "../src/Resolver.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as Target from "../src/Target.ts"
import * as Transport from "../src/Transport.ts"
import {
  always,
  answer,
  brokenOff,
  fourNodes,
  lost,
  makeTarget,
  mute,
  reading,
  script,
  type TargetOptions,
  withRandom
} from "./utils/ScriptedNodes.ts"

const request = (method: Method, rest: Partial<HcpRequest> = {}): HcpRequest => ({ method, path: "/rest/a", ...rest })

/** The status, or the error, and what else matters about one call; time passes as the call needs it. */
const run = (target: Target.Shape, call: HcpRequest) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(
      Effect.scoped(
        Effect.map(target.execute(call), ({ attempts, node, retriedAfterAmbiguousFailure, status }) => ({
          attempts,
          node,
          retriedAfterAmbiguousFailure,
          status
        }))
      )
    )
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const bytes = (...values: ReadonlyArray<number>) => new Uint8Array(values)

describe("nodes that take no connection", () => {
  it.effect("cost no attempt and no delay, and are left out from then on", () =>
    Effect.gen(function* () {
      const nodes = always(answer(200))
      const target = yield* makeTarget(nodes, { retry: RetryPolicy.never })
      for (const address of fourNodes.slice(0, 3)) nodes.dead.add(address)
      for (let i = 0; i < 4; i++) {
        assert.strictEqual((yield* Effect.scoped(target.execute(request("GET")))).node, fourNodes[3])
      }
      const before = nodes.connects.length
      for (let i = 0; i < 10; i++) yield* Effect.scoped(target.execute(request("GET")))
      assert.strictEqual(nodes.connects.length, before)
    })
  )

  it.effect("all of them: every node is asked once before the first delay, and the error names them all", () =>
    Effect.gen(function* () {
      const nodes = always(answer(200))
      nodes.isDown = true
      const target = yield* makeTarget(nodes, { retry: RetryPolicy.make({ attempts: 1 }) })
      const error = yield* Effect.flip(Effect.scoped(target.execute(request("PUT"))))
      assert.deepStrictEqual([...nodes.connects].sort(), fourNodes)
      assert.strictEqual(error.reason._tag, "CannotConnect")
      assert.strictEqual(error.reached, "nothing")
      assert.isTrue(error.systemDown)
      for (const address of fourNodes) assert.include(error.message, address)
      assert.strictEqual(error.message.split("check the port").length, 2)
    })
  )

  it.effect("because this computer has no sockets left: the call waits, blames no node, and is served", () =>
    Effect.gen(function* () {
      const nodes = always(answer(200))
      nodes.isShortOfSockets = true
      const target = yield* makeTarget(nodes, { retry: RetryPolicy.make({ attempts: 3 }) })
      const failing = yield* Effect.forkChild(Effect.flip(Effect.scoped(target.execute(request("GET")))))
      yield* TestClock.adjust("1 hour")
      const error = yield* Fiber.join(failing)
      assert.strictEqual(error.reason._tag, "CannotOpenSocket")
      assert.isFalse(error.systemDown)
      assert.strictEqual(nodes.connects.length, 3)
      const waiting = yield* Effect.forkChild(Effect.scoped(target.execute(request("GET"))))
      yield* Effect.yieldNow
      nodes.isShortOfSockets = false
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(waiting)).status, 200)
      for (let i = 0; i < 8; i++) yield* Effect.scoped(target.execute(request("GET")))
      assert.deepStrictEqual([...new Set(nodes.nodes)].sort(), fourNodes)
    })
  )

  it.effect("because this computer had no sockets left tell nothing of the nodes, should the next one fail", () =>
    Effect.gen(function* () {
      const nodes = always(lost)
      nodes.isShortOfSockets = true
      const target = yield* makeTarget(nodes, { retry: RetryPolicy.make({ attempts: 3 }) }).pipe(withRandom(0.5))
      const call = yield* Effect.forkChild(
        Effect.flip(Effect.scoped(target.execute(request("GET")))).pipe(withRandom(0.5))
      )
      yield* TestClock.adjust("60 millis")
      assert.strictEqual(nodes.connects.length, 2)
      nodes.isShortOfSockets = false
      yield* TestClock.adjust("1 minute")
      const error = yield* Fiber.join(call)
      assert.deepStrictEqual([error.reason._tag, nodes.calls.length], ["ConnectionLost", 1])
      assert.isFalse(error.systemDown)
    })
  )

  it.effect("all of them, for a moment: the call waits and is served", () =>
    Effect.gen(function* () {
      const nodes = always(answer(200))
      nodes.isDown = true
      const target = yield* makeTarget(nodes).pipe(withRandom(0.5))
      const fiber = yield* Effect.forkChild(Effect.scoped(target.execute(request("GET"))).pipe(withRandom(0.5)))
      yield* TestClock.adjust("49 millis")
      assert.strictEqual(nodes.connects.length, 4)
      nodes.isDown = false
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).status, 200)
    })
  )
})

describe("requests whose answer was lost", () => {
  it.effect("are repeated at once on another node if that is safe", () =>
    Effect.gen(function* () {
      for (const method of ["GET", "HEAD", "PUT", "DELETE"] as const) {
        const nodes = script(lost, mute, answer(200))
        const target = yield* makeTarget(nodes)
        const response = yield* Effect.scoped(target.execute(request(method)))
        assert.deepStrictEqual([response.status, response.attempts], [200, 3])
        assert.strictEqual(new Set(nodes.nodes).size, 3)
        assert.isTrue(response.retriedAfterAmbiguousFailure)
        assert.deepStrictEqual(nodes.steps, [])
      }
    })
  )

  it.effect("POST: is not repeated, and the error says that the outcome is unknown", () =>
    Effect.gen(function* () {
      const nodes = script(lost)
      const target = yield* makeTarget(nodes)
      const error = yield* Effect.flip(run(target, request("POST")))
      assert.strictEqual(nodes.calls.length, 1)
      assert.strictEqual(error.reached, "request")
      assert.include(error.message, "whether it took effect is unknown")
      const again = script(lost, answer(200))
      const other = yield* makeTarget(again)
      assert.strictEqual((yield* run(other, request("POST", { idempotent: true }))).status, 200)
    })
  )

  it.effect("stay of unknown outcome when the attempts after them reached nothing", () =>
    Effect.gen(function* () {
      const nodes = script(() => {
        nodes.isDown = true
        return lost
      })
      const target = yield* makeTarget(nodes)
      const error = yield* Effect.flip(run(target, request("PUT")))
      assert.strictEqual(error.reason._tag, "CannotConnect")
      assert.strictEqual(error.reached, "request")
      assert.include(error.message, "whether it took effect is unknown")
    })
  )

  it.effect("end after as many attempts as the policy allows", () =>
    Effect.gen(function* () {
      const nodes = always(lost)
      const target = yield* makeTarget(nodes)
      const error = yield* Effect.flip(run(target, request("GET")))
      assert.strictEqual(nodes.calls.length, 3)
      assert.strictEqual(error.failedAttempts.length, 2)
      assert.notInclude(error.message, "took effect")
    })
  )

  it.effect("tell of the whole system only when several nodes were met", () =>
    Effect.gen(function* () {
      const down = (options: TargetOptions) =>
        Effect.gen(function* () {
          const target = yield* makeTarget(always(lost), options)
          return (yield* Effect.flip(run(target, request("GET")))).systemDown
        })
      assert.isTrue(yield* down({}))
      assert.isFalse(yield* down({ retry: RetryPolicy.never }))
      assert.isTrue(yield* down({ retry: RetryPolicy.never, addresses: ["192.0.2.1"] }))
    })
  )

  it.effect("tell nothing of the system while it answers other calls", () =>
    Effect.gen(function* () {
      const nodes = always(({ path }) =>
        path === "/rest/slow" ? Effect.andThen(Effect.sleep("30 seconds"), mute) : Effect.succeed(answer(200))
      )
      const target = yield* makeTarget(nodes)
      const slow = yield* Effect.forkChild(
        Effect.flip(Effect.scoped(target.execute(request("GET", { path: "/rest/slow" }))))
      )
      yield* TestClock.adjust("45 seconds")
      yield* Effect.scoped(target.execute(request("GET")))
      yield* TestClock.adjust("45 seconds")
      assert.isFalse((yield* Fiber.join(slow)).systemDown)
    })
  )

  it.effect("tell of a system that answered other calls before the last delay, and none since", () =>
    Effect.gen(function* () {
      const nodes = always(lost)
      nodes.steps = [answer(503), answer(200)]
      const target = yield* makeTarget(nodes, { retry: RetryPolicy.make({ attempts: 3 }) })
      const call = yield* Effect.forkChild(
        Effect.flip(Effect.scoped(target.execute(request("GET")))).pipe(withRandom(0.5))
      )
      yield* TestClock.adjust("100 millis")
      assert.strictEqual((yield* Effect.scoped(target.execute(request("GET")))).status, 200)
      yield* TestClock.adjust("1 minute")
      assert.isTrue((yield* Fiber.join(call)).systemDown)
    })
  )

  it.effect("at another system leave the outcome unknown here", () =>
    Effect.gen(function* () {
      const nodes = always(answer(200))
      nodes.isDown = true
      const target = yield* makeTarget(nodes, { retry: RetryPolicy.never })
      const error = yield* Effect.flip(Effect.scoped(target.execute(request("PUT"), { maybeDone: true })))
      assert.strictEqual(error.reached, "request")
    })
  )

  it.effect("on a warm connection do not count as attempts, for GET and for PUT with bytes", () =>
    Effect.gen(function* () {
      const nodes = script(answer(200), lost, answer(201))
      const target = yield* makeTarget(nodes, { addresses: ["192.0.2.1"], retry: RetryPolicy.never })
      yield* Effect.scoped(Effect.flatMap(target.execute(request("GET")), (response) => response.bytes()))
      const reply = yield* Effect.scoped(target.execute(request("PUT", { body: HcpBody.bytes(bytes(1)) })))
      assert.strictEqual(reply.status, 201)
      assert.strictEqual((yield* target.nodes.health)[0]?.consecutiveFailures, 0)
    })
  )

  it.effect("on a warm connection are expected of those that were idle for as long: none of these is tried", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const nodes = always(() => Effect.as(Deferred.await(gate), answer(200)))
      const target = yield* makeTarget(nodes, { addresses: fourNodes.slice(0, 1), retry: RetryPolicy.never })
      const get = Effect.scoped(Effect.flatMap(target.execute(request("GET")), (response) => response.bytes()))
      const warming = yield* Effect.forkChild(Effect.all([get, get, get], { concurrency: "unbounded" }))
      yield* TestClock.adjust("1 second")
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(warming)
      assert.strictEqual((yield* target.connections)[0]?.idle, 3)
      nodes.steps = [lost]
      yield* get
      assert.strictEqual((yield* target.connections)[0]?.idle, 1)
      assert.strictEqual(nodes.connects.length, 4)
    })
  )

  it.effect("on warm connections count from the fourth on, so that a call ends", () =>
    Effect.gen(function* () {
      const addresses = [...fourNodes, "192.0.2.5"]
      const warm = addresses.map(() => answer(200))
      for (const losses of [3, 4]) {
        const nodes = script(...warm, ...Array.from({ length: losses }, () => lost), answer(200))
        const target = yield* makeTarget(nodes, { addresses, retry: RetryPolicy.never })
        for (const _ of addresses) yield* Effect.scoped(target.execute(request("GET")))
        const exit = yield* Effect.exit(Effect.scoped(target.execute(request("GET"))))
        assert.deepStrictEqual([Exit.isSuccess(exit), nodes.calls.length], [losses === 3, 9])
        const failures = (yield* target.nodes.health).reduce((sum, node) => sum + node.consecutiveFailures, 0)
        assert.strictEqual(failures, 0, "the nodes may close what is idle")
      }
    })
  )

  it.effect("on a warm connection leave their node among those that are asked before the first delay", () =>
    Effect.gen(function* () {
      const nodes = script(answer(200), lost, lost, lost, answer(200))
      const target = yield* makeTarget(nodes, { addresses: fourNodes.slice(0, 2) })
      yield* Effect.scoped(target.execute(request("GET")))
      yield* Effect.flip(Effect.scoped(target.execute(request("POST"))))
      assert.strictEqual((yield* Effect.scoped(target.execute(request("GET")))).status, 200)
      const [warm = "", cold = ""] = nodes.nodes
      assert.notStrictEqual(warm, cold)
      assert.deepStrictEqual(nodes.nodes, [warm, cold, warm, cold, warm])
      assert.deepStrictEqual(new Set(nodes.calls.map(({ at }) => at)), new Set([0]))
    })
  )
})

describe("bodies", () => {
  it.effect("that can be read only once are not sent twice", () =>
    Effect.gen(function* () {
      const nodes = script(reading(lost))
      const target = yield* makeTarget(nodes)
      const body = HcpBody.streamOnce(Stream.make(bytes(1, 2)))
      const error = yield* Effect.flip(run(target, request("PUT", { body })))
      assert.strictEqual(error.reason._tag, "NotReplayable")
      assert.include(error.message, "ECONNRESET")
      assert.include(error.message, "can be read only once")
      assert.include(error.message, "whether it took effect is unknown")
      assert.strictEqual(nodes.calls.length, 1)
    })
  )

  it.effect("that can be read only once are sent once more where the node was gone before the request began", () =>
    Effect.gen(function* () {
      const { reason } = lost
      const nodes = script(new Transport.ExchangeFailure({ reason, reached: "nothing" }), reading(answer(201)))
      const target = yield* makeTarget(nodes)
      const body = HcpBody.streamOnce(Stream.make(bytes(1, 2)))
      assert.strictEqual((yield* run(target, request("PUT", { body }))).status, 201)
      assert.strictEqual(nodes.calls.length, 2)
    })
  )

  it.effect("that can be read only once and were not begun are", () =>
    Effect.gen(function* () {
      const nodes = script(answer(201))
      const target = yield* makeTarget(nodes)
      for (const address of fourNodes.slice(0, 3)) nodes.dead.add(address)
      const body = HcpBody.streamOnce(Stream.make(bytes(1, 2)))
      assert.strictEqual((yield* run(target, request("PUT", { body }))).status, 201)
    })
  )

  it.effect("from a function are made once per attempt, and the one before is let go of first", () =>
    Effect.gen(function* () {
      const nodes = script(reading(lost), reading(answer(500)), reading(answer(201)))
      const target = yield* makeTarget(nodes)
      const made = MutableRef.make(0)
      const open = MutableRef.make(0)
      const most = MutableRef.make(0)
      const body = HcpBody.stream(() => {
        MutableRef.increment(made)
        MutableRef.increment(open)
        MutableRef.update(most, (before) => Math.max(before, MutableRef.get(open)))
        return Stream.make(bytes(1)).pipe(Stream.ensuring(Effect.sync(() => MutableRef.decrement(open))))
      })
      assert.strictEqual((yield* run(target, request("PUT", { body }))).status, 201)
      assert.deepStrictEqual([made.current, open.current, most.current], [3, 0, 1])
    })
  )
})

describe("statuses", () => {
  const calls = (...statuses: ReadonlyArray<number>) =>
    Effect.gen(function* () {
      const nodes = script(...statuses.map((status) => answer(status)))
      const target = yield* makeTarget(nodes)
      const { attempts, status } = yield* run(target, request("GET"))
      return { attempts, status, left: nodes.steps.length, nodes }
    })

  it.effect("429, 500, 502, 503 and 504 are asked again on another node, after a delay", () =>
    Effect.gen(function* () {
      for (const status of [429, 500, 502, 503, 504]) {
        const { attempts, left, nodes } = yield* calls(status, 200).pipe(withRandom(0.5))
        assert.deepStrictEqual([attempts, left, new Set(nodes.nodes).size], [2, 0, 2])
        const [first, second] = nodes.calls
        const busy = status === 429 || status === 503
        assert.strictEqual((second?.at ?? 0) - (first?.at ?? 0), busy ? 250 : 50)
      }
    })
  )

  it.effect("no other status is", () =>
    Effect.gen(function* () {
      for (const status of [200, 204, 206, 301, 302, 304, 307, 400, 404, 405, 409, 410, 412, 413, 416, 501, 505]) {
        const seen = yield* calls(status, 200)
        assert.deepStrictEqual([seen.status, seen.left], [status, 1])
      }
    })
  )

  it.effect("the last word counts: [503, 400], [lost, 401], [503, 503, 503]", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* calls(503, 400)).status, 400)
      assert.strictEqual((yield* calls(503, 503, 503)).status, 503)
      const nodes = script(lost, answer(401))
      const target = yield* makeTarget(nodes)
      assert.deepStrictEqual(yield* run(target, request("GET")), {
        attempts: 2,
        node: nodes.nodes[1] ?? "",
        retriedAfterAmbiguousFailure: true,
        status: 401
      })
    })
  )

  it.effect("Retry-After lengthens the delay", () =>
    Effect.gen(function* () {
      const nodes = script(answer(503, { "Retry-After": "2" }), answer(200))
      const target = yield* makeTarget(nodes)
      yield* run(target, request("GET")).pipe(withRandom(0.5))
      assert.strictEqual((nodes.calls[1]?.at ?? 0) - (nodes.calls[0]?.at ?? 0), 2_000)
    })
  )

  it.effect("503 to a POST is handed back: HCP may have begun with it", () =>
    Effect.gen(function* () {
      const nodes = script(answer(503))
      const target = yield* makeTarget(nodes)
      assert.strictEqual((yield* run(target, request("POST"))).status, 503)
    })
  )

  it.effect("bodies of failed attempts hold no connection, large ones neither", () =>
    Effect.gen(function* () {
      const connections = { maxPerNode: 1, maxTotal: 2, waitTimeout: "1 second" } as const
      for (const body of ["<html>busy</html>", "x".repeat(1_000_000)]) {
        const target = yield* makeTarget(always(answer(503, {}, body)), { connections })
        for (let i = 0; i < 4; i++) assert.strictEqual((yield* run(target, request("GET"))).status, 503)
      }
    })
  )

  it.effect("while the budget is empty failures come back at once, and successes fill it", () =>
    Effect.gen(function* () {
      const nodes = always(answer(500))
      const target = yield* makeTarget(nodes, { retry: RetryPolicy.make({ budget: 20 }) })
      yield* run(target, request("GET"))
      assert.strictEqual(nodes.calls.length, 3)
      yield* run(target, request("GET"))
      assert.strictEqual(nodes.calls.length, 4)
      nodes.steps = Array.from({ length: 10 }, () => answer(200))
      for (let i = 0; i < 10; i++) yield* run(target, request("GET"))
      nodes.calls.length = 0
      yield* run(target, request("GET"))
      assert.strictEqual(nodes.calls.length, 2)
    })
  )
})

describe("names", () => {
  it.effect("are resolved at the first call only, and a name without addresses is a system that is down", () =>
    Effect.gen(function* () {
      const nodes = always(answer(200))
      const target = yield* makeTarget(nodes, { resolver: Resolver.layerStatic({}) })
      const error = yield* Effect.flip(Effect.scoped(target.execute(request("GET"))))
      assert.strictEqual(error.reason._tag, "NameNotFound")
      assert.isTrue(error.systemDown)
    })
  )

  it.effect("with a final dot are resolved as such, and not sent as Host", () =>
    Effect.gen(function* () {
      const nodes = always(answer(200))
      const target = yield* makeTarget(nodes, { fqdn: "n1.t1.hcp.test.", port: 8080 })
      yield* run(target, request("GET"))
      assert.strictEqual(nodes.calls[0]?.header("host"), "n1.t1.hcp.test:8080")
    })
  )
})

describe("pinned", () => {
  it.effect("stays on its node for all calls and retries, whatever becomes of it", () =>
    Effect.gen(function* () {
      const nodes = script(answer(200), answer(503), lost, answer(200), answer(200))
      const target = yield* makeTarget(nodes)
      const pinned = yield* target.pinned
      yield* run(pinned, request("GET"))
      yield* run(pinned, request("GET"))
      yield* run(pinned, request("GET"))
      assert.strictEqual(new Set(nodes.nodes).size, 1)
      const [node = ""] = nodes.nodes
      nodes.dead.add(node)
      nodes.otherwise = lost
      const error = yield* Effect.flip(run(pinned, request("GET")))
      assert.strictEqual(new Set(nodes.nodes).size, 1)
      assert.include(error.message, node)
    })
  )
})

it.effect("layerTest answers without credentials, names and sockets", () =>
  Effect.gen(function* () {
    const target = yield* Target.Target
    const response = yield* target.execute(request("GET"))
    assert.match(new TextDecoder().decode(yield* response.bytes()), /^GET 192\.0\.2\.[12]$/)
  }).pipe(
    Effect.provide(Target.layerTest((wire, { address }) => Effect.succeed({ body: `${wire.method} ${address}` })))
  )
)

describe("a target that is closed", () => {
  it.effect("ends the calls that a handler never answers", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const scope = yield* Scope.make()
      const target = yield* Target.make({ fqdn: "n1.t1.hcp.test", tls: false, addresses: ["192.0.2.1"] }).pipe(
        Effect.provide([
          Transport.layerHandler(() => Effect.andThen(Deferred.succeed(asked, undefined), Effect.never)),
          Credentials.layerAnonymous,
          Resolver.layerStatic({})
        ]),
        Scope.provide(scope)
      )
      const call = yield* Effect.forkChild(Effect.flip(Effect.scoped(target.execute(request("GET")))))
      yield* Deferred.await(asked)
      yield* Scope.close(scope, Exit.void)
      const error = yield* Fiber.join(call)
      assert.include(["ConnectionLost", "Closed"], error.reason._tag)
    })
  )
})

describe("a body that breaks off", () => {
  it.effect("shows that its system is there, however few nodes and attempts there are", () =>
    Effect.gen(function* () {
      for (const addresses of [fourNodes.slice(0, 1), fourNodes]) {
        for (const retry of [RetryPolicy.never, RetryPolicy.make({ attempts: 2 })]) {
          const target = yield* makeTarget(always(brokenOff), { addresses, retry })
          const fiber = yield* Effect.forkChild(Effect.flip(target.call(request("GET"))))
          yield* TestClock.adjust("1 hour")
          const error = yield* Fiber.join(fiber)
          assert.deepStrictEqual([error.reached, error.systemDown], ["answer", false], error.message)
        }
      }
      const other = yield* makeTarget(script(brokenOff, lost), {
        addresses: fourNodes.slice(0, 2),
        retry: RetryPolicy.make({ attempts: 2 })
      })
      assert.isFalse((yield* Effect.flip(other.call(request("GET")))).systemDown)
      const silent = yield* makeTarget(always(lost), { addresses: fourNodes.slice(0, 1), retry: RetryPolicy.never })
      assert.isTrue((yield* Effect.flip(run(silent, request("GET")))).systemDown)
    })
  )
})
