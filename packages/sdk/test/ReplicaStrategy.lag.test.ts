import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Result, Schedule } from "effect"
import { TestClock } from "effect/testing"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import type { HcpError } from "../src/HcpError.ts"
import type { HcpReply } from "../src/HcpResponse.ts"
import * as Namespace from "../src/namespace/Namespace.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as Resolver from "../src/Resolver.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import { always, answer, lost, makeReplica, makeTarget, type ScriptedNodes } from "./utils/ScriptedNodes.ts"

const done = answer(200, { "X-HCP-ServicedBySystem": "hcp.test" })
const absent = answer(404, { "X-HCP-ServicedBySystem": "hcp.test" })

/** Two systems of `attempts` nodes; `goDown` and `back` move the primary, and the client notices. */
const setUp = Effect.fnUntraced(function* (attempts = 1, strategy: ReplicaStrategy.Strategy = {}) {
  const primary = always(done)
  const replica = always(done)
  const retry = RetryPolicy.make({ attempts, delay: Schedule.spaced(0) })
  const options = { addresses: ["192.0.2.1", "192.0.2.2"].slice(0, attempts), retry }
  const pair = yield* ReplicaStrategy.make(yield* makeTarget(primary, options), yield* makeReplica(replica, options), {
    ...ReplicaStrategy.readWriteOnFailover,
    holdTime: 0,
    ...strategy
  })
  const client = HcpClient.make(pair)
  const goDown = Effect.gen(function* () {
    primary.isDown = true
    yield* Effect.ignore(client.get("/rest/other"))
    assert.strictEqual((yield* pair.active).role, "replica")
  })
  const back = Effect.gen(function* () {
    primary.isDown = false
    yield* TestClock.adjust("2 seconds")
    assert.strictEqual((yield* pair.active).role, "primary")
    primary.calls.length = 0
    replica.calls.length = 0
  })
  /** Something is done at the replica in an outage, which is over then. */
  const inAnOutage = <A, E>(change: Effect.Effect<A, E>) => goDown.pipe(Effect.andThen(change), Effect.andThen(back))
  return { primary, replica, client, goDown, back, inAnOutage }
})

/** What a call came to, in words. */
const outcome = (call: Effect.Effect<HcpReply, HcpError>) =>
  Effect.map(Effect.result(call), (result) =>
    Result.isSuccess(result)
      ? `${result.success.role} ${result.success.status}`
      : `${result.failure.reason._tag}, reached ${result.failure.reached}`
  )

const methods = (nodes: ScriptedNodes) => nodes.calls.map(({ request }) => request.method)

const x = HcpBody.text("x")
const a = "/rest/a"
const annotation = { query: { type: "custom-metadata", annotation: "n" } }

/** As the S3 gateway asks. */
const s3Delete = (client: HcpClient.Shape) =>
  client.call({ method: "DELETE", path: "/hs3/b/k", expects: { gateway: "s3", statuses: [204] } })

