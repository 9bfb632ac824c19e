import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Duration, Effect, Exit } from "effect"
import { TestClock } from "effect/testing"
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
  connectTimeout: Duration.millis(3_000),
  tcpKeepAlive: undefined
})

const connectionOf = (): Connection => {
  let isOpen = true
  return {
    connectTime: Duration.zero,
    isReady: () => isOpen,
    isFlushed: () => true,
    exchange: () => ({ pause: () => undefined, resume: () => undefined }),
    destroy: () => {
      isOpen = false
    }
  }
}

interface PoolOptions {
  readonly maxPerNode?: number
  readonly maxTotal?: number
  /** What opening a connection waits for. */
  readonly opening?: Effect.Effect<void>
}

/** A pool, where it opened connections, and how many of its fibers were interrupted. */
const watchedPool = Effect.fnUntraced(function* ({ maxPerNode = 1, maxTotal = 10, opening }: PoolOptions = {}) {
  const fork = Effect.runForkWith(yield* Effect.context<never>())
  const dials: Array<string> = []
  const seen = { dials, interrupted: 0 }
  const pool = new HostPool({
    transport: {
      connect: ({ address }) =>
        Effect.suspend(() => {
          dials.push(address)
          return Effect.as(opening ?? Effect.void, connectionOf())
        })
    },
    timeouts: new Timeouts(yield* Clock.Clock, fork),
    run: (effect) => {
      const fiber = fork(effect)
      return {
        interruptUnsafe: () => {
          seen.interrupted++
          fiber.interruptUnsafe()
        }
      }
    },
    idleMillis: 30_000,
    waitMillis: undefined,
    onConnectFailed: () => undefined,
    maxPerNode,
    maxTotal,
    maxWaiting: undefined
  })
  return { pool, seen }
})

const makePool = Effect.map(watchedPool(), ({ pool }) => pool)

const nothing = () => undefined

const numbersOf = (pool: HostPool) => pool.stats().map(({ address, busy, idle }) => [address, busy, idle])

const addressOf = ({ host }: Acquisition) => host?.endpoint.address

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

const [a, b, c] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"] as const

describe("a node that leaves the healthy ones", () => {
  it.effect("keeps no connection: neither an idle one nor one that comes back", () =>
    Effect.gen(function* () {
      const { pool } = yield* watchedPool({ maxPerNode: 2 })
      const nodes = nodesAt(a, b)
      pool.setHealthy(nodes, endpointOf)
      const idle = pool.acquire(nodes.slice(0, 1), nothing)
      const held = pool.acquire(nodes.slice(0, 1), nothing)
      yield* settle
      idle.release()
      assert.deepStrictEqual(numbersOf(pool)[0], [a, 1, 1])
      pool.setHealthy(nodes.slice(1), endpointOf)
      assert.deepStrictEqual(numbersOf(pool)[0], [a, 1, 0])
      assert.isFalse(idle.connection?.isReady())
      held.release()
      assert.deepStrictEqual(numbersOf(pool)[0], [a, 0, 0])
      assert.isFalse(held.connection?.isReady())
    })
  )

  it.effect("keeps none that was being opened", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { pool, seen } = yield* watchedPool({ opening: Deferred.await(gate) })
      const nodes = nodesAt(a, b)
      pool.setHealthy(nodes, endpointOf)
      const left = pool.acquire(nodes, nothing)
      yield* settle
      assert.deepStrictEqual(seen.dials, [a])
      left.release()
      pool.setHealthy(nodes.slice(1), endpointOf)
      yield* Deferred.succeed(gate, undefined)
      yield* settle
      assert.deepStrictEqual(numbersOf(pool)[0], [a, 0, 0])
    })
  )

  it.effect("keeps them where no other node is left", () =>
    Effect.gen(function* () {
      const { pool, seen } = yield* watchedPool()
      const nodes = nodesAt(a)
      pool.setHealthy(nodes, endpointOf)
      const held = pool.acquire(nodes, nothing)
      yield* settle
      pool.setHealthy([], endpointOf)
      held.release()
      const again = pool.acquire(nodesAt(a), nothing)
      assert.deepStrictEqual([again.state, seen.dials], ["holding", [a]])
    })
  )
})

