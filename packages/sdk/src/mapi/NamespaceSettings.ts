/**
 * What there is to know about a namespace, to create one, and to change.
 *
 * Source: "HCP Management API Reference", data type namespace. Every field may be absent: what HCP tells depends on its
 * version and on the user.
 *
 * @since 0.1.0
 */
import * as Struct from "effect/Struct"
import type { With } from "./Field.ts"
import * as fields from "./internal/fields.ts"
import { VersioningSettings } from "./NamespaceRules.ts"
import { Minimum } from "./Permission.ts"

/**
 * A namespace.
 *
 * @category models
 * @since 0.1.0
 */
export const NamespaceSettings = fields.struct({
  /** 1 to 63 letters, digits and hyphens, none of these at its ends, not beginning with `xn--`. */
  name: fields.text({
    min: 1,
    max: 63,
    pattern: {
      form: /^(?!xn--)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/i,
      says: 'must be letters, digits and hyphens, neither begin nor end with a hyphen, and not begin with "xn--"'
    }
  }),
  /** At most 1,024 characters. */
  description: fields.text({ max: 1024 }),
  hardQuota: fields.quota,
  /** Percent of the hard quota, 10 to 95, at which HCP warns. */
  softQuota: fields.int({ min: 10, max: 95 }),
  /** Set for ever when the namespace is created. */
  hashScheme: fields.oneOf(["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "RIPEMD-160"]),
  /** Whether retention can be overridden by privileged deletes. Once `false`, never `true` again. */
  enterpriseMode: fields.bool,
  servicePlan: fields.text({ max: 64 }),
  optimizedFor: fields.oneOf(["CLOUD", "ALL"]),
  directoryUsage: fields.oneOf(["Balanced", "Unbalanced"]),
  /** Once enabled, never `NOT_ENABLED` again. */
  aclsUsage: fields.oneOf(["NOT_ENABLED", "ENFORCED", "NOT_ENFORCED"]),
  /** A user name; with `EXTERNAL`, `user@domain`. */
  owner: fields.text(),
  ownerType: fields.oneOf(["LOCAL", "EXTERNAL"]),
  searchEnabled: fields.bool,
  indexingEnabled: fields.bool,
  indexingDefault: fields.bool,
  customMetadataIndexingEnabled: fields.bool,
  /** Whether annotations must be well-formed XML. */
  customMetadataValidationEnabled: fields.bool,
  replicationEnabled: fields.bool,
  readFromReplica: fields.bool,
  allowErasureCoding: fields.bool,
  /** Whether another system of the topology may answer for this one. */
  serviceRemoteSystemRequests: fields.bool,
  /** Not together with versioning. */
  appendEnabled: fields.bool,
  atimeSynchronizationEnabled: fields.bool,
  allowPermissionAndOwnershipChanges: fields.bool,
  authUsersAlwaysGrantedAllPermissions: fields.bool,
  /** What every user may do. Written, it replaces the set. */
  authMinimumPermissions: Minimum,
  /** What everybody may do, users or not. Written, it replaces the set. */
  authAndAnonymousMinimumPermissions: Minimum,
  /** Days, 0 to 180. */
  multipartUploadAutoAbortDays: fields.int({ min: 0, max: 180 }),
  /** `S3` brings versioning, delete markers and `optimizedFor: "CLOUD"`. */
  retentionType: fields.oneOf(["HCP", "S3"]),
  s3UnversionedOverwrite: fields.bool,
  /** Each at most 64 characters, without comma. */
  tags: fields.list(
    "tag",
    fields.text({ min: 1, max: 64, pattern: { form: /^[^,]*$/, says: "holds a comma, which HCP refuses in tags" } })
  ),
  /** Always `Dynamic`; deprecated. Read only. */
  dpl: fields.text(),
  /** Deprecated. Read only. */
  isDplDynamic: fields.bool,
  /** A UUID. Read only. */
  id: fields.text(),
  /** `yyyy-MM-ddThh:mm:ss+hhmm`. Read only. */
  creationTime: fields.text(),
  /** Read only. */
  fullyQualifiedName: fields.text(),
  /** How far the metadata query engine has come. Read only. */
  mqeIndexingTimestamp: fields.text(),
  /** How far replication has come. Read only. */
  replicationTimestamp: fields.text()
})

/**
 * A namespace.
 *
 * @category models
 * @since 0.1.0
 */
export type NamespaceSettings = typeof NamespaceSettings.Type

const readOnly = [
  "dpl",
  "isDplDynamic",
  "id",
  "creationTime",
  "fullyQualifiedName",
  "mqeIndexingTimestamp",
  "replicationTimestamp"
] as const

const chain = ["searchEnabled", "indexingEnabled", "customMetadataIndexingEnabled"] as const

const check = (written: fields.Written): readonly [string, string] | undefined => {
  const broken = chain.findIndex(
    (name, index) => written[name] === true && chain.slice(0, index).some((before) => written[before] === false)
  )
  const [name, before] = [chain[broken], chain[broken - 1]]
  return name === undefined || before === undefined ? undefined : [name, `needs ${before}, which is switched off here`]
}

/**
 * What may be changed of a namespace. A `name` renames it, which HCP refuses while S3 or CIFS is enabled.
 *
 * @category models
 * @since 0.1.0
 */
export const NamespaceChanges = fields.struct(Struct.omit(NamespaceSettings.fields, [...readOnly, "hashScheme"]), {
  check
})

/**
 * What may be changed of a namespace.
 *
 * @category models
 * @since 0.1.0
 */
export type NamespaceChanges = typeof NamespaceChanges.Type

/**
 * What a namespace is created with.
 *
 * @category models
 * @since 0.1.0
 */
export const NewNamespace = fields.struct(
  { ...Struct.omit(NamespaceSettings.fields, readOnly), versioningSettings: VersioningSettings },
  { required: ["name"], check }
)

/**
 * What a namespace is created with; whatever is left out comes from the tenant's namespace defaults.
 *
 * @category models
 * @since 0.1.0
 */
export type NewNamespace = With<typeof NewNamespace.Type, "name">
