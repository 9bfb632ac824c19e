/**
 * What HCP answered: the status, whatever it is, the headers, who answered and how long it took, and the body.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Result from "effect/Result"
import type * as Stream from "effect/Stream"
import { type FailedAttempt, HcpError, type Reason } from "./HcpError.ts"
import type { ResponseHeaders } from "./HcpHeaders.ts"
import type { Redact } from "./Redactor.ts"

/**
 * How long the parts of a call took.
 *
 * @category models
 * @since 0.1.0
 */
export interface Timings {
  /** TCP and TLS of the connection used; zero when it was warm. */
  readonly connect: Duration.Duration
  /** From sending the request to the head of its answer. */
  readonly firstByte: Duration.Duration
  /** From sending the request to now, or to the end of the body once that is read. */
  readonly total: Duration.Duration
}

/** Timings of milliseconds. A call measures numbers: a `Duration` is made only for who asks. @internal */
export const timingsOf = (connect: number, firstByte: number, total: number): Timings =>
  new MeasuredTimings(connect, firstByte, total)

class MeasuredTimings extends Inspectable.Class implements Timings {
  readonly #connect: number
  readonly #firstByte: number
  readonly #total: number

  constructor(connect: number, firstByte: number, total: number) {
    super()
    this.#connect = connect
    this.#firstByte = firstByte
    this.#total = total
  }

