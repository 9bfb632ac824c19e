import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Duration, Effect, Exit, Fiber, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as ConnectionPool from "../src/ConnectionPool.ts"
import { type Connection, type Endpoint, ExchangeFailure, Transport } from "../src/Transport.ts"
import { CannotConnect } from "../src/WireReason.ts"

interface FakeConnection extends Connection {
  readonly id: number
  readonly address: string
  /** As if the node had closed it, or an exchange on it were not over. */
  ready: boolean
  destroyed: boolean
}

/** A transport without sockets that remembers every connection it opened. */
const makeFake = (opening: (endpoint: Endpoint) => Effect.Effect<void, ExchangeFailure> = () => Effect.void) => {
  const opened: Array<FakeConnection> = []
  const transport = Transport.of({
    connect: (endpoint) =>
      Effect.map(opening(endpoint), () => {
        const connection: FakeConnection = {
          id: opened.length + 1,
          address: endpoint.address,
          connectTime: Duration.zero,
          ready: true,
          destroyed: false,
          isReady: () => connection.ready && !connection.destroyed,
          isFlushed: () => true,
          exchange: () => ({ pause: () => undefined, resume: () => undefined }),
          destroy: () => {
            connection.destroyed = true
          }
        }
        opened.push(connection)
        return connection
      })
  })
  return { opened, transport, alive: () => opened.filter((connection) => !connection.destroyed) }
}

const node = (number: number): Endpoint => ({
  address: `192.0.2.${number}`,
  port: 80,
  fqdn: "n1.t1.hcp.test",
  tls: undefined,
  connectTimeout: Duration.millis(3_000),
  tcpKeepAlive: undefined
})

type Pool = ConnectionPool.ConnectionPool["Service"]

const setUp = Effect.fnUntraced(function* (
  options?: ConnectionPool.Options,
  opening?: (endpoint: Endpoint) => Effect.Effect<void, ExchangeFailure>
) {
  const fake = makeFake(opening)
  const pool = yield* ConnectionPool.make(options).pipe(Effect.provideService(Transport, fake.transport))
  return { ...fake, pool }
})

/** A connection in the hand; `back` gives it back. */
const take = Effect.fnUntraced(function* (pool: Pool, endpoint: Endpoint) {
  const scope = yield* Scope.make()
  const lease = yield* Scope.provide(pool.acquire(endpoint), scope)
  return { ...lease, back: Scope.close(scope, Exit.void) }
})

const takeLater = (pool: Pool, endpoint: Endpoint) => Effect.forkChild(take(pool, endpoint), { startImmediately: true })

const numbers = (pool: Pool) =>
  Effect.map(pool.stats, (nodes) => nodes.map(({ busy, idle, waiting }) => [busy, idle, waiting]))

const reasonOf = (exit: Exit.Exit<unknown, ExchangeFailure>) =>
  Exit.match(exit, {
    onSuccess: () => Effect.succeed("none"),
    onFailure: (cause) =>
      Effect.map(Effect.flip(Effect.failCause(cause)), ({ reached, reason }) => {
        assert.strictEqual(reached, "nothing")
        return reason._tag === "Timeout" ? `Timeout ${reason.phase} ${Duration.toMillis(reason.limit)}` : reason._tag
      })
  })

