/**
 * What somebody may do in a bucket, and which bucket it is.
 *
 * @internal
 */

import type * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { grantedAt } from "../gateway/accessControl.ts"
import { permissionsIn } from "../gateway/authentication.ts"
import type { Refusal } from "../gateway/exchange.ts"
import type { Account } from "../internal/accounts.ts"
import type { Core, Namespace } from "../internal/core.ts"
import { type Namespace as Record, type Tenant, withTenant } from "../internal/registry.ts"
import { withNamespace } from "../mapi/place.ts"
import { type Permission, permissions } from "../SystemSpec.ts"
import { type BucketCall, type Failure, isOwner } from "./call.ts"
import { refuse, type S3Refusal } from "./refusal.ts"

/** @internal */
export const noSuchBucket = (bucket: string): S3Refusal =>
  refuse("NoSuchBucket", "The specified bucket does not exist", { about: ["BucketName", bucket] })

/**
 * What somebody may do in a bucket: its owner everything, the others what the namespace lets them.
 *
 * @internal
 */
export const permissionsOf = (
  namespace: Namespace,
  record: Record,
  user: Account | undefined
): ReadonlySet<Permission> => {
  const { spec, tenantMask } = namespace
  const isMasked = (permission: Permission) => spec.mask.includes(permission) && tenantMask.includes(permission)
  if (isOwner(record, user)) return new Set(permissions.filter(isMasked))
  return user === undefined
    ? new Set(spec.s3RequiresAuthentication ? [] : spec.anonymous.filter(isMasked))
    : permissionsIn(namespace, user)
}

/**
 * The same for one object, whose own list may allow more. Somebody without credentials needs a bucket that lets them
 * in.
 *
 * @internal
 */
export const permissionsAt = (
  namespace: Namespace,
  record: Record,
  user: Account | undefined,
  path: ReadonlyArray<string>
): ReadonlySet<Permission> => {
  const here = permissionsOf(namespace, record, user)
  if (user === undefined && namespace.spec.s3RequiresAuthentication) return here
  return new Set([...here, ...grantedAt(namespace, path, user)])
}

/** @internal */
export const recordOf = (core: Core, { spec }: Namespace): Record | undefined =>
  core.registry.namespace(spec.tenant, spec.name)

/**
 * Changes what the management API keeps of a bucket, and its tenant with it, in one step.
 *
 * @internal
 */
export const change = (
  { core, namespace }: BucketCall,
  decide: (record: Record, tenant: Tenant) => Result.Result<readonly [Record, Tenant], S3Refusal | Refusal>
): Effect.Effect<void, Failure> =>
  core.registry.modify((state) => {
    const { name, tenant } = namespace.spec
    const owner = core.registry.tenant(tenant)
    const record = core.registry.namespace(tenant, name)
    if (owner === undefined || record === undefined) return Result.fail(noSuchBucket(name))
    return Result.map(decide(record, owner), ([next, nextTenant]) => withTenant(state, withNamespace(nextTenant, next)))
  })
