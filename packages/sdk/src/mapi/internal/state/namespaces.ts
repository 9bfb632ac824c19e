/**
 * Plans the namespaces of a tenant, their settings and retention classes.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Struct from "effect/Struct"
import type { HcpError } from "../../../HcpError.ts"
import type { Mapi } from "../../Mapi.ts"
import { type NamespaceSettings, NewNamespace } from "../../NamespaceSettings.ts"
import * as Namespaces from "../../Namespaces.ts"
import * as RetentionClasses from "../../RetentionClasses.ts"
import type { NamespaceState, TenantState } from "../../StateDocument.ts"
import * as Users from "../../Users.ts"
import { differing } from "../ensure.ts"
import {
  checkValue,
  deletion,
  differencesOf,
  fieldOf,
  isSame,
  noSecrets,
  type Planner,
  planEach,
  planSection,
  refuse
} from "./changes.ts"
import { planCors } from "./cors.ts"
import { ofNamespaces } from "./sections.ts"

const sections = [
  "versioning",
  "compliance",
  "indexing",
  "collisions",
  "permissions",
  "protocols",
  "retentionClasses",
  "cors"
] as const

/** What nothing can change. */
const checkFixed = (path: string, wanted: NamespaceState, current: NamespaceSettings) => {
  const at = fieldOf(path)
  if (wanted.hashScheme !== undefined && current.hashScheme !== undefined && wanted.hashScheme !== current.hashScheme) {
    return refuse(`${at}.hashScheme`, `is ${current.hashScheme} for ever; ask for that, or take another name`)
  }
  if (wanted.enterpriseMode === true && current.enterpriseMode === false) {
    return refuse(`${at}.enterpriseMode`, "cannot be true again: a namespace in compliance mode stays in it")
  }
  return wanted.aclsUsage === "NOT_ENABLED" && (current.aclsUsage ?? "NOT_ENABLED") !== "NOT_ENABLED"
    ? refuse(`${at}.aclsUsage`, "cannot be NOT_ENABLED again; take NOT_ENFORCED")
    : Effect.void
}

type Classes = NonNullable<NamespaceState["retentionClasses"]>

const planClasses = Effect.fnUntraced(function* (
  { changes, deletions }: Planner,
  place: { readonly tenant: string; readonly namespace: string; readonly path: string; readonly isNew: boolean },
  wanted: Classes | undefined
): Effect.fn.Return<void, HcpError, Mapi> {
  if (wanted === undefined) return
  const { isNew, namespace, path: base, tenant } = place
  const at = { tenant }
  const names = isNew ? [] : yield* Stream.runCollect(RetentionClasses.list(namespace, at))
  for (const { name = "", value, ...rest } of wanted) {
    const path = `${base}/retentionClasses/${name}`
    if (!names.some((other) => isSame(other, name))) {
      if (value === undefined) return yield* refuse(`${fieldOf(path)}.value`, "is missing; a retention class needs one")
      const input = { name, value, ...rest }
      yield* checkValue(RetentionClasses.NewRetentionClass, input, path)
      changes.push({
        action: "create",
        path,
        differences: differencesOf(input, undefined),
        secrets: [],
        perform: noSecrets(RetentionClasses.create(namespace, input, at))
      })
      continue
    }
    const current = yield* RetentionClasses.get(namespace, name, at)
    const differs = differing({ ...rest, value }, current)
    if (Object.keys(differs).length === 0) continue
    changes.push({
      action: "modify",
      path,
      differences: differencesOf(differs, current),
      secrets: [],
      perform: noSecrets(RetentionClasses.modify(namespace, name, differs, at))
    })
  }
  for (const name of names) {
    if (wanted.some((other) => isSame(other.name ?? "", name))) continue
    deletions.push(deletion(`${base}/retentionClasses/${name}`, RetentionClasses.delete(namespace, name, at)))
  }
})