describe("the node that is used next", () => {
  it.effect("is the one with the least connections in use, also where only some nodes may be used", () =>
    Effect.gen(function* () {
      const { pool } = yield* watchedPool({ maxPerNode: 2 })
      const nodes = nodesAt(a, b, c)
      pool.setHealthy(nodes, endpointOf)
      pool.acquire(nodes.slice(0, 1), nothing)
      const some = pool.acquire(nodes.slice(0, 2), nothing)
      yield* settle
      assert.strictEqual(addressOf(some), b)
    })
  )

  it.effect("stays the one unchanged longest when the list of nodes changes", () =>
    Effect.gen(function* () {
      const { pool } = yield* watchedPool()
      const nodes = nodesAt(a, b, c)
      pool.setHealthy(nodes, endpointOf)
      const first = pool.acquire(nodes, nothing)
      yield* settle
      first.release()
      const more = nodesAt(a, b, c, "192.0.2.4")
      pool.setHealthy(more, endpointOf)
      const second = pool.acquire(more, nothing)
      yield* settle
      assert.deepStrictEqual([first, second].map(addressOf), [a, b])
    })
  )

  it.effect("is found again when the numbers in use fall", () =>
    Effect.gen(function* () {
      const { pool } = yield* watchedPool({ maxPerNode: 3 })
      const nodes = nodesAt(a)
      pool.setHealthy(nodes, endpointOf)
      const many = [1, 2, 3].map(() => pool.acquire(nodes, nothing))
      yield* settle
      for (const each of many) each.release()
      assert.strictEqual(pool.acquire(nodes, nothing).state, "holding")
    })
  )
})

describe("those who wait", () => {
  it.effect("share the connections that are being opened: one who leaves has none opened for the next", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { pool, seen } = yield* watchedPool({ maxPerNode: 5, opening: Deferred.await(gate) })
      const nodes = nodesAt(a, b)
      pool.setHealthy(nodes, endpointOf)
      const left = pool.acquire(nodes, nothing)
      yield* settle
      left.release()
      const next = pool.acquire(nodes, nothing)
      yield* settle
      assert.deepStrictEqual(seen.dials, [a])
      yield* Deferred.succeed(gate, undefined)
      yield* settle
      assert.deepStrictEqual([next.state, next.isNew], ["holding", true])
    })
  )

  it.effect("leave a connection that was idle since it was opened: the node may have closed it", () =>
    Effect.gen(function* () {
      const { pool } = yield* watchedPool()
      const nodes = nodesAt(a)
      pool.setHealthy(nodes, endpointOf)
      pool.acquire(nodes, nothing).release()
      yield* settle
      assert.deepStrictEqual(numbersOf(pool), [[a, 0, 1]])
      assert.isFalse(pool.acquire(nodes, nothing).isNew)
    })
  )

  it.effect("for one node are not overtaken by one who comes while others are served", () =>
    Effect.gen(function* () {
      const { pool } = yield* watchedPool({ maxPerNode: 2 })
      const nodes = nodesAt(a, b)
      pool.setHealthy(nodes, endpointOf)
      const one = nodes.slice(0, 1)
      const held = [1, 2].map(() => pool.acquire(one, nothing))
      yield* settle
      const late: Array<Acquisition> = []
      pool.acquire(one, () => {
        held[1]?.release()
        late.push(pool.acquire(one, nothing))
      })
      const second = pool.acquire(one, nothing)
      held[0]?.release()
      assert.strictEqual(second.state, "holding")
      assert.deepStrictEqual(
        late.map(({ state }) => state),
        ["waiting"]
      )
    })
  )

  it.effect("are not overtaken either where the older one takes any node, whoever comes", () =>
    Effect.gen(function* () {
      for (const isPinned of [true, false]) {
        const { pool } = yield* watchedPool({ maxPerNode: 2 })
        const nodes = nodesAt(a)
        pool.setHealthy(nodes, endpointOf)
        const held = [1, 2].map(() => pool.acquire(nodes, nothing))
        yield* settle
        const late: Array<Acquisition> = []
        const first = pool.acquire(nodes, () => {
          held[1]?.release()
          late.push(pool.acquire(isPinned ? nodesAt(a) : nodes, nothing))
        })
        const second = pool.acquire(nodes, nothing)
        held[0]?.release()
        assert.deepStrictEqual([first.state, second.state, late[0]?.state], ["holding", "holding", "waiting"])
        second.release()
        assert.strictEqual(late[0]?.state, "holding")
      }
    })
  )

  it.effect("for a node that is out get its warm connection, though others wait for this and other nodes", () =>
    Effect.gen(function* () {
      const { pool } = yield* watchedPool()
      const nodes = nodesAt(a, b, c)
      pool.setHealthy(nodes.slice(0, 2), endpointOf)
      const held = nodes.slice(0, 2).map((node) => pool.acquire([node], nothing))
      const out = nodes.slice(2)
      const probe = pool.acquireAt(endpointOf({ address: c, family: "IPv4" }), nothing)
      yield* settle
      probe.release()
      const some = pool.acquire(nodes.slice(1), nothing)
      const pinned = pool.acquire(out, nothing)
      assert.deepStrictEqual([some.state, pinned.state, addressOf(pinned)], ["waiting", "holding", c])
      for (const each of held) each.release()
    })
  )

  it.effect("for a node without a connection take no place of those who came before", () =>
    Effect.gen(function* () {
      const { pool } = yield* watchedPool({ maxTotal: 1 })
      const nodes = nodesAt(a, b)
      pool.setHealthy(nodes, endpointOf)
      const held = pool.acquire(nodes.slice(0, 1), nothing)
      yield* settle
      const first = pool.acquire(nodes, nothing)
      const pinned = pool.acquire(nodes.slice(1), nothing)
      held.connection?.destroy()
      held.release()
      yield* settle
      assert.deepStrictEqual([first.state, pinned.state], ["holding", "waiting"])
      first.release()
      yield* settle
      assert.strictEqual(pinned.state, "holding")
    })
  )

  it.effect("get the place of a connection that none of the healthy nodes has", () =>
    Effect.gen(function* () {
      const { pool } = yield* watchedPool({ maxTotal: 1 })
      const nodes = nodesAt(a, b)
      pool.setHealthy(nodes, endpointOf)
      const [other] = nodesAt("192.0.2.9").map(endpointOf)
      assert.isDefined(other)
      const probe = pool.acquireAt(other, nothing)
      yield* settle
      probe.release()
      const call = pool.acquire(nodes, nothing)
      yield* settle
      assert.deepStrictEqual([call.state, probe.connection?.isReady()], ["holding", false])
    })
  )
})

