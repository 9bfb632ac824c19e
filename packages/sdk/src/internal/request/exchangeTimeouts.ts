/**
 * The time-outs of one exchange: how long the node may take to answer, how long it may be silent while its answer comes,
 * and how slow it may be. A source or a reader that takes its time is not the node's silence.
 *
 * @internal
 */
import type { BufferedBody } from "../body/bufferedBody.ts"
import { ofUpload, RateMeter } from "../body/rateMeter.ts"
import type { SocketIterator } from "../body/socketIterator.ts"
import { StreamedBody } from "../body/streamedBody.ts"
import { type Timed, type Timeouts, unwatched } from "../pool/timeouts.ts"
import type { Prepared } from "./prepare.ts"

const never = Number.POSITIVE_INFINITY

/** Whoever is told that the node has taken too long, and how long it was allowed to. */
interface Exceeded {
  readonly onTooLong: (phase: "response" | "body" | "rate", limitMillis: number) => void
}

/** @internal */
export class ExchangeTimeouts implements Timed {
  readonly #timeouts: Timeouts
  readonly #limits: Prepared
  readonly #exceeded: Exceeded
  readonly #upload: SocketIterator | undefined
  #body: BufferedBody | StreamedBody | undefined
  #meter: RateMeter | undefined
  /** When the node last took or gave something. */
  #movedAt: number
  #isOver = false
  dueAt = never
  watchedAt = unwatched

  /** The request is sent from now on; `upload` gives its body if that is sent in parts. */
  constructor(
    timeouts: Timeouts,
    limits: Prepared,
    exceeded: Exceeded,
    now: number,
    upload: SocketIterator | undefined
  ) {
    this.#timeouts = timeouts
    this.#limits = limits
    this.#exceeded = exceeded
    this.#movedAt = now
    this.#upload = upload
    const { minRate } = limits
    if (upload !== undefined && minRate !== undefined) this.#meter = new RateMeter(ofUpload(minRate))
  }

  /** Something has changed about the upload: the node took some bytes, or what it is waited for. */
  uploaded(now: number, bytes: number): void {
    this.#movedAt = now
    this.#meter?.moved(bytes)
    if (this.#upload?.isHeldUp === true) this.#meter?.wait(now)
    else this.#meter?.rest(now)
    this.arm()
  }

  /** The head of the answer is there, and a body follows that is kept, or is read by somebody. */
  receiving(now: number, body: BufferedBody | StreamedBody): void {
    const { minRate } = this.#limits
    this.#movedAt = now
    this.#body = body
    this.#meter = minRate === undefined ? undefined : new RateMeter(minRate)
    if (!(body instanceof StreamedBody)) this.#meter?.wait(now)
    this.arm()
  }

  /** Some bytes of the body came. */
  received(now: number, bytes: number): void {
    this.#movedAt = now
    this.#meter?.moved(bytes)
    this.arm()
  }

  /** The node was held back, and goes on. */
  resumed(): void {
    this.#movedAt = this.#timeouts.now()
    this.arm()
  }

  /** The reader waits for the node from now on, or no longer. */
  waiting(isWaiting: boolean): void {
    if (this.#meter === undefined) return
    const now = this.#timeouts.now()
    if (isWaiting) this.#meter.wait(now)
    else this.#meter.rest(now)
    this.arm()
  }

  /** Has the sweep look at the exchange in time. */
  arm(): void {
    if (this.#isOver) return
    const before = this.dueAt
    this.dueAt = Math.min(this.#silentAt, this.#meter?.due ?? never)
    if (this.dueAt < before) this.#timeouts.watch(this)
  }

  onDue(now: number): void {
    const { bodyTimeoutMillis, responseTimeoutMillis } = this.#limits
    if (this.#meter?.isTooSlow(now) === true) return this.#exceeded.onTooLong("rate", this.#meter.windowMillis)
    if (this.#silentAt > now) return this.arm()
    if (this.#body === undefined) this.#exceeded.onTooLong("response", responseTimeoutMillis)
    else this.#exceeded.onTooLong("body", bodyTimeoutMillis)
  }

  end(): void {
    this.#isOver = true
    this.#timeouts.remove(this)
  }

  /** When the node has been silent for too long. */
  get #silentAt(): number {
    const { bodyTimeoutMillis, responseTimeoutMillis } = this.#limits
    const body = this.#body
    if (body !== undefined)
      return body instanceof StreamedBody && body.isPaused ? never : this.#movedAt + bodyTimeoutMillis
    const upload = this.#upload
    return upload === undefined || upload.isSent || upload.isHeldUp ? this.#movedAt + responseTimeoutMillis : never
  }
}
