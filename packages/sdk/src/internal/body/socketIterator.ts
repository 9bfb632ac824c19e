/**
 * Gives the parts of a body to whoever writes them to a socket, one by one and each only when it is asked for.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import type { HcpError, Reason } from "../../HcpError.ts"
import { sourceFailed, streamFailed } from "./bodyErrors.ts"
import { doneWith } from "./fileReader.ts"

/** Bytes in memory are given in parts of this size: the time to the answer begins with the last part. */
export const partBytes: number = 256 * 1024

type Next = IteratorResult<Uint8Array, undefined>

/** @internal */
interface SocketIteratorOptions {
  /** The length of the body. The writer learns of the end as soon as it has that many bytes. */
  readonly length: number | undefined
  /** Whether the writer has passed on all it was given. */
  readonly isFlushed: () => boolean
  /**
   * A part was given to the writer; or without one, something changed: a part is wanted, is offered, or the end was
   * reached.
   */
  readonly onMove: (part: Uint8Array | undefined) => void
  /** The writer has begun: it asks for the first part. A body that can be read only once is not begun before. */
  readonly onBegin: () => void
}

/** @internal */
export class SocketIterator implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  /** Why the source of the body failed, once it did. */
  sourceFailure: Reason | undefined = undefined
  /** Whether the last byte was given to the writer. */
  isSent = false
  readonly #options: SocketIteratorOptions
  #isBegun = false
  #given = 0
  #inWriter: Array<Uint8Array> = []
  #demand: { readonly resolve: (next: Next) => void; readonly reject: (error: unknown) => void } | undefined
  #supply: { readonly chunk: Uint8Array; readonly taken: () => void } | undefined
  #ended: Exit.Exit<void, HcpError> | undefined
  #bytes: Uint8Array | undefined

  constructor(options: SocketIteratorOptions) {
    this.#options = options
  }

  /**
   * Whether a part is ready that the writer has not asked for, or the writer has not begun: it is the node that is
   * waited for, not the source.
   */
  get isHeldUp(): boolean {
    if (this.isSent || this.#demand !== undefined) return false
    return !this.#isBegun || this.#supply !== undefined || this.#bytes !== undefined
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this
  }

  next(): Promise<Next> {
    if (this.#inWriter.length > 0 && this.#options.isFlushed()) {
      this.#inWriter.forEach(doneWith)
      this.#inWriter = []
    }
    return new Promise((resolve, reject) => {
      this.#demand = { resolve, reject }
      if (!this.#isBegun) {
        this.#isBegun = true
        this.#options.onBegin()
      }
      this.#match()
      this.#options.onMove(undefined)
    })
  }

  /** Pulls the body through; ends when it is all taken, or failed. */
  run(body: Stream.Stream<Uint8Array, HcpError>): Effect.Effect<void> {
    return Stream.runForEach(body, (chunk) => (chunk.length === 0 ? Effect.void : this.#offer(chunk))).pipe(
      Effect.exit,
      Effect.flatMap((exit) =>
        Effect.sync(() => {
          this.#ended = exit
          this.sourceFailure = failureOf(exit)
          this.#match()
          this.#options.onMove(undefined)
        })
      )
    )
  }

  /** Gives bytes in memory, in parts. */
  runBytes(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#match()
  }

  #offer(chunk: Uint8Array): Effect.Effect<void> {
    return Effect.callback((resume) => {
      this.#supply = { chunk, taken: () => resume(Effect.void) }
      this.#match()
      if (this.#supply !== undefined) this.#options.onMove(undefined)
    })
  }

  #match(): void {
    const demand = this.#demand
    if (demand === undefined) return
    const supply = this.#supply
    if (supply !== undefined) {
      this.#supply = undefined
      this.#inWriter.push(supply.chunk)
      this.#give(supply.chunk, demand.resolve)
      supply.taken()
    } else if (this.#bytes !== undefined && this.#given < this.#bytes.length) {
      this.#give(this.#bytes.subarray(this.#given, this.#given + partBytes), demand.resolve)
    } else if (this.#given === this.#options.length) {
      // HCP may answer now; a writer still waiting for the source to close its file would have its connection closed
      // for that.
      this.#end(demand.resolve)
    } else if (this.#ended !== undefined) {
      if (Exit.isSuccess(this.#ended)) return this.#end(demand.resolve)
      this.#demand = undefined
      demand.reject(new Error("the source of the body failed"))
    }
  }

  #give(part: Uint8Array, resolve: (next: Next) => void): void {
    this.#demand = undefined
    this.#given += part.length
    if (this.#given === this.#options.length) this.isSent = true
    this.#options.onMove(part)
    resolve({ done: false, value: part })
  }

  #end(resolve: (next: Next) => void): void {
    this.#demand = undefined
    this.isSent = true
    resolve({ done: true, value: undefined })
  }
}

/** The end of an attempt interrupts its source, too; but who ends it asks no more why. */
const failureOf = (exit: Exit.Exit<void, HcpError>): Reason | undefined => {
  if (Exit.isSuccess(exit)) return undefined
  const { reasons } = exit.cause
  const error = reasons.find(Cause.isFailReason)
  if (error !== undefined) return error.error.reason
  const defect = reasons.find(Cause.isDieReason)
  return defect === undefined ? sourceFailed("stream", "it was interrupted") : streamFailed(defect.defect)
}
