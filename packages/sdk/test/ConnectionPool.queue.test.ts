import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Scope } from "effect"
import * as ConnectionPool from "../src/ConnectionPool.ts"
import { type Connection, type Endpoint, ExchangeFailure, Transport } from "../src/Transport.ts"
import { CannotConnect } from "../src/WireReason.ts"

const endpoint: Endpoint = {
  address: "192.0.2.1",
  port: 80,
  fqdn: "n1.t1.hcp.test",
  tls: undefined,
  connectTimeoutMillis: 3_000,
  tcpKeepAliveMillis: undefined
}

const refused = new ExchangeFailure({
  reached: "nothing",
  reason: new CannotConnect({ address: endpoint.address, port: 80, code: "ECONNREFUSED" })
})

/** A pool of connections that can collect, with one of them lent; what comes later is opened as `opening` says. */
const setUp = Effect.fnUntraced(function* (
  options: ConnectionPool.Options = { maxPerNode: 1 },
  opening: Effect.Effect<void, ExchangeFailure> = Effect.void
) {
  const ended = new Set<Connection>()
  let isFirst = true
  const transport = Transport.of({
    connect: () =>
      Effect.suspend(() => {
        const waiting = isFirst ? Effect.void : opening
        isFirst = false
        return Effect.map(waiting, (): Connection => {
          const connection: Connection = {
            connectMillis: 5,
            isReady: () => !ended.has(connection),
            exchange: () => Effect.never,
            collect: () => undefined,
            destroy: () => void ended.add(connection)
          }
          return connection
        })
      })
  })
  const poolScope = yield* Scope.fork(yield* Effect.scope)
  const pool = yield* ConnectionPool.make(options).pipe(
    Effect.provideService(Transport, transport),
    Scope.provide(poolScope)
  )
  const holder = yield* Scope.make()
  const { connection } = yield* Scope.provide(pool.lend(endpoint), holder)
  const turns: Array<string> = []
  const { quick } = pool
  const wait = (name: string) => {
    const loan = quick?.lend(endpoint, (failure) => turns.push(`${name} ${failure?.reason._tag ?? "go"}`))
    return loan ?? assert.fail("no place")
  }
  const numbers = Effect.map(pool.stats, ([node]) => [node?.busy, node?.idle, node?.waiting])
  return { pool, quick, connection, turns, wait, numbers, giveBack: Scope.close(holder, Exit.void), poolScope }
})

describe("those who wait without a fiber", () => {
  it.effect("come in one line with those who have one", () =>
    Effect.gen(function* () {
      const { connection, giveBack, numbers, pool, turns, wait } = yield* setUp()
      const first = wait("first")
      const fiber = yield* Effect.forkChild(
        Effect.scoped(Effect.map(pool.lend(endpoint), () => turns.push("second go"))),
        { startImmediately: true }
      )
      const third = wait("third")
      assert.deepStrictEqual(yield* numbers, [1, 0, 3])
      yield* giveBack
      assert.deepStrictEqual(turns, ["first go"])
      assert.strictEqual(first.connection, connection)
      first.giveBack()
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(turns, ["first go", "second go", "third go"])
      assert.strictEqual(third.connection, connection)
      third.giveBack()
      assert.deepStrictEqual(yield* numbers, [0, 1, 0])
    })
  )

  it.effect("leave the line when they give back", () =>
    Effect.gen(function* () {
      const { giveBack, numbers, turns, wait } = yield* setUp()
      const first = wait("first")
      const second = wait("second")
      first.giveBack()
      assert.deepStrictEqual(yield* numbers, [1, 0, 1])
      yield* giveBack
      assert.deepStrictEqual(turns, ["second go"])
      second.giveBack()
    })
  )

  it.effect("get no place where one may be opened, where there is no room, and where waiting has an end", () =>
    Effect.gen(function* () {
      const wide = yield* setUp({ maxPerNode: 2 })
      assert.isUndefined(wide.quick?.lend(endpoint, () => undefined))
      const narrow = yield* setUp({ maxPerNode: 1, maxWaiting: 1 })
      narrow.wait("first")
      assert.isUndefined(narrow.quick?.lend(endpoint, () => undefined))
      const impatient = yield* setUp({ maxPerNode: 1, waitTimeout: "1 second" })
      assert.isUndefined(impatient.quick?.lend(endpoint, () => undefined))
      assert.deepStrictEqual(yield* impatient.numbers, [1, 0, 0])
    })
  )

  it.effect("open the connection themselves when the one they wait for is gone", () =>
    Effect.gen(function* () {
      const { connection, giveBack, numbers, turns, wait } = yield* setUp()
      const first = wait("first")
      connection.destroy()
      yield* giveBack
      assert.deepStrictEqual(turns, ["first go"])
      assert.isUndefined(first.connection)
      const opened = yield* first.open
      assert.strictEqual(first.connection, opened)
      assert.notStrictEqual(opened, connection)
      first.giveBack()
      assert.deepStrictEqual(yield* numbers, [0, 1, 0])
    })
  )

  it.effect("leave their place to the next one when that fails, and when they are interrupted meanwhile", () =>
    Effect.gen(function* () {
      for (const opening of [Effect.fail(refused), Effect.never]) {
        const { connection, giveBack, numbers, turns, wait } = yield* setUp(undefined, opening)
        const first = wait("first")
        wait("second")
        connection.destroy()
        yield* giveBack
        const fiber = yield* Effect.forkChild(first.open, { startImmediately: true })
        assert.deepStrictEqual(turns, ["first go"])
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(Exit.hasFails(yield* Fiber.await(fiber)), opening !== Effect.never)
        first.giveBack()
        assert.deepStrictEqual(turns, ["first go", "second go"])
        assert.deepStrictEqual(yield* numbers, [1, 0, 0])
      }
    })
  )

  it.effect("are sent away from a node that is out, and when the pool is closed", () =>
    Effect.gen(function* () {
      const { numbers, poolScope, quick, turns, wait } = yield* setUp()
      wait("first")
      wait("second")
      quick?.turnAway(endpoint, refused.reason)
      assert.deepStrictEqual(turns, ["first CannotConnect", "second CannotConnect"])
      assert.deepStrictEqual(yield* numbers, [1, 0, 0])
      const third = wait("third")
      const closed = yield* Deferred.make<void>()
      yield* Effect.forkChild(Effect.andThen(Scope.close(poolScope, Exit.void), Deferred.succeed(closed, undefined)), {
        startImmediately: true
      })
      assert.deepStrictEqual(turns.slice(2), ["third Closed"])
      assert.isTrue(third.isRevoked())
      third.giveBack()
      assert.isUndefined(quick?.lend(endpoint, () => undefined))
    })
  )
})
