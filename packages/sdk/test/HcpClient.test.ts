import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Layer, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import type { HcpError } from "../src/HcpError.ts"
import type { HcpResponse } from "../src/HcpResponse.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as Target from "../src/Target.ts"
import {
  always,
  answer,
  brokenOff,
  fourNodes,
  lost,
  makeClient,
  makeReplica,
  makeTarget,
  script,
  withRandom
} from "./utils/ScriptedNodes.ts"

/** Lets an hour pass for the call. */
const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const hash = (algorithm: string, text: string) => createHash(algorithm).update(text).digest("hex").toUpperCase()

const stored = (text: string, algorithm = "SHA-256") => ({
  "X-HCP-Hash": `${algorithm} ${hash(algorithm.toLowerCase().replace("sha-", "sha"), text)}`,
  "X-HCP-Size": String(text.length),
  "X-HCP-VersionId": "80232488876481"
})

describe("a PUT whose answer was lost, and then 409", () => {
  it.effect("is a success when HCP holds the same bytes", () =>
    Effect.gen(function* () {
      for (const algorithm of ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"]) {
        const nodes = script(lost, answer(409), answer(200, stored("the text", algorithm)))
        const client = yield* makeClient(nodes)
        const reply = yield* client.put("/rest/a", HcpBody.text("the text"))
        assert.strictEqual(reply.status, 201)
        assert.strictEqual(reply.headers.get("x-hcp-versionid"), "80232488876481")
        assert.strictEqual(nodes.calls[2]?.request.method, "HEAD")
        assert.deepStrictEqual(nodes.steps, [])
      }
    })
  )

  it.effect("so is one after 500, 502 or 504, which say nothing about the effect, whoever answers that", () =>
    Effect.gen(function* () {
      const answers = [500, 502, 504].map((status) => answer(status))
      const ofDevices = answers.map((each) => ({ ...each, marks: false }))
      for (const first of [...answers, ...ofDevices]) {
        const nodes = script(first, answer(409), answer(200, stored("x")))
        const client = yield* makeClient(nodes)
        const body = HcpBody.stream(() => Stream.make(new TextEncoder().encode("x")))
        assert.strictEqual((yield* inTime(client.put("/rest/a", body))).status, 201)
      }
    })
  )

  it.effect("is a Conflict when HCP holds other bytes, or will not say", () =>
    Effect.gen(function* () {
      const heads = [
        answer(200, stored("the tExt")),
        answer(200, { ...stored("the text"), "X-HCP-Size": "9" }),
        answer(200, { "X-HCP-Size": "8" }),
        answer(200, { "X-HCP-Hash": "constructor 00", "X-HCP-Size": "8" }),
        answer(404),
        answer(410, stored("the text"))
      ]
      for (const head of heads) {
        const client = yield* makeClient(script(lost, answer(409), head))
        const error = yield* Effect.flip(client.put("/rest/a", HcpBody.text("the text")))
        assert.strictEqual(error.reason._tag, "Conflict")
        assert.strictEqual(error.operation, "PUT")
      }
    })
  )

  it.effect("stays unknown when HCP cannot be asked", () =>
    Effect.gen(function* () {
      const nodes = script(lost, () => {
        nodes.isDown = true
        return Effect.succeed(answer(409))
      })
      const client = yield* makeClient(nodes, { retry: RetryPolicy.make({ attempts: 2 }) })
      const error = yield* Effect.flip(inTime(client.put("/rest/a", HcpBody.text("x"))))
      assert.strictEqual(error.operation, "PUT")
      assert.strictEqual(error.reached, "request")
      assert.include(error.message, "whether it took effect is unknown")
    })
  )

  it.effect("409 at once, or after an attempt that was not made, is a Conflict", () =>
    Effect.gen(function* () {
      for (const steps of [[answer(409)], [answer(503), answer(409)]]) {
        const nodes = script(...steps)
        const client = yield* makeClient(nodes)
        const error = yield* Effect.flip(inTime(client.put("/rest/a", HcpBody.text("x"))))
        assert.strictEqual(error.reason._tag, "Conflict")
        assert.strictEqual(error.reached, "answer")
      }
    })
  )

  it.effect("is settled across systems too", () =>
    Effect.gen(function* () {
      const primary = always(lost)
      const replica = script(answer(409), answer(200, stored("x")))
      const client = HcpClient.make(
        yield* ReplicaStrategy.make(
          yield* makeTarget(primary),
          yield* makeReplica(replica),
          ReplicaStrategy.readWriteOnFailover
        )
      )
      assert.strictEqual((yield* client.put("/rest/a", HcpBody.text("x"))).role, "replica")
    })
  )
})

