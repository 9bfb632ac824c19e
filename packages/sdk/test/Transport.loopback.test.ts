import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Pull, Scope, Stream } from "effect"
import * as CertificateAuthority from "../../simulator/src/CertificateAuthority.ts"
import * as ConnectionPool from "../src/ConnectionPool.ts"
import * as HcpBody from "../src/HcpBody.ts"
import type { Reason } from "../src/HcpError.ts"
import * as bodySource from "../src/internal/bodySource.ts"
import { makeDialer, type TlsDialer } from "../src/internal/tlsDialer.ts"
import * as Transport from "../src/Transport.ts"
import * as FaultNode from "./utils/FaultNode.ts"

const fqdn = "n1.t1.hcp.test"

const endpointOf = (node: FaultNode.FaultNode, tls?: TlsDialer): Transport.Endpoint => ({
  address: node.address,
  port: node.port,
  fqdn,
  tls,
  connectTimeoutMillis: 5_000,
  tcpKeepAliveMillis: undefined
})

const connectTo = (node: FaultNode.FaultNode, options?: Partial<Transport.Endpoint>) =>
  Effect.acquireRelease(
    Transport.Transport.use((transport) => transport.connect({ ...endpointOf(node), ...options })),
    (connection) => Effect.sync(() => connection.destroy())
  ).pipe(Effect.provide(Transport.layer))

const get: Transport.WireRequest = {
  method: "GET",
  path: "/rest/a",
  headers: ["Host", fqdn],
  body: undefined,
  length: undefined,
  responseTimeoutMillis: 5_000,
  bodyTimeoutMillis: 5_000
}

const put = (body: Transport.WireRequest["body"], length?: number): Transport.WireRequest => ({
  ...get,
  method: "PUT",
  headers: length === undefined ? get.headers : [...get.headers, "Content-Length", String(length)],
  body,
  length
})

const readText = (answer: Transport.WireAnswer): Effect.Effect<string, Transport.ExchangeFailure> => {
  let text = ""
  const next: Effect.Effect<string, Transport.ExchangeFailure> = Pull.matchEffect(answer.pull, {
    onSuccess: (chunks) => {
      for (const chunk of chunks) text += Buffer.from(chunk).toString("latin1")
      return next
    },
    onFailure: Effect.failCause,
    onDone: () => Effect.sync(() => text)
  })
  return next
}

/** The status and the body of one exchange. */
const ask = (connection: Transport.Connection, request: Transport.WireRequest = get) =>
  Effect.flatMap(connection.exchange(request), (answer) =>
    Effect.map(readText(answer), (text) => [answer.status, text] as const)
  )

/** What one request to a node with this one step ends with. */
const failureOf = (step: FaultNode.Step, request: Transport.WireRequest = get) =>
  Effect.scoped(
    Effect.gen(function* () {
      const node = yield* FaultNode.make([step])
      const connection = yield* connectTo(node)
      const failure = yield* Effect.flip(ask(connection, request))
      yield* node.until(() => node.open() === 0)
      assert.isFalse(connection.isReady())
      assert.strictEqual(node.unused(), 0)
      return failure
    })
  )

const describeReason = (reason: Reason): string => `${reason._tag}: ${reason.message}`

const secure = Effect.gen(function* () {
  const authority = yield* CertificateAuthority.make
  const identity = yield* authority.issue({ domain: "hcp.test", names: [fqdn], addresses: [] })
  return { identity, dialer: yield* makeDialer({ ca: authority.pem }, fqdn) }
})

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
      const first = yield* connection.exchange(get)
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
      assert.deepStrictEqual(node.arrivals[0]?.headers, { host: fqdn, connection: "keep-alive" })
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
      assert.deepStrictEqual(yield* ask(connection, put(Stream.make(Buffer.from("abc")), 3)), [201, ""])
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
      const large = yield* first.exchange(get)
      let received = 0
      // Each time the second connection has its answer, the first is paused and asked for more.
      for (const expected of ["x", "y"]) {
        yield* Effect.sleep("50 millis")
        const answer = yield* second.exchange(get)
        received += (yield* large.pull).reduce((sum, chunk) => sum + chunk.length, 0)
        assert.strictEqual(yield* readText(answer), expected)
      }
      received += (yield* readText(large)).length
      assert.strictEqual(received, size)
      assert.isTrue(first.isReady() && second.isReady())
    })
  )
})

