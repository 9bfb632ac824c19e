/**
 * Connections over undici: a socket of our own, lent to one undici `Client` that never queues and never reconnects.
 *
 * undici's own connector cannot be interrupted and its queue ignores aborts, so the socket is opened here and the client is
 * asked only when it is free.
 *
 * @internal
 */
import type { IncomingHttpHeaders } from "node:http"
import * as net from "node:net"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import type { Dispatcher } from "undici"
import Client from "undici/lib/dispatcher/client.js"
import {
  type Collector,
  type Connection,
  type Endpoint,
  ExchangeFailure,
  type WireAnswer,
  type WireRequest
} from "../../Connection.ts"
import type { HcpError, Reached } from "../../HcpError.ts"
import { ResponseHeaders } from "../../HcpHeaders.ts"
import { IncompleteBody, Timeout } from "../../WireReason.ts"
import { RateGuard } from "../body/rateGuard.ts"
import { UploadFeed } from "../body/socketIterator.ts"
import { classify, type NetworkContext } from "./nodeErrors.ts"

// Our own pool decides how long an idle connection lives; undici only must not be faster.
const undiciIdleMillis = 600_000

// Above this the socket is paused until the reader has taken what is there.
const highWaterBytes = 256 * 1024

// Larger bodies are sent in parts: undici counts the time to the answer from the last part it was given, and a body that is
// given whole would have to be through before its answer is due.
const partBytes = 256 * 1024

// The step in which an operating system takes an upload from a process, at most.
const socketBufferBytes = 1024 * 1024

/** @internal */
export const connect = (endpoint: Endpoint): Effect.Effect<Connection, ExchangeFailure> =>
  Effect.timeoutOrElse(openConnection(endpoint), {
    duration: endpoint.connectTimeoutMillis,
    orElse: () =>
      Effect.fail(
        new ExchangeFailure({
          reached: "nothing",
          reason: new Timeout({ phase: "connect", millis: endpoint.connectTimeoutMillis, address: endpoint.address })
        })
      )
  })

const openConnection = (endpoint: Endpoint): Effect.Effect<Connection, ExchangeFailure> =>
  Effect.clockWith((clock) =>
    Effect.suspend(() => {
      const begun = clock.monotonicTimeNanosUnsafe()
      return Effect.map(
        openSocket(endpoint),
        (socket) => new UndiciConnection(endpoint, socket, Number(clock.monotonicTimeNanosUnsafe() - begun) / 1e6)
      )
    })
  )

const openSocket = (endpoint: Endpoint): Effect.Effect<net.Socket, ExchangeFailure> =>
  Effect.callback((resume) => {
    const address = {
      host: endpoint.address,
      port: endpoint.port,
      noDelay: true,
      keepAlive: endpoint.tcpKeepAliveMillis !== undefined,
      keepAliveInitialDelay: endpoint.tcpKeepAliveMillis ?? 0
    }
    const done = (error: unknown) => {
      if (error === undefined) return resume(Effect.succeed(socket))
      socket.on("error", ignore)
      socket.destroy()
      resume(Effect.fail(failure(error, { ...contextOf(endpoint), phase: "connect" }, "nothing")))
    }
    const socket: net.Socket = endpoint.tls === undefined ? dialTcp(address, done) : endpoint.tls.connect(address, done)
    return Effect.sync(() => {
      socket.on("error", ignore)
      socket.destroy()
    })
  })

const dialTcp = (address: net.TcpNetConnectOpts, done: (error: unknown) => void): net.Socket => {
  const socket = net.connect(address)
  socket.once("error", done)
  socket.once("connect", () => {
    socket.off("error", done)
    done(undefined)
  })
  return socket
}

const ignore = () => {}

const settled = Promise.resolve()

/** Runs something a microtask later. Of the ways to do so it is the one that costs least. */
const soon = (run: () => void): void => {
  settled.then(run)
}

const noBytes = new Uint8Array()

const contextOf = (endpoint: Endpoint): Omit<NetworkContext, "phase"> => ({
  fqdn: endpoint.fqdn,
  address: endpoint.address,
  port: endpoint.port,
  tls: endpoint.tls !== undefined,
  connectTimeout: endpoint.connectTimeoutMillis,
  responseTimeout: 0,
  bodyTimeout: 0
})