describe("what is lent", () => {
  it.effect("the connection used last; a new one where none is free", () =>
    Effect.gen(function* () {
      const { opened, pool } = yield* setUp()
      const one = yield* take(pool, node(1))
      const two = yield* take(pool, node(1))
      assert.deepStrictEqual([one.reused, two.reused], [false, false])
      assert.deepStrictEqual(yield* numbers(pool), [[2, 0, 0]])
      yield* two.back
      yield* one.back
      assert.deepStrictEqual(yield* numbers(pool), [[0, 2, 0]])
      const again = yield* take(pool, node(1))
      assert.strictEqual(again.connection, one.connection)
      assert.isTrue(again.reused)
      assert.strictEqual((yield* take(pool, node(1))).connection, two.connection)
      assert.strictEqual(opened.length, 2)
    })
  )

  it.effect("never one of another node, port or name", () =>
    Effect.gen(function* () {
      const { pool } = yield* setUp()
      yield* Effect.flatMap(take(pool, node(1)), ({ back }) => back)
      const others = [node(2), { ...node(1), port: 443 }, { ...node(1), fqdn: "n2.t1.hcp.test" }]
      for (const other of others) assert.isFalse((yield* take(pool, other)).reused)
      assert.isTrue((yield* take(pool, node(1))).reused)
    })
  )

  it.effect("never one that broke, was left in the middle of an answer, or was closed by the node while idle", () =>
    Effect.gen(function* () {
      const { alive, opened, pool } = yield* setUp()
      const first = yield* take(pool, node(1))
      for (const connection of opened) connection.ready = false
      yield* first.back
      assert.strictEqual(alive().length, 0)
      yield* Effect.flatMap(take(pool, node(1)), ({ back }) => back)
      for (const connection of opened) connection.ready = false
      assert.isFalse((yield* take(pool, node(1))).reused)
      assert.strictEqual(alive().length, 1)
      assert.deepStrictEqual(yield* numbers(pool), [[1, 0, 0]])
    })
  )

  it.effect("none that was idle for the idle time; those are closed even when nobody asks", () =>
    Effect.gen(function* () {
      const { alive, pool } = yield* setUp({ idleTime: "30 seconds" })
      yield* Effect.flatMap(take(pool, node(1)), ({ back }) => back)
      yield* TestClock.adjust("29 seconds")
      const kept = yield* take(pool, node(1))
      assert.isTrue(kept.reused)
      yield* kept.back
      yield* TestClock.adjust("30 seconds")
      assert.isFalse((yield* take(pool, node(1))).reused)
      yield* Effect.flatMap(take(pool, node(2)), ({ back }) => back)
      assert.strictEqual(alive().length, 2)
      yield* TestClock.adjust("46 seconds")
      assert.strictEqual(alive().length, 1)
      assert.deepStrictEqual(yield* numbers(pool), [[1, 0, 0]])
    })
  )

  it.effect("and nobody is woken once no connection is idle", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      let sleeps = 0
      const counted: Clock.Clock = Object.create(clock, {
        sleep: {
          value: (duration: Duration.Duration) => {
            sleeps++
            return clock.sleep(duration)
          }
        }
      })
      const { alive, pool } = yield* Effect.provideService(setUp({ idleTime: "30 seconds" }), Clock.Clock, counted)
      const use = Effect.provideService(
        Effect.flatMap(take(pool, node(1)), ({ back }) => back),
        Clock.Clock,
        counted
      )
      yield* use
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(alive().length, 0)
      assert.isTrue(sleeps > 0 && sleeps <= 3, String(sleeps))
      const before = sleeps
      yield* TestClock.adjust("1 day")
      assert.strictEqual(sleeps, before)
      yield* use
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(alive().length, 0)
    })
  )
})

