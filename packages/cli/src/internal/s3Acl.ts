/**
 * Access lists of buckets and their objects, through the S3 gateway.
 *
 * @internal
 */
import * as Acl from "@effect-hcp/s3/Acl"
import type { S3 } from "@effect-hcp/s3/S3"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import { type Failure, usage } from "../Failure.ts"
import { permissionsIn } from "./grants.ts"
import type { Grant } from "./objectStore.ts"
import { bucketParts } from "./place.ts"

type Failed = HcpError | Failure

const permissions = ["READ", "WRITE", "READ_ACL", "WRITE_ACL", "FULL_CONTROL"] as const

const bucketOf = (path: string): Effect.Effect<{ readonly bucket: string; readonly key: string }, Failure> => {
  const parts = bucketParts(path)
  return parts.bucket === ""
    ? Effect.fail(usage("s3:// is all buckets of the tenant", "name one: s3://bucket"))
    : Effect.succeed(parts)
}

/** The list of an object or a bucket. */
export const get = Effect.fnUntraced(function* (path: string): Effect.fn.Return<ReadonlyArray<Grant>, Failed, S3> {
  const { bucket, key } = yield* bucketOf(path)
  const { grants } = yield* key === "" ? Acl.bucket.get(bucket) : Acl.object.get(bucket, key)
  return grants.map(
    ({ grantee, permissions }): Grant =>
      "id" in grantee
        ? { type: "id", name: grantee.id, domain: grantee.displayName, permissions }
        : { type: grantee.type, name: grantee.name, domain: grantee.domain, permissions }
  )
})

/** Whether somebody else than the owner, whom every list names, is in the list of an object. */
export const isShared = Effect.fnUntraced(function* (path: string): Effect.fn.Return<boolean, Failed, S3> {
  const { bucket, key } = yield* bucketOf(path)
  const { grants, owner } = yield* Acl.object.get(bucket, key)
  return grants.some(({ grantee }) => !("id" in grantee) || grantee.id !== owner?.id)
})

/** Sets the list of an object or a bucket. */
export const put = Effect.fnUntraced(function* (
  path: string,
  grants: ReadonlyArray<Grant>
): Effect.fn.Return<void, Failed, S3> {
  const { bucket, key } = yield* bucketOf(path)
  const list = yield* Effect.forEach(grants, toGrant)
  const acl = list.length === 0 ? "private" : list
  yield* key === "" ? Acl.bucket.modify(bucket, acl) : Acl.object.modify(bucket, key, acl)
})

const toGrant = (grant: Grant): Effect.Effect<Acl.Grant, Failed> =>
  Effect.map(permissionsIn(grant, permissions), (permissions) => ({ grantee: granteeOf(grant), permissions }))

const granteeOf = ({ domain, name, type }: Grant): Acl.Grantee =>
  type === "id"
    ? Acl.id(name)
    : type === "user"
      ? Acl.user(name, domain)
      : domain === undefined
        ? { type, name }
        : { type, name, domain }
