/**
 * `/mapi` on its own port: lets administrators in, finds the resource, and puts its answer into the form that was asked
 * for.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../Gateway.ts"
import type { Tenant } from "../internal/registry.ts"
import { toJson, toXml } from "../mapi/format.ts"
import { accepted } from "../mapi/mediaTypes.ts"
import * as RequestBody from "../mapi/requestBody.ts"
import { resources } from "../mapi/resources.ts"
import * as Router from "../mapi/router.ts"
import * as Wadl from "../mapi/wadl.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { authenticate } from "./authentication.ts"
import {
  browserHeaders,
  bytesBody,
  type Exchange,
  emptyBody,
  noCacheHeaders,
  plain,
  type Refusal,
  refusal,
  serviceHeaders
} from "./exchange.ts"
import { isEnabled, maxPathBytes, type RequestTarget } from "./requestTarget.ts"
import type { Resolved } from "./virtualHost.ts"

/** Who asks: on the host of a tenant its own accounts come first, then those of the system. */
const callerOf = Effect.fnUntraced(function* (
  { core, request }: Exchange,
  resolved: Resolved | undefined
): Effect.fn.Return<Router.Caller, Refusal> {
  if (
    resolved === undefined ||
    resolved.isTakenOver ||
    resolved.host._tag === "Namespace" ||
    resolved.host._tag === "Swift"
  ) {
    return yield* refusal(403, "the management API is not served under this name")
  }
  const { registry } = core
  const tenant = resolved.host._tag === "Tenant" ? resolved.host.tenant : undefined
  const own = tenant === undefined ? [] : registry.accountsOf(tenant)
  const account = yield* authenticate(request, [...own, ...registry.accountsOf(undefined)], "hcp-api-auth")
  if (account === undefined) return yield* refusal(403, "credentials are required")
  return tenant !== undefined && own.includes(account)
    ? { level: "tenant", account, tenant }
    : { level: "system", account }
})

const holdsOne = (roles: ReadonlyArray<string> | undefined, caller: Router.Caller): boolean =>
  caller.account.roles.some((role) => roles?.includes(role) ?? false)

/** Why somebody may not do something; undefined if nothing is in the way. */
const denial = (
  { namespaceManagement, system, tenant: tenantRoles }: Router.Access,
  caller: Router.Caller,
  tenant: Tenant | undefined,
  name: string
): string | undefined => {
  const noRole = "your roles do not allow this operation"
  if (caller.level === "tenant") {
    if (tenantRoles === undefined) return "this operation needs an account of the system level"
    if (name !== "" && name.toLowerCase() !== caller.tenant) return "this is not your tenant"
    if (namespaceManagement === true && caller.account.allowNamespaceManagement) return undefined
    return holdsOne(tenantRoles, caller) ? undefined : noRole
  }
  if (holdsOne(system, caller)) return undefined
  if (tenantRoles === undefined) return noRole
  // A tenant that is not there is told apart by the operation.
  if (tenant !== undefined && !tenant.administrationAllowed)
    return "the tenant does not admit administrators of the system"
  return holdsOne(tenantRoles, caller) ? undefined : noRole
}

const verbOf = (method: string): Router.Verb | undefined =>
  Router.verbs.find((verb) => verb === (method === "HEAD" ? "get" : method.toLowerCase()))

const respond = (
  exchange: Exchange,
  reply: Router.Reply,
  format: Router.Format,
  target: RequestTarget
): GatewayResponse => {
  const headers = [...serviceHeaders(exchange), ...browserHeaders]
  const pretty = target.parameters.has("prettyprint") && target.parameters.get("prettyprint") !== "false"
  switch (reply._tag) {
    case "Done":
      return { status: 200, headers, body: emptyBody }
    case "Text":
      return { status: 200, headers: [...headers, ["Content-Type", reply.contentType]], body: bytesBody(reply.text) }
    case "Download":
      return { status: 200, headers: [...headers, ...reply.headers], body: { _tag: "Stream", stream: reply.stream } }
    case "Document": {
      const { document, root } = reply
      const json = () => toJson(root, document, pretty)
      const callback = target.parameters.get("callback") ?? "callback"
      const [type, text] =
        format === "json"
          ? ["application/json", json()]
          : format === "javascript"
            ? ["application/javascript", `${callback.replace(/[^\w$.]/g, "")}(${json()})`]
            : ["application/xml", toXml(root, document, pretty)]
      return { status: 200, headers: [...headers, ["Content-Type", type]], body: bytesBody(text) }
    }
  }
}

const run = Effect.fnUntraced(function* (
  exchange: Exchange,
  target: RequestTarget,
  resolved: Resolved | undefined
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  const { core, request } = exchange
  const [root, ...segments] = target.segments
  if (Buffer.byteLength(target.path) - "/mapi".length > maxPathBytes) return yield* refusal(414)
  const caller = yield* callerOf(exchange, resolved)
  const match = root === "mapi" ? Router.find(resources, segments) : undefined
  if (match === undefined) return yield* refusal(404, `there is no resource ${target.path}`)
  const { resource, segment } = match
  const allow = ["Allow", Router.methodsOf(resource).join(", ")] as const
  if (request.method === "OPTIONS") {
    return {
      status: 200,
      headers: [...serviceHeaders(exchange), ...noCacheHeaders, allow, ["Content-Type", Wadl.contentType]],
      body: bytesBody(
        Wadl.describe(resource, request.headers.host ?? request.host, segments.map(encodeURIComponent).join("/"))
      )
    }
  }
  const verb = verbOf(request.method)
  const operation = verb === undefined ? undefined : resource[verb]
  if (operation === undefined) return yield* refusal(405, `${request.method} is not valid for ${target.path}`, [allow])
  const name = segment("tenant")
  const denied = denial(operation.access, caller, core.registry.tenant(name), name)
  if (denied !== undefined) return yield* refusal(403, denied)
  const format = yield* accepted(request, operation.csv ?? false)
  const reply = yield* operation.run({
    core,
    request,
    now: exchange.now,
    caller,
    segment,
    parameters: target.parameters,
    verbose: isEnabled(target.parameters, "verbose"),
    format,
    body: (root, shape) => RequestBody.read(request, root, shape),
    text: RequestBody.readText(request)
  })
  return respond(exchange, reply, format, target)
})

/** Whether a HEAD is refused because of what it asks for; then it is answered as HCP does it. */
const isAbsence = ({ message, status }: Refusal): boolean =>
  status === 404 || (status === 403 && !message.startsWith("credentials") && !message.startsWith("the credentials"))

/**
 * Answers a request to the management API.
 *
 * 403 without valid credentials, for a name that does not lead to this system or one of its tenants, and for what the
 * caller's level and roles do not allow; 404 for what is not there; 405 for a verb the resource does not have; 414 for
 * a path that is too long; 415 for formats that are not supported. A HEAD for what is not there or not permitted is a
 * 302, as HCP does it.
 *
 * @internal
 */
export const handle = (
  exchange: Exchange,
  target: RequestTarget,
  resolved: Resolved | undefined
): Effect.Effect<GatewayResponse, Refusal | SimulatorError> => {
  const answer = run(exchange, target, resolved)
  return exchange.request.method !== "HEAD"
    ? answer
    : Effect.catchTag(answer, "Refusal", (refusal) =>
        isAbsence(refusal) ? Effect.succeed(plain(exchange, 302)) : Effect.fail(refusal)
      )
}
