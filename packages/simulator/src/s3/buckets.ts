/**
 * Buckets: which there are, and how they are made and deleted. A bucket is a namespace with an owner.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { GatewayResponse } from "../Gateway.ts"
import type { Account } from "../internal/accounts.ts"
import {
  counted,
  type Namespace,
  own,
  type State as RegistryState,
  type Tenant,
  without,
  withTenant
} from "../internal/registry.ts"
import * as Xml from "../internal/xml.ts"
import { blank, excess } from "../mapi/namespaces.ts"
import { withNamespace } from "../mapi/place.ts"
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

/** Whoever makes a bucket may do everything in it, by the other protocols as well. */
const withCreator = (tenant: Tenant, { access, username }: Account, bucket: string): Tenant => {
  const account = own(tenant.accounts, username)
  if (account === undefined || permissions.every((permission) => access.everywhere.includes(permission))) return tenant
  const named = { ...account.access.named, [bucket]: permissions }
  return {
    ...tenant,
    accounts: { ...tenant.accounts, [username.toLowerCase()]: { ...account, access: { ...account.access, named } } }
  }
}

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
  yield* core.registry.modify(
    (before): Result.Result<RegistryState, Failure> =>
      Result.gen(function* () {
        const state = counted(before)
        const tenant = own(state.tenants, call.tenant)
        if (tenant === undefined) return yield* Result.fail(accessDenied(`there is no tenant '${call.tenant}'`))
        const tooMany = excess(tenant, user.username)
        if (tooMany !== undefined) return yield* Result.fail(accessDenied(tooMany))
        const made = yield* blank(tenant, name, now, state.lastNumber)
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
        const [listed, owner] = withBucketAcl(record, withCreator(tenant, user, name), grants ?? [])
        return withTenant(state, withNamespace(owner, listed))
      })
  )
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
  const { key, name } = namespace.spec
  yield* core.registry.modify((state): Result.Result<RegistryState, Failure> => {
    const tenant = own(state.tenants, call.tenant)
    if (tenant === undefined || own(tenant.namespaces, name) === undefined) return Result.succeed(state)
    if (namespace.tree.counts().versions > 0 || call.state.uploads.ofBucket(key, call.now).length > 0) {
      return Result.fail(refuse("BucketNotEmpty", "The bucket you tried to delete is not empty"))
    }
    const left = withTenant(state, { ...tenant, namespaces: without(tenant.namespaces, name) })
    return Result.map(core.relabel(key, undefined), () => left)
  })
  core.usage.close(key, call.now)
  return bare(call, 204)
})
