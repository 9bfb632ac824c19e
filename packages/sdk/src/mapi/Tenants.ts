/**
 * Tenants: made and deleted by users of the system, and their settings, mostly by their own users.
 *
 * All functions but `list` and those with a name as first argument work on the tenant of the host, or on `{ tenant }`.
 *
 * **Example** (a tenant, made once)
 *
 * ```ts
 * import { Redacted } from "effect"
 * import { Quota, Tenants } from "@effect-hcp/sdk/mapi"
 *
 * const finance = Tenants.ensure(
 *   { name: "finance", hardQuota: Quota.tb(1), softQuota: 85 },
 *   { username: "lgreen", password: Redacted.make("Start-12345"), forcePasswordChange: true }
 * )
 * ```
 *
 * @since 0.1.0
 */

import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Stream from "effect/Stream"
import type { HcpError } from "../HcpError.ts"
import type { Pairs } from "../HcpRequest.ts"
import type { Kind, KindsOf } from "../OptionCheck.ts"
import type { Ensured, InTenant, ListOptions, Verbose } from "./CallOptions.ts"
import type { Rule } from "./Cors.ts"
import * as call from "./internal/call.ts"
import { corsOfTenant } from "./internal/cors.ts"
import * as ensuring from "./internal/ensure.ts"
import { given } from "./internal/open.ts"
import { asked, inTenant, listKinds, object, verboseInTenantKinds } from "./internal/optionKinds.ts"
import { checkPassword } from "./internal/password.ts"
import { names } from "./internal/resource.ts"
import { maskOfTenant, ofTenant } from "./internal/settings.ts"
import type { Mapi } from "./Mapi.ts"
import type { MaskPermission } from "./Permission.ts"
import type { OfTenant, OptionalOfTenant } from "./Settings.ts"
import { Statistics } from "./Statistics.ts"
import { type FirstAdministrator, NewTenant, Tenant, TenantChanges } from "./Tenant.ts"
import * as Settings from "./TenantSettings.ts"

export * from "./Tenant.ts"
export * from "./TenantSettings.ts"

const one = "/tenants/{tenant}" as const
const tenants = names("/tenants", { sortBy: "name" })
const resource = { path: one, root: "tenant", format: "json", read: Tenant, write: TenantChanges } as const

const at = inTenant

/**
 * The names of all tenants, at system level.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (
  options?: ListOptions<"name" | "hardQuota", "name" | "tag">
): Stream.Stream<string, HcpError, Mapi> => call.list(tenants, asked(options, listKinds), options)

/**
 * What there is to know about a tenant. Fails with `NotFound`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const get = (options?: InTenant & Verbose): Effect.Effect<Tenant, HcpError, Mapi> =>
  call.read(resource, at(options, verboseInTenantKinds), call.verbosely(options))

/**
 * Whether there is such a tenant that this user may see.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exists = (tenant: string): Effect.Effect<boolean, HcpError, Mapi> =>
  given("HEAD", one, { tenant: [tenant, "text"] }, () => call.exists(one, { tenant }))

const look = (tenant: string) => call.readIfThere(resource, { tenant }, { verbose: "true" })

const firstKind = (first: FirstAdministrator): Kind =>
  Predicate.hasProperty(first, "initialSecurityGroup")
    ? { fields: { initialSecurityGroup: "text" }, required: ["initialSecurityGroup"] }
    : {
        fields: { username: "text", password: "secret", forcePasswordChange: "flag" },
        required: ["username", "password"]
      }

const firstQuery = (first: FirstAdministrator): Effect.Effect<Pairs, HcpError, Mapi> =>
  "initialSecurityGroup" in first
    ? Effect.succeed({ initialSecurityGroup: first.initialSecurityGroup })
    : Effect.map(checkPassword(first.password), (password) => ({
        username: first.username,
        password,
        forcePasswordChange: first.forcePasswordChange === true ? "true" : undefined
      }))

/**
 * Creates a tenant, at system level. Fails with `AlreadyExists`; where its answer was lost on the way and the call was
 * repeated, that error says so, as nobody can look whether the first administrator's password is this one.
 *
 * @category combinators
 * @since 0.1.0
 */
export const create = (input: NewTenant, first: FirstAdministrator): Effect.Effect<void, HcpError, Mapi> =>
  given("PUT", "/tenants", { input: [input, object], first: [first, firstKind(first)] }, () =>
    Effect.flatMap(firstQuery(first), (query) =>
      call.create("/tenants", {}, newTenant, { input, what: `tenant "${input.name}"`, query })
    )
  )

const newTenant = { root: "tenant", format: "json", write: NewTenant } as const

/**
 * What the default tenant and its namespace are created with.
 *
 * @category models
 * @since 0.1.0
 */
export interface DefaultTenant {
  /** The hash of its namespace's objects. */
  readonly hashScheme: "MD5" | "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512" | "RIPEMD-160"
  /** Whether retention can be overridden by privileged deletes. */
  readonly enterpriseMode?: boolean | undefined
  readonly searchEnabled?: boolean | undefined
  readonly servicePlan?: string | undefined
}

