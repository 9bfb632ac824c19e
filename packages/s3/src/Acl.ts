/**
 * Access control lists of buckets and objects, as the S3 gateway knows them: an owner, and grants.
 *
 * A grant has the same shape as in the lists of the namespace API (`Acl` of the SDK). Source: "Using the Hitachi API
 * for Amazon S3", chapter on access control lists.
 *
 * **Example** (everybody may read)
 *
 * ```ts
 * import { Acl } from "@effect-hcp/s3"
 *
 * const publish = Acl.object.modify("finance", "press/q4.pdf", "public-read")
 * const share = Acl.object.modify("finance", "q4.xlsx", [{ grantee: Acl.user("mwhite"), permissions: ["READ"] }])
 * ```
 *
 * @since 0.1.0
 */

import type { Grantee as NamedGrantee } from "@effect-hcp/sdk/AclGrants"
import { type HcpError, InvalidInput } from "@effect-hcp/sdk/HcpError"
import { type Kind, type KindsOf, problemOfValue } from "@effect-hcp/sdk/OptionCheck"
import * as Xml from "@effect-hcp/sdk/Xml"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { CallOptions } from "./CallOptions.ts"
import type { Gateway } from "./Gateway.ts"
import { child, children, textOf } from "./internal/answerXml.ts"
import { checked, type S3Request, send, sendXml } from "./internal/gateway.ts"
import { callKinds } from "./internal/optionKinds.ts"
import { SubResource } from "./internal/parameter.ts"
import { schemaInstance, xmlBody } from "./internal/xmlBody.ts"
import * as S3 from "./S3.ts"

// The compiler says here which option has no kind.
const kinds: KindsOf<ObjectOptions> = { ...callKinds, versionId: "text" }

/**
 * A list that HCP knows by name. `private` takes all grants away.
 *
 * @category models
 * @since 0.1.0
 */
export type Canned =
  | "private"
  | "public-read"
  | "public-read-write"
  | "authenticated-read"
  | "bucket-owner-read"
  | "bucket-owner-full-control"

/**
 * What may be granted. `WRITE` includes deleting, `READ` includes listing; `FULL_CONTROL` is all the others.
 *
 * @category models
 * @since 0.1.0
 */
export type Permission = "READ" | "WRITE" | "READ_ACL" | "WRITE_ACL" | "FULL_CONTROL"

/**
 * A user by the id HCP gives it. So HCP shows all users; to be granted something they can also be given by name.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserById {
  readonly type: "user"
  readonly id: string
  readonly displayName?: string | undefined
}

/**
 * Who is allowed something: a user by name, as in the lists of the namespace API, or by id, or one of the two groups
 * {@link allUsers} and {@link authenticated}.
 *
 * @category models
 * @since 0.1.0
 */
export type Grantee = NamedGrantee | UserById

/**
 * A user by name; with a domain one of Active Directory, only for objects.
 *
 * @category constructors
 * @since 0.1.0
 */
export const user = (name: string, domain?: string): NamedGrantee =>
  domain === undefined ? { type: "user", name } : { type: "user", name, domain }

/**
 * A user by the id HCP gives it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const id = (id: string): UserById => ({ type: "user", id })

/**
 * Everybody, with or without credentials.
 *
 * @category constructors
 * @since 0.1.0
 */
export const allUsers: NamedGrantee = { type: "group", name: "all_users" }

/**
 * Everybody with credentials.
 *
 * @category constructors
 * @since 0.1.0
 */
export const authenticated: NamedGrantee = { type: "group", name: "authenticated" }

/**
 * What one grantee is allowed, in the shape of the lists of the namespace API.
 *
 * @category models
 * @since 0.1.0
 */
export interface Grant {
  readonly grantee: Grantee
  readonly permissions: ReadonlyArray<Permission>
}

/**
 * A list as HCP gives it. Of more than 100 grants HCP gives the first 100.
 *
 * @category models
 * @since 0.1.0
 */
