import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Exit } from "effect"
import type { NodeAddress } from "../src/AddressPool.ts"
import type { Acquisition } from "../src/internal/pool/acquisition.ts"
import { HostPool } from "../src/internal/pool/hostPool.ts"
import { Timeouts } from "../src/internal/pool/timeouts.ts"
import type { Connection, Endpoint } from "../src/Transport.ts"
import { settle } from "./utils/poolWatch.ts"

const nodesAt = (...addresses: ReadonlyArray<string>): ReadonlyArray<NodeAddress> =>
  addresses.map((address) => ({ address, family: "IPv4" }))

const endpointOf = ({ address }: NodeAddress): Endpoint => ({
  address,
  port: 80,
  fqdn: "n1.t1.hcp.test",
  tls: undefined,
  connectTimeoutMillis: 3_000,
  tcpKeepAliveMillis: undefined
})

const connectionOf = (): Connection => {
  let isOpen = true
  return {
    connectMillis: 0,
    isReady: () => isOpen,
    isFlushed: () => true,
    exchange: () => ({ pause: () => undefined, resume: () => undefined }),
    destroy: () => {
      isOpen = false
    }
  }
}

const makePool = Effect.gen(function* () {
  const run = Effect.runForkWith(yield* Effect.context<never>())
  return new HostPool({
    transport: { connect: () => Effect.sync(connectionOf) },
    timeouts: new Timeouts(yield* Clock.Clock, run),
    run,
    idleMillis: 30_000,
    waitMillis: undefined,
    onConnectFailed: () => undefined,
    maxPerNode: 1,
    maxTotal: 10,
    maxWaiting: undefined
  })
})

const failureOf = ({ failure }: Acquisition) =>
  failure !== undefined && "reason" in failure ? failure.reason._tag : undefined

describe("those who wait for some of the nodes", () => {
  it.effect("fail when all of these leave the list, also where no connection ever failed", () =>
    Effect.gen(function* () {
      const pool = yield* makePool
      const nodes = nodesAt("192.0.2.1", "192.0.2.2", "192.0.2.3")
      pool.setHealthy(nodes, endpointOf)
      const held = nodes.map((node) => pool.acquire([node], () => undefined))
      yield* settle
      const told = Deferred.makeUnsafe<void>()
      const waiting = pool.acquire(nodes.slice(0, 2), () => Deferred.doneUnsafe(told, Exit.void))
      assert.strictEqual(waiting.state, "waiting")
      pool.setHealthy(nodesAt("192.0.2.8", "192.0.2.9"), endpointOf)
      yield* Deferred.await(told)
      assert.strictEqual(failureOf(waiting), "CannotConnect")
      for (const each of held) each.release()
    })
  )

  it.effect("are served by one that was out so long that nothing was left of it", () =>
    Effect.gen(function* () {
      const pool = yield* makePool
      const nodes = nodesAt("192.0.2.1", "192.0.2.2", "192.0.2.3")
      pool.setHealthy(nodes, endpointOf)
      const held = nodes.slice(1).map((node) => pool.acquire([node], () => undefined))
      const first = pool.acquire(nodes.slice(0, 1), () => undefined)
      yield* settle
      const waiting = pool.acquire(nodes.slice(0, 2), () => undefined)
      assert.strictEqual(waiting.state, "waiting")
      pool.setHealthy(nodes.slice(1), endpointOf)
      first.release()
      pool.sweep()
      pool.setHealthy(nodes, endpointOf)
      yield* settle
      assert.strictEqual(waiting.host?.endpoint.address, "192.0.2.1")
      for (const each of [...held, waiting]) each.release()
    })
  )
})