const failure = (error: unknown, context: NetworkContext, reached: Reached) =>
  new ExchangeFailure({ reason: classify(error, context), reached })

type Body = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array> | null

// undici sends iterables, and reads header lists without changing them; its declarations do not say so.
type StreamOptions = Omit<Dispatcher.DispatchOptions, "body" | "headers"> & {
  readonly servername?: string
  readonly body?: Dispatcher.DispatchOptions["body"] | Body
  readonly headers?: Dispatcher.DispatchOptions["headers"] | ReadonlyArray<string>
}
interface StreamDispatcher {
  dispatch(options: StreamOptions, handler: Dispatcher.DispatchHandler): boolean
}

const inParts = function* (bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += partBytes) yield bytes.subarray(at, at + partBytes)
}

// undici's word for "no limit" is 0.
const limit = (millis: number): number => (Number.isFinite(millis) ? millis : 0)

class UndiciConnection implements Connection {
  readonly connectMillis: number
  readonly endpoint: Endpoint
  readonly #socket: net.Socket
  readonly #client: Client
  #busy = false

  constructor(endpoint: Endpoint, socket: net.Socket, connectMillis: number) {
    this.connectMillis = connectMillis
    this.endpoint = endpoint
    this.#socket = socket
    socket.on("error", ignore)
    let lent = false
    // undici dials nothing and names nobody; the socket is encrypted already where it has to be.
    this.#client = new Client("http://node", {
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: undiciIdleMillis,
      keepAliveMaxTimeout: undiciIdleMillis,
      connect: (_options, callback) => {
        if (lent || socket.destroyed) {
          callback(Object.assign(new Error("the connection is closed"), { code: "ECONNRESET" }), null)
        } else {
          lent = true
          // undici loses the request when it is given the socket before this function has returned.
          queueMicrotask(() => callback(null, socket))
        }
      }
    })
  }

  isReady(): boolean {
    return !this.#busy && !this.#socket.destroyed && this.#socket.readable && this.#socket.writable
  }

  destroy(): void {
    this.#client.destroy().catch(ignore)
    this.#socket.destroy()
  }

  exchange(request: WireRequest): Effect.Effect<WireAnswer, ExchangeFailure> {
    const { body, headers, minRate } = request
    if (body === undefined) return this.#dispatch(request, headers, null)
    if (!(body instanceof Uint8Array)) return this.#upload(request, body)
    if (body.length <= partBytes) return this.#dispatch(request, headers, body)
    const withLength = [...headers, "Content-Length", String(body.length)]
    if (minRate === undefined) return this.#dispatch(request, withLength, inParts(body))
    const parts = Stream.fromIterable(inParts(body))
    return this.#upload({ ...request, headers: withLength, length: body.length }, parts)
  }

  collect(request: WireRequest, collector: Collector): void {
    const { body } = request
    const collection = new Collection(this, request, collector)
    this.#send(request, request.headers, body instanceof Uint8Array ? body : null, collection)
  }

  /** The exchange is over, and the connection free for another one. */
  over(): void {
    this.#busy = false
  }

  /** Whether the socket ended with an error. */
  hasBroken(): boolean {
    return this.#socket.errored != null
  }

  /** Why an exchange failed that got so far. */
  failed(error: unknown, request: WireRequest, { expected, reached, received }: Progress): ExchangeFailure {
    return failure(
      error,
      {
        ...contextOf(this.endpoint),
        phase: reached === "answer" ? "body" : "exchange",
        silent: this.#socket.bytesRead === 0,
        responseTimeout: request.responseTimeoutMillis,
        bodyTimeout: request.bodyTimeoutMillis,
        received,
        expected,
        declared: request.length
      },
      reached
    )
  }

  #send(request: WireRequest, headers: ReadonlyArray<string>, body: Body, handler: Dispatcher.DispatchHandler): void {
    this.#busy = true
    const client: StreamDispatcher = this.#client
    client.dispatch(
      {
        method: request.method,
        path: request.path,
        headers,
        body,
        // undici closes the connection after every HEAD unless told otherwise.
        reset: false,
        blocking: false,
        // Spares undici finding out what TLS would have to be told.
        servername: this.endpoint.fqdn,
        headersTimeout: limit(request.responseTimeoutMillis),
        bodyTimeout: limit(request.bodyTimeoutMillis)
      },
      handler
    )
  }

  #dispatch(
    request: WireRequest,
    headers: ReadonlyArray<string>,
    body: Body
  ): Effect.Effect<WireAnswer, ExchangeFailure> {
    return Effect.callback((resume) => {
      this.#send(request, headers, body, new Exchange(this, request, resume))
      return Effect.sync(() => this.destroy())
    })
  }

  #upload(request: WireRequest, body: Stream.Stream<Uint8Array, HcpError>): Effect.Effect<WireAnswer, ExchangeFailure> {
    return Effect.clockWith((clock) => {
      const guard = this.#guard(request, clock)
      const feed = new UploadFeed(request.length, () => this.#socket.writableLength === 0, guard)
      const sent = this.#dispatch(request, request.headers, feed)
      return Effect.flatMap(Effect.forkChild(feed.run(body)), (source) =>
        // A node that is too slow leaves the writer waiting for room: nobody but the guard ends that.
        (guard === undefined ? sent : Effect.raceFirst(sent, feed.tooSlow)).pipe(
          Effect.mapError((failed) =>
            feed.sourceFailure === undefined
              ? failed
              : new ExchangeFailure({ reason: feed.sourceFailure, reached: failed.reached })
          ),
          // An answer may come before the body is sent; whatever the source holds is let go of then.
          Effect.ensuring(Fiber.interrupt(source))
        )
      )
    })
  }

  // What the buffers of a socket swallow says nothing about the node; a window is long enough to see beyond them.
  #guard({ minRate }: WireRequest, clock: Clock.Clock): RateGuard | undefined {
    if (minRate === undefined) return undefined
    const { bytesPerSecond, windowMillis } = minRate
    const millis = Math.max(windowMillis, (socketBufferBytes / bytesPerSecond) * 1_000)
    return new RateGuard({ bytesPerSecond, windowMillis: millis }, clock, this.endpoint.address, "request")
  }
}

