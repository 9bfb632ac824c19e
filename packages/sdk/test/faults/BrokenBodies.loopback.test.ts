import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger, References } from "effect"
import * as S3 from "../../../s3/src/S3.ts"
import * as S3Credentials from "../../../s3/src/S3Credentials.ts"
import * as S3Object from "../../../s3/src/S3Object.ts"
import * as HcpClient from "../../src/HcpClient.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import * as ReplicaStrategy from "../../src/ReplicaStrategy.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import * as Target from "../../src/Target.ts"
import * as FaultNode from "../utils/FaultNode.ts"
import * as FaultNodes from "../utils/FaultNodes.ts"

const begun = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nX-HCP-Type: object\r\n\r\nab"
const ok = FaultNode.reply(200, "ok")

/** How many requests one read of an object makes that is broken every time. */
const requests = (step: FaultNode.Step, retry: RetryPolicy.RetryPolicy, gateway: "rest" | "s3") =>
  Effect.gen(function* () {
    const script = Array<FaultNode.Step>(9).fill(step)
    const group = yield* FaultNodes.make([script, script])
    const target = yield* FaultNodes.targetOf(group, { retry, bodyTimeout: "300 millis" })
    const strategy = yield* ReplicaStrategy.make(target, undefined)
    const client = HcpClient.make(strategy)
    const s3 = S3.layer().pipe(
      Layer.provide(Layer.succeed(HcpClient.HcpClient, client)),
      Layer.provide(Layer.succeed(Target.Target, target)),
      Layer.provide(S3Credentials.layerAnonymous)
    )
    const read =
      gateway === "rest"
        ? Effect.asVoid(Namespace.make(client).get("/a"))
        : Effect.asVoid(Effect.provide(S3Object.get("finance", "a"), s3))
    yield* Effect.flip(read).pipe(FaultNodes.withoutDelay)
    return group.requests().reduce((sum, count) => sum + count, 0)
  }).pipe(Effect.scoped)

describe("a body that breaks", () => {
  const policies: ReadonlyArray<readonly [string, RetryPolicy.RetryPolicy, number]> = [
    ["one attempt", RetryPolicy.never, 1],
    ["three attempts", RetryPolicy.defaults, 3],
    ["five attempts", RetryPolicy.make({ attempts: 5 }), 5]
  ]
  for (const [what, step] of [
    ["breaks off", FaultNode.fin(begun)],
    ["stands still", FaultNode.raw(begun)]
  ] as const) {
    for (const [policy, retry, count] of policies) {
      it.live(`and ${what} is asked for again by the policy, by every gateway: ${policy}`, () =>
        Effect.gen(function* () {
          assert.strictEqual(yield* requests(step, retry, "rest"), count)
          assert.strictEqual(yield* requests(step, retry, "s3"), count)
        })
      )
    }
  }

  for (const isLogged of [false, true]) {
    it.live(`for the fifth time puts its node out: nothing is sent there any more, debug log ${isLogged}`, () =>
      Effect.gen(function* () {
        const gates: Array<() => void> = []
        const broken = FaultNode.fin("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab")
        const held: FaultNode.Step = (arrival) => void gates.push(() => typeof broken === "function" && broken(arrival))
        const group = yield* FaultNodes.make([
          [ok, held, ...Array<FaultNode.Step>(20).fill(ok)],
          Array<FaultNode.Step>(40).fill(ok)
        ])
        const target = yield* FaultNodes.targetOf(group, { connections: { maxPerNode: 1 } })
        const client = HcpClient.make(yield* ReplicaStrategy.make(target, undefined))
        const [node] = group.nodes
        yield* client.get("/rest/warm")
        yield* client.get("/rest/warm")
        const [first] = yield* target.nodes.health
        assert(first !== undefined && node !== undefined)
        for (let count = 0; count < 4; count++) yield* target.nodes.report(first.node, { _tag: "BodyBroken" })
        const fork = <A, E>(call: Effect.Effect<A, E>) => Effect.forkChild(call, { startImmediately: true })
        yield* Effect.gen(function* () {
          const holder = yield* fork(client.get("/rest/holder"))
          yield* node.until(() => node.arrivals.length === 2)
          const waiting = yield* Effect.forEach([1, 2, 3, 4, 5, 6], (number) => fork(client.get(`/rest/${number}`)))
          gates.shift()?.()
          for (const fiber of [holder, ...waiting]) assert.strictEqual((yield* Fiber.join(fiber)).text, "ok")
        }).pipe(
          Effect.provideService(References.MinimumLogLevel, isLogged ? "Debug" : "Info"),
          Effect.provide(Logger.layer([]))
        )
        assert.strictEqual(node.arrivals.length, 2)
        assert.strictEqual((yield* target.nodes.health)[0]?.status, "ejected")
      })
    )
  }
})
