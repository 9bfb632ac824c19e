/**
 * What a host name means to a system: a namespace, a tenant, the system's own console, or nothing.
 *
 * @internal
 */
import type { Core, Namespace } from "../internal/core.ts"
import { defaultNamespaceKey } from "../SystemSpec.ts"

/** @internal */
type VirtualHost =
  | { readonly _tag: "Namespace"; readonly tenant: string; readonly namespace: Namespace | undefined }
  | { readonly _tag: "Tenant"; readonly tenant: string }
  | { readonly _tag: "System" }
  | { readonly _tag: "Swift" }

/** @internal */
export interface Resolved {
  readonly host: VirtualHost
  /** Whether the name belongs to a system that this one stands in for; only objects are served then. */
  readonly isTakenOver: boolean
}

/** @internal */
export const tenantsOf = (core: Core): ReadonlyArray<string> => Object.keys(core.registry.state().tenants)

/** The Swift gateway of all tenants has a host of its own. */
const swiftHost = "api"

/**
 * Resolves the name of a `Host` header; undefined if the system does not serve it.
 *
 * @internal
 */
export const resolve = (core: Core, name: string): Resolved | undefined => {
  const host = name.toLowerCase().replace(/\.$/, "")
  const domain = [...core.domains].find((candidate) => host === candidate || host.endsWith(`.${candidate}`))
  if (domain === undefined) return undefined
  const isTakenOver = domain !== core.spec.domain
  const [first, second, ...rest] = host
    .slice(0, -domain.length)
    .split(".")
    .filter((label) => label !== "")
  if (rest.length > 0) return undefined
  // A tenant of this name would not find its own host.
  if (second === undefined && first === swiftHost && !tenantsOf(core).includes(first)) {
    return { host: { _tag: "Swift" }, isTakenOver }
  }
  if (first === undefined || (second === undefined && first === "admin"))
    return { host: { _tag: "System" }, isTakenOver }
  if (second === undefined && first === "www" && core.spec.defaultNamespace) {
    const namespace = core.namespaces.get(defaultNamespaceKey)
    return { host: { _tag: "Namespace", tenant: "default", namespace }, isTakenOver }
  }
  const tenant = second ?? first
  if (!tenantsOf(core).includes(tenant)) return undefined
  return second === undefined
    ? { host: { _tag: "Tenant", tenant }, isTakenOver }
    : { host: { _tag: "Namespace", tenant, namespace: core.namespaces.get(`${first}.${tenant}`) }, isTakenOver }
}

/**
 * Every name that the system answers for.
 *
 * @internal
 */
export const namesOf = (core: Core): ReadonlyArray<string> =>
  [...core.domains].flatMap((domain) => [
    domain,
    `admin.${domain}`,
    `${swiftHost}.${domain}`,
    ...(core.spec.defaultNamespace ? [`www.${domain}`] : []),
    ...tenantsOf(core).map((tenant) => `${tenant}.${domain}`),
    ...[...core.namespaces.keys()].map((key) => `${key}.${domain}`)
  ])
