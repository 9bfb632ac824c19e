/**
 * Connections over undici: a socket of our own, lent to one undici `Client` that never queues and never reconnects.
 *
 * undici's own connector cannot be interrupted and its queue ignores aborts, so the socket is opened here and the client is
 * asked only when it is free.
 *
 * @internal
 */
import * as net from "node:net"
import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Pull from "effect/Pull"
import type * as Stream from "effect/Stream"
import { Client, type Dispatcher } from "undici"
import { type Connection, type Endpoint, ExchangeFailure, type WireAnswer, type WireRequest } from "../Connection.ts"
import type { HcpError, Reached } from "../HcpError.ts"
import { ResponseHeaders } from "../HcpHeaders.ts"

import { Timeout } from "../WireReason.ts"
import { classify, type NetworkContext } from "./nodeErrors.ts"
import { UploadFeed } from "./uploadFeed.ts"

// Our own pool decides how long an idle connection lives; undici only must not be faster.
const undiciIdleMillis = 600_000

// Above this the socket is paused until the reader has taken what is there.
const highWaterBytes = 256 * 1024

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
      const begun = clock.currentTimeNanosUnsafe()
      return Effect.map(
        openSocket(endpoint),
        (socket) => new UndiciConnection(endpoint, socket, Number(clock.currentTimeNanosUnsafe() - begun) / 1e6)
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

// undici sends async iterables, and reads header lists without changing them; its declarations do not say so.
type StreamOptions = Omit<Dispatcher.DispatchOptions, "body" | "headers"> & {
  readonly body?: Dispatcher.DispatchOptions["body"] | AsyncIterable<Uint8Array>
  readonly headers?: Dispatcher.DispatchOptions["headers"] | ReadonlyArray<string>
}
interface StreamDispatcher {
  dispatch(options: StreamOptions, handler: Dispatcher.DispatchHandler): boolean
}

class UndiciConnection implements Connection {
  readonly connectMillis: number
  readonly #endpoint: Endpoint
  readonly #socket: net.Socket
  readonly #client: Client
  #busy = false

  constructor(endpoint: Endpoint, socket: net.Socket, connectMillis: number) {
    this.connectMillis = connectMillis
    this.#endpoint = endpoint
    this.#socket = socket
    socket.on("error", ignore)
    let lent = false
    const host = net.isIPv6(endpoint.address) ? `[${endpoint.address}]` : endpoint.address
    // The socket is encrypted already where it has to be; to undici it is a plain stream.
    this.#client = new Client(`http://${host}:${endpoint.port}`, {
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
    return request.body === undefined || request.body instanceof Uint8Array
      ? this.#dispatch(request, request.body)
      : this.#upload(request, request.body)
  }

  #dispatch(
    request: WireRequest,
    body: Uint8Array | AsyncIterable<Uint8Array> | undefined
  ): Effect.Effect<WireAnswer, ExchangeFailure> {
    return Effect.callback((resume) => {
      this.#busy = true
      const client: StreamDispatcher = this.#client
      const exchange = new Exchange(this.#endpoint, request, resume, () => {
        this.#busy = false
      })
      const options: StreamOptions = {
        method: request.method,
        path: request.path,
        headers: request.headers,
        body: body ?? null,
        // undici closes the connection after every HEAD unless told otherwise.
        reset: false,
        blocking: false,
        headersTimeout: request.responseTimeoutMillis,
        bodyTimeout: request.bodyTimeoutMillis
      }
      client.dispatch(options, exchange)
      return Effect.sync(() => this.destroy())
    })
  }

  #upload(request: WireRequest, body: Stream.Stream<Uint8Array, HcpError>): Effect.Effect<WireAnswer, ExchangeFailure> {
    return Effect.suspend(() => {
      const feed = new UploadFeed()
      return Effect.flatMap(Effect.forkChild(feed.run(body)), (source) =>
        this.#dispatch(request, feed).pipe(
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
}

type Chunks = Arr.NonEmptyReadonlyArray<Uint8Array>

class Exchange implements Dispatcher.DispatchHandler {
  readonly #endpoint: Endpoint
  readonly #request: WireRequest
  readonly #resumeHead: (head: Effect.Effect<WireAnswer, ExchangeFailure>) => void
  readonly #onEnd: () => void
  #reached: Reached = "nothing"
  #controller: Dispatcher.DispatchController | undefined
  #chunks: Array<Uint8Array> = []
  #buffered = 0
  #received = 0
  #expected: number | undefined
  #outcome: Effect.Effect<never, ExchangeFailure | Cause.Done> | undefined
  #waiting: ((next: Effect.Effect<Chunks, ExchangeFailure | Cause.Done>) => void) | undefined

  constructor(
    endpoint: Endpoint,
    request: WireRequest,
    resumeHead: (head: Effect.Effect<WireAnswer, ExchangeFailure>) => void,
    onEnd: () => void
  ) {
    this.#endpoint = endpoint
    this.#request = request
    this.#resumeHead = resumeHead
    this.#onEnd = onEnd
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    this.#reached = "request"
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return
    this.#reached = "answer"
    const raw = controller.rawHeaders
    const headers = new ResponseHeaders(Array.isArray(raw) ? raw : [])
    const length = headers.get("content-length")
    this.#expected = length === undefined ? undefined : Number(length)
    this.#resumeHead(Effect.succeed({ status, headers, pull: this.#pull }))
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#received += chunk.length
    if (this.#waiting !== undefined) {
      const resume = this.#waiting
      this.#waiting = undefined
      resume(Effect.succeed([chunk]))
      return
    }
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
    if (this.#buffered >= highWaterBytes) controller.pause()
  }

  onResponseEnd(): void {
    this.#onEnd()
    this.#finish(Cause.done())
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: unknown): void {
    const inBody = this.#reached === "answer"
    const failed = failure(
      error,
      {
        ...contextOf(this.#endpoint),
        phase: inBody ? "body" : "exchange",
        responseTimeout: this.#request.responseTimeoutMillis,
        bodyTimeout: this.#request.bodyTimeoutMillis,
        received: this.#received,
        expected: this.#expected,
        declared: this.#request.length
      },
      this.#reached
    )
    if (inBody) this.#finish(Effect.fail(failed))
    else this.#resumeHead(Effect.fail(failed))
  }

  #finish(outcome: Effect.Effect<never, ExchangeFailure | Cause.Done>): void {
    this.#outcome = outcome
    const resume = this.#waiting
    this.#waiting = undefined
    resume?.(outcome)
  }

  readonly #pull: Pull.Pull<Chunks, ExchangeFailure> = Effect.suspend(() => {
    const [first, ...rest] = this.#chunks
    if (first !== undefined) {
      this.#chunks = []
      this.#buffered = 0
      if (this.#controller?.paused) this.#controller.resume()
      return Effect.succeed<Chunks>([first, ...rest])
    }
    if (this.#outcome !== undefined) return this.#outcome
    return Effect.callback<Chunks, ExchangeFailure | Cause.Done>((resume) => {
      this.#waiting = resume
      return Effect.sync(() => {
        this.#waiting = undefined
      })
    })
  })
}
