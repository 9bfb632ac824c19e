import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Duration, Effect, Fiber, Layer, Ref, Stream } from "effect"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as HcpClient from "../src/HcpClient.ts"
import { HcpError } from "../src/HcpError.ts"
import * as HcpHeaders from "../src/HcpHeaders.ts"
import type { HcpRequest } from "../src/HcpRequest.ts"
import type { HcpResponse } from "../src/HcpResponse.ts"
import { fromExecute } from "../src/internal/request/httpClient.ts"
import * as Target from "../src/Target.ts"
import type { WireRequest } from "../src/Transport.ts"
import { CannotConnect, IncompleteBody } from "../src/WireReason.ts"

const fqdn = "n1.t1.hcp.test"

/** The client over a system that answers from a function, and what came over the wire. */
const overHandler = (answer: { status?: number; headers?: Record<string, string>; body?: string }) => {
  const requests: Array<WireRequest> = []
  const layer = HcpClient.layer.pipe(
    Layer.provide(
      Target.layerTest((request) =>
        Effect.sync(() => {
          requests.push(request)
          return answer
        })
      )
    )
  )
  const send = <A, E>(f: (http: HttpClient.HttpClient) => Effect.Effect<A, E>) =>
    Effect.provide(
      HcpClient.HcpClient.use(({ httpClient }) => f(httpClient)),
      layer
    )
  return { requests, send }
}

const headerOf = ({ headers }: WireRequest, name: string): string | undefined =>
  headers[headers.findIndex((each, at) => at % 2 === 0 && each.toLowerCase() === name) + 1]

/** The client over an `execute` whose scope is watched: how many answers are held now. */
const watched = (make: (request: HcpRequest) => Partial<HcpResponse>) =>
  Effect.map(Ref.make(0), (held) => {
    const http = fromExecute(
      (request) =>
        Effect.as(
          Effect.acquireRelease(
            Ref.update(held, (n) => n + 1),
            () => Ref.update(held, (n) => n - 1)
          ),
          {
            status: 200,
            headers: HcpHeaders.make(),
            target: fqdn,
            port: 443,
            node: "192.0.2.1",
            role: "primary",
            servicedBy: undefined,
            attempts: 1,
            failedAttempts: [],
            retriedAfterAmbiguousFailure: false,
            redact: (text) => text,
            timings: { connect: Duration.zero, firstByte: Duration.zero, total: Duration.zero },
            stream: Stream.empty,
            bytes: () => Effect.never,
            ...make(request)
          }
        ),
      fqdn
    )
    return { held: Ref.get(held), http }
  })