describe("a warm connection that the node had closed", () => {
  it.effect("takes all with it that were idle for as long, and none that came back later", () =>
    Effect.gen(function* () {
      const { pool } = yield* watchedPool({ maxPerNode: 6 })
      const nodes = nodesAt(a)
      pool.setHealthy(nodes, endpointOf)
      const all = [1, 2, 3, 4, 5, 6].map(() => pool.acquire(nodes, nothing))
      yield* settle
      for (const each of all.slice(0, 4)) each.release()
      yield* TestClock.adjust(1_000)
      const stale = pool.acquire(nodes, nothing)
      for (const each of all.slice(4)) each.release()
      stale.wasStale()
      assert.deepStrictEqual(numbersOf(pool), [[a, 1, 2]])
      assert.deepStrictEqual(
        all.map(({ connection }) => connection?.isReady()),
        [false, false, false, true, true, true]
      )
    })
  )
})

describe("a pool that closes", () => {
  it.effect("interrupts no opening that is over, and says of what it gave before that it is no more", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { pool, seen } = yield* watchedPool({ opening: Deferred.await(gate) })
      const nodes = nodesAt(a)
      pool.setHealthy(nodes, endpointOf)
      const held = pool.acquire(nodes, nothing)
      yield* settle
      yield* Deferred.succeed(gate, undefined)
      yield* settle
      assert.deepStrictEqual([held.state, held.isRevoked], ["holding", false])
      yield* pool.close(Duration.zero)
      assert.deepStrictEqual([seen.interrupted, held.isRevoked], [0, true])
    })
  )

  it.effect("tells everybody once, also where one who is told makes another one leave", () =>
    Effect.gen(function* () {
      const { pool } = yield* watchedPool()
      const nodes = nodesAt(a)
      pool.setHealthy(nodes, endpointOf)
      pool.acquire(nodes, nothing)
      yield* settle
      const told: Array<string> = []
      const first = pool.acquire(nodes, () => {
        told.push("first")
        second.release()
      })
      const second = pool.acquire(nodes, () => told.push("second"))
      yield* pool.close(Duration.zero)
      assert.deepStrictEqual(told, ["first"])
      assert.deepStrictEqual([failureOf(first), failureOf(second)], ["Closed", undefined])
    })
  )

  it.effect("opens nothing that was only asked for, and ends what is being opened and nothing else", () =>
    Effect.gen(function* () {
      const gates = [Effect.void, Effect.never]
      const opening = Effect.suspend(() => gates.shift() ?? Effect.void)
      const { pool, seen } = yield* watchedPool({ maxPerNode: 3, opening })
      const nodes = nodesAt(a)
      pool.setHealthy(nodes, endpointOf)
      pool.acquire(nodes, nothing)
      pool.acquire(nodes, nothing)
      yield* settle
      assert.strictEqual(seen.dials.length, 2)
      const late = pool.acquire(nodes, nothing)
      yield* pool.close(Duration.zero)
      yield* settle
      assert.strictEqual(failureOf(late), "Closed")
      assert.deepStrictEqual([seen.dials.length, seen.interrupted], [2, 1])
    })
  )
})
