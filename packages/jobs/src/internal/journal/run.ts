/**
 * Runs one job: the source is read into manifests while the objects of the first ones are done already.
 *
 * @internal
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Job } from "../../Job.ts"
import type { JobInvalid, JobNotFound, JobsUnusable } from "../../JobError.ts"
import type { Summary } from "../../JobProgress.ts"
import { Attempts, type Stopped } from "../attempts.ts"
import * as Ledger from "../ledger.ts"
import { makeLimits } from "../limits.ts"
import { makeAction } from "../makeAction.ts"
import { runItem, runPart } from "../manifest.ts"
import type { KnownNames } from "../names.ts"
import { originOf } from "../origin.ts"
import { find, type SourceFailed } from "../source.ts"
import { forEachItem } from "../takers.ts"
import type { Found } from "../work.ts"
import type { JournalStore } from "./store.ts"

/** Why a job ends early. */
export type RunFailure = JobsUnusable | JobNotFound | JobInvalid | HcpError | Stopped | SourceFailed

/** What a job that runs shows to the engine. */
export interface Running {
  readonly gate: Latch.Latch
}

/**
 * Runs a job to its end. `onStart` gets what it can be paused with; `changed` is told whenever something is written.
 */
export const runJob = (
  store: JournalStore,
  names: KnownNames,
  id: number,
  onStart: (running: Running) => Effect.Effect<void>,
  changed: Effect.Effect<void>
): Effect.Effect<void, RunFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const { job, summary } = yield* store.kept(id)
    const { options = {} } = job
    const origin = yield* originOf(store, job)
    const limits = yield* makeLimits(options)
    const action = yield* makeAction(id, job, origin, names, limits.bandwidth)
    const attempts = yield* Attempts.make(
      options,
      { settled: summary.done + summary.skipped, failed: summary.failed },
      limits.rate
    )
    yield* onStart({ gate: attempts.gate })
    const ledger = yield* Ledger.make(store, id, changed)
    const plan = yield* Plan.make(store, names, job, summary, changed)
    const concurrency = options.concurrency ?? 24
    if (action.part === undefined) {
      const items = Effect.flatMap(plan.next, (number) =>
        number === undefined ? Effect.succeed(undefined) : store.items(id, number, false)
      )
      yield* forEachItem(items, concurrency, (item) => runItem(action, attempts, ledger, item))
    } else {
      const part = { ...action, part: action.part }
      for (let number = yield* plan.next; number !== undefined; number = yield* plan.next) {
        yield* runPart(part, attempts, ledger, number, yield* store.items(id, number, true), concurrency)
      }
    }
    yield* ledger.close
    yield* plan.problem
  })

/** The manifests of a job, those that are written and those to come. */
class Plan {
  /** The next one, waiting for it while there may be one; `undefined` behind the last. To be asked one at a time. */
  readonly next: Effect.Effect<number | undefined, JobsUnusable>
  /** Fails where the source could not be read to its end. */
  readonly problem: Effect.Effect<void, RunFailure>

  private constructor(next: Effect.Effect<number | undefined, JobsUnusable>, problem: Effect.Effect<void, RunFailure>) {
    this.next = next
    this.problem = problem
  }

  static readonly make = (
    store: JournalStore,
    names: KnownNames,
    job: Job,
    { id, isPlanned }: Summary,
    changed: Effect.Effect<void>
  ): Effect.Effect<Plan, never, Scope.Scope> =>
    Effect.gen(function* () {
      const more = yield* Latch.make(false)
      let isOver = isPlanned
      let problem: RunFailure | undefined
      const found: Stream.Stream<Found, RunFailure> =
        job.source._tag === "Failures" ? store.failures(job.source.job) : find(job.source, names)
      if (!isPlanned) {
        const fail = (error: RunFailure) =>
          Effect.sync(() => {
            problem = error
          })
        const planning = found.pipe(
          // What was found before is planned, and done.
          Stream.catch((error) => Stream.drain(Stream.fromEffect(fail(error)))),
          // The first ones are begun while others are still looked for.
          Stream.groupedWithin(job.options?.manifestSize ?? 1_000, "1 second"),
          Stream.runForEach((each) => store.plan(id, each).pipe(Effect.andThen(more.open), Effect.andThen(changed))),
          Effect.andThen(Effect.suspend(() => (problem === undefined ? store.planned(id) : Effect.void))),
          Effect.catch(fail),
          Effect.andThen(
            Effect.suspend(() => {
              isOver = true
              return more.open
            })
          ),
          Effect.andThen(changed)
        )
        yield* Effect.forkScoped(planning)
      }
      let last = 0
      const next = Effect.gen(function* () {
        while (true) {
          // In this order: what is written after the look opens the latch again.
          const wasOver = isOver
          yield* more.close
          const number = yield* store.nextManifest(id, last)
          if (number !== undefined) last = number
          if (number !== undefined || wasOver) return number
          if (!isOver) yield* more.await
        }
      })
      return new Plan(
        next,
        Effect.suspend(() => (problem === undefined ? Effect.void : Effect.fail(problem)))
      )
    })
}
