/**
 * `dataAccessPermissions`: what a user or a group may do in each namespace.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { type DataAccess, grantedIn } from "../internal/accounts.ts"
import { own, type Tenant } from "../internal/registry.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import type { Permission } from "../SystemSpec.ts"
import * as Paging from "./paging.ts"
import { accountPermission, fromAccountNames, toAccountNames } from "./permissionNames.ts"
import { changeTenant, required, tenantOf } from "./place.ts"
import { type Access, answer, type Call, done, type Resource } from "./router.ts"
import { list, repeated, struct, text } from "./shape.ts"

const root = "dataAccessPermissions"

const shape = struct({
  namespacePermission: repeated(
    struct({ namespaceName: text({ min: 1, max: 63 }), permissions: list("permission", accountPermission) })
  )
})

const readers: Access = { tenant: ["ADMINISTRATOR", "SECURITY"] }
const writers: Access = { tenant: ["ADMINISTRATOR"] }

/** Users and groups have the same permissions in different places. */
interface Holders {
  readonly path: string
  readonly find: (call: Call, tenant: Tenant) => DataAccess | undefined
  readonly put: (call: Call, tenant: Tenant, access: DataAccess) => Tenant
}

const documentOf = Effect.fnUntraced(function* (call: Call, tenant: Tenant, access: DataAccess) {
  const granted = Object.values(tenant.namespaces).flatMap(({ spec, tags }) => {
    const permission = toAccountNames(grantedIn(access, spec.name))
    return permission.length === 0 ? [] : [{ name: spec.name, hardQuota: spec.hardQuota, tags, permission }]
  })
  const page = yield* Paging.page(call.parameters, granted, Paging.namespaceKeys)
  return shape.write({
    namespacePermission: page.map(({ name, permission }) => ({ namespaceName: name, permissions: permission }))
  })
})

type Given = ReadonlyArray<readonly [name: string, permissions: ReadonlyArray<Permission>]>

const givenIn = Effect.fnUntraced(function* (call: Call): Effect.fn.Return<Given, Refusal> {
  const { namespacePermission = [] } = yield* call.body(root, shape)
  return yield* Effect.forEach(namespacePermission, ({ namespaceName, permissions = [] }) =>
    Effect.map(
      required(namespaceName, "namespaceName"),
      (name) => [name.toLowerCase(), fromAccountNames(permissions)] as const
    )
  )
})

const resource = ({ find, path, put }: Holders): Resource => {
  const absent = refusal(404, "there is no such account")
  const change = (call: Call, given: Given): Effect.Effect<void, Refusal | SimulatorError> =>
    changeTenant(call, (tenant) => {
      const access = find(call, tenant)
      if (access === undefined) return Result.fail(absent)
      const strange = given.find(([name]) => own(tenant.namespaces, name) === undefined)
      if (strange !== undefined) return Result.fail(refusal(400, `there is no namespace '${strange[0]}'`))
      return Result.succeed(put(call, tenant, { ...access, named: { ...access.named, ...Object.fromEntries(given) } }))
    })
  return {
    path: `/tenants/{tenant}/${path}/${root}`,
    get: {
      access: readers,
      parameters: Paging.parameterNames,
      run: Effect.fnUntraced(function* (call: Call) {
        const tenant = yield* tenantOf(call)
        const access = find(call, tenant)
        return access === undefined ? yield* absent : answer(root, yield* documentOf(call, tenant, access))
      })
    },
    post: {
      access: writers,
      run: Effect.fnUntraced(function* (call: Call) {
        if (find(call, yield* tenantOf(call)) === undefined) return yield* absent
        yield* change(call, yield* givenIn(call))
        return done
      })
    }
  }
}

/** @internal */
export const dataAccess: ReadonlyArray<Resource> = [
  resource({
    path: "userAccounts/{user}",
    find: (call, { accounts }) => own(accounts, call.segment("user"))?.access,
    put: (call, tenant, access) => {
      const account = own(tenant.accounts, call.segment("user"))
      return account === undefined
        ? tenant
        : { ...tenant, accounts: { ...tenant.accounts, [account.username.toLowerCase()]: { ...account, access } } }
    }
  }),
  resource({
    path: "groupAccounts/{group}",
    find: (call, { groups }) => own(groups, call.segment("group"))?.access,
    put: (call, tenant, access) => {
      const group = own(tenant.groups, call.segment("group"))
      return group === undefined
        ? tenant
        : { ...tenant, groups: { ...tenant.groups, [group.groupname.toLowerCase()]: { ...group, access } } }
    }
  })
]
