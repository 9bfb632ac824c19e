import * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Stream } from "effect"
import type * as Dialer from "../src/Dialer.ts"
import * as HcpBody from "../src/HcpBody.ts"
import type { HcpRequest } from "../src/HcpRequest.ts"
import * as FaultNode from "./utils/FaultNode.ts"
import { ask, connectTo, describeReason, failureOf, fqdn, get, open, put, readText, secure } from "./utils/wire.ts"

describe("answers", () => {
  it.live("with a length, in chunks, in pieces of one byte, and without a body, all on one connection", () =>
    Effect.gen(function* () {
      const whole = FaultNode.answer(200, "hello", ["X-HCP-Type: object"])
      const node = yield* FaultNode.make([
        FaultNode.raw(...whole),
        FaultNode.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "2\r\nde\r\n0\r\n\r\n"),
        FaultNode.raw("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"),
        FaultNode.raw("HTTP/1.1 204 No Content\r\n\r\n"),
        FaultNode.raw("HTTP/1.1 304 Not Modified\r\n\r\n"),
        FaultNode.raw("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(3), FaultNode.answer(200, "after hints"))
      ])
      const connection = yield* connectTo(node)
      const first = yield* open(connection)
      assert.strictEqual(first.headers.get("x-hcp-type"), "object")
      assert.strictEqual(yield* readText(first), "hello")
      assert.deepStrictEqual(yield* ask(connection), [200, "abcde"])
      assert.deepStrictEqual(yield* ask(connection, { ...get, method: "HEAD" }), [200, ""])
      assert.deepStrictEqual(yield* ask(connection, { ...get, method: "DELETE" }), [204, ""])
      assert.deepStrictEqual(yield* ask(connection), [304, ""])
      assert.deepStrictEqual(yield* ask(connection), [200, "after hints"])
      assert.isTrue(connection.isReady())
      assert.strictEqual(node.connections(), 1)
      assert.strictEqual(node.unused(), 0)
      assert.deepStrictEqual(node.arrivals[0]?.headers, {
        host: fqdn,
        "accept-encoding": "identity",
        connection: "keep-alive"
      })
    })
  )

  it.live("that end with their connection are whole after a FIN, and the connection is not used again", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make([
        FaultNode.fin("HTTP/1.1 200 OK\r\n\r\nto the ", "end"),
        FaultNode.fin(FaultNode.answer(200, "half closed")),
        FaultNode.reply(200, "closing", ["Connection: close"]),
        FaultNode.reply(200, "soon gone", ["Keep-Alive: timeout=1"])
      ])
      for (const expected of ["to the end", "half closed", "closing", "soon gone"]) {
        const connection = yield* connectTo(node)
        assert.deepStrictEqual(yield* ask(connection), [200, expected])
        if (expected === "half closed") yield* node.until(() => node.open() === 0)
        assert.isFalse(connection.isReady(), expected)
      }
      assert.strictEqual(node.unused(), 0)
    })
  )

  it.live("over TLS, by the name though an address is dialled", () =>
    Effect.gen(function* () {
      const { dialer, identity } = yield* secure
      const node = yield* FaultNode.make(
        [FaultNode.reply(200, "one"), FaultNode.reply(200), FaultNode.reply(201), FaultNode.fin(), FaultNode.mute],
        { tls: identity }
      )
      const connection = yield* connectTo(node, { tls: dialer })
      assert.deepStrictEqual(yield* ask(connection), [200, "one"])
      assert.deepStrictEqual(yield* ask(connection, { ...get, method: "HEAD" }), [200, ""])
      assert.deepStrictEqual(
        yield* ask(connection, put(HcpBody.stream(() => Stream.make(Buffer.from("abc")), { length: 3 }))),
        [201, ""]
      )
      assert.isTrue(connection.isReady())
      assert.strictEqual(node.connections(), 1)
      const lost = yield* Effect.flip(ask(connection))
      assert.strictEqual(lost.reason._tag, "ConnectionLost")
      const second = yield* connectTo(node, { tls: dialer })
      const waiting = yield* Effect.forkChild(ask(second), { startImmediately: true })
      yield* node.until(() => node.unused() === 0)
      yield* Fiber.interrupt(waiting)
      yield* node.until(() => node.open() === 0)
    })
  )

  it.live("two connections at once: one may be read from where the other is answered", () =>
    Effect.gen(function* () {
      const size = 8 * 1024 * 1024
      const full = yield* FaultNode.make([FaultNode.flood(size, () => undefined)])
      const other = yield* FaultNode.make([FaultNode.reply(200, "x"), FaultNode.reply(200, "y")])
      const first = yield* connectTo(full)
      const second = yield* connectTo(other)
      const large = yield* open(first)
      const pull = yield* Stream.toPull(large.stream)
      let received = 0
      // Each time the second connection has its answer, the first is paused and asked for more.
      for (const expected of ["x", "y"]) {
        yield* Effect.sleep("50 millis")
        const answer = yield* open(second)
        received += (yield* pull).reduce((sum, chunk) => sum + chunk.length, 0)
        assert.strictEqual(yield* readText(answer), expected)
      }
      yield* Stream.runForEach(large.stream, (chunk) => Effect.sync(() => (received += chunk.length)))
      assert.strictEqual(received, size)
      assert.isTrue(first.isReady() && second.isReady())
    })
  )
})

