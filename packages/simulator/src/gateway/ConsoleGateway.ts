/**
 * The system console on its own port: a page that says which system this is.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../Gateway.ts"
import * as Xml from "../internal/xml.ts"
import { browserHeaders, bytesBody, type Exchange, type Refusal, refusal, serviceHeaders } from "./exchange.ts"
import type { RequestTarget } from "./requestTarget.ts"
import type { Resolved } from "./virtualHost.ts"

/**
 * Answers a request to the console: 200 for `/`, 403 under the name of a system that was taken over, 404 for everything
 * else.
 *
 * @internal
 */
export const handle = (
  exchange: Exchange,
  target: RequestTarget,
  resolved: Resolved | undefined
): Effect.Effect<GatewayResponse, Refusal> => {
  const { domain, softwareVersion } = exchange.core.spec
  if (resolved?.isTakenOver === true) return Effect.fail(refusal(403, "the console is not served under this name"))
  if (target.segments.length > 0) return Effect.fail(refusal(404))
  const title = Xml.escapeText(`Hitachi Content Platform ${softwareVersion} (simulated): ${domain}`)
  return Effect.succeed({
    status: 200,
    headers: [...serviceHeaders(exchange), ["Content-Type", "text/html;charset=utf-8"], ...browserHeaders],
    body: bytesBody(
      `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`
    )
  })
}