describe("a replica that lags, while the primary is down", () => {
  it.effect("its 404 to a DELETE is not believed: the outage is the error", () =>
    Effect.gen(function* () {
      const { client, goDown, replica } = yield* setUp()
      yield* goDown
      replica.otherwise = absent
      assert.strictEqual(yield* outcome(client.delete(a)), "CannotConnect, reached nothing")
      const change = Namespace.make(client).delete("/a")
      assert.strictEqual((yield* Effect.flip(change)).reason._tag, "CannotConnect")
    })
  )

  it.effect("nor is its 404 to a DELETE that it may have carried out before: the error says so", () =>
    Effect.gen(function* () {
      for (const first of [lost, answer(500)]) {
        const { client, goDown, replica } = yield* setUp(2)
        yield* goDown
        replica.steps = [first]
        replica.otherwise = absent
        assert.strictEqual(yield* outcome(client.delete(a)), "CannotConnect, reached request")
      }
    })
  )

  it.effect("its 404 to a DELETE is believed of what this client changed there, until that is too long ago", () =>
    Effect.gen(function* () {
      for (const isStored of [true, false]) {
        const { client, goDown, replica } = yield* setUp(1, { readYourWrites: "2 hours", probeInterval: "1 day" })
        yield* goDown
        yield* isStored ? client.put(a, x) : client.delete(a)
        replica.otherwise = absent
        yield* TestClock.adjust("119 minutes")
        assert.strictEqual(yield* outcome(client.delete(a)), "NotFound, reached answer")
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* outcome(client.delete(a)), "CannotConnect, reached nothing")
      }
    })
  )

  it.effect("its 404 is the end of a DELETE in doubt where it knew the object", () =>
    Effect.gen(function* () {
      const { client, goDown, replica } = yield* setUp(2)
      yield* goDown
      yield* client.put(a, x)
      replica.steps = [lost]
      replica.otherwise = absent
      assert.strictEqual(yield* outcome(client.delete(a)), "replica 404")
    })
  )

  it.effect("what it lacks of an object, and what it says of metadata of one it lacks, is not believed either", () =>
    Effect.gen(function* () {
      const { client, goDown, replica } = yield* setUp()
      yield* goDown
      replica.otherwise = answer(204)
      assert.strictEqual(yield* outcome(client.get(a, annotation)), "CannotConnect, reached nothing")
      assert.match(yield* outcome(client.delete(a, annotation)), /^CannotConnect/)
      replica.otherwise = absent
      assert.strictEqual(yield* outcome(client.put(a, x, annotation)), "CannotConnect, reached nothing")
      assert.strictEqual(yield* outcome(client.post(a, HcpBody.text("hold=true"))), "CannotConnect, reached nothing")
    })
  )

  it.effect("S3 confirms the DELETE of what is absent: the replica is asked for it first", () =>
    Effect.gen(function* () {
      const { client, goDown, primary, replica } = yield* setUp()
      yield* goDown
      replica.calls.length = 0
      replica.otherwise = absent
      assert.strictEqual(yield* outcome(s3Delete(client)), "CannotConnect, reached nothing")
      assert.deepStrictEqual(methods(replica), ["HEAD"])
      replica.steps = [done, answer(204)]
      assert.strictEqual(yield* outcome(s3Delete(client)), "replica 204")
      replica.steps = [answer(204)]
      assert.strictEqual(yield* outcome(s3Delete(client)), "replica 204")
      assert.deepStrictEqual(methods(replica), ["HEAD", "HEAD", "DELETE", "DELETE"])
      assert.strictEqual(primary.calls.length, 0)
    })
  )

  it.effect("S3: where the replica does not say whether it is there, a confirmed DELETE leaves it open", () =>
    Effect.gen(function* () {
      const { client, goDown, replica } = yield* setUp()
      yield* goDown
      replica.steps = [answer(403), answer(204)]
      assert.strictEqual(yield* outcome(s3Delete(client)), "CannotConnect, reached request")
    })
  )
})

