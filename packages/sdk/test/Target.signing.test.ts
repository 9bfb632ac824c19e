import { assert, it } from "@effect/vitest"
import { Clock, Deferred, Duration, Effect, Exit, Fiber, Layer, Redacted, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Credentials from "../src/Credentials.ts"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import { CredentialsFailed, HcpError } from "../src/HcpError.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as Transport from "../src/Transport.ts"
import { answer, lost, makeTarget, script } from "./utils/ScriptedNodes.ts"

it.effect("every attempt is signed anew, over what it sends", () =>
  Effect.gen(function* () {
    const seen: Array<Credentials.Unsigned> = []
    const credentials = Layer.succeed(Credentials.Credentials, {
      headers: Effect.die("not to be asked"),
      sign: (request) =>
        Effect.sync(() => {
          seen.push(request)
          return [["Authorization", Redacted.make(`signature ${seen.length}`)]] as const
        }),
      refresh: Effect.succeed(false),
      requiresTls: false,
      label: "a signer"
    })
    const nodes = script(lost, answer(201))
    const client = HcpClient.make(yield* ReplicaStrategy.make(yield* makeTarget(nodes, { credentials }), undefined))
    const bytes = Buffer.from("body")
    yield* client.put("/bucket/a b", HcpBody.bytes(bytes), {
      query: { uploadId: "x y", none: undefined, acl: "" },
      headers: { "x-amz-acl": "private" }
    })
    assert.deepStrictEqual(
      nodes.calls.map((call) => call.header("authorization")),
      ["signature 1", "signature 2"]
    )
    const [first, second] = seen
    assert.deepStrictEqual(first, second)
    assert.strictEqual(first?.method, "PUT")
    assert.strictEqual(first?.path, "/bucket/a b")
    assert.deepStrictEqual(first?.query, [
      ["uploadId", "x y"],
      ["acl", ""]
    ])
    assert.deepStrictEqual(first?.body, bytes)
    const names = (first?.headers ?? []).map(([name]) => name)
    assert.include(names, "x-amz-acl")
    assert.include(names, "Host")
  })
)

/** Credentials that sign the first attempts at once, as often as it says, and then with this. */
const signerAfter = (attempts: number, then: Effect.Effect<Credentials.CredentialHeaders, HcpError>) => {
  let asked = 0
  return Layer.succeed(Credentials.Credentials, {
    headers: Effect.die("not to be asked"),
    sign: () => (asked++ < attempts ? Effect.succeed([]) : then),
    refresh: Effect.succeed(false),
    requiresTls: false,
    label: "a signer"
  })
}

it.effect("an attempt that cannot be signed leaves in doubt what one before may have done", () =>
  Effect.gen(function* () {
    const refused = new HcpError({ operation: "credentials", reason: new CredentialsFailed({ detail: "no key" }) })
    const call = { method: "PUT", path: "/rest/a" } as const
    for (const [attempts, reached] of [
      [0, "nothing"],
      [1, "request"]
    ] as const) {
      const credentials = signerAfter(attempts, Effect.andThen(Effect.yieldNow, Effect.fail(refused)))
      const target = yield* makeTarget(script(lost), { credentials })
      const error = yield* Effect.flip(target.call(call))
      assert.deepStrictEqual([error.reason._tag, error.reached], ["CredentialsFailed", reached])
    }
  })
)

for (const [when, pause] of [
  ["out of its first step", Effect.void],
  ["later", TestClock.adjust("1 second")]
] as const) {
  it.effect(`an interruption ${when} ends the signing at once, and gives back its connection`, () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<void>()
      const standing = Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
      const credentials = signerAfter(
        0,
        Effect.onInterrupt(standing, () => Deferred.succeed(ended, undefined))
      )
      const target = yield* makeTarget(script(), { credentials })
      const call = yield* Effect.forkChild(target.call({ method: "GET", path: "/rest/a" }))
      yield* Deferred.await(begun)
      yield* pause
      yield* Fiber.interrupt(call)
      yield* Deferred.await(ended)
      const busy = (yield* target.connections).map((node) => node.busy)
      assert.deepStrictEqual(busy, [0, 0, 0, 0])
    })
  )
}

