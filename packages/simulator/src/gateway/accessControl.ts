/**
 * Access control lists of objects: `?type=acl`, and what they give to the sender of a request.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Grant, grantedTo, granteeKey, permissionsOf, type Sender, wellKnownGroups } from "../Acl.ts"
import type { Change, ChangeTime } from "../Change.ts"
import type { GatewayResponse } from "../Gateway.ts"
import type { Namespace } from "../internal/core.ts"
import { aclOf, current } from "../ObjectTree.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import type { Permission } from "../SystemSpec.ts"
import * as Format from "./aclFormat.ts"
import { plain, privateHeaders, type Refusal, refusal, serviceHeaders } from "./exchange.ts"
import { findCurrent, findObject } from "./lookup.ts"
import { created } from "./newVersion.ts"
import { isUser, need, needWritable, type ObjectRequest, readText } from "./objectRequest.ts"
import * as Preconditions from "./preconditions.ts"

const maxGrants = 1000
/** Room for as many grants with the longest of names. */
const maxBytes = 4 * 1024 ** 2

/**
 * What the list of an object gives to somebody, where lists are obeyed, within what the masks of the tenant and the
 * namespace let through. The empty path and directories have none.
 *
 * @internal
 */
export const grantedAt = (
  { spec, tenantMask, tree }: Namespace,
  path: ReadonlyArray<string>,
  sender: Sender
): ReadonlyArray<Permission> => {
  if (spec.aclsUsage !== "ENFORCED") return []
  const entry = tree.find(path)
  const granted = entry?._tag === "Object" ? grantedTo(aclOf(entry) ?? [], sender) : []
  return granted.filter((permission) => spec.mask.includes(permission) && tenantMask.includes(permission))
}

const checkRequest = (request: ObjectRequest): Effect.Effect<void, Refusal> => {
  if (request.namespace.spec.aclsUsage === "NOT_ENABLED") {
    return Effect.fail(refusal(400, "access control lists are not enabled"))
  }
  return Preconditions.isConditional(request.request)
    ? Effect.fail(refusal(400, "conditional headers are not allowed on an access control list"))
    : Effect.void
}

const grantProblem = (request: ObjectRequest, { domain, name, rights, type }: Grant): string | undefined => {
  const isGroup = type === "group"
  if (isGroup && wellKnownGroups.includes(name)) {
    if (domain !== "") return `the group '${name}' has no domain`
  } else if (domain === "") {
    // Only an Active Directory has further groups, and its names come with their domain.
    if (isGroup) return `the group '${name}' does not exist`
    if (!isUser(request, name) || name.includes("@")) return `the user '${name}' does not exist`
  }
  const beyond = rights.find((right) => !permissionsOf(right).every((needed) => request.permissions.has(needed)))
  return beyond === undefined ? undefined : `${beyond} cannot be granted by a user who does not have it`
}

const checkGrants = (request: ObjectRequest, grants: ReadonlyArray<Grant>): Effect.Effect<void, Refusal> => {
  if (grants.length > maxGrants) return Effect.fail(refusal(400, `an access control list can have ${maxGrants} grants`))
  if (new Set(grants.map(granteeKey)).size < grants.length) return Effect.fail(refusal(400, "a grantee comes twice"))
  for (const grant of grants) {
    const problem = grantProblem(request, grant)
    if (problem !== undefined) return Effect.fail(refusal(400, problem))
  }
  return Effect.void
}

/** The list, and the change time of the version that it shows on. Fails as {@link findList}. */
const changesOf = (
  request: ObjectRequest,
  grants: ReadonlyArray<Grant> | null,
  changed: ChangeTime
): Result.Result<ReadonlyArray<Change>, Refusal> =>
  Result.map(findCurrent(request), (version) => {
    const place = { namespace: request.namespace.spec.key, path: request.path }
    return [
      { _tag: "PutAcl", ...place, ids: [version.id], grants, changed },
      { _tag: "PutVersion", ...place, version: { ...version, changed, replicated: false } }
    ]
  })

/** The object's list. Fails with 404 if the object is not there or deleted, with 400 for a directory. */
const findList = (request: ObjectRequest): Result.Result<ReadonlyArray<Grant> | undefined, Refusal> =>
  Result.flatMap(findObject(request), (entry) =>
    current(entry) === undefined ? Result.fail(refusal(404)) : Result.succeed(aclOf(entry))
  )

/**
 * PUT: replaces the whole list, under retention as well. 201; 400 where lists are not enabled and for grants that
 * cannot be, 403 without the permission, 404 without an object, 415 for another format than XML and JSON.
 *
 * @internal
 */
export const storeAcl = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  yield* needWritable(request)
  yield* checkRequest(request)
  yield* need(request, "writeAcl")
  yield* Effect.fromResult(findList(request))
  const format = yield* Effect.fromResult(Format.sentFormat(request.request.headers["content-type"]))
  const grants = yield* Format.read(yield* readText(request, maxBytes), format)
  yield* checkGrants(request, grants)
  const changed = yield* request.core.stamp
  yield* request.core.commit("client", () => changesOf(request, grants, changed))
  return created(request, [])
})

/**
 * DELETE: 200, 204 if there is no list; refusals as for PUT.
 *
 * @internal
 */
export const removeAcl = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  yield* needWritable(request)
  yield* checkRequest(request)
  yield* need(request, "writeAcl")
  const changed = yield* request.core.stamp
  yield* request.core.commit("client", () =>
    Result.flatMap(findList(request), (list) =>
      list === undefined ? Result.fail(refusal(204)) : changesOf(request, null, changed)
    )
  )
  return plain(request, 200)
})

/**
 * GET and HEAD: 200, 204 if there is no list, 406 for another format than XML and JSON.
 *
 * @internal
 */
export const readAcl = Effect.fnUntraced(function* (
  request: ObjectRequest
): Effect.fn.Return<GatewayResponse, Refusal> {
  yield* checkRequest(request)
  yield* need(request, "readAcl")
  const grants = yield* Effect.fromResult(findList(request))
  const format = yield* Effect.fromResult(Format.acceptedFormat(request.request.headers.accept))
  if (grants === undefined) return yield* refusal(204)
  return {
    status: 200,
    headers: [...serviceHeaders(request), ...privateHeaders(request), ["Content-Type", Format.contentTypes[format]]],
    body: { _tag: "Bytes", bytes: new TextEncoder().encode(Format.write(grants, format)) }
  }
})