/** How far an exchange got. */
interface Progress {
  readonly reached: Reached
  readonly received: number
  readonly expected: number | undefined
}

const cutShort = (endpoint: Endpoint, received: number): ExchangeFailure =>
  new ExchangeFailure({ reason: new IncompleteBody({ address: endpoint.address, received }), reached: "answer" })

const headersOf = (controller: Dispatcher.DispatchController, decoded: IncomingHttpHeaders): ResponseHeaders => {
  const raw = controller.rawHeaders
  return new ResponseHeaders(Array.isArray(raw) ? raw : [], decoded)
}

/** Whether nothing but the end of the connection says where the body ends. */
const endsWithConnection = (headers: ResponseHeaders | undefined): boolean =>
  headers !== undefined && !headers.has("content-length") && !headers.has("transfer-encoding")

const contentLength = (headers: ResponseHeaders): number | undefined => {
  const length = headers.get("content-length")
  return length === undefined ? undefined : Number(length)
}

type Chunks = Arr.NonEmptyReadonlyArray<Uint8Array>
type Head = Effect.Effect<WireAnswer, ExchangeFailure>

/**
 * One request and its answer.
 *
 * undici calls it from inside its parser, which cannot be entered a second time, by no connection of the process. A fiber that
 * went on at once could do that, and would find the connection in the middle of a step; so fibers go on a microtask later.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #connection: UndiciConnection
  readonly #request: WireRequest
  readonly #resumeHead: (head: Head) => void
  #reached: Reached = "nothing"
  #controller: Dispatcher.DispatchController | undefined
  #chunks: Array<Uint8Array> = []
  #buffered = 0
  #received = 0
  #expected: number | undefined
  #endsWithConnection = false
  #outcome: Effect.Effect<never, ExchangeFailure | Cause.Done> | undefined
  #wakeReader: (() => void) | undefined

  constructor(connection: UndiciConnection, request: WireRequest, resumeHead: (head: Head) => void) {
    this.#connection = connection
    this.#request = request
    this.#resumeHead = resumeHead
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    this.#reached = "request"
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, decoded: IncomingHttpHeaders): void {
    if (status < 200) return
    this.#reached = "answer"
    const headers = headersOf(controller, decoded)
    this.#expected = contentLength(headers)
    this.#endsWithConnection = endsWithConnection(headers)
    this.#head(Effect.succeed({ status, headers, pull: this.#pull }))
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#received += chunk.length
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
    if (this.#buffered >= highWaterBytes) controller.pause()
    this.#wake()
  }

  onResponseEnd(): void {
    // To undici a reset is as good an end as any here; but nobody can tell then whether the bytes are all there.
    if (this.#endsWithConnection && this.#connection.hasBroken()) {
      this.#finish(Effect.fail(cutShort(this.#connection.endpoint, this.#received)))
    } else {
      this.#connection.over()
      this.#finish(Cause.done())
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: unknown): void {
    const inBody = this.#reached === "answer"
    const failed = this.#connection.failed(error, this.#request, {
      reached: this.#reached,
      received: this.#received,
      expected: this.#expected
    })
    if (inBody) this.#finish(Effect.fail(failed))
    else this.#head(Effect.fail(failed))
  }

  #head(head: Head): void {
    soon(() => this.#resumeHead(head))
  }

  #finish(outcome: Effect.Effect<never, ExchangeFailure | Cause.Done>): void {
    this.#outcome = outcome
    this.#wake()
  }

  #wake(): void {
    if (this.#wakeReader === undefined) return
    soon(this.#wakeReader)
    this.#wakeReader = undefined
  }

  readonly #pull: Pull.Pull<Chunks, ExchangeFailure> = Effect.suspend(() => {
    const chunks = this.#chunks
    if (Arr.isReadonlyArrayNonEmpty(chunks)) {
      this.#chunks = []
      this.#buffered = 0
      if (this.#controller?.paused) this.#controller.resume()
      return Effect.succeed(chunks)
    }
    return this.#outcome ?? this.#wait
  })

  readonly #wait: Pull.Pull<Chunks, ExchangeFailure> = Effect.callback((resume) => {
    this.#wakeReader = () => resume(this.#pull)
    return Effect.sync(() => {
      this.#wakeReader = undefined
    })
  })
}

/**
 * One request and its whole answer, told to a {@link Collector}.
 *
 * As with {@link Exchange} whoever is told goes on a microtask later, outside of undici's parser.
 */
