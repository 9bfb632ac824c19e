/**
 * Who may do what, by the kind of resource.
 *
 * @internal
 */
import type { Access } from "./router.ts"

/** Tenants as the system sees them. */
export const systemReaders: Access = { system: ["ADMINISTRATOR", "MONITOR"] }

/** @internal */
export const systemWriters: Access = { system: ["ADMINISTRATOR"] }

/** A tenant as both levels see it. */
export const tenantReaders: Access = { system: ["ADMINISTRATOR", "MONITOR"], tenant: ["ADMINISTRATOR", "MONITOR"] }

/** @internal */
export const tenantWriters: Access = { system: ["ADMINISTRATOR"], tenant: ["ADMINISTRATOR"] }

/** What is inside a tenant: administrators of the system need to be let in. */
export const readers: Access = { tenant: ["ADMINISTRATOR", "MONITOR"] }

/** @internal */
export const writers: Access = { tenant: ["ADMINISTRATOR"] }

/** Namespaces, which accounts with the flag for it may have too. */
export const namespaceReaders: Access = { ...readers, namespaceManagement: true }

/** @internal */
export const namespaceWriters: Access = { ...writers, namespaceManagement: true }

/** @internal */
export const complianceReaders: Access = { tenant: ["ADMINISTRATOR", "COMPLIANCE", "MONITOR"] }

/** @internal */
export const complianceWriters: Access = { tenant: ["COMPLIANCE"] }

/** @internal */
export const securityReaders: Access = { tenant: ["MONITOR", "SECURITY"] }

/** @internal */
export const securityWriters: Access = { tenant: ["SECURITY"] }

/** Accounts are looked at by everybody who administers, each field by those it concerns. */
export const accountReaders: Access = { tenant: ["ADMINISTRATOR", "MONITOR", "SECURITY"] }

/** @internal */
export const accountWriters: Access = { tenant: ["ADMINISTRATOR", "SECURITY"] }
