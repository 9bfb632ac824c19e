/**
 * `/tenants`: tenants as the system and as they themselves see them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { type Account, md5, noAccess, stableId } from "../internal/accounts.ts"
import type { Document } from "../internal/document.ts"
import { counted, own, type Tenant, without, withTenant } from "../internal/registry.ts"
import { AuthenticationType, makeTenant } from "../internal/tenants.ts"
import { toText } from "../internal/time.ts"
import { systemReaders, systemWriters, tenantReaders, tenantWriters } from "./access.ts"
import * as Paging from "./paging.ts"
import * as Passwords from "./passwords.ts"
import { changeTenant, defaultKey, isDefault, nameOf, required, tenantOf } from "./place.ts"
import * as ReadOnly from "./readOnly.ts"
import { answer, type Call, done, type Resource } from "./router.ts"
import { choice, flag, integer, list, quota, type Shape, struct, type TypeOf, text } from "./shape.ts"
import { tag } from "./tag.ts"

const root = "tenant"
const description = text({ max: 1024 })
const network = text({ min: 1, max: 64 })

/** A number as text, or `None`. */
const namespaceQuota: Shape<number | "None"> = {
  read: (document, at) =>
    document === "None" || document === "none" ? Result.succeed("None") : integer(1, 10_000).read(document, at),
  write: String
}

const shape = struct({
  name: text({ min: 1, max: 63, pattern: /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/ }),
  systemVisibleDescription: description,
  tenantVisibleDescription: description,
  hardQuota: quota,
  softQuota: integer(0, 100),
  namespaceQuota,
  authenticationTypes: list("authenticationType", choice(AuthenticationType.literals)),
  complianceConfigurationEnabled: flag,
  versioningConfigurationEnabled: flag,
  searchConfigurationEnabled: flag,
  replicationConfigurationEnabled: flag,
  erasureCodingSelectionEnabled: flag,
  servicePlanSelectionEnabled: flag,
  servicePlan: text({ min: 1, max: 64 }),
  dataNetwork: network,
  managementNetwork: network,
  tags: list("tag", tag),
  administrationAllowed: flag,
  maxNamespacesPerUser: integer(0, 10_000),
  snmpLoggingEnabled: flag,
  syslogLoggingEnabled: flag,
  id: ReadOnly.shown,
  creationTime: ReadOnly.shown,
  fullyQualifiedName: ReadOnly.shown
})

type Properties = TypeOf<typeof shape>
type Name = keyof typeof shape.fields & string

const readOnly: ReadonlyArray<Name> = ["id", "creationTime", "fullyQualifiedName"]

/** What the tenant's own administrators decide. */
const ownMatters: ReadonlyArray<Name> = [
  "administrationAllowed",
  "maxNamespacesPerUser",
  "snmpLoggingEnabled",
  "syslogLoggingEnabled",
  "tenantVisibleDescription"
]

const ofDefault: ReadonlyArray<Name> = [
  "snmpLoggingEnabled",
  "syslogLoggingEnabled",
  "systemVisibleDescription",
  "tenantVisibleDescription"
]

const ofDefaultVerbose: ReadonlyArray<Name> = [...ofDefault, "name", "managementNetwork", "dataNetwork"]

/** What the caller is shown of a tenant besides what only verbose answers have. */
const isVisible = (call: Call, tenant: Tenant, name: Name): boolean => {
  if (isDefault(tenant)) return (call.verbose ? ofDefaultVerbose : ofDefault).includes(name)
  if (name === "servicePlan" && tenant.servicePlanSelectionEnabled) return false
  if (call.caller.level === "system") return tenant.administrationAllowed || !ownMatters.includes(name)
  return name !== "systemVisibleDescription" && (call.verbose || ownMatters.includes(name))
}

const isName = (name: string): name is Name => Object.hasOwn(shape.fields, name)

const documentOf = (call: Call, tenant: Tenant): Document => {
  const { accounts, contentClasses, cors, created, groups, id, mask, namespaces, settings, ...properties } = tenant
  const { namespaceQuota = "None" } = tenant
  const written = shape.write({ ...properties, namespaceQuota, name: nameOf(tenant), ...noReadOnly })
  const shown = Object.entries(written).filter(([name]) => isName(name) && isVisible(call, tenant, name))
  return {
    ...Object.fromEntries(shown),
    ...(call.verbose
      ? {
          id: isDefault(tenant) ? "00000000-0000-0000-0000-000000000000" : id,
          creationTime: toText(created),
          fullyQualifiedName: `${tenant.name}.${call.core.spec.domain}`
        }
      : {})
  }
}

const noReadOnly = { id: undefined, creationTime: undefined, fullyQualifiedName: undefined }

const checkTypes = (types: Properties["authenticationTypes"]): Effect.Effect<void, Refusal> =>
  types !== undefined && (types.length === 0 || (types.length === 1 && types[0] === "RADIUS"))
    ? Effect.fail(refusal(400, "the value of authenticationTypes is not valid: RADIUS needs another type beside it"))
    : Effect.void

/** A tenant as the properties of a body make it. */
const apply = (tenant: Tenant, properties: Properties): Tenant => {
  const { creationTime, fullyQualifiedName, id, name, namespaceQuota, ...given } = properties
  const { namespaceQuota: _, ...rest } = tenant
  const limit = namespaceQuota ?? tenant.namespaceQuota ?? "None"
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { ...rest, ...set, ...(limit === "None" ? {} : { namespaceQuota: limit }) }
}