class Collection implements Dispatcher.DispatchHandler {
  readonly #connection: UndiciConnection
  readonly #request: WireRequest
  #collector: Collector | undefined
  #reached: Reached = "nothing"
  #headers: ResponseHeaders | undefined
  #wanted = 0
  #received = 0
  #first: Uint8Array = noBytes
  #rest: Array<Uint8Array> | undefined

  constructor(connection: UndiciConnection, request: WireRequest, collector: Collector) {
    this.#connection = connection
    this.#request = request
    this.#collector = collector
  }

  onRequestStart(): void {
    this.#reached = "request"
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, decoded: IncomingHttpHeaders): void {
    if (status < 200) return
    this.#reached = "answer"
    this.#headers = headersOf(controller, decoded)
    this.#wanted = this.#collector?.onHead(status, this.#headers) ?? 0
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#received += chunk.length
    if (this.#received === chunk.length) this.#first = chunk
    else if (this.#rest === undefined) this.#rest = [this.#first, chunk]
    else this.#rest.push(chunk)
    if (this.#received > this.#wanted) this.#tooMany()
    else this.#collector?.onPart(chunk)
  }

  onResponseEnd(): void {
    const connection = this.#connection
    if (connection.hasBroken() && endsWithConnection(this.#headers)) {
      this.#fail(cutShort(connection.endpoint, this.#received))
      return
    }
    connection.over()
    const collector = this.#collector
    if (collector === undefined) return
    const bytes = this.#rest === undefined ? this.#first : Buffer.concat(this.#rest, this.#received)
    soon(() => collector.onBody(bytes))
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: unknown): void {
    if (this.#collector === undefined) return
    this.#fail(
      this.#connection.failed(error, this.#request, {
        reached: this.#reached,
        received: this.#received,
        expected: this.#headers === undefined ? undefined : contentLength(this.#headers)
      })
    )
  }

  #fail(failed: ExchangeFailure): void {
    const collector = this.#collector
    this.#collector = undefined
    if (collector !== undefined) soon(() => collector.onFailure(failed))
  }

  #tooMany(): void {
    const collector = this.#collector
    if (collector === undefined) return
    this.#collector = undefined
    soon(() => {
      this.#connection.destroy()
      collector.onTooMany()
    })
  }
}
