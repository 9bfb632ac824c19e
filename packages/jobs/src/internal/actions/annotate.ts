/**
 * Stores an annotation at objects.
 *
 * @internal
 */
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Action as Asked } from "../../Job.ts"
import { type Action, done, skipped } from "../work.ts"

/** @internal */
export const annotate = (
  { content, name }: Extract<Asked, { readonly _tag: "Annotate" }>,
  namespace: Namespace,
  plan: boolean
): Action => ({
  each: ({ path }) =>
    Effect.gen(function* () {
      // One that cannot be found on an object that cannot be found is told by the object.
      const { hasAnnotations } = yield* namespace.head(path)
      const found = hasAnnotations === false ? Option.none() : yield* namespace.annotations.findText(path, name)
      if (Option.isSome(found) && found.value === content) return skipped
      if (!plan) yield* namespace.annotations.put(path, name, content)
      return done
    })
})
