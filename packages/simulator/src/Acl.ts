/**
 * Access control lists: who may do what with one object, besides what the namespace allows.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { Permission } from "./SystemSpec.ts"

/**
 * What a grant can allow.
 *
 * @category models
 * @since 0.1.0
 */
export const Right = Schema.Literals(["READ", "READ_ACL", "WRITE", "WRITE_ACL", "DELETE"])

/**
 * What a grant can allow.
 *
 * @category models
 * @since 0.1.0
 */
export type Right = typeof Right.Type

/**
 * Some rights for a user or a group. `domain` is that of an Active Directory, or empty. The groups without one are
 * `all_users` and `authenticated`.
 *
 * @category models
 * @since 0.1.0
 */
export const Grant = Schema.Struct({
  type: Schema.Literals(["user", "group"]),
  name: Schema.String,
  domain: Schema.String,
  rights: Schema.Array(Right)
})

/**
 * Some rights for a user or a group.
 *
 * @category models
 * @since 0.1.0
 */
export type Grant = typeof Grant.Type

/**
 * Who sends a request; undefined for somebody without credentials.
 *
 * @category models
 * @since 0.1.0
 */
export type Sender = { readonly username: string } | undefined

/**
 * The groups that every system knows.
 *
 * @category models
 * @since 0.1.0
 */
export const wellKnownGroups: ReadonlyArray<string> = ["all_users", "authenticated"]

/**
 * The lists that a PUT of an object can ask for by name.
 *
 * @category models
 * @since 0.1.0
 */
export const canned: ReadonlyMap<string, ReadonlyArray<Grant>> = new Map([
  ["all_read", [{ type: "group", name: "all_users", domain: "", rights: ["READ"] }]],
  ["auth_read", [{ type: "group", name: "authenticated", domain: "", rights: ["READ"] }]]
])

/**
 * The data access permissions that a right stands for. Who may read an object may also see that it is there.
 *
 * @category combinators
 * @since 0.1.0
 */
export const permissionsOf = (right: Right): ReadonlyArray<Permission> => meaning[right]

const meaning: Readonly<Record<Right, ReadonlyArray<Permission>>> = {
  READ: ["browse", "read"],
  READ_ACL: ["readAcl"],
  WRITE: ["write"],
  WRITE_ACL: ["writeAcl"],
  DELETE: ["delete"]
}

/**
 * Tells a grantee from all others; letter case counts in user names only.
 *
 * @category combinators
 * @since 0.1.0
 */
export const granteeKey = ({ domain, name, type }: Pick<Grant, "type" | "name" | "domain">): string =>
  JSON.stringify([type, domain === "" ? name : name.toLowerCase(), domain.toLowerCase()])

const concerns = (grant: Grant, user: Sender): boolean => {
  if (grant.type === "group") {
    return grant.domain === "" && (grant.name === "all_users" || (grant.name === "authenticated" && user !== undefined))
  }
  if (user === undefined) return false
  return grant.domain === ""
    ? user.username === grant.name
    : user.username.toLowerCase() === `${grant.name}@${grant.domain}`.toLowerCase()
}

/**
 * What a list gives to somebody. Members of Active Directory groups are not known.
 *
 * @category combinators
 * @since 0.1.0
 */
export const grantedTo = (grants: ReadonlyArray<Grant>, user: Sender): ReadonlyArray<Permission> =>
  grants.filter((grant) => concerns(grant, user)).flatMap(({ rights }) => rights.flatMap(permissionsOf))
