/**
 * Calls a function of the runner for each object.
 *
 * @internal
 */
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import * as Effect from "effect/Effect"
import type { RunFunction } from "../../JobsOptions.ts"
import { type Action, done, skipped } from "../work.ts"

/** @internal */
export const call = (run: RunFunction, namespace: Namespace, plan: boolean): Action => ({
  each: ({ path, size, versionId }) =>
    plan
      ? Effect.succeed(done)
      : Effect.map(run({ path, size, versionId }, namespace), (answer) => (answer === "skipped" ? skipped : done))
})
