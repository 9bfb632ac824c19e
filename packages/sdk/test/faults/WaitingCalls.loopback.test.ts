import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Logger, References, Scope } from "effect"
import * as FaultNode from "../utils/FaultNode.ts"
import { clientOf, make } from "../utils/FaultNodes.ts"

const { answer, fin, mute, reply, rst, rstAtAccept } = FaultNode

const ok = reply(200, "ok")

/** Answers only when it is told to, as `then` does. */
const gate = (then: FaultNode.Step) => {
  let open = () => {}
  const step: FaultNode.Step = (arrival) => {
    open = () => typeof then === "function" && then(arrival)
  }
  return { step, open: () => open() }
}

const numbers = Array.from({ length: 5 }, (_, index) => index)

/** Five calls that wait for the only connection to the first node, while a sixth one holds it. */
const crowd = (first: FaultNode.Step, later: ReadonlyArray<FaultNode.Step>, others: ReadonlyArray<FaultNode.Step>) =>
  Effect.gen(function* () {
    const { open, step } = gate(first)
    const group = yield* make(others.length === 0 ? [[ok, step, ...later]] : [[ok, step, ...later], others])
    const client = yield* clientOf(group, { connections: { maxPerNode: 1 } })
    const [node] = group.nodes
    yield* client.get("/rest/warm")
    if (others.length > 0) yield* client.get("/rest/warm")
    const holder = yield* Effect.forkChild(client.get("/rest/holder"), { startImmediately: true })
    yield* node?.until(() => node.arrivals.length === 2) ?? Effect.void
    const ended: Array<number> = []
    const waiting = yield* Effect.forEach(numbers, (number) =>
      Effect.forkChild(
        Effect.ensuring(
          client.get(`/rest/${number}`),
          Effect.sync(() => ended.push(number))
        ),
        { startImmediately: true }
      )
    )
    return { group, node, client, holder, waiting, ended, open }
  })

const paths = (node: FaultNode.FaultNode | undefined) => node?.arrivals.slice(2).map(({ path }) => path)

/** What becomes of a call must not depend on whether somebody reads the debug log. */
const loggedOrNot = <E>(test: Effect.Effect<void, E, Scope.Scope>) =>
  Effect.andThen(
    Effect.scoped(test),
    Effect.scoped(test).pipe(
      Effect.provideService(References.MinimumLogLevel, "Debug"),
      Effect.provide(Logger.layer([]))
    )
  )

describe("calls that wait for a connection", () => {
  it.live("get it in the order in which they came", () =>
    loggedOrNot(
      Effect.gen(function* () {
        const { ended, group, holder, node, open, waiting } = yield* crowd(ok, [ok, ok, ok, ok, ok], [])
        assert.deepStrictEqual(ended, [])
        open()
        yield* Fiber.join(holder)
        const replies = yield* Effect.forEach(waiting, Fiber.join)
        assert.deepStrictEqual(ended, numbers)
        assert.deepStrictEqual(paths(node), ["/rest/0", "/rest/1", "/rest/2", "/rest/3", "/rest/4"])
        assert.strictEqual(node?.connections(), 1)
        // Waiting is no part of what the node took.
        for (const { attempts, timings } of replies) {
          assert.strictEqual(attempts, 1)
          assert.strictEqual(Duration.toMillis(timings.connect), 0)
        }
        assert.deepStrictEqual(group.unused(), [0])
      })
    )
  )

  it.live("keep their order where the node closes after each answer, and open what they need", () =>
    loggedOrNot(
      Effect.gen(function* () {
        const closing = fin(answer(200, "ok", ["Connection: close"]))
        const { ended, group, node, open, waiting } = yield* crowd(
          closing,
          numbers.map(() => closing),
          []
        )
        open()
        const replies = yield* Effect.forEach(waiting, Fiber.join)
        assert.deepStrictEqual(ended, numbers)
        assert.strictEqual(node?.connections(), 1 + numbers.length)
        for (const { attempts, timings } of replies) {
          assert.strictEqual(attempts, 1)
          assert.isAbove(Duration.toMillis(timings.connect), 0)
        }
        assert.deepStrictEqual(group.unused(), [0])
      })
    )
  )

  it.live("go on to another node where theirs breaks what it is given", () =>
    loggedOrNot(
      Effect.gen(function* () {
        const broken = [rstAtAccept, rstAtAccept, rstAtAccept]
        const { ended, group, open, waiting } = yield* crowd(rst(), broken, Array(8).fill(ok))
        open()
        const replies = yield* Effect.forEach(waiting, Fiber.join)
        assert.strictEqual(ended.length, numbers.length)
        for (const { text } of replies) assert.strictEqual(text, "ok")
        assert.isTrue(replies.some(({ attempts }) => attempts === 2))
        assert.strictEqual(group.nodes[0]?.arrivals.length, 2)
      })
    )
  )

  it.live("send nothing when they are interrupted, and leave the connection to the others", () =>
    loggedOrNot(
      Effect.gen(function* () {
        const { group, node, open, waiting } = yield* crowd(ok, [ok], [])
        yield* Fiber.interruptAll(waiting.slice(0, 4))
        open()
        yield* Effect.forEach(waiting.slice(4), Fiber.join)
        assert.deepStrictEqual(paths(node), ["/rest/4"])
        assert.strictEqual(node?.connections(), 1)
        assert.deepStrictEqual(group.unused(), [0])
      })
    )
  )

  it.live("fail at once when the client is closed", () =>
    loggedOrNot(
      Effect.gen(function* () {
        const group = yield* make([[ok, mute]])
        const scope = yield* Scope.fork(yield* Effect.scope)
        const client = yield* Scope.provide(clientOf(group, { connections: { maxPerNode: 1 } }), scope)
        yield* client.get("/rest/warm")
        const fibers = yield* Effect.forEach(numbers, () =>
          Effect.forkChild(client.get("/rest/a"), { startImmediately: true })
        )
        const [node] = group.nodes
        yield* node?.until(() => node.arrivals.length === 2) ?? Effect.void
        yield* Effect.forkChild(Scope.close(scope, Exit.void))
        for (const fiber of fibers.slice(1)) {
          const error = yield* Effect.flip(Fiber.join(fiber))
          assert.strictEqual(error.reason._tag, "Closed")
          assert.strictEqual(error.reached, "nothing")
        }
        assert.strictEqual(node?.arrivals.length, 2)
      })
    )
  )
})
