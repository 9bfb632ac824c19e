/**
 * The action of a job, with the namespaces and functions that its names stand for.
 *
 * @internal
 */
import type { Shape as S3 } from "@effect-hcp/s3/S3"
import type { Bandwidth } from "@effect-hcp/sdk/Bandwidth"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import * as Effect from "effect/Effect"
import type { Job } from "../Job.ts"
import { JobInvalid } from "../JobError.ts"
import { annotate } from "./actions/annotate.ts"
import { call } from "./actions/call.ts"
import { copy } from "./actions/copy.ts"
import { copyFromBucket } from "./actions/copyFromBucket.ts"
import { copyToBucket } from "./actions/copyToBucket.ts"
import { inventory } from "./actions/inventory.ts"
import { modify } from "./actions/modify.ts"
import { remove } from "./actions/remove.ts"
import { verify } from "./actions/verify.ts"
import { Bucket } from "./bucket/bucket.ts"
import type { Mode } from "./bucket/protection.ts"
import type { Way } from "./bucket/sender.ts"
import { onlyToNamespace } from "./check.ts"
import type { KnownNames } from "./names.ts"
import type { Origin } from "./origin.ts"
import type { Action } from "./work.ts"

/** @internal */
export const makeAction = (
  id: number,
  { action, options = {} }: Job,
  origin: Origin,
  names: KnownNames,
  bandwidth: Bandwidth | undefined
): Effect.Effect<Action, JobInvalid | HcpError> =>
  Effect.gen(function* () {
    const plan = options.dryRun ?? false
    const { place, root } = origin
    if (place._tag === "Bucket") {
      if (action._tag !== "Copy" || "s3" in action.to) return yield* new JobInvalid({ problems: [onlyToNamespace] })
      const [bucket, to] = [
        new Bucket(yield* names.s3(place.s3), place.bucket),
        yield* names.namespace(action.to.namespace)
      ]
      return copyFromBucket({ ...action, to: action.to }, { bucket, root, to }, plan, bandwidth)
    }
    const from = yield* names.namespace(place.namespace)
    switch (action._tag) {
      case "Copy": {
        if ("s3" in action.to) {
          const way = yield* wayTo(action, from, yield* names.s3(action.to.s3), action.to.bucket, bandwidth)
          return copyToBucket(id, { ...action, to: action.to }, way, root, plan)
        }
        const to = yield* names.namespace(action.to.namespace)
        return copy({ ...action, to: action.to }, { from, to, root }, plan, bandwidth)
      }
      case "Delete":
        return remove(action, from, plan)
      case "Modify":
        return modify(action, from, plan)
      case "Annotate":
        return annotate(action, from, plan)
      case "Verify":
        return verify(from, plan, bandwidth)
      case "Export":
        return inventory(id, action, from, plan)
      case "Run":
        return call(action.function, yield* names.function(action.function), from, plan)
    }
  })

/** What is known of a bucket before anything is copied to it: a wrong name must not fail a million times. */
const wayTo = (
  { lock, proof }: Extract<Job["action"], { readonly _tag: "Copy" }>,
  from: Namespace,
  gateway: S3,
  name: string,
  bandwidth: Bandwidth | undefined
): Effect.Effect<Way, HcpError> =>
  Effect.gen(function* () {
    const bucket = new Bucket(gateway, name)
    const hasObjectLock = yield* bucket.hasObjectLock
    const mode = lock ?? (hasObjectLock === false ? undefined : yield* modeOf(from))
    return { from, bucket, bandwidth, lock: mode, hasObjectLock, isProved: proof !== undefined }
  })

/** As the namespace itself treats retention: in enterprise mode somebody may pass it. */
const modeOf = (from: Namespace): Effect.Effect<Mode | undefined, HcpError> =>
  from.info.namespaces().pipe(
    Effect.map(([settings]) => {
      const mode = settings?.retentionMode?.toLowerCase()
      return mode === "compliance" ? "COMPLIANCE" : mode === "enterprise" ? "GOVERNANCE" : undefined
    }),
    Effect.catchIf(
      ({ reason: { _tag } }): boolean => _tag === "Forbidden" || _tag === "NotFound",
      () => Effect.succeed(undefined)
    )
  )
