import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Exit, Fiber, Layer, Logger, Redacted, References, Scope } from "effect"
import * as Credentials from "../../src/Credentials.ts"
import * as HcpBody from "../../src/HcpBody.ts"
import * as HcpClient from "../../src/HcpClient.ts"
import { CredentialsFailed, HcpError } from "../../src/HcpError.ts"
import * as ReplicaStrategy from "../../src/ReplicaStrategy.ts"
import * as Resolver from "../../src/Resolver.ts"
import * as Target from "../../src/Target.ts"
import * as Transport from "../../src/Transport.ts"
import * as FaultNode from "../utils/FaultNode.ts"
import * as FaultNodes from "../utils/FaultNodes.ts"
import { user } from "../utils/ScriptedNodes.ts"

const { answer, fin, mute, reply, rst, rstAtAccept } = FaultNode

const ok = reply(200, "ok")

/** Steps that are done when `open` is called, one after the other. */
const gates = (then: FaultNode.Step) => {
  const held: Array<() => void> = []
  const step: FaultNode.Step = (arrival) => void held.push(() => typeof then === "function" && then(arrival))
  return { step, open: () => held.shift()?.() }
}

const clientOver = (target: Target.Shape) =>
  Effect.map(ReplicaStrategy.make(target, undefined), (strategy) => HcpClient.make(strategy))

/** A target with one connection a node, of other credentials or another transport. */
const targetWith = (
  { addresses, port }: Pick<FaultNodes.Group, "addresses" | "port">,
  parts: {
    readonly credentials?: Layer.Layer<Credentials.Credentials>
    readonly transport?: Layer.Layer<Transport.Transport>
  }
) =>
  Target.layer({ fqdn: FaultNodes.fqdn, port, tls: false, addresses, connections: { maxPerNode: 1 } }).pipe(
    Layer.provide([parts.transport ?? Transport.layer, parts.credentials ?? user, Resolver.layerStatic({})]),
    Layer.build,
    Effect.map((context) => Context.get(context, Target.Target)),
    Effect.orDie,
    FaultNodes.inOrder
  )

const signer = (sign: NonNullable<Credentials.Credentials["Service"]["sign"]>): Layer.Layer<Credentials.Credentials> =>
  Layer.succeed(Credentials.Credentials, {
    headers: Effect.die("not to be asked"),
    sign,
    refresh: Effect.succeed(false),
    requiresTls: false,
    label: "a signer"
  })

const fork = <A, E>(call: Effect.Effect<A, E>) => Effect.forkChild(call, { startImmediately: true })

const numbersOf = (target: Target.Shape) =>
  Effect.map(target.connections, (nodes) => nodes.map(({ busy, idle, waiting }) => ({ busy, idle, waiting })))

type Way = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

const silent: Way = (effect) => effect

const logged: Way = (effect) =>
  effect.pipe(Effect.provideService(References.MinimumLogLevel, "Debug"), Effect.provide(Logger.layer([])))

const ways: ReadonlyArray<readonly [string, Way]> = [
  ["without the debug log", silent],
  ["with the debug log", logged]
]

