/**
 * User and group accounts: who they are, what they may administer, and what they may do with data.
 *
 * @internal
 */
import * as Crypto from "node:crypto"
import * as Schema from "effect/Schema"
import { type Permission, permissions, Role, type UserSpec } from "../SystemSpec.ts"

const PermissionName = Schema.Literals(permissions)

/** What an account may do with data, by namespace name; `everywhere` counts for those that are not named. */
const DataAccess = Schema.Struct({
  everywhere: Schema.Array(PermissionName),
  named: Schema.Record(Schema.String, Schema.Array(PermissionName))
})

/** @internal */
export type DataAccess = typeof DataAccess.Type

/**
 * A user. The password is kept only as the digest that HCP's token carries.
 *
 * @internal
 */
export const Account = Schema.Struct({
  username: Schema.String,
  passwordMd5: Schema.String,
  fullName: Schema.String,
  description: Schema.String,
  localAuthentication: Schema.Boolean,
  enabled: Schema.Boolean,
  forcePasswordChange: Schema.Boolean,
  roles: Schema.Array(Role),
  allowNamespaceManagement: Schema.Boolean,
  userGUID: Schema.String,
  userID: Schema.Int,
  access: DataAccess
})

/** @internal */
export type Account = typeof Account.Type

/** @internal */
export const Group = Schema.Struct({
  groupname: Schema.String,
  externalGroupID: Schema.String,
  roles: Schema.Array(Role),
  allowNamespaceManagement: Schema.Boolean,
  access: DataAccess
})

/** @internal */
export type Group = typeof Group.Type

/** @internal */
export const md5 = (password: string): string => Crypto.createHash("md5").update(password).digest("hex")

/**
 * An id that is always the same for the same thing, so that a restart does not change it.
 *
 * @internal
 */
export const stableId = (...parts: ReadonlyArray<string>): string => {
  const hex = Crypto.createHash("sha256").update(parts.join("\n")).digest("hex")
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-"
  )
}

/** @internal */
export const noAccess: DataAccess = { everywhere: [], named: {} }

const isList = (given: NonNullable<UserSpec["permissions"]>): given is ReadonlyArray<Permission> => Array.isArray(given)

/** What a user of the specification may do in the namespaces of one tenant. */
const accessOf = (given: UserSpec["permissions"], tenant: string): DataAccess => {
  if (given === undefined) return { everywhere: permissions, named: {} }
  if (isList(given)) return { everywhere: given, named: {} }
  const named = Object.entries(given).flatMap(([key, granted]) => {
    const [name = "", owner = ""] = key.toLowerCase().split(".")
    return owner === tenant ? [[name, granted] as const] : []
  })
  return { everywhere: [], named: Object.fromEntries(named) }
}

/**
 * A user of the specification as an account of a tenant; of the system if there is none.
 *
 * @internal
 */
export const fromSpec = (
  { allowNamespaceManagement, password, permissions, roles, username }: UserSpec,
  tenant: string | undefined,
  id: number
): Account => ({
  username,
  passwordMd5: md5(password),
  fullName: username,
  description: "",
  localAuthentication: !username.includes("@"),
  enabled: true,
  forcePasswordChange: false,
  roles: roles ?? [],
  allowNamespaceManagement: allowNamespaceManagement ?? roles?.includes("ADMINISTRATOR") ?? false,
  userGUID: stableId(tenant ?? "", username),
  userID: id,
  access: tenant === undefined ? noAccess : accessOf(permissions, tenant)
})

/**
 * What an account may do in a namespace of its tenant; the name in lower case.
 *
 * @internal
 */
export const grantedIn = (access: DataAccess, namespace: string): ReadonlyArray<Permission> =>
  Object.hasOwn(access.named, namespace) ? (access.named[namespace] ?? []) : access.everywhere
