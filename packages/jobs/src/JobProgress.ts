/**
 * How far a job is.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type { Action, Job } from "./Job.ts"

/**
 * Where a job stands: `waiting` to be run, `running`, `paused`, `cancelled`, `finished` (every object has an outcome,
 * failures included), or `stopped` before that, for a reason that `detail` of the summary says.
 *
 * @category models
 * @since 0.1.0
 */
export type State = "waiting" | "running" | "paused" | "cancelled" | "finished" | "stopped"

/**
 * A job in numbers. `done`, `skipped` and `failed` only grow, unless failures are tried again.
 *
 * @category models
 * @since 0.1.0
 */
export interface Summary {
  readonly id: number
  readonly name: string | undefined
  readonly action: Action["_tag"]
  readonly state: State
  /** Why it stopped. */
  readonly detail: string | undefined
  /** Whether nothing is changed, and `done` is what would be done. */
  readonly dryRun: boolean
  /** Objects that were found so far: all there are once `isPlanned`. */
  readonly total: number
  /** Bytes of these, where the source knows sizes. */
  readonly totalBytes: number
  readonly isPlanned: boolean
  readonly done: number
  /** Objects that were as they should be already. */
  readonly skipped: number
  readonly failed: number
  /** Bytes that were copied or verified. */
  readonly bytes: number
  readonly createdAt: DateTime.Utc
  readonly startedAt: DateTime.Utc | undefined
  readonly endedAt: DateTime.Utc | undefined
}

/**
 * A job, and how fast it is.
 *
 * @category models
 * @since 0.1.0
 */
export interface Progress extends Summary {
  /** Objects a second since the last look; `undefined` at the first one. */
  readonly rate: number | undefined
  readonly bytesPerSecond: number | undefined
  /** At this rate; `undefined` where there is none, or objects are still being found. */
  readonly timeLeft: Duration.Duration | undefined
}

/**
 * An object that failed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failure {
  readonly path: string
  readonly versionId: string | undefined
  /** The tag of the reason: `UnderRetention`, `NotFound`. */
  readonly reason: string
  readonly message: string
  readonly at: DateTime.Utc
}

/**
 * What was done until some moment.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sample {
  readonly at: DateTime.Utc
  readonly done: number
  readonly skipped: number
  readonly failed: number
  readonly bytes: number
}

/**
 * What came of a job, for people and programs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Report {
  readonly summary: Summary
  readonly job: Job
  /** How often each reason was met, the most frequent first. */
  readonly failures: ReadonlyArray<{ readonly reason: string; readonly count: number }>
  /**
   * What objects have and could not be carried over, and how many of them have it: `acl`, `retentionClass`. The proof of
   * a copy to a bucket names it for each object.
   */
  readonly omitted: ReadonlyArray<{ readonly what: string; readonly count: number }>
  readonly samples: ReadonlyArray<Sample>
}
