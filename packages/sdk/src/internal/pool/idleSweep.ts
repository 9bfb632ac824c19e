/**
 * Looks after idle connections while there are any: a pool at rest wakes nobody.
 *
 * @internal
 */
import type { HostPool } from "./hostPool.ts"
import { type Timed, unwatched } from "./timeouts.ts"

class IdleSweep implements Timed {
  readonly #pool: HostPool
  readonly #millis: number
  dueAt = Number.POSITIVE_INFINITY
  watchedAt = unwatched

  constructor(pool: HostPool, millis: number) {
    this.#pool = pool
    this.#millis = millis
  }

  start(): void {
    if (this.dueAt < Number.POSITIVE_INFINITY) return
    const { timeouts } = this.#pool
    this.dueAt = timeouts.now() + this.#millis
    timeouts.watch(this)
  }

  onDue(now: number): void {
    this.#pool.sweep()
    if (this.#pool.idle.oldest !== undefined) {
      this.dueAt = now + this.#millis
      return
    }
    this.dueAt = Number.POSITIVE_INFINITY
    this.#pool.timeouts.remove(this)
  }
}

/** Sweeps the pool every so many milliseconds from when a connection becomes idle until none is. */
export const sweepIdle = (pool: HostPool, millis: number): void => {
  const sweep = new IdleSweep(pool, millis)
  pool.idle.onFirst = () => sweep.start()
}
