/**
 * `/query`: the metadata query engine, on the host of a tenant, of the default namespace, and of the system.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../Gateway.ts"
import { authenticate, permissionsIn } from "../gateway/authentication.ts"
import { type Exchange, privateHeaders, type Refusal, refusal, serviceHeaders } from "../gateway/exchange.ts"
import * as Gzip from "../gateway/gzip.ts"
import { isEnabled, type RequestTarget } from "../gateway/requestTarget.ts"
import type { Resolved } from "../gateway/virtualHost.ts"
import type { Core, Namespace } from "../internal/core.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import * as Answer from "./answer.ts"
import * as ObjectQuery from "./objectQuery.ts"
import * as OperationQuery from "./operationQuery.ts"
import * as Removals from "./removals.ts"
import * as QueryRequest from "./request.ts"
import * as Turns from "./turns.ts"

/** @internal */
export interface QueryGateway {
  /**
   * Answers a query: 400 for one that cannot be read, 403 without valid credentials, without HTTPS where it is needed,
   * and for operations without the search permission, 405 for another method than POST, 406 and 415 for formats, 413
   * beyond 8 KiB, 503 when the node is busy for too long.
   */
  readonly handle: (
    exchange: Exchange,
    target: RequestTarget,
    resolved: Resolved | undefined
  ) => Effect.Effect<GatewayResponse, Refusal | SimulatorError>
}

/** What somebody can ask about: what is there, and what of it they may search. */
interface View {
  readonly present: ReadonlyArray<Namespace>
  readonly searchable: ReadonlyArray<Namespace>
}

const defaultTenant = "default"

const viewOf = Effect.fnUntraced(function* (
  { core, request }: Exchange,
  resolved: Resolved | undefined
): Effect.fn.Return<View, Refusal> {
  if (
    resolved === undefined ||
    resolved.isTakenOver ||
    resolved.host._tag === "Namespace" ||
    resolved.host._tag === "Swift"
  ) {
    return yield* refusal(403, "queries are not served under this name")
  }
  const tenant = resolved.host._tag === "Tenant" ? resolved.host.tenant : undefined
  const all = [...core.namespaces.values()]
  const present = tenant === undefined ? all : all.filter(({ spec }) => spec.tenant === tenant)
  const isOfSystem = tenant === undefined || tenant === defaultTenant
  if (isOfSystem && !request.secure) return yield* refusal(403, "queries need HTTPS here")
  const accounts = core.registry.accountsOf(isOfSystem ? undefined : tenant)
  const user = yield* authenticate(request, accounts, "hcp-ns-auth")
  if (user === undefined) return yield* refusal(403, "credentials are required")
  if (isOfSystem) return { present, searchable: user.roles.includes("SEARCH") ? present : [] }
  return { present, searchable: present.filter((namespace) => permissionsIn(namespace, user).has("search")) }
})

/** The namespaces that a query of operations is about. */
const concerned = (
  { present, searchable }: View,
  names: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Namespace>, Refusal> => {
  const unknown = names.find((name) => !present.some(({ spec }) => spec.key === name.toLowerCase()))
  if (unknown !== undefined) return Effect.fail(refusal(400, `there is no namespace '${unknown}'`))
  const wanted = new Set(names.map((name) => name.toLowerCase()))
  const asked = names.length === 0 ? searchable : searchable.filter(({ spec }) => wanted.has(spec.key))
  return asked.length === 0 || asked.length < wanted.size
    ? Effect.fail(refusal(403, "you do not have the search permission"))
    : Effect.succeed(asked)
}

/**
 * The query engine of a system.
 *
 * @internal
 */
export const make = (core: Core): QueryGateway => {
  const removals = Removals.make(core)
  const turns = Turns.make()

  const answer = (view: View, asked: QueryRequest.QueryRequest, now: number) =>
    asked._tag === "Objects"
      ? ObjectQuery.answer(core, view.searchable, asked.request)
      : Effect.flatMap(concerned(view, asked.request.systemMetadata?.namespaces ?? []), (namespaces) =>
          OperationQuery.answer(core, removals, namespaces, asked.request, now)
        )

  return {
    handle: Effect.fnUntraced(function* (exchange, target, resolved): Effect.fn.Return<
      GatewayResponse,
      Refusal | SimulatorError
    > {
      const { request } = exchange
      const view = yield* viewOf(exchange, resolved)
      if (request.method !== "POST") return yield* refusal(405, "", [["Allow", "POST"]])
      const sent = yield* Effect.fromResult(QueryRequest.sentFormat(request))
      const format = yield* Effect.fromResult(QueryRequest.wantedFormat(request))
      const asked = yield* QueryRequest.read(request, sent)
      const found = yield* turns.at(request.node)(answer(view, asked, exchange.now))
      const pretty = isEnabled(target.parameters, "prettyprint")
      return Gzip.encode(request.headers["accept-encoding"], {
        status: 200,
        headers: [
          ...serviceHeaders(exchange),
          ...privateHeaders(exchange),
          ["Content-Type", `application/${format};charset=UTF-8`]
        ],
        body: Answer.body(found, format, core.spec.domain, pretty)
      })
    })
  }
}
