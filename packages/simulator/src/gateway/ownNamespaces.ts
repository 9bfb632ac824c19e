/**
 * Namespaces that users of a gateway make and delete by themselves: buckets of S3, containers of Swift.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Account } from "../internal/accounts.ts"
import type { Core, Namespace as LiveNamespace } from "../internal/core.ts"
import { counted, type Namespace, own, type State, type Tenant, without, withTenant } from "../internal/registry.ts"
import { blank, excess } from "../mapi/namespaces.ts"
import { withNamespace } from "../mapi/place.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import type { Permission } from "../SystemSpec.ts"
import type { Refusal } from "./exchange.ts"

/** Which namespace is to be made. */
interface Wanted<E> {
  readonly tenant: string
  readonly name: string
  readonly now: number
  /** Whose it is counted as; `undefined` for nobody's. */
  readonly owner: string | undefined
  /** The namespace as the gateway makes it, and what becomes of its tenant besides. */
  readonly complete: (made: Namespace, tenant: Tenant) => readonly [Namespace, Tenant]
  /** The refusal of one that may not be. */
  readonly denied: (message: string) => E
}

/**
 * Makes a namespace with the settings that the tenant has for new ones.
 *
 * @internal
 */
export const add = <E>(
  { registry }: Core,
  { complete, denied, name, now, owner, tenant: tenantName }: Wanted<E>
): Effect.Effect<void, E | Refusal | SimulatorError> =>
  registry.modify(
    (before): Result.Result<State, E | Refusal> =>
      Result.gen(function* () {
        const state = counted(before)
        const tenant = own(state.tenants, tenantName)
        if (tenant === undefined) return yield* Result.fail(denied(`there is no tenant '${tenantName}'`))
        const tooMany = excess(tenant, owner)
        if (tooMany !== undefined) return yield* Result.fail(denied(tooMany))
        const [made, changed] = complete(yield* blank(tenant, name, now, state.lastNumber), tenant)
        return withTenant(state, withNamespace(changed, made))
      })
  )

/**
 * A tenant in which a user may do this in a namespace, besides what the user may do everywhere.
 *
 * @internal
 */
export const withGrants = (
  tenant: Tenant,
  { access, username }: Account,
  namespace: string,
  granted: ReadonlyArray<Permission>
): Tenant => {
  const account = own(tenant.accounts, username)
  if (account === undefined || granted.every((permission) => access.everywhere.includes(permission))) return tenant
  const all = [...new Set([...access.everywhere, ...granted])]
  const named = { ...account.access.named, [namespace]: all }
  return {
    ...tenant,
    accounts: { ...tenant.accounts, [username.toLowerCase()]: { ...account, access: { ...account.access, named } } }
  }
}

/**
 * Deletes a namespace; `obstacle` says what stands against it. One that is gone already is no fault.
 *
 * @internal
 */
export const drop = <E>(
  core: Core,
  { spec }: LiveNamespace,
  now: number,
  obstacle: () => E | undefined
): Effect.Effect<void, E | SimulatorError> =>
  core.registry.modify((state): Result.Result<State, E | SimulatorError> => {
    const tenant = own(state.tenants, spec.tenant)
    if (tenant === undefined || own(tenant.namespaces, spec.name) === undefined) return Result.succeed(state)
    const found = obstacle()
    if (found !== undefined) return Result.fail(found)
    const left = withTenant(state, { ...tenant, namespaces: without(tenant.namespaces, spec.name) })
    return Result.map(core.relabel(spec.key, undefined), () => {
      core.usage.close(spec.key, now)
      return left
    })
  })
