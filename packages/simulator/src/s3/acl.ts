/**
 * Access control lists as S3 writes them: canned names, grant headers and documents, all of them grants of the object
 * store.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type Grant, granteeKey, type Right } from "../Acl.ts"
import type { GatewayResponse } from "../Gateway.ts"
import type { Branch } from "../internal/document.ts"
import * as Xml from "../internal/xml.ts"
import { document, type Person, personLines } from "./answer.ts"
import { branchesOf, branchOf, invalid, textOf } from "./body.ts"
import { type BucketCall, header, personOf, type TenantCall } from "./call.ts"
import { refuse, type S3Refusal } from "./refusal.ts"

const maxGrants = 100

/** What a permission of S3 allows here. To write is to delete as well. */
const rights = {
  READ: ["READ"],
  WRITE: ["WRITE", "DELETE"],
  READ_ACP: ["READ_ACL"],
  WRITE_ACP: ["WRITE_ACL"],
  FULL_CONTROL: ["READ", "READ_ACL", "WRITE", "WRITE_ACL", "DELETE"]
} as const satisfies Readonly<Record<string, ReadonlyArray<Right>>>

type Permission = keyof typeof rights

const isPermission = (text: string | undefined): text is Permission => text !== undefined && Object.hasOwn(rights, text)

