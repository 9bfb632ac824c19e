/**
 * `/tenants/{tenant}/namespaces`: namespaces are made, changed, renamed and deleted here.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import type { Core } from "../internal/core.ts"
import { counted, type Namespace, own, type State, type Tenant, without, withTenant } from "../internal/registry.ts"
import { makeNamespace } from "../internal/tenants.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { resolveNamespace } from "../SystemSpec.ts"
import { namespaceReaders, namespaceWriters, writers } from "./access.ts"
import * as Properties from "./namespaceProperties.ts"
import * as Paging from "./paging.ts"
import {
  changeNamespace,
  isDefault,
  namespaceOf,
  required,
  tenantOf,
  visibleNamespaces,
  withNamespace
} from "./place.ts"
import * as ReadOnly from "./readOnly.ts"
import { endsOf, isSame } from "./replicationEnd.ts"
import { answer, type Call, done, type Resource } from "./router.ts"
import { initialNamespaceDefaults, namespaceDefaultsPath, namespaceDefaultsShape } from "./tenantSettings.ts"
import { withVersioning } from "./versioning.ts"

const root = "namespace"

/**
 * A namespace as the tenant's defaults make it: served over HTTPS, to users with credentials.
 *
 * @internal
 */
export const blank = (tenant: Tenant, name: string, now: number, number: number): Result.Result<Namespace, Refusal> =>
  Result.gen(function* () {
    const kept = { ...initialNamespaceDefaults, ...own(tenant.settings, namespaceDefaultsPath) }
    const defaults = yield* namespaceDefaultsShape.read(kept, namespaceDefaultsPath)
    const { dpl, directoryUsage, effectiveDpl, optimizedFor, versioningSettings, ...properties } = defaults
    const spec = resolveNamespace({ name, tenant: tenant.name, http: false, search: false })
    const made = yield* Properties.apply(makeNamespace({ ...spec, description: "" }, now, number), tenant, {
      ...properties,
      enterpriseMode: tenant.complianceConfigurationEnabled ? properties.enterpriseMode : true,
      optimizedFor: optimizedFor === "DEFAULT" ? undefined : optimizedFor,
      directoryUsage: directoryUsage === "Default" ? undefined : directoryUsage
    })
    return versioningSettings?.enabled === true ? yield* withVersioning(made, versioningSettings) : made
  })

/**
 * Why a tenant cannot have one more namespace.
 *
 * @internal
 */
export const excess = (tenant: Tenant, owner: string | undefined): string | undefined => {
  const present = Object.values(tenant.namespaces)
  if (present.length >= (tenant.namespaceQuota ?? Number.POSITIVE_INFINITY)) {
    return "the tenant has all the namespaces it may have"
  }
  const owned = present.filter(
    (namespace) => owner !== undefined && namespace.owner?.toLowerCase() === owner.toLowerCase()
  )
  return owned.length >= tenant.maxNamespacesPerUser && owner !== undefined
    ? `${owner} owns all the namespaces a user may own`
    : undefined
}

const checkOwner = (tenant: Tenant, given: Properties.Properties): Result.Result<void, Refusal> =>
  given.owner === undefined ||
  given.owner === "" ||
  given.ownerType === "EXTERNAL" ||
  own(tenant.accounts, given.owner) !== undefined
    ? Result.succeed(undefined)
    : Result.fail(refusal(400, `the value of owner is not valid: there is no user '${given.owner}'`))

const create = Effect.fnUntraced(function* (call: Call) {
  const { caller, core } = call
  const tenant = yield* tenantOf(call)
  if (isDefault(tenant)) return yield* refusal(403, "the default tenant has one namespace only")
  const given = yield* call.body(root, Properties.shape)
  yield* ReadOnly.refuse(given, Properties.readOnly)
  const name = (yield* required(given.name, "name")).toLowerCase()
  const creator =
    caller.level === "tenant" && caller.account.allowNamespaceManagement ? caller.account.username : undefined
  const key = tenant.name.toLowerCase()
  yield* core.registry.modify((before) =>
    Result.gen(function* () {
      const state = counted(before)
      const now = own(state.tenants, key)
      if (now === undefined) return yield* Result.fail(refusal(404, `there is no tenant '${tenant.name}'`))
      if (own(now.namespaces, name) !== undefined)
        return yield* Result.fail(refusal(409, `there is a namespace '${name}'`))
      const { versioningSettings, ...properties } = { ...given, owner: given.owner ?? creator }
      yield* checkOwner(now, properties)
      const made = yield* Properties.apply(yield* blank(now, name, call.now, state.lastNumber), now, properties)
      const tooMany = excess(now, made.owner)
      if (tooMany !== undefined) return yield* Result.fail(refusal(403, tooMany))
      if (versioningSettings !== undefined && !now.versioningConfigurationEnabled) {
        return yield* Result.fail(refusal(403, "the tenant may not configure versioning"))
      }
      const versioned = versioningSettings === undefined ? made : yield* withVersioning(made, versioningSettings)
      return withTenant(state, withNamespace(now, versioned))
    })
  )
  return done
})

/** What the accounts of a tenant may do in a namespace follows it to its new name. */
const renameGrants = (tenant: Tenant, from: string, to: string): Tenant => {
  const moved = <Holder extends Tenant["accounts"][string] | Tenant["groups"][string]>(holder: Holder): Holder => {
    const granted = own(holder.access.named, from)
    if (granted === undefined) return holder
    return { ...holder, access: { ...holder.access, named: { ...without(holder.access.named, from), [to]: granted } } }
  }
  const all = <Holder extends Tenant["accounts"][string] | Tenant["groups"][string]>(
    holders: Readonly<Record<string, Holder>>
  ) => Object.fromEntries(Object.entries(holders).map(([name, holder]) => [name, moved(holder)]))
  return { ...tenant, accounts: all(tenant.accounts), groups: all(tenant.groups) }
}