for (const [where, pause] of [
  ["at once", Effect.void],
  ["elsewhere", Effect.yieldNow]
] as const) {
  it.effect(`a header that the credentials set ${where} is not sent twice`, () =>
    Effect.gen(function* () {
      const given = [["x-amz-date", Redacted.make("CANARY-1")]] as const
      const nodes = script()
      const target = yield* makeTarget(nodes, { credentials: signerAfter(0, Effect.as(pause, given)) })
      const headers = { "X-Note": "1", "X-Amz-Date": "CANARY-2" }
      const error = yield* Effect.flip(target.call({ method: "PUT", path: "/rest/a", headers }))
      assert.deepStrictEqual([error.reason._tag, error.reached], ["InvalidInput", "nothing"])
      assert.include(error.message, 'header "X-Amz-Date": is set by the credentials; leave it out')
      assert.notInclude(error.message, "CANARY")
      assert.deepStrictEqual(nodes.calls, [])
      const busy = (yield* target.connections).map((node) => node.busy)
      assert.deepStrictEqual(busy, [0, 0, 0, 0])
    })
  )
}

/** A connection that asks for the first part of a body in the step in which it is given the request. */
const asksAtOnce = (): Transport.Connection => {
  let isOpen = true
  return {
    connectTime: Duration.zero,
    isReady: () => isOpen,
    isFlushed: () => true,
    exchange: ({ body }) => {
      if (body !== undefined && !(body instanceof Uint8Array)) void body[Symbol.asyncIterator]().next()
      return { pause: () => undefined, resume: () => undefined }
    },
    destroy: () => {
      isOpen = false
    }
  }
}

for (const [what, then] of [
  ["stands still", Effect.never],
  ["gives all it has", Effect.succeed(new Uint8Array(1))]
] as const) {
  it.effect(`an interruption out of the first step of a body that ${what} ends its source, and its time-outs`, () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<void>()
      const source = Stream.fromEffect(Effect.andThen(Deferred.succeed(begun, undefined), then)).pipe(
        Stream.ensuring(Deferred.succeed(ended, undefined))
      )
      const clock = yield* Clock.Clock
      let emptySleeps = 0
      const watched: Clock.Clock = {
        ...clock,
        sleep: (duration) => {
          if (!Duration.isZero(duration)) return clock.sleep(duration)
          emptySleeps++
          return Effect.never
        }
      }
      const transport = Layer.succeed(Transport.Transport, { connect: () => Effect.succeed(asksAtOnce()) })
      const target = yield* makeTarget({ layer: transport }).pipe(Effect.provideService(Clock.Clock, watched))
      const body = HcpBody.stream(() => source, { length: 1 })
      const call = yield* Effect.forkChild(target.call({ method: "PUT", path: "/rest/a", body }))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(call)
      yield* Deferred.await(ended)
      const busy = (yield* target.connections).map((node) => node.busy)
      assert.deepStrictEqual(busy, [0, 0, 0, 0])
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(emptySleeps, 0)
    })
  )
}

it.effect("a signer that throws is a defect of the call, and its connection comes back", () =>
  Effect.gen(function* () {
    const defect = new Error("a fault of the signer")
    const credentials = Layer.succeed(Credentials.Credentials, {
      headers: Effect.die("not to be asked"),
      sign: () => {
        throw defect
      },
      refresh: Effect.succeed(false),
      requiresTls: false,
      label: "a signer"
    })
    const target = yield* makeTarget(script(), { credentials })
    const exit = yield* Effect.exit(target.call({ method: "GET", path: "/rest/a" }))
    assert.deepStrictEqual(exit, Exit.die(defect))
    const busy = (yield* target.connections).map((node) => node.busy)
    assert.deepStrictEqual(busy, [0, 0, 0, 0])
  })
)

for (const [name, sign] of [
  ["at once", Effect.succeed([])],
  ["elsewhere", Effect.as(Effect.yieldNow, [])]
] as const) {
  it.effect(`a connection that throws is a defect of the call that is signed ${name}, and comes back`, () =>
    Effect.gen(function* () {
      const defect = new Error("a fault of the connection")
      let isDestroyed = false
      const connection: Transport.Connection = {
        connectTime: Duration.zero,
        isReady: () => true,
        isFlushed: () => true,
        exchange: () => {
          throw defect
        },
        destroy: () => {
          isDestroyed = true
        }
      }
      const credentials = Layer.succeed(Credentials.Credentials, {
        headers: sign,
        refresh: Effect.succeed(false),
        requiresTls: false,
        label: "a signer"
      })
      const transport = Layer.succeed(Transport.Transport, { connect: () => Effect.succeed(connection) })
      const target = yield* makeTarget({ layer: transport }, { credentials })
      const exit = yield* Effect.exit(target.call({ method: "GET", path: "/rest/a" }))
      assert.deepStrictEqual(exit, Exit.die(defect))
      assert.isTrue(isDestroyed)
      const busy = (yield* target.connections).map((node) => node.busy)
      assert.deepStrictEqual(busy, [0, 0, 0, 0])
    })
  )
}
