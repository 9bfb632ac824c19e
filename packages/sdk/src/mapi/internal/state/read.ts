/**
 * Reads everything there is as a state.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { HcpError } from "../../../HcpError.ts"
import type { Field } from "../../Field.ts"
import * as Groups from "../../Groups.ts"
import type { Mapi } from "../../Mapi.ts"
import * as Namespaces from "../../Namespaces.ts"
import type { NamespacePermission } from "../../Permission.ts"
import * as RetentionClasses from "../../RetentionClasses.ts"
import { decode, GroupState, NamespaceState, type State, TenantState, UserState } from "../../StateDocument.ts"
import * as Tenants from "../../Tenants.ts"
import * as Users from "../../Users.ts"
import { problemInFile } from "../encode.ts"
import { concurrency, isSame, refuse } from "./changes.ts"
import { normal, type Place } from "./cors.ts"
import { ofNamespaces, ofTenants } from "./sections.ts"
import { tenantNames } from "./tenants.ts"

interface Omitted {
  readonly path: string
  readonly reason: string
}

type Plain = Readonly<Record<string, unknown>>
type Reading<A> = Effect.Effect<A, HcpError, Mapi>

/** What this user may see of it: nothing, and a note, where HCP refuses or knows nothing of it. */
const visible = <A>(omitted: Array<Omitted>, path: string, reading: Reading<A>): Reading<A | undefined> =>
  Effect.catch(reading, (error) => {
    const { _tag } = error.reason
    if (_tag !== "Forbidden" && _tag !== "NotFound") return Effect.fail(error)
    omitted.push({ path, reason: error.message })
    return Effect.succeed(undefined)
  })

// Lists that are sets to HCP, which gives them in any order.
const sets: ReadonlySet<string> = new Set([
  "tags",
  "roles",
  "permissions",
  "authenticationTypes",
  "authMinimumPermissions",
  "authAndAnonymousMinimumPermissions",
  "contentClasses"
])

interface Resource<A> extends Field<A> {
  readonly fields: Readonly<Record<string, unknown>>
}

const recordOf = (value: unknown): Plain =>
  Predicate.isReadonlyObject(value) && !Array.isArray(value) ? { ...value } : {}

const plainOf = (value: object): Plain => {
  const plain: unknown = JSON.parse(JSON.stringify(value))
  return Object.fromEntries(
    Object.entries(recordOf(plain)).map(([name, each]) => [
      name,
      sets.has(name) && Array.isArray(each) ? each.map(String).sort() : each
    ])
  )
}

/** What of a resource belongs into a document: no figures, and nothing that HCP shows and would refuse. */
const fit = <A>(omitted: Array<Omitted>, path: string, resource: Resource<A>, value: object | undefined) => {
  if (value === undefined) return undefined
  const given = Object.entries(plainOf(value)).filter(([name]) => Object.hasOwn(resource.fields, name))
  let record = Object.fromEntries(given)
  for (;;) {
    const problem = problemInFile(resource, record)
    const [name = ""] = problem?.field.split(".") ?? []
    if (problem === undefined || record[name] === undefined) return record
    if (record[name] !== "") omitted.push({ path: `${path}/${name}`, reason: problem.detail })
    const { [name]: _, ...rest } = record
    record = rest
  }
}

const listed = <A extends Plain>(all: ReadonlyArray<A>, key: string): ReadonlyArray<A> =>
  [...all].sort((one, other) => (String(one[key]) < String(other[key]) ? -1 : 1))

const sorted = (all: ReadonlyArray<string> | undefined) => (all === undefined ? undefined : [...all].sort())

const rules = (omitted: Array<Omitted>, { find, path }: Place) =>
  Effect.map(visible(omitted, path, find), (found) =>
    found === undefined ? undefined : Option.getOrElse(found, () => []).map(normal)
  )

