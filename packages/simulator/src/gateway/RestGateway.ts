/**
 * `/rest`: finds out what a request is about and hands it to the operation.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../Gateway.ts"
import type { Namespace } from "../internal/core.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { authenticate, permissionsIn } from "./authentication.ts"
import { changeMetadata } from "./changeMetadata.ts"
import { type Exchange, type Refusal, refusal } from "./exchange.ts"
import type { ObjectRequest } from "./objectRequest.ts"
import { readObject } from "./readObject.ts"
import { removeObject } from "./removeObject.ts"
import { checkNames, maxPathBytes, type RequestTarget } from "./requestTarget.ts"
import { storeDirectory, storeObject } from "./storeObject.ts"

const methods = ["GET", "HEAD", "PUT", "POST", "DELETE"]

const operations = (request: ObjectRequest): Effect.Effect<GatewayResponse, Refusal | SimulatorError> => {
  const { method } = request.request
  const type = request.parameters.get("type")
  if (type === "directory" && method === "PUT") return storeDirectory(request)
  if (type === "directory" && (method === "GET" || method === "HEAD")) return readObject(request)
  if (type !== undefined) return Effect.fail(refusal(400, `'type' parameter '${type}' is not supported for ${method}.`))
  if (request.request.headers["x-hcp-copysource"] !== undefined) {
    return Effect.fail(refusal(400, "copying on the server is not supported"))
  }
  switch (method) {
    case "GET":
    case "HEAD":
      return readObject(request)
    case "PUT":
      return storeObject(request)
    case "POST":
      return changeMetadata(request)
    default:
      return removeObject(request)
  }
}

/**
 * Answers a request to `/rest` of a namespace: 403 for wrong or missing credentials and for a protocol that is switched off, 405 for
 * another method, 414 for a path that is too long (which HCP does not check on POST).
 *
 * @internal
 */
export const handle = Effect.fnUntraced(function* (
  exchange: Exchange,
  target: RequestTarget,
  namespace: Namespace
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  const { core, request } = exchange
  if (!methods.includes(request.method)) return yield* refusal(405, "", [["Allow", methods.join(", ")]])
  if (request.method !== "POST" && Buffer.byteLength(request.target) - "/rest".length > maxPathBytes) {
    return yield* refusal(414)
  }
  if (!(request.secure ? namespace.spec.https : namespace.spec.http)) {
    return yield* refusal(403, `${request.secure ? "HTTPS" : "HTTP"} is not enabled for the namespace`)
  }
  const user = yield* authenticate(request, core.spec.users, "hcp-ns-auth")
  const permissions = permissionsIn(namespace, user)
  if (permissions.size === 0) return yield* refusal(403, "access to the namespace is not allowed")
  const path = yield* checkNames(target.segments.slice(1))
  return yield* operations({
    ...exchange,
    namespace,
    location: target.path,
    path,
    parameters: target.parameters,
    user,
    permissions
  })
})
