/**
 * What uploads and downloads of folders have in common: several files at a time, progress over all of them, and when to
 * stop.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import type { HcpError } from "../../HcpError.ts"
import { LocalError } from "../../LocalError.ts"
import { effectOf } from "../../OptionCheck.ts"
import type { Step } from "../Journal.ts"
import type * as Progress from "../Progress.ts"
import type { CommonOptions, OnProgress } from "../TransferOptions.ts"
import type { Kind } from "../TransferOutcome.ts"

/**
 * How many entries the walk may be ahead. Far enough that most listings are read in one go, as HCP would not wait
 * for hours, and little enough memory: some 2 KB for each.
 */
const ahead = 16_384

/** How many entries of a plan are looked at together. */
const planned = 64

/** What is found, whatever side it is on. */
export interface Found {
  readonly kind: Kind
  readonly name: string
  readonly size: number | undefined
  /** What changes when it is changed; `undefined` where nothing tells. */
  readonly mark?: string | undefined
}

/** What came of it. */
interface Done {
  readonly _tag: string
  /** Of what has failed. */
  readonly error?: HcpError | LocalError | undefined
  /** Of what was skipped. */
  readonly reason?: string | undefined
}

export type RunOptions = Pick<
  CommonOptions,
  "concurrency" | "onProgress" | "onEntryProgress" | "stopOnFailure" | "journal" | "plan"
>

/**
 * Does `each` for everything that is found. An error of the walk ends the stream after everything that was found is
 * done. What the journal knows is passed over, and what is done is written into it.
 */
export const run = <I extends Found, O extends Done, R>(
  found: Stream.Stream<I, HcpError | LocalError>,
  options: RunOptions,
  each: (entry: I, onProgress: Progress.OnProgress | undefined) => Effect.Effect<O, LocalError, R>,
  passedOver: (entry: I) => O
): Stream.Stream<O, HcpError | LocalError, R> => {
  const { concurrency = 8, onEntryProgress, onProgress, stopOnFailure = false } = options
  const journal = options.plan === true ? undefined : options.journal
  const watched = (entry: I, share: Share): Progress.OnProgress | undefined => {
    if (onEntryProgress === undefined) return onProgress === undefined ? undefined : share.moved
    return (progress) => Effect.andThen(share.moved(progress), onEntryProgress(entry, progress))
  }
  const done = (entry: I, share: Share): Effect.Effect<O, LocalError, R> => {
    const step = journal === undefined ? undefined : stepOf(entry)
    if (journal === undefined || step === undefined) return each(entry, watched(entry, share))
    if (journal.isDone(step)) return Effect.succeed(passedOver(entry))
    return Effect.tap(each(entry, watched(entry, share)), (outcome) =>
      isFinal(outcome) ? journal.done(step) : Effect.void
    )
  }
  return Stream.suspend(() => {
    const meter = new Meter(onProgress)
    let broken: HcpError | LocalError | undefined
    let isAllowed = false

    const entries = found.pipe(
      Stream.map((entry) => {
        meter.find(entry)
        return entry
      }),
      Stream.catch((error) => {
        broken = error
        return Stream.empty
      }),
      Stream.onEnd(Effect.suspend(() => (broken === undefined ? meter.counted : Effect.void)))
    )

    const taken = (entry: I): Effect.Effect<O, HcpError | LocalError, R> => {
      const share = meter.share(entry)
      return Effect.tap(done(entry, share), share.done)
    }
    // A plan is as fast as the walk. Queues between the two would be emptied at once, and yet keep what has gone
    // through them until all memory is looked through: 100,000 entries took 270 MB.
    const outcomes =
      options.plan === true
        ? Stream.mapArrayEffect(Stream.rechunk(entries, planned), (batch) =>
            Effect.forEach(batch, taken, { concurrency })
          )
        : Stream.mapEffect(Stream.buffer(entries, { capacity: ahead }), taken, { concurrency, unordered: true })

    const isLast = ({ _tag, error, reason }: O): boolean => {
      if (error === undefined) {
        if (_tag !== "Skipped" || reason === "same") isAllowed = true
        return false
      }
      if (!stopOnFailure && !concernsAll(error, isAllowed)) return false
      broken = error
      return true
    }

    return Stream.concat(
      Stream.takeUntil(outcomes, isLast),
      Stream.suspend(() => (broken === undefined ? Stream.empty : Stream.fail(broken)))
    )
  })
}

