/**
 * CORS rules, whose order counts and of which there may be none.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { HcpError } from "../../../HcpError.ts"
import type { Rule } from "../../Cors.ts"
import type { Mapi } from "../../Mapi.ts"
import type { TenantState } from "../../StateDocument.ts"
import { deletion, noSecrets, type Planner } from "./changes.ts"

/** The rules of a document. */
export type Rules = NonNullable<TenantState["cors"]>

/** Where rules are. */
export interface Place {
  readonly path: string
  readonly find: Effect.Effect<Option.Option<ReadonlyArray<Rule>>, HcpError, Mapi>
  readonly modify: (rules: ReadonlyArray<Rule>) => Effect.Effect<void, HcpError, Mapi>
  readonly delete: Effect.Effect<void, HcpError, Mapi>
}

const isThere = <A>(value: ReadonlyArray<A> | undefined): value is ReadonlyArray<A> =>
  value !== undefined && value.length > 0

/** A rule without what says nothing, its fields always in one order. */
export const normal = (rule: Rules[number]): Rule => ({
  ...(rule.id === undefined || rule.id === "" ? {} : { id: rule.id }),
  allowedOrigins: rule.allowedOrigins ?? [],
  allowedMethods: rule.allowedMethods ?? [],
  ...(isThere(rule.allowedHeaders) ? { allowedHeaders: rule.allowedHeaders } : {}),
  ...(isThere(rule.exposeHeaders) ? { exposeHeaders: rule.exposeHeaders } : {}),
  ...(rule.maxAgeSeconds === undefined ? {} : { maxAgeSeconds: rule.maxAgeSeconds })
})

/** Plans what differs: rules are replaced as a whole. */
export const planCors = Effect.fnUntraced(function* (
  { changes, deletions }: Planner,
  place: Place,
  wanted: Rules | undefined,
  isNew: boolean
): Effect.fn.Return<void, HcpError, Mapi> {
  if (wanted === undefined) return
  const rules = wanted.map(normal)
  const current = isNew ? undefined : Option.getOrUndefined(yield* place.find)?.map(normal)
  const [from, to] = [JSON.stringify(current ?? []), JSON.stringify(rules)]
  if (from === to) return
  if (rules.length === 0) {
    deletions.push({ ...deletion(place.path, place.delete), differences: [{ field: "cors", from, to: undefined }] })
    return
  }
  changes.push({
    action: "modify",
    path: place.path,
    differences: [{ field: "cors", from: current === undefined ? undefined : from, to }],
    secrets: [],
    perform: noSecrets(place.modify(rules))
  })
})
