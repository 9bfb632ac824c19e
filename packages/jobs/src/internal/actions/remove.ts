/**
 * Deletes objects.
 *
 * @internal
 */
import { HcpError, OnHold, UnderRetention } from "@effect-hcp/sdk/HcpError"
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import type { ObjectMetadata } from "@effect-hcp/sdk/ObjectMetadata"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Action as Asked } from "../../Job.ts"
import { type Action, done, type Refusal, skipped } from "../work.ts"

/** @internal */
export const remove = (
  { privileged, versions = false }: Extract<Asked, { readonly _tag: "Delete" }>,
  namespace: Namespace,
  plan: boolean
): Action => ({
  each: ({ path, versionId }) => {
    const deleted: Effect.Effect<unknown, Refusal> = plan
      ? Effect.flatMap(namespace.head(path, { versionId }), (metadata) =>
          refuse(metadata, path, privileged !== undefined)
        )
      : namespace.delete(path, versions ? { purge: true, privileged } : { versionId, privileged })
    return deleted.pipe(
      Effect.as(done),
      // Whoever has deleted it, it is gone.
      Effect.catchIf(
        (error) => error instanceof HcpError && error.reason._tag === "NotFound",
        () => Effect.succeed(skipped)
      )
    )
  }
})

/** What HCP would refuse, as far as the metadata tell. */
const refuse = (
  { hold, labelledHold, labelledHolds, retention, retentionText }: ObjectMetadata,
  path: string,
  isPrivileged: boolean
): Effect.Effect<void, HcpError> =>
  Effect.flatMap(DateTime.now, (now) => {
    const about = { operation: "DELETE", path }
    if (hold === true || labelledHold === true) {
      const labels = labelledHolds.filter(({ hold }) => hold).map(({ id }) => id)
      return Effect.fail(new HcpError({ ...about, reason: new OnHold({ labels }) }))
    }
    const { retentionClass, value } = retention
    const isKept =
      value?._tag === "Prohibited" ||
      value?._tag === "Unspecified" ||
      (value?._tag === "Until" && value.at.epochMilliseconds > now.epochMilliseconds)
    // A privileged delete passes retention.
    return isKept && !isPrivileged
      ? Effect.fail(
          new HcpError({ ...about, reason: new UnderRetention({ until: retentionText ?? value._tag, retentionClass }) })
        )
      : Effect.void
  })