const planNamespace = Effect.fnUntraced(function* (
  planner: Planner,
  tenant: string,
  wanted: NamespaceState,
  isNew: boolean
): Effect.fn.Return<void, HcpError, Mapi> {
  const { name } = wanted
  const path = `${tenant}/namespaces/${name}`
  const properties = Struct.omit(wanted, sections)
  const its = ofNamespaces(tenant, name)
  const versioning = planSection(planner, its.versioning, wanted.versioning, isNew)
  // Append and versioning exclude each other: what is switched off goes first.
  const isSwitchedOff = wanted.versioning?.enabled === false
  if (isNew) {
    yield* checkValue(NewNamespace, properties, path)
    planner.changes.push({
      action: "create",
      path,
      differences: differencesOf(properties, undefined),
      secrets: [],
      perform: noSecrets(Namespaces.create(properties, { tenant }))
    })
  } else {
    const current = yield* Namespaces.get(name, { tenant })
    yield* checkFixed(path, wanted, current)
    if (isSwitchedOff) yield* versioning
    const differs = differing(Struct.omit(properties, ["name", "hashScheme"]), current)
    if (Object.keys(differs).length > 0) {
      planner.changes.push({
        action: "modify",
        path,
        differences: differencesOf(differs, current),
        secrets: [],
        perform: noSecrets(Namespaces.modify(name, differs, { tenant }))
      })
    }
  }
  if (isNew || !isSwitchedOff) yield* versioning
  yield* planClasses(planner, { tenant, namespace: name, path, isNew }, wanted.retentionClasses)
  // A default may be a retention class.
  yield* planSection(planner, its.compliance, wanted.compliance, isNew)
  yield* planSection(planner, its.indexing, wanted.indexing, isNew)
  yield* planSection(planner, its.collisions, wanted.collisions, isNew)
  const { permissions, protocols = {} } = wanted
  yield* planSection(planner, its.mask, permissions === undefined ? undefined : { permissions }, isNew)
  yield* planSection(planner, its.http, protocols.http, isNew)
  yield* planSection(planner, its.cifs, protocols.cifs, isNew)
  yield* planSection(planner, its.nfs, protocols.nfs, isNew)
  yield* planSection(planner, its.smtp, protocols.smtp, isNew)
  yield* planCors(planner, its.cors, wanted.cors, isNew)
})

/** What a namespace may refer to. */
interface Known {
  readonly namespaces: ReadonlyArray<string>
  readonly users: ReadonlyArray<string>
}

const checkReferences = Effect.fnUntraced(function* (
  tenant: string,
  { groups = [], namespaces = [], users = [] }: TenantState,
  known: Known
): Effect.fn.Return<void, HcpError, Mapi> {
  const accounts = [
    ...users.map(({ dataAccess = [], username }) => [`users.${username}`, dataAccess] as const),
    ...groups.map(({ dataAccess = [], groupname }) => [`groups.${groupname}`, dataAccess] as const)
  ]
  for (const [account, access] of accounts) {
    for (const { namespaceName = "" } of access) {
      if (known.namespaces.some((name) => isSame(name, namespaceName))) continue
      return yield* refuse(
        `tenants.${tenant}.${account}.dataAccess.${namespaceName}`,
        "is no namespace, neither in the document nor in the tenant"
      )
    }
  }
  for (const { name, owner, ownerType } of namespaces) {
    if (owner === undefined || owner === "" || ownerType === "EXTERNAL") continue
    if (known.users.some((user) => isSame(user, owner))) continue
    return yield* refuse(
      `tenants.${tenant}.namespaces.${name}.owner`,
      `${owner} is no user, neither in the document nor in the tenant`
    )
  }
})

const isGiven = (list: ReadonlyArray<unknown> | undefined): boolean => list !== undefined && list.length > 0

/** Plans all namespaces that a tenant's part of the document names. */
export const planNamespaces = Effect.fnUntraced(function* (
  planner: Planner,
  tenant: string,
  wanted: TenantState,
  isNew: boolean
): Effect.fn.Return<void, HcpError, Mapi> {
  const { groups = [], namespaces, users = [] } = wanted
  const isReferredTo = [...users, ...groups].some(({ dataAccess }) => isGiven(dataAccess))
  if (namespaces === undefined && !isReferredTo) return
  const names = isNew ? [] : yield* Stream.runCollect(Namespaces.list({ tenant }))
  const wantedUsers = users.map(({ username = "" }) => username)
  const isOwned = namespaces?.some(({ owner }) => owner !== undefined && !wantedUsers.includes(owner)) ?? false
  const otherUsers = isNew || !isOwned ? [] : yield* Stream.runCollect(Users.list({ tenant }))
  yield* checkReferences(tenant, wanted, {
    namespaces: [...names, ...(namespaces ?? []).map(({ name = "" }) => name)],
    users: [...wantedUsers, ...otherUsers]
  })
  if (namespaces === undefined) return
  yield* planEach(planner, namespaces, (own, { name = "", ...rest }) =>
    planNamespace(own, tenant, { name, ...rest }, !names.some((other) => isSame(other, name)))
  )
  for (const name of names) {
    if (namespaces.some((other) => isSame(other.name ?? "", name))) continue
    planner.deletions.push(deletion(`${tenant}/namespaces/${name}`, Namespaces.delete(name, { tenant })))
  }
})