describe("limits", () => {
  it.effect("per node: the rest wait and are served in the order they came", () =>
    Effect.gen(function* () {
      const { alive, pool } = yield* setUp({ maxPerNode: 2 })
      const held = [yield* take(pool, node(1)), yield* take(pool, node(1))] as const
      const first = yield* takeLater(pool, node(1))
      const second = yield* takeLater(pool, node(1))
      const third = yield* takeLater(pool, node(1))
      assert.deepStrictEqual(yield* numbers(pool), [[2, 0, 3]])
      yield* held[0].back
      const lent = yield* Fiber.join(first)
      assert.isTrue(lent.reused)
      assert.deepStrictEqual([second.pollUnsafe(), third.pollUnsafe()], [undefined, undefined])
      yield* held[1].back
      yield* Fiber.join(second)
      assert.isUndefined(third.pollUnsafe())
      yield* lent.back
      yield* Fiber.join(third)
      assert.strictEqual(alive().length, 2)
    })
  )

  it.effect("over all nodes: an idle connection of another node gives way, the oldest first", () =>
    Effect.gen(function* () {
      const { alive, pool } = yield* setUp({ maxTotal: 2 })
      for (const number of [1, 2]) {
        yield* Effect.flatMap(take(pool, node(number)), ({ back }) => back)
        yield* TestClock.adjust("1 second")
      }
      yield* take(pool, node(3))
      assert.deepStrictEqual(
        alive().map(({ address }) => address),
        ["192.0.2.2", "192.0.2.3"]
      )
    })
  )

  it.effect("over all nodes: whoever came first is served first, also at another node", () =>
    Effect.gen(function* () {
      const { alive, pool } = yield* setUp({ maxTotal: 1 })
      const held = yield* take(pool, node(1))
      const other = yield* takeLater(pool, node(2))
      const same = yield* takeLater(pool, node(1))
      yield* held.back
      const { back, connection } = yield* Fiber.join(other)
      assert.strictEqual(alive()[0], connection)
      assert.deepStrictEqual(yield* numbers(pool), [
        [0, 0, 1],
        [1, 0, 0]
      ])
      yield* back
      assert.isFalse((yield* Fiber.join(same)).reused)
      assert.strictEqual(alive().length, 1)
    })
  )

  it.effect("of those who wait: one more fails at once; and nobody waits longer than told", () =>
    Effect.gen(function* () {
      const { pool } = yield* setUp({ maxPerNode: 1, maxWaiting: 1, waitTimeout: "5 seconds" })
      const held = yield* take(pool, node(1))
      const waiting = yield* Effect.forkChild(Effect.exit(Effect.scoped(pool.acquire(node(1)))), {
        startImmediately: true
      })
      const refused = yield* Effect.exit(Effect.scoped(pool.acquire(node(1))))
      assert.strictEqual(yield* reasonOf(refused), "PoolExhausted")
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* reasonOf(yield* Fiber.join(waiting)), "Timeout queue 5000")
      yield* held.back
      assert.deepStrictEqual(yield* numbers(pool), [[0, 1, 0]])
    })
  )

  it.effect("a call that failed holds nothing, however long its scope stays open", () =>
    Effect.gen(function* () {
      const { pool } = yield* setUp({ maxPerNode: 1, waitTimeout: "1 second" })
      const held = yield* take(pool, node(1))
      const scope = yield* Scope.make()
      const late = yield* Effect.forkChild(Effect.exit(Scope.provide(pool.acquire(node(1)), scope)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* reasonOf(yield* Fiber.join(late)), "Timeout queue 1000")
      yield* held.back
      assert.isTrue((yield* take(pool, node(1))).reused)
    })
  )

  it.effect("that serve nobody are refused when the pool is made", () =>
    Effect.gen(function* () {
      for (const options of [{ maxPerNode: 0 }, { maxTotal: 1.5 }, { maxWaiting: -1 }, { maxPerNode: Number.NaN }]) {
        const { reason } = yield* Effect.flip(setUp(options))
        assert(reason._tag === "InvalidInput")
        assert.strictEqual(reason.field, Object.keys(options)[0])
        assert.include(reason.detail, "give a whole number")
      }
    })
  )

  it.effect("ten thousand calls through one connection need no deep stack", () =>
    Effect.gen(function* () {
      const { opened, pool } = yield* setUp({ maxPerNode: 1 })
      const held = yield* take(pool, node(1))
      const calls = yield* Effect.forEach(Array.from({ length: 10_000 }), () =>
        Effect.forkChild(Effect.scoped(pool.acquire(node(1))), { startImmediately: true })
      )
      yield* held.back
      for (const call of calls) yield* Fiber.join(call)
      assert.strictEqual(opened.length, 1)
    })
  )
})

/** How many connections can be had now, one to each of four nodes. */
const freePlaces = Effect.fnUntraced(function* (pool: Pool) {
  const asked = yield* Effect.forEach([1, 2, 3, 4], (number) => takeLater(pool, node(number + 10)))
  yield* TestClock.adjust("6 millis")
  const served = asked.filter((fiber) => fiber.pollUnsafe() !== undefined).length
  yield* Fiber.interruptAll(asked)
  return served
})

