/**
 * What the specification puts into a registry, and how it is merged with what a former run has kept.
 *
 * @internal
 */
import * as Crypto from "node:crypto"
import { defaultNamespaceKey, type ResolvedSystem, Role } from "../SystemSpec.ts"
import { fromSpec } from "./accounts.ts"
import { counted, own, type State, without, withTenant } from "./registry.ts"
import { makeNamespace, makeTenant, type Namespace } from "./tenants.ts"

const fingerprint = (value: unknown): string => Crypto.createHash("sha256").update(JSON.stringify(value)).digest("hex")

const keyOf = (...parts: ReadonlyArray<string>): string => parts.join("\t").toLowerCase()

/** One thing of the specification, and how to put it in. */
interface Seed {
  readonly key: string
  readonly print: string
  readonly plant: (state: State) => State
}

const seedsOf = (spec: ResolvedSystem, now: number): ReadonlyArray<Seed> => {
  const { administrationAllowed } = spec
  const tenants = [...new Set(spec.namespaces.map(({ tenant }) => tenant))]
  // The default tenant has no users.
  const withUsers = tenants.filter((tenant) => !defaultNamespaceKey.endsWith(`.${tenant}`))
  return [
    ...spec.admins.map(
      (admin): Seed => ({
        key: keyOf("account", "", admin.username),
        print: fingerprint(admin),
        plant: (before) => {
          const state = counted(before)
          const account = fromSpec({ ...admin, roles: admin.roles ?? Role.literals }, undefined, state.lastNumber)
          return { ...state, accounts: { ...state.accounts, [admin.username.toLowerCase()]: account } }
        }
      })
    ),
    ...tenants.map(
      (name): Seed => ({
        key: keyOf("tenant", name),
        print: fingerprint([name, administrationAllowed]),
        plant: (before) => {
          const state = counted(before)
          const former = own(state.tenants, name)
          const tenant = former ?? makeTenant(name, { administrationAllowed, created: now, number: state.lastNumber })
          return withTenant(state, { ...tenant, administrationAllowed })
        }
      })
    ),
    ...withUsers.flatMap((name) =>
      spec.users.map(
        (user): Seed => ({
          key: keyOf("account", name, user.username),
          print: fingerprint(user),
          plant: (before) => {
            const tenant = own(before.tenants, name)
            if (tenant === undefined) return before
            const state = counted(before)
            const account = fromSpec(user, name, state.lastNumber)
            return withTenant(state, {
              ...tenant,
              accounts: { ...tenant.accounts, [user.username.toLowerCase()]: account }
            })
          }
        })
      )
    ),
    ...spec.namespaces.map((namespace): Seed => {
      const owner = spec.owners.get(namespace.key)
      return {
        key: keyOf("namespace", namespace.tenant, namespace.name),
        print: fingerprint(owner === undefined ? namespace : [namespace, owner]),
        plant: (before) => {
          const state = counted(before)
          const tenant = own(state.tenants, namespace.tenant)
          if (tenant === undefined) return before
          const former = own(tenant.namespaces, namespace.name)
          const made: Namespace = {
            ...(former ?? makeNamespace(namespace, now, state.lastNumber)),
            spec: namespace,
            ...(owner === undefined ? {} : { owner, ownerType: "LOCAL" })
          }
          return withTenant(state, { ...tenant, namespaces: { ...tenant.namespaces, [namespace.name]: made } })
        }
      }
    })
  ]
}

/** Takes out what a former specification had and this one has not. A tenant stays while anything else is in it. */
const uproot = (state: State, key: string): State => {
  const [kind, owner = "", name = ""] = key.split("\t")
  if (owner === "") return { ...state, accounts: without(state.accounts, name) }
  const tenant = own(state.tenants, owner)
  if (tenant === undefined) return state
  if (kind === "account") return withTenant(state, { ...tenant, accounts: without(tenant.accounts, name) })
  if (kind === "namespace") return withTenant(state, { ...tenant, namespaces: without(tenant.namespaces, name) })
  return Object.keys(tenant.namespaces).length === 0 ? { ...state, tenants: without(state.tenants, owner) } : state
}

/**
 * What a specification and a former state make together: what the specification says anew counts, else what became of
 * it.
 *
 * @internal
 */
export const merge = (former: State, spec: ResolvedSystem, now: number): State => {
  const seeds = seedsOf(spec, now)
  const present = new Set(seeds.map(({ key }) => key))
  // Namespaces and accounts before the tenants they are in.
  const gone = Object.keys(former.seeds)
    .filter((key) => !present.has(key))
    .sort((a, b) => Number(a.startsWith("tenant\t")) - Number(b.startsWith("tenant\t")))
  const kept = gone.reduce(uproot, former)
  const planted = seeds.reduce(
    (state, { key, plant, print }) => (former.seeds[key] === print ? state : plant(state)),
    kept
  )
  return { ...planted, seeds: Object.fromEntries(seeds.map(({ key, print }) => [key, print])) }
}