export interface Acl {
  readonly owner: { readonly id: string; readonly displayName: string | undefined } | undefined
  readonly grants: ReadonlyArray<Grant>
}

/**
 * Which object a list belongs to.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectOptions extends CallOptions {
  /** Defaults to the current version. */
  readonly versionId?: string | undefined
}

/**
 * The list of a bucket.
 *
 * @category models
 * @since 0.1.0
 */
export interface BucketOperations {
  /** The list. Fails with `S3Refused`, as all calls here do. */
  readonly get: (bucket: string, options?: CallOptions) => Effect.Effect<Acl, HcpError, S3.S3>
  /**
   * Replaces the list: by a canned one, by grants (the owner stays), or as a whole. Fails with `InvalidInput` for what
   * is no list, and for more than 100 grants.
   */
  readonly modify: (
    bucket: string,
    acl: Canned | ReadonlyArray<Grant> | Acl,
    options?: CallOptions
  ) => Effect.Effect<void, HcpError, S3.S3>
}

/**
 * The list of an object.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectOperations {
  /** The list. Fails with `S3Refused`, as all calls here do. */
  readonly get: (bucket: string, key: string, options?: ObjectOptions) => Effect.Effect<Acl, HcpError, S3.S3>
  /** Replaces the list, as that of a bucket. */
  readonly modify: (
    bucket: string,
    key: string,
    acl: Canned | ReadonlyArray<Grant> | Acl,
    options?: ObjectOptions
  ) => Effect.Effect<void, HcpError, S3.S3>
}

/**
 * The list of a bucket.
 *
 * @category combinators
 * @since 0.1.0
 */
export const bucket: BucketOperations = {
  get: (bucket, options) =>
    Effect.flatMap(S3.gatewayFor({ method: "GET", bucket }, options, callKinds), (gateway) =>
      read(gateway, { method: "GET", bucket, query: { acl: "" }, options })
    ),
  modify: (bucket, acl, options) =>
    Effect.flatMap(S3.gatewayFor({ method: "PUT", bucket }, options, callKinds), (gateway) =>
      write(gateway, { method: "PUT", bucket, query: { acl: "" }, options }, acl)
    )
}

/**
 * The list of an object.
 *
 * @category combinators
 * @since 0.1.0
 */
export const object: ObjectOperations = {
  get: (bucket, key, options) =>
    Effect.flatMap(S3.gatewayFor({ method: "GET", bucket, key }, options, kinds), (gateway) =>
      read(gateway, ofObject("GET", bucket, key, options))
    ),
  modify: (bucket, key, acl, options) =>
    Effect.flatMap(S3.gatewayFor({ method: "PUT", bucket, key }, options, kinds), (gateway) =>
      write(gateway, ofObject("PUT", bucket, key, options), acl)
    )
}

const ofObject = (
  method: "GET" | "PUT",
  bucket: string,
  key: string,
  options: ObjectOptions | undefined
): S3Request => ({
  method,
  bucket,
  key,
  query: { [SubResource.acl]: "", versionId: options?.versionId },
  options
})

const root = "AccessControlPolicy"

const read = (gateway: Gateway, request: S3Request): Effect.Effect<Acl, HcpError> =>
  Effect.map(sendXml(gateway, request, root), (answer) => {
    const owner = child(answer.root, "Owner")
    const ownerId = textOf(owner, "ID")
    const list = child(answer.root, "AccessControlList")
    return {
      owner: ownerId === undefined ? undefined : { id: ownerId, displayName: textOf(owner, "DisplayName") },
      grants: list === undefined ? [] : grantsOf(children(list, "Grant"))
    }
  })

interface Granted {
  readonly grantee: Grantee
  readonly permission: Permission
}

/** What S3 calls a permission. */
const wordOf: Readonly<Record<Permission, string>> = {
  READ: "READ",
  WRITE: "WRITE",
  READ_ACL: "READ_ACP",
  WRITE_ACL: "WRITE_ACP",
  FULL_CONTROL: "FULL_CONTROL"
}

