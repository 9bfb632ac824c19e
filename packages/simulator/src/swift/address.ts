/**
 * Which account, container and object a request to the Swift gateway is about: `/swift/v1/account/container/object` on
 * the host `api` of the system.
 *
 * @internal
 */
import * as Result from "effect/Result"
import type { GatewayRequest } from "../Gateway.ts"
import { encodeStray } from "../gateway/requestTarget.ts"
import type { Resolved } from "../gateway/virtualHost.ts"
import type { Core, Namespace } from "../internal/core.ts"

/** @internal */
export interface SwiftAddress {
  /** The name of the tenant, in lower case. */
  readonly account: string
  /** Empty for a request about the account. */
  readonly container: string
  /** The namespace that the container is, if there is one. */
  readonly namespace: Namespace | undefined
  /** Decoded; empty for a request about the container. */
  readonly object: string
  /** The path as sent. */
  readonly rawPath: string
  readonly rawQuery: string
}

const decode = (text: string): string =>
  Result.getOrElse(
    Result.try(() => decodeURIComponent(text)),
    () => text
  )

/**
 * Takes a request apart; undefined if it is not for this gateway.
 *
 * @internal
 */
export const swiftAddressOf = (
  core: Core,
  request: GatewayRequest,
  resolved: Resolved | undefined
): SwiftAddress | undefined => {
  if (request.listener !== "data" || resolved?.host._tag !== "Swift") return undefined
  const target = encodeStray(request.target).replace(/^https?:\/\/[^/?]*/i, "")
  const question = target.indexOf("?")
  const rawPath = question < 0 ? target : target.slice(0, question)
  const [, account = "", container = "", object = ""] =
    /^\/swift\/v1\/([^/]+)(?:\/([^/]+)(?:\/(.*))?)?\/?$/s.exec(rawPath) ?? []
  if (account === "") return undefined
  const names = [account, container].map((name) => decode(name).toLowerCase())
  return {
    account: names[0] ?? "",
    container: names[1] ?? "",
    namespace: core.namespaces.get(`${names[1]}.${names[0]}`),
    object: decode(object),
    rawPath,
    rawQuery: question < 0 ? "" : target.slice(question + 1)
  }
}

/**
 * The request with the credentials where the other gateways have them: the token is the same.
 *
 * @internal
 */
export const withAuthorization = (request: GatewayRequest): GatewayRequest => {
  const { authorization: _, "x-auth-token": token, ...headers } = request.headers
  return { ...request, headers: token === undefined ? headers : { ...headers, authorization: token } }
}
