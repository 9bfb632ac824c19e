/**
 * What OpenStack Swift has and HCP's documents do not: refused by name, so that no client comes to rely on it. A
 * manifest stored as an object, or an archive taken for a container, would look like a success.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayRequest } from "../Gateway.ts"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import type { Parameters } from "../gateway/requestTarget.ts"

const headers = [
  "x-object-manifest",
  "x-delete-at",
  "x-delete-after",
  "x-symlink-target",
  "x-copy-from",
  "destination-account"
]

/** Looked for in requests that store or delete: those that read ignore what they do not know. */
const parameters = ["multipart-manifest", "extract-archive", "bulk-delete"]

const readings: ReadonlySet<string> = new Set(["GET", "HEAD"])

/**
 * Fails with 501 where a request asks for it.
 *
 * @internal
 */
export const refuseAbsent = (request: GatewayRequest, given: Parameters): Effect.Effect<void, Refusal> => {
  if (readings.has(request.method)) return Effect.void
  const name = headers.find((each) => request.headers[each] !== undefined) ?? parameters.find((each) => given.has(each))
  return name === undefined ? Effect.void : Effect.fail(refusal(501, `${name} is not implemented`))
}