const permissions: ReadonlyArray<Permission> = ["READ", "READ_ACL", "WRITE", "WRITE_ACL", "FULL_CONTROL"]

// The groups of S3 and their names everywhere else in HCP.
const groups = [
  ["all_users", "http://acs.amazonaws.com/groups/global/AllUsers"],
  ["authenticated", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"]
] as const

const granteeOf = (element: Xml.XmlElement | undefined): Grantee | undefined => {
  const id = textOf(element, "ID")
  if (id !== undefined) return { type: "user", id, displayName: textOf(element, "DisplayName") }
  const uri = textOf(element, "URI")
  if (uri !== undefined) return { type: "group", name: groups.find((group) => group[1] === uri)?.[0] ?? uri }
  const text = textOf(element, "EmailAddress")
  if (text === undefined) return undefined
  const at = text.lastIndexOf("@")
  return at < 0 ? user(text) : user(text.slice(0, at), text.slice(at + 1))
}

// What is granted to nobody, or is no permission, is left out.
const grantedBy = (element: Xml.XmlElement): ReadonlyArray<Granted> => {
  const word = textOf(element, "Permission")
  const permission = permissions.find((each) => wordOf[each] === word)
  const grantee = granteeOf(child(element, "Grantee"))
  return permission === undefined || grantee === undefined ? [] : [{ grantee, permission }]
}

const grantsOf = (elements: ReadonlyArray<Xml.XmlElement>): ReadonlyArray<Grant> => {
  const grants = new Map<string, Grant>()
  for (const { grantee, permission } of elements.flatMap(grantedBy)) {
    const key = JSON.stringify(grantee)
    const before = grants.get(key)?.permissions ?? []
    grants.set(key, {
      grantee,
      permissions: permissions.filter((each) => each === permission || before.includes(each))
    })
  }
  return [...grants.values()]
}

const grant: Kind = {
  fields: {
    grantee: {
      either: [
        {
          fields: { type: { oneOf: ["user", "group"] }, name: "text", domain: "text" },
          required: ["type", "name"]
        },
        { fields: { type: { oneOf: ["user"] }, id: "text", displayName: "text" }, required: ["type", "id"] }
      ]
    },
    permissions: { list: { oneOf: permissions } }
  },
  required: ["grantee", "permissions"]
}

// The compiler says here which list is missing.
const canned: Readonly<Record<Canned, true>> = {
  private: true,
  "public-read": true,
  "public-read-write": true,
  "authenticated-read": true,
  "bucket-owner-read": true,
  "bucket-owner-full-control": true
}

const aclKind: Kind = {
  either: [
    { oneOf: Object.keys(canned) },
    { list: grant },
    {
      fields: {
        owner: { fields: { id: "text", displayName: "text" }, required: ["id"] },
        grants: { list: grant }
      },
      required: ["grants"]
    }
  ]
}

/** A list from anywhere, if it is one that HCP may take. */
const checkedAcl = <A extends Canned | ReadonlyArray<Grant> | Acl>(acl: A): Result.Result<A, InvalidInput> => {
  const problem = problemOfValue(acl, aclKind, "acl")
  return problem === undefined ? Result.succeed(acl) : Result.fail(problem)
}

const bad = (detail: string): Result.Result<never, InvalidInput> =>
  Result.fail(new InvalidInput({ field: "acl", detail }))

/** The grantee as S3 says it, in XML and in a header. */
type Wire = readonly [type: string, element: string, header: string, value: string]

const wireOf = (grantee: Grantee): Result.Result<Wire, InvalidInput> => {
  if ("id" in grantee) return Result.succeed(["CanonicalUser", "ID", "id", grantee.id])
  const { domain, name, type } = grantee
  if (type === "user") {
    const address = domain === undefined ? name : `${name}@${domain}`
    return Result.succeed(["AmazonCustomerByEmail", "EmailAddress", "emailAddress", address])
  }
  // A group that HCP named by another URI is named so here, and goes back as it came.
  const uri = groups.find((group) => group[0] === name)?.[1] ?? (/^https?:/.test(name) ? name : undefined)
  return uri === undefined || domain !== undefined
    ? bad(`names the group ${JSON.stringify(name)}; S3 knows Acl.allUsers and Acl.authenticated`)
    : Result.succeed(["Group", "URI", "uri", uri])
}

/** One entry for each permission, as S3 writes them. */
const entriesOf = (
  grants: ReadonlyArray<Grant>
): Result.Result<ReadonlyArray<readonly [Permission, Wire]>, InvalidInput> =>
  Result.gen(function* () {
    const entries: Array<readonly [Permission, Wire]> = []
    for (const { grantee, permissions } of grants) {
      const wire = yield* wireOf(grantee)
      for (const permission of permissions) entries.push([permission, wire])
    }
    return entries.length <= 100 ? entries : yield* bad(`has ${entries.length} grants, HCP takes 100`)
  })

const write = (
  gateway: Gateway,
  request: S3Request,
  acl: Canned | ReadonlyArray<Grant> | Acl
): Effect.Effect<void, HcpError> =>
  Effect.gen(function* () {
    if (typeof acl === "string" || isGrants(acl)) {
      const headers = yield* checked(request, toHeaders(acl))
      // Without any grant there is no header to send, but an empty list to set.
      const all = headers.length === 0 ? [["x-amz-acl", "private"] as const] : headers
      return yield* Effect.asVoid(send(gateway, { ...request, headers: all }))
    }
    const { grants, owner } = yield* checked(request, checkedAcl(acl))
    const entries = yield* checked(request, entriesOf(grants))
    const body = yield* checked(request, xmlBody(toXml(owner, entries)))
    return yield* Effect.asVoid(send(gateway, { ...request, ...body }))
  })

const isGrants = (acl: ReadonlyArray<Grant> | Acl): acl is ReadonlyArray<Grant> => Array.isArray(acl)

const toXml = (owner: Acl["owner"], entries: ReadonlyArray<readonly [Permission, Wire]>): Xml.Element =>
  Xml.element(
    root,
    {},
    owner === undefined ? undefined : Xml.element("Owner", {}, Xml.element("ID", {}, owner.id)),
    Xml.element(
      "AccessControlList",
      {},
      ...entries.map(([permission, [type, name, , value]]) =>
        Xml.element(
          "Grant",
          {},
          Xml.element("Grantee", schemaInstance(type), Xml.element(name, {}, value)),
          Xml.element("Permission", {}, wordOf[permission])
        )
      )
    )
  )

const headerOf: Readonly<Record<Permission, string>> = {
  READ: "x-amz-grant-read",
  WRITE: "x-amz-grant-write",
  READ_ACL: "x-amz-grant-read-acp",
  WRITE_ACL: "x-amz-grant-write-acp",
  FULL_CONTROL: "x-amz-grant-full-control"
}

/** The headers that set a list; one header for each permission, as HCP looks at the first of a name only. @internal */
export const toHeaders = (
  acl: Canned | ReadonlyArray<Grant>
): Result.Result<ReadonlyArray<readonly [name: string, value: string]>, InvalidInput> =>
  Result.gen(function* () {
    const list = yield* checkedAcl(acl)
    if (typeof list === "string") return [["x-amz-acl", list] as const]
    const headers = new Map<string, string>()
    for (const [permission, [, , word, value]] of yield* entriesOf(list)) {
      if (!/^[^"\\]+$/.test(value)) return yield* bad("names a grantee that is empty or holds a quote")
      const name = headerOf[permission]
      const before = headers.get(name)
      const grantee = `${word}="${value}"`
      headers.set(name, before === undefined ? grantee : `${before}, ${grantee}`)
    }
    return [...headers]
  })
