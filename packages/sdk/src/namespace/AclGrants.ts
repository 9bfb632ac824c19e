/**
 * What an access control list says: who is allowed what.
 *
 * @since 0.1.0
 */

/**
 * What may be allowed.
 *
 * @category models
 * @since 0.1.0
 */
export type Permission = "READ" | "READ_ACL" | "WRITE" | "WRITE_ACL" | "DELETE"

/**
 * Who is allowed something.
 *
 * @category models
 * @since 0.1.0
 */
export interface Grantee {
  readonly type: "user" | "group"
  readonly name: string
  /** The Active Directory domain, for users and groups of one. */
  readonly domain?: string | undefined
}

/**
 * What one grantee is allowed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Grant {
  readonly grantee: Grantee
  readonly permissions: ReadonlyArray<Permission>
}

/**
 * An access control list.
 *
 * @category models
 * @since 0.1.0
 */
export interface Acl {
  readonly grants: ReadonlyArray<Grant>
}