describe("a call that ends early", () => {
  for (const [name, way] of ways) {
    it.live(`leaves the idle connections of its node alone, ${name}`, () =>
      Effect.gen(function* () {
        const { open, step } = gates(ok)
        const group = yield* FaultNodes.make([[step, step, step, mute, mute, mute, mute, mute, mute, mute]])
        const target = yield* FaultNodes.targetOf(group)
        const client = yield* clientOver(target)
        const [node] = group.nodes
        assert.isDefined(node)
        const warming = yield* Effect.forEach([1, 2, 3], () => fork(client.get("/rest/warm")))
        yield* node.until(() => node.arrivals.length === 3)
        for (const fiber of warming) {
          open()
          yield* Fiber.await(fiber).pipe(Effect.timeoutOption("10 millis"))
        }
        yield* Effect.forEach(warming, Fiber.join)
        assert.deepStrictEqual(yield* numbersOf(target), [{ busy: 0, idle: 3, waiting: 0 }])
        const call = yield* fork(way(client.get("/rest/a")))
        yield* node.until(() => node.arrivals.length === 4)
        yield* Fiber.interrupt(call)
        yield* node.until(() => node.open() <= 2)
        assert.deepStrictEqual(yield* numbersOf(target), [{ busy: 0, idle: 2, waiting: 0 }])
        assert.strictEqual(node.open(), 2)
        const [health] = yield* target.nodes.health
        assert.strictEqual(health?.consecutiveFailures, 0)
      })
    )

    it.live(`goes on at once with thousands of others when their node is out, ${name}`, () =>
      Effect.gen(function* () {
        const count = 3_000
        const { open, step } = gates(rst())
        const others = Array<FaultNode.Step>(count + 2).fill(ok)
        const group = yield* FaultNodes.make([[ok, step, rstAtAccept, rstAtAccept, rstAtAccept], others])
        const target = yield* FaultNodes.targetOf(group, { connections: { maxPerNode: 1 } })
        const client = yield* clientOver(target)
        const [node] = group.nodes
        assert.isDefined(node)
        yield* client.get("/rest/warm")
        yield* client.get("/rest/warm")
        yield* Effect.gen(function* () {
          const holder = yield* fork(client.get("/rest/holder"))
          yield* node.until(() => node.arrivals.length === 2)
          const waiting = yield* Effect.forEach(Array.from({ length: count }), () => fork(client.get("/rest/a")))
          // One of them has the warm connection of the other node; all others may use either node.
          assert.strictEqual((yield* numbersOf(target))[0]?.waiting, count - 1)
          open()
          for (const fiber of [holder, ...waiting]) assert.strictEqual((yield* Fiber.join(fiber)).text, "ok")
        }).pipe(way)
        for (const { busy, waiting } of yield* numbersOf(target)) assert.deepStrictEqual([busy, waiting], [0, 0])
      })
    )
  }

  it.live("leaves its connection to the next where it cannot be signed", () =>
    Effect.gen(function* () {
      const group = yield* FaultNodes.make([[ok, ok]])
      let asked = 0
      const refused = new HcpError({ operation: "credentials", reason: new CredentialsFailed({ detail: "no key" }) })
      const credentials = signer(() =>
        Effect.suspend(() => {
          asked++
          if (asked === 2) return Effect.fail(refused)
          return asked === 3 ? Effect.die("a bug") : Effect.succeed([["Authorization", Redacted.make("good")] as const])
        })
      )
      const target = yield* targetWith(group, { credentials })
      const client = yield* clientOver(target)
      yield* client.get("/rest/warm")
      const error = yield* Effect.flip(client.get("/rest/a"))
      assert.deepStrictEqual(
        [error.reason._tag, error.reached, error.path],
        ["CredentialsFailed", "nothing", "/rest/a"]
      )
      assert.isTrue(Exit.hasDies(yield* Effect.exit(client.get("/rest/a"))))
      assert.strictEqual((yield* client.get("/rest/a")).text, "ok")
      assert.strictEqual(group.nodes[0]?.connections(), 1)
      assert.deepStrictEqual(yield* numbersOf(target), [{ busy: 0, idle: 1, waiting: 0 }])
    })
  )

  it.live("is told that the client is closed while it signs, and gives back when it is left", () =>
    Effect.gen(function* () {
      const group = yield* FaultNodes.make([[ok, ok]])
      const asked: Array<Deferred.Deferred<Credentials.CredentialHeaders>> = []
      let isReady = true
      const headers: Credentials.CredentialHeaders = [["Authorization", Redacted.make("late")]]
      const credentials = signer(() =>
        Effect.suspend(() => {
          if (isReady) return Effect.succeed(headers)
          const signed = Deferred.makeUnsafe<Credentials.CredentialHeaders>()
          asked.push(signed)
          return Deferred.await(signed)
        })
      )
      const scope = yield* Scope.fork(yield* Effect.scope)
      const target = yield* Scope.provide(targetWith(group, { credentials }), scope)
      const client = yield* clientOver(target)
      yield* client.get("/rest/warm")
      isReady = false
      const left = yield* fork(client.get("/rest/left"))
      yield* Fiber.interrupt(left)
      assert.deepStrictEqual(yield* numbersOf(target), [{ busy: 0, idle: 0, waiting: 0 }])
      isReady = true
      yield* client.get("/rest/warm")
      isReady = false
      const calls = [yield* fork(client.get("/rest/a")), yield* fork(client.get("/rest/a"))]
      yield* Scope.close(scope, Exit.void)
      // One signs; the other waits for the connection.
      assert.strictEqual(asked.length, 2)
      for (const signed of asked) Deferred.doneUnsafe(signed, Exit.succeed(headers))
      for (const call of calls) assert.strictEqual((yield* Effect.flip(Fiber.join(call))).reason._tag, "Closed")
      for (const { busy, waiting } of yield* numbersOf(target)) assert.deepStrictEqual([busy, waiting], [0, 0])
      assert.strictEqual(group.requests()[0], 2)
    })
  )

  it.live("leaves its place where the opening of its connection dies", () =>
    Effect.gen(function* () {
      const closing = fin(answer(200, "ok", ["Connection: close"]))
      const { open, step } = gates(closing)
      const group = yield* FaultNodes.make([[ok, step, ok]])
      let opened = 0
      const transport = Layer.effect(
        Transport.Transport,
        Effect.map(Transport.Transport, ({ connect }) =>
          Transport.Transport.of({
            connect: (endpoint) => Effect.suspend(() => (++opened === 2 ? Effect.die("no TLS") : connect(endpoint)))
          })
        )
      ).pipe(Layer.provide(Transport.layer))
      const target = yield* targetWith(group, { transport })
      const client = yield* clientOver(target)
      const [node] = group.nodes
      assert.isDefined(node)
      yield* client.get("/rest/warm")
      const holder = yield* fork(client.get("/rest/holder"))
      yield* node.until(() => node.arrivals.length === 2)
      const dying = yield* fork(client.get("/rest/dying"))
      const next = yield* fork(client.get("/rest/next"))
      open()
      yield* Fiber.join(holder)
      assert.isTrue(Exit.hasDies(yield* Fiber.await(dying)))
      assert.strictEqual((yield* Fiber.join(next)).text, "ok")
      assert.deepStrictEqual(yield* numbersOf(target), [{ busy: 0, idle: 1, waiting: 0 }])
    })
  )

  it.live("gives everything back, whenever it is left", () =>
    Effect.gen(function* () {
      const { addresses, port, seen } = yield* FaultNodes.makePlain(3)
      const signing = signer(() => Effect.promise(async () => [["Authorization", Redacted.make("later")] as const]))
      for (const credentials of [user, signing]) {
        const target = yield* Target.layer({
          fqdn: FaultNodes.fqdn,
          port,
          tls: false,
          addresses: [addresses[0] ?? "", ...addresses.slice(1)],
          connections: { maxPerNode: 2, maxTotal: 5 }
        }).pipe(
          Layer.provide([Transport.layer, credentials, Resolver.layerStatic({})]),
          Layer.build,
          Effect.map((context) => Context.get(context, Target.Target))
        )
        const client = yield* clientOver(target)
        let served = 0
        const call = (number: number) =>
          Effect.gen(function* () {
            const path = `/rest/${number}`
            const one = yield* fork(number % 3 === 0 ? client.post(path, HcpBody.empty) : client.get(path))
            // Anywhere between at once and long after its end.
            for (let steps = (number * 7) % 23; steps > 0; steps--) yield* Effect.yieldNow
            const isHasty = number % 4 !== 0
            if (isHasty) yield* Fiber.interrupt(one)
            const exit = yield* Fiber.await(one)
            if (Exit.isSuccess(exit)) served++
            else assert.isTrue(isHasty && Exit.hasInterrupts(exit), String(exit))
          })
        yield* Effect.forEach(
          Array.from({ length: 1_000 }, (_, index) => index),
          call,
          { concurrency: 24 }
        )
        assert.isAtLeast(served, 250)
        const nodes = yield* numbersOf(target)
        for (const { busy, waiting } of nodes) assert.deepStrictEqual([busy, waiting], [0, 0])
        assert.isAtMost(seen.mostOpen, 2 * 5 + 24)
      }
    }).pipe(Effect.scoped)
  )
})
