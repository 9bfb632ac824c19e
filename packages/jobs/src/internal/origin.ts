/**
 * Where the objects of a job are.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Job } from "../Job.ts"
import { JobInvalid, type JobNotFound, type JobsUnusable } from "../JobError.ts"
import { rootOf } from "./check.ts"
import type { Origin } from "./makeAction.ts"
import type { Store } from "./store.ts"

/** Those of failures are where they were in the job that they are of. */
export const originOf = (
  store: Store,
  { source }: Job
): Effect.Effect<Origin, JobsUnusable | JobNotFound | JobInvalid> =>
  source._tag === "Failures"
    ? Effect.flatMap(store.kept(source.job), ({ job }) =>
        job.source._tag === "Failures" && job.source.job >= source.job
          ? Effect.fail(new JobInvalid({ problems: ["source.job: names a later job"] }))
          : originOf(store, job)
      )
    : Effect.succeed({ namespace: source.namespace, root: rootOf(source) })