const firstAccount = (
  username: string,
  password: string,
  forcePasswordChange: boolean,
  now: number,
  id: number
): Account => ({
  username,
  passwordMd5: md5(password),
  fullName: username,
  description: "",
  localAuthentication: true,
  enabled: true,
  forcePasswordChange,
  roles: ["SECURITY"],
  allowNamespaceManagement: false,
  userGUID: stableId("first account", username, String(now), String(id)),
  userID: id,
  access: noAccess
})

/** Names that lead somewhere else. */
const reserved: ReadonlySet<string> = new Set(["admin", "www", defaultKey])

const create = Effect.fnUntraced(function* (call: Call) {
  const properties = yield* call.body(root, shape)
  yield* ReadOnly.refuse(properties, [...readOnly, "administrationAllowed"])
  const name = yield* required(properties.name, "name")
  const key = name.toLowerCase()
  if (key === defaultKey) {
    return yield* refusal(403, "the default tenant is there from the start, or not at all")
  }
  if (reserved.has(key)) return yield* refusal(400, `the name '${name}' is reserved`)
  yield* checkTypes(properties.authenticationTypes)
  const group = call.parameters.get("initialSecurityGroup")
  const username = call.parameters.get("username")
  const password = yield* Passwords.fromQuery(call, "password", undefined)
  if (group === undefined && (username === undefined || username === "" || password === undefined)) {
    return yield* refusal(400, "the parameters username and password are required")
  }
  if (group !== undefined && !(properties.authenticationTypes ?? []).includes("EXTERNAL")) {
    return yield* refusal(400, "the parameter initialSecurityGroup needs the authentication type EXTERNAL")
  }
  const force = call.parameters.get("forcePasswordChange") === "true"
  yield* call.core.registry.modify((before) => {
    if (own(before.tenants, key) !== undefined) return Result.fail(refusal(409, `there is a tenant '${name}'`))
    const state = counted(before)
    const { administrationAllowed } = call.core.spec
    const blank = makeTenant(name, { administrationAllowed, created: call.now, number: state.lastNumber })
    const made = apply(blank, properties)
    if (username === undefined || password === undefined) {
      const roles = ["SECURITY" as const]
      const first = {
        groupname: group ?? "",
        externalGroupID: "",
        roles,
        allowNamespaceManagement: false,
        access: noAccess
      }
      return Result.succeed(withTenant(state, { ...made, groups: { [first.groupname.toLowerCase()]: first } }))
    }
    const first = firstAccount(username, password, force, call.now, state.lastNumber)
    return Result.succeed(withTenant(state, { ...made, accounts: { [username.toLowerCase()]: first } }))
  })
  return done
})

const modify = Effect.fnUntraced(function* (call: Call) {
  const tenant = yield* tenantOf(call)
  const properties = yield* call.body(root, shape)
  yield* ReadOnly.refuse(properties, readOnly)
  if (properties.name !== undefined && properties.name.toLowerCase() !== tenant.name.toLowerCase()) {
    return yield* refusal(403, "the name of a tenant cannot be changed")
  }
  const isSystem = call.caller.level === "system"
  if (isSystem) {
    yield* ReadOnly.refuse(properties, tenant.administrationAllowed ? ["administrationAllowed"] : ownMatters)
  } else {
    const others = Object.keys(shape.fields).filter((name) => !ownMatters.some((mine) => mine === name))
    yield* ReadOnly.refuse(properties, others)
  }
  if (isDefault(tenant)) {
    yield* ReadOnly.refuse(
      properties,
      Object.keys(shape.fields).filter((name) => name !== "name" && !ofDefault.some((mine) => mine === name))
    )
  }
  yield* checkTypes(properties.authenticationTypes)
  yield* changeTenant(call, (before) => Result.succeed(apply(before, properties)))
  return done
})

const remove = Effect.fnUntraced(function* (call: Call) {
  const tenant = yield* tenantOf(call)
  if (isDefault(tenant)) return yield* refusal(403, "the default tenant cannot be deleted")
  const key = tenant.name.toLowerCase()
  yield* call.core.registry.modify((state) =>
    Object.keys(own(state.tenants, key)?.namespaces ?? {}).length > 0
      ? Result.fail(refusal(403, "the tenant owns namespaces"))
      : Result.succeed({ ...state, tenants: without(state.tenants, key) })
  )
  return done
})

/** @internal */
export const tenants: ReadonlyArray<Resource> = [
  {
    path: "/tenants",
    get: {
      access: systemReaders,
      parameters: Paging.parameterNames,
      run: Effect.fnUntraced(function* ({ core, parameters }: Call) {
        const items = Object.values(core.registry.state().tenants).map((tenant) => ({
          name: nameOf(tenant),
          hardQuota: tenant.hardQuota,
          tags: tenant.tags
        }))
        const page = yield* Paging.page(parameters, items, Paging.namespaceKeys)
        return answer("tenants", { name: page.map(({ name }) => name) })
      })
    },
    put: {
      access: systemWriters,
      parameters: ["username", "password", "forcePasswordChange", "initialSecurityGroup"],
      run: create
    }
  },
  {
    path: "/tenants/{tenant}",
    get: {
      access: tenantReaders,
      run: (call) => Effect.map(tenantOf(call), (tenant) => answer(root, documentOf(call, tenant)))
    },
    post: { access: tenantWriters, run: modify },
    delete: { access: systemWriters, run: remove }
  }
]
