/**
 * Access control lists: who may do what with one object, besides those whose permissions of the namespace allow it
 * anyway.
 *
 * **Example** (let everybody read)
 *
 * ```ts
 * import { Effect, Option } from "effect"
 * import { Acl, Namespace } from "@effect-hcp/sdk"
 *
 * const publish = (path: string) =>
 *   Effect.gen(function* () {
 *     const ns = yield* Namespace.Namespace
 *     const current = Option.getOrElse(yield* ns.acl.find(path), () => Acl.empty)
 *     yield* ns.acl.put(path, Acl.grant(current, Acl.allUsers, ["READ"]))
 *   })
 * ```
 *
 * Source: "Using a Namespace", chapter on access control lists.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { HcpError } from "../HcpError.ts"
import type { RequestOptions } from "../HcpRequest.ts"
import { type Kind, problemOfValue } from "../OptionCheck.ts"
import { InvalidInput } from "../WireReason.ts"
import type { Acl, Grant, Grantee, Permission } from "./AclGrants.ts"
import { parseJson, parseXml, writeJson, writeXml } from "./internal/aclForms.ts"

export * from "./AclGrants.ts"

/**
 * A list by name, for an object that is just being stored: everybody may read it (`all_read`), or everybody who has
 * signed in (`auth_read`).
 *
 * @category models
 * @since 0.1.0
 */
export type Canned = "all_read" | "auth_read"

/**
 * The form in which a list travels. It makes no difference to what is stored.
 *
 * @category models
 * @since 0.1.0
 */
export type Format = "xml" | "json"

/**
 * What a call about a list may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Omit<RequestOptions, "query" | "verify" | "idempotent"> {
  /** Defaults to `xml`. */
  readonly format?: Format | undefined
}

/**
 * Everybody, also without signing in where the namespace allows that.
 *
 * @category constructors
 * @since 0.1.0
 */
export const allUsers: Grantee = { type: "group", name: "all_users" }

/**
 * Everybody who has signed in.
 *
 * @category constructors
 * @since 0.1.0
 */
export const authenticated: Grantee = { type: "group", name: "authenticated" }

/**
 * A user of HCP, or with a domain one of Active Directory.
 *
 * @category constructors
 * @since 0.1.0
 */
export const user = (name: string, domain?: string): Grantee =>
  domain === undefined ? { type: "user", name } : { type: "user", name, domain }

/**
 * A group of HCP, or with a domain one of Active Directory.
 *
 * @category constructors
 * @since 0.1.0
 */
export const group = (name: string, domain?: string): Grantee =>
  domain === undefined ? { type: "group", name } : { type: "group", name, domain }

/**
 * Nobody is allowed anything more.
 *
 * @category constructors
 * @since 0.1.0
 */
export const empty: Acl = { grants: [] }

/** In the order HCP lists them. */
const permissions: ReadonlyArray<Permission> = ["READ", "READ_ACL", "WRITE", "WRITE_ACL", "DELETE"]

const isSame = (a: Grantee, b: Grantee): boolean =>
  a.type === b.type &&
  a.name.toLowerCase() === b.name.toLowerCase() &&
  (a.domain ?? "").toLowerCase() === (b.domain ?? "").toLowerCase()

/**
 * The list with these permissions added to what the grantee is allowed already. Names are compared without regard to
 * case.
 *
 * @category combinators
 * @since 0.1.0
 */
export const grant = (acl: Acl, grantee: Grantee, added: ReadonlyArray<Permission>): Acl => {
  const present = acl.grants.find((each) => isSame(each.grantee, grantee))
  const all = new Set([...(present?.permissions ?? []), ...added])
  const next: Grant = {
    grantee: present?.grantee ?? grantee,
    permissions: permissions.filter((permission) => all.has(permission))
  }
  return {
    grants: present === undefined ? [...acl.grants, next] : acl.grants.map((each) => (each === present ? next : each))
  }
}

/**
 * The list without these permissions of the grantee, or without the grantee where none are named or none are left.
 *
 * @category combinators
 * @since 0.1.0
 */
export const revoke = (acl: Acl, grantee: Grantee, removed?: ReadonlyArray<Permission>): Acl => ({
  grants: acl.grants.flatMap((each) => {
    if (!isSame(each.grantee, grantee)) return [each]
    const left = removed === undefined ? [] : each.permissions.filter((permission) => !removed.includes(permission))
    return left.length === 0 ? [] : [{ ...each, permissions: left }]
  })
})