describe("failures and interruption", () => {
  it.effect("a connection that cannot be made frees its place for the next", () =>
    Effect.gen(function* () {
      let attempts = 0
      const refused = new ExchangeFailure({
        reached: "nothing",
        reason: new CannotConnect({ address: "192.0.2.1", port: 80, code: "ECONNREFUSED" })
      })
      const gate = yield* Deferred.make<void>()
      const { pool } = yield* setUp({ maxPerNode: 1 }, () =>
        ++attempts === 1 ? Effect.andThen(Deferred.await(gate), Effect.fail(refused)) : Effect.void
      )
      const failing = yield* Effect.forkChild(Effect.exit(take(pool, node(1))), { startImmediately: true })
      const next = yield* takeLater(pool, node(1))
      // Both wait, and each of them may get what is opened.
      assert.deepStrictEqual(yield* numbers(pool), [[1, 0, 2]])
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual(yield* reasonOf(yield* Fiber.join(failing)), "CannotConnect")
      assert.isFalse((yield* Fiber.join(next)).reused)
    })
  )

  it.effect(
    "an interrupted call gives up its place in the queue; what was opened for it belongs to the pool (row 107)",
    () =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const { alive, opened, pool } = yield* setUp({ maxPerNode: 1 }, () => Deferred.await(gate))
        const first = yield* takeLater(pool, node(1))
        const others = [yield* takeLater(pool, node(1)), yield* takeLater(pool, node(1))] as const
        assert.deepStrictEqual(yield* numbers(pool), [[1, 0, 3]])
        yield* Fiber.interrupt(others[0])
        yield* Fiber.interrupt(first)
        assert.deepStrictEqual(yield* numbers(pool), [[1, 0, 1]])
        yield* Deferred.succeed(gate, undefined)
        const served = yield* Fiber.join(others[1])
        assert.isFalse(served.reused)
        assert.strictEqual(opened.length, 1)
        yield* served.back
        // Nobody waits for this one when it is there: it is idle then.
        const late = yield* takeLater(pool, node(2))
        yield* Fiber.interrupt(late)
        yield* TestClock.adjust(0)
        assert.deepStrictEqual(yield* numbers(pool), [
          [0, 1, 0],
          [0, 1, 0]
        ])
        assert.strictEqual(alive().length, 2)
      })
  )

  it.effect(
    "closing destroys what is lent and idle, ends what is being opened, and fails whoever waits or comes later",
    () =>
      Effect.gen(function* () {
        let interrupted = 0
        const scope = yield* Scope.make()
        const { alive, pool } = yield* Scope.provide(
          setUp({ maxPerNode: 1 }, ({ address }) =>
            address === "192.0.2.3"
              ? Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++))
              : Effect.void
          ),
          scope
        )
        yield* Effect.flatMap(take(pool, node(1)), ({ back }) => back)
        const held = yield* take(pool, node(2))
        const waiting = yield* Effect.forkChild(Effect.exit(take(pool, node(2))), { startImmediately: true })
        const opening = yield* Effect.forkChild(Effect.exit(take(pool, node(3))), { startImmediately: true })
        yield* TestClock.adjust(0)
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(alive().length, 0)
        assert.strictEqual(yield* reasonOf(yield* Fiber.join(waiting)), "Closed")
        assert.strictEqual(yield* reasonOf(yield* Fiber.join(opening)), "Closed")
        assert.strictEqual(interrupted, 1)
        assert.strictEqual(yield* reasonOf(yield* Effect.exit(take(pool, node(1)))), "Closed")
        yield* held.back
        assert.isTrue((yield* numbers(pool)).every(([busy, idle, waits]) => busy === 0 && idle === 0 && waits === 0))
      })
  )

  const Call = Schema.Struct({
    node: Schema.Literals([1, 2, 3]),
    arrives: Schema.Literals([0, 1, 2, 3, 5, 8]),
    connects: Schema.Literals([0, 1, 3]),
    isRefused: Schema.Boolean,
    uses: Schema.Literals([0, 1, 2, 4]),
    breaks: Schema.Boolean,
    /** When it is interrupted, on the clock. */
    interrupted: Schema.Literals([0, 1, 2, 3, 4, 6, 9, 1_000])
  })

  it.effect.prop(
    "whatever happens: the limits hold, and in the end nothing is lent and every connection is idle or destroyed",
    [Schema.Array(Call)],
    ([drawn]) =>
      Effect.scoped(
        Effect.gen(function* () {
          let opening = 0
          const refused = new ExchangeFailure({
            reached: "nothing",
            reason: new CannotConnect({ address: "192.0.2.1", port: 80, code: "ECONNREFUSED" })
          })
          let attempts = 0
          const { alive, pool } = yield* setUp({ maxPerNode: 2, maxTotal: 3, waitTimeout: "7 millis" }, () => {
            const call = drawn[attempts++]
            return Effect.sleep(call?.connects ?? 0).pipe(
              Effect.andThen(call?.isRefused === true ? Effect.fail(refused) : Effect.void),
              Effect.onExit(() => Effect.sync(() => opening--)),
              (open) =>
                Effect.andThen(
                  Effect.sync(() => opening++),
                  open
                )
            )
          })
          const running = yield* Effect.forEach(drawn, (call) =>
            Effect.gen(function* () {
              yield* Effect.sleep(call.arrives)
              const { connection } = yield* pool.acquire(node(call.node))
              yield* Effect.sleep(call.uses)
              if (call.breaks) connection.destroy()
            }).pipe(Effect.scoped, Effect.timeoutOption(call.interrupted), Effect.exit, (lifetime) =>
              Effect.forkChild(lifetime)
            )
          )
          for (let millis = 0; millis < 40; millis++) {
            const open = yield* numbers(pool)
            const total = open.reduce((sum, [busy = 0, idle = 0]) => sum + busy + idle, 0)
            assert.isAtMost(total, 3)
            assert.isAtMost(alive().length + opening, total)
            for (const [busy = 0, idle = 0] of open) assert.isAtMost(busy + idle, 2)
            yield* TestClock.adjust("1 millis")
          }
          for (const call of running) yield* Fiber.join(call)
          const open = yield* numbers(pool)
          assert.isTrue(open.every(([busy, , waiting]) => busy === 0 && waiting === 0))
          assert.strictEqual(
            alive().length,
            open.reduce((sum, [, idle = 0]) => sum + idle, 0)
          )
          assert.strictEqual(opening, 0)
          attempts = drawn.length
          assert.strictEqual(yield* freePlaces(pool), 3)
        })
      )
  )
})

