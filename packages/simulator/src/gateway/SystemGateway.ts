/**
 * The front door of a system: picks the gateway by listener, host name and path, and turns every refusal into a
 * response.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { bodyLength, type Gateway, type GatewayRequest, type GatewayResponse } from "../Gateway.ts"
import { hidePasswords } from "../internal/accessLog.ts"
import type { Core } from "../internal/core.ts"
import * as QueryGateway from "../query/QueryGateway.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { defaultNamespaceKey } from "../SystemSpec.ts"
import { type Address, addressOf } from "../s3/address.ts"
import { refused as refusedByS3 } from "../s3/answer.ts"
import type { Uploads } from "../s3/multipart/uploads.ts"
import { refuse as refuseByS3 } from "../s3/refusal.ts"
import * as S3Gateway from "../s3/S3Gateway.ts"
import { type SwiftAddress, swiftAddressOf, withAuthorization } from "../swift/address.ts"
import { refused as refusedBySwift } from "../swift/answer.ts"
import * as SwiftGateway from "../swift/SwiftGateway.ts"
import * as Accounting from "./accounting.ts"
import * as ConsoleGateway from "./ConsoleGateway.ts"
import * as DefaultNamespaceGateway from "./DefaultNamespaceGateway.ts"
import { begin, type Exchange, emptyBody, type Refusal, refusal, refused } from "./exchange.ts"
import * as ManagementGateway from "./ManagementGateway.ts"
import * as ProcGateway from "./ProcGateway.ts"
import * as RestGateway from "./RestGateway.ts"
import { parse, type RequestTarget } from "./requestTarget.ts"
import { type Resolved, resolve } from "./virtualHost.ts"

const handleProc = (
  exchange: Exchange,
  target: RequestTarget,
  resolved: Resolved | undefined
): Effect.Effect<GatewayResponse, Refusal> => {
  // Information about a namespace is never redirected to a replica.
  if (resolved === undefined || resolved.isTakenOver || !("tenant" in resolved.host)) return Effect.fail(refusal(401))
  return ProcGateway.handle(exchange, target, {
    tenant: resolved.host.tenant,
    namespace: resolved.host._tag === "Namespace" ? resolved.host.namespace : undefined,
    isTenantHost: resolved.host._tag === "Tenant"
  })
}

const handleData = (
  exchange: Exchange,
  target: RequestTarget,
  resolved: Resolved | undefined
): Effect.Effect<GatewayResponse, Refusal | SimulatorError> => {
  const [root] = target.segments
  const namespace = resolved?.host._tag === "Namespace" ? resolved.host.namespace : undefined
  if (namespace?.spec.key === defaultNamespaceKey) return DefaultNamespaceGateway.handle(exchange, target, namespace)
  if (root === "proc") return handleProc(exchange, target, resolved)
  if (namespace === undefined) return Effect.fail(refusal(403, "the namespace does not exist"))
  return root === "rest"
    ? RestGateway.handle(exchange, target, namespace)
    : Effect.fail(refusal(404, `nothing is served at ${target.path}`))
}

const isQuery = ({ segments }: RequestTarget, resolved: Resolved | undefined): boolean =>
  segments.length === 1 && segments[0] === "query" && resolved !== undefined && resolved.host._tag !== "Namespace"

const dispatch = Effect.fnUntraced(function* (
  exchange: Exchange,
  resolved: Resolved | undefined,
  queries: QueryGateway.QueryGateway
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  const { request } = exchange
  const target = yield* parse(request.target)
  switch (request.listener) {
    case "admin":
      return yield* ConsoleGateway.handle(exchange, target, resolved)
    case "mapi":
      return yield* ManagementGateway.handle(exchange, target, resolved)
    case "data":
      return yield* isQuery(target, resolved)
        ? queries.handle(exchange, target, resolved)
        : handleData(exchange, target, resolved)
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

/** Which gateway answers, besides the native one and those beside it. */
type Place =
  | { readonly _tag: "S3"; readonly address: Address }
  | { readonly _tag: "Swift"; readonly address: SwiftAddress }
  | { readonly _tag: "Native"; readonly address: undefined }

const placeOf = (core: Core, sent: GatewayRequest, resolved: Resolved | undefined): Place => {
  const swift = swiftAddressOf(core, sent, resolved)
  if (swift !== undefined) return { _tag: "Swift", address: swift }
  const s3 = addressOf(core, sent, resolved)
  return s3 === undefined ? { _tag: "Native", address: undefined } : { _tag: "S3", address: s3 }
}

/** What a client is told that found the system at fault. */
const failed = (exchange: Exchange, { _tag }: Place, message: string): GatewayResponse =>
  _tag === "S3"
    ? refusedByS3(exchange, refuseByS3("InternalError", message))
    : (_tag === "Swift" ? refusedBySwift : refused)(exchange, refusal(500, message))

/** What a client is told when the file system of the data folder is full. */
const outOfSpace = (exchange: Exchange, { _tag }: Place): GatewayResponse => {
  const message = "there is no space left for what was sent"
  switch (_tag) {
    case "Native":
      return refused(exchange, refusal(413, "", [["X-HCP-ErrorMessage", message]]))
    case "Swift":
      return refusedBySwift(exchange, refusal(413, message))
    case "S3":
      return refusedByS3(exchange, refuseByS3("OutOfSpace", message))
  }
}

/** @internal */
export const make = (core: Core, uploads: Uploads): Gateway => {
  const s3 = S3Gateway.make(uploads)
  const swift = SwiftGateway.make(uploads)
  const queries = QueryGateway.make(core)
  return {
    handle: Effect.fnUntraced(function* (asked): Effect.fn.Return<GatewayResponse> {
      const resolved = resolve(core, asked.host)
      const place = placeOf(core, asked, resolved)
      const sent = place._tag === "Swift" ? withAuthorization(asked) : asked
      const arrived = yield* begin(core, sent)
      const subject = Accounting.subjectOf(resolved, place.address)
      const { finish, request } = Accounting.watch(core, sent, subject, arrived.now)
      const exchange = { ...arrived, request }
      const answered: Effect.Effect<GatewayResponse, Refusal | SimulatorError> =
        place._tag === "S3"
          ? s3.handle(exchange, place.address)
          : place._tag === "Swift"
            ? swift.handle(exchange, place.address)
            : dispatch(exchange, resolved, queries)
      const response = yield* answered.pipe(
        Effect.catchTags({
          Refusal: (refusal) => Effect.succeed(refused(exchange, refusal)),
          SimulatorError: (error) =>
            Effect.as(
              Effect.logError(`${request.method} ${hidePasswords(request.target)}: ${error.message}`),
              error.reason === "space" ? outOfSpace(exchange, place) : failed(exchange, place, error.message)
            )
        }),
        Effect.catchDefect((defect) =>
          Effect.as(
            Effect.logError(`${request.method} ${hidePasswords(request.target)}`, defect),
            failed(exchange, place, "")
          )
        )
      )
      return yield* finish(request.method === "HEAD" ? withoutBody(response) : response)
    })
  }
}
