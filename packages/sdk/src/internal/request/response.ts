/**
 * How an answer is handed over: whole, with its bytes in memory, or as soon as its head is there, with the body as a
 * stream.
 *
 * Both are made of the same exchange by the same rules; a delivery only says what becomes of the bytes.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { FailedAttempt, HcpError } from "../../HcpError.ts"
import type { ResponseHeaders } from "../../HcpHeaders.ts"
import {
  type Check,
  defaultMaxBytes,
  type HcpReply,
  type HcpResponse,
  isSuccess,
  type OnReceived,
  replyWith,
  type Timings
} from "../../HcpResponse.ts"
import type { Redact } from "../../Redactor.ts"
import { BodyTooLarge } from "../../WireReason.ts"
import { BufferedBody, joined } from "../body/bufferedBody.ts"
import type { Expected } from "../body/integrity.ts"
import type { Chunks } from "../body/streamedBody.ts"
import { errorBodyBytes } from "./judge.ts"

/** What every answer tells, whatever becomes of its body. */
export interface Answer {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly target: string
  readonly port: number
  readonly node: string
  readonly role: "primary" | "replica"
  readonly servicedBy: string | undefined
  readonly attempts: number
  readonly failedAttempts: ReadonlyArray<FailedAttempt>
  readonly retriedAfterAmbiguousFailure: boolean
  readonly redact: Redact
  readonly timings: Timings
}

/** The body of an answer that is read while it arrives, and holds its connection until then. */
export interface HeldBody {
  /**
   * Begins to read: gives what gives the next bytes, and fails with `Cause.Done` at the end. To be pulled by one fiber
   * at a time; fails itself where it was read to its end before.
   */
  readonly begun: Effect.Effect<Pull.Pull<Chunks, HcpError>, HcpError>
  readonly timings: () => Timings
  readonly error: (reason: HcpError["reason"]) => HcpError
  /** Gives the connection back; destroys it if the body was not read to its end. */
  readonly release: () => void
}

/** What becomes of the bytes of an answer. */
export type Delivery<A extends Answer> =
  | {
      readonly _tag: "Buffered"
      /** The most bytes that are kept of a success. */
      readonly maxBytes: number
      readonly onReceived: OnReceived | undefined
      readonly make: (about: Answer, bytes: Uint8Array) => A
      readonly release: (answer: A) => void
      readonly check: Check<A> | undefined
    }
  | {
      readonly _tag: "Streamed"
      readonly make: (about: Answer, body: HeldBody) => A
      readonly release: (answer: A) => void
      readonly check: Check<A> | undefined
    }

const nothing = () => {}

const bufferedOf = (
  maxBytes: number,
  onReceived: OnReceived | undefined,
  check: Check<HcpReply> | undefined
): Delivery<HcpReply> => ({ _tag: "Buffered", maxBytes, onReceived, make: replyWith, release: nothing, check })

const byDefault = bufferedOf(defaultMaxBytes, undefined, undefined)

/** The whole answer in memory. */
export const buffered = (
  maxBytes: number | undefined,
  onReceived: OnReceived | undefined,
  check: Check<HcpReply> | undefined
): Delivery<HcpReply> =>
  maxBytes === undefined && onReceived === undefined && check === undefined
    ? byDefault
    : bufferedOf(maxBytes ?? defaultMaxBytes, onReceived, check)

/** The bytes of a body by its framing; `undefined` where only its end will tell. */
export const contentLength = (headers: ResponseHeaders): number | undefined => {
  const length = headers.get("content-length")
  return length === undefined ? undefined : Number(length)
}

/** Where the body of an answer is kept. */
export const bufferFor = <A extends Answer>(
  { maxBytes, onReceived }: Extract<Delivery<A>, { readonly _tag: "Buffered" }>,
  head: Pick<Answer, "status" | "headers">,
  expected: Expected | undefined
): BufferedBody => {
  const known = contentLength(head.headers)
  if (!isSuccess(head)) return new BufferedBody(errorBodyBytes, expected, known, undefined)
  const tell = onReceived === undefined ? undefined : (received: number) => onReceived(received, head)
  return new BufferedBody(maxBytes, expected, known, tell)
}

/** An answer that holds its connection until the scope closes. */
export const streamed = (
  send: (delivery: Delivery<HcpResponse>) => Effect.Effect<HcpResponse, HcpError>,
  check?: Check<HcpResponse>
): Effect.Effect<HcpResponse, HcpError, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.scope, (scope) =>
      Effect.suspend(() => {
        const held = new HeldResponses(check)
        const release = Effect.sync(() => held.close())
        return Effect.onExit(restore(send(held)), (exit) =>
          exit._tag === "Success" ? Scope.addFinalizer(scope, release) : release
        )
      })
    )
  )

/** The responses of one call that hold a connection. Whatever interrupts the call, none is forgotten. */
class HeldResponses {
  readonly _tag = "Streamed"
  readonly check: Check<HcpResponse> | undefined
  readonly #held = new Map<HcpResponse, HeldBody>()
  #isClosed = false

  constructor(check: Check<HcpResponse> | undefined) {
    this.check = check
  }

  readonly make = (about: Answer, body: HeldBody): HcpResponse => {
    const response = new Response(about, body)
    if (this.#isClosed) body.release()
    else this.#held.set(response, body)
    return response
  }

  readonly release = (response: HcpResponse): void => {
    this.#held.get(response)?.release()
    this.#held.delete(response)
  }

  close(): void {
    this.#isClosed = true
    for (const body of this.#held.values()) body.release()
    this.#held.clear()
  }
}

class Response implements HcpResponse {
  readonly #about: Answer
  readonly #body: HeldBody

  constructor(about: Answer, body: HeldBody) {
    this.#about = about
    this.#body = body
  }

  get status() {
    return this.#about.status
  }
  get headers() {
    return this.#about.headers
  }
  get target() {
    return this.#about.target
  }
  get port() {
    return this.#about.port
  }
  get node() {
    return this.#about.node
  }
  get role() {
    return this.#about.role
  }
  get servicedBy() {
    return this.#about.servicedBy
  }
  get attempts() {
    return this.#about.attempts
  }
  get failedAttempts() {
    return this.#about.failedAttempts
  }
  get retriedAfterAmbiguousFailure() {
    return this.#about.retriedAfterAmbiguousFailure
  }
  get redact() {
    return this.#about.redact
  }
  get timings() {
    return this.#body.timings()
  }
  get stream() {
    return Stream.fromPull(this.#body.begun)
  }

  bytes(maxBytes: number = defaultMaxBytes): Effect.Effect<Uint8Array, HcpError> {
    return Effect.flatMap(this.#body.begun, (pull) =>
      collect(pull, maxBytes, () => this.#body.error(new BodyTooLarge({ limit: maxBytes })))
    )
  }
}

/** All bytes of a body, at most `maxBytes`. */
export const collect = (
  pull: Pull.Pull<Chunks, HcpError>,
  maxBytes: number,
  tooLarge: () => HcpError
): Effect.Effect<Uint8Array, HcpError> => {
  const parts: Array<Uint8Array> = []
  let size = 0
  const next: Effect.Effect<Uint8Array, HcpError> = Pull.matchEffect(pull, {
    onSuccess: (chunks) => {
      for (const chunk of chunks) {
        parts.push(chunk)
        size += chunk.length
      }
      return size > maxBytes ? Effect.fail(tooLarge()) : next
    },
    onFailure: (cause) => Effect.failCause(cause),
    onDone: () => Effect.sync(() => joined(parts, size))
  })
  return next
}
