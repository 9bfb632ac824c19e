import * as Http from "node:http"
import * as consumers from "node:stream/consumers"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Hcp, HcpBody, Namespace, Retention, Target } from "@effect-hcp/sdk"
import { Namespace as Fake, HcpError } from "@effect-hcp/sdk/testing"
import { Simulation, Simulator } from "@effect-hcp/simulator"
import { Context, Deferred, Effect, Exit, Fiber, Layer, Redacted, Stream } from "effect"
import { HttpServer } from "effect/http"
import { serve } from "../src/gateway/Gateway.ts"
import { runExample } from "./runExample.ts"

const maxBytes = 1_000_000

/** The gateway at a port of its own, over whatever namespace is given. */
const gateway = (options = { maxBytes }) =>
  serve(options).pipe(Layer.provideMerge(NodeHttpServer.layerServer(Http.createServer, { port: 0, host: "127.0.0.1" })))

interface Answer {
  readonly status: number
  readonly headers: Http.IncomingHttpHeaders
  readonly text: string
}

type Sent = Omit<Http.RequestOptions, "host" | "port"> & { readonly path: string }

/** A request as it is written to the socket: no client tidies the path or the headers. */
const begin = Effect.fnUntraced(function* (options: Sent) {
  const { address } = yield* HttpServer.HttpServer
  const { hostname: host, port } = new URL(HttpServer.formatAddress(address))
  return Http.request({ agent: false, ...options, host, port, path: `/objects${options.path}` })
})

const answerOf = (request: Http.ClientRequest) =>
  Effect.callback<Http.IncomingMessage>((resume) => {
    request.once("response", (response) => resume(Effect.succeed(response)))
    request.once("error", (error) => resume(Effect.die(error)))
  })

const ask = Effect.fnUntraced(function* (method: string, path: string, headers = {}, body?: string | Uint8Array) {
  const request = yield* begin({ method, path, headers })
  request.end(body)
  const response = yield* answerOf(request)
  const text = yield* Effect.promise(() => consumers.text(response))
  const answer: Answer = {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text
  }
  return answer
})

const statusOf = (...request: Parameters<typeof ask>) => Effect.map(ask(...request), ({ status }) => status)

const streamOf = (body: HcpBody.Input) =>
  typeof body === "object" && "_tag" in body && body._tag === "StreamedOnce" ? body.stream : Stream.die("another body")

const ten = "0123456789"