describe("a primary that lags, after its return", () => {
  it.effect("its 404 to a DELETE of what was stored at the replica is no last word: the replica deletes", () =>
    Effect.gen(function* () {
      for (const first of [[], [lost], [answer(500)]]) {
        const { client, inAnOutage, primary, replica } = yield* setUp(2)
        yield* inAnOutage(client.put(a, x))
        primary.steps = [...first]
        primary.otherwise = absent
        assert.strictEqual(yield* outcome(client.delete(a)), "replica 200")
        assert.deepStrictEqual(methods(replica), ["DELETE"])
      }
    })
  )

  it.effect("such a DELETE is NotFound if both say so, and done if it may have been carried out before", () =>
    Effect.gen(function* () {
      for (const first of [[], [lost]]) {
        const { client, inAnOutage, primary, replica } = yield* setUp(2)
        yield* inAnOutage(client.put(a, x))
        primary.steps = [...first]
        primary.otherwise = absent
        replica.otherwise = absent
        const wanted = first.length === 0 ? "NotFound, reached answer" : "primary 404"
        assert.strictEqual(yield* outcome(client.delete(a)), wanted)
      }
    })
  )

  it.effect("such a DELETE is done if the replica may have carried it out before it lacked the object", () =>
    Effect.gen(function* () {
      for (const first of [lost, answer(500)]) {
        const { client, inAnOutage, primary, replica } = yield* setUp(2)
        yield* inAnOutage(client.put(a, x))
        primary.otherwise = absent
        replica.steps = [first]
        replica.otherwise = absent
        assert.strictEqual(yield* outcome(client.delete(a)), "replica 404")
      }
    })
  )

  it.effect("such a DELETE goes by what was known when it began, however long it lasts", () =>
    Effect.gen(function* () {
      const { client, inAnOutage, primary, replica } = yield* setUp(2, { readYourWrites: "10 seconds" })
      yield* inAnOutage(client.put(a, x))
      primary.otherwise = () => Effect.delay(Effect.succeed(absent), "20 seconds")
      const call = yield* Effect.forkChild(outcome(client.delete(a)))
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(yield* Fiber.join(call), "replica 200")
      assert.deepStrictEqual(methods(replica), ["DELETE"])
    })
  )

  it.effect("such a DELETE fails while the replica cannot be asked", () =>
    Effect.gen(function* () {
      const { client, inAnOutage, primary, replica } = yield* setUp()
      yield* inAnOutage(client.put(a, x))
      primary.otherwise = absent
      replica.isDown = true
      assert.match(yield* outcome(client.delete(a)), /^(CannotConnect|ConnectionLost)/)
    })
  )

  it.effect(
    "the replica is not asked for what was not stored there, was stored too long ago, or is in the primary",
    () =>
      Effect.gen(function* () {
        const { client, inAnOutage, primary, replica } = yield* setUp()
        yield* inAnOutage(Effect.all([client.put(a, x), client.put("/rest/b", x), client.put("/rest/c", x)]))
        assert.strictEqual(yield* outcome(client.delete(a)), "primary 200")
        primary.otherwise = absent
        assert.strictEqual(yield* outcome(client.delete("/rest/other")), "NotFound, reached answer")
        assert.strictEqual(yield* outcome(client.delete(a)), "NotFound, reached answer")
        assert.strictEqual(yield* outcome(client.delete("/rest/b")), "replica 200")
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(yield* outcome(client.delete("/rest/c")), "NotFound, reached answer")
        assert.deepStrictEqual(methods(replica), ["DELETE"])
      })
  )

  it.effect("a PUT in doubt at the replica may have been stored there: a DELETE asks both", () =>
    Effect.gen(function* () {
      const { client, inAnOutage, primary, replica } = yield* setUp()
      replica.steps = [done]
      replica.otherwise = lost
      yield* inAnOutage(Effect.flip(client.put(a, x)))
      primary.otherwise = absent
      replica.otherwise = done
      assert.strictEqual(yield* outcome(client.delete(a)), "replica 200")
    })
  )

  it.effect("what was deleted at the replica is not read from the primary, nor are its annotations", () =>
    Effect.gen(function* () {
      const { client, inAnOutage, primary, replica } = yield* setUp()
      yield* inAnOutage(Effect.andThen(client.delete(a), client.delete("/rest/b", annotation)))
      replica.otherwise = absent
      assert.strictEqual(yield* outcome(client.get(a)), "NotFound, reached answer")
      assert.strictEqual(yield* outcome(client.head(a)), "NotFound, reached answer")
      assert.strictEqual(yield* outcome(client.get(a, annotation)), "NotFound, reached answer")
      replica.otherwise = answer(204)
      assert.strictEqual(yield* outcome(client.get("/rest/b", annotation)), "replica 204")
      assert.strictEqual(primary.calls.length, 0)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* outcome(client.get(a)), "primary 200")
    })
  )

  it.effect("that it lacks what was stored at the replica is not said while the replica has trouble", () =>
    Effect.gen(function* () {
      const { client, inAnOutage, primary, replica } = yield* setUp()
      yield* inAnOutage(client.put(a, x))
      primary.otherwise = absent
      replica.otherwise = answer(503)
      assert.strictEqual(yield* outcome(client.get(a)), "Busy, reached answer")
      replica.otherwise = absent
      assert.strictEqual(yield* outcome(client.get(a)), "NotFound, reached answer")
    })
  )

  it.effect("metadata, annotations and copies of what was stored at the replica go there", () =>
    Effect.gen(function* () {
      const { client, inAnOutage, primary, replica } = yield* setUp()
      yield* inAnOutage(client.put(a, x))
      primary.otherwise = absent
      assert.strictEqual(yield* outcome(client.post(a, HcpBody.text("hold=true"))), "replica 200")
      assert.strictEqual(yield* outcome(client.put(a, x, annotation)), "replica 200")
      const copy = client.put("/rest/copy", HcpBody.empty, { headers: { "X-HCP-CopySource": "n1.t1/a" } })
      assert.strictEqual(yield* outcome(copy), "replica 200")
      replica.otherwise = absent
      assert.strictEqual(yield* outcome(copy), "NotFound, reached answer")
    })
  )

  it.effect("S3: its confirmation of a DELETE is no last word where the object was stored at the replica", () =>
    Effect.gen(function* () {
      const { client, inAnOutage, primary, replica } = yield* setUp()
      yield* inAnOutage(client.put("/hs3/b/k", x))
      primary.otherwise = answer(204)
      replica.otherwise = answer(204)
      assert.strictEqual(yield* outcome(s3Delete(client)), "primary 204")
      assert.deepStrictEqual(methods(replica), ["DELETE"])
      const reads = client.get("/hs3/b/k")
      replica.otherwise = absent
      assert.strictEqual(yield* outcome(reads), "NotFound, reached answer")
    })
  )

  it.effect("uploads in parts that stayed at the replica are remembered when they are complete, not before", () =>
    Effect.gen(function* () {
      for (const isComplete of [true, false]) {
        const { client, goDown, back, primary, replica } = yield* setUp()
        yield* goDown
        const there = yield* client.onActiveSystem
        const path = "/hs3/b/k"
        yield* there.call({ method: "POST", path, query: { uploads: "" } })
        yield* there.call({ method: "PUT", path, query: { partNumber: "1", uploadId: "1" }, body: x })
        yield* there.call({ method: isComplete ? "POST" : "DELETE", path, query: { uploadId: "1" } })
        yield* back
        primary.otherwise = absent
        assert.strictEqual(yield* outcome(client.get(path)), isComplete ? "replica 200" : "NotFound, reached answer")
        assert.strictEqual(replica.calls.length, isComplete ? 1 : 0)
      }
    })
  )
})

