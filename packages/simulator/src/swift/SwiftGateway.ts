/**
 * The Swift gateway: finds out who asks for what and hands it to the operation.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../Gateway.ts"
import { authenticate, tokenOf } from "../gateway/authentication.ts"
import { type Exchange, type Refusal, refusal } from "../gateway/exchange.ts"
import { parseForm } from "../gateway/requestTarget.ts"
import type { Account } from "../internal/accounts.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import type { Failure, State } from "../s3/call.ts"
import type { Uploads } from "../s3/multipart/uploads.ts"
import * as SortedNames from "../s3/sortedNames.ts"
import { refuseAbsent } from "./absent.ts"
import type { SwiftAddress } from "./address.ts"
import { bare, refused } from "./answer.ts"
import { type AccountCall, inContainer } from "./call.ts"
import { onAccount, onContainer } from "./containers.ts"
import { onObject } from "./objects.ts"

const unauthorized = () => refusal(401, "Token Invalid.")

/** Version 1 of the authentication: name and key of a user in headers, at any address of the account. */
const giveToken = (
  exchange: Exchange,
  { account, rawPath }: SwiftAddress,
  accounts: ReadonlyArray<Account>
): Effect.Effect<GatewayResponse, Refusal> => {
  const { headers, host, secure } = exchange.request
  const token = `${headers["x-auth-user"]?.trim()}:${headers["x-auth-key"]?.trim().toLowerCase()}`
  const known = accounts.find((each) => each.enabled && tokenOf(each) === token)
  if (known === undefined) return Effect.fail(unauthorized())
  const root = rawPath.split("/").slice(0, 3).join("/")
  // The port that was asked is not known behind the listeners; a client takes that of the address it has asked.
  const port = /:(\d+)$/.exec(headers.host ?? "")?.[0] ?? ""
  const url = `${secure ? "https" : "http"}://${host}${port}${root}/${account}`
  return Effect.succeed(
    bare(exchange, 204, [
      ["X-Auth-Token", `HCP ${token}`],
      ["X-Storage-Url", url]
    ])
  )
}

const handleAddress = Effect.fnUntraced(function* (
  exchange: Exchange,
  address: SwiftAddress,
  state: State
): Effect.fn.Return<GatewayResponse, Failure> {
  const { core, request } = exchange
  const accounts = core.registry.accountsOf(address.account)
  if (request.method === "GET" && request.headers["x-auth-key"] !== undefined)
    return yield* giveToken(exchange, address, accounts)
  const user = yield* Effect.mapError(authenticate(request, accounts, "hcp-ns-auth"), unauthorized)
  if (core.registry.tenant(address.account) === undefined) return yield* unauthorized()
  if (!address.isUtf8) return yield* refusal(412, "the path is not percent-encoded UTF-8")
  const parameters = yield* parseForm(address.rawQuery)
  yield* refuseAbsent(request, parameters)
  const call: AccountCall = { ...exchange, state, address, parameters, user }
  if (address.container === "") return yield* onAccount(call)
  if (user === undefined && address.namespace?.spec.swiftRequiresAuthentication !== false) {
    return yield* refusal(401, "No Token Provided.")
  }
  if (address.object === "") return yield* onContainer(call)
  return yield* onObject(yield* inContainer(call), (container) => {
    const namespace = core.namespaces.get(`${container}.${address.account}`)
    return inContainer({ ...call, address: { ...address, container, namespace } })
  })
})

/** @internal */
export interface SwiftGateway {
  /** Answers a request that is for this gateway; every refusal is an answer. */
  readonly handle: (exchange: Exchange, address: SwiftAddress) => Effect.Effect<GatewayResponse, SimulatorError>
}

/** @internal */
export const make = (uploads: Uploads): SwiftGateway => {
  const state: State = { uploads, sorted: SortedNames.make() }
  return {
    handle: (exchange, address) =>
      Effect.catchTags(handleAddress(exchange, address, state), {
        S3Refusal: (refusal) => Effect.succeed(refused(exchange, refusal)),
        Refusal: (refusal) => Effect.succeed(refused(exchange, refusal))
      })
  }
}