describe("broken answers", () => {
  it.live("reset at accept: nothing answered, nobody's fault but the node's", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make([FaultNode.rstAtAccept])
      const failure = yield* Effect.flip(Effect.flatMap(connectTo(node), ask))
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
        for (const method of ["GET", "POST"]) {
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
        "100 unasked": "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
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
      const quick = { responseTimeoutMillis: 300, bodyTimeoutMillis: 300 }
      const phaseOf = (step: FaultNode.Step, limits: Partial<Transport.WireRequest> = quick) =>
        Effect.map(failureOf(step, { ...get, ...limits }), ({ reached, reason }) =>
          reason._tag === "Timeout" ? `${reached} ${reason.phase} ${reason.millis}` : describeReason(reason)
        )
      const handshake = Effect.scoped(
        Effect.gen(function* () {
          const { dialer } = yield* secure
          const node = yield* FaultNode.make([FaultNode.muteAtAccept])
          const failure = yield* Effect.flip(connectTo(node, { tls: dialer, connectTimeoutMillis: 300 }))
          return `${failure.reached} ${failure.reason._tag === "Timeout" ? failure.reason.phase : failure.reason._tag}`
        })
      )
      // The time to the answer begins when the body is sent, be that ever so slow.
      const slowUpload = Effect.scoped(
        Effect.gen(function* () {
          const node = yield* FaultNode.make([FaultNode.readSlowly(4, FaultNode.answer(201))])
          const connection = yield* connectTo(node)
          const body = Buffer.alloc(48 * 1024 * 1024)
          const [status] = yield* ask(connection, { ...put(body), responseTimeoutMillis: 1_500 })
          return String(status)
        })
      )
      const head = "HTTP/1.1 200 OK\r\nX-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      const results = yield* Effect.all(
        [
          phaseOf(FaultNode.mute),
          phaseOf(FaultNode.drip(head, 50)),
          phaseOf(FaultNode.raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")),
          phaseOf(FaultNode.fin(), { responseTimeoutMillis: Number.POSITIVE_INFINITY }),
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

describe("uploads", () => {
  const chunks = (count: number, size: number) =>
    Stream.range(1, count).pipe(Stream.map(() => new Uint8Array(size).fill(0x61)))

  it.live("of bytes, of a stream with a length, of a stream without: one connection for all", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make(Array.from({ length: 40 }, () => FaultNode.reply(201)))
      const connection = yield* connectTo(node)
      const big = Buffer.alloc(3_000_001, 0x62)
      for (let round = 0; round < 8; round++) {
        assert.deepStrictEqual(yield* ask(connection, put(Buffer.from("abc"))), [201, ""])
        assert.deepStrictEqual(yield* ask(connection, put(big)), [201, ""])
        assert.deepStrictEqual(yield* ask(connection, put(chunks(30, 1_000), 30_000)), [201, ""])
        assert.deepStrictEqual(yield* ask(connection, put(chunks(3, 200_000))), [201, ""])
        assert.deepStrictEqual(yield* ask(connection, put(Stream.empty, 0)), [201, ""])
      }
      assert.strictEqual(node.connections(), 1)
      assert.strictEqual(node.unused(), 0)
      const sizes = node.arrivals.slice(0, 5).map((arrival) => arrival.received)
      assert.deepStrictEqual(sizes, [3, 3_000_001, 30_000, 600_000, 0])
      assert.strictEqual(node.arrivals[1]?.headers["content-length"], "3000001")
      assert.strictEqual(node.arrivals[3]?.headers["transfer-encoding"], "chunked")
    })
  )

  it.live("whose source is slow to close keep their connection: the answer may come first", () =>
    Effect.gen(function* () {
      const node = yield* FaultNode.make([FaultNode.reply(201), FaultNode.reply(201)])
      const connection = yield* connectTo(node)
      let closed = 0
      const closing = Stream.ensuring(
        chunks(2, 1_000),
        Effect.andThen(
          node.until(() => node.arrivals.at(-1)?.whole === true),
          Effect.andThen(
            Effect.sleep("20 millis"),
            Effect.sync(() => closed++)
          )
        )
      )
      for (const times of [1, 2]) {
        assert.deepStrictEqual(yield* ask(connection, put(closing, 2_000)), [201, ""])
        assert.strictEqual(closed, times)
        assert.isTrue(connection.isReady())
      }
      assert.strictEqual(node.connections(), 1)
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
          assert.deepStrictEqual(yield* ask(connection, put(endless, length)), [413, "too large"])
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
      const upload = yield* Effect.forkChild(ask(connection, put(source)))
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
        const { content, length } = yield* Effect.scoped(bodySource.open(body))
        const failure = yield* Effect.flip(ask(connection, put(content, length)))
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
      const failure = yield* Effect.flip(ask(connection, put(endless)))
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
          Effect.flatMap(pool.lend(endpointOf(node)), ({ connection }) =>
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
      const answer = yield* connection.exchange(get)
      const reader = yield* Effect.forkChild(answer.pull, { startImmediately: true })
      yield* Fiber.interrupt(reader)
      node.arrivals[0]?.socket.write("abcdef")
      assert.strictEqual(yield* readText(answer), "abcdef")
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
      const { connection } = yield* Scope.provide(pool.lend(endpointOf(node)), scope)
      const answer = yield* connection.exchange(get)
      yield* answer.pull
      let before = -1
      while (before !== written) {
        before = written
        yield* Effect.sleep("60 millis")
      }
      assert.isBelow(written, total / 4)
      const first = yield* answer.pull
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
      Effect.flatMap(pool.lend(endpointOf(node)), ({ connection, reused }) =>
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
      const unread = Effect.scoped(
        Effect.flatMap(pool.lend(endpointOf(node)), ({ connection }) => connection.exchange(get))
      )
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
