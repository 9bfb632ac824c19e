/**
 * `/mapi` on its own port: knows its administrators, and so far none of its resources.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../Gateway.ts"
import { authenticate } from "./authentication.ts"
import { type Exchange, type Refusal, refusal } from "./exchange.ts"
import type { RequestTarget } from "./requestTarget.ts"
import type { Resolved } from "./virtualHost.ts"

/**
 * Answers a request to the management API: 403 without valid credentials, and for a name that does not lead to a system or tenant of
 * this system; 404 for every resource.
 *
 * @internal
 */
export const handle = Effect.fnUntraced(function* (
  { core, request }: Exchange,
  target: RequestTarget,
  resolved: Resolved | undefined
): Effect.fn.Return<GatewayResponse, Refusal> {
  if (resolved === undefined || resolved.isTakenOver || resolved.host._tag === "Namespace") {
    return yield* refusal(403, "the management API is not served under this name")
  }
  const admin = yield* authenticate(request, core.spec.admins, "hcp-api-auth")
  if (admin === undefined) return yield* refusal(403, "credentials are required")
  return yield* refusal(404, `there is no resource ${target.path}`)
})
