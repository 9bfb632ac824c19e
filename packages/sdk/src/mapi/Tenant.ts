/**
 * What there is to know about a tenant, to create one, and to change.
 *
 * Source: "HCP Management API Reference", data type tenant. Every field may be absent: what HCP tells depends on its
 * version, on the level of the user, on what the tenant allows, and on whether it is the default tenant.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"
import * as Struct from "effect/Struct"
import type { With } from "./Field.ts"
import * as fields from "./internal/fields.ts"

/**
 * A tenant.
 *
 * @category models
 * @since 0.1.0
 */
export const Tenant = fields.struct({
  name: fields.text({ min: 1, max: 63 }),
  /** At most 1,024 characters; only seen at system level. */
  systemVisibleDescription: fields.text({ max: 1024 }),
  /** At most 1,024 characters. */
  tenantVisibleDescription: fields.text({ max: 1024 }),
  /** At least 1 GB. */
  hardQuota: fields.quota,
  /** Percent of the hard quota, 0 to 100, at which HCP warns. */
  softQuota: fields.int({ min: 0, max: 100 }),
  /** How many namespaces the tenant may have: a number as a text, or `None` for as many as there can be. */
  namespaceQuota: fields.text({
    pattern: { form: /^(?:None|[1-9]\d{0,4})$/, says: 'must be a number from 1 to 10000, as a text, or "None"' }
  }),
  /** How users may log in. RADIUS cannot be the only one. */
  authenticationTypes: fields.list("authenticationType", fields.oneOf(["LOCAL", "RADIUS", "EXTERNAL"])),
  complianceConfigurationEnabled: fields.bool,
  versioningConfigurationEnabled: fields.bool,
  searchConfigurationEnabled: fields.bool,
  replicationConfigurationEnabled: fields.bool,
  /** From HCP 8. */
  erasureCodingSelectionEnabled: fields.bool,
  servicePlanSelectionEnabled: fields.bool,
  /** Needed where the tenant does not choose it itself. */
  servicePlan: fields.text({ max: 64 }),
  /** E.g. `[hcp_system]`. */
  dataNetwork: fields.text(),
  /** E.g. `[hcp_system]`. */
  managementNetwork: fields.text(),
  /** Each at most 64 characters, without comma. */
  tags: fields.list(
    "tag",
    fields.text({ min: 1, max: 64, pattern: { form: /^[^,]*$/, says: "holds a comma, which HCP refuses in tags" } })
  ),
  /** Whether users of the system may administer the tenant. Only the tenant itself changes it. */
  administrationAllowed: fields.bool,
  /** 0 to 10,000. Only the tenant itself changes it. */
  maxNamespacesPerUser: fields.int({ min: 0, max: 10_000 }),
  /** Only the tenant itself changes it. */
  snmpLoggingEnabled: fields.bool,
  /** Only the tenant itself changes it. */
  syslogLoggingEnabled: fields.bool,
  /** A UUID. Read only. */
  id: fields.text(),
  /** `yyyy-MM-ddThh:mm:ss+hhmm`. Read only. */
  creationTime: fields.text(),
  /** Read only. */
  fullyQualifiedName: fields.text()
})

/**
 * A tenant.
 *
 * @category models
 * @since 0.1.0
 */
export type Tenant = typeof Tenant.Type

/**
 * What may be changed of a tenant: by users of the system, or by its own, each their part.
 *
 * @category models
 * @since 0.1.0
 */
export const TenantChanges = fields.struct(Struct.omit(Tenant.fields, ["id", "creationTime", "fullyQualifiedName"]))

/**
 * What may be changed of a tenant.
 *
 * @category models
 * @since 0.1.0
 */
export type TenantChanges = typeof TenantChanges.Type

/**
 * What a tenant is created with.
 *
 * @category models
 * @since 0.1.0
 */
export const NewTenant = fields.struct(Struct.omit(TenantChanges.fields, ["administrationAllowed"]), {
  required: ["name"]
})

/**
 * What a tenant is created with.
 *
 * @category models
 * @since 0.1.0
 */
export type NewTenant = With<typeof NewTenant.Type, "name">

/**
 * Who can log in first: a user that HCP creates with the security role alone, or a group of Active Directory
 * (`group@domain`, or its SID), which takes the authentication type EXTERNAL.
 *
 * @category models
 * @since 0.1.0
 */
export type FirstAdministrator =
  | {
      readonly username: string
      readonly password: Redacted.Redacted<string>
      /** Whether the password must be changed at the first login. Defaults to `false`. */
      readonly forcePasswordChange?: boolean | undefined
    }
  | { readonly initialSecurityGroup: string }
