import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import type { HcpRequest } from "../src/HcpRequest.ts"
import { isOwnDoubt, isSafeAfter, type Result } from "../src/internal/replica/outcome.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import { always, answer, makeReplica, makeTarget, script } from "./utils/ScriptedNodes.ts"

const answered = (status: number, retriedAfterAmbiguousFailure: boolean, failed = 0): Result => ({
  _tag: "Answer",
  letGo: Effect.void,
  response: {
    status,
    retriedAfterAmbiguousFailure,
    servicedBy: undefined,
    failedAttempts: Array.from({ length: failed }, () => ({ address: "192.0.2.1", failure: "lost" }))
  }
})

const post: HcpRequest = { method: "POST", path: "/rest/a", body: "hold=true" }

describe("a call at one of two systems", () => {
  it("may go on to the other one after it was not found, unless an attempt before may have been done", () => {
    assert.isTrue(isSafeAfter(post, answered(404, false)))
    assert.isFalse(isSafeAfter(post, answered(404, true)))
    assert.isFalse(isSafeAfter(post, answered(403, false)))
    assert.isTrue(isSafeAfter({ ...post, method: "PUT" }, answered(404, true)))
  })

  it("is in doubt there only by what happened there", () => {
    assert.isFalse(isOwnDoubt(answered(404, true), true))
    assert.isTrue(isOwnDoubt(answered(404, true), false))
    assert.isTrue(isOwnDoubt(answered(404, true, 1), true))
    assert.isTrue(isOwnDoubt(answered(500, true), true))
    assert.isFalse(isOwnDoubt(answered(404, false, 1), false))
  })
})

describe("while the primary is down", () => {
  it.effect("what the replica says of itself is the answer, and the primary is not asked in its place", () =>
    Effect.gen(function* () {
      const primary = always(answer(200))
      primary.isDown = true
      const replica = script(answer(200), answer(503))
      const options = { retry: RetryPolicy.never }
      const pair = yield* ReplicaStrategy.make(
        yield* makeTarget(primary, options),
        yield* makeReplica(replica, options),
        { probeInterval: "1 day", maxProbeInterval: "1 day" }
      )
      const read: HcpRequest = { method: "GET", path: "/rest/a" }
      yield* pair.call(read)
      // So many nodes have been asked that it counts as down.
      for (let count = 0; count < 3 && (yield* pair.active).role === "primary"; count++)
        yield* Effect.exit(pair.call(read))
      const before = primary.connects.length
      const reply = yield* pair.call(read)
      assert.deepStrictEqual([reply.role, reply.status], ["replica", 503])
      assert.strictEqual(primary.connects.length, before)
    })
  )
})

describe("the system that says who it is", () => {
  it.effect("is not taken for another one because it says nothing", () =>
    Effect.gen(function* () {
      const by = (name: string) => answer(200, { "X-HCP-ServicedBySystem": name })
      const nodes = script(by("hcp1.test"), by(""), by("HCP1.test"), by("hcp2.test"))
      const pair = yield* ReplicaStrategy.make(yield* makeTarget(nodes), undefined)
      const events: Array<string> = []
      yield* Effect.forkScoped(
        Stream.runForEach(pair.changes, (event) => Effect.sync(() => events.push(JSON.stringify(event)))),
        { startImmediately: true }
      )
      for (const _ of [1, 2, 3, 4]) yield* pair.call({ method: "GET", path: "/rest/a" })
      yield* Effect.yieldNow
      assert.strictEqual(events.length, 1)
      assert.include(events[0], '"from":"HCP1.test","to":"hcp2.test"')
    }).pipe(Effect.scoped)
  )
})
