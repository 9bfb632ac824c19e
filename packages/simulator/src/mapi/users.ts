/**
 * `userAccounts` of a tenant.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { type Account, md5, noAccess, stableId } from "../internal/accounts.ts"
import { type Namespace, own, type Tenant, without, withTenant } from "../internal/registry.ts"
import { accountReaders, accountWriters, securityWriters } from "./access.ts"
import * as Accounts from "./accounts.ts"
import * as Paging from "./paging.ts"
import * as Passwords from "./passwords.ts"
import { changeTenant, required, tenantOf } from "./place.ts"
import * as ReadOnly from "./readOnly.ts"
import { answer, type Call, done, type Resource } from "./router.ts"
import { flag, struct, text } from "./shape.ts"

const root = "userAccount"

const shape = struct({
  allowNamespaceManagement: flag,
  description: text({ max: 1024 }),
  enabled: flag,
  forcePasswordChange: flag,
  fullName: text({ min: 1, max: 64 }),
  localAuthentication: flag,
  roles: Accounts.roles,
  userGUID: ReadOnly.shown,
  userID: ReadOnly.shown,
  username: text({ min: 1, max: 64, pattern: /^[^[\t][^\t]*$/ })
})

const readOnly = ["userGUID", "userID"]

/**
 * A user as the caller may see it.
 *
 * @internal
 */
export const documentOf = (call: Call, account: Account) => {
  const isSecurity = Accounts.has(call, "SECURITY")
  return {
    username: account.username,
    fullName: account.fullName,
    description: account.description,
    enabled: account.enabled,
    ...(isSecurity ? { forcePasswordChange: account.forcePasswordChange } : {}),
    ...Accounts.shownRoles(call, account),
    ...(call.verbose ? { localAuthentication: account.localAuthentication } : {}),
    ...(call.verbose && isSecurity ? { userGUID: account.userGUID, userID: account.userID } : {})
  }
}

const userIn = (call: Call, { accounts }: Tenant): Result.Result<Account, Refusal> => {
  const name = call.segment("user")
  const account = own(accounts, name)
  return account === undefined ? Result.fail(refusal(404, `there is no user '${name}'`)) : Result.succeed(account)
}

const userOf = (call: Call) => Effect.flatMap(tenantOf(call), (tenant) => Effect.fromResult(userIn(call, tenant)))

const withUser = (tenant: Tenant, account: Account): Tenant => ({
  ...tenant,
  accounts: { ...tenant.accounts, [account.username.toLowerCase()]: account }
})

const lastOfSecurity = refusal(403, "this is the last enabled local account with the SECURITY role")

const hadSecurity = (tenant: Tenant): boolean => Accounts.keepsSecurity(tenant.accounts, tenant.groups)

/** Fails with 403 if a change takes the SECURITY role from the last who has it. */
const guarded = (before: Tenant, after: Tenant): Result.Result<Tenant, Refusal> =>
  hadSecurity(before) && !hadSecurity(after) ? Result.fail(lastOfSecurity) : Result.succeed(after)

const create = Effect.fnUntraced(function* (call: Call) {
  const tenant = yield* tenantOf(call)
  const given = yield* call.body(root, shape)
  const roles = given.roles ?? []
  const allowNamespaceManagement = roles.includes("ADMINISTRATOR")
  yield* ReadOnly.refuse(Accounts.withoutUnchanged(given, { allowNamespaceManagement }), [
    ...readOnly,
    "allowNamespaceManagement"
  ])
  const username = yield* required(given.username, "username")
  const fullName = yield* required(given.fullName, "fullName")
  const localAuthentication = yield* required(given.localAuthentication, "localAuthentication")
  const enabled = yield* required(given.enabled, "enabled")
  const forcePasswordChange = yield* required(given.forcePasswordChange, "forcePasswordChange")
  const password = yield* Passwords.fromQuery(call, "password", tenant)
  if (localAuthentication && password === undefined) {
    return yield* refusal(400, "the parameter password is required")
  }
  const key = tenant.name.toLowerCase()
  yield* call.core.registry.modify((state) => {
    const present = own(state.tenants, key)
    if (present === undefined) return Result.fail(refusal(404, `there is no tenant '${tenant.name}'`))
    if (own(present.accounts, username) !== undefined) {
      return Result.fail(refusal(409, `there is a user '${username}'`))
    }
    const userID = state.lastNumber + 1
    const account: Account = {
      username,
      // Nobody can sign in with the password of a user that another server vouches for.
      passwordMd5: password === undefined ? "" : md5(password),
      fullName,
      description: given.description ?? "",
      localAuthentication,
      enabled,
      forcePasswordChange,
      roles,
      allowNamespaceManagement,
      userGUID: stableId("user", key, username, String(userID)),
      userID,
      access: noAccess
    }
    return Result.succeed({ ...withTenant(state, withUser(present, account)), lastNumber: userID })
  })
  return done
})

