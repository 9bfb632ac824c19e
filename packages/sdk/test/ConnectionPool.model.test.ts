import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Duration, Effect, Exit } from "effect"
import { TestClock } from "effect/testing"
import type { NodeAddress } from "../src/AddressPool.ts"
import type { Acquisition } from "../src/internal/pool/acquisition.ts"
import { HostPool } from "../src/internal/pool/hostPool.ts"
import { Timeouts } from "../src/internal/pool/timeouts.ts"
import { type Connection, type Endpoint, ExchangeFailure } from "../src/Transport.ts"
import { CannotConnect } from "../src/WireReason.ts"
import { settle } from "./utils/poolWatch.ts"

const nodes: ReadonlyArray<NodeAddress> = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"].map((address) => ({
  address,
  family: "IPv4"
}))

type Node = NodeAddress

/** Of a few connections some nodes have none, and of one only a single node has any. */
const limitsOf = (seed: number) =>
  seed % 3 === 0
    ? { maxPerNode: 3, maxTotal: 7, maxWaiting: 12 }
    : { maxPerNode: 1 + (seed % 2), maxTotal: 1 + (seed % 4), maxWaiting: 12 }

const refused = (address: string) =>
  new ExchangeFailure({ reached: "nothing", reason: new CannotConnect({ address, port: 80, code: "ECONNREFUSED" }) })

