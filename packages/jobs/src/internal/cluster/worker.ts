/**
 * What a runner does for one job: it reads the source into manifests, and does the objects of manifests, for which it
 * shares the limits of the job with the other runners.
 *
 * @internal
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import type { Job } from "../../Job.ts"
import type { JobInvalid, JobNotFound, JobsUnusable } from "../../JobError.ts"
import { Attempts, type Stopped } from "../attempts.ts"
import * as Ledger from "../ledger.ts"
import { makeAction } from "../makeAction.ts"
import { runItem, runPart } from "../manifest.ts"
import type { KnownNames } from "../names.ts"
import { originOf } from "../origin.ts"
import { find, type SourceFailed } from "../source.ts"
import type { Store } from "../store.ts"
import type { Action, Found } from "../work.ts"
import type { ClusterDatabase } from "./database.ts"
import { makeSharedLimits } from "./sharedLimit.ts"

/** Why the work on a manifest ends early. */
export type WorkFailure = JobsUnusable | JobNotFound | JobInvalid | HcpError | Stopped

/** How many manifests of a job are worked on at a time, so that the last objects of one hold up nothing. */
const manifestsAtATime = 2

/** @internal */
export class Worker {
  readonly attempts: Attempts
  /** Open once the job is over, stopped or cancelled: whatever is on its way ends. */
  readonly ended: Latch.Latch
  readonly #store: Store
  readonly #database: ClusterDatabase
  readonly #names: KnownNames
  readonly #id: number
  readonly #job: Job
  readonly #action: Action
  readonly #manifests = Semaphore.makeUnsafe(manifestsAtATime)
  readonly #objects: Semaphore.Semaphore
  readonly #changed: Effect.Effect<void>

  private constructor(
    { changed, database, names, store }: Shared,
    id: number,
    job: Job,
    action: Action,
    attempts: Attempts,
    ended: Latch.Latch
  ) {
    this.#store = store
    this.#database = database
    this.#names = names
    this.#changed = changed
    this.#id = id
    this.#job = job
    this.#action = action
    this.#objects = Semaphore.makeUnsafe(this.#concurrency())
    this.attempts = attempts
    this.ended = ended
  }

  static readonly make = (shared: Shared, id: number): Effect.Effect<Worker, WorkFailure> =>
    Effect.gen(function* () {
      const { database, names, store } = shared
      const { job, summary } = yield* store.kept(id)
      const { options = {} } = job
      const limits = makeSharedLimits(
        options,
        (kind) => (cost, saved) =>
          Effect.map(database.all("take", id, kind, cost, saved), ([row]) => Number(row?.wait ?? 0))
      )
      const action = yield* makeAction(id, job, yield* originOf(store, job), names, limits.bandwidth)
      const attempts = yield* Attempts.make(
        options,
        { settled: summary.done + summary.skipped, failed: summary.failed },
        limits.rate
      )
      return new Worker(shared, id, job, action, attempts, yield* Latch.make(false))
    })

  /** Reads the source into manifests. What another reading of it has found already is left out. */
  readonly plan: Effect.Effect<void, WorkFailure> = Effect.suspend(() => {
    const { options, source } = this.#job
    const found: Stream.Stream<Found, WorkFailure | SourceFailed> =
      source._tag === "Failures" ? this.#store.failures(source.job) : find(source, this.#names)
    let problem: string | undefined
    return found.pipe(
      // What was found before is planned, and done.
      Stream.catch((error) =>
        Stream.drain(
          Stream.sync(() => {
            problem = error.message
          })
        )
      ),
      // The first ones are begun while others are still looked for.
      Stream.groupedWithin(options?.manifestSize ?? 1_000, "1 second"),
      Stream.runForEach((each) => Effect.andThen(this.#store.plan(this.#id, each), this.#changed)),
      Effect.andThen(
        Effect.suspend(() =>
          problem === undefined
            ? this.#store.planned(this.#id)
            : Effect.asVoid(this.#database.write({ name: "problem", values: [this.#id, problem] }))
        )
      ),
      this.#untilEnded
    )
  })

  /** The objects of a manifest that have no outcome yet. */
  readonly work = (number: number): Effect.Effect<void, WorkFailure> =>
    Effect.scoped(
      Effect.gen({ self: this }, function* () {
        const action = this.#action
        const ledger = yield* Ledger.make(this.#store, this.#id, this.#changed)
        if (action.part === undefined) {
          const items = yield* this.#store.items(this.#id, number, false)
          yield* Effect.forEach(
            items,
            (item) => this.#objects.withPermits(1)(runItem(action, this.attempts, ledger, item)),
            { concurrency: this.#concurrency(), discard: true }
          )
        } else {
          const items = yield* this.#store.items(this.#id, number, true)
          yield* runPart({ ...action, part: action.part }, this.attempts, ledger, number, items, this.#concurrency())
        }
        yield* ledger.close
      })
    ).pipe(this.#manifests.withPermits(1), (work) => this.#untilEnded(work))

  readonly #untilEnded = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<void, E> =>
    Effect.raceFirst(Effect.asVoid(effect), this.ended.await)

  #concurrency(): number {
    return this.#job.options?.concurrency ?? 24
  }
}

/** What all workers of a runner share. */
export interface Shared {
  readonly store: Store
  readonly database: ClusterDatabase
  readonly names: KnownNames
  /** Told whenever something is written. */
  readonly changed: Effect.Effect<void>
}