describe("a DELETE", () => {
  it.effect("is done when 404 follows a lost answer, and only then", () =>
    Effect.gen(function* () {
      const client = yield* makeClient(script(lost, answer(404)))
      assert.strictEqual((yield* client.delete("/rest/a")).status, 404)
      const other = yield* makeClient(script(answer(404)))
      assert.strictEqual((yield* Effect.flip(other.delete("/rest/a"))).reason._tag, "NotFound")
    })
  )
})

describe("statuses", () => {
  it.effect("are values of execute, and errors of the verbs", () =>
    Effect.gen(function* () {
      const table = {
        304: "NotModified",
        302: "Redirected",
        400: "BadRequest",
        401: "Forbidden",
        403: "Forbidden",
        404: "NotFound",
        409: "Conflict",
        410: "Gone",
        412: "PreconditionFailed",
        413: "TooLarge",
        416: "RangeNotSatisfiable",
        418: "UnexpectedStatus",
        500: "ServerError",
        503: "Busy"
      }
      for (const [status, tag] of Object.entries(table)) {
        const nodes = always(
          answer(Number(status), { Location: "http://192.0.2.66/", "X-HCP-ErrorMessage": "so it is" })
        )
        const client = yield* makeClient(nodes, { retry: RetryPolicy.never })
        const response = yield* client.execute({ method: "GET", path: "/rest/a" })
        assert.strictEqual(response.status, Number(status))
        const verbs = [
          client.get,
          client.head,
          client.delete,
          client.post,
          (path: string) => client.put(path, HcpBody.empty)
        ]
        for (const verb of verbs) {
          const error = yield* Effect.flip(verb("/rest/a"))
          assert.strictEqual(error.reason._tag, tag)
          assert.include(error.message, `n1.t1.hcp.test/rest/a`)
          assert.include(error.message, status)
        }
        const error = yield* Effect.flip(Stream.runDrain(client.stream("/rest/a")))
        assert.strictEqual(error.reason._tag, tag)
      }
    })
  )

  it.effect("count whatever their body is: larger than memory, or broken off", () =>
    Effect.gen(function* () {
      const nodes = always(answer(403, {}, "x".repeat(70_000)))
      const client = yield* makeClient(nodes)
      assert.strictEqual((yield* Effect.flip(client.get("/rest/a", { maxBodyBytes: 10 }))).reason._tag, "Forbidden")
      assert.strictEqual(nodes.calls.length, 1)
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(client.stream("/rest/a")))).reason._tag, "Forbidden")
      const cut = yield* makeClient(script({ ...brokenOff, status: 404 }))
      assert.strictEqual((yield* Effect.flip(cut.get("/rest/a"))).reason._tag, "NotFound")
    })
  )
})

describe("the deadline", () => {
  it.effect("ends a back-off, not after it", () =>
    Effect.gen(function* () {
      const client = yield* makeClient(always(answer(503, { "Retry-After": "4" })))
      const fiber = yield* Effect.forkChild(
        Effect.flip(client.put("/rest/a", HcpBody.empty, { deadline: "2 seconds" }))
      )
      yield* TestClock.adjust("2 seconds")
      const error = yield* Fiber.join(fiber)
      assert(error.reason._tag === "Timeout" && error.reason.phase === "deadline")
      assert.strictEqual(error.reached, "request")
      assert.match(
        error.message,
        /^PUT n1\.t1\.hcp\.test\/rest\/a: .*deadline of 2000 ms.*whether it took effect is unknown/
      )
      assert.match(error.failedAttempts.map(({ failure }) => failure).join(), /503/)
    })
  )

  it.effect("names the node that had not answered yet, warm or not", () =>
    Effect.gen(function* () {
      const client = yield* makeClient(always(() => Effect.never))
      const fiber = yield* Effect.forkChild(Effect.flip(client.get("/rest/a", { deadline: "2 seconds" })))
      yield* TestClock.adjust("2 seconds")
      const { failedAttempts: attempts } = yield* Fiber.join(fiber)
      assert.strictEqual(attempts.length, 1)
      assert.match(attempts[0]?.failure ?? "", /had not answered yet/)
    })
  )

  it.effect("does not name a node as silent that has failed already", () =>
    Effect.gen(function* () {
      const nodes = script(lost)
      const client = yield* makeClient(nodes, { addresses: fourNodes.slice(0, 1) })
      const call = Effect.flip(client.get("/rest/a", { deadline: "10 millis" })).pipe(withRandom(0.9))
      const fiber = yield* Effect.forkChild(call)
      yield* TestClock.adjust("10 millis")
      const { failedAttempts } = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        failedAttempts.map(({ failure }) => failure.includes("had not answered yet")),
        [false]
      )
    })
  )

  it.effect("is one for a GET with all its repetitions, and for a PUT with what settles it", () =>
    Effect.gen(function* () {
      const client = yield* makeClient(always(() => Effect.as(Effect.sleep("900 millis"), brokenOff)))
      const get = yield* Effect.forkChild(Effect.flip(client.get("/rest/a", { deadline: "1 second" })))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(get)).reason._tag, "Timeout")
      const nodes = script(lost, answer(409), () => Effect.never)
      const other = yield* makeClient(nodes)
      const put = yield* Effect.forkChild(
        Effect.flip(other.put("/rest/a", HcpBody.text("x"), { deadline: "1 second" }))
      )
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(put)).reason._tag, "Timeout")
      assert.deepStrictEqual(nodes.steps, [])
    })
  )

  it.effect("of many calls to one system takes one timer, as all their times do", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      let sleeps = 0
      const sleep: Clock.Clock["sleep"] = (duration) => {
        sleeps++
        return clock.sleep(duration)
      }
      const counting = Object.assign(Object.create(clock), { sleep })
      const calls = Effect.gen(function* () {
        const client = yield* makeClient(always(() => Effect.never))
        const call = Effect.exit(client.get("/rest/a", { deadline: "2 seconds" }))
        const fibers = yield* Effect.forEach(Array.from({ length: 10 }), () => Effect.forkChild(call))
        yield* TestClock.adjust("2 seconds")
        yield* Effect.forEach(fibers, Fiber.join)
      })
      yield* Effect.provideService(calls, Clock.Clock, counting)
      assert.isBelow(sleeps, 5)
    })
  )
})

