/**
 * Sets retention, hold, index, shredding and owner. Each object is looked at first: what it has already is not set once
 * more, and a retention is never made shorter.
 *
 * @internal
 */
import type { Changes } from "@effect-hcp/sdk/ChangeOptions"
import type { Shape as Namespace } from "@effect-hcp/sdk/Namespace"
import type { ObjectMetadata } from "@effect-hcp/sdk/ObjectMetadata"
import * as Retention from "@effect-hcp/sdk/Retention"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Action as Asked } from "../../Job.ts"
import { changesOf } from "../check.ts"
import { type Action, done, skipped } from "../work.ts"

/** @internal */
export const modify = (
  asked: Extract<Asked, { readonly _tag: "Modify" }>,
  namespace: Namespace,
  plan: boolean
): Action => {
  const wanted = changesOf(asked)
  return {
    each: ({ path }) =>
      Effect.gen(function* () {
        const missing = missingOf(wanted, yield* namespace.head(path))
        if (Object.keys(missing).length === 0) return skipped
        if (!plan) yield* namespace.modify(path, missing)
        return done
      })
  }
}

/** What an object does not have yet. */
export const missingOf = ({ domain, hold, index, owner, retention, shred }: Changes, has: ObjectMetadata): Changes => ({
  ...(retention !== undefined && isLonger(has, retention) ? { retention } : {}),
  ...(hold !== undefined && hold !== (has.hold ?? false) ? { hold } : {}),
  ...(index !== undefined && index !== has.index ? { index } : {}),
  ...(shred === true && has.shred !== true ? { shred } : {}),
  ...(owner !== undefined && (owner !== has.owner || (domain !== undefined && domain !== has.domain))
    ? domain === undefined
      ? { owner }
      : { owner, domain }
    : {})
})

/** Whether a retention protects an object longer than the one it has. */
const isLonger = ({ createdAt, retention: current }: ObjectMetadata, next: Retention.Retention): boolean => {
  if (next._tag === "OfClass") return current.retentionClass?.toLowerCase() !== next.name.toLowerCase()
  // An object of a class takes another class alone; HCP says so.
  if (current.retentionClass !== undefined) return !keepsForEver(current)
  const end =
    next._tag === "Offset" && createdAt !== undefined
      ? // A date that cannot be written is longer than any: HCP counts by itself.
        Result.getOrElse(Retention.endOf(createdAt, next), () => next)
      : next
  if (Result.isFailure(Retention.check(current, end))) return false
  return current.value === undefined || end._tag === "Offset" || Retention.print(current.value) !== Retention.print(end)
}

const keepsForEver = ({ value }: Retention.Stored): boolean => value?._tag === "Prohibited"
