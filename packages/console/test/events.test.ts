import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import type { RequestDocument, StateDocument } from "@effect-hcp/simulator/ControlApi"
import { Clock, Effect, Fiber, Queue, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Events from "../src/internal/events.ts"

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

/** A simulator that answers so many requests between two looks. */
const makeControl = (count: number) => {
  let latest = 0
  let looks = 0
  const requestAt = (number: number, at: number): RequestDocument => ({
    number,
    at,
    node: "127.0.0.1",
    listener: "data",
    secure: true,
    host: "n1.t1.hcp1.example.com",
    method: "GET",
    target: `/rest/object-${number}`,
    status: 200,
    bytes: 500,
    waitMillis: 1,
    bodyMillis: 1
  })
  return {
    looks: () => looks,
    sent: () => latest,
    state: Effect.map(Clock.currentTimeMillis, (at): StateDocument => {
      looks++
      return { at, nameServer: { queries: 0 }, systems: [], faults: [] }
    }),
    requests: () =>
      Effect.map(Clock.currentTimeMillis, (at) => {
        latest += count
        return Array.from({ length: count }, (_, index) => requestAt(latest - count + index + 1, at))
      })
  }
}

const rounds = (count: number) =>
  Effect.forEach(Array.from({ length: count }), () => TestClock.adjust("400 millis"), { discard: true })

describe("the events of a simulator", () => {
  it.effect("take no more memory, however many there are and however slow a browser is", () =>
    Effect.gen(function* () {
      const control = makeControl(50)
      const events = yield* Events.make(control)
      let seen = 0
      yield* Effect.forkScoped(
        Stream.runForEach(events, (event) =>
          Effect.sync(() => {
            if (event.startsWith("event: requests")) seen += JSON.parse(event.replace(/^.*?\ndata: /s, "")).length
          })
        )
      )
      // It takes the first event, and none after it.
      const stuck = yield* Queue.bounded<string>(1)
      yield* Effect.forkScoped(Stream.runForEach(events, (event) => Queue.offer(stuck, event)))
      const heap = Effect.sync(() => {
        collect()
        return process.memoryUsage().heapUsed
      })
      yield* rounds(100)
      const before = yield* heap
      yield* rounds(200)
      const after = yield* heap
      assert.isAtLeast(control.sent(), 15_000)
      assert.isAtLeast(seen, 14_900)
      process.stdout.write(
        `heap of the events: ${(before / 1e6).toFixed(2)} MB, ${((after - before) / 1e3).toFixed(0)} KB more after 10,000\n`
      )
      assert.isBelow(after - before, 500_000)
    })
  )

  it.effect("are asked for while somebody looks, with the clock of the simulator", () =>
    Effect.gen(function* () {
      const control = makeControl(1)
      const events = yield* Events.make(control)
      yield* TestClock.setTime(Date.parse("2031-02-03T04:05:06Z"))
      yield* rounds(3)
      assert.strictEqual(control.looks(), 0)
      const watcher = yield* Effect.forkChild(
        Stream.runCollect(
          Stream.take(
            Stream.filter(events, (event) => event.startsWith("event: clock")),
            2
          )
        )
      )
      yield* rounds(2)
      const [first, second] = yield* Fiber.join(watcher)
      const at = (event = "") => Number(/^event: clock\ndata: (\d+)\n\n$/.exec(event)?.[1])
      assert.strictEqual(new Date(at(first)).toISOString().slice(0, 16), "2031-02-03T04:05")
      assert.strictEqual(at(second) - at(first), 400)
      const { looks } = control
      const before = looks()
      yield* rounds(5)
      assert.isAtMost(looks() - before, 1)
    })
  )

  it.effect("say when the simulator does not answer, and go on when it does", () =>
    Effect.gen(function* () {
      const control = makeControl(1)
      let isThere = true
      const state = Effect.suspend(() => (isThere ? control.state : Effect.fail("unreachable")))
      const events = yield* Events.make({ ...control, state })
      const kinds: Array<string> = []
      yield* Effect.forkScoped(
        Stream.runForEach(events, (event) => Effect.sync(() => void kinds.push(event.replace(/\n.*/s, ""))))
      )
      yield* rounds(2)
      isThere = false
      yield* rounds(2)
      isThere = true
      yield* rounds(2)
      const [clock, changed, requests, lost] = ["clock", "state", "requests", "lost"].map((name) => `event: ${name}`)
      const lone = kinds.filter((kind) => kind !== clock && kind !== requests)
      // The state is sent again to whoever may have missed it.
      assert.deepStrictEqual(lone, [changed, lost, lost, changed])
    })
  )
})
