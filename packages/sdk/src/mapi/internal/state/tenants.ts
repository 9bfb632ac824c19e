/**
 * Plans tenants, their settings, and all that is in them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Struct from "effect/Struct"
import type { HcpError } from "../../../HcpError.ts"
import { Mapi } from "../../Mapi.ts"
import * as Namespaces from "../../Namespaces.ts"
import type { State, TenantState } from "../../StateDocument.ts"
import type { SecretOf } from "../../StatePlan.ts"
import { NewTenant } from "../../Tenant.ts"
import * as Tenants from "../../Tenants.ts"
import { differing } from "../ensure.ts"
import { firstGroup, firstUser, planAccounts } from "./accounts.ts"
import { checkValue, deletion, differencesOf, isSame, noSecrets, type Planner, planSection, refuse } from "./changes.ts"
import { planCors } from "./cors.ts"
import { planNamespaces } from "./namespaces.ts"
import { ofTenants } from "./sections.ts"

const sections = [
  "contactInfo",
  "consoleSecurity",
  "emailNotification",
  "searchSecurity",
  "namespaceDefaults",
  "permissions",
  "cors",
  "users",
  "groups",
  "namespaces"
] as const

/** What a tenant decides itself. */
const ownMatters: ReadonlySet<string> = new Set([
  "administrationAllowed",
  "maxNamespacesPerUser",
  "snmpLoggingEnabled",
  "syslogLoggingEnabled",
  "tenantVisibleDescription"
])

/** Creates a tenant with its first administrator; gives the name of that one where it is a user. */
const planCreation = Effect.fnUntraced(function* (
  { changes }: Planner,
  wanted: TenantState
): Effect.fn.Return<string | undefined, HcpError, Mapi> {
  const { name } = wanted
  const at = `tenants.${name}`
  const input = Struct.omit(wanted, [...sections, "administrationAllowed"])
  yield* checkValue(NewTenant, input, name)
  const user = firstUser(wanted.users ?? [])
  const group = firstGroup(wanted.groups ?? [])
  const creation = { action: "create", path: name, differences: differencesOf(input, undefined) } as const
  if (user?.username !== undefined) {
    const { forcePasswordChange, password, username } = user
    if (password === undefined) {
      return yield* refuse(
        `${at}.users.${username}.password`,
        "is missing; the tenant is created with this user: { env: NAME } says where it is found"
      )
    }
    changes.push({
      ...creation,
      secrets: [password],
      perform: (secretOf: SecretOf) =>
        Tenants.create(input, { username, password: secretOf(password), forcePasswordChange })
    })
    return username
  }
  const initialSecurityGroup = group?.groupname
  if (initialSecurityGroup === undefined) {
    return yield* refuse(
      `${at}.users`,
      "holds no user with the role SECURITY, and groups no such group; a tenant is created with one of them"
    )
  }
  changes.push({ ...creation, secrets: [], perform: noSecrets(Tenants.create(input, { initialSecurityGroup })) })
  return undefined
})

const planModification = Effect.fnUntraced(function* (
  { changes }: Planner,
  wanted: TenantState
): Effect.fn.Return<void, HcpError, Mapi> {
  const { name } = wanted
  const { level } = yield* Mapi
  const current = yield* Tenants.get({ tenant: name })
  const differs = differing(Struct.omit(wanted, [...sections, "name"]), current)
  const names = Object.keys(differs)
  if (names.length === 0) return
  const refused = names.find((field) =>
    level === "tenant" ? !ownMatters.has(field) : field === "administrationAllowed"
  )
  if (refused !== undefined) {
    const whose = level === "tenant" ? "users of the system, at admin.<domain>" : "users of the tenant, at its own host"
    return yield* refuse(`tenants.${name}.${refused}`, `differs, and only ${whose}, can change it`)
  }
  changes.push({
    action: "modify",
    path: name,
    differences: differencesOf(differs, current),
    secrets: [],
    perform: noSecrets(Tenants.modify(differs, { tenant: name }))
  })
})

const planTenant = Effect.fnUntraced(function* (
  planner: Planner,
  wanted: TenantState,
  isNew: boolean
): Effect.fn.Return<void, HcpError, Mapi> {
  const { name } = wanted
  const first = isNew ? yield* planCreation(planner, wanted) : undefined
  if (!isNew) yield* planModification(planner, wanted)
  const its = ofTenants(name)
  yield* planSection(planner, its.contactInfo, wanted.contactInfo, isNew)
  yield* planSection(planner, its.consoleSecurity, wanted.consoleSecurity, isNew)
  yield* planSection(planner, its.emailNotification, wanted.emailNotification, isNew)
  yield* planSection(planner, its.searchSecurity, wanted.searchSecurity, isNew)
  yield* planSection(planner, its.namespaceDefaults, wanted.namespaceDefaults, isNew)
  const { permissions } = wanted
  yield* planSection(planner, its.mask, permissions === undefined ? undefined : { permissions }, isNew)
  yield* planCors(planner, its.cors, wanted.cors, isNew)
  yield* planAccounts(planner, { tenant: name, isNew, first }, wanted)
  yield* planNamespaces(planner, name, wanted, isNew)
  planner.changes.push(...planner.grants.splice(0))
})

/** The tenants there are: at the host of a tenant only that one. */
export const tenantNames: Effect.Effect<ReadonlyArray<string>, HcpError, Mapi> = Effect.flatMap(Mapi, ({ tenant }) =>
  tenant === undefined
    ? Effect.map(Stream.runCollect(Tenants.list()), (names) => names.filter((name) => !isSame(name, "default")))
    : Effect.succeed([tenant])
)

/** Plans all tenants of a document. */
export const planTenants = Effect.fnUntraced(function* (
  planner: Planner,
  { tenants = [] }: State
): Effect.fn.Return<void, HcpError, Mapi> {
  const { fqdn, level } = yield* Mapi
  const names = yield* tenantNames
  for (const { name = "", ...rest } of tenants) {
    const isThere = names.some((other) => isSame(other, name))
    if (!isThere && level === "tenant") {
      return yield* refuse(`tenants.${name}`, `is not the tenant of ${fqdn}; a tenant's users only manage their own`)
    }
    yield* planTenant(planner, { name, ...rest }, !isThere)
  }
})

/** Plans the deletion of tenants that a document does not name. */
export const planTenantDeletions = Effect.fnUntraced(function* (
  planner: Planner,
  { tenants = [] }: State
): Effect.fn.Return<void, HcpError, Mapi> {
  for (const name of yield* tenantNames) {
    if (tenants.some((other) => isSame(other.name ?? "", name))) continue
    planner.tenants.push(deletion(name, Tenants.delete(name)))
    // HCP deletes no tenant that owns namespaces, and no namespace that holds objects.
    for (const each of yield* Stream.runCollect(Namespaces.list({ tenant: name }))) {
      planner.tenants.push(deletion(`${name}/namespaces/${each}`, Namespaces.delete(each, { tenant: name })))
    }
  }
})