const groupUris: ReadonlyMap<string, string> = new Map([
  ["all_users", "http://acs.amazonaws.com/groups/global/AllUsers"],
  ["authenticated", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"]
])

const groupOf = (uri: string): string | undefined => [...groupUris].find(([, known]) => known === uri)?.[0]

const toGroup = (name: string, permission: Permission): Grant => ({
  type: "group",
  name,
  domain: "",
  rights: rights[permission]
})

const toUser = (name: string, permission: Permission): Grant => ({
  type: "user",
  name,
  domain: "",
  rights: rights[permission]
})

/** The grants of a canned list; the owner has everything without a grant. */
const canned = (name: string, bucketOwner: string): ReadonlyArray<Grant> | undefined => {
  switch (name) {
    case "private":
      return []
    case "public-read":
      return [toGroup("all_users", "READ")]
    case "public-read-write":
      return [toGroup("all_users", "READ"), toGroup("all_users", "WRITE")]
    case "authenticated-read":
      return [toGroup("authenticated", "READ")]
    case "bucket-owner-read":
      return bucketOwner === "" ? [] : [toUser(bucketOwner, "READ")]
    case "bucket-owner-full-control":
      return bucketOwner === "" ? [] : [toUser(bucketOwner, "FULL_CONTROL")]
    default:
      return undefined
  }
}

/** One grant for each grantee, with all the rights that were given. */
const merged = (grants: ReadonlyArray<Grant>): ReadonlyArray<Grant> => {
  const all = new Map<string, Grant>()
  for (const grant of grants) {
    const key = granteeKey(grant)
    all.set(key, { ...grant, rights: [...new Set([...(all.get(key)?.rights ?? []), ...grant.rights])] })
  }
  return [...all.values()]
}

const unknownGrantee = () => refuse("InvalidArgument", "Invalid id")

const byId = ({ core, tenant }: TenantCall, id: string): string | undefined =>
  core.registry.accountsOf(tenant).find(({ userGUID, username }) => userGUID === id || username === id)?.username

/**
 * The grantee of `id="..."`, `emailAddress="..."` or `uri="..."`; an email address is the name of a user or a group.
 */
const granteeOf = (
  call: TenantCall,
  kind: string,
  value: string,
  permission: Permission
): Effect.Effect<Grant, S3Refusal> => {
  const group = kind === "uri" ? groupOf(value) : groupUris.has(value) ? value : undefined
  if (group !== undefined) return Effect.succeed(toGroup(group, permission))
  const user = kind === "uri" ? undefined : byId(call, value)
  return user === undefined ? Effect.fail(unknownGrantee()) : Effect.succeed(toUser(user, permission))
}

const grantHeaders: ReadonlyArray<readonly [name: string, permission: Permission]> = [
  ["x-amz-grant-read", "READ"],
  ["x-amz-grant-write", "WRITE"],
  ["x-amz-grant-read-acp", "READ_ACP"],
  ["x-amz-grant-write-acp", "WRITE_ACP"],
  ["x-amz-grant-full-control", "FULL_CONTROL"]
]

/** Reads `id="..."`, with or without quotes; both are empty where the text is something else. */
const readGrant = (text: string): { readonly kind: string; readonly grantee: string } => {
  const equals = text.indexOf("=")
  const kind = text.slice(0, Math.max(0, equals)).trim().toLowerCase()
  const value = text.slice(equals + 1).trim()
  const grantee = value.slice(value.startsWith('"') ? 1 : 0, value.length > 1 && value.endsWith('"') ? -1 : undefined)
  return ["id", "emailaddress", "uri"].includes(kind) && !grantee.includes('"')
    ? { kind, grantee }
    : { kind: "", grantee: "" }
}

/**
 * The grants that the headers of a request ask for; undefined if there are none. Fails with `NotImplemented` for a
 * canned list that is not known, with `InvalidRequest` for both kinds of headers together and for more than 100 grants,
 * with `InvalidArgument` for a grantee that is not known.
 *
 * @internal
 */
export const fromHeaders = Effect.fnUntraced(function* (
  call: TenantCall,
  bucketOwner: string
): Effect.fn.Return<ReadonlyArray<Grant> | undefined, S3Refusal> {
  const name = header(call, "x-amz-acl")
  const given = grantHeaders.flatMap(([field, permission]) => {
    const value = header(call, field)
    return value === undefined ? [] : [{ value, permission }]
  })
  if (name !== undefined) {
    if (given.length > 0) {
      return yield* refuse("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed")
    }
    return canned(name, bucketOwner) ?? (yield* refuse("NotImplemented", `The canned ACL ${name} is not implemented`))
  }
  if (given.length === 0) return undefined
  const parts = given.flatMap(({ permission, value }) => value.split(",").map((part) => ({ part, permission })))
  if (parts.length > maxGrants) return yield* refuse("InvalidRequest", `a list may have ${maxGrants} grants`)
  const grants = yield* Effect.forEach(parts, ({ part, permission }) => {
    const { grantee, kind } = readGrant(part)
    return granteeOf(call, kind, grantee, permission)
  })
  return merged(grants)
})

/** A list as a document says it. */
export interface Policy {
  /** The user that shall own it; undefined if it stays with whom it is. */
  readonly owner: string | undefined
  readonly grants: ReadonlyArray<Grant>
}

const grantOf = (call: TenantCall, grant: Branch): Effect.Effect<Grant, S3Refusal> => {
  const grantee = branchOf(grant, "Grantee")
  const permission = textOf(grant, "Permission")
  const [kind, value] =
    ["URI", "EmailAddress", "ID"]
      .map((name) => [name.toLowerCase(), textOf(grantee, name)] as const)
      .find(([, text]) => text !== undefined) ?? []
  return isPermission(permission) && kind !== undefined && value !== undefined
    ? granteeOf(call, kind, value, permission)
    : Effect.fail(invalid())
}

/**
 * Reads an `AccessControlPolicy`. Fails with `MalformedXML`, with `InvalidArgument` for somebody who is not known, and
 * with `InvalidRequest` for more than 100 grants.
 *
 * @internal
 */
export const fromDocument = Effect.fnUntraced(function* (
  call: TenantCall,
  policy: Branch
): Effect.fn.Return<Policy, S3Refusal> {
  const given = branchesOf(branchOf(policy, "AccessControlList"), "Grant")
  if (given.length > maxGrants) return yield* refuse("InvalidRequest", `a list may have ${maxGrants} grants`)
  const grants = yield* Effect.forEach(given, (grant) => grantOf(call, grant))
  const id = textOf(branchOf(policy, "Owner"), "ID")
  const owner = id === undefined ? undefined : byId(call, id)
  if (id !== undefined && id !== "nobody" && owner === undefined) return yield* unknownGrantee()
  // That the owner may do everything needs no grant.
  return { owner, grants: merged(grants.filter(({ name, type }) => type === "group" || name !== owner)) }
})

const permissionsOf = (granted: ReadonlyArray<Right>): ReadonlyArray<Permission> => {
  if (rights.FULL_CONTROL.every((right) => granted.includes(right))) return ["FULL_CONTROL"]
  const single: ReadonlyArray<Permission> = ["READ", "WRITE", "READ_ACP", "WRITE_ACP"]
  return single.filter((permission) => rights[permission].some((right) => granted.includes(right)))
}

const xsi = "http://www.w3.org/2001/XMLSchema-instance"

const granteeLines = (call: BucketCall, { name, type }: Grant): string => {
  const uri = type === "group" ? groupUris.get(name) : undefined
  const kind = uri === undefined ? "CanonicalUser" : "Group"
  const person = personOf(call, name)
  const content =
    uri === undefined ? `${Xml.text("ID", person.id)}${Xml.text("DisplayName", person.name)}` : Xml.text("URI", uri)
  const attributes = [
    ["xmlns:xsi", xsi],
    ["xsi:type", kind]
  ] as const
  return `${Xml.open("Grantee", attributes)}${content}${Xml.close("Grantee")}`
}

/**
 * The document of a list: the owner first, then the grants, of which no more than 100 are shown.
 *
 * @internal
 */
export const toDocument = (call: BucketCall, owner: Person, grants: ReadonlyArray<Grant>): GatewayResponse => {
  const everything: Grant = { type: "user", name: owner.name, domain: "", rights: rights.FULL_CONTROL }
  const all = owner.name === "nobody" ? grants : [everything, ...grants]
  const lines = all
    .slice(0, maxGrants)
    .flatMap((grant) =>
      permissionsOf(grant.rights).map((permission) =>
        [Xml.open("Grant"), granteeLines(call, grant), Xml.text("Permission", permission), Xml.close("Grant")].join("")
      )
    )
  return document(call, "AccessControlPolicy", [
    personLines("Owner", owner),
    Xml.open("AccessControlList"),
    ...lines,
    Xml.close("AccessControlList")
  ])
}
