/**
 * Hands the chunks of a body stream to an HTTP writer one by one, each only when the writer asks for it.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { ExchangeFailure } from "../../Connection.ts"
import type { HcpError, Reason } from "../../HcpError.ts"
import { BodySourceFailed } from "../../WireReason.ts"
import { doneWith } from "./fileReader.ts"
import type { RateGuard } from "./rateGuard.ts"

type Next = IteratorResult<Uint8Array, undefined>

/** @internal */
export class UploadFeed implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  /** Why the source of the body failed, once it did. */
  sourceFailure: Reason | undefined = undefined
  readonly #length: number | undefined
  readonly #isSent: () => boolean
  readonly #guard: RateGuard | undefined
  readonly #tooSlow = Deferred.makeUnsafe<never, ExchangeFailure>()
  #handed = 0
  #inWriter: Array<Uint8Array> = []
  #demand: { readonly resolve: (next: Next) => void; readonly reject: (error: unknown) => void } | undefined
  #supply: { readonly chunk: Uint8Array; readonly taken: () => void } | undefined
  #ended: Exit.Exit<void, HcpError> | undefined

  /**
   * With the length of the body, the writer is told of the end as soon as it has that many bytes. `isSent` tells whether the writer has
   * passed on all it was handed.
   */
  constructor(length: number | undefined, isSent: () => boolean, guard?: RateGuard) {
    this.#length = length
    this.#isSent = isSent
    this.#guard = guard
  }

  /** Fails once the writer takes the body slower than the guard allows; otherwise waits for ever. */
  get tooSlow(): Effect.Effect<never, ExchangeFailure> {
    return Deferred.await(this.#tooSlow)
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this
  }

  next(): Promise<Next> {
    if (this.#inWriter.length > 0 && this.#isSent()) {
      this.#inWriter.forEach(doneWith)
      this.#inWriter = []
    }
    return new Promise((resolve, reject) => {
      this.#demand = { resolve, reject }
      this.#match()
    })
  }

  /** Pulls the body through; ends when it is all taken, or failed. */
  run(body: Stream.Stream<Uint8Array, HcpError>): Effect.Effect<void> {
    return Stream.runForEach(body, (chunk) => (chunk.length === 0 ? Effect.void : this.#offerInTime(chunk))).pipe(
      Effect.exit,
      Effect.flatMap((exit) =>
        Effect.sync(() => {
          this.#ended = exit
          this.sourceFailure = failureOf(exit)
          this.#match()
        })
      )
    )
  }

  #offerInTime(chunk: Uint8Array): Effect.Effect<void> {
    if (this.#guard === undefined) return this.#offer(chunk)
    return Effect.catch(
      this.#guard.during(this.#offer(chunk), () => chunk.length),
      (failure) => Effect.andThen(Deferred.fail(this.#tooSlow, failure), Effect.never)
    )
  }

  #offer(chunk: Uint8Array): Effect.Effect<void> {
    return Effect.callback((resume) => {
      this.#supply = { chunk, taken: () => resume(Effect.void) }
      this.#match()
    })
  }

  #match(): void {
    const demand = this.#demand
    if (demand === undefined) return
    const supply = this.#supply
    if (supply !== undefined) {
      this.#demand = undefined
      this.#supply = undefined
      this.#handed += supply.chunk.length
      this.#inWriter.push(supply.chunk)
      demand.resolve({ done: false, value: supply.chunk })
      supply.taken()
    } else if (this.#handed === this.#length) {
      // HCP may answer now; a writer still waiting for the source to close its file would have its connection closed for that.
      this.#demand = undefined
      demand.resolve({ done: true, value: undefined })
    } else if (this.#ended !== undefined) {
      this.#demand = undefined
      if (Exit.isSuccess(this.#ended)) demand.resolve({ done: true, value: undefined })
      else demand.reject(new Error("the source of the body failed"))
    }
  }
}

const failureOf = (exit: Exit.Exit<void, HcpError>): Reason | undefined => {
  if (Exit.isSuccess(exit)) return undefined
  return Option.match(Cause.findErrorOption(exit.cause), {
    onSome: (error) => error.reason,
    onNone: () => new BodySourceFailed({ source: "stream", detail: Cause.pretty(exit.cause) })
  })
}
