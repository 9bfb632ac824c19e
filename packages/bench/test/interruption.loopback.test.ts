import { assert, describe, it } from "@effect/vitest"
import { Hcp, HcpBody, HcpClient } from "@effect-hcp/sdk"
import { Deferred, Effect, Fiber, Redacted, Stream } from "effect"
import * as FaultNode from "../../sdk/test/utils/FaultNode.ts"

const limitMillis = 50

type Call = (client: HcpClient.HcpClient["Service"]) => Effect.Effect<unknown, unknown>

const hcp = (node: FaultNode.FaultNode, options: Partial<Hcp.Options>) =>
  Hcp.layer({
    fqdn: "n1.t1.hcp.test",
    addresses: [node.address],
    port: node.port,
    tls: false,
    credentials: { username: "n", password: Redacted.make("n01") },
    ...options
  })

/** Interrupts a call once `ready` has happened, and gives the milliseconds until it has let go of everything. */
const interrupt = Effect.fnUntraced(function* (call: Effect.Effect<unknown, unknown>, ready: Effect.Effect<unknown>) {
  const fiber = yield* Effect.forkChild(call, { startImmediately: true })
  yield* ready
  const begun = performance.now()
  yield* Fiber.interrupt(fiber)
  return performance.now() - begun
})

const download = 64 * 1024 * 1024

const chunk = new Uint8Array(64 * 1024)

describe("an interrupted call returns in less than 50 ms, and the server sees the connection close", () => {
  it.live("while it waits for a connection: nothing of it is ever sent", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make([FaultNode.mute])
      yield* Effect.gen(function* () {
        const client = yield* HcpClient.HcpClient
        const first = yield* Effect.forkChild(client.get("/rest/first"), { startImmediately: true })
        yield* node.until(() => node.arrivals.length === 1)
        const millis = yield* interrupt(client.get("/rest/queued"), Effect.sleep("20 millis"))
        assert.isBelow(millis, limitMillis)
        assert.strictEqual(node.open(), 1, "the first call is not touched")
        yield* Fiber.interrupt(first)
        yield* node.until(() => node.open() === 0)
        assert.strictEqual(node.connections(), 1)
        assert.strictEqual(node.unused(), 0)
      }).pipe(Effect.provide(hcp(node, { connections: { maxPerNode: 1 } })))
    })
  )

  it.live("while it connects: the TLS handshake is not answered", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make([FaultNode.muteAtAccept])
      yield* Effect.gen(function* () {
        const client = yield* HcpClient.HcpClient
        const millis = yield* interrupt(
          client.get("/rest/a"),
          node.until(() => node.open() === 1)
        )
        assert.isBelow(millis, limitMillis)
        yield* node.until(() => node.open() === 0)
        assert.strictEqual(node.unused(), 0)
      }).pipe(Effect.provide(hcp(node, { tls: { insecureSkipVerification: true } })))
    })
  )

  it.live("while it waits for the answer", () => stops([FaultNode.mute], (client) => client.delete("/rest/a")))

  it.live("while it uploads: the source is let go of once", () =>
    Effect.gen(function* () {
      let finalised = 0
      const endless = Stream.forever(Stream.make(chunk)).pipe(Stream.ensuring(Effect.sync(() => finalised++)))
      yield* stops([FaultNode.deaf], (client) =>
        client.put(
          "/rest/a",
          HcpBody.stream(() => endless)
        )
      )
      assert.strictEqual(finalised, 1)
    })
  )

  it.live("while it downloads into memory, or as a stream that is read slowly", () =>
    Effect.gen(function* () {
      const calls: ReadonlyArray<Call> = [
        (client) => client.get("/rest/a"),
        (client) => Stream.runForEach(client.stream("/rest/a"), () => Effect.sleep("1 minute"))
      ]
      for (const call of calls) {
        const begun = yield* Deferred.make<void>()
        const step = FaultNode.flood(download * 4, () => Deferred.doneUnsafe(begun, Effect.void))
        yield* stops([step], call, Deferred.await(begun))
      }
    })
  )
})

/** Interrupts a call that the node has seen: it lets go at once, and so does the node. */
const stops = Effect.fnUntraced(function* (
  script: ReadonlyArray<FaultNode.Step>,
  call: Call,
  ready: Effect.Effect<void> = Effect.void
) {
  const node = yield* FaultNode.make(script)
  yield* Effect.gen(function* () {
    const client = yield* HcpClient.HcpClient
    const arrived = node.until(() => node.arrivals.length === 1)
    const millis = yield* interrupt(call(client), Effect.andThen(arrived, ready))
    assert.isBelow(millis, limitMillis)
    for (const arrival of node.arrivals) arrival.request.resume()
    yield* node.until(() => node.open() === 0)
    assert.strictEqual(node.unused(), 0)
  }).pipe(Effect.provide(hcp(node, {})))
})
