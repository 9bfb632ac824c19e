/**
 * What there is to know about a user or a group, to create one, and to change.
 *
 * Source: "HCP Management API Reference", data types userAccount and groupAccount. Every field may be absent: roles are
 * given only to users with the security role.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"
import * as Struct from "effect/Struct"
import type { Open, With } from "./Field.ts"
import * as fields from "./internal/fields.ts"

const tenantRoles = ["ADMINISTRATOR", "COMPLIANCE", "MONITOR", "SECURITY"] as const
const systemRoles = [...tenantRoles, "SEARCH", "SERVICE"] as const

/**
 * A role. `SEARCH` and `SERVICE` are roles of the system alone.
 *
 * @category models
 * @since 0.1.0
 */
export type Role = Open<(typeof systemRoles)[number]>

const roles = fields.list("role", fields.oneOf(systemRoles))

/**
 * A user.
 *
 * @category models
 * @since 0.1.0
 */
export const User = fields.struct({
  /** 1 to 64 characters, not beginning with `[`. */
  username: fields.text({ min: 1, max: 64, pattern: { form: /^[^[]/, says: 'must not begin with "["' } }),
  /** 1 to 64 characters. */
  fullName: fields.text({ min: 1, max: 64 }),
  description: fields.text({ max: 1024 }),
  /** `false` for RADIUS. Set for ever when the user is created. */
  localAuthentication: fields.bool,
  enabled: fields.bool,
  /** Whether the password must be changed at the next login. */
  forcePasswordChange: fields.bool,
  /** Written, it replaces the roles there are. */
  roles,
  /** Whether the user may make namespaces of its own. Only administrators change it, and not on creation. */
  allowNamespaceManagement: fields.bool,
  /** Read only. */
  userGUID: fields.text(),
  /** Read only. */
  userID: fields.number
})

/**
 * A user.
 *
 * @category models
 * @since 0.1.0
 */
export type User = typeof User.Type

/**
 * What a user is created with, but for the password, which is no part of the resource.
 *
 * @category models
 * @since 0.1.0
 */
export const NewUser = fields.struct(Struct.omit(User.fields, ["allowNamespaceManagement", "userGUID", "userID"]), {
  required: ["username", "fullName", "localAuthentication", "enabled", "forcePasswordChange"]
})

/**
 * What a user is created with.
 *
 * @category models
 * @since 0.1.0
 */
export interface NewUser extends With<typeof NewUser.Type, "username" | "fullName"> {
  /** At most 64 characters, with at least two of letters, digits and others; the tenant may ask for more. */
  readonly password: Redacted.Redacted<string>
  /** Defaults to `true`. */
  readonly localAuthentication?: boolean | undefined
  /** Defaults to `true`. */
  readonly enabled?: boolean | undefined
  /** Defaults to `false`. */
  readonly forcePasswordChange?: boolean | undefined
}

/**
 * What may be changed of a user, but for the password, which is no part of the resource.
 *
 * @category models
 * @since 0.1.0
 */
export const UserChanges = fields.struct(Struct.omit(User.fields, ["localAuthentication", "userGUID", "userID"]))

/**
 * What may be changed of a user: by users with the security role all but `allowNamespaceManagement`, by administrators
 * only that.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserChanges extends Readonly<typeof UserChanges.Type> {
  /** A new password. */
  readonly password?: Redacted.Redacted<string> | undefined
}

/**
 * A group of Active Directory.
 *
 * @category models
 * @since 0.1.0
 */
export const Group = fields.struct({
  /** `group`, or `group@domain`. */
  groupname: fields.text({ min: 1 }),
  /** The SID. */
  externalGroupID: fields.text({ min: 1 }),
  /** Written, it replaces the roles there are. */
  roles,
  /** Whether its users may make namespaces of their own. Only administrators change it, and not on creation. */
  allowNamespaceManagement: fields.bool
})

/**
 * A group of Active Directory.
 *
 * @category models
 * @since 0.1.0
 */
export type Group = typeof Group.Type

/**
 * What a group is created with.
 *
 * @category models
 * @since 0.1.0
 */
export const NewGroup = fields.struct(Struct.omit(Group.fields, ["allowNamespaceManagement"]), {
  check: ({ externalGroupID, groupname }) =>
    groupname === undefined && externalGroupID === undefined
      ? ["groupname", "is missing; give the name of the group, or its SID as externalGroupID"]
      : undefined
})

/**
 * What a group is created with: its name, its SID, or both.
 *
 * @category models
 * @since 0.1.0
 */
export type NewGroup = typeof NewGroup.Type

/**
 * What may be changed of a group.
 *
 * @category models
 * @since 0.1.0
 */
export const GroupChanges = fields.struct(Struct.pick(Group.fields, ["roles", "allowNamespaceManagement"]))

/**
 * What may be changed of a group.
 *
 * @category models
 * @since 0.1.0
 */
export type GroupChanges = typeof GroupChanges.Type
