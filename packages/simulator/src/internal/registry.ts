/**
 * Who and what a system knows besides its objects: tenants, namespaces, accounts, settings. It begins with the
 * specification, and the management API changes it.
 *
 * @internal
 */

import type * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { SimulatorError } from "../SimulatorError.ts"
import { Account, Group } from "./accounts.ts"
import { type Branch, BranchSchema } from "./document.ts"
import { type Namespace, Tenant } from "./tenants.ts"

export type { Namespace, Tenant }

/**
 * Never modified: a change makes a new one. All names are keys in lower case.
 *
 * @internal
 */
export const State = Schema.Struct({
  tenants: Schema.Record(Schema.String, Tenant),
  /** The administrators of the system. */
  accounts: Schema.Record(Schema.String, Account),
  groups: Schema.Record(Schema.String, Group),
  /** What other parts of the management API keep, by a name of their own. */
  settings: Schema.Record(Schema.String, BranchSchema),
  /**
   * What came from the specification, each with the digest of what it said, so that a restart knows what is new in it.
   */
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
