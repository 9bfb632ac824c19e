/**
 * The time-outs of all exchanges and waiters of one pool: a single sweep on Effect's clock in place of a timer for
 * each.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** Whoever may wait too long. */
export interface Timed {
  /** When to call {@link onDue}, in milliseconds of the monotonic clock; `Infinity` for never. */
  readonly dueAt: number
  /** The time has come; `dueAt` is another one afterwards, or the item is removed. */
  readonly onDue: (now: number) => void
  /** Nobody watches it any more: the sweep has ended. */
  readonly onClosed?: () => void
  /** Where it stands among those that are watched, {@link unwatched} if it is not; only {@link Timeouts} changes it. */
  watchedAt: number
}

/** The place of what is not watched. */
export const unwatched = -1

/** Runs an effect on a fiber that ends with the pool. */
export type Run = (effect: Effect.Effect<void>) => { readonly interruptUnsafe: () => void }

// Nobody is told of an item that is removed. A deadline may be hours away, and a timer keeps a process alive.
const longestMillis = 30_000

/** @internal */
export class Timeouts {
  readonly #clock: Clock.Clock
  readonly #run: Run
  // No Set: one that every call joins and leaves is rebuilt every few dozen calls, and a dead table that the garbage
  // collector has moved to the old space keeps all later ones, with their calls, until the next full collection.
  readonly #items: Array<Timed> = []
  #wakesAt = Number.POSITIVE_INFINITY
  #sleeper: { readonly interruptUnsafe: () => void } | undefined
  #isSweeping = false
  #isClosed = false

  constructor(clock: Clock.Clock, run: Run) {
    this.#clock = clock
    this.#run = run
  }

  now(): number {
    return Number(this.#clock.monotonicTimeNanosUnsafe()) / 1e6
  }

  /** Whether the times are those of this clock. */
  goesBy(clock: Clock.Clock): boolean {
    return clock === this.#clock
  }

  /** Whether the sweep has ended: nothing is watched any more. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Watches an item; call it again when its `dueAt` became earlier. */
  watch(item: Timed): void {
    if (item.watchedAt === unwatched) item.watchedAt = this.#items.push(item) - 1
    if (item.dueAt < this.#wakesAt && !this.#isSweeping) this.#sleepUntil(item.dueAt)
  }

  remove(item: Timed): void {
    const at = item.watchedAt
    if (at === unwatched) return
    item.watchedAt = unwatched
    const last = this.#items.pop()
    if (last === undefined || last === item) return
    this.#items[at] = last
    last.watchedAt = at
  }

  /** Ends the sweep. */
  close(): void {
    this.#isClosed = true
    const items = this.#items.splice(0)
    for (const item of items) item.watchedAt = unwatched
    this.#sleeper?.interruptUnsafe()
    this.#sleeper = undefined
    this.#wakesAt = Number.NEGATIVE_INFINITY
    for (const item of items) item.onClosed?.()
  }

  #sleepUntil(at: number): void {
    this.#sleeper?.interruptUnsafe()
    const now = this.now()
    this.#wakesAt = Math.min(at, now + longestMillis)
    const pause = Duration.millis(Math.max(0, Math.ceil(this.#wakesAt - now)))
    this.#sleeper = this.#run(
      Effect.andThen(
        Effect.sleep(pause),
        Effect.sync(() => this.#sweep())
      )
    )
  }

  #sweep(): void {
    this.#sleeper = undefined
    const now = this.now()
    this.#isSweeping = true
    try {
      for (const item of [...this.#items]) if (item.dueAt <= now && item.watchedAt !== unwatched) item.onDue(now)
    } finally {
      // One item that throws must not stop the time-outs of all the others.
      this.#isSweeping = false
      this.#sleepUntilNext()
    }
  }

  #sleepUntilNext(): void {
    let next = Number.POSITIVE_INFINITY
    for (const { dueAt } of this.#items) if (dueAt < next) next = dueAt
    this.#wakesAt = next
    if (Number.isFinite(next)) this.#sleepUntil(next)
  }
}
