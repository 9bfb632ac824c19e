/**
 * The permissions of the management API: the masks of tenants and namespaces, what everybody may do in a namespace, and
 * what a user may do.
 *
 * @since 0.1.0
 */
import type { Open } from "./Field.ts"
import * as fields from "./internal/fields.ts"

const maskValues = ["DELETE", "PRIVILEGED", "PURGE", "READ", "SEARCH", "WRITE"] as const

/**
 * A permission in the mask of a tenant or namespace.
 *
 * @category models
 * @since 0.1.0
 */
export type MaskPermission = Open<(typeof maskValues)[number]>

const minimumValues = ["BROWSE", "DELETE", "PURGE", "READ", "READ_ACL", "WRITE", "WRITE_ACL"] as const

/**
 * A permission that everybody may have in a namespace.
 *
 * @category models
 * @since 0.1.0
 */
export type MinimumPermission = Open<(typeof minimumValues)[number]>

const dataValues = [
  "BROWSE",
  "CHOWN",
  "DELETE",
  "PRIVILEGED",
  "PURGE",
  "READ",
  "READ_ACL",
  "SEARCH",
  "WRITE",
  "WRITE_ACL"
] as const

/**
 * A permission of a user or group in a namespace.
 *
 * @category models
 * @since 0.1.0
 */
export type DataPermission = Open<(typeof dataValues)[number]>

/**
 * What everybody may do, users or not, as a field of a namespace.
 *
 * @category models
 * @since 0.1.0
 */
export const Minimum = fields.list("permission", fields.oneOf(minimumValues))

/**
 * The mask of a tenant or namespace: what can be permitted there at all. Written, it replaces the mask; PURGE brings
 * DELETE and SEARCH brings READ, an empty list permits nothing.
 *
 * @category models
 * @since 0.1.0
 */
export const Mask = fields.struct(
  { permission: fields.repeated(fields.oneOf(maskValues)) },
  { required: ["permission"] }
)

/**
 * What a user or group may do in one namespace. Written, it replaces what it may do there; PURGE brings DELETE, READ
 * brings BROWSE, SEARCH brings both.
 *
 * @category models
 * @since 0.1.0
 */
export const NamespacePermission = fields.struct(
  {
    namespaceName: fields.text({ min: 1, max: 63 }),
    permissions: fields.list("permission", fields.oneOf(dataValues))
  },
  { required: ["namespaceName", "permissions"] }
)

/**
 * What a user or group may do in one namespace.
 *
 * @category models
 * @since 0.1.0
 */
export type NamespacePermission = typeof NamespacePermission.Type

/**
 * What a user or group may do, namespace by namespace.
 *
 * @category models
 * @since 0.1.0
 */
export const DataAccess = fields.struct(
  { namespacePermission: fields.repeated(NamespacePermission) },
  { required: ["namespacePermission"] }
)
