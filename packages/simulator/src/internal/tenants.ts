/**
 * Tenants and their namespaces as the management API keeps them.
 *
 * What the data side goes by stands in `spec`; what is only shown and changed by the management API stands in
 * `settings`, one document for each of its resources.
 *
 * @internal
 */
import * as Schema from "effect/Schema"
import { permissions, ResolvedNamespace } from "../SystemSpec.ts"
import { Account, Group, stableId } from "./accounts.ts"
import { BranchSchema } from "./document.ts"

/** @internal */
export const AuthenticationType = Schema.Literals(["LOCAL", "RADIUS", "EXTERNAL"])

/** @internal */
export const Namespace = Schema.Struct({
  spec: ResolvedNamespace,
  id: Schema.String,
  /** Milliseconds since 1970. */
  created: Schema.Int,
  owner: Schema.optionalKey(Schema.String),
  ownerType: Schema.optionalKey(Schema.Literals(["LOCAL", "EXTERNAL"])),
  tags: Schema.Array(Schema.String),
  cors: Schema.optionalKey(Schema.String),
  /** By the last part of the resource's path, e.g. `complianceSettings`. */
  settings: Schema.Record(Schema.String, BranchSchema)
})

/** @internal */
export type Namespace = typeof Namespace.Type

/** @internal */
export const Tenant = Schema.Struct({
  name: Schema.String,
  id: Schema.String,
  /** Milliseconds since 1970. */
  created: Schema.Int,
  systemVisibleDescription: Schema.String,
  tenantVisibleDescription: Schema.String,
  /** Bytes. */
  hardQuota: Schema.Number,
  softQuota: Schema.Int,
  /** How many namespaces; absent for no limit of its own. */
  namespaceQuota: Schema.optionalKey(Schema.Int),
  authenticationTypes: Schema.Array(AuthenticationType),
  complianceConfigurationEnabled: Schema.Boolean,
  versioningConfigurationEnabled: Schema.Boolean,
  searchConfigurationEnabled: Schema.Boolean,
  replicationConfigurationEnabled: Schema.Boolean,
  erasureCodingSelectionEnabled: Schema.Boolean,
  servicePlanSelectionEnabled: Schema.Boolean,
  servicePlan: Schema.String,
  dataNetwork: Schema.String,
  managementNetwork: Schema.String,
  tags: Schema.Array(Schema.String),
  administrationAllowed: Schema.Boolean,
  maxNamespacesPerUser: Schema.Int,
  snmpLoggingEnabled: Schema.Boolean,
  syslogLoggingEnabled: Schema.Boolean,
  /** What anybody may do in any namespace at most. */
  mask: Schema.Array(Schema.Literals(permissions)),
  cors: Schema.optionalKey(Schema.String),
  /** By lower-case name, as all that follows. */
  accounts: Schema.Record(Schema.String, Account),
  groups: Schema.Record(Schema.String, Group),
  namespaces: Schema.Record(Schema.String, Namespace),
  contentClasses: Schema.Record(Schema.String, BranchSchema),
  settings: Schema.Record(Schema.String, BranchSchema)
})

/** @internal */
export type Tenant = typeof Tenant.Type

/**
 * A tenant with every default, empty. No two have the same number.
 *
 * @internal
 */
export const makeTenant = (
  name: string,
  {
    administrationAllowed,
    created,
    number
  }: Pick<Tenant, "administrationAllowed" | "created"> & { readonly number: number }
): Tenant => ({
  name,
  id: stableId("tenant", name.toLowerCase(), String(created), String(number)),
  created,
  systemVisibleDescription: "",
  tenantVisibleDescription: "",
  hardQuota: 1024 ** 4,
  softQuota: 85,
  authenticationTypes: ["LOCAL", "RADIUS"],
  complianceConfigurationEnabled: true,
  versioningConfigurationEnabled: true,
  searchConfigurationEnabled: true,
  replicationConfigurationEnabled: true,
  erasureCodingSelectionEnabled: false,
  servicePlanSelectionEnabled: false,
  servicePlan: "Default",
  dataNetwork: "[hcp_system]",
  managementNetwork: "[hcp_system]",
  tags: [],
  administrationAllowed,
  maxNamespacesPerUser: 100,
  snmpLoggingEnabled: false,
  syslogLoggingEnabled: false,
  mask: permissions,
  accounts: {},
  groups: {},
  namespaces: {},
  contentClasses: {},
  settings: {}
})

/**
 * A namespace as its specification says. No two have the same number, because a name may come back.
 *
 * @internal
 */
export const makeNamespace = (spec: ResolvedNamespace, created: number, number: number): Namespace => ({
  spec,
  id: stableId("namespace", spec.key, String(created), String(number)),
  created,
  tags: [],
  settings: {}
})