describe("dialers of somebody else", () => {
  const dialers = (socketOf: (address: Dialer.Address) => Dialer.Socket) => ({
    tls: {
      connect: (reach: Dialer.Reach, done: (error: Error | undefined) => void) => {
        const socket = "socket" in reach ? reach.socket : socketOf(reach)
        queueMicrotask(() => done(undefined))
        return socket
      }
    },
    proxy: {
      resolvesNames: false,
      connect: (address: Dialer.Address, done: (error: Error | undefined) => void) => {
        queueMicrotask(() => done(undefined))
        return { socket: socketOf(address), timedOut: () => assert.fail("it does not time out") }
      }
    }
  })

  it.live("are given the address, and their sockets of Node are used", () =>
    Effect.gen(function* () {
      const asked: Array<Dialer.Address> = []
      const { proxy, tls } = dialers((address) => {
        asked.push(address)
        return net.connect(address.port, address.host)
      })
      const keepAlive = Duration.seconds(5)
      for (const options of [{ tls }, { proxy }, { tls, proxy }]) {
        const node = yield* FaultNode.make([FaultNode.raw(FaultNode.answer(200, "ok"))])
        const connection = yield* connectTo(node, { ...options, tcpKeepAlive: keepAlive })
        assert.deepStrictEqual(yield* ask(connection), [200, "ok"])
        assert.deepStrictEqual(asked.pop(), { host: node.address, port: node.port, keepAlive })
      }
    })
  )

  it.live("that give no socket of Node: InvalidInput that names the dialer, and what they gave is destroyed", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make([])
      let destroyed = 0
      const { proxy, tls } = dialers(() => ({
        destroyed: false,
        destroy: () => {
          destroyed++
        },
        on: () => {}
      }))
      for (const [options, field] of [
        [{ tls }, "tls"],
        [{ proxy }, "proxy"],
        [{ tls, proxy }, "proxy"]
      ] as const) {
        const { reached, reason } = yield* Effect.flip(connectTo(node, options))
        assert.strictEqual(reached, "nothing")
        assert(reason._tag === "InvalidInput", describeReason(reason))
        assert.strictEqual(reason.field, field)
      }
      assert.strictEqual(destroyed, 3)
    })
  )
})

