/**
 * Access control lists of buckets and objects, as the S3 gateway knows them: an owner, and grants.
 *
 * `WRITE` includes deleting, `READ` includes listing. Source: "Using the Hitachi API for Amazon S3", chapter on access
 * control lists.
 *
 * **Example** (everybody may read)
 *
 * ```ts
 * import { Acl } from "@effect-hcp/s3"
 *
 * const publish = Acl.putObject("finance", "press/q4.pdf", "public-read")
 * const share = Acl.putObject("finance", "q4.xlsx", [{ to: Acl.user("mwhite"), permission: "READ" }])
 * ```
 *
 * @since 0.1.0
 */

import { type HcpError, InvalidInput } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
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
 * What is granted.
 *
 * @category models
 * @since 0.1.0
 */
export type Permission = "READ" | "WRITE" | "READ_ACP" | "WRITE_ACP" | "FULL_CONTROL"

/**
 * To whom: a user by the id HCP gives it, a user by name, or a group by its URI ({@link allUsers}, {@link
 * authenticatedUsers}).
 *
 * @category models
 * @since 0.1.0
 */
export type Grantee =
  | { readonly _tag: "Id"; readonly id: string; readonly displayName: string | undefined }
  | { readonly _tag: "User"; readonly name: string }
  | { readonly _tag: "Group"; readonly uri: string }

/**
 * A user by name; an Active Directory user as `name@domain`, only for objects.
 *
 * @category constructors
 * @since 0.1.0
 */
export const user = (name: string): Grantee => ({ _tag: "User", name })

/**
 * A user by the id HCP gives it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const id = (id: string): Grantee => ({ _tag: "Id", id, displayName: undefined })

/**
 * Everybody, with or without credentials.
 *
 * @category constructors
 * @since 0.1.0
 */
export const allUsers: Grantee = { _tag: "Group", uri: "http://acs.amazonaws.com/groups/global/AllUsers" }

/**
 * Everybody with credentials.
 *
 * @category constructors
 * @since 0.1.0
 */
export const authenticatedUsers: Grantee = {
  _tag: "Group",
  uri: "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
}

/**
 * One grant.
 *
 * @category models
 * @since 0.1.0
 */
export interface Grant {
  readonly to: Grantee
  readonly permission: Permission
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
 * The list of a bucket. Fails with `S3Refused`, as all calls here do.
 *
 * @category combinators
 * @since 0.1.0
 */
export const getBucket = (bucket: string, options?: CallOptions): Effect.Effect<Acl, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "GET", bucket }, options, callKinds), (gateway) =>
    read(gateway, { method: "GET", bucket, query: { acl: "" }, options })
  )

/**
 * Sets the list of a bucket: a canned one, grants (the owner stays), or all of it. Fails with `InvalidInput` for more
 * than 100 grants.
 *
 * @category combinators
 * @since 0.1.0
 */
export const putBucket = (
  bucket: string,
  acl: Canned | ReadonlyArray<Grant> | Acl,
  options?: CallOptions
): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "PUT", bucket }, options, callKinds), (gateway) =>
    write(gateway, { method: "PUT", bucket, query: { acl: "" }, options }, acl)
  )

/**
 * The list of an object.
 *
 * @category combinators
 * @since 0.1.0
 */
export const getObject = (bucket: string, key: string, options?: ObjectOptions): Effect.Effect<Acl, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "GET", bucket, key }, options, kinds), (gateway) =>
    read(gateway, ofObject("GET", bucket, key, options))
  )