describe("a request", () => {
  it.effect("has its method, path, query, headers and body, and the answer comes back as it was", () =>
    Effect.gen(function* () {
      const { requests, send } = overHandler({ status: 201, headers: { "X-HCP-Hash": "SHA-256 AB" }, body: '{"a":1}' })
      const response = yield* send((http) =>
        HttpClientRequest.put("/rest/a b/ü+1.json").pipe(
          HttpClientRequest.setUrlParam("type", "a b+c"),
          HttpClientRequest.setHeader("X-Note", "n"),
          HttpClientRequest.bodyText("text", "text/x-note"),
          http.execute,
          Effect.flatMap((response) => Effect.map(response.json, (json) => ({ json, response })))
        )
      )
      assert.strictEqual(response.response.status, 201)
      assert.strictEqual(response.response.headers["x-hcp-hash"], "SHA-256 AB")
      assert.deepStrictEqual(response.json, { a: 1 })
      const [request] = requests
      assert(request !== undefined)
      assert.strictEqual(request.method, "PUT")
      assert.strictEqual(decodeURIComponent(request.path), "/rest/a b/ü+1.json?type=a b+c")
      assert.include(request.path, "/a%20b/%C3%BC")
      assert.strictEqual(headerOf(request, "x-note"), "n")
      assert.strictEqual(headerOf(request, "content-type"), "text/x-note")
      assert.strictEqual(headerOf(request, "host"), fqdn)
      assert.deepStrictEqual(request.body, new TextEncoder().encode("text"))
    })
  )

  it.effect("has the Host and the framing of the SDK, whatever the caller wrote there", () =>
    Effect.gen(function* () {
      const { requests, send } = overHandler({ status: 201 })
      const response = yield* send((http) =>
        HttpClientRequest.put("/rest/a").pipe(
          HttpClientRequest.setHeaders({ Host: "evil.test", "Accept-Encoding": "br", "X-Note": "n" }),
          HttpClientRequest.bodyText("text"),
          HttpClientRequest.setHeader("Content-Length", "99"),
          http.execute
        )
      )
      assert.strictEqual(response.status, 201)
      const [request] = requests
      assert(request !== undefined)
      const valuesOf = (name: string) =>
        request.headers.filter((_, at, all) => at % 2 === 1 && all[at - 1]?.toLowerCase() === name)
      assert.deepStrictEqual(valuesOf("host"), [fqdn])
      assert.deepStrictEqual(valuesOf("accept-encoding"), ["identity"])
      assert.notInclude(valuesOf("content-length"), "99")
      assert.deepStrictEqual(valuesOf("x-note"), ["n"])
    })
  )

  it.effect("has the method of the verb, at the first use of the client and later", () =>
    Effect.gen(function* () {
      for (const uses of [1, 2]) {
        const { requests, send } = overHandler({})
        for (const verb of ["get", "head", "post", "put", "del"] as const) {
          yield* send((http) => Effect.repeat(http[verb]("/rest/a"), { times: uses - 1 }))
        }
        const methods = ["GET", "HEAD", "POST", "PUT", "DELETE"]
        assert.deepStrictEqual(
          requests.map(({ method }) => method),
          methods.flatMap((method) => Array<string>(uses).fill(method))
        )
      }
    })
  )

  it.effect("goes through the combinators of effect/http, at the first use of the client and later", () =>
    Effect.gen(function* () {
      const { requests, send } = overHandler({})
      yield* send((http) => {
        const checked = http.pipe(
          HttpClient.mapRequest(HttpClientRequest.setHeader("x-note", "mapped")),
          HttpClient.filterStatusOk
        )
        return Effect.repeat(
          Effect.map(checked.get("/rest/a"), ({ status }) => assert.strictEqual(status, 200)),
          { times: 1 }
        )
      })
      assert.deepStrictEqual(
        requests.map((request) => headerOf(request, "x-note")),
        ["mapped", "mapped"]
      )
    })
  )

  it.effect("with a verb that HCP does not know is refused by that name", () =>
    Effect.gen(function* () {
      const { requests, send } = overHandler({})
      for (const verb of ["patch", "options", "query"] as const) {
        const error = yield* Effect.flip(send((http) => http[verb]("/rest/a")))
        assert.include(error.message, `HCP does not know the method ${verb.toUpperCase()}`)
      }
      assert.strictEqual(requests.length, 0)
    })
  )

  it.effect("may have a stream for its body, with or without a length", () =>
    Effect.gen(function* () {
      for (const contentLength of [3, undefined]) {
        const { requests, send } = overHandler({ status: 201 })
        yield* send((http) =>
          HttpClientRequest.put("/rest/a").pipe(
            HttpClientRequest.setBody(
              HttpBody.stream(Stream.make(new Uint8Array([1, 2, 3])), "application/x-a", contentLength)
            ),
            http.execute
          )
        )
        assert.strictEqual(requests[0]?.length, contentLength)
      }
    })
  )

  it.effect("to another host, with an unknown method, or with a form is refused before anything is sent", () =>
    Effect.gen(function* () {
      const { requests, send } = overHandler({})
      const refused = [
        HttpClientRequest.get("http://elsewhere.test/rest/a"),
        HttpClientRequest.get(`http://${fqdn}.evil.test/rest/a`),
        HttpClientRequest.patch("/rest/a"),
        HttpClientRequest.post("/rest/a").pipe(HttpClientRequest.bodyFormData(new FormData())),
        HttpClientRequest.get("/rest/%ff")
      ]
      for (const request of refused) {
        const error = yield* Effect.flip(send((http) => http.execute(request)))
        assert.strictEqual(error.reason._tag, "InvalidUrlError", error.message)
      }
      assert.strictEqual(requests.length, 0)
      assert.strictEqual((yield* send((http) => http.get(`https://${fqdn.toUpperCase()}/rest/a`))).status, 200)
    })
  )

  it.effect("that fails gives the SDK's own error as the cause", () =>
    Effect.gen(function* () {
      const failure = new HcpError({
        operation: "GET",
        reason: new CannotConnect({ address: "192.0.2.1", port: 80, code: "ECONNREFUSED" })
      })
      const error = yield* Effect.flip(fromExecute(() => Effect.fail(failure), fqdn).get("/rest/a"))
      assert(error.reason._tag === "TransportError")
      assert.strictEqual(error.reason.cause, failure)
      assert.include(error.message, "ECONNREFUSED")
    })
  )
})