/** The same numbers for the same seed. */
const numbersOf = (seed: number) => {
  let state = seed
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

interface Guest {
  /** Any healthy node, or these. */
  readonly wants: "any" | ReadonlyArray<Node>
  readonly acquisition: Acquisition
  readonly came: number
}

/** A pool, what may be done to it at random, and what must be true of it at any time. */
const makeHouse = Effect.fnUntraced(function* (seed: number) {
  const below = numbersOf(seed)
  const limits = limitsOf(seed)
  const oneOf = <A>(all: ReadonlyArray<A>): A | undefined => all[below(Math.max(1, all.length))]
  const endpoints = new Map<Node, Endpoint>(
    nodes.map((node) => [
      node,
      {
        address: node.address,
        port: 80,
        fqdn: "n1.t1.hcp.test",
        tls: undefined,
        connectTimeout: Duration.millis(3_000),
        tcpKeepAlive: undefined
      }
    ])
  )
  const endpointOf = (node: Node) => endpoints.get(node) ?? assert.fail("no such node")
  const living = new Map<Connection, string>()
  const inHand = new Set<Connection>()
  const broken = new Set<Connection>()
  const dialling: Array<{ readonly address: string; readonly done: Deferred.Deferred<Connection, ExchangeFailure> }> =
    []
  const guests = new Set<Guest>()
  const wrong: Array<string> = []
  let healthy: ReadonlyArray<Node> = nodes
  let came = 0
  let served = 0

  const run = Effect.runForkWith(yield* Effect.context<never>())
  const pool = new HostPool({
    transport: {
      connect: ({ address }) =>
        Effect.suspend(() => {
          const done = Deferred.makeUnsafe<Connection, ExchangeFailure>()
          dialling.push({ address, done })
          return Deferred.await(done)
        })
    },
    timeouts: new Timeouts(yield* Clock.Clock, run),
    run,
    idleMillis: 30_000,
    waitMillis: undefined,
    onConnectFailed: () => undefined,
    ...limits
  })
  pool.setHealthy(healthy, endpointOf)

  const connection = (address: string): Connection => {
    const made: Connection = {
      connectTime: Duration.zero,
      isReady: () => living.has(made) && !broken.has(made),
      isFlushed: () => true,
      exchange: () => ({ pause: () => undefined, resume: () => undefined }),
      destroy: () => void living.delete(made)
    }
    living.set(made, address)
    return made
  }

  const mayUse = ({ wants }: Guest, address: string) =>
    (wants === "any" ? healthy : wants).some((node) => node.address === address)

  const leave = (guest: Guest) => {
    const { connection } = guest.acquisition
    if (connection !== undefined) inHand.delete(connection)
    guests.delete(guest)
    guest.acquisition.release()
  }

  const onTurn = (guest: Guest) => {
    const { connection, failure, host } = guest.acquisition
    if (failure !== undefined) return void guests.delete(guest)
    if (connection === undefined || host === undefined) return void wrong.push("a turn without a connection")
    served++
    const { address } = host.endpoint
    if (inHand.has(connection)) wrong.push("one connection for two")
    if (!living.has(connection)) wrong.push("a connection that was destroyed")
    if (!mayUse(guest, address)) wrong.push(`${address} was not asked for`)
    // Of those who may use the same node whoever came first goes first.
    for (const other of guests) {
      const isEarlier = other.acquisition.state === "waiting" && other.came < guest.came
      if (isEarlier && mayUse(other, address)) wrong.push("somebody was passed over")
    }
    inHand.add(connection)
  }

  const ask = (wants: ReadonlyArray<Node>) => {
    let guest: Guest | undefined
    const acquisition = pool.acquire(wants, () => guest !== undefined && onTurn(guest))
    guest = { wants: wants === healthy ? "any" : wants, acquisition, came: came++ }
    if (acquisition.state === "over") return
    guests.add(guest)
    if (acquisition.connection !== undefined) onTurn(guest)
  }

  const inState = (state: Acquisition["state"]) => [...guests].filter(({ acquisition }) => acquisition.state === state)

  const steps: ReadonlyArray<() => void> = [
    () => ask(healthy),
    () => ask(healthy),
    () => ask([oneOf(nodes) ?? assert.fail()]),
    () => ask(healthy.length > 2 ? healthy.slice(0, 2) : healthy),
    () => {
      const guest = oneOf(inState("holding"))
      if (guest !== undefined) leave(guest)
    },
    () => {
      const guest = oneOf(inState("holding"))
      if (guest?.acquisition.connection === undefined) return
      broken.add(guest.acquisition.connection)
      leave(guest)
    },
    () => {
      const guest = oneOf(inState("waiting"))
      if (guest !== undefined && below(3) === 0) leave(guest)
    },
    () => {
      const [dial] = dialling.splice(below(Math.max(1, dialling.length)), 1)
      if (dial === undefined) return
      if (below(4) === 0) Deferred.doneUnsafe(dial.done, Exit.fail(refused(dial.address)))
      else Deferred.doneUnsafe(dial.done, Exit.succeed(connection(dial.address)))
    },
    () => {
      const next = nodes.filter(() => below(5) > 0)
      if (next.length > 0 && below(4) === 0) {
        healthy = next
        pool.setHealthy(healthy, endpointOf)
      }
    },
    () => {
      const idle = [...living.keys()].filter((each) => !inHand.has(each))
      const one = oneOf(idle)
      if (one !== undefined) broken.add(one)
    },
    () => pool.sweep()
  ]

  const check = (step: number) => {
    const stats = pool.stats()
    const total = stats.reduce((sum, { busy, idle }) => sum + busy + idle, 0)
    assert.deepStrictEqual(wrong, [], `step ${step}`)
    assert.isAtMost(total, limits.maxTotal, `step ${step}`)
    for (const { busy, idle } of stats) assert.isAtMost(busy + idle, limits.maxPerNode, `step ${step}`)
    assert.isAtMost(living.size + dialling.length, total, `step ${step}`)
    // Who waits beside a connection of use waits for one that is being opened to a node that was used less.
    for (const guest of guests) {
      if (guest.acquisition.state !== "waiting" || dialling.length > 0) continue
      const idle = [...living].some(
        ([each, address]) => !inHand.has(each) && !broken.has(each) && mayUse(guest, address)
      )
      assert.isFalse(idle, `step ${step}: somebody waits beside an idle connection`)
    }
  }

  return { below, steps, check, dialling, guests, inState, leave, pool, connection, living, served: () => served }
})

describe("a pool", () => {
  it.effect("asked, given back, broken, refused, left and ejected at random keeps its rules", () =>
    Effect.gen(function* () {
      let served = 0
      for (let seed = 1; seed <= 30; seed++) {
        const house = yield* makeHouse(seed)
        for (let step = 0; step < 400; step++) {
          house.steps[house.below(house.steps.length)]?.()
          if (house.below(2) === 0) yield* settle
          else yield* Effect.yieldNow
          yield* settle
          house.check(step)
        }
        // In the end everybody who still waits is served, as soon as connections can be opened and come back.
        for (let round = 0; round < 200 && house.guests.size > 0; round++) {
          for (const dial of house.dialling.splice(0)) {
            Deferred.doneUnsafe(dial.done, Exit.succeed(house.connection(dial.address)))
          }
          for (const guest of house.inState("holding")) house.leave(guest)
          yield* TestClock.adjust("1 second")
        }
        assert.strictEqual(house.guests.size, 0, `seed ${seed}: somebody is never served`)
        for (const { busy, waiting } of house.pool.stats()) assert.deepStrictEqual([busy, waiting], [0, 0])
        served += house.served()
        yield* house.pool.close(Duration.zero)
        assert.strictEqual(house.living.size, 0)
      }
      assert.isAbove(served, 1_000)
    })
  )
})
