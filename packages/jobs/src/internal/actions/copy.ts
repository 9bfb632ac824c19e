/**
 * Copies objects to another place.
 *
 * @internal
 */
import type { Bandwidth } from "@effect-hcp/sdk/Bandwidth"
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import * as NamespaceCopy from "@effect-hcp/sdk/NamespaceCopy"
import * as Effect from "effect/Effect"
import type { Action as Asked, Place } from "../../Job.ts"
import { type Action, done, type Outcome, skipped } from "../work.ts"

/** Below which paths the objects are, on both sides. */
export interface Roots {
  readonly from: Namespace
  readonly to: Namespace
  readonly root: string
}

/** The copy that is asked for. */
export type CopyToNamespace = Omit<Extract<Asked, { readonly _tag: "Copy" }>, "to"> & { readonly to: Place }

/** @internal */
export const copy = (
  asked: CopyToNamespace,
  { from, root, to }: Roots,
  plan: boolean,
  bandwidth: Bandwidth | undefined
): Action & { readonly targetOf: (path: string) => string } => {
  const options: NamespaceCopy.OneObjectOptions = {
    plan,
    bandwidth,
    // What has the same bytes is never stored again, so an object that is copied twice has one version.
    ifExists: asked.ifExists ?? "skip",
    versions: asked.versions ?? false,
    owner: asked.owner ?? false,
    acl: asked.acl ?? true
  }
  const targetOf = (path: string): string =>
    `${asked.to.path.replace(/\/$/, "")}${root === "/" ? path : path.slice(root.length)}`
  return {
    targetOf,
    each: ({ path }) =>
      Effect.map(
        NamespaceCopy.object({ namespace: from, path }, { namespace: to, path: targetOf(path) }, options),
        outcomeOf
      )
  }
}

const outcomeOf = (outcome: NamespaceCopy.Outcome): Outcome => {
  switch (outcome._tag) {
    case "Copied":
      return { _tag: "Done", bytes: outcome.size, omitted: outcome.omitted }
    case "Updated":
      return { _tag: "Done", omitted: outcome.omitted }
    case "Made":
    case "Planned":
      return done
    case "Skipped":
      return skipped
    case "Failed":
      return { _tag: "Failed", reason: "Failed", message: outcome.error.message }
  }
}
