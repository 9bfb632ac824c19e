/**
 * The tenant, namespace and system that the path of a request speaks of, and how to change them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { type Namespace, own, type State, type Tenant, withTenant } from "../internal/registry.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import type { Call } from "./router.ts"

/** The key of the default tenant and of its only namespace. */
export const defaultKey = "default"

/** @internal */
export const isDefault = (tenant: Tenant): boolean => tenant.name.toLowerCase() === defaultKey

/** What a tenant is called: the default one has a capital letter. */
export const nameOf = (tenant: Tenant): string => (isDefault(tenant) ? "Default" : tenant.name)

const missing = (what: string, name: string): Refusal => refusal(404, `there is no ${what} '${name}'`)

/** @internal */
export const absent = (what: string, name: string): Effect.Effect<never, Refusal> => Effect.fail(missing(what, name))

const tenantIn = (state: State, call: Call): Result.Result<Tenant, Refusal> => {
  const name = call.segment("tenant")
  const tenant = own(state.tenants, name)
  return tenant === undefined ? Result.fail(missing("tenant", name)) : Result.succeed(tenant)
}

/** A namespace somebody with the flag alone may not see is not there for them. */
const isVisible = ({ caller }: Call, namespace: Namespace): boolean =>
  caller.level === "system" ||
  caller.account.roles.length > 0 ||
  namespace.owner?.toLowerCase() === caller.account.username.toLowerCase()

const namespaceIn = (tenant: Tenant, call: Call): Result.Result<Namespace, Refusal> => {
  const name = call.segment("namespace")
  const namespace = own(tenant.namespaces, name)
  return namespace === undefined || !isVisible(call, namespace)
    ? Result.fail(missing("namespace", name))
    : Result.succeed(namespace)
}

/**
 * The tenant in the path. Fails with 404 if there is none.
 *
 * @internal
 */
export const tenantOf = (call: Call): Effect.Effect<Tenant, Refusal> =>
  Effect.suspend(() => Effect.fromResult(tenantIn(call.core.registry.state(), call)))

/**
 * The namespace in the path. Fails with 404 if it or its tenant is not there.
 *
 * @internal
 */
export const namespaceOf = (
  call: Call
): Effect.Effect<{ readonly tenant: Tenant; readonly namespace: Namespace }, Refusal> =>
  Effect.flatMap(tenantOf(call), (tenant) =>
    Effect.map(Effect.fromResult(namespaceIn(tenant, call)), (namespace) => ({ tenant, namespace }))
  )

/** The namespaces of a tenant that the caller may know of. */
export const visibleNamespaces = (call: Call, tenant: Tenant): ReadonlyArray<Namespace> =>
  Object.values(tenant.namespaces).filter((namespace) => isVisible(call, namespace))

/**
 * Changes the tenant in the path in one step.
 *
 * @internal
 */
export const changeTenant = (
  call: Call,
  change: (tenant: Tenant) => Result.Result<Tenant, Refusal>
): Effect.Effect<void, Refusal | SimulatorError> =>
  call.core.registry.modify((state) =>
    Result.map(Result.flatMap(tenantIn(state, call), change), (tenant) => withTenant(state, tenant))
  )

/** @internal */
export const withNamespace = (tenant: Tenant, namespace: Namespace): Tenant => ({
  ...tenant,
  namespaces: { ...tenant.namespaces, [namespace.spec.name]: namespace }
})

/**
 * Changes the namespace in the path in one step. Its name stays.
 *
 * @internal
 */
export const changeNamespace = (
  call: Call,
  change: (namespace: Namespace, tenant: Tenant) => Result.Result<Namespace, Refusal>
): Effect.Effect<void, Refusal | SimulatorError> =>
  changeTenant(call, (tenant) =>
    Result.map(
      Result.flatMap(namespaceIn(tenant, call), (namespace) => change(namespace, tenant)),
      (namespace) => withNamespace(tenant, namespace)
    )
  )

/**
 * Fails with 400 unless a property was given.
 *
 * @internal
 */
export const required = <A>(value: A | undefined, name: string): Effect.Effect<A, Refusal> =>
  value === undefined ? Effect.fail(refusal(400, `the property ${name} is required`)) : Effect.succeed(value)
