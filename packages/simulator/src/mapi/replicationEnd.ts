/**
 * Finds the link, or the tenant of a link, that a path speaks of.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import type { LinkEnd } from "../internal/links/model.ts"
import type { Call } from "./router.ts"

/** The links of the system that is asked. */
export const endsOf = ({ core }: Call): ReadonlyArray<LinkEnd> => core.management.replication.board()?.links() ?? []

/** Names of links, tenants and folders are compared without regard to case. */
export const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** The link `{link}` of the path. Fails with 404. */
export const endOf = (call: Call): Effect.Effect<LinkEnd, Refusal> => {
  const name = call.segment("link")
  const end = endsOf(call).find(({ link }) => isSame(link.settings().name, name))
  return end === undefined ? Effect.fail(refusal(404, `there is no link ${name}`)) : Effect.succeed(end)
}
