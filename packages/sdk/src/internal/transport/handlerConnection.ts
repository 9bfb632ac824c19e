/**
 * A connection without a socket: each exchange is answered by a function.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import type {
  Connection,
  ConnectionRequest,
  Endpoint,
  ExchangeFailure,
  ExchangeHandler,
  WireRequest
} from "../../Connection.ts"
import { HcpError } from "../../HcpError.ts"
import * as HcpHeaders from "../../HcpHeaders.ts"
import { BodySourceFailed } from "../../WireReason.ts"

/** What a handler answers; see `HandlerAnswer` of `Transport`. @internal */
export interface Answer {
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | Uint8Array | undefined
  readonly breaksWith?: ExchangeFailure | undefined
}

/** @internal */
export type Handler = (request: WireRequest, endpoint: Endpoint) => Effect.Effect<Answer, ExchangeFailure>

type Run = (effect: Effect.Effect<void>) => Fiber.Fiber<void>

/** @internal */
export const handlerConnection = (handler: Handler, endpoint: Endpoint, run: Run): Connection =>
  new HandlerConnection(handler, endpoint, run)

const encoder = new TextEncoder()

class HandlerConnection implements Connection {
  readonly connectMillis = 0
  readonly #handler: Handler
  readonly #endpoint: Endpoint
  readonly #run: Run
  #state: "ready" | "busy" | "destroyed" = "ready"
  #answering: Fiber.Fiber<void> | undefined
  #isPaused = false
  /** What goes on when the answer is no longer held back. */
  #next: (() => void) | undefined

  constructor(handler: Handler, endpoint: Endpoint, run: Run) {
    this.#handler = handler
    this.#endpoint = endpoint
    this.#run = run
  }

  isReady(): boolean {
    return this.#state === "ready"
  }

  isFlushed(): boolean {
    return true
  }

  destroy(): void {
    this.#state = "destroyed"
    this.#next = undefined
    this.#answering?.interruptUnsafe()
    this.#answering = undefined
  }

  exchange(request: ConnectionRequest, handler: ExchangeHandler) {
    // As on a wire: what is not answered to its end leaves the connection of no more use.
    this.#state = "busy"
    this.#isPaused = false
    // As on a wire: nothing of the answer comes before the asking is over.
    queueMicrotask(() => {
      if (this.#state !== "busy") return
      this.#answering = this.#run(
        Effect.matchCause(this.#handler(asSeen(request), this.#endpoint), {
          onSuccess: (answer) => this.#answer(request, answer, handler),
          onFailure: (cause) =>
            this.#end(() => {
              const failure = cause.reasons.find(Cause.isFailReason)?.error
              if (failure !== undefined) handler.onFailure(failure)
              else handler.onDefect(Cause.fromReasons(cause.reasons.filter(Cause.isDieReason)))
            })
        })
      )
    })
    return {
      pause: () => {
        this.#isPaused = true
      },
      resume: () => {
        this.#isPaused = false
        const next = this.#next
        this.#next = undefined
        next?.()
      }
    }
  }

  #answer(request: ConnectionRequest, answer: Answer, handler: ExchangeHandler): void {
    if (this.#state !== "busy") return
    const bytes = typeof answer.body === "string" ? encoder.encode(answer.body) : answer.body
    const hasBody = request.method !== "HEAD" && bytes !== undefined && bytes.length > 0
    const { breaksWith } = answer
    handler.onHead(answer.status ?? 200, HcpHeaders.make(answer.headers))
    if (hasBody) handler.onData(bytes)
    this.#whenFree(() => {
      if (breaksWith !== undefined) return this.#end(() => handler.onFailure(breaksWith))
      this.#state = "ready"
      handler.onEnd()
    })
  }

  #end(tell: () => void): void {
    if (this.#state !== "busy") return
    this.#state = "destroyed"
    tell()
  }

  /** A microtask later, and only while the answer is not held back. */
  #whenFree(step: () => void): void {
    queueMicrotask(() => {
      if (this.#state !== "busy") return
      if (this.#isPaused) this.#next = step
      else step()
    })
  }
}

const asSeen = ({ body, ...head }: ConnectionRequest): WireRequest => ({
  ...head,
  body:
    body === undefined || body instanceof Uint8Array
      ? body
      : Stream.fromAsyncIterable(
          body,
          () =>
            new HcpError({
              operation: "read body",
              reason: new BodySourceFailed({ source: "stream", detail: "it failed" })
            })
        )
})
