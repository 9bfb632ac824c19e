/**
 * Where the objects of a job are.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Job, Source } from "../Job.ts"
import { JobInvalid, type JobNotFound, type JobsUnusable } from "../JobError.ts"
import { rootOf } from "./check.ts"
import type { Store } from "./store.ts"

/** Where the objects of a job are. */
export interface Origin {
  readonly place:
    | { readonly _tag: "Namespace"; readonly namespace: string }
    | { readonly _tag: "Bucket"; readonly s3: string; readonly bucket: string }
  /** The path that all of them are below. */
  readonly root: string
}

const placeOf = (source: Exclude<Source, { readonly _tag: "Failures" }>): Origin["place"] => {
  if (source._tag !== "Bucket") return { _tag: "Namespace", namespace: source.namespace }
  return source.namespace === undefined
    ? { _tag: "Bucket", s3: source.s3, bucket: source.bucket }
    : { _tag: "Namespace", namespace: source.namespace }
}

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
    : Effect.succeed({ place: placeOf(source), root: rootOf(source) })