/**
 * Sets the list of an object, as {@link putBucket} does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const putObject = (
  bucket: string,
  key: string,
  acl: Canned | ReadonlyArray<Grant> | Acl,
  options?: ObjectOptions
): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "PUT", bucket, key }, options, kinds), (gateway) =>
    write(gateway, ofObject("PUT", bucket, key, options), acl)
  )

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
      grants: list === undefined ? [] : children(list, "Grant").flatMap(grantOf)
    }
  })

const permissions: ReadonlyArray<Permission> = ["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"]

// What is granted to nobody, or is no permission, is left out.
const grantOf = (element: Xml.XmlElement): ReadonlyArray<Grant> => {
  const permission = permissions.find((each) => each === textOf(element, "Permission"))
  const grantee = child(element, "Grantee")
  const granteeId = textOf(grantee, "ID")
  const uri = textOf(grantee, "URI")
  const name = textOf(grantee, "EmailAddress")
  const to: Grantee | undefined =
    granteeId !== undefined
      ? { _tag: "Id", id: granteeId, displayName: textOf(grantee, "DisplayName") }
      : uri !== undefined
        ? { _tag: "Group", uri }
        : name === undefined
          ? undefined
          : { _tag: "User", name }
  return permission === undefined || to === undefined ? [] : [{ to, permission }]
}

const write = (
  gateway: Gateway,
  request: S3Request,
  acl: Canned | ReadonlyArray<Grant> | Acl
): Effect.Effect<void, HcpError> =>
  Effect.gen(function* () {
    if (typeof acl === "string" || "length" in acl) {
      const headers = yield* checked(request, toHeaders(acl))
      // Without any grant there is no header to send, but an empty list to set.
      const all = headers.length === 0 ? [["x-amz-acl", "private"] as const] : headers
      return yield* Effect.asVoid(send(gateway, { ...request, headers: all }))
    }
    yield* checked(request, atMost100(acl.grants))
    const body = yield* checked(request, xmlBody(toXml(acl)))
    return yield* Effect.asVoid(send(gateway, { ...request, ...body }))
  })

const toXml = ({ grants, owner }: Acl): Xml.Element =>
  Xml.element(
    root,
    {},
    owner === undefined ? undefined : Xml.element("Owner", {}, Xml.element("ID", {}, owner.id)),
    Xml.element(
      "AccessControlList",
      {},
      ...grants.map(({ permission, to }) =>
        Xml.element("Grant", {}, granteeXml(to), Xml.element("Permission", {}, permission))
      )
    )
  )

const granteeXml = (to: Grantee): Xml.Element => {
  switch (to._tag) {
    case "Id":
      return Xml.element("Grantee", schemaInstance("CanonicalUser"), Xml.element("ID", {}, to.id))
    case "User":
      return Xml.element("Grantee", schemaInstance("AmazonCustomerByEmail"), Xml.element("EmailAddress", {}, to.name))
    case "Group":
      return Xml.element("Grantee", schemaInstance("Group"), Xml.element("URI", {}, to.uri))
  }
}

const headerOf: Readonly<Record<Permission, string>> = {
  READ: "x-amz-grant-read",
  WRITE: "x-amz-grant-write",
  READ_ACP: "x-amz-grant-read-acp",
  WRITE_ACP: "x-amz-grant-write-acp",
  FULL_CONTROL: "x-amz-grant-full-control"
}

const atMost100 = (grants: ReadonlyArray<Grant>): Result.Result<void, InvalidInput> =>
  grants.length <= 100
    ? Result.succeed(undefined)
    : Result.fail(new InvalidInput({ field: "acl", detail: `has ${grants.length} grants, HCP takes 100` }))

/** The headers that set a list; one header for each permission, as HCP looks at the first of a name only. @internal */
export const toHeaders = (
  acl: Canned | ReadonlyArray<Grant>
): Result.Result<ReadonlyArray<readonly [name: string, value: string]>, InvalidInput> => {
  if (typeof acl === "string") return Result.succeed([["x-amz-acl", acl]])
  const tooMany = atMost100(acl)
  if (Result.isFailure(tooMany)) return Result.fail(tooMany.failure)
  const headers = new Map<string, string>()
  for (const { permission, to } of acl) {
    const [word, value] =
      to._tag === "Id" ? ["id", to.id] : to._tag === "User" ? ["emailAddress", to.name] : ["uri", to.uri]
    if (!/^[^"\\]+$/.test(value)) {
      return Result.fail(new InvalidInput({ field: "acl", detail: "names a grantee that is empty or holds a quote" }))
    }
    const name = headerOf[permission]
    const before = headers.get(name)
    const grantee = `${word}="${value}"`
    headers.set(name, before === undefined ? grantee : `${before}, ${grantee}`)
  }
  return Result.succeed([...headers])
}