describe("a DELETE that the replica may have carried out", () => {
  it.effect("is not done because a primary that was busy before lacks the object", () =>
    Effect.gen(function* () {
      const { client, primary, replica } = yield* setUp(1, { write: "allowed" })
      primary.steps = [answer(503)]
      primary.otherwise = absent
      replica.otherwise = lost
      assert.strictEqual(yield* outcome(client.delete(a)), "ConnectionLost, reached request")
    })
  )
})

describe("a primary without a name", () => {
  it.effect("is an outage like any other: the error says that the replica may have carried out the DELETE", () =>
    Effect.gen(function* () {
      const retry = RetryPolicy.make({ attempts: 2, delay: Schedule.spaced(0) })
      const replica = always(absent)
      replica.steps = [answer(500)]
      const pair = yield* ReplicaStrategy.make(
        yield* makeTarget(always(done), { resolver: Resolver.layerStatic({}) }),
        yield* makeReplica(replica, { retry }),
        ReplicaStrategy.readWriteOnFailover
      )
      assert.strictEqual(yield* outcome(HcpClient.make(pair).delete(a)), "NameNotFound, reached request")
    })
  )
})

describe("a call that is made once and run twice", () => {
  it.effect("is decided anew each time", () =>
    Effect.gen(function* () {
      const { client, goDown, back } = yield* setUp()
      const read = client.get(a)
      yield* goDown
      assert.strictEqual(yield* outcome(read), "replica 200")
      yield* back
      assert.strictEqual(yield* outcome(read), "primary 200")
    })
  )
})