describe("a warm connection the node had closed", () => {
  it.effect("takes those that were idle for longer with it, and serves whoever waited for their place", () =>
    Effect.gen(function* () {
      const { alive, pool } = yield* setUp({ maxTotal: 4 })
      const leases = yield* Effect.forEach([1, 2, 3, 4], () => take(pool, node(1)))
      for (const lease of leases) {
        yield* lease.back
        yield* TestClock.adjust("1 second")
      }
      yield* Effect.flatMap(take(pool, node(1)), ({ back }) => back)
      const newest = yield* take(pool, node(1))
      const third = yield* take(pool, node(1))
      assert.strictEqual(third.connection, leases[2]?.connection)
      yield* newest.back
      yield* third.wasStale
      assert.deepStrictEqual(yield* numbers(pool), [[1, 1, 0]])
      assert.deepStrictEqual(
        alive().map(({ id }) => id),
        [3, 4]
      )
      yield* third.wasStale
      assert.deepStrictEqual(yield* numbers(pool), [[1, 1, 0]])
      const fresh = yield* take(pool, node(2))
      yield* fresh.wasStale
      assert.deepStrictEqual(yield* numbers(pool), [
        [1, 1, 0],
        [1, 0, 0]
      ])
    })
  )

  it.effect("takes those that became idle in the same moment with it, before its own place is free", () =>
    Effect.gen(function* () {
      const { alive, pool } = yield* setUp({ maxTotal: 2 })
      const leases = yield* Effect.forEach([1, 2], () => take(pool, node(1)))
      for (const lease of leases) yield* lease.back
      const stale = yield* take(pool, node(1))
      yield* stale.wasStale
      assert.deepStrictEqual(yield* numbers(pool), [[1, 0, 0]])
      assert.strictEqual(alive().length, 1)
    })
  )
})

