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
import { fail, readBefore } from "./bodyErrors.ts"

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
  #wakeReader: (() => void) | undefined
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
    if (!Arr.isReadonlyArrayNonEmpty(chunks)) {
      // Two that read at a time would each take its part for the whole.
      if (this.#wakeReader !== undefined) this.end(fail(readBefore()))
      return this.#end ?? this.#wait
    }
    this.#chunks = []
    this.#size = 0
    if (this.isPaused) {
      this.isPaused = false
      this.#source.resume()
    }
    return Effect.succeed(chunks)
  })

  readonly #wait: Pull.Pull<Chunks, HcpError> = Effect.callback((resume) => {
    this.#source.onWaiting(true)
    this.#wakeReader = () => resume(this.pull)
    return Effect.sync(() => {
      this.#wakeReader = undefined
      this.#source.onWaiting(false)
    })
  })

  #wake(): void {
    if (this.#wakeReader === undefined) return
    this.#source.onWaiting(false)
    soon(this.#wakeReader)
    this.#wakeReader = undefined
  }
}
