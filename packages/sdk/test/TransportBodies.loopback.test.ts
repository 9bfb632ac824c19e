import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Scope, Stream } from "effect"
import * as ConnectionPool from "../src/ConnectionPool.ts"
import * as HcpBody from "../src/HcpBody.ts"
import { bytesOf } from "../src/namespace/internal/bodyStream.ts"
import * as Transport from "../src/Transport.ts"
import * as FaultNode from "./utils/FaultNode.ts"
import { ask, connectTo, endpointOf, open, put, secure } from "./utils/wire.ts"

describe("uploads", () => {
  const chunks = (count: number, size: number) =>
    Stream.range(1, count).pipe(Stream.map(() => new Uint8Array(size).fill(0x61)))

  it.live("of bytes, of a stream with a length, of a stream without: one connection for all", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make(Array.from({ length: 40 }, () => FaultNode.reply(201)))
      const connection = yield* connectTo(node)
      const big = Buffer.alloc(3_000_001, 0x62)
      for (let round = 0; round < 8; round++) {
        assert.deepStrictEqual(yield* ask(connection, put(HcpBody.bytes(Buffer.from("abc")))), [201, ""])
        assert.deepStrictEqual(yield* ask(connection, put(HcpBody.bytes(big))), [201, ""])
        assert.deepStrictEqual(
          yield* ask(connection, put(HcpBody.stream(() => chunks(30, 1_000), { length: 30_000 }))),
          [201, ""]
        )
        assert.deepStrictEqual(yield* ask(connection, put(HcpBody.stream(() => chunks(3, 200_000)))), [201, ""])
        assert.deepStrictEqual(yield* ask(connection, put(HcpBody.stream(() => Stream.empty, { length: 0 }))), [
          201,
          ""
        ])
      }
      assert.strictEqual(node.connections(), 1)
      assert.strictEqual(node.unused(), 0)
      const sizes = node.arrivals.slice(0, 5).map((arrival) => arrival.received)
      assert.deepStrictEqual(sizes, [3, 3_000_001, 30_000, 600_000, 0])
      assert.strictEqual(node.arrivals[1]?.headers["content-length"], "3000001")
      assert.strictEqual(node.arrivals[3]?.headers["transfer-encoding"], "chunked")
    })
  )

  it.live("of a file: a node that takes it slowly gets what is in it, though the memory is used again", () =>
    Effect.gen(function* () {
      const { dialer, identity } = yield* secure
      // No two of its pieces are alike, and it does not fit into the buffers of a socket.
      const data = new Uint8Array(
        Uint32Array.from({ length: 2 * 1024 * 1024 }, (_, index) => index * 2_654_435_761).buffer
      )
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "hcp-upload-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      const file = join(folder, "data")
      writeFileSync(file, data)
      const expected = createHash("sha256").update(data).digest("hex")
      for (const tls of [undefined, identity]) {
        for (const isDeclared of [true, false]) {
          const node = yield* FaultNode.make([FaultNode.storeSlowly(500_000, 5)], tls === undefined ? {} : { tls })
          const connection = yield* connectTo(node, tls === undefined ? {} : { tls: dialer })
          const source = HcpBody.file(file)
          const body = isDeclared ? source : HcpBody.stream(() => bytesOf(source))
          assert.deepStrictEqual(yield* ask(connection, put(body)), [201, expected])
        }
      }
    })
  )

  it.live(
    "answered before they are sent: the answer counts, the source is let go of, the connection is not used again",
    () =>
      Effect.gen(function* () {
        for (const length of [undefined, 1e9]) {
          const node = yield* FaultNode.make([FaultNode.early(FaultNode.answer(413, "too large"))])
          const connection = yield* connectTo(node)
          let finalised = 0
          const endless = Stream.forever(chunks(1, 50_000)).pipe(Stream.ensuring(Effect.sync(() => finalised++)))
          assert.deepStrictEqual(yield* ask(connection, put(HcpBody.stream(() => endless, { length }))), [
            413,
            "too large"
          ])
          assert.strictEqual(finalised, 1)
          assert.isFalse(connection.isReady())
          yield* node.until(() => node.open() === 0)
        }
      })
  )

  it.live("pull their source only as fast as the node reads, and stop at once when interrupted", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make([FaultNode.deaf])
      const connection = yield* connectTo(node)
      let pulled = 0
      let finalised = 0
      const source = Stream.forever(chunks(1, 64 * 1024)).pipe(
        Stream.tap(() => Effect.sync(() => pulled++)),
        Stream.ensuring(Effect.sync(() => finalised++))
      )
      const upload = yield* Effect.forkChild(ask(connection, put(HcpBody.stream(() => source))))
      yield* node.until(() => node.unused() === 0)
      let before = -1
      while (before !== pulled) {
        before = pulled
        yield* Effect.sleep("60 millis")
      }
      // What the kernel's buffers take, of a source without end.
      assert.isBelow(pulled * 64 * 1024, 64 * 1024 * 1024)
      yield* Fiber.interrupt(upload).pipe(Effect.timeout("50 millis"))
      assert.strictEqual(finalised, 1)
      for (const arrival of node.arrivals) arrival.request.resume()
      yield* node.until(() => node.open() === 0)
      assert.isFalse(node.arrivals[0]?.whole)
    })
  )

  it.live("whose source fails, or has another length than declared: the node never has a whole request", () =>
    Effect.gen(function* () {
      const broken = Stream.concat(chunks(2, 1_000), Stream.fail("disk on fire"))
      const cases: ReadonlyArray<readonly [HcpBody.HcpBody, string]> = [
        [HcpBody.stream(() => broken), "disk on fire"],
        [HcpBody.stream(() => broken, { length: 3_000 }), "disk on fire"],
        [HcpBody.stream(() => chunks(2, 1_000), { length: 3_000 }), "2000 bytes where 3000 were declared"],
        [HcpBody.stream(() => chunks(4, 1_000), { length: 3_000 }), "or more where 3000 were declared"],
        [HcpBody.stream(() => Stream.die("bug")), "bug"]
      ]
      for (const [body, expected] of cases) {
        const node = yield* FaultNode.make([FaultNode.reply(201)])
        const connection = yield* connectTo(node)
        const failure = yield* Effect.flip(ask(connection, put(body)))
        assert.include(failure.reason.message, expected)
        assert.isFalse(failure.reason.isRetryable)
        yield* node.until(() => node.open() === 0)
        assert.isFalse(node.arrivals[0]?.whole ?? false, expected)
      }
    })
  )

  it.live("to a node that hangs up: the source is let go of", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make([({ socket }) => void socket.resetAndDestroy()])
      const connection = yield* connectTo(node)
      let finalised = 0
      const endless = Stream.forever(chunks(1, 50_000)).pipe(Stream.ensuring(Effect.sync(() => finalised++)))
      const failure = yield* Effect.flip(ask(connection, put(HcpBody.stream(() => endless))))
      assert.strictEqual(failure.reason._tag, "ConnectionLost")
      assert.strictEqual(failure.reached, "request")
      assert.strictEqual(finalised, 1)
    })
  )
})