const rename = (call: Call, to: string): Effect.Effect<void, Refusal | SimulatorError> =>
  Effect.gen(function* () {
    const { core } = call
    const { namespace, tenant } = yield* namespaceOf(call)
    const from = namespace.spec.name
    if (from === to) return
    const protocols = own(namespace.settings, "protocols/cifs")?.enabled === true
    if (protocols || namespace.spec.s3) {
      return yield* refusal(403, "a namespace cannot be renamed while CIFS or the S3 compatible API is enabled")
    }
    const spec = { ...namespace.spec, name: to, key: `${to}.${namespace.spec.tenant}` }
    yield* core.registry.modify((state): Result.Result<State, Refusal | SimulatorError> => {
      const owner = own(state.tenants, tenant.name)
      if (owner === undefined || own(owner.namespaces, from) !== namespace) {
        return Result.fail(refusal(403, "the namespace is being changed by somebody else"))
      }
      if (own(owner.namespaces, to) !== undefined) return Result.fail(refusal(403, `there is a namespace '${to}'`))
      const moved = withNamespace({ ...owner, namespaces: without(owner.namespaces, from) }, { ...namespace, spec })
      const next = withTenant(state, renameGrants(moved, from, to))
      return Result.map(core.relabel(namespace.spec.key, spec.key), () => next)
    })
    core.usage.rename(namespace.spec.key, spec.key)
  })

/** Sends, both ways, what was stored while a namespace was not replicated. */
const catchUp = (call: Call, { name }: Tenant) =>
  Effect.forEach(
    endsOf(call).filter(({ link }) => link.tenants().some((carried) => isSame(carried, name))),
    ({ link }) => Effect.andThen(link.restore(0), link.restore(1)),
    { discard: true }
  )

const modify = Effect.fnUntraced(function* (call: Call) {
  const { namespace: former, tenant } = yield* namespaceOf(call)
  if (call.parameters.has("resetMQECheckpoint")) {
    return (yield* checkCheckpoint(call.parameters.get("resetMQECheckpoint") ?? "")) ?? done
  }
  const { name, ...given } = yield* call.body(root, Properties.shape)
  yield* ReadOnly.refuse(given, [...Properties.readOnly, "hashScheme", "versioningSettings"])
  if (isDefault(tenant)) yield* ReadOnly.refuse(given, ["aclsUsage", "owner", "tags", "optimizedFor", "appendEnabled"])
  if (!tenant.complianceConfigurationEnabled) yield* ReadOnly.refuse(given, ["enterpriseMode"])
  yield* changeNamespace(call, (namespace, owner) =>
    Result.flatMap(checkOwner(owner, { ownerType: namespace.ownerType, ...given }), () =>
      Properties.apply(namespace, owner, given)
    )
  )
  if (given.replicationEnabled === true && !former.spec.replication) yield* catchUp(call, tenant)
  if (name !== undefined && !isDefault(tenant)) yield* rename(call, name.toLowerCase())
  return done
})

const checkCheckpoint = (value: string): Effect.Effect<undefined, Refusal> =>
  value === "0" || /^\d{2}\/\d{2}\/\d{4}$/.test(value)
    ? Effect.undefined
    : Effect.fail(refusal(400, "the value of resetMQECheckpoint is not valid: it must be mm/dd/yyyy or 0"))

const isEmptyNamespace = (core: Core, key: string): boolean => {
  for (const change of core.namespaces.get(key)?.tree.changes(key) ?? []) {
    if (change._tag === "PutVersion" && change.version.state === "created") return false
  }
  return true
}

const remove = Effect.fnUntraced(function* (call: Call) {
  const { core, now } = call
  const { namespace, tenant } = yield* namespaceOf(call)
  if (isDefault(tenant)) return yield* refusal(403, "the default namespace cannot be deleted")
  const { key, name } = namespace.spec
  yield* core.registry.modify((state): Result.Result<State, Refusal | SimulatorError> => {
    const present = own(state.tenants, tenant.name)
    if (present === undefined || own(present.namespaces, name) === undefined) return Result.succeed(state)
    if (!isEmptyNamespace(core, key)) return Result.fail(refusal(403, "the namespace is not empty"))
    const left = withTenant(state, { ...present, namespaces: without(present.namespaces, name) })
    return Result.map(core.relabel(key, undefined), () => left)
  })
  core.usage.close(key, now)
  return done
})

/** @internal */
export const namespaces: ReadonlyArray<Resource> = [
  {
    path: "/tenants/{tenant}/namespaces",
    get: {
      access: namespaceReaders,
      parameters: Paging.parameterNames,
      run: Effect.fnUntraced(function* (call: Call) {
        const tenant = yield* tenantOf(call)
        const items = visibleNamespaces(call, tenant).map(({ spec, tags }) => ({
          name: isDefault(tenant) ? "Default" : spec.name,
          hardQuota: spec.hardQuota,
          tags
        }))
        const page = yield* Paging.page(call.parameters, items, Paging.namespaceKeys)
        return answer("namespaces", { name: page.map(({ name }) => name) })
      })
    },
    put: { access: namespaceWriters, run: create }
  },
  {
    path: "/tenants/{tenant}/namespaces/{namespace}",
    get: {
      access: namespaceReaders,
      run: (call) =>
        Effect.map(namespaceOf(call), ({ namespace, tenant }) =>
          answer(root, Properties.documentOf(call, tenant, namespace))
        )
    },
    post: { access: writers, parameters: ["resetMQECheckpoint"], run: modify },
    delete: { access: namespaceWriters, run: remove }
  }
]
