/**
 * Who and what a system knows besides its objects: tenants, namespaces, accounts, settings. It begins with the specification, the
 * management API changes it, and a file keeps it over restarts.
 *
 * @internal
 */

import * as Crypto from "node:crypto"
import * as Path from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { SimulatorError } from "../SimulatorError.ts"
import { defaultNamespaceKey, type ResolvedSystem, Role } from "../SystemSpec.ts"
import { Account, fromSpec, Group } from "./accounts.ts"
import { type Branch, BranchSchema } from "./document.ts"
import * as File from "./file.ts"
import { makeNamespace, makeTenant, type Namespace, Tenant } from "./tenants.ts"

export type { Namespace, Tenant }

/** Never modified: a change makes a new one. All names are keys in lower case. */
const State = Schema.Struct({
  tenants: Schema.Record(Schema.String, Tenant),
  /** The administrators of the system. */
  accounts: Schema.Record(Schema.String, Account),
  groups: Schema.Record(Schema.String, Group),
  /** What other parts of the management API keep, by a name of their own. */
  settings: Schema.Record(Schema.String, BranchSchema),
  /** What came from the specification, each with the digest of what it said, so that a restart knows what is new in it. */
  seeds: Schema.Record(Schema.String, Schema.String),
  /** The last number that was given to a tenant, a namespace or a user. */
  lastNumber: Schema.Int
})

/** @internal */
export type State = typeof State.Type

/** @internal */
export interface Registry {
  readonly state: () => State
  /** Names are compared without regard to case. */
  readonly tenant: (name: string) => Tenant | undefined
  readonly namespace: (tenant: string, name: string) => Namespace | undefined
  /** The users of a tenant; without one, the administrators of the system. */
  readonly accountsOf: (tenant: string | undefined) => ReadonlyArray<Account>
  /** What some part of the management API has kept under this name. */
  readonly setting: (name: string) => Branch | undefined
  readonly keep: (name: string, value: Branch) => Effect.Effect<void, SimulatorError>
  /** Decides and changes in one step: it is in the file before it is visible. */
  readonly modify: <E>(decide: (state: State) => Result.Result<State, E>) => Effect.Effect<void, E | SimulatorError>
}

const empty: State = { tenants: {}, accounts: {}, groups: {}, settings: {}, seeds: {}, lastNumber: 499 }

const fingerprint = (value: unknown): string => Crypto.createHash("sha256").update(JSON.stringify(value)).digest("hex")

/**
 * The state after one more number was given out.
 *
 * @internal
 */
export const counted = (state: State): State => ({ ...state, lastNumber: state.lastNumber + 1 })

/** @internal */
export const withTenant = (state: State, tenant: Tenant): State => ({
  ...state,
  tenants: { ...state.tenants, [tenant.name.toLowerCase()]: tenant }
})

/** @internal */
export const without = <A>(record: Readonly<Record<string, A>>, key: string): Readonly<Record<string, A>> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== key))

/**
 * What stands under a name, if it was put there: `constructor` is nobody's name by birth.
 *
 * @internal
 */
export const own = <A>(record: Readonly<Record<string, A>>, name: string): A | undefined => {
  const key = name.toLowerCase()
  return Object.hasOwn(record, key) ? record[key] : undefined
}

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
    ...spec.namespaces.map(
      (namespace): Seed => ({
        key: keyOf("namespace", namespace.tenant, namespace.name),
        print: fingerprint(namespace),
        plant: (before) => {
          const state = counted(before)
          const tenant = own(state.tenants, namespace.tenant)
          if (tenant === undefined) return before
          const former = own(tenant.namespaces, namespace.name)
          const made = { ...(former ?? makeNamespace(namespace, now, state.lastNumber)), spec: namespace }
          return withTenant(state, { ...tenant, namespaces: { ...tenant.namespaces, [namespace.name]: made } })
        }
      })
    )
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
 * What a specification and a former state make together: what the specification says anew counts, else what became of it.
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

const Document = Schema.fromJsonString(State)
const decode = Schema.decodeUnknownResult(Document)

const load = Effect.fnUntraced(function* (file: string): Effect.fn.Return<State, SimulatorError> {
  if (!(yield* File.exists(file))) return empty
  const text = yield* File.read(file).pipe(Stream.decodeText(), Stream.mkString)
  const state = decode(text)
  return Result.isSuccess(state)
    ? state.success
    : yield* new SimulatorError({
        reason: "storage",
        message: `${file} is not a record of tenants and accounts; move it away to begin anew`
      })
})

/**
 * Begins with what the specification says and what the folder has kept. `publish` is called with every state before anybody else
 * can see it. Fails with reason `storage`.
 *
 * @internal
 */
export const make = Effect.fnUntraced(function* (
  spec: ResolvedSystem,
  options: {
    readonly now: number
    readonly directory: string | undefined
    readonly publish: (state: State) => void
  }
): Effect.fn.Return<Registry, SimulatorError> {
  const file = options.directory === undefined ? undefined : Path.join(options.directory, "registry.json")
  let state = merge(file === undefined ? empty : yield* load(file), spec, options.now)

  const write = (next: State): Result.Result<void, SimulatorError> =>
    file === undefined ? Result.succeed(undefined) : File.replaceNow(file, JSON.stringify(next))

  yield* Effect.fromResult(write(state))
  options.publish(state)

  const modify = <E>(decide: (state: State) => Result.Result<State, E>): Effect.Effect<void, E | SimulatorError> =>
    Effect.suspend((): Effect.Effect<void, E | SimulatorError> => {
      const next = decide(state)
      if (Result.isFailure(next)) return Effect.fail(next.failure)
      const written = write(next.success)
      if (Result.isFailure(written)) return Effect.fail(written.failure)
      state = next.success
      options.publish(state)
      return Effect.void
    })

  const tenant = (name: string): Tenant | undefined => own(state.tenants, name)
  return {
    state: () => state,
    tenant,
    namespace: (owner, name) => own(tenant(owner)?.namespaces ?? {}, name),
    accountsOf: (owner) => Object.values(owner === undefined ? state.accounts : (tenant(owner)?.accounts ?? {})),
    setting: (name) => own(state.settings, name),
    keep: (name, value) =>
      modify((before) => Result.succeed({ ...before, settings: { ...before.settings, [name.toLowerCase()]: value } })),
    modify
  }
})