const modify = Effect.fnUntraced(function* (call: Call) {
  const tenant = yield* tenantOf(call)
  const present = yield* Effect.fromResult(userIn(call, tenant))
  const password = yield* Passwords.fromQuery(call, "password", tenant)
  const { username, ...body } = yield* call.body(root, shape)
  const given = Accounts.withoutUnchanged(body, present)
  yield* ReadOnly.refuse(given, [...readOnly, "localAuthentication"])
  yield* Accounts.checkFields(call, { ...given, username, password })
  yield* changeTenant(call, (before) =>
    Result.flatMap(userIn(call, before), (former) => {
      const roles = given.roles ?? former.roles
      const next: Account = {
        ...former,
        username: username ?? former.username,
        passwordMd5: password === undefined ? former.passwordMd5 : md5(password),
        fullName: given.fullName ?? former.fullName,
        description: given.description ?? former.description,
        enabled: given.enabled ?? former.enabled,
        forcePasswordChange: given.forcePasswordChange ?? former.forcePasswordChange,
        roles,
        allowNamespaceManagement: Accounts.withNamespaceManagement(
          given.allowNamespaceManagement,
          former.allowNamespaceManagement,
          roles
        )
      }
      const others = { ...before, accounts: without(before.accounts, former.username.toLowerCase()) }
      return own(others.accounts, next.username) === undefined
        ? guarded(before, withOwner(withUser(others, next), former.username, next.username))
        : Result.fail(refusal(403, `there is a user '${next.username}'`))
    })
  )
  return done
})

const remove = Effect.fnUntraced(function* (call: Call) {
  yield* userOf(call)
  yield* changeTenant(call, (before) =>
    Result.flatMap(userIn(call, before), ({ username }) =>
      guarded(
        before,
        withOwner({ ...before, accounts: without(before.accounts, username.toLowerCase()) }, username, undefined)
      )
    )
  )
  return done
})

/** The namespaces of a tenant, after its user `from` got the name `to` or has gone. */
const withOwner = (tenant: Tenant, from: string, to: string | undefined): Tenant => {
  const follow = (namespace: Namespace): Namespace => {
    if (namespace.ownerType === "EXTERNAL" || namespace.owner?.toLowerCase() !== from.toLowerCase()) return namespace
    const { owner: _, ownerType: __, ...rest } = namespace
    return to === undefined ? rest : { ...rest, owner: to, ownerType: "LOCAL" }
  }
  const namespaces = Object.entries(tenant.namespaces).map(([name, namespace]) => [name, follow(namespace)] as const)
  return { ...tenant, namespaces: Object.fromEntries(namespaces) }
}

/** The body of a change of password. */
export const passwordRequest = struct({ newPassword: text({ min: 1, max: 256 }) })

const changePassword = Effect.fnUntraced(function* (call: Call) {
  const tenant = yield* tenantOf(call)
  yield* Effect.fromResult(userIn(call, tenant))
  const { newPassword } = yield* call.body("updatePasswordRequest", passwordRequest)
  const password = yield* Passwords.check(yield* required(newPassword, "newPassword"), tenant)
  yield* changeTenant(call, (before) =>
    Result.map(userIn(call, before), (former) => withUser(before, { ...former, passwordMd5: md5(password) }))
  )
  return done
})

/** Gives all local users with the SECURITY role the same new password. */
const resetPasswords = Effect.fnUntraced(function* (call: Call) {
  const tenant = yield* tenantOf(call)
  if (call.caller.level !== "system") return yield* refusal(403, "only an administrator of the system resets passwords")
  const password = yield* Passwords.fromQuery(call, "resetPasswords", tenant)
  if (password === undefined) return yield* refusal(400, "the parameter resetPasswords is required")
  yield* changeTenant(call, (before) =>
    Result.succeed({
      ...before,
      accounts: Object.fromEntries(
        Object.entries(before.accounts).map(([key, account]) => [
          key,
          account.localAuthentication && account.roles.includes("SECURITY")
            ? { ...account, passwordMd5: md5(password) }
            : account
        ])
      )
    })
  )
  return done
})

/** @internal */
export const users: ReadonlyArray<Resource> = [
  {
    path: "/tenants/{tenant}/userAccounts",
    get: {
      access: accountReaders,
      parameters: Paging.parameterNames,
      run: Effect.fnUntraced(function* (call: Call) {
        const { accounts } = yield* tenantOf(call)
        const items = Object.values(accounts).map(({ username }) => ({ name: username }))
        const page = yield* Paging.page(call.parameters, items, Paging.userKeys)
        return answer("userAccounts", { username: page.map(({ name }) => name) })
      })
    },
    put: { access: securityWriters, parameters: ["password"], run: create },
    post: {
      access: { system: ["ADMINISTRATOR"], tenant: ["SECURITY"] },
      parameters: ["resetPasswords"],
      run: resetPasswords
    }
  },
  {
    path: "/tenants/{tenant}/userAccounts/{user}",
    get: {
      access: accountReaders,
      run: (call) => Effect.map(userOf(call), (account) => answer(root, documentOf(call, account)))
    },
    post: { access: accountWriters, parameters: ["password"], run: modify },
    delete: { access: securityWriters, run: remove }
  },
  {
    path: "/tenants/{tenant}/userAccounts/{user}/changePassword",
    post: { access: securityWriters, run: changePassword }
  }
]
