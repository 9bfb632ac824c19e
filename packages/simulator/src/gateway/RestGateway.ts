/**
 * `/rest`: finds out what a request is about and hands it to the operation.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../Gateway.ts"
import type { Namespace } from "../internal/core.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { grantedAt, readAcl, removeAcl, storeAcl } from "./accessControl.ts"
import { listAnnotations, readAnnotation, removeAnnotation, storeAnnotation } from "./annotations.ts"
import { authenticate, permissionsIn } from "./authentication.ts"
import { changeMetadata } from "./changeMetadata.ts"
import { copyObject } from "./copyObject.ts"
import { type Exchange, type Refusal, refusal } from "./exchange.ts"
import type { ObjectRequest } from "./objectRequest.ts"
import { readObject } from "./readObject.ts"
import { removeObject } from "./removeObject.ts"
import { checkNames, maxPathBytes, type RequestTarget } from "./requestTarget.ts"
import { storeDirectory, storeObject } from "./storeObject.ts"
import { readWholeObject, storeWholeObject } from "./wholeObject.ts"

const methods = ["GET", "HEAD", "PUT", "POST", "DELETE"]

type Operation = (request: ObjectRequest) => Effect.Effect<GatewayResponse, Refusal | SimulatorError>

/** By the `type` parameter, and then by the method. */
const operationsByType: ReadonlyMap<string, Readonly<Record<string, Operation>>> = new Map([
  ["directory", { GET: readObject, HEAD: readObject, PUT: storeDirectory }],
  ["whole-object", { GET: readWholeObject, HEAD: readWholeObject, PUT: storeWholeObject }],
  ["custom-metadata", { GET: readAnnotation, HEAD: readAnnotation, PUT: storeAnnotation, DELETE: removeAnnotation }],
  ["custom-metadata-info", { GET: listAnnotations, HEAD: listAnnotations }],
  ["acl", { GET: readAcl, HEAD: readAcl, PUT: storeAcl, DELETE: removeAcl }]
])

const operations = (request: ObjectRequest): Effect.Effect<GatewayResponse, Refusal | SimulatorError> => {
  const { method } = request.request
  const type = request.parameters.get("type")
  if (type !== undefined) {
    const operation = operationsByType.get(type)?.[method]
    return operation === undefined
      ? Effect.fail(refusal(400, `'type' parameter '${type}' is not supported for ${method}.`))
      : operation(request)
  }
  switch (method) {
    case "GET":
    case "HEAD":
      return readObject(request)
    case "PUT": {
      const copySource = request.request.headers["x-hcp-copysource"]
      return copySource === undefined ? storeObject(request) : copyObject(request, copySource)
    }
    case "POST":
      return changeMetadata(request)
    default:
      return removeObject(request)
  }
}

/**
 * Answers a request to `/rest` of a namespace: 403 for wrong or missing credentials and for a protocol that is switched
 * off, 405 for another method, 414 for a path that is too long (which HCP does not check on POST).
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
  if (!namespace.spec.rest) return yield* refusal(403, "REST is not enabled for the namespace")
  const user = yield* authenticate(request, core.registry.accountsOf(namespace.spec.tenant), "hcp-ns-auth")
  const path = yield* checkNames(target.segments.slice(1))
  // Somebody may be let in for one object alone.
  const granted = grantedAt(namespace, path, user)
  const usual = permissionsIn(namespace, user)
  const permissions = granted.length === 0 ? usual : new Set([...usual, ...granted])
  if (permissions.size === 0) return yield* refusal(403, "access to the namespace is not allowed")
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