/**
 * What a grantee is allowed by the list itself; empty where it is not in it.
 *
 * @category combinators
 * @since 0.1.0
 */
export const permissionsOf = (acl: Acl, grantee: Grantee): ReadonlyArray<Permission> =>
  acl.grants.find((each) => isSame(each.grantee, grantee))?.permissions ?? []

const maxGrants = 1000

const aList: Kind = {
  fields: {
    grants: {
      list: {
        fields: {
          grantee: {
            fields: { type: { oneOf: ["user", "group"] }, name: "text", domain: "text" },
            required: ["type", "name"]
          },
          permissions: { list: "text" }
        },
        required: ["grantee", "permissions"]
      }
    }
  },
  required: ["grants"]
}

const problemOf = ({ grants }: Acl): string | undefined => {
  if (grants.length > maxGrants) return `has ${grants.length} grants, HCP takes ${maxGrants}`
  const seen = new Set<string>()
  for (const { grantee, permissions } of grants) {
    const { domain, name, type } = grantee
    if (name.trim() === "") return `a ${type} has no name`
    if (permissions.length === 0) return `the ${type} ${JSON.stringify(name)} is granted nothing; leave it out`
    if (domain !== undefined && [allUsers, authenticated].some((each) => isSame(each, { type, name }))) {
      return `the group ${name} belongs to no domain`
    }
    const key = JSON.stringify([type, name.toLowerCase(), domain?.toLowerCase() ?? ""])
    if (seen.has(key)) return `the ${type} ${JSON.stringify(name)} is there twice; one grant holds all its permissions`
    seen.add(key)
  }
  return undefined
}

/**
 * The list, if HCP may take it. Fails with `InvalidInput` (field `acl`) for more than 1,000 grants, a grantee without a
 * name or without permissions, one that is there twice, and a domain of `all_users` or `authenticated`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const check = (acl: Acl): Result.Result<Acl, InvalidInput> => {
  const misuse = problemOfValue(acl, aList, "acl")
  if (misuse !== undefined) return Result.fail(misuse)
  const detail = problemOf(acl)
  return detail === undefined ? Result.succeed(acl) : Result.fail(new InvalidInput({ field: "acl", detail }))
}

/**
 * The XML HCP takes. Fails as {@link check} does, and for a name with a character that XML cannot carry.
 *
 * @category combinators
 * @since 0.1.0
 */
export const toXml = (acl: Acl): Result.Result<string, InvalidInput> => Result.flatMap(check(acl), writeXml)

/**
 * The JSON HCP takes. Fails as {@link check} does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const toJson = (acl: Acl): Result.Result<string, InvalidInput> => Result.map(check(acl), writeJson)

/**
 * Reads a list in XML. Fails with `InvalidXml`, and with `UnexpectedAnswer` for one that holds what is not known here:
 * nothing is left out in silence, as the list may be changed and written back.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromXml = (text: string): Effect.Effect<Acl, HcpError> =>
  parseXml(new TextEncoder().encode(text), { operation: "Acl.fromXml" })

/**
 * Reads a list in JSON. Fails with `UnexpectedAnswer`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromJson = (text: string): Effect.Effect<Acl, HcpError> => parseJson(text, { operation: "Acl.fromJson" })

/**
 * The operations on the list of an object. It applies to all versions of the object, and may be changed under
 * retention. All fail with `NotFound` where there is no object, and with `BadRequest` where the namespace does not use
 * ACLs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Operations {
  /** The list. Fails with `NotFound` also where the object has none. Needs the permission to read ACLs. */
  readonly get: (path: string, options?: Options) => Effect.Effect<Acl, HcpError>
  /** As `get`; none where the object has no list. Fails with `NotFound` only where there is no object. */
  readonly find: (path: string, options?: Options) => Effect.Effect<Option.Option<Acl>, HcpError>
  /**
   * Sets the list in place of the one there may be. Checked as by {@link check} before anything is sent. HCP refuses
   * unknown users, and permissions one does not have oneself, with `BadRequest`. While others change the object (409),
   * it is repeated for some 3 seconds.
   */
  readonly put: (path: string, acl: Acl, options?: Options) => Effect.Effect<void, HcpError>
  /** Removes the list; `false` where there was none. */
  readonly delete: (path: string, options?: Options) => Effect.Effect<boolean, HcpError>
  /** Whether the object has a list; `false` also where there is no object. */
  readonly exists: (path: string, options?: Options) => Effect.Effect<boolean, HcpError>
}
