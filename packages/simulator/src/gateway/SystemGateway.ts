/**
 * The front door of a system: picks the gateway by listener, host name and path, and turns every refusal into a response.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { bodyLength, type Gateway, type GatewayResponse } from "../Gateway.ts"
import type { Core } from "../internal/core.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import * as ConsoleGateway from "./ConsoleGateway.ts"
import { begin, type Exchange, emptyBody, type Refusal, refusal, refused } from "./exchange.ts"
import * as ManagementGateway from "./ManagementGateway.ts"
import * as ProcGateway from "./ProcGateway.ts"
import * as RestGateway from "./RestGateway.ts"
import { parse, type RequestTarget } from "./requestTarget.ts"
import { type Resolved, resolve } from "./virtualHost.ts"

const handleData = (
  exchange: Exchange,
  target: RequestTarget,
  resolved: Resolved | undefined
): Effect.Effect<GatewayResponse, Refusal | SimulatorError> => {
  const [root] = target.segments
  if (root === "proc") {
    // Information about a namespace is never redirected to a replica.
    if (resolved === undefined || resolved.isTakenOver || resolved.host._tag === "System")
      return Effect.fail(refusal(401))
    return ProcGateway.handle(exchange, target, {
      tenant: resolved.host.tenant,
      namespace: resolved.host._tag === "Namespace" ? resolved.host.namespace : undefined,
      isTenantHost: resolved.host._tag === "Tenant"
    })
  }
  if (resolved?.host._tag !== "Namespace" || resolved.host.namespace === undefined) {
    return Effect.fail(refusal(403, "the namespace does not exist"))
  }
  return root === "rest"
    ? RestGateway.handle(exchange, target, resolved.host.namespace)
    : Effect.fail(refusal(404, `nothing is served at ${target.path}`))
}

const dispatch = Effect.fnUntraced(function* (
  exchange: Exchange
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  const { core, request } = exchange
  const target = yield* parse(request.target)
  const resolved = resolve(core, request.host)
  switch (request.listener) {
    case "admin":
      return yield* ConsoleGateway.handle(exchange, target, resolved)
    case "mapi":
      return yield* ManagementGateway.handle(exchange, target, resolved)
    case "data":
      return yield* handleData(exchange, target, resolved)
  }
})

/** A HEAD is answered as a GET would be, without the body. */
const withoutBody = (response: GatewayResponse): GatewayResponse => {
  const { body, headers, status } = response
  if (body._tag === "Empty") return response
  const length = bodyLength(body)
  return {
    status,
    headers: length === undefined ? headers : [...headers, ["Content-Length", String(length)]],
    body: emptyBody
  }
}

/** @internal */
export const make = (core: Core): Gateway => ({
  handle: Effect.fnUntraced(function* (request): Effect.fn.Return<GatewayResponse> {
    const exchange = yield* begin(core, request)
    const response = yield* dispatch(exchange).pipe(
      Effect.catchTags({
        Refusal: (refusal) => Effect.succeed(refused(exchange, refusal)),
        SimulatorError: (error) =>
          Effect.as(
            Effect.logError(`${request.method} ${request.target}: ${error.message}`),
            refused(exchange, refusal(500, error.message))
          )
      }),
      Effect.catchDefect((defect) =>
        Effect.as(Effect.logError(`${request.method} ${request.target}`, defect), refused(exchange, refusal(500)))
      )
    )
    return request.method === "HEAD" ? withoutBody(response) : response
  })
})
