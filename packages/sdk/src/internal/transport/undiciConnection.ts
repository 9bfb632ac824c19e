/**
 * Connections over undici: a socket of our own, given to one undici `Client` that never queues and never reconnects.
 *
 * undici's own connector cannot be interrupted and its queue ignores aborts, so the socket is opened here and the
 * client is asked only when it is free. Its time-outs are off: one sweep of the pool looks after all exchanges.
 *
 * @internal
 */
import type { IncomingHttpHeaders } from "node:http"
import type * as net from "node:net"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
// With its file: under the name alone Bun gives a stand-in of its own, which has no `dispatch`.
import { Client, type Dispatcher } from "undici/index.js"
import {
  type Connection,
  type ConnectionRequest,
  type Endpoint,
  ExchangeFailure,
  type ExchangeFlow,
  type ExchangeHandler
} from "../../Connection.ts"
import type { Reached } from "../../HcpError.ts"
import { ResponseHeaders } from "../../HcpHeaders.ts"
import { IncompleteBody } from "../../WireReason.ts"
import { soon } from "../soon.ts"
import { AnswerHead } from "./answerHead.ts"
import { contextOf, dial, ignore } from "./dial.ts"
import { classify } from "./nodeErrors.ts"

// Our own pool decides how long an idle connection lives; undici only must not be faster.
const undiciIdleMillis = 600_000

/** @internal */
export const connect = (endpoint: Endpoint): Effect.Effect<Connection, ExchangeFailure> =>
  Effect.clockWith((clock) =>
    Effect.suspend(() => {
      const begun = clock.monotonicTimeNanosUnsafe()
      return Effect.map(
        dial(endpoint),
        (socket) => new UndiciConnection(endpoint, socket, Duration.nanos(clock.monotonicTimeNanosUnsafe() - begun))
      )
    })
  )

const closed = () => Object.assign(new Error("the connection is closed"), { code: "ECONNRESET" })

type Body = Uint8Array | AsyncIterable<Uint8Array> | null

// undici sends iterables, and reads header lists without changing them; its declarations do not say so.
type StreamOptions = Omit<Dispatcher.DispatchOptions, "body" | "headers"> & {
  readonly servername?: string
  readonly body?: Dispatcher.DispatchOptions["body"] | Body
  readonly headers?: Dispatcher.DispatchOptions["headers"] | ReadonlyArray<string>
}
interface StreamDispatcher {
  dispatch(options: StreamOptions, handler: Dispatcher.DispatchHandler): boolean
}

class UndiciConnection implements Connection {
  readonly connectTime: Duration.Duration
  readonly endpoint: Endpoint
  readonly #socket: net.Socket
  readonly #client: Client
  readonly #answerHead: AnswerHead
  #busy = false
  #isDestroyed = false