/**
 * Creates the default tenant and its default namespace, at system level. Fails with `AlreadyExists`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const createDefault = (
  namespace: DefaultTenant,
  input?: Omit<NewTenant, "name">
): Effect.Effect<void, HcpError, Mapi> =>
  given(
    "PUT",
    "/tenants",
    { namespace: [namespace, defaultKind], input: [input === undefined ? {} : input, object] },
    () =>
      call.create("/tenants", {}, newTenant, {
        input: { ...input, name: "Default" },
        what: "the default tenant",
        query: {
          hashScheme: namespace.hashScheme,
          enterpriseMode: namespace.enterpriseMode?.toString(),
          searchEnabled: namespace.searchEnabled?.toString(),
          servicePlan: namespace.servicePlan
        }
      })
  )

const defaultKinds: KindsOf<DefaultTenant> = {
  hashScheme: { oneOf: ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "RIPEMD-160"] },
  enterpriseMode: "flag",
  searchEnabled: "flag",
  servicePlan: "text"
}
const defaultKind: Kind = { fields: defaultKinds, required: ["hashScheme"] }

/**
 * Changes what is given. Users of the system change quotas, networks, plans, tags and what is configurable; those of
 * the tenant its own description, logging, `administrationAllowed` and `maxNamespacesPerUser`. Fails with `Forbidden`
 * for the other's part.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modify = (changes: TenantChanges, options?: InTenant): Effect.Effect<void, HcpError, Mapi> =>
  call.modify(resource, at(options), changes)

/**
 * Deletes a tenant, at system level. Fails with `Forbidden` while it owns namespaces.
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = (tenant: string): Effect.Effect<void, HcpError, Mapi> =>
  given("DELETE", one, { tenant: [tenant, "text"] }, () => call.remove(one, { tenant }))

export { delete_ as delete }

/**
 * Makes a tenant as it should be, at system level: creates it, or changes what differs. The first administrator only
 * matters where it is created.
 *
 * @category combinators
 * @since 0.1.0
 */
export const ensure = (input: NewTenant, first: FirstAdministrator): Effect.Effect<Ensured, HcpError, Mapi> =>
  given("PUT", "/tenants", { input: [input, named], first: [first, firstKind(first)] }, () => {
    const { name: tenant, ...wanted } = input
    return ensuring.ensure({
      look: look(tenant),
      create: create(input, first),
      change: ensuring.changing(wanted, (changes) => modify(changes, { tenant }))
    })
  })

// Without a name the tenant of the host would be looked at.
const named: Kind = {
  is: (value) => Predicate.hasProperty(value, "name") && typeof value.name === "string",
  wanted: "an object with the name of the tenant: { name: ... }"
}

/**
 * How much a tenant stores. HCP counts rarely: ask at most once an hour.
 *
 * @category combinators
 * @since 0.1.0
 */
export const statistics = (options?: InTenant): Effect.Effect<Statistics, HcpError, Mapi> =>
  call.read({ path: `${one}/statistics`, format: "json", read: Statistics }, at(options))

/**
 * Whom to call about the tenant.
 *
 * @category combinators
 * @since 0.1.0
 */
export const contactInfo: OfTenant<Settings.ContactInfo> = ofTenant("contactInfo", Settings.ContactInfo)

/**
 * Passwords, log-in and addresses of the tenant's console. For users with the security role.
 *
 * @category combinators
 * @since 0.1.0
 */
export const consoleSecurity: OfTenant<Settings.ConsoleSecurity> = ofTenant("consoleSecurity", Settings.ConsoleSecurity)

/**
 * The mails HCP sends about the tenant.
 *
 * @category combinators
 * @since 0.1.0
 */
export const emailNotification: OfTenant<Settings.EmailNotification> = ofTenant(
  "emailNotification",
  Settings.EmailNotification
)

/**
 * What a namespace of the tenant is created with where it does not say otherwise.
 *
 * @category combinators
 * @since 0.1.0
 */
export const namespaceDefaults: OfTenant<Settings.NamespaceDefaults> = ofTenant(
  "namespaceDefaults",
  Settings.NamespaceDefaults
)

/**
 * From where the search of the tenant may be reached. For users with the security role.
 *
 * @category combinators
 * @since 0.1.0
 */
export const searchSecurity: OfTenant<Settings.SearchSecurity> = ofTenant("searchSecurity", Settings.SearchSecurity)

/**
 * What can be permitted at all in the tenant's namespaces; `modify` replaces it. PURGE brings DELETE, SEARCH brings
 * READ; an empty list permits nothing.
 *
 * @category combinators
 * @since 0.1.0
 */
export const permissions: OfTenant<ReadonlyArray<MaskPermission>> = maskOfTenant()

/**
 * The CORS rules of all namespaces without their own; `modify` replaces them all.
 *
 * @category combinators
 * @since 0.1.0
 */
export const cors: OptionalOfTenant<ReadonlyArray<Rule>> = corsOfTenant()

/**
 * The service plans a tenant may choose.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServicePlans {
  /** Their names. Fails with `Forbidden` where the tenant may not choose. */
  readonly list: (options?: InTenant) => Stream.Stream<string, HcpError, Mapi>
  /** One of them. Fails with `NotFound`. */
  readonly get: (plan: string, options?: InTenant) => Effect.Effect<Settings.ServicePlan, HcpError, Mapi>
}

/**
 * The service plans the tenant may choose.
 *
 * @category combinators
 * @since 0.1.0
 */
export const servicePlans: ServicePlans = {
  list: (options) => call.list(names(`${one}/availableServicePlans`), at(options)),
  get: (plan, options) =>
    call.read(
      { path: `${one}/availableServicePlans/{plan}`, format: "json", read: Settings.ServicePlan },
      { ...at(options), plan }
    )
}
