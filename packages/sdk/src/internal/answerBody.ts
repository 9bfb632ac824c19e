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
import type { ExchangeFailure, WireAnswer } from "../Connection.ts"
import type { HcpError } from "../HcpError.ts"
import { defaultMaxBytes, type HcpResponse, type Served, type Timings } from "../HcpResponse.ts"
import { BodyTooLarge } from "../WireReason.ts"
import type { Prepared } from "./prepareRequest.ts"

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
  get repeatedAfterUnknown() {
    return this.#context.served.repeatedAfterUnknown
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
    return Stream.fromPull(Effect.succeed(this.#pull))
  }

  bytes(maxBytes: number = defaultMaxBytes): Effect.Effect<Uint8Array, HcpError> {
    return Effect.suspend(() => {
      const parts: Array<Uint8Array> = []
      let size = 0
      const next: Effect.Effect<Uint8Array, HcpError> = Pull.matchEffect(this.#pull, {
        onSuccess: (chunks) => {
          for (const chunk of chunks) {
            parts.push(chunk)
            size += chunk.length
          }
          return size > maxBytes
            ? Effect.fail(this.#context.prepared.error(new BodyTooLarge({ limit: maxBytes }), { reached: "answer" }))
            : next
        },
        onFailure: (cause) => Effect.failCause(cause),
        onDone: () => Effect.sync(() => (parts.length === 1 && parts[0] !== undefined ? parts[0] : join(parts, size)))
      })
      return next
    })
  }

  get #pull(): Pull.Pull<Arr.NonEmptyReadonlyArray<Uint8Array>, HcpError> {
    return this.#answer.pull.pipe(
      // The end of a body is a failure to pull more.
      Effect.onError(() =>
        Effect.sync(() => {
          this.#endedAt ??= this.#context.clock.monotonicTimeNanosUnsafe()
        })
      ),
      Effect.catchTag("ExchangeFailure", (failure) =>
        Effect.andThen(
          this.#context.onBroken(failure),
          Effect.fail(this.#context.prepared.error(failure.reason, { reached: failure.reached }))
        )
      )
    )
  }
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