describe("interruption", () => {
  it.live("while connecting: returns at once and the node sees the close", () =>
    Effect.gen(function* () {
      const { dialer } = yield* secure
      const node = yield* FaultNode.make([FaultNode.muteAtAccept])
      const connect = Transport.Transport.use((transport) => transport.connect(endpointOf(node, dialer)))
      const connecting = yield* Effect.forkChild(Effect.provide(connect, Transport.layer))
      yield* node.until(() => node.open() === 1)
      yield* Fiber.interrupt(connecting).pipe(Effect.timeout("50 millis"))
      yield* node.until(() => node.open() === 0)
    })
  )

  it.live("while waiting for an answer, and inside a body: returns at once and the node sees the close", () =>
    Effect.gen(function* () {
      const half = FaultNode.raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
      for (const step of [FaultNode.mute, half]) {
        const node = yield* FaultNode.make([step])
        const pool = yield* ConnectionPool.make().pipe(Effect.provide(Transport.layer))
        const started = yield* Deferred.make<void>()
        const call = Effect.scoped(
          Effect.flatMap(pool.acquire(endpointOf(node)), ({ connection }) =>
            Effect.andThen(Deferred.succeed(started, undefined), ask(connection))
          )
        )
        const fiber = yield* Effect.forkChild(call)
        yield* Deferred.await(started)
        yield* node.until(() => node.unused() === 0)
        yield* Effect.sleep("20 millis")
        yield* Fiber.interrupt(fiber).pipe(Effect.timeout("50 millis"))
        yield* node.until(() => node.open() === 0)
        const [stats] = yield* pool.stats
        assert.deepStrictEqual([stats?.busy, stats?.idle], [0, 0])
      }
    })
  )

  it.live("of one reader loses no byte for the next", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make([
        ({ socket }) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
      ])
      const connection = yield* connectTo(node)
      const pull = yield* Effect.flatMap(open(connection), (answer) => Stream.toPull(answer.stream))
      const reader = yield* Effect.forkChild(pull, { startImmediately: true })
      yield* Fiber.interrupt(reader)
      node.arrivals[0]?.socket.write("abcdef")
      let text = ""
      while (text.length < 6) for (const chunk of yield* pull) text += Buffer.from(chunk).toString()
      assert.strictEqual(text, "abcdef")
    })
  )
})