describe("a GET whose body breaks off", () => {
  it.effect("is asked for again on another node, as often as the policy says", () =>
    Effect.gen(function* () {
      const nodes = script(brokenOff, answer(200, {}, "hello you"))
      const client = yield* makeClient(nodes)
      assert.strictEqual((yield* client.get("/rest/a")).text, "hello you")
      assert.strictEqual(new Set(nodes.nodes).size, 2)
      const broken = always(brokenOff)
      const error = yield* Effect.flip((yield* makeClient(broken)).get("/rest/a"))
      assert.strictEqual(error.reason._tag, "IncompleteBody")
      assert.strictEqual(broken.calls.length, 3)
      const once = always(brokenOff)
      yield* Effect.flip((yield* makeClient(once, { retry: RetryPolicy.never })).get("/rest/a"))
      assert.strictEqual(once.calls.length, 1)
    })
  )

  it.effect("as a stream it fails with what arrived: no byte comes twice", () =>
    Effect.gen(function* () {
      const nodes = script(brokenOff)
      const client = yield* makeClient(nodes)
      const error = yield* Effect.flip(Stream.runDrain(client.stream("/rest/a")))
      assert.match(
        error.message,
        /^GET n1\.t1\.hcp\.test\/rest\/a: the answer from [\d.]+ broke off after 5 of 9 bytes$/
      )
    })
  )
})

describe("an answer that is read after its scope has closed", () => {
  for (const [how, read] of [
    ["as a stream", ({ stream }: HcpResponse) => Stream.runDrain(stream)],
    ["as a whole", (response: HcpResponse) => response.bytes()]
  ] as const) {
    it.effect(`${how} says so, in place of waiting for ever`, () =>
      Effect.gen(function* () {
        // More than is kept of an answer that nobody reads.
        const client = yield* makeClient(always(answer(200, undefined, "x".repeat(600_000))))
        for (const options of [undefined, { resume: true }]) {
          const response = yield* Effect.scoped(client.execute({ method: "GET", path: "/rest/a" }, options))
          const error = yield* Effect.flip(inTime(read(response)))
          assert.strictEqual(
            error.message,
            "GET n1.t1.hcp.test/rest/a: the answer is closed; keep its scope, or its layer, open while it is used"
          )
        }
      })
    )
  }
})

it.effect("an answer is read once: whoever reads it again is told so, and gets no empty body", () =>
  Effect.gen(function* () {
    const client = yield* makeClient(always(answer(200, undefined, "x".repeat(600_000))))
    const sizeOf = (stream: HcpResponse["stream"]) =>
      Stream.runFold(
        stream,
        () => 0,
        (sum, { length }) => sum + length
      )
    const field = "the body of an answer"
    for (const options of [undefined, { resume: true }]) {
      const read = yield* client.execute({ method: "GET", path: "/rest/a" }, options)
      const begun = yield* sizeOf(Stream.take(read.stream, 1))
      assert.strictEqual(begun + (yield* sizeOf(read.stream)), 600_000)
      const put = client.put(
        "/rest/b",
        HcpBody.stream(() => read.stream)
      )
      const others: ReadonlyArray<Effect.Effect<unknown, HcpError>> = [sizeOf(read.stream), read.bytes(), put]
      for (const again of others) {
        const { reason } = yield* Effect.flip(again)
        assert(reason._tag === "InvalidInput" && reason.field === field)
      }
    }
  }).pipe(Effect.scoped)
)