describe("gateway over a whole HCP in memory", () => {
  const layer = gateway().pipe(Layer.provideMerge(Simulator.layerClient()))

  it.live("stores, says what is stored, gives it whole, and deletes it", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const path = "/a%20folder/50%25%20%23%C3%BC.txt"
      const stored = yield* ask("PUT", path, {}, ten)
      assert.strictEqual(stored.status, 201)
      assert.strictEqual((yield* ns.get("/a folder/50% #ü.txt")).text, ten)

      const { etag } = stored.headers
      const [head, whole] = [yield* ask("HEAD", path), yield* ask("GET", path)]
      for (const answer of [head, whole]) {
        assert.strictEqual(answer.status, 200)
        assert.strictEqual(answer.headers.etag, etag)
        assert.strictEqual(answer.headers["content-length"], "10")
        assert.strictEqual(answer.headers["content-type"], "text/plain")
        assert.strictEqual(answer.headers["accept-ranges"], "bytes")
        assert.isNotNaN(Date.parse(answer.headers["last-modified"] ?? ""))
      }
      assert.deepStrictEqual([head.text, whole.text], ["", ten])

      assert.strictEqual(yield* statusOf("DELETE", path), 204)
      assert.strictEqual(yield* statusOf("GET", path), 404)
      assert.strictEqual(yield* statusOf("HEAD", path), 404)
    }).pipe(Effect.provide(layer))
  )

  it.live("stores nothing and an empty object, and a body without a length", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      assert.strictEqual(yield* statusOf("PUT", "/empty", { "content-length": 0 }), 201)
      const request = yield* begin({ method: "PUT", path: "/chunked" })
      request.write(ten)
      request.end(ten)
      assert.strictEqual((yield* answerOf(request)).statusCode, 201)
      assert.strictEqual((yield* ns.head("/empty")).size, 0)
      assert.strictEqual((yield* ask("GET", "/empty")).headers["content-length"], "0")
      assert.strictEqual((yield* ns.get("/chunked")).text, ten + ten)
    }).pipe(Effect.provide(layer))
  )

  it.live("gives parts, and says where one lies outside", () =>
    Effect.gen(function* () {
      const { headers } = yield* ask("PUT", "/a", {}, ten)
      const etag = headers.etag ?? ""
      const part = (range: string, more = {}) =>
        Effect.map(ask("GET", "/a", { range, ...more }), ({ headers, status, text }) => [
          status,
          text,
          headers["content-range"],
          headers["content-length"]
        ])
      const whole = [200, ten, undefined, "10"]
      assert.deepStrictEqual(yield* part("bytes=2-4"), [206, "234", "bytes 2-4/10", "3"])
      assert.deepStrictEqual(yield* part("bytes=8-"), [206, "89", "bytes 8-9/10", "2"])
      assert.deepStrictEqual(yield* part("bytes=-3"), [206, "789", "bytes 7-9/10", "3"])
      // Some players ask so for the rest.
      assert.deepStrictEqual(yield* part("bytes=8-18446744073709551615"), [206, "89", "bytes 8-9/10", "2"])
      assert.deepStrictEqual((yield* part("bytes=10-")).slice(0, 3), [
        416,
        '{"error":"RangeNotSatisfiable"}',
        "bytes */10"
      ])
      // What is no range, or several, is as if nobody had asked.
      for (const odd of ["bytes=4-2", "bytes=-", "bytes=0-1,4-5", "lines=1-2"]) {
        assert.deepStrictEqual(yield* part(odd), whole)
      }
      assert.deepStrictEqual(yield* part("bytes=2-4", { "if-range": etag }), [206, "234", "bytes 2-4/10", "3"])
      for (const other of ['"0a"', `W/${etag}`, new Date().toUTCString()]) {
        assert.deepStrictEqual(yield* part("bytes=2-4", { "if-range": other }), whole)
      }
      assert.strictEqual(yield* statusOf("HEAD", "/a", { range: "bytes=2-4" }), 200)
    }).pipe(Effect.provide(layer))
  )

  it.live("obeys conditions, and names what is there with a 304", () =>
    Effect.gen(function* () {
      const { headers } = yield* ask("PUT", "/a", {}, ten)
      const etag = headers.etag ?? ""
      for (const method of ["GET", "HEAD"]) {
        for (const tags of [etag, `"0a", ${etag}`, "*"]) {
          const same = yield* ask(method, "/a", { "if-none-match": tags })
          assert.deepStrictEqual([same.status, same.headers.etag, same.text], [304, etag, ""])
        }
        assert.strictEqual(yield* statusOf(method, "/a", { "if-none-match": '"0a"' }), 200)
        assert.strictEqual(yield* statusOf(method, "/a", { "if-match": '"0a"' }), 412)
        assert.strictEqual(yield* statusOf(method, "/a", { "if-match": '"0a' }), 400)
        const later = headers["last-modified"] ?? ""
        assert.strictEqual(yield* statusOf(method, "/a", { "if-modified-since": later }), 304)
        assert.strictEqual(yield* statusOf(method, "/a", { "if-none-match": '"0a"', "if-modified-since": later }), 200)
      }
      assert.strictEqual(yield* statusOf("PUT", "/a", { "if-none-match": "*" }, ten), 412)
      assert.strictEqual(yield* statusOf("PUT", "/b", { "if-none-match": "*" }, ten), 201)
    }).pipe(Effect.provide(layer))
  )

  it.live("says with its status what stands in the way", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { faults } = yield* Simulation.Simulation
      yield* ns.put("/folder/kept", HcpBody.text(ten), { retention: Retention.days(1) })
      assert.strictEqual(yield* statusOf("PUT", "/folder/kept", {}, ten), 409)
      assert.strictEqual(yield* statusOf("DELETE", "/folder/kept"), 409)
      assert.strictEqual(yield* statusOf("DELETE", "/folder"), 409)
      for (const method of ["GET", "HEAD"]) {
        for (const path of ["/folder", "/folder/"]) assert.strictEqual(yield* statusOf(method, path), 404)
      }
      for (const path of ["/folder/../kept", "/folder//kept", "/%2e%2e/kept", "/a%2f..%2fkept"]) {
        assert.strictEqual(yield* statusOf("GET", path), 400, path)
      }
      for (const path of ["/%zz", "/%ff"]) assert.strictEqual(yield* statusOf("GET", path), 404, path)
      // A route takes paths as long as HCP does.
      assert.strictEqual(yield* statusOf("PUT", `/${"%C3%BC".repeat(120)}/${"x".repeat(250)}`, {}, ten), 201)
      assert.strictEqual(yield* statusOf("POST", "/a", {}, ten), 404)
      yield* faults.add({ fault: "status", status: 503, retryAfter: 0 })
      const busy = yield* ask("GET", "/folder/kept")
      assert.deepStrictEqual([busy.status, busy.headers["retry-after"], busy.text], [503, "0", '{"error":"Busy"}'])
      yield* faults.clear
      yield* faults.add({ fault: "status", status: 403 })
      assert.strictEqual(yield* statusOf("GET", "/folder/kept"), 403)
    }).pipe(Effect.provide(layer))
  )

  it.live("stores nothing of what is too large, whether or not it says so before", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { requests } = yield* Simulation.Simulation
      const before = yield* requests
      // Not a byte of it is asked for.
      const declared = yield* begin({
        method: "PUT",
        path: "/a",
        headers: { "content-length": maxBytes + 1, expect: "100-continue" }
      })
      let mayContinue = false
      declared.once("continue", () => {
        mayContinue = true
      })
      declared.flushHeaders()
      assert.strictEqual((yield* answerOf(declared)).statusCode, 413)
      assert.isFalse(mayContinue)
      declared.destroy()
      assert.deepStrictEqual(yield* requests, before)

      const chunked = yield* begin({ method: "PUT", path: "/a" })
      chunked.write(Buffer.alloc(maxBytes))
      chunked.end("x")
      assert.strictEqual((yield* answerOf(chunked)).statusCode, 413)
      assert.isFalse(yield* ns.exists("/a"))
      const justRight = yield* begin({ method: "PUT", path: "/a" })
      justRight.end(Buffer.alloc(maxBytes))
      assert.strictEqual((yield* answerOf(justRight)).statusCode, 201)
    }).pipe(Effect.provide(layer))
  )
})

