/**
 * One body read as several, one after the other.
 *
 * @internal
 */
import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import type { HcpError } from "../../HcpError.ts"

type Chunks = Arr.NonEmptyReadonlyArray<Uint8Array>
type Bytes = Pull.Pull<Chunks, HcpError>

/** What was read of a body and belongs to the part after is kept for it. @internal */
export class Cut {
  readonly #pull: Bytes
  readonly #brokenOff: (received: number, expected: number) => HcpError
  #kept: Uint8Array | undefined
  #chunks: ReadonlyArray<Uint8Array> = []

  /** `brokenOff` is the error of a body that ends inside a part. */
  constructor(pull: Bytes, brokenOff: (received: number, expected: number) => HcpError) {
    this.#pull = pull
    this.#brokenOff = brokenOff
  }

  /** The next so many bytes, and no other. Whoever reads on reads what is left of them. */
  exactly(size: number): Bytes {
    let left = size
    return Effect.suspend((): Bytes => {
      if (left === 0) return Cause.done()
      return Pull.matchEffect(this.#next, {
        onSuccess: (chunk) => {
          const [mine, others] = [chunk.subarray(0, left), chunk.subarray(left)]
          if (others.length > 0) this.#kept = others
          left -= mine.length
          return Effect.succeed([mine] as const)
        },
        onFailure: Effect.failCause,
        onDone: () => Effect.fail(this.#brokenOff(size - left, size))
      })
    })
  }

  /** All the bytes that are left. */
  get rest(): Bytes {
    return Effect.map(this.#next, (chunk) => [chunk] as const)
  }

  get #next(): Pull.Pull<Uint8Array, HcpError> {
    return Effect.suspend((): Pull.Pull<Uint8Array, HcpError> => {
      const kept = this.#kept
      this.#kept = undefined
      if (kept !== undefined) return Effect.succeed(kept)
      const [chunk, ...others] = this.#chunks
      this.#chunks = others
      if (chunk !== undefined) return chunk.length > 0 ? Effect.succeed(chunk) : this.#next
      return Effect.flatMap(this.#pull, (chunks) => {
        this.#chunks = chunks
        return this.#next
      })
    })
  }
}
