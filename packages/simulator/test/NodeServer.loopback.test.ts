import * as Http from "node:http"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Queue, Scope, Stream } from "effect"
import * as CertificateAuthority from "../src/CertificateAuthority.ts"
import type { RequestFault } from "../src/Faults.ts"
import type { Gateway } from "../src/Gateway.ts"
import * as NodeServer from "../src/NodeServer.ts"
import * as SimulatedNode from "../src/SimulatedNode.ts"
import { echo } from "./utils/echo.ts"
import { ask } from "./utils/wire.ts"

const address = "127.0.0.1"
const free: NodeServer.Ports = { http: 0, https: 0, admin: 0, mapi: 0 }
const name = "n1.t1.hcp1.example.com"

const start = Effect.fnUntraced(function* (gateway: Gateway = echo, faults: ReadonlyArray<RequestFault> = []) {
  const authority = yield* CertificateAuthority.make
  const identity = yield* authority.issue({
    domain: "hcp1.example.com",
    names: ["*.t1.hcp1.example.com"],
    addresses: [address]
  })
  const simulated = SimulatedNode.make({ address, gateway, faults: () => Effect.succeed(faults) })
  const node = yield* NodeServer.make({ node: simulated, ports: free, identity })
  return { node, requests: simulated.requests, ports: node.ports, ca: authority.pem }
})

/**
 * Writes raw text on a new connection and collects what comes back until the connection ends; fails with `ECONNRESET`
 * when it is reset instead.
 */
const raw = (port: number, text: string, ca?: string): Effect.Effect<string, string> =>
  Effect.callback((resume) => {
    let received = ""
    // With TLS 1.3 tickets may lie unread when a reset comes, and then Node 22 says that the connection came to its
    // end.
    const secure = { port, host: address, ca, maxVersion: "TLSv1.2" } as const
    const socket = ca === undefined ? Net.connect(port, address) : Tls.connect(secure)
    socket.once(ca === undefined ? "connect" : "secureConnect", () => socket.write(text))
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1")
    })
    socket.on("end", () => resume(Effect.succeed(received)))
    socket.on("error", (error: NodeJS.ErrnoException) => resume(Effect.fail(error.code ?? error.message)))
    return Effect.sync(() => socket.destroy())
  })

/** What a body in chunks says, however a version of Node cuts it, and whether the chunk that ends it is there. */
const unchunked = (answer: string): { readonly text: string; readonly isWhole: boolean } => {
  let rest = answer.slice(answer.indexOf("\r\n\r\n") + 4)
  let text = ""
  for (;;) {
    const [line = "", size = ""] = /^([\da-f]+)\r\n/.exec(rest) ?? []
    const length = Number.parseInt(size, 16)
    if (line === "" || length === 0) return { text, isWhole: rest === "0\r\n\r\n" }
    text += rest.slice(line.length, line.length + length)
    rest = rest.slice(line.length + length + 2)
  }
}

