/**
 * Makes a tenant known at the other end of a link: itself, its namespaces and its accounts. What is there already stays
 * as it is.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { SimulatorError } from "../../SimulatorError.ts"
import { type Registry, withTenant } from "../registry.ts"

/** @internal */
export const copyTenant = (from: Registry, to: Registry, name: string): Effect.Effect<void, SimulatorError> => {
  const source = from.tenant(name)
  if (source === undefined) return Effect.void
  return to.modify((state) => {
    const present = to.tenant(name)
    const copy =
      present === undefined
        ? source
        : {
            ...present,
            namespaces: { ...source.namespaces, ...present.namespaces },
            accounts: { ...source.accounts, ...present.accounts },
            groups: { ...source.groups, ...present.groups }
          }
    return Result.succeed(withTenant(state, copy))
  })
}

/**
 * As {@link copyTenant}, if a namespace, `name.tenant`, is known at one end only.
 *
 * @internal
 */
export const copyNamespace = (from: Registry, to: Registry, key: string): Effect.Effect<void, SimulatorError> => {
  const dot = key.indexOf(".")
  const name = key.slice(0, dot)
  const tenant = key.slice(dot + 1)
  return to.namespace(tenant, name) === undefined && from.namespace(tenant, name) !== undefined
    ? copyTenant(from, to, tenant)
    : Effect.void
}