it.effect("an answer that is read when its layer is closed says so, and does not blame the node", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const nodes = always(answer(200, undefined, "x".repeat(600_000)))
    const target = yield* Scope.provide(makeTarget(nodes), scope)
    const client = HcpClient.make(yield* ReplicaStrategy.make(target, undefined))
    const { stream } = yield* client.execute({ method: "GET", path: "/rest/a" })
    yield* Scope.close(scope, Exit.void)
    const { message } = yield* Effect.flip(inTime(Stream.runDrain(stream)))
    assert.include(message, "the connection pool is closed; keep its scope, or its layer, open while it is used")
  })
)

describe("a 404 of an object that is still being written", () => {
  it.effect("is asked again while the grace lasts, by get and head (row 50)", () =>
    Effect.gen(function* () {
      for (const verb of ["get", "head"] as const) {
        const nodes = script(answer(404), answer(404), answer(200, {}, "x"))
        const client = yield* makeClient(nodes)
        const reply = yield* inTime(client[verb]("/rest/a", { notFoundGrace: "2 seconds" }))
        assert.strictEqual(reply.status, 200)
        assert.deepStrictEqual(nodes.steps, [])
        const first = nodes.calls[0]?.at ?? 0
        assert.deepStrictEqual(
          nodes.calls.map((call) => call.at - first),
          [0, 500, 1000]
        )
      }
    })
  )

  it.effect("is the answer when the grace is over, and at once without one (row 50)", () =>
    Effect.gen(function* () {
      const patient = always(answer(404))
      const late = yield* inTime(
        Effect.flip(
          Effect.flatMap(makeClient(patient), (client) => client.get("/rest/a", { notFoundGrace: "2 seconds" }))
        )
      )
      assert.strictEqual(late.reason._tag, "NotFound")
      assert.strictEqual(patient.calls.length, 5)

      const once = script(answer(404))
      const error = yield* Effect.flip(Effect.flatMap(makeClient(once), (client) => client.get("/rest/a")))
      assert.strictEqual(error.reason._tag, "NotFound")
      assert.strictEqual(once.calls.length, 1)
    })
  )
})

describe("what a caller gives", () => {
  it.effect("is not changed, and sent once and encoded once", () =>
    Effect.gen(function* () {
      const nodes = script(lost, answer(503), answer(200, {}, "x"))
      const client = yield* makeClient(nodes)
      const headers = Object.freeze({ "X-Note": "a" })
      const query = Object.freeze([Object.freeze(["b", "c d"] as const), Object.freeze(["nowait", ""] as const)])
      const options = Object.freeze({ headers, query, responseTimeout: "5 seconds" as const })
      yield* inTime(client.get("/rest/a folder/50% dönë", options))
      for (const { header, request } of nodes.calls) {
        assert.strictEqual(request.path, "/rest/a%20folder/50%25%20d%C3%B6n%C3%AB?b=c%20d&nowait")
        assert.strictEqual(header("x-note"), "a")
        assert.strictEqual(header("accept-encoding"), "identity")
        assert.strictEqual(request.headers.filter((name) => name.toLowerCase() === "authorization").length, 1)
      }
      assert.deepStrictEqual(
        { headers, query: query.flat() },
        { headers: { "X-Note": "a" }, query: ["b", "c d", "nowait", ""] }
      )
    })
  )
})

describe("pinned", () => {
  it.effect("stays on one node of the active system, with all verbs", () =>
    Effect.gen(function* () {
      const nodes = always(answer(200, {}, "x"))
      const client = yield* makeClient(nodes)
      const pinned = yield* client.pinned
      yield* pinned.get("/rest/a")
      yield* pinned.put("/rest/a", HcpBody.text("x"))
      yield* Stream.runDrain(pinned.stream("/rest/a"))
      assert.strictEqual(new Set(nodes.nodes).size, 1)
      yield* client.get("/rest/a")
      yield* client.get("/rest/a")
      assert.isAbove(new Set(nodes.nodes).size, 1)
    })
  )
})

it.effect("the layer works over a target alone", () =>
  Effect.gen(function* () {
    const client = yield* HcpClient.HcpClient
    assert.strictEqual((yield* client.get("/rest/a")).text, "GET")
  }).pipe(
    Effect.provide(
      HcpClient.layer.pipe(Layer.provide(Target.layerTest(({ method }) => Effect.succeed({ body: method }))))
    )
  )
)
