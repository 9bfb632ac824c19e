/**
 * How far a transfer is, in bytes.
 *
 * Numbers never go back: when a body is sent or read again after a node failed, nothing is reported until the transfer
 * is further than it was before. The last report of a transfer that succeeded has `transferred === total`, also where
 * the total was not known before.
 *
 * **Example** (a line for each report)
 *
 * ```ts
 * import { Console, Effect } from "effect"
 * import { HcpBody, Namespace, Progress } from "@effect-hcp/sdk"
 *
 * const upload = Effect.gen(function* () {
 *   const ns = yield* Namespace.Namespace
 *   yield* ns.put("/video.mp4", HcpBody.file("video.mp4"), {
 *     onProgress: (progress) => Console.log(`${progress.transferred} of ${Progress.print(progress)}`)
 *   })
 * })
 * ```
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import type { HcpError } from "../HcpError.ts"
import { effectOf } from "../OptionCheck.ts"

/**
 * How far a transfer is.
 *
 * @category models
 * @since 0.1.0
 */
export interface Progress {
  /** Bytes handed to the connection, or read from it. Never less than reported before. */
  readonly transferred: number
  /** Bytes in all; `undefined` while that is not known. */
  readonly total: number | undefined
}

/**
 * Receives the progress. The transfer goes on when the effect has ended, so a slow one slows it down; see {@link
 * events} for readers that may be slow. A read into memory goes on beside it, and ends when the last report has.
 *
 * @category models
 * @since 0.1.0
 */
export type OnProgress = (progress: Progress) => Effect.Effect<void>

/**
 * What an operation that reports progress may be given.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Receives the progress in order, at most once for each piece of the body. */
  readonly onProgress?: OnProgress | undefined
}

/**
 * Progress as text: `45%`, or the bytes where the total is not known.
 *
 * @category combinators
 * @since 0.1.0
 */
export const print = ({ total, transferred }: Progress): string =>
  total === undefined
    ? `${transferred} bytes`
    : total === 0
      ? "100%"
      : `${Math.floor((Math.min(transferred, total) / total) * 100)}%`

/**
 * One thing a watched transfer says: that it moved, and at the end what it gave.
 *
 * @category models
 * @since 0.1.0
 */
export type Event<A, P extends Progress = Progress> =
  | ({ readonly _tag: "Moved" } & P)
  | { readonly _tag: "Done"; readonly value: A }

/**
 * Runs a transfer and gives its progress as a stream, whose last element is the result. Fails as the transfer does;
 * leaving the stream interrupts the transfer.
 *
 * A reader that is slow does not slow the transfer down: it sees the newest report and misses older ones. The result is
 * an element as well, so nothing between may drop elements (`Stream.throttle` with `enforce` does).
 *
 * The progress of a folder counts its files, too. They are in the events where the type of the callback says so:
 * `Progress.events((onProgress: Transfer.OnProgress) => ...)`.
 *
 * **Example** (the progress of a download)
 *
 * ```ts
 * import { Console, Effect, Stream } from "effect"
 * import { Namespace, Progress } from "@effect-hcp/sdk"
 *
 * const watched = Stream.unwrap(
 *   Effect.map(Namespace.Namespace, (ns) =>
 *     Progress.events((onProgress) => ns.get("/report.pdf", { onProgress }))
 *   )
 * ).pipe(Stream.tap((event) => (event._tag === "Moved" ? Console.log(Progress.print(event)) : Effect.void)))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const events = <A, E, R, P extends Progress = Progress>(
  transfer: (onProgress: (progress: P) => Effect.Effect<void>) => Effect.Effect<A, E, R>
): Stream.Stream<Event<A, P>, E, R> =>
  Stream.callback<Event<A, P>, E, R>(
    (queue) =>
      transfer((progress) => Effect.asVoid(Queue.offer(queue, { _tag: "Moved", ...progress }))).pipe(
        Effect.flatMap((value) => Effect.andThen(Queue.offer(queue, { _tag: "Done", value }), Queue.end(queue)))
      ),
    { bufferSize: 1, strategy: "sliding" }
  )

/**
 * Reports the bytes of a stream as they pass, and that they are all when it ends well. For transfers that are not made
 * by `Namespace`. Fails with `InvalidInput` where `onProgress` gives no effect.
 *
 * @category combinators
 * @since 0.1.0
 */
