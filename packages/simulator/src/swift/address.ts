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
  /** Whether the path is percent-encoded UTF-8; what is not has its names as they were sent. */
  readonly isUtf8: boolean
  /** The path as sent. */
  readonly rawPath: string
  readonly rawQuery: string
}

const decode = (text: string): string | undefined => Result.getOrUndefined(Result.try(() => decodeURIComponent(text)))

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
  const sent = [account, container, object]
  const names = sent.map(decode)
  const [tenant = "", name = "", path = ""] = names.map((each, index) => each ?? sent[index] ?? "")
  return {
    account: tenant.toLowerCase(),
    container: name.toLowerCase(),
    namespace: core.namespaces.get(`${name}.${tenant}`.toLowerCase()),
    object: path,
    isUtf8: !names.includes(undefined),
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
