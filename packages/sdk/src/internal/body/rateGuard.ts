/**
 * Cuts off a peer that is too slow without being silent.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { ExchangeFailure } from "../../Connection.ts"
import type { Reached } from "../../HcpError.ts"
import { Timeout } from "../../WireReason.ts"

/** @internal */
export interface Rate {
  readonly bytesPerSecond: number
  readonly windowMillis: number
}

/**
 * Counts the bytes that a peer gives or takes, and the time that was spent waiting for it.
 *
 * Only that time counts: a reader, or a source, that is slow itself is not the peer's fault. Each time it adds up to a window,
 * the bytes since the window before must reach the rate.
 *
 * @internal
 */
export class RateGuard {
  readonly #windowMillis: number
  readonly #enough: number
  readonly #clock: Clock.Clock
  readonly #failure: ExchangeFailure
  #bytes = 0
  #waited = 0
  #since = 0

  constructor(rate: Rate, clock: Clock.Clock, address: string, reached: Reached) {
    this.#windowMillis = rate.windowMillis
    this.#enough = (rate.bytesPerSecond * rate.windowMillis) / 1_000
    this.#clock = clock
    this.#failure = new ExchangeFailure({
      reason: new Timeout({ phase: "rate", millis: rate.windowMillis, address }),
      reached
    })
  }

  /** A step that waits for the peer and then has moved this many bytes. It is interrupted only if it fails for that. */
  during<A, E>(step: Effect.Effect<A, E>, size: (value: A) => number): Effect.Effect<A, E | ExchangeFailure> {
    return Effect.suspend(() => {
      this.#since = this.#now()
      return Effect.map(Effect.raceFirst(step, this.#watch), (value) => {
        this.#waited += this.#now() - this.#since
        this.#bytes += size(value)
        return value
      })
    })
  }

  readonly #watch: Effect.Effect<never, ExchangeFailure> = Effect.suspend(() =>
    Effect.sleep(Math.max(0, this.#windowMillis - this.#waited))
  ).pipe(
    Effect.flatMap(() => {
      if (this.#bytes < this.#enough) return Effect.fail(this.#failure)
      this.#bytes = 0
      this.#waited = 0
      this.#since = this.#now()
      return this.#watch
    })
  )

  #now(): number {
    return Number(this.#clock.monotonicTimeNanosUnsafe()) / 1e6
  }
}
