/**
 * The action of a job, with the namespaces and functions that its names stand for.
 *
 * @internal
 */
import type { Bandwidth } from "@effect-hcp/sdk/Bandwidth"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import type { Job } from "../Job.ts"
import type { JobInvalid } from "../JobError.ts"
import { annotate } from "./actions/annotate.ts"
import { call } from "./actions/call.ts"
import { copy } from "./actions/copy.ts"
import { inventory } from "./actions/inventory.ts"
import { modify } from "./actions/modify.ts"
import { remove } from "./actions/remove.ts"
import { verify } from "./actions/verify.ts"
import type { KnownNames } from "./names.ts"
import type { Action } from "./work.ts"

/** Where the objects of a job are. */
export interface Origin {
  readonly namespace: string
  /** The path that all of them are below. */
  readonly root: string
}

/** @internal */
export const makeAction = (
  { action, options = {} }: Job,
  origin: Origin,
  names: KnownNames,
  bandwidth: Bandwidth | undefined
): Effect.Effect<Action, JobInvalid | HcpError> =>
  Effect.gen(function* () {
    const plan = options.dryRun ?? false
    const from = yield* names.namespace(origin.namespace)
    switch (action._tag) {
      case "Copy": {
        const to = yield* names.namespace(action.to.namespace)
        return copy(action, { from, to, root: origin.root }, plan, bandwidth)
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
        return inventory(action, from, plan)
      case "Run":
        return call(yield* names.function(action.function), from, plan)
    }
  })