describe("closing with a grace time", () => {
  const closing = Effect.fnUntraced(function* (options: ConnectionPool.Options) {
    const scope = yield* Scope.make()
    const { alive, pool } = yield* setUp({ maxPerNode: 2, ...options }).pipe(Scope.provide(scope))
    const [one, two] = [yield* take(pool, node(1)), yield* take(pool, node(1))]
    const waiting = yield* takeLater(pool, node(1))
    yield* Effect.flatMap(take(pool, node(2)), ({ back }) => back)
    const closed = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
    return { alive, closed, one, pool, two, waiting }
  })

  it.effect("lets exchanges under way finish, and everybody else fail at once", () =>
    Effect.gen(function* () {
      const { alive, closed, one, pool, two, waiting } = yield* closing({ closeGrace: "10 seconds" })
      assert.strictEqual(yield* reasonOf(yield* Fiber.await(waiting)), "Closed")
      assert.strictEqual(yield* reasonOf(yield* Effect.exit(take(pool, node(1)))), "Closed")
      assert.deepStrictEqual(
        alive().map(({ id }) => id),
        [1, 2]
      )
      yield* one.back
      yield* TestClock.adjust("9 seconds")
      assert.isUndefined(closed.pollUnsafe())
      yield* two.back
      yield* Fiber.join(closed)
      assert.strictEqual(alive().length, 0)
    })
  )

  it.effect("destroys what is still in use when it is over; without one, at once", () =>
    Effect.gen(function* () {
      const patient = yield* closing({ closeGrace: "10 seconds" })
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(patient.closed)
      assert.strictEqual(patient.alive().length, 0)
      const abrupt = yield* closing({})
      yield* Fiber.join(abrupt.closed)
      assert.strictEqual(abrupt.alive().length, 0)
    })
  )

  it.effect("fails everybody who waits, also where the failure of one ends the waiting of others at once", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { pool } = yield* Scope.provide(setUp({ maxPerNode: 1 }), scope)
      yield* take(pool, node(1))
      const together = yield* Effect.forkChild(
        Effect.all([take(pool, node(1)), take(pool, node(1)), take(pool, node(1))], { concurrency: "unbounded" }),
        { startImmediately: true }
      )
      const last = yield* takeLater(pool, node(1))
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* reasonOf(yield* Fiber.await(together)), "Closed")
      assert.strictEqual(yield* reasonOf(yield* Fiber.await(last)), "Closed")
    })
  )
})

describe("those who wait for one node while all connections are in use elsewhere", () => {
  const waitingForOne = Effect.fnUntraced(function* (options: ConnectionPool.Options) {
    const { opened, pool } = yield* setUp({ maxPerNode: 1, maxTotal: 1, ...options })
    const broken = yield* take(pool, node(1))
    const first = yield* takeLater(pool, node(1))
    yield* TestClock.adjust("1 second")
    const second = yield* takeLater(pool, node(1))
    const other = yield* takeLater(pool, node(2))
    yield* TestClock.adjust("2 seconds")
    // The place of the broken connection goes to the other node.
    for (const connection of opened) connection.ready = false
    yield* broken.back
    const elsewhere = yield* Fiber.join(other)
    return { elsewhere, first, second }
  })

  it.effect("are served although the one before them gives up", () =>
    Effect.gen(function* () {
      const { elsewhere, first, second } = yield* waitingForOne({})
      yield* Fiber.interrupt(first)
      yield* elsewhere.back
      yield* (yield* Fiber.join(second)).back
    })
  )

  it.effect("are served although the one before them has waited too long", () =>
    Effect.gen(function* () {
      const { elsewhere, first, second } = yield* waitingForOne({ waitTimeout: "5 seconds" })
      yield* TestClock.adjust("2500 millis")
      assert.strictEqual(yield* reasonOf(yield* Fiber.await(first)), "Timeout queue 5000")
      yield* elsewhere.back
      yield* (yield* Fiber.join(second)).back
    })
  )
})