/** A link, a device or a folder is looked at anew, which costs nothing. */
const stepOf = ({ kind, mark, name }: Found): Step | undefined =>
  kind === "file" && mark !== undefined ? { name, mark } : undefined

const isFinal = ({ _tag, reason }: Done): boolean => _tag !== "Failed" && (_tag !== "Skipped" || reason === "same")

/** Whether every other file would fail in the same way. `isAllowed` says that HCP has allowed something before. */
const concernsAll = (error: HcpError | LocalError, isAllowed: boolean): boolean => {
  if (error instanceof LocalError) return error.reason === "NoSpace" || error.reason === "ReadOnly"
  if (error.systemDown) return true
  switch (error.reason._tag) {
    case "SystemsUnavailable":
    case "CredentialsFailed":
    case "CertificateError":
    case "NameNotFound":
    case "Closed":
      return true
    // HCP says the same to a wrong password and to a file that is protected; a wrong password must not be tried a
    // million times.
    case "Forbidden":
      return !isAllowed
    case "S3Refused":
      return !isAllowed && error.reason.category === "access"
    default:
      return false
  }
}

/** The part of one file in the progress of all. */
interface Share {
  readonly moved: Progress.OnProgress
  readonly done: () => Effect.Effect<void, HcpError>
}

/** How far all of it is. Every number only grows. */
class Meter {
  readonly #onProgress: OnProgress | undefined
  // Reports of several fibers are given one after the other, each with the newest numbers.
  readonly #turn = Semaphore.makeUnsafe(1)
  #transferred = 0
  #files = 0
  #foundBytes = 0
  #foundFiles = 0
  #isCounted = false
  #reported = ""
  #failure: HcpError | undefined

  constructor(onProgress: OnProgress | undefined) {
    this.#onProgress = onProgress
  }

  find({ kind, size }: Found): void {
    if (kind !== "file") return
    this.#foundFiles++
    this.#foundBytes += size ?? 0
  }

  readonly counted: Effect.Effect<void, HcpError> = Effect.suspend(() => {
    this.#isCounted = true
    return this.#report
  })

  share({ kind, size }: Found): Share {
    if (kind !== "file") return { moved: () => Effect.void, done: () => Effect.void }
    let counted = 0
    const count = (bytes: number) => {
      if (bytes <= counted) return
      this.#transferred += bytes - counted
      // What was not known, or has grown since, is found now.
      this.#foundBytes += Math.max(bytes, size ?? 0) - Math.max(counted, size ?? 0)
      counted = bytes
    }
    return {
      moved: ({ transferred }) => {
        count(transferred)
        // What is wrong with a report concerns no single file: it is said when the first of them is done.
        return Effect.catch(this.#report, (error) =>
          Effect.sync(() => {
            this.#failure ??= error
          })
        )
      },
      done: () => {
        count(size ?? 0)
        this.#files++
        return this.#failure === undefined ? this.#report : Effect.fail(this.#failure)
      }
    }
  }

  readonly #report: Effect.Effect<void, HcpError> = Effect.suspend(() => {
    const onProgress = this.#onProgress
    return onProgress === undefined
      ? Effect.void
      : this.#turn.withPermit(
          Effect.suspend(() => {
            const progress = {
              transferred: this.#transferred,
              total: this.#isCounted ? this.#foundBytes : undefined,
              files: this.#files,
              totalFiles: this.#isCounted ? this.#foundFiles : undefined
            }
            const shown = `${progress.transferred} ${progress.total} ${progress.files} ${progress.totalFiles}`
            if (shown === this.#reported) return Effect.void
            this.#reported = shown
            return effectOf("onProgress", onProgress(progress))
          })
        )
  })
}