describe("gateway over a namespace that is watched", () => {
  const over = (partial: Parameters<typeof Fake.layerTest>[0], options?: { readonly maxBytes: number }) =>
    gateway(options).pipe(Layer.provide(Fake.layerTest(partial)))

  it.live("keeps from the client what only the operator may know", () =>
    Effect.gen(function* () {
      const { status, text } = yield* ask("GET", "/a")
      assert.deepStrictEqual([status, text], [502, '{"error":"CertificateError"}'])
      assert.strictEqual(yield* statusOf("HEAD", "/a"), 504)
      assert.strictEqual(yield* statusOf("DELETE", "/a"), 503)
      assert.strictEqual(yield* statusOf("PUT", "/a", {}, ten), 503)
    }).pipe(
      Effect.provide(
        over({
          open: () => Effect.fail(HcpError.make({ reason: "CertificateError" })),
          head: () => Effect.fail(HcpError.make({ reason: "Timeout" })),
          delete: () => Effect.fail(HcpError.make({ reason: "ConnectionLost" })),
          put: () => Effect.fail(HcpError.make({ reason: "NotReplayable" }))
        })
      )
    )
  )

  it.live("breaks off what HCP breaks off", () => {
    const taken = Deferred.makeUnsafe<void>()
    const broken = Stream.concat(
      Stream.make(Buffer.from(ten)),
      Stream.fromEffect(Effect.andThen(Deferred.await(taken), Effect.fail(HcpError.make({ reason: "IncompleteBody" }))))
    )
    return Effect.gen(function* () {
      const request = yield* begin({ path: "/a" })
      request.end()
      const response = yield* answerOf(request)
      response.once("data", () => Deferred.doneUnsafe(taken, Effect.void))
      const text = yield* Effect.exit(Effect.tryPromise(() => consumers.text(response)))
      assert.strictEqual(response.statusCode, 200)
      assert.isTrue(Exit.isFailure(text))
    }).pipe(
      Effect.provide(
        over({ open: () => Effect.succeed({ ...Fake.makeOpenObject("", { size: undefined }), stream: broken }) })
      )
    )
  })

  // Buffers of both sockets and of the kernel lie between; what is kept beyond them would grow with the object.
  const total = 96 * 1024 * 1024
  const between = 24 * 1024 * 1024
  const chunk = new Uint8Array(64 * 1024)
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  it.live("takes from HCP no faster than the client takes from it", () => {
    let given = 0
    const object = Stream.range(1, total / chunk.length).pipe(
      Stream.rechunk(1),
      Stream.map(() => {
        given += chunk.length
        return chunk
      })
    )
    return Effect.gen(function* () {
      const request = yield* begin({ path: "/a" })
      request.end()
      const response = yield* answerOf(request)
      let taken = 0
      let most = 0
      yield* Effect.promise(async () => {
        for await (const bytes of response) {
          taken += bytes.length
          most = Math.max(most, given - taken)
          await turn()
        }
      })
      assert.strictEqual(taken, total)
      assert.isBelow(most, between)
    }).pipe(
      Effect.provide(
        over({ open: () => Effect.succeed({ ...Fake.makeOpenObject("", { size: total }), stream: object }) })
      )
    )
  })

  it.live("takes from the client no faster than HCP takes from it", () => {
    let sent = 0
    let taken = 0
    let most = 0
    const slowly = (bytes: Uint8Array) =>
      Effect.promise(async () => {
        taken += bytes.length
        most = Math.max(most, sent - taken)
        await turn()
      })
    return Effect.gen(function* () {
      const request = yield* begin({ method: "PUT", path: "/a" })
      const answer = yield* Effect.forkChild(answerOf(request))
      yield* Effect.promise(async () => {
        for (; sent < total; sent += chunk.length) await new Promise((resolve) => request.write(chunk, resolve))
        request.end()
      })
      assert.strictEqual((yield* Fiber.join(answer)).statusCode, 201)
      assert.strictEqual(taken, total)
      assert.isBelow(most, between)
    }).pipe(
      Effect.provide(
        over(
          {
            put: (_, body) => streamOf(body).pipe(Stream.runForEach(slowly), Effect.orDie, Effect.as(Fake.makeStored()))
          },
          { maxBytes: total }
        )
      )
    )
  })
})