export const track =
  (onProgress: OnProgress, options?: { readonly total?: number | undefined }) =>
  <E, R>(stream: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Uint8Array, E | HcpError, R> =>
    Stream.suspend(() => {
      const counter = new Counter(onProgress, options?.total)
      return Stream.onEnd(counter.watch(stream), counter.done)
    })

/**
 * Runs a transfer that tells in passing how far it is. The reports run beside it, and it ends when they have. `sizeOf`
 * is the size of what was transferred. @internal
 */
export const beside = <A, E, R>(
  onProgress: OnProgress,
  transfer: (tell: (progress: Progress) => void) => Effect.Effect<A, E, R>,
  sizeOf: (value: A) => number
): Effect.Effect<A, E | HcpError, R> =>
  Effect.gen(function* () {
    const queue = yield* Queue.unbounded<Progress, Cause.Done>()
    let furthest: Progress = { transferred: -1, total: undefined }
    const tell = (progress: Progress): void => {
      if (progress.transferred <= furthest.transferred) return
      furthest = progress
      Queue.offerUnsafe(queue, progress)
    }
    const told = Effect.tap(transfer(tell), (value) => {
      const size = Math.max(sizeOf(value), furthest.transferred)
      if (furthest.total !== size) Queue.offerUnsafe(queue, { transferred: size, total: size })
      return Queue.end(queue)
    })
    const reports = Stream.runForEach(Stream.fromQueue(queue), (progress) => reported(onProgress, progress))
    const [value] = yield* Effect.all([told, reports], { concurrency: 2 })
    return value
  })

/** A report, made sure to be one. */
const reported = (onProgress: OnProgress, progress: Progress): Effect.Effect<void, HcpError> =>
  effectOf("onProgress", onProgress(progress))

/** The progress of one transfer, however often its body is begun anew; of none where nobody is told. @internal */
export class Counter {
  readonly #onProgress: OnProgress | undefined
  #total: number | undefined
  #reported: Progress | undefined

  constructor(onProgress: OnProgress | undefined, total: number | undefined) {
    this.#onProgress = onProgress
    this.#total = total
  }

  /** What is transferred turns out to have so many bytes. */
  expect(total: number): void {
    this.#total = total
  }

  /** One pass of the body. What came together stays together. */
  watch<E, R>(stream: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Uint8Array, E | HcpError, R> {
    if (this.#onProgress === undefined) return stream
    return Stream.transformPull(stream, (pull) =>
      Effect.sync(() => {
        let passed = 0
        const pass = ({ length }: Uint8Array): Effect.Effect<void, HcpError> => {
          passed += length
          return length > 0 ? this.reach(passed) : Effect.void
        }
        return Effect.tap(pull, (chunks) => Effect.forEach(chunks, pass, { discard: true }))
      })
    )
  }

  /** So many bytes are there; what is behind a pass before says nothing new. */
  reach(transferred: number): Effect.Effect<void, HcpError> {
    return transferred > (this.#reported?.transferred ?? -1)
      ? this.#report({ transferred, total: this.#total })
      : Effect.void
  }

  /** The transfer succeeded. */
  readonly done: Effect.Effect<void, HcpError> = Effect.suspend(() => {
    const transferred = this.#reported?.transferred ?? this.#total ?? 0
    return this.#reported?.transferred === transferred && this.#reported.total === transferred
      ? Effect.void
      : this.#report({ transferred, total: transferred })
  })

  #report(progress: Progress): Effect.Effect<void, HcpError> {
    this.#reported = progress
    return this.#onProgress === undefined ? Effect.void : reported(this.#onProgress, progress)
  }
}
