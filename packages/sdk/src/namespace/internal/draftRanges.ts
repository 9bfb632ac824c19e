/**
 * Fills a draft by several reads at a time, and hashes it while it grows.
 *
 * @internal
 */
import { createHash, type Hash } from "node:crypto"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { FillOptions, Range } from "../../DraftRange.ts"
import type { LocalError } from "../../LocalError.ts"
import type { KindsOf } from "../../OptionCheck.ts"
import { badOption } from "./localError.ts"
import { sizeOf, writeBehind } from "./writeBehind.ts"

/** What is done to a `DraftFile` here. */
interface Draft {
  readonly file: string
  readonly write: (bytes: ReadonlyArray<Uint8Array>, at: number) => Effect.Effect<void, LocalError>
  readonly read: (into: Uint8Array, at: number) => Effect.Effect<number, LocalError>
}

const isHash = (value: unknown): boolean =>
  typeof value === "string" && Result.isSuccess(Result.try(() => createHash(value)))

// The compiler says here which option has no kind.
const kinds: KindsOf<FillOptions<unknown, unknown>> = {
  size: "count",
  rangeSize: "positive",
  smallestRange: "positive",
  concurrency: "positive",
  open: "function",
  wrongLength: "function",
  algorithm: { is: isHash, wanted: "what `node:crypto` calls a hash, such as sha256" },
  onWritten: "function"
}

const required = ["size", "rangeSize", "concurrency", "open", "wrongLength"]

/** The hash of all bytes, in lower case; `undefined` if none is wanted. */
export const fill = <E, R>(
  draft: Draft,
  options: FillOptions<E, R>
): Effect.Effect<string | undefined, E | LocalError, Exclude<R, Scope.Scope>> =>
  Effect.suspend((): Effect.Effect<string | undefined, E | LocalError, Exclude<R, Scope.Scope>> => {
    const bad = badOption(draft.file, options, kinds, required)
    if (bad !== undefined) return Effect.fail(bad)
    const { algorithm, concurrency, size } = options
    const prefix = new Prefix()
    const written = Effect.forEach(rangesOf(options), (range) => Effect.scoped(fetch(draft, range, options, prefix)), {
      concurrency,
      discard: true
    })
    return algorithm === undefined
      ? Effect.as(written, undefined)
      : Effect.map(
          Effect.all([written, hashed(draft, size, prefix, createHash(algorithm))], { concurrency: 2 }),
          ([, hash]) => hash
        )
  })

const rangesOf = <E, R>(options: FillOptions<E, R>): ReadonlyArray<Range> => {
  const { concurrency, rangeSize, size, smallestRange = rangeSize } = options
  const ranges: Array<Range> = []
  for (let offset = 0; offset < size; ) {
    const left = size - offset
    const share = Math.ceil(left / concurrency / smallestRange) * smallestRange
    const range = { offset, size: Math.min(left, rangeSize, share) }
    ranges.push(range)
    offset += range.size
  }
  return ranges
}

const fetch = <E, R>(
  draft: Draft,
  range: Range,
  { onWritten, open, wrongLength }: FillOptions<E, R>,
  prefix: Prefix
): Effect.Effect<void, E | LocalError, R | Scope.Scope> =>
  Effect.gen(function* () {
    const stream = yield* open(range)
    let written = 0
    const received = yield* writeBehind<E, R, E | LocalError, never>(
      stream,
      // What is beyond would be written over the next range.
      (received) => (received > range.size ? wrongLength(range, received) : undefined),
      (pieces) =>
        Effect.andThen(
          draft.write(pieces, range.offset + written),
          Effect.suspend(() => {
            const bytes = sizeOf(pieces)
            prefix.add(range.offset + written, bytes)
            written += bytes
            return onWritten === undefined ? Effect.void : onWritten(bytes)
          })
        )
    )
    if (received !== range.size) return yield* Effect.fail(wrongLength(range, received))
  })

/** How many bytes from the first one on are there without a gap. */
class Prefix {
  /** Pieces behind a gap: where they end, by where they begin. */
  readonly #behind = new Map<number, number>()
  #end = 0
  #waiter: { readonly until: number; readonly arrived: Deferred.Deferred<void> } | undefined

  add(offset: number, bytes: number): void {
    this.#behind.set(offset, offset + bytes)
    for (let end = this.#behind.get(this.#end); end !== undefined; end = this.#behind.get(this.#end)) {
      this.#behind.delete(this.#end)
      this.#end = end
    }
    if (this.#waiter === undefined || this.#waiter.until > this.#end) return
    Deferred.doneUnsafe(this.#waiter.arrived, Effect.void)
    this.#waiter = undefined
  }

  /** Waits for so many bytes; one may wait. */
  reached(bytes: number): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (bytes <= this.#end) return Effect.void
      const arrived = Deferred.makeUnsafe<void>()
      this.#waiter = { until: bytes, arrived }
      return Deferred.await(arrived)
    })
  }
}

const pieceBytes = 1024 * 1024

/** Reads what is there as soon as it is, while the memory of the operating system still has it. */
const hashed = Effect.fnUntraced(function* (
  draft: Draft,
  size: number,
  prefix: Prefix,
  hash: Hash
): Effect.fn.Return<string, LocalError> {
  const piece = Buffer.allocUnsafeSlow(Math.min(size, pieceBytes))
  for (let at = 0; at < size; ) {
    const wanted = Math.min(pieceBytes, size - at)
    yield* prefix.reached(at + wanted)
    const bytes = yield* draft.read(piece.subarray(0, wanted), at)
    // Somebody has cut the file: the hash will be another one.
    if (bytes === 0) break
    hash.update(piece.subarray(0, bytes))
    at += bytes
  }
  return hash.digest("hex")
})