/** A namespace on sockets, and when the first call to it has let go of everything. */
class Call extends Context.Service<
  Call,
  { readonly begun: Deferred.Deferred<void>; readonly ended: Deferred.Deferred<void> }
>()("test/Call") {}

const Sockets = Namespace.layer.pipe(
  Layer.provideMerge(
    Layer.unwrap(
      Effect.map(Simulator.Simulator, ({ ca, nameServer, systems: [{ domain, ports }] }) =>
        Hcp.layer({
          fqdn: `n1.t1.${domain}`,
          port: ports.https,
          tls: { ca },
          resolver: { nameServers: [nameServer] },
          credentials: { username: "n", password: Redacted.make("n01") }
        })
      )
    )
  ),
  Layer.provideMerge(Simulator.layer({ systems: [{ domain: "hcp1.example.com", nodes: 1 }] }))
)

const Watched = Layer.effect(
  Namespace.Namespace,
  Effect.gen(function* () {
    const ns = yield* Namespace.Namespace
    const { begun, ended } = yield* Call
    const done = Deferred.succeed(ended, undefined)
    return {
      ...ns,
      open: (path, options) =>
        Effect.andThen(
          Effect.addFinalizer(() => done),
          ns.open(path, options)
        ),
      put: (path, body, options) => {
        const seen = Stream.tap(streamOf(body), () => Deferred.succeed(begun, undefined))
        return Effect.ensuring(ns.put(path, HcpBody.streamOnce(seen), options), done)
      }
    } satisfies Namespace.Shape
  })
)

const watching = gateway({ maxBytes: 2 ** 40 }).pipe(
  Layer.provide(Watched),
  Layer.provideMerge(Sockets),
  Layer.provideMerge(Layer.effect(Call, Effect.all({ begun: Deferred.make<void>(), ended: Deferred.make<void>() })))
)

const busy = Effect.gen(function* () {
  const { connections } = yield* Target.Target
  return (yield* connections).reduce((sum, node) => sum + node.busy + node.waiting, 0)
})

describe("a client of the gateway that goes away", () => {
  it.live("frees the connection that reads", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { faults } = yield* Simulation.Simulation
      const { ended } = yield* Call
      yield* ns.put("/a", new Uint8Array(1_000_000))
      yield* faults.add({ fault: "slow", bytesPerSecond: 10_000 })
      const request = yield* begin({ path: "/a" })
      request.end()
      const response = yield* answerOf(request)
      yield* Effect.promise(() => new Promise((resolve) => response.once("data", resolve)))
      assert.strictEqual(yield* busy, 1)
      request.destroy()
      yield* Deferred.await(ended)
      assert.strictEqual(yield* busy, 0)
    }).pipe(Effect.provide(watching))
  )

  it.live("frees the connection that writes, and nothing is stored", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      const { begun, ended } = yield* Call
      const request = yield* begin({ method: "PUT", path: "/a", headers: { "content-length": 1_000_000 } })
      request.on("error", () => {})
      request.write(new Uint8Array(100_000))
      yield* Deferred.await(begun)
      assert.strictEqual(yield* busy, 1)
      request.destroy()
      yield* Deferred.await(ended)
      assert.strictEqual(yield* busy, 0)
      assert.isFalse(yield* ns.exists("/a"))
    }).pipe(Effect.provide(watching))
  )
})

it.live(
  "gateway: the requests of the example",
  () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* runExample(["gateway"])
      assert.strictEqual(code, 0, stderr)
      assert.deepStrictEqual(stdout.trimEnd().split("\n"), [
        "store: 201",
        "store again: 409",
        "read a part: 206 bytes 11-17/18 example",
        "read too far: 416 bytes */18",
        "is it new? 304",
        "too large: 413",
        "delete: 204",
        "read: 404"
      ])
    }),
  120_000
)
