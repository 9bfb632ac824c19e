/**
 * Buckets: which there are, and how they are made and deleted. A bucket is a namespace with an owner.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayResponse } from "../Gateway.ts"
import * as OwnNamespaces from "../gateway/ownNamespaces.ts"
import type { Account } from "../internal/accounts.ts"
import { type Namespace, own } from "../internal/registry.ts"
import * as Xml from "../internal/xml.ts"
import { permissions } from "../SystemSpec.ts"
import * as Acl from "./acl.ts"
import { bare, document, personLines, toIso } from "./answer.ts"
import { withBucketAcl } from "./bucketAcl.ts"
import {
  type BucketCall,
  type Failure,
  header,
  isOwner,
  need,
  needOwner,
  needWritable,
  personOf,
  type TenantCall
} from "./call.ts"
import { accessDenied, refuse } from "./refusal.ts"

const needUser = ({ user }: TenantCall): Effect.Effect<Account, Failure> =>
  user === undefined ? Effect.fail(accessDenied("this needs credentials")) : Effect.succeed(user)

/**
 * `GET /`: the buckets that the sender owns, and no others.
 *
 * @internal
 */
export const listBuckets = Effect.fnUntraced(function* (call: TenantCall): Effect.fn.Return<GatewayResponse, Failure> {
  const user = yield* needUser(call)
  const all = Object.values(call.core.registry.tenant(call.tenant)?.namespaces ?? {})
  const owned = all
    .filter((record) => record.spec.s3 && isOwner(record, user))
    .sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1))
  return document(call, "ListAllMyBucketsResult", [
    personLines("Owner", personOf(call, user.username)),
    Xml.open("Buckets"),
    ...owned.map(({ created, spec }) =>
      [
        Xml.open("Bucket"),
        Xml.text("Name", spec.name),
        Xml.text("CreationDate", toIso(created)),
        Xml.close("Bucket")
      ].join("")
    ),
    Xml.close("Buckets")
  ])
})

const namePattern = /^(?!xn--)[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]$/i

/**
 * `PUT /bucket`: makes a namespace that is served by S3 and REST, with access control lists. `AccessDenied` without the
 * right to make namespaces, `BucketAlreadyExists`; `BucketAlreadyOwnedByYou` comes with 200.
 *
 * @internal
 */
export const createBucket = Effect.fnUntraced(function* (call: TenantCall): Effect.fn.Return<GatewayResponse, Failure> {
  const { core, now } = call
  const user = yield* needUser(call)
  yield* needWritable(call)
  const name = call.bucket.toLowerCase()
  if (!namePattern.test(name)) {
    return yield* refuse("InvalidBucketName", "The specified bucket is not valid.", {
      about: ["BucketName", call.bucket]
    })
  }
  const present = core.registry.namespace(call.tenant, name)
  if (present !== undefined) {
    return yield* isOwner(present, user)
      ? refuse("BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded.")
      : refuse("BucketAlreadyExists", "The requested bucket name is not available.")
  }
  if (!user.allowNamespaceManagement) return yield* accessDenied("the right to make namespaces is missing")
  const grants = yield* Acl.fromHeaders(call, user.username)
  const isLock = header(call, "x-amz-bucket-object-lock-enabled")?.toLowerCase() === "true"
  yield* OwnNamespaces.add(core, {
    tenant: call.tenant,
    name,
    now,
    owner: user.username,
    denied: accessDenied,
    complete: (made, tenant) => {
      const record: Namespace = {
        ...made,
        owner: user.username,
        ownerType: "LOCAL",
        spec: {
          ...made.spec,
          s3: true,
          // What its list allows everybody is allowed without credentials too.
          s3RequiresAuthentication: false,
          rest: true,
          http: true,
          https: true,
          aclsUsage: "ENFORCED",
          versioning: made.spec.versioning || isLock
        },
        settings: isLock
          ? { ...made.settings, namespace: { ...own(made.settings, "namespace"), retentionType: "S3" } }
          : made.settings
      }
      // Whoever makes a bucket may do everything in it, by the other protocols as well.
      return withBucketAcl(record, OwnNamespaces.withGrants(tenant, user, name, permissions), grants ?? [])
    }
  })
  return bare(call, 200, [["Location", `/${name}`]])
})

/** @internal */
export const headBucket = (call: BucketCall): Effect.Effect<GatewayResponse, Failure> =>
  Effect.as(need(call, "read"), bare(call, 200))

/**
 * `DELETE /bucket`: 204; `BucketNotEmpty` while there are objects, versions or open uploads. Folders without anything
 * in them do not count: nobody has confirmed that they do.
 *
 * @internal
 */
export const deleteBucket = Effect.fnUntraced(function* (call: BucketCall): Effect.fn.Return<GatewayResponse, Failure> {
  const { core, namespace } = call
  yield* needOwner(call)
  yield* needWritable(call)
  const { key } = namespace.spec
  yield* OwnNamespaces.drop(core, namespace, call.now, () =>
    namespace.tree.counts().versions > 0 || call.state.uploads.ofBucket(key, call.now).length > 0
      ? refuse("BucketNotEmpty", "The bucket you tried to delete is not empty")
      : undefined
  )
  return bare(call, 204)
})