describe("NodeServer", () => {
  it.live("hands each listener's requests to the gateway as they came", () =>
    Effect.gen(function* () {
      const { ports, ca } = yield* start()
      const plain = yield* ask({
        address,
        port: ports.http,
        method: "PUT",
        path: "/rest/a%20b?x=%2B",
        headers: { Host: `N1.t1.HCP1.example.com:${ports.http}` },
        body: "12345"
      })
      assert.strictEqual(plain.body, `PUT /rest/a%20b?x=%2B ${name} data false 5`)
      const tls = { ca, name }
      const secure = yield* Effect.forEach([ports.https, ports.admin, ports.mapi], (port) =>
        ask({ address, port, headers: { Host: name }, tls })
      )
      assert.deepStrictEqual(
        secure.map(({ body }) => body),
        ["data", "admin", "mapi"].map((listener) => `GET / ${name} ${listener} true 0`)
      )
    }).pipe(Effect.scoped)
  )

  it.live("keeps the spelling of headers, the connection, and says for how long", () =>
    Effect.gen(function* () {
      const { node, ports, requests } = yield* start()
      const agent = yield* Effect.acquireRelease(
        Effect.sync(() => new Http.Agent({ keepAlive: true, maxSockets: 1 })),
        (agent) => Effect.sync(() => agent.destroy())
      )
      const first = yield* ask({ address, port: ports.http, agent })
      assert.deepStrictEqual(first.names.slice(0, 2), ["X-HCP-Time", "x-Odd-SPELLING"])
      assert.strictEqual(first.headers["keep-alive"], "timeout=60")
      assert.isDefined(first.headers.date)
      // A HEAD and a refused upload must not cost the connection either.
      yield* ask({ address, port: ports.http, agent, method: "HEAD" })
      yield* ask({ address, port: ports.http, agent, method: "POST", body: "form" })
      assert.strictEqual(yield* node.connections, 1)
      assert.strictEqual(yield* requests, 3)
    }).pipe(Effect.scoped)
  )

  it.live("drains a body the gateway did not want, or not all of, so that the next request is understood", () =>
    Effect.gen(function* () {
      const { ports } = yield* start({
        handle: (request) =>
          Stream.runDrain(request.target === "/some" ? Stream.take(request.body, 1) : Stream.empty).pipe(
            Effect.ignore,
            Effect.as({ status: request.method === "PUT" ? 403 : 200, headers: [], body: { _tag: "Empty" } })
          )
      })
      const big = "x".repeat(3_000_000)
      for (const target of ["/none", "/some"]) {
        const received = yield* raw(
          ports.http,
          `PUT ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${big.length}\r\n\r\n${big}GET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
        )
        assert.deepStrictEqual(received.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 403", "HTTP/1.1 200"])
      }
    }).pipe(Effect.scoped)
  )

  it.live("answers 100-continue only when the body is wanted, and closes when it was not", () =>
    Effect.gen(function* () {
      const { ports } = yield* start({
        handle: (request) =>
          request.target === "/wanted"
            ? echo.handle(request)
            : Effect.succeed({ status: 403, headers: [], body: { _tag: "Empty" } })
      })
      const head = (path: string) =>
        `PUT ${path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n`
      const wanted = yield* raw(ports.http, `${head("/wanted")}abc`)
      assert.match(wanted, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]* 3$/)
      const refused = yield* raw(ports.http, head("/refused").replace("Connection: close\r\n", ""))
      assert.match(refused, /^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*Connection: close/)
    }).pipe(Effect.scoped)
  )

  it.live("tells a gateway that an upload broke off, and ends what nobody waits for any more", () =>
    Effect.gen(function* () {
      const began = yield* Queue.unbounded<void>()
      const ended = yield* Deferred.make<string>()
      const interrupted = yield* Deferred.make<void>()
      const { ports } = yield* start({
        handle: (request) =>
          request.method === "PUT"
            ? request.body.pipe(
                Stream.runForEach(() => Queue.offer(began, undefined)),
                Effect.flip,
                Effect.flatMap((reason) => Deferred.succeed(ended, reason)),
                Effect.ignore,
                // A store that must not be interrupted half-way still has to learn it.
                Effect.uninterruptible,
                Effect.as({ status: 201, headers: [], body: { _tag: "Empty" } })
              )
            : Effect.andThen(Queue.offer(began, undefined), Effect.never).pipe(
                Effect.onInterrupt(() => Deferred.succeed(interrupted, undefined))
              )
      })
      for (const text of [
        "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
      ]) {
        const client = yield* Effect.forkScoped(raw(ports.http, text))
        yield* Queue.take(began)
        yield* Fiber.interrupt(client)
      }
      assert.strictEqual(yield* Deferred.await(ended), "aborted")
      yield* Deferred.await(interrupted)
    }).pipe(Effect.scoped)
  )

  it.live("stops reading a body nobody consumes, and stops a body nobody reads", () =>
    Effect.gen(function* () {
      const produced = yield* Queue.unbounded<number>()
      const chunk = new Uint8Array(1 << 16)
      const { ports } = yield* start({
        handle: () =>
          Effect.succeed({
            status: 200,
            headers: [],
            body: {
              _tag: "Stream",
              length: chunk.length * 10_000,
              stream: Stream.range(1, 10_000).pipe(
                Stream.mapEffect((index) => Effect.as(Queue.offer(produced, index), chunk))
              )
            }
          })
      })
      const stalled = yield* Effect.acquireRelease(
        Effect.sync(() => Net.connect({ port: ports.http, host: address, onread: undefined })),
        (socket) => Effect.sync(() => socket.destroy())
      )
      stalled.pause()
      stalled.write("GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
      // The kernel's buffers take some megabytes; after that the stream has to stand still.
      const settle = Effect.gen(function* () {
        let before = -1
        while (before !== (yield* Queue.size(produced)) || before <= 0) {
          before = yield* Queue.size(produced)
          yield* Effect.sleep("50 millis")
        }
        return before
      })
      assert.isBelow(yield* settle, 1000)
    }).pipe(Effect.scoped)
  )

  it.live("resets connections when its scope closes, TLS ones too", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const arrived = yield* Queue.unbounded<string>()
      const { ports, ca } = yield* start({
        handle: ({ target }) => Effect.andThen(Queue.offer(arrived, target), Effect.never)
      }).pipe(Scope.provide(scope))
      const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
      const plain = yield* Effect.forkScoped(Effect.flip(raw(ports.http, request)))
      const secure = yield* Effect.forkScoped(Effect.flip(raw(ports.https, request, ca)))
      yield* Queue.takeN(arrived, 2)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* Fiber.join(plain), "ECONNRESET")
      assert.strictEqual(yield* Fiber.join(secure), "ECONNRESET")
      assert.strictEqual(yield* Effect.flip(ask({ address, port: ports.http })), "ECONNREFUSED")
    }).pipe(Effect.scoped)
  )

  it.live("breaks the connection when a body fails half-way, and goes on serving", () =>
    Effect.gen(function* () {
      const { ports } = yield* start({
        handle: (request) =>
          request.target === "/fails"
            ? Effect.succeed({
                status: 200,
                headers: [],
                body: {
                  _tag: "Stream",
                  length: 10,
                  stream: Stream.concat(Stream.make(new Uint8Array(3)), Stream.fail("disk"))
                }
              })
            : request.target === "/dies"
              ? Effect.die(new Error("a bug"))
              : echo.handle(request)
      })
      assert.strictEqual(yield* Effect.flip(ask({ address, port: ports.http, path: "/fails" })), "ECONNRESET")
      assert.strictEqual((yield* ask({ address, port: ports.http, path: "/works" })).status, 200)
    }).pipe(Effect.scoped)
  )

  it.live("sends a body of unknown length in chunks, and to a client of HTTP/1.0 until the connection closes", () =>
    Effect.gen(function* () {
      const stream = Stream.make("one", "two", "three").pipe(Stream.encodeText)
      const gateway = (fails: boolean): Gateway => ({
        handle: () =>
          Effect.succeed({
            status: 200,
            headers: [],
            body: {
              _tag: "Stream",
              length: undefined,
              stream: fails ? Stream.concat(stream, Stream.fail("disk")) : stream
            }
          })
      })
      const { ports } = yield* start(gateway(false))
      const head = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
      const chunked = yield* raw(ports.http, head)
      assert.match(chunked, /^Transfer-Encoding: chunked\r$/m)
      assert.notMatch(chunked, /^Content-Length:/m)
      assert.deepStrictEqual(unchunked(chunked), { text: "onetwothree", isWhole: true })
      const old = yield* raw(ports.http, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      assert.match(old, /^Connection: close\r$/m)
      assert.notMatch(old, /^Transfer-Encoding:/m)
      assert.ok(old.endsWith("\r\n\r\nonetwothree"), old)
      assert.strictEqual((yield* ask({ address, port: ports.http, method: "HEAD" })).status, 200)

      const failing = yield* start(gateway(true))
      assert.strictEqual(yield* Effect.flip(ask({ address, port: failing.ports.http })), "ECONNRESET")
      const cut = Effect.fnUntraced(function* (bytes: number) {
        const { ports } = yield* start(gateway(false), [{ fault: "truncate", bytes }])
        return unchunked(yield* raw(ports.http, head))
      })
      assert.deepStrictEqual(yield* cut(3), { text: "one", isWhole: false })
      assert.deepStrictEqual(yield* cut(4), { text: "onet", isWhole: false })
      assert.deepStrictEqual(yield* cut(11), { text: "onetwothree", isWhole: true })
    }).pipe(Effect.scoped)
  )

  it.live("applies the faults that hit single requests", () =>
    Effect.gen(function* () {
      const outcome = Effect.fnUntraced(function* (fault: RequestFault, secure = false) {
        const { ports, ca } = yield* start(echo, [fault])
        const where = secure ? { port: ports.https, tls: { ca, name } } : { port: ports.http }
        return yield* ask({ address, path: "/0123456789", ...where }).pipe(
          Effect.map(({ status, headers }) => `${status} ${headers["retry-after"]}`),
          Effect.catch((code) => Effect.succeed(code)),
          Effect.timeoutOrElse({ duration: "1 second", orElse: () => Effect.succeed("silence") })
        )
      }, Effect.scoped)
      assert.strictEqual(yield* outcome({ fault: "mute" }), "silence")
      assert.strictEqual(yield* outcome({ fault: "status" }), "503 undefined")
      assert.strictEqual(yield* outcome({ fault: "status", status: 500, retryAfter: 7 }), "500 7")
      assert.strictEqual(yield* outcome({ fault: "truncate", bytes: 5 }), "ECONNRESET")
      assert.strictEqual(yield* outcome({ fault: "truncate" }, true), "ECONNRESET")
      assert.strictEqual(yield* outcome({ fault: "slow", delay: 10_000 }), "silence")
      assert.strictEqual(yield* outcome({ fault: "slow", bytesPerSecond: 10 }), "silence")
      assert.strictEqual(yield* outcome({ fault: "slow", delay: 20, bytesPerSecond: 10_000 }), "200 undefined")
    })
  )

  it.live("resets the connection itself, below TLS too", () =>
    Effect.gen(function* () {
      const { ports, ca } = yield* start(echo, [{ fault: "reset" }])
      const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
      assert.strictEqual(yield* Effect.flip(raw(ports.http, request)), "ECONNRESET")
      assert.strictEqual(yield* Effect.flip(raw(ports.https, request, ca)), "ECONNRESET")
    }).pipe(Effect.scoped)
  )

  it.live("closes the connection without a byte where the answer is to be lost, once the whole request was read", () =>
    Effect.gen(function* () {
      const bodies: Array<string> = []
      const gateway: Gateway = {
        handle: (request) =>
          Effect.map(Effect.orDie(Stream.mkString(Stream.decodeText(request.body))), (body) => {
            bodies.push(body)
            return { status: 201, headers: [], body: { _tag: "Empty" } }
          })
      }
      const { ports, ca } = yield* start(gateway, [{ fault: "loseAnswer" }])
      const request = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
      assert.strictEqual(yield* raw(ports.http, request), "")
      assert.strictEqual(yield* raw(ports.https, request, ca), "")
      assert.deepStrictEqual(bodies, ["hello", "hello"])
    }).pipe(Effect.scoped)
  )

  it.live("sends exactly the bytes that a truncated body is allowed, and a shorter one whole", () =>
    Effect.gen(function* () {
      const body = Effect.fnUntraced(function* (bytes: number) {
        const { ports } = yield* start(echo, [{ fault: "truncate", bytes }])
        return yield* raw(ports.http, "GET /0 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      }, Effect.scoped)
      const whole = "GET /0 a data false 0"
      assert.strictEqual((yield* body(4)).split("\r\n\r\n")[1], "GET ")
      assert.strictEqual((yield* body(100)).split("\r\n\r\n")[1], whole)
      const { ports } = yield* start(echo, [{ fault: "truncate", bytes: whole.length }])
      const two = "GET /0 HTTP/1.1\r\nHost: a\r\n\r\nGET /0 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
      assert.strictEqual((yield* raw(ports.http, two)).match(/GET \/0 a/g)?.length, 2)
    }).pipe(Effect.scoped)
  )
})
