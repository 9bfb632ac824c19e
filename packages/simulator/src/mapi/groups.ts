/**
 * `groupAccounts` of a tenant: groups of Active Directory. There is no such directory here, so nobody is in them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { type Group, noAccess } from "../internal/accounts.ts"
import { own, type Tenant, without } from "../internal/registry.ts"
import { accountReaders, accountWriters, securityWriters } from "./access.ts"
import * as Accounts from "./accounts.ts"
import { changeTenant, tenantOf } from "./place.ts"
import * as ReadOnly from "./readOnly.ts"
import { answer, type Call, done, type Resource } from "./router.ts"
import { flag, struct, text } from "./shape.ts"

const root = "groupAccount"

const shape = struct({
  allowNamespaceManagement: flag,
  externalGroupID: text({ min: 1, max: 256, pattern: /^S-1-[0-9-]+$/ }),
  groupname: text({ min: 1, max: 256 }),
  roles: Accounts.roles
})

const groupIn = (call: Call, { groups }: Tenant): Result.Result<Group, Refusal> => {
  const name = call.segment("group")
  const found =
    own(groups, name) ??
    // A group may be asked for without its domain.
    Object.values(groups).find(({ groupname }) => groupname.toLowerCase().split("@")[0] === name.toLowerCase())
  return found === undefined ? Result.fail(refusal(404, `there is no group '${name}'`)) : Result.succeed(found)
}

const groupOf = (call: Call) => Effect.flatMap(tenantOf(call), (tenant) => Effect.fromResult(groupIn(call, tenant)))

/** @internal */
export const documentOf = (call: Call, group: Group) => ({
  groupname: group.groupname,
  ...Accounts.shownRoles(call, group),
  ...(call.verbose && Accounts.has(call, "SECURITY") && group.externalGroupID !== ""
    ? { externalGroupID: group.externalGroupID }
    : {})
})

const create = Effect.fnUntraced(function* (call: Call) {
  const tenant = yield* tenantOf(call)
  if (!tenant.authenticationTypes.includes("EXTERNAL")) {
    return yield* refusal(403, "the tenant does not use Active Directory")
  }
  const given = yield* call.body(root, shape)
  const roles = given.roles ?? []
  const allowNamespaceManagement = roles.includes("ADMINISTRATOR")
  yield* ReadOnly.refuse(Accounts.withoutUnchanged(given, { allowNamespaceManagement }), ["allowNamespaceManagement"])
  const groupname = given.groupname ?? given.externalGroupID
  if (groupname === undefined) return yield* refusal(400, "the property groupname or externalGroupID is required")
  const group: Group = {
    groupname,
    externalGroupID: given.externalGroupID ?? "",
    roles,
    allowNamespaceManagement,
    access: noAccess
  }
  yield* changeTenant(call, (before) =>
    own(before.groups, groupname) === undefined
      ? Result.succeed({ ...before, groups: { ...before.groups, [groupname.toLowerCase()]: group } })
      : Result.fail(refusal(409, `there is a group '${groupname}'`))
  )
  return done
})

const guarded = (before: Tenant, after: Tenant): Result.Result<Tenant, Refusal> =>
  Accounts.keepsSecurity(before.accounts, before.groups) && !Accounts.keepsSecurity(after.accounts, after.groups)
    ? Result.fail(refusal(403, "nobody would be left with the SECURITY role"))
    : Result.succeed(after)

const modify = Effect.fnUntraced(function* (call: Call) {
  const present = yield* groupOf(call)
  const given = Accounts.withoutUnchanged(yield* call.body(root, shape), present)
  yield* ReadOnly.refuse(given, ["groupname", "externalGroupID"])
  yield* Accounts.checkFields(call, given)
  yield* changeTenant(call, (before) =>
    Result.flatMap(groupIn(call, before), (former) => {
      const roles = given.roles ?? former.roles
      const allowNamespaceManagement = Accounts.withNamespaceManagement(
        given.allowNamespaceManagement,
        former.allowNamespaceManagement,
        roles
      )
      const next = { ...former, roles, allowNamespaceManagement }
      return guarded(before, { ...before, groups: { ...before.groups, [former.groupname.toLowerCase()]: next } })
    })
  )
  return done
})

const remove = Effect.fnUntraced(function* (call: Call) {
  yield* groupOf(call)
  yield* changeTenant(call, (before) =>
    Result.flatMap(groupIn(call, before), ({ groupname }) =>
      guarded(before, { ...before, groups: without(before.groups, groupname.toLowerCase()) })
    )
  )
  return done
})

/** @internal */
export const groups: ReadonlyArray<Resource> = [
  {
    path: "/tenants/{tenant}/groupAccounts",
    get: {
      access: accountReaders,
      run: (call) =>
        Effect.map(tenantOf(call), (tenant) =>
          answer("groupAccounts", { groupname: Object.values(tenant.groups).map(({ groupname }) => groupname) })
        )
    },
    put: { access: securityWriters, run: create }
  },
  {
    path: "/tenants/{tenant}/groupAccounts/{group}",
    get: {
      access: accountReaders,
      run: (call) => Effect.map(groupOf(call), (group) => answer(root, documentOf(call, group)))
    },
    post: { access: accountWriters, run: modify },
    delete: { access: securityWriters, run: remove }
  }
]
