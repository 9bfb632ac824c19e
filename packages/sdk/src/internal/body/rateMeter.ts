/**
 * Finds a peer that is too slow without being silent.
 *
 * @internal
 */

/** @internal */
export interface Rate {
  readonly bytesPerSecond: number
  readonly windowMillis: number
}

/** The step in which an operating system takes an upload from a process, at most. */
const socketBufferBytes = 1024 * 1024

/**
 * The same rate for what is sent: what the buffers of a socket swallow says nothing about the node, and a window is
 * long enough to see beyond them.
 *
 * @internal
 */
export const ofUpload = ({ bytesPerSecond, windowMillis }: Rate): Rate => ({
  bytesPerSecond,
  windowMillis: Math.max(windowMillis, (socketBufferBytes / bytesPerSecond) * 1_000)
})

/**
 * Counts the bytes that a peer gives or takes, and the time that is spent waiting for it.
 *
 * Only that time counts: a reader, or a source, that is slow itself is not the peer's fault. Each time it adds up to a
 * window, the bytes since the window before must reach the rate. All times are milliseconds of a clock that never goes
 * back.
 *
 * @internal
 */
export class RateMeter {
  readonly windowMillis: number
  readonly #enough: number
  #bytes = 0
  #waited = 0
  #since: number | undefined

  constructor(rate: Rate) {
    this.windowMillis = rate.windowMillis
    this.#enough = (rate.bytesPerSecond * rate.windowMillis) / 1_000
  }

  /** When the window ends that is under way; never while nobody waits for the peer. */
  get due(): number {
    return this.#since === undefined ? Number.POSITIVE_INFINITY : this.#since + this.windowMillis - this.#waited
  }

  /** The peer is waited for from now on. */
  wait(now: number): void {
    this.#since ??= now
  }

  /** The peer moved some bytes. */
  moved(bytes: number): void {
    this.#bytes += bytes
  }

  /** The peer is no longer waited for. */
  rest(now: number): void {
    if (this.#since === undefined) return
    this.#waited += now - this.#since
    this.#since = undefined
  }

  /** Whether the peer was too slow in a window that has ended; begins a new one otherwise. */
  isTooSlow(now: number): boolean {
    if (now < this.due) return false
    if (this.#bytes < this.#enough) return true
    this.#bytes = 0
    this.#waited = 0
    this.#since = now
    return false
  }
}