describe("an answer", () => {
  const endless = Stream.forever(Stream.make(new Uint8Array(1_000)))

  it.effect("holds its connection until the body is read", () =>
    Effect.gen(function* () {
      const { held, http } = yield* watched(() => ({ stream: Stream.make(new TextEncoder().encode("hello")) }))
      const response = yield* http.get("/rest/a")
      assert.strictEqual(yield* response.text, "hello")
      assert.strictEqual(yield* held, 0)
    })
  )

  it.effect("without a body holds nothing from the start", () =>
    Effect.gen(function* () {
      for (const status of [204, 205, 304]) {
        const { held, http } = yield* watched(() => ({ status }))
        assert.strictEqual((yield* http.get("/rest/a")).status, status)
        assert.strictEqual(yield* held, 0)
      }
      const { held, http } = yield* watched(() => ({ stream: Stream.die("a HEAD has no body") }))
      assert.strictEqual(yield* Effect.flatMap(http.head("/rest/a"), (response) => response.text), "")
      assert.strictEqual(yield* held, 0)
    })
  )

  it.live("that is left unread, or half read, lets go of its connection", () =>
    Effect.gen(function* () {
      const { held, http } = yield* watched(() => ({ stream: endless }))
      const scoped = HttpClient.withScope(http)
      yield* Effect.scoped(Effect.tap(scoped.get("/rest/a"), () => Effect.map(held, (n) => assert.strictEqual(n, 1))))
      yield* untilZero(held)
      const part = yield* Effect.flatMap(http.get("/rest/a"), (response: HttpClientResponse) =>
        Stream.runCollect(Stream.take(response.stream, 2))
      )
      assert.strictEqual(part.length, 2)
      yield* untilZero(held)
    })
  )

  it.live("that breaks off is an error, not a short success", () =>
    Effect.gen(function* () {
      const broken = new HcpError({
        operation: "GET",
        reason: new IncompleteBody({ address: "192.0.2.1", received: 1 })
      })
      const { held, http } = yield* watched(() => ({
        stream: Stream.concat(Stream.make(new Uint8Array(1)), Stream.fail(broken))
      }))
      const error = yield* Effect.flip(Effect.flatMap(http.get("/rest/a"), (response) => response.text))
      assert.include(Cause.pretty(Cause.fail(error)), "broke off after 1")
      yield* untilZero(held)
    })
  )

  it.effect("with a status no Web response can have is an error that lets go of the connection", () =>
    Effect.gen(function* () {
      for (const status of [199, 600, 799]) {
        const { held, http } = yield* watched(() => ({ status, stream: endless }))
        const error = yield* Effect.flip(http.get("/rest/a"))
        assert.include(error.message, String(status))
        assert.strictEqual(yield* held, 0)
      }
    })
  )

  it.effect("that is waited for can be interrupted", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const released = yield* Deferred.make<void>()
      const http = fromExecute(
        () =>
          Effect.andThen(
            Effect.acquireRelease(Deferred.succeed(started, undefined), () => Deferred.succeed(released, undefined)),
            Effect.never
          ),
        fqdn
      )
      const call = yield* Effect.forkChild(http.get("/rest/a"))
      yield* Deferred.await(started)
      yield* Fiber.interrupt(call)
      yield* Deferred.await(released)
    })
  )
})

/** A cancelled Web stream tells its source when it is its turn. */
const untilZero = (held: Effect.Effect<number>) =>
  Effect.repeat(held, { until: (n) => n === 0 }).pipe(
    Effect.timeoutOrElse({ duration: "1 second", orElse: () => Effect.die("the connection is still held") })
  )
