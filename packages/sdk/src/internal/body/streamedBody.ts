/**
 * The body of an answer that is read while it arrives: what the reader has not taken holds the node back.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import type { HcpError } from "../../HcpError.ts"
import { soon } from "../soon.ts"

// Above this the node is held back until the reader has taken what is there.
const highWaterBytes = 256 * 1024

/** The parts of a body, as they are pulled. */
export type Chunks = Arr.NonEmptyReadonlyArray<Uint8Array>

/** Whoever gives the bytes. */
export interface Source {
  readonly pause: () => void
  readonly resume: () => void
  /** The reader waits for the node from now on, or no longer. */
  readonly onWaiting: (isWaiting: boolean) => void
}

/** @internal */
export class StreamedBody {
  readonly #source: Source
  #chunks: Array<Uint8Array> = []
  #size = 0
  #end: Effect.Effect<never, HcpError | Cause.Done> | undefined
  /** Wakes whoever waits for bytes. One who waits while another does must not wait for ever. */
  #waiting: Array<() => void> = []
  isPaused = false

  constructor(source: Source) {
    this.#source = source
  }

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes)
    this.#size += bytes.length
    if (this.#size >= highWaterBytes && !this.isPaused) {
      this.isPaused = true
      this.#source.pause()
    }
    this.#wake()
  }

  /** What the reader gets after the bytes that are there. */
  end(end: Effect.Effect<never, HcpError | Cause.Done>): void {
    this.#end ??= end
    this.#wake()
  }

  readonly pull: Pull.Pull<Chunks, HcpError> = Effect.suspend(() => {
    const chunks = this.#chunks
    if (!Arr.isReadonlyArrayNonEmpty(chunks)) return this.#end ?? this.#wait
    this.#chunks = []
    this.#size = 0
    if (this.isPaused) {
      this.isPaused = false
      this.#source.resume()
    }
    return Effect.succeed(chunks)
  })

  readonly #wait: Pull.Pull<Chunks, HcpError> = Effect.callback((resume) => {
    const wake = () => resume(this.pull)
    if (this.#waiting.push(wake) === 1) this.#source.onWaiting(true)
    return Effect.sync(() => {
      this.#waiting = this.#waiting.filter((each) => each !== wake)
      if (this.#waiting.length === 0) this.#source.onWaiting(false)
    })
  })

  #wake(): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    this.#source.onWaiting(false)
    for (const wake of waiting) soon(wake)
  }
}