const accessOf = (all: ReadonlyArray<NamespacePermission> | undefined) =>
  all === undefined
    ? undefined
    : listed(
        all
          .filter(({ permissions = [] }) => permissions.length > 0)
          .map(({ namespaceName, permissions = [] }) => ({ namespaceName, permissions: [...permissions].sort() })),
        "namespaceName"
      )

/** The variable in which a password is found, one for each user. */
const passwordVariables = (tenant: string, users: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const taken = new Set<string>()
  return new Map(
    users.map((user) => {
      const base = `HCP_PASSWORD_${tenant}_${user}`.toUpperCase().replace(/[^A-Z0-9]/g, "_")
      let name = base
      for (let next = 2; taken.has(name); next++) name = `${base}_${next}`
      taken.add(name)
      return [user, name] as const
    })
  )
}

const readUsers = Effect.fnUntraced(function* (
  omitted: Array<Omitted>,
  tenant: string
): Effect.fn.Return<ReadonlyArray<Plain> | undefined, HcpError, Mapi> {
  const at = { tenant }
  const names = yield* visible(omitted, `${tenant}/users`, Stream.runCollect(Users.list(at)))
  if (names === undefined) return undefined
  const variables = passwordVariables(tenant, [...names].sort())
  const users = yield* Effect.forEach(
    names,
    Effect.fnUntraced(function* (name) {
      const path = `${tenant}/users/${name}`
      const user = yield* Users.get(name, at)
      const access = yield* visible(omitted, `${path}/dataAccess`, Users.dataAccess.get(name, at))
      const { forcePasswordChange: _, localAuthentication, ...rest } = fit(omitted, path, UserState, user) ?? {}
      return {
        ...rest,
        username: name,
        ...(localAuthentication === false ? { localAuthentication } : {}),
        // A user of RADIUS is created with a password as well, which nobody signs in with.
        password: { env: variables.get(name) },
        dataAccess: accessOf(access)
      }
    }),
    { concurrency }
  )
  return listed(users, "username")
})

const readGroups = Effect.fnUntraced(function* (
  omitted: Array<Omitted>,
  tenant: string
): Effect.fn.Return<ReadonlyArray<Plain> | undefined, HcpError, Mapi> {
  const at = { tenant }
  const names = yield* visible(omitted, `${tenant}/groups`, Stream.runCollect(Groups.list(at)))
  if (names === undefined) return undefined
  const groups = yield* Effect.forEach(
    names,
    Effect.fnUntraced(function* (name) {
      const path = `${tenant}/groups/${name}`
      const group = yield* Groups.get(name, at)
      const access = yield* visible(omitted, `${path}/dataAccess`, Groups.dataAccess.get(name, at))
      return { ...fit(omitted, path, GroupState, group), groupname: name, dataAccess: accessOf(access) }
    }),
    { concurrency }
  )
  return listed(groups, "groupname")
})

const readNamespace = Effect.fnUntraced(function* (
  omitted: Array<Omitted>,
  tenant: string,
  name: string
): Effect.fn.Return<Plain, HcpError, Mapi> {
  const at = { tenant }
  const its = ofNamespaces(tenant, name)
  const path = `${tenant}/namespaces/${name}`
  const { fields } = NamespaceState
  const { fields: protocols } = fields.protocols
  const settings = yield* Namespaces.get(name, at)
  const section = <A extends object, B>(
    { get, path }: { readonly get: Reading<A>; readonly path: string },
    resource: Resource<B>
  ) => Effect.map(visible(omitted, path, get), (value) => fit(omitted, path, resource, value))
  const versioning = yield* section(its.versioning, fields.versioning)
  const collisions = yield* section(its.collisions, fields.collisions)
  const mask = yield* visible(omitted, its.mask.path, its.mask.get)
  const classes = yield* visible(
    omitted,
    `${path}/retentionClasses`,
    Effect.flatMap(Stream.runCollect(RetentionClasses.list(name, at)), (names) =>
      Effect.forEach(names, (each) =>
        Effect.map(RetentionClasses.get(name, each, at), (one) => plainOf({ ...one, name: each }))
      )
    )
  )
  const { owner, ownerType, ...properties } = fit(omitted, path, NamespaceState, settings) ?? {}
  return {
    ...properties,
    name,
    ...(owner === undefined || owner === "" ? {} : { owner, ownerType }),
    // What goes with what, where an HCP says only a part.
    versioning: versioning?.enabled === true ? { prune: false, ...versioning } : versioning,
    compliance: yield* section(its.compliance, fields.compliance),
    // Without search there is nothing to index, and HCP refuses to tell.
    indexing: settings.searchEnabled === true ? yield* section(its.indexing, fields.indexing) : undefined,
    collisions: collisions?.deleteEnabled === false ? { ...collisions, deleteDays: undefined } : collisions,
    permissions: sorted(mask?.permissions),
    protocols: {
      http: yield* section(its.http, protocols.http),
      cifs: yield* section(its.cifs, protocols.cifs),
      nfs: yield* section(its.nfs, protocols.nfs),
      smtp: yield* section(its.smtp, protocols.smtp)
    },
    retentionClasses: classes === undefined ? undefined : listed(classes, "name"),
    cors: yield* rules(omitted, its.cors)
  }
})