describe("downloads", () => {
  it.live("are read only as fast as they are taken, and stopping closes the connection", () =>
    Effect.gen(function* () {
      let written = 0
      const total = 256 * 1024 * 1024
      const node = yield* FaultNode.make([
        FaultNode.flood(total, (bytes) => {
          written = bytes
        })
      ])
      const pool = yield* ConnectionPool.make().pipe(Effect.provide(Transport.layer))
      const scope = yield* Scope.make()
      const { connection } = yield* Scope.provide(pool.acquire(endpointOf(node)), scope)
      const pull = yield* Effect.flatMap(Scope.provide(open(connection), scope), (answer) =>
        Stream.toPull(answer.stream)
      )
      yield* pull
      let before = -1
      while (before !== written) {
        before = written
        yield* Effect.sleep("60 millis")
      }
      assert.isBelow(written, total / 4)
      const first = yield* pull
      assert.isBelow(
        first.reduce((sum, chunk) => sum + chunk.length, 0),
        1024 * 1024
      )
      yield* Scope.close(scope, Exit.void)
      yield* node.until(() => node.open() === 0)
      assert.deepStrictEqual(
        (yield* pool.stats).map(({ busy, idle }) => [busy, idle]),
        [[0, 0]]
      )
    })
  )
})

describe("a pool of real connections", () => {
  const inPool = (pool: ConnectionPool.ConnectionPool["Service"], node: FaultNode.FaultNode) =>
    Effect.scoped(
      Effect.flatMap(pool.acquire(endpointOf(node)), ({ connection, reused }) =>
        Effect.map(ask(connection), ([status]) => [status, reused] as const)
      )
    )

  it.live("drops a connection the node closed while it was idle, or spoke on unasked", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make(Array.from({ length: 4 }, () => FaultNode.reply(200, "a")))
      const pool = yield* ConnectionPool.make().pipe(Effect.provide(Transport.layer))
      assert.deepStrictEqual(yield* inPool(pool, node), [200, false])
      assert.deepStrictEqual(yield* inPool(pool, node), [200, true])
      node.arrivals.at(-1)?.socket.end()
      yield* node.until(() => node.open() === 0)
      assert.deepStrictEqual(yield* inPool(pool, node), [200, false])
      node.arrivals.at(-1)?.socket.write(FaultNode.answer(200, "for the next caller"))
      yield* node.until(() => node.open() === 0)
      assert.deepStrictEqual(yield* inPool(pool, node), [200, false])
      assert.strictEqual(node.unused(), 0)
    })
  )

  it.live("is not starved by answers nobody reads, and never opens more connections than allowed", () =>
    Effect.gen(function* () {
      const calls = 200
      const large = FaultNode.answer(404, "x".repeat(300_000))
      const node = yield* FaultNode.make([
        ...Array.from({ length: 4 }, () => FaultNode.raw(large)),
        ...Array.from({ length: calls }, () => FaultNode.reply(200, "a"))
      ])
      const pool = yield* ConnectionPool.make({ maxPerNode: 2 }).pipe(Effect.provide(Transport.layer))
      const unread = Effect.scoped(Effect.flatMap(pool.acquire(endpointOf(node)), ({ connection }) => open(connection)))
      for (let call = 0; call < 4; call++) assert.strictEqual((yield* unread).status, 404)
      yield* node.until(() => node.open() === 0)
      const before = node.connections()
      yield* Effect.forEach(Array.from({ length: calls }), () => inPool(pool, node), { concurrency: "unbounded" })
      assert.isAtMost(node.connections() - before, 2)
      assert.strictEqual(node.unused(), 0)
    })
  )

  it.live("closing it ends running calls, and leaves no socket", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make(Array.from({ length: 30 }, () => FaultNode.mute))
      const scope = yield* Scope.make()
      const pool = yield* ConnectionPool.make({ maxPerNode: 30 }).pipe(
        Effect.provide(Transport.layer),
        Scope.provide(scope)
      )
      const calls = yield* Effect.forEach(Array.from({ length: 40 }), () =>
        Effect.forkChild(Effect.exit(inPool(pool, node)))
      )
      yield* node.until(() => node.unused() === 0)
      yield* Scope.close(scope, Exit.void)
      const exits = yield* Fiber.joinAll(calls)
      assert.isTrue(exits.every(Exit.isFailure))
      yield* node.until(() => node.open() === 0)
    })
  )
})
