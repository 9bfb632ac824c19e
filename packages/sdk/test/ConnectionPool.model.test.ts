import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as ConnectionPool from "../src/ConnectionPool.ts"
import { type Connection, type Endpoint, ExchangeFailure, Transport } from "../src/Transport.ts"
import { CannotConnect } from "../src/WireReason.ts"
import { settle } from "./utils/poolWatch.ts"

const addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
const limits = { maxPerNode: 3, maxTotal: 6, maxWaiting: 12 }

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

/** One who wants, opens or has a connection, as seen from outside. */
interface Guest {
  readonly name: string
  readonly endpoint: Endpoint
  /** `gone` is the end: what it had is given back. */
  state: "waiting" | "opening" | "holding" | "gone"
  connection: Connection | undefined
  /** Ends what it is doing, whatever that is. */
  leave: Effect.Effect<void>
  /** Says that the node had closed what it holds. */
  stale: Effect.Effect<void>
}

/** A pool, what may be done to it at random, and what must be true of it at any time. */
const makeHouse = Effect.fnUntraced(function* (seed: number) {
  const below = numbersOf(seed)
  const guests: Array<Guest> = []
  const lines = new Map<string, Array<Guest>>(addresses.map((address) => [address, []]))
  const living = new Set<Connection>()
  const opening = new Map<Endpoint, (isOpen: boolean) => void>()
  const guestAt = new Map<Endpoint, Guest>()
  // Nobody catches what is thrown where this is found.
  const wrong: Array<string> = []
  // What those do who have no fiber of their own.
  const openers = new Map<Guest, () => Effect.Effect<void>>()
  const finishers = new Map<Guest, () => void>()

  const inState = (state: Guest["state"]) => guests.filter((guest) => guest.state === state)
  const oneOf = <A>(all: ReadonlyArray<A>): A | undefined => all[below(Math.max(1, all.length))]
  const lineOf = ({ endpoint }: Guest) => lines.get(endpoint.address) ?? []

  const leaveLine = (guest: Guest) => {
    const line = lineOf(guest)
    const at = line.indexOf(guest)
    if (at >= 0) line.splice(at, 1)
  }
  const check = (isSo: boolean, otherwise: string) => {
    if (!isSo) wrong.push(otherwise)
  }
  // Nobody is served before those who came earlier to the same node.
  const served = (guest: Guest) => {
    const [first] = lineOf(guest)
    check(first === undefined || first === guest, `${guest.name} is served before ${first?.name}`)
    check(guest.state === "waiting", `${guest.name} is served a second time`)
    leaveLine(guest)
  }
  const gone = (guest: Guest) => {
    leaveLine(guest)
    guest.state = "gone"
    guest.connection = undefined
  }
  const holds = (guest: Guest, connection: Connection) => {
    const other = guests.find((each) => each !== guest && each.connection === connection)
    check(other === undefined, `${guest.name} has the connection of ${other?.name}`)
    check(living.has(connection), `${guest.name} is given a closed connection`)
    guest.state = "holding"
    guest.connection = connection
  }

  const connect = (endpoint: Endpoint) =>
    Effect.callback<Connection, ExchangeFailure>((resume) => {
      const guest = guestAt.get(endpoint)
      if (guest?.state === "waiting") served(guest)
      if (guest !== undefined) guest.state = "opening"
      opening.set(endpoint, (isOpen) => {
        opening.delete(endpoint)
        if (!isOpen) {
          if (guest !== undefined) gone(guest)
          return resume(Effect.fail(refused(endpoint.address)))
        }
        const connection: Connection = {
          connectMillis: 1,
          isReady: () => living.has(connection),
          exchange: () => Effect.never,
          collect: () => undefined,
          destroy: () => void living.delete(connection)
        }
        living.add(connection)
        resume(Effect.succeed(connection))
      })
      return Effect.sync(() => opening.delete(endpoint))
    })
  const scope = yield* Scope.make()
  const pool = yield* ConnectionPool.make(limits).pipe(
    Effect.provideService(Transport, Transport.of({ connect })),
    Scope.provide(scope)
  )

  const newGuest = (kind: string): Guest => {
    const address = oneOf(addresses) ?? ""
    const endpoint: Endpoint = {
      address,
      port: 80,
      fqdn: "n1.t1.hcp.test",
      tls: undefined,
      connectTimeoutMillis: 3_000,
      tcpKeepAliveMillis: undefined
    }
    const guest: Guest = {
      name: `${kind} ${guests.length} at ${address}`,
      endpoint,
      state: "waiting",
      connection: undefined,
      leave: Effect.void,
      stale: Effect.void
    }
    guestAt.set(endpoint, guest)
    return guest
  }

  const longGuest = Effect.gen(function* () {
    const guest = newGuest("long")
    guests.push(guest)
    const call = Effect.flatMap(pool.lend(guest.endpoint), (lease) => {
      if (guest.state === "waiting") served(guest)
      holds(guest, lease.connection)
      guest.stale = lease.wasStale
      return Effect.never
    })
    const fiber = yield* Effect.forkDetach(
      Effect.onExit(Effect.scoped(call), () => Effect.sync(() => gone(guest))),
      { startImmediately: true }
    )
    // It is no longer there when its connection is: others may get that at once.
    guest.leave = Effect.suspend(() => {
      gone(guest)
      return Fiber.interrupt(fiber)
    })
    if (guest.state === "waiting") lineOf(guest).push(guest)
  })

  const quickGuest = Effect.gen(function* () {
    const guest = newGuest("quick")
    const turned: Array<ExchangeFailure | undefined> = []
    const loan = pool.quick?.lend(guest.endpoint, (failure) => {
      turned.push(failure)
      check(turned.length === 1, `${guest.name} is told twice`)
      if (failure !== undefined) {
        gone(guest)
        loan?.giveBack()
        return
      }
      served(guest)
      if (loan?.connection !== undefined) holds(guest, loan.connection)
      else guest.state = "opening"
    })
    if (loan === undefined) return
    guests.push(guest)
    const abandon = Effect.sync(() => {
      guest.connection?.destroy()
      gone(guest)
      loan.giveBack()
    })
    guest.leave = abandon
    guest.stale = Effect.sync(() => loan.wasStale())
    if (loan.connection === undefined) lineOf(guest).push(guest)
    else holds(guest, loan.connection)
    openers.set(guest, () =>
      loan.open.pipe(
        Effect.matchEffect({
          onFailure: () =>
            Effect.sync(() => {
              gone(guest)
              loan.giveBack(true)
            }),
          onSuccess: (connection) =>
            Effect.sync(() => {
              holds(guest, connection)
              guest.leave = abandon
            })
        }),
        Effect.onInterrupt(() => abandon)
      )
    )
    finishers.set(guest, () => {
      gone(guest)
      loan.giveBack()
    })
  })

  /** Those whose turn came and who have to open. */
  const open = Effect.gen(function* () {
    const guest = inState("opening").find((each) => openers.has(each))
    const opener = guest === undefined ? undefined : openers.get(guest)
    if (guest === undefined || opener === undefined) return
    openers.delete(guest)
    const fiber = yield* Effect.forkDetach(opener(), { startImmediately: true })
    if (guest.state === "opening") guest.leave = Fiber.interrupt(fiber)
  })
  const finish = Effect.suspend(() => {
    const guest = oneOf(inState("holding"))
    if (guest === undefined) return Effect.void
    const finisher = finishers.get(guest)
    return finisher === undefined ? guest.leave : Effect.sync(finisher)
  })
  const leave = (state: Guest["state"]) => Effect.suspend(() => oneOf(inState(state))?.leave ?? Effect.void)
  const steps: ReadonlyArray<Effect.Effect<void>> = [
    longGuest,
    longGuest,
    longGuest,
    quickGuest,
    quickGuest,
    quickGuest,
    quickGuest,
    quickGuest,
    quickGuest,
    open,
    open,
    finish,
    finish,
    leave("waiting"),
    leave("opening"),
    leave("holding"),
    Effect.sync(() => oneOf([...opening.values()])?.(true)),
    Effect.sync(() => oneOf([...opening.values()])?.(true)),
    Effect.sync(() => oneOf([...opening.values()])?.(below(3) > 0)),
    Effect.suspend(() => oneOf(inState("holding"))?.stale ?? Effect.void),
    // A node closes a connection, used or not.
    Effect.sync(() => oneOf([...living])?.destroy()),
    Effect.suspend(() => {
      const address = oneOf(addresses) ?? ""
      const endpoint = guests.find((guest) => guest.endpoint.address === address)?.endpoint
      return endpoint === undefined || below(4) > 0 ? Effect.void : pool.turnAway(endpoint, refused(address).reason)
    }),
    Effect.suspend(() => TestClock.adjust(below(20) * 1_000))
  ]

  const look = Effect.gen(function* () {
    assert.deepStrictEqual(wrong, [])
    const stats = yield* pool.stats
    let total = 0
    let idle = 0
    for (const node of stats) {
      total += node.busy + node.idle
      idle += node.idle
      const here = guests.filter(({ endpoint }) => endpoint.address === node.address)
      const busy = here.filter(({ state }) => state === "opening" || state === "holding").length
      assert.strictEqual(node.busy, busy, `busy at ${node.address}`)
      assert.strictEqual(node.waiting, lines.get(node.address)?.length, `waiting at ${node.address}`)
      assert.isAtMost(node.busy + node.idle, limits.maxPerNode)
      assert.isAtMost(node.waiting, limits.maxWaiting)
    }
    assert.isAtMost(total, limits.maxTotal)
    for (const node of stats) {
      const isFull = node.busy + node.idle === limits.maxPerNode || (total === limits.maxTotal && idle === 0)
      assert.isTrue(node.waiting === 0 || (isFull && node.idle === 0), `somebody waits in vain at ${node.address}`)
    }
    return { idle, held: inState("holding").length }
  })

  const random = Effect.suspend(() => oneOf(steps) ?? Effect.void)
  const everybodyLeaves = Effect.gen(function* () {
    // The turn comes to others when one goes.
    for (let left = guests.find(({ state }) => state !== "gone"); left !== undefined; ) {
      yield* left.leave
      yield* settle
      left = guests.find(({ state }) => state !== "gone")
    }
  })
  return { pool, random, look, everybodyLeaves, living, opening, close: Scope.close(scope, Exit.void), guests }
})

describe("a pool with those who have a fiber and those who have none", () => {
  for (let seed = 1; seed <= 12; seed++) {
    it.effect(`keeps its rules whatever they do (seed ${seed})`, () =>
      Effect.gen(function* () {
        const house = yield* makeHouse(seed)
        for (let step = 0; step < 300; step++) {
          yield* house.random
          yield* settle
          yield* house.look
        }
        assert.isAbove(house.guests.length, 30)
        yield* house.everybodyLeaves
        const stats = yield* house.pool.stats
        for (const { busy, waiting } of stats) assert.deepStrictEqual([busy, waiting], [0, 0])
        // Nothing is left open but what is idle and was not closed by its node.
        assert.isAtMost(
          house.living.size,
          stats.reduce((all, { idle }) => all + idle, 0)
        )
        assert.strictEqual(house.opening.size, 0)
        yield* house.close
        assert.strictEqual(house.living.size, 0)
      })
    )
  }
})