const readTenant = Effect.fnUntraced(function* (
  omitted: Array<Omitted>,
  tenant: string
): Effect.fn.Return<Plain, HcpError, Mapi> {
  const at = { tenant }
  const its = ofTenants(tenant)
  const { fields } = TenantState
  const properties = fit(omitted, tenant, TenantState, yield* Tenants.get(at))
  const section = <A extends object, B>(
    { get, path }: { readonly get: Reading<A>; readonly path: string },
    resource: Resource<B>
  ) => Effect.map(visible(omitted, path, get), (value) => fit(omitted, path, resource, value))
  const mask = yield* visible(omitted, its.mask.path, its.mask.get)
  const names = yield* visible(omitted, `${tenant}/namespaces`, Stream.runCollect(Namespaces.list(at)))
  const namespaces =
    names === undefined
      ? undefined
      : yield* Effect.forEach(names, (name) => readNamespace(omitted, tenant, name), { concurrency })
  return {
    ...properties,
    name: tenant,
    contactInfo: yield* section(its.contactInfo, fields.contactInfo),
    consoleSecurity: yield* section(its.consoleSecurity, fields.consoleSecurity),
    emailNotification: yield* section(its.emailNotification, fields.emailNotification),
    searchSecurity: yield* section(its.searchSecurity, fields.searchSecurity),
    namespaceDefaults: yield* section(its.namespaceDefaults, fields.namespaceDefaults),
    permissions: sorted(mask?.permissions),
    cors: yield* rules(omitted, its.cors),
    users: yield* readUsers(omitted, tenant),
    groups: yield* readGroups(omitted, tenant),
    namespaces: namespaces === undefined ? undefined : listed(namespaces, "name")
  }
})

/** Everything of these tenants, or of all. */
export const readState = Effect.fnUntraced(function* (
  tenants: ReadonlyArray<string> | undefined
): Effect.fn.Return<{ readonly state: State; readonly omitted: ReadonlyArray<Omitted> }, HcpError, Mapi> {
  const omitted: Array<Omitted> = []
  const there = yield* tenantNames
  const unknown = tenants?.find((name) => !there.some((other) => isSame(other, name)))
  if (unknown !== undefined) return yield* refuse("tenants", `there is no tenant ${unknown} here`)
  const names = there.filter((name) => tenants === undefined || tenants.some((other) => isSame(other, name)))
  const plain = yield* Effect.forEach([...names].sort(), (name) => readTenant(omitted, name))
  const state = decode(JSON.parse(JSON.stringify({ tenants: plain })))
  return Result.isSuccess(state)
    ? { state: state.success, omitted: [...omitted].sort((one, other) => (one.path < other.path ? -1 : 1)) }
    : yield* refuse(state.failure.field, state.failure.detail)
})