  constructor(endpoint: Endpoint, socket: net.Socket, connectTime: Duration.Duration) {
    this.connectTime = connectTime
    this.endpoint = endpoint
    this.#socket = socket
    this.#answerHead = new AnswerHead(socket)
    socket.on("error", ignore)
    let isTaken = false
    // undici dials nothing and names nobody; the socket is encrypted already where it has to be.
    this.#client = new Client("http://node", {
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: undiciIdleMillis,
      keepAliveMaxTimeout: undiciIdleMillis,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_options, callback) => {
        if (isTaken || socket.destroyed) return callback(closed(), null)
        isTaken = true
        // undici loses the request when it is given the socket before this function has returned. A socket that was
        // closed since would never tell it.
        queueMicrotask(() => (socket.destroyed ? callback(closed(), null) : callback(null, socket)))
      }
    })
  }

  isReady(): boolean {
    return !this.#busy && !this.#socket.destroyed && this.#socket.readable && this.#socket.writable
  }

  isFlushed(): boolean {
    return this.#socket.writableLength === 0
  }

  destroy(): void {
    this.#isDestroyed = true
    // Only the socket, whose end undici learns of outside of its own steps. Its client must not be destroyed: while it
    // writes a request it asks the source of the body for the first part, and that may be what ends the call. A client
    // that is destroyed in the middle of this step drops the request from its queue, counts it as sent afterwards, and
    // throws where nobody can catch it.
    this.#socket.destroy()
  }

  exchange(request: ConnectionRequest, handler: ExchangeHandler): ExchangeFlow {
    this.#busy = true
    this.#answerHead.expect()
    const client: StreamDispatcher = this.#client
    const answer = new Answer(this, request, handler)
    client.dispatch(
      {
        method: request.method,
        path: request.path,
        headers: request.headers,
        body: request.body ?? null,
        // undici closes the connection after every HEAD unless told otherwise.
        reset: false,
        blocking: false,
        // Spares undici finding out what TLS would have to be given.
        servername: this.endpoint.fqdn
      },
      answer
    )
    return answer
  }

  /** The exchange is over, and the connection free for another one. */
  over(): void {
    this.#busy = false
  }

  /** Whether the socket ended with an error, or because nobody wanted it any more. */
  hasBroken(): boolean {
    return this.#isDestroyed || this.#socket.errored != null
  }

  /** Why an exchange failed that got so far. */
  failed(error: unknown, request: ConnectionRequest, { expected, reached, received }: Progress): ExchangeFailure {
    const reason = classify(error, {
      ...contextOf(this.endpoint),
      phase: reached === "answer" ? "body" : "exchange",
      silent: this.#socket.bytesRead === 0,
      received,
      expected,
      declared: request.length
    })
    return new ExchangeFailure({ reason, reached })
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

/**
 * Whether nothing but the end of the connection says where the body ends. Of the transfer codings only chunks do (RFC
 * 9112, 6.3).
 */
const endsWithConnection = (headers: ResponseHeaders | undefined): boolean =>
  headers !== undefined &&
  !headers.has("content-length") &&
  !/(?:^|,)\s*chunked\s*$/i.test(headers.get("transfer-encoding") ?? "")

const contentLength = (headers: ResponseHeaders | undefined): number | undefined => {
  const length = headers?.get("content-length")
  return length === undefined ? undefined : Number(length)
}

/**
 * One answer on its way from undici to the handler.
 *
 * undici calls it from inside its parser. All connections of the process share that parser, and it cannot be entered
 * twice. A handler that began another exchange at once would enter it again, in the middle of a step of the connection.
 * So the end of an exchange is passed on a microtask later.
 */
class Answer implements Dispatcher.DispatchHandler, ExchangeFlow {
  readonly #connection: UndiciConnection
  readonly #request: ConnectionRequest
  readonly #handler: ExchangeHandler
  #reached: Reached = "nothing"
  #controller: Dispatcher.DispatchController | undefined
  #headers: ResponseHeaders | undefined
  #received = 0

  constructor(connection: UndiciConnection, request: ConnectionRequest, handler: ExchangeHandler) {
    this.#connection = connection
    this.#request = request
    this.#handler = handler
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    if (this.#controller?.paused === true) this.#controller.resume()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    this.#reached = "request"
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, decoded: IncomingHttpHeaders): void {
    if (status < 200) return
    this.#reached = "answer"
    this.#headers = headersOf(controller, decoded)
    this.#handler.onHead(status, this.#headers)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#received += chunk.length
    this.#handler.onData(chunk)
  }

  onResponseEnd(): void {
    // undici takes a reset for the end of such a body, and the end that we made, too. But then nobody can tell whether
    // all bytes are there.
    if (this.#connection.hasBroken() && endsWithConnection(this.#headers)) {
      const failure = cutShort(this.#connection.endpoint, this.#received)
      soon(() => this.#handler.onFailure(failure))
      return
    }
    this.#connection.over()
    const framing = endsWithConnection(this.#headers) ? "connection" : "stated"
    soon(() => this.#handler.onEnd(framing))
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: unknown): void {
    const failure = this.#connection.failed(error, this.#request, {
      reached: this.#reached,
      received: this.#received,
      expected: contentLength(this.#headers)
    })
    soon(() => this.#handler.onFailure(failure))
  }
}
