/**
 * A connection without a socket: each exchange is answered by a function.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import {
  type Connection,
  type ConnectionRequest,
  type Endpoint,
  ExchangeFailure,
  type ExchangeHandler,
  type WireRequest
} from "../../Connection.ts"
import { HcpError } from "../../HcpError.ts"
import * as HcpHeaders from "../../HcpHeaders.ts"
import { isSuccess } from "../../HcpResponse.ts"
import { effectProblem } from "../../OptionCheck.ts"
import { BodySourceFailed, ConnectionLost } from "../../WireReason.ts"
import { evidenceOfDownload, evidenceOfUpload, hasEvidence } from "../body/evidence.ts"

/** What a handler answers; see `HandlerAnswer` of `Transport`. @internal */
export interface Answer {
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | Uint8Array | undefined
  readonly marks?: boolean | undefined
  readonly breaksWith?: ExchangeFailure | undefined
}

/** @internal */
export type Handler = (request: WireRequest, endpoint: Endpoint) => Effect.Effect<Answer, ExchangeFailure>

type Run = (effect: Effect.Effect<void>) => Fiber.Fiber<void>

/** `marks` is for answers that do not say it themselves. @internal */
export const handlerConnection = (handler: Handler, endpoint: Endpoint, run: Run, marks: boolean): Connection =>
  new HandlerConnection(handler, endpoint, run, marks)

const encoder = new TextEncoder()

// The whole request may have arrived: whether it was done nobody knows.
const destroyed = ({ address }: Endpoint) =>
  new ExchangeFailure({ reason: new ConnectionLost({ address, code: "ECONNABORTED" }), reached: "request" })

/** By this a client knows that HCP answered. */
const mark = { "X-RequestId": "0000000000000001" }

class HandlerConnection implements Connection {
  readonly connectTime = Duration.zero
  readonly #handler: Handler
  readonly #endpoint: Endpoint
  readonly #run: Run
  readonly #marks: boolean
  #state: "ready" | "busy" | "destroyed" = "ready"
  #answering: Fiber.Fiber<void> | undefined
  #isPaused = false
  #asking: ExchangeHandler | undefined
  /** What goes on when the answer is no longer held back. */
  #next: (() => void) | undefined

  constructor(handler: Handler, endpoint: Endpoint, run: Run, marks: boolean) {
    this.#handler = handler
    this.#endpoint = endpoint
    this.#run = run
    this.#marks = marks
  }

  isReady(): boolean {
    return this.#state === "ready"
  }

  isFlushed(): boolean {
    return true
  }

  destroy(): void {
    const asking = this.#asking
    const answering = this.#answering
    this.#over("destroyed")
    answering?.interruptUnsafe()
    // As on a wire: whoever still waits for an answer learns that none comes.
    if (asking !== undefined) queueMicrotask(() => asking.onFailure(destroyed(this.#endpoint)))
  }

  exchange(request: ConnectionRequest, handler: ExchangeHandler) {
    // As on a wire: what is not answered to its end leaves the connection of no more use.
    this.#state = "busy"
    this.#asking = handler
    this.#isPaused = false
    // As on a wire: nothing of the answer comes before the asking is over.
    queueMicrotask(() => {
      if (this.#state !== "busy") return
      this.#answering = this.#run(
        Effect.matchCause(
          Effect.suspend(() => this.#answerOf(request)),
          {
            onSuccess: (answer) => this.#answer(request, answer, handler),
            onFailure: (cause) =>
              this.#end(() => {
                const failure = cause.reasons.find(Cause.isFailReason)?.error
                if (failure !== undefined) handler.onFailure(failure)
                else handler.onDefect(Cause.fromReasons(cause.reasons.filter(Cause.isDieReason)))
              })
          }
        )
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

  /** As a node does, it says that something was done only when it has the whole body. */
  #answerOf(request: ConnectionRequest): Effect.Effect<Answer, ExchangeFailure> {
    const upload = this.#marks ? evidenceOfUpload(request) : undefined
    const proven = (answer: Answer): Answer =>
      upload !== undefined && this.#isToProve(answer) && isSuccess({ status: answer.status ?? 200 })
        ? { ...answer, headers: { ...upload.headers(), ...answer.headers } }
        : answer
    const { body } = request
    if (body === undefined || body instanceof Uint8Array) {
      if (body !== undefined) upload?.update(body)
      return Effect.map(this.#handled({ ...request, body }), proven)
    }
    const parts = new Parts(body, (part) => upload?.update(part))
    const seen: WireRequest = { ...request, body: parts.stream }
    return this.#handled(seen).pipe(
      Effect.tap(({ status = 200 }) =>
        isSuccess({ status }) ? Effect.ignore(Stream.runDrain(parts.stream)) : Effect.void
      ),
      Effect.map(proven)
    )
  }

  #handled(request: WireRequest): Effect.Effect<Answer, ExchangeFailure> {
    const given = this.#handler(request, this.#endpoint)
    const reason = effectProblem("handler", given)
    return reason === undefined ? given : Effect.fail(new ExchangeFailure({ reason, reached: "nothing" }))
  }

  #isMarked(answer: Answer): boolean {
    return answer.marks ?? this.#marks
  }

  /** Whether the answer leaves it to the connection to prove what it says. */
  #isToProve(answer: Answer): boolean {
    return this.#isMarked(answer) && answer.breaksWith === undefined && !hasEvidence(answer.headers)
  }

  #answer(request: ConnectionRequest, answer: Answer, handler: ExchangeHandler): void {
    if (this.#state !== "busy") return
    const { breaksWith, status = 200 } = answer
    const bytes = typeof answer.body === "string" ? encoder.encode(answer.body) : answer.body
    const hasBody = request.method !== "HEAD" && bytes !== undefined && bytes.length > 0
    const evidence = this.#isToProve(answer) ? evidenceOfDownload(request, { bytes, status }) : undefined
    const headers = this.#isMarked(answer) ? { ...mark, ...evidence, ...answer.headers } : answer.headers
    handler.onHead(status, HcpHeaders.make(headers))
    if (hasBody) handler.onData(bytes)
    this.#whenFree(() => {
      if (breaksWith !== undefined) return this.#end(() => handler.onFailure(breaksWith))
      this.#over("ready")
      handler.onEnd("stated")
    })
  }

  #end(tell: () => void): void {
    if (this.#state !== "busy") return
    this.#over("destroyed")
    tell()
  }

  /** Nobody asks any more; what belongs to the call is not kept for the next one. */
  #over(state: "ready" | "destroyed"): void {
    this.#state = state
    this.#asking = undefined
    this.#answering = undefined
    this.#next = undefined
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

/** The parts of a body, of which each is read once, whoever reads it. */
class Parts {
  readonly #parts: AsyncIterator<Uint8Array>
  readonly #onPart: (part: Uint8Array) => void
  #isOver = false

  constructor(body: AsyncIterable<Uint8Array>, onPart: (part: Uint8Array) => void) {
    this.#parts = body[Symbol.asyncIterator]()
    this.#onPart = onPart
  }

  get stream(): Stream.Stream<Uint8Array, HcpError> {
    return Stream.fromAsyncIterable(
      { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) },
      () =>
        new HcpError({
          operation: "read body",
          reason: new BodySourceFailed({ source: "stream", detail: "it failed" })
        })
    )
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#isOver) return { done: true, value: undefined }
    const part = await this.#parts.next()
    this.#isOver = part.done === true
    if (part.done !== true) this.#onPart(part.value)
    return part
  }
}