describe("broken answers", () => {
  it.live("reset at accept: nothing answered, nobody's fault but the node's", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make([FaultNode.rstAtAccept])
      const failure = yield* Effect.flip(Effect.flatMap(connectTo(node), (connection) => ask(connection)))
      assert.include(["CannotConnect", "ConnectionLost"], failure.reason._tag)
      assert.notStrictEqual(failure.reached, "answer")
      assert.strictEqual(node.unused(), 0)
    })
  )

  it.live("refused: CannotConnect, nothing reached", () =>
    Effect.gen(function* () {
      const node = yield* Effect.scoped(FaultNode.make([]))
      const failure = yield* Effect.flip(connectTo(node))
      assert.strictEqual(failure.reached, "nothing")
      assert.strictEqual(failure.reason._tag, "CannotConnect")
      assert.include(failure.reason.message, "ECONNREFUSED")
    })
  )

  it.live("none: the request may have been carried out", () =>
    Effect.gen(function* () {
      for (const step of [FaultNode.rst(), FaultNode.fin(), FaultNode.rst("HTTP/1.1 2"), FaultNode.fin("HTTP/1.1 2")]) {
        for (const method of ["GET", "POST"] as const) {
          const failure = yield* failureOf(step, { ...get, method })
          assert.strictEqual(failure.reached, "request")
          assert.strictEqual(failure.reason._tag, "ConnectionLost")
        }
      }
    })
  )

  it.live("cut off: never a short success", () =>
    Effect.gen(function* () {
      const sized = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
      const closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\n"
      const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      const cases: ReadonlyArray<readonly [FaultNode.Step, number | undefined, number]> = [
        [FaultNode.fin(sized, "four"), 10, 4],
        [FaultNode.rst(sized, "four"), 10, 4],
        [FaultNode.fin(sized), 10, 0],
        [FaultNode.fin(closing, "four"), 10, 4],
        [FaultNode.rst(closing, "four"), 10, 4],
        [FaultNode.fin(chunked, "4\r\nfour\r\n"), undefined, 4],
        [FaultNode.fin(chunked, "8\r\nfour"), undefined, 4],
        [FaultNode.rst(chunked, "4\r\nfour\r\n"), undefined, 4],
        [FaultNode.rst("HTTP/1.1 200 OK\r\n\r\n", "four"), undefined, 4]
      ]
      for (const [step, expected, received] of cases) {
        const { reached, reason } = yield* failureOf(step)
        assert.strictEqual(reached, "answer")
        assert(reason._tag === "IncompleteBody", describeReason(reason))
        assert.strictEqual(reason.expected, expected)
        assert.strictEqual(reason.received, received)
      }
    })
  )

  it.live("no HTTP: ProtocolError, and the connection is gone", () =>
    Effect.gen(function* () {
      const table: Record<string, string> = {
        "two lengths": "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        "a length and chunks":
          "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "length +3": "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc",
        "length -3": "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc",
        "a bare line feed": "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
        "a folded line": "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
        "a NUL": "HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 0\r\n\r\n",
        "a space before the colon": "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
        garbage: "no such thing\r\n\r\n",
        "HTTP/0.9": "<html>hello</html>",
        "too many headers": `HTTP/1.1 200 OK\r\nX-A: ${"a".repeat(20_000)}\r\nContent-Length: 0\r\n\r\n`,
        "101 unasked": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"
      }
      for (const [name, bytes] of Object.entries(table)) {
        const { reason } = yield* failureOf(FaultNode.raw(bytes))
        assert.strictEqual(reason._tag, "ProtocolError", `${name}: ${describeReason(reason)}`)
      }
      for (const bad of ["zz\r\nabc\r\n", "-3\r\nabc\r\n", "3\r\nabcd\r\n0\r\n\r\n"]) {
        const { reason } = yield* failureOf(FaultNode.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", bad))
        assert.include(["ProtocolError", "IncompleteBody"], reason._tag, bad)
      }
    })
  )

  it.live("more than announced: cut to the length, and the connection is not used again", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make([FaultNode.raw(`${FaultNode.answer(200, "abc")}def`)])
      const connection = yield* connectTo(node)
      assert.deepStrictEqual(yield* ask(connection), [200, "abc"])
      yield* node.until(() => node.open() === 0)
      assert.isFalse(connection.isReady())
    })
  )

  it.live("TLS where HTTP is expected, and the other way round: the message says which option is wrong", () =>
    Effect.gen(function* () {
      const { dialer } = yield* secure
      const alert = yield* failureOf(FaultNode.raw(Buffer.from([21, 3, 3, 0, 2, 2, 40])))
      assert.include(alert.reason.message, "speaks TLS; switch TLS on")
      const node = yield* FaultNode.make([
        { accept: (socket) => void socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")) }
      ])
      const failure = yield* Effect.flip(connectTo(node, { tls: dialer }))
      assert.strictEqual(failure.reached, "nothing")
      assert.include(failure.reason.message, "does not speak TLS")
    })
  )
})

describe("time", () => {
  it.live("a mute node, a head that drips, a body that stands still, a handshake nobody answers, a slow upload", () =>
    Effect.gen(function* () {
      const short = { responseTimeout: 300, bodyTimeout: 300 }
      const phaseOf = (step: FaultNode.Step, limits: Partial<HcpRequest> = short) =>
        Effect.map(failureOf(step, { ...get, ...limits }), ({ reached, reason }) =>
          reason._tag === "Timeout"
            ? `${reached} ${reason.phase} ${Duration.toMillis(reason.limit)}`
            : describeReason(reason)
        )
      // What takes long to make is made before the clocks of the others run.
      const { dialer } = yield* secure
      const body = Buffer.alloc(48 * 1024 * 1024)
      const handshake = Effect.scoped(
        Effect.gen(function* () {
          const node = yield* FaultNode.make([FaultNode.muteAtAccept])
          const failure = yield* Effect.flip(connectTo(node, { tls: dialer, connectTimeout: Duration.millis(300) }))
          return `${failure.reached} ${failure.reason._tag === "Timeout" ? failure.reason.phase : failure.reason._tag}`
        })
      )
      // The time to the answer begins when the body is sent, be that ever so slow.
      const slowUpload = Effect.scoped(
        Effect.gen(function* () {
          const node = yield* FaultNode.make([FaultNode.readSlowly(4, FaultNode.answer(201))])
          const connection = yield* connectTo(node)
          const [status] = yield* ask(connection, { ...put(HcpBody.bytes(body)), responseTimeout: 1_500 })
          return String(status)
        })
      )
      const head = "HTTP/1.1 200 OK\r\nX-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      const results = yield* Effect.all(
        [
          phaseOf(FaultNode.mute),
          phaseOf(FaultNode.drip(head, 50)),
          phaseOf(FaultNode.raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")),
          phaseOf(FaultNode.fin(), { responseTimeout: Number.POSITIVE_INFINITY }),
          handshake,
          slowUpload
        ],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(results.slice(0, 3), ["request response 300", "request response 300", "answer body 300"])
      assert.match(results[3] ?? "", /^ConnectionLost/)
      assert.strictEqual(results[4], "nothing connect")
      assert.strictEqual(results[5], "201")
    })
  )
})
