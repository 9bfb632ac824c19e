/**
 * Calls a function of the runner for each object.
 *
 * @internal
 */
import { HcpError } from "@effect-hcp/sdk/HcpError"
import { LocalError } from "@effect-hcp/sdk/LocalError"
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { RunFunction } from "../../JobsOptions.ts"
import { type Action, done, type Refusal, refused, skipped } from "../work.ts"

/** @internal */
export const call = (name: string, run: RunFunction, namespace: Namespace, plan: boolean): Action => ({
  each: ({ path, size, versionId }) =>
    plan
      ? Effect.succeed(done)
      : Effect.suspend(() => run({ path, size, versionId }, namespace)).pipe(
          Effect.map((answer) => (answer === "skipped" ? skipped : done)),
          Effect.catchCause((cause): Effect.Effect<never, Refusal> => {
            const error = Cause.squash(cause)
            if (error instanceof HcpError || error instanceof LocalError) return Effect.fail(error)
            // What it cannot do to one object must not end the job for all of them.
            const detail = error instanceof Error ? error.message : String(error)
            return refused("FunctionFailed", `${path}: the function ${JSON.stringify(name)} has failed: ${detail}`)
          })
        )
})