  get connect(): Duration.Duration {
    return Duration.millis(this.#connect)
  }
  get firstByte(): Duration.Duration {
    return Duration.millis(this.#firstByte)
  }
  get total(): Duration.Duration {
    return Duration.millis(this.#total)
  }

  toJSON(): unknown {
    return Inspectable.toJson({ connect: this.connect, firstByte: this.firstByte, total: this.total })
  }
}

/**
 * Who answered, after how many attempts.
 *
 * @category models
 * @since 0.1.0
 */
export interface Served {
  /** The FQDN that was asked. */
  readonly target: string
  /** The port that was asked. */
  readonly port: number
  /** The IP address of the node. */
  readonly node: string
  /** Which of the two configured systems was asked. */
  readonly role: "primary" | "replica"
  /** The domain of the system that answered (`X-HCP-ServicedBySystem`), if it said so. */
  readonly servicedBy: string | undefined
  /** Attempts in all, the one that was answered included. */
  readonly attempts: number
  /** The attempts before that one, oldest first. */
  readonly failedAttempts: ReadonlyArray<FailedAttempt>
  /** Whether an earlier attempt may have taken effect without being answered. */
  readonly retriedAfterAmbiguousFailure: boolean
  /** Blanks the secrets of the request in a text that quotes the answer: whoever answers may quote the request. */
  readonly redact: Redact
}

/**
 * An answer whose body is still to be read. It holds its connection until its scope closes.
 *
 * @category models
 * @since 0.1.0
 */
export interface HcpResponse extends Served {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly timings: Timings
  /**
   * The body as it arrives, with back-pressure; to be read once. Fails with `IncompleteBody` when it breaks off, and
   * with `Timeout` (`body`, `rate`) when it stands still or is too slow; with `verify` also with `IntegrityError` at
   * its end. Fails with `InvalidInput` when it was read to its end before, and with `Closed` when its scope has closed.
   */
  readonly stream: Stream.Stream<Uint8Array, HcpError>
  /** The whole body. Fails as `stream` does, and with `BodyTooLarge` above `maxBytes` (default 64 MiB). */
  readonly bytes: (maxBytes?: number) => Effect.Effect<Uint8Array, HcpError>
}

/**
 * An answer whose body was read: nothing is held any more.
 *
 * @category models
 * @since 0.1.0
 */
export interface HcpReply extends Served {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly timings: Timings
  readonly bytes: Uint8Array
  /** The body as UTF-8. */
  readonly text: string
}

/**
 * Is told how many bytes of the body of a success have come, while it is read into memory; from the beginning again
 * where the body is asked for again. It may neither wait nor throw.
 *
 * @category models
 * @since 0.1.0
 */
export type OnReceived = (received: number, head: Pick<HcpResponse, "status" | "headers">) => void

/**
 * Reads a success before the call counts as done, and says what was wrong with it: a document, or a packed body, may be
 * cut inside of whole framing. If that may be mended by asking again, the request is repeated as for any body that
 * breaks; else the answer is handed over. A response is handed over as this leaves it: its body can be read once.
 *
 * @category models
 * @since 0.1.0
 */
export type Check<A> = (answer: A) => Effect.Effect<Reason | undefined>

/**
 * Reads answers once, whether they are checked before or not: `read` gives what the check came to, and reads what was
 * not checked.
 *
 * @category combinators
 * @since 0.1.0
 */
export const checkedBy = <Answer, A>(
  read: (answer: Answer) => Effect.Effect<A, HcpError>
): { readonly check: Check<Answer>; readonly read: (answer: Answer) => Effect.Effect<A, HcpError> } => {
  let last: { readonly answer: Answer; readonly result: Result.Result<A, HcpError> } | undefined
  return {
    check: (answer) =>
      Effect.map(Effect.result(read(answer)), (result) => {
        last = { answer, result }
        return Result.isFailure(result) ? result.failure.reason : undefined
      }),
    read: (answer) => (last?.answer === answer ? Effect.fromResult(last.result) : read(answer))
  }
}

/**
 * Tells whether the status of an answer is 2xx.
 *
 * @category guards
 * @since 0.1.0
 */
export const isSuccess = ({ status }: { readonly status: number }): boolean => status >= 200 && status < 300

/**
 * The fields of an answer that say who gave it.
 *
 * @category combinators
 * @since 0.1.0
 */
export const servedOf = (served: Served): Served => new ServedFields(served)

class ServedFields implements Served {
  readonly target: string
  readonly port: number
  readonly node: string
  readonly role: "primary" | "replica"
  readonly servicedBy: string | undefined
  readonly attempts: number
  readonly failedAttempts: ReadonlyArray<FailedAttempt>
  readonly retriedAfterAmbiguousFailure: boolean
  readonly redact: Redact

  constructor(served: Served) {
    this.target = served.target
    this.port = served.port
    this.node = served.node
    this.role = served.role
    this.servicedBy = served.servicedBy
    this.attempts = served.attempts
    this.failedAttempts = served.failedAttempts
    this.retriedAfterAmbiguousFailure = served.retriedAfterAmbiguousFailure
    this.redact = served.redact
  }
}

/**
 * The error that an answer stands for. `about` says what was tried, as the user of a gateway knows it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const responseError = (
  about: Pick<HcpError, "operation" | "path">,
  response: Pick<Served, "target" | "failedAttempts">,
  reason: Reason
): HcpError =>
  new HcpError({
    operation: about.operation,
    target: response.target,
    path: about.path,
    reached: "answer",
    failedAttempts: response.failedAttempts,
    reason
  })

/**
 * The most a verb keeps in memory of a body unless told otherwise: 64 MiB.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultMaxBytes: number = 64 * 1024 * 1024

const decoder = new TextDecoder()

/** Bytes as UTF-8. @internal */
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)

/**
 * Reads the whole body of a response.
 *
 * @category combinators
 * @since 0.1.0
 */
export const toReply = (response: HcpResponse, maxBytes?: number): Effect.Effect<HcpReply, HcpError> =>
  Effect.map(response.bytes(maxBytes), (bytes) => replyWith(response, bytes))

/** What a reply holds. */
type ReplyParts = Omit<HcpReply, "bytes" | "text">

/** A reply; its text is decoded only when it is asked for. */
class Reply extends ServedFields implements HcpReply {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly timings: Timings
  readonly bytes: Uint8Array

  constructor(response: ReplyParts, bytes: Uint8Array, timings: Timings) {
    super(response)
    this.status = response.status
    this.headers = response.headers
    this.timings = timings
    this.bytes = bytes
  }

  get text(): string {
    return textOf(this.bytes)
  }
}

/** The reply of a response whose body is known. @internal */
export const replyWith = (response: ReplyParts, bytes: Uint8Array, timings = response.timings): HcpReply =>
  new Reply(response, bytes, timings)
