/**
 * A wire answer as the response a user reads: body as a stream or as bytes, times, and who served it.
 *
 * @internal
 */
import type * as Arr from "effect/Array"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import { ExchangeFailure, type WireAnswer } from "../../Connection.ts"
import type { HcpError } from "../../HcpError.ts"
import { defaultMaxBytes, type HcpResponse, type Served, type Timings } from "../../HcpResponse.ts"
import { BodyTooLarge } from "../../WireReason.ts"
import { checked, expectedOf, isVerified } from "../body/integrity.ts"
import { RateGuard } from "../body/rateGuard.ts"
import type { Prepared } from "./prepare.ts"

type Chunks = Arr.NonEmptyReadonlyArray<Uint8Array>

/** @internal */
export interface Context {
  readonly prepared: Prepared
  readonly clock: Clock.Clock
  readonly connectMillis: number
  /** When the request was sent and when its answer began, in nanoseconds of the monotonic clock. */
  readonly sentAt: bigint
  readonly answeredAt: bigint
  readonly served: Omit<Served, "servicedBy">
  /** Told of a body that broke, for the health of the node. */
  readonly onBroken: (failure: ExchangeFailure) => Effect.Effect<void>
  /** Told of a body that was read to its end and is what it should be. */
  readonly onRead: Effect.Effect<void>
}

const millisBetween = (from: bigint, to: bigint): number => Number(to - from) / 1e6

/** @internal */
export const makeResponse = (answer: WireAnswer, context: Context): HcpResponse => new Response(answer, context)

class Response implements HcpResponse {
  readonly status: number
  readonly headers: HcpResponse["headers"]
  readonly #answer: WireAnswer
  readonly #context: Context
  #endedAt: bigint | undefined
  #body: Pull.Pull<Chunks, HcpError> | undefined

  constructor(answer: WireAnswer, context: Context) {
    this.status = answer.status
    this.headers = answer.headers
    this.#answer = answer
    this.#context = context
  }

  get target() {
    return this.#context.served.target
  }
  get node() {
    return this.#context.served.node
  }
  get role() {
    return this.#context.served.role
  }
  get attempts() {
    return this.#context.served.attempts
  }
  get failedAttempts() {
    return this.#context.served.failedAttempts
  }
  get retriedAfterAmbiguousFailure() {
    return this.#context.served.retriedAfterAmbiguousFailure
  }
  get servicedBy() {
    return this.headers.get("x-hcp-servicedbysystem")
  }

  get timings(): Timings {
    const { answeredAt, clock, connectMillis, sentAt } = this.#context
    return {
      connect: connectMillis,
      firstByte: millisBetween(sentAt, answeredAt),
      total: millisBetween(sentAt, this.#endedAt ?? clock.monotonicTimeNanosUnsafe())
    }
  }

  get stream(): Stream.Stream<Uint8Array, HcpError> {
    return Stream.fromPull(Effect.sync(() => this.#pull))
  }

  bytes(maxBytes: number = defaultMaxBytes): Effect.Effect<Uint8Array, HcpError> {
    return Effect.suspend(() =>
      collect(this.#pull, maxBytes, () =>
        this.#context.prepared.error(new BodyTooLarge({ limit: maxBytes }), { reached: "answer" })
      )
    )
  }

  // One for all who read: guard and hash remember what went by.
  get #pull(): Pull.Pull<Chunks, HcpError> {
    this.#body ??= this.#makePull()
    return this.#body
  }

  #makePull(): Pull.Pull<Chunks, HcpError> {
    const { prepared } = this.#context
    const body = this.#guarded().pipe(
      // The end of a body is a failure to pull more.
      Effect.onError(() =>
        Effect.sync(() => {
          this.#endedAt ??= this.#context.clock.monotonicTimeNanosUnsafe()
        })
      ),
      Effect.catchTag("ExchangeFailure", (failure) => this.#fail(failure))
    )
    const expected = isVerified(prepared.request) ? expectedOf(prepared.request, this.status, this.headers) : undefined
    const whole =
      expected === undefined
        ? body
        : checked(body, expected, (reason) => this.#fail(new ExchangeFailure({ reason, reached: "answer" })))
    if (prepared.request.method !== "GET" || this.status >= 300) return whole
    return Effect.onError(whole, (cause) => (Pull.isDoneCause(cause) ? this.#context.onRead : Effect.void))
  }

  #guarded(): Pull.Pull<Chunks, ExchangeFailure> {
    const { pull } = this.#answer
    const { minRate } = this.#context.prepared
    if (minRate === undefined) return pull
    const guard = new RateGuard(minRate, this.#context.clock, this.node, "answer")
    return guard.during(pull, (chunks) => chunks.reduce((size, chunk) => size + chunk.length, 0))
  }

  #fail(failure: ExchangeFailure): Effect.Effect<never, HcpError> {
    return Effect.andThen(
      this.#context.onBroken(failure),
      Effect.fail(this.#context.prepared.error(failure.reason, { reached: failure.reached }))
    )
  }
}

/** All bytes of a body, at most `maxBytes`. @internal */
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
    onDone: () => Effect.sync(() => (parts.length === 1 && parts[0] !== undefined ? parts[0] : join(parts, size)))
  })
  return next
}

const join = (parts: ReadonlyArray<Uint8Array>, size: number): Uint8Array => {
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
