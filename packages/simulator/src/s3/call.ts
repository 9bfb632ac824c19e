/**
 * A request to the S3 compatible API whose sender is known: what it is about and what it may do.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Exchange, Refusal } from "../gateway/exchange.ts"
import type { ObjectRequest } from "../gateway/objectRequest.ts"
import type { Parameters } from "../gateway/requestTarget.ts"
import type { Account } from "../internal/accounts.ts"
import type { Branch } from "../internal/document.ts"
import { type Namespace, own } from "../internal/registry.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import type { Permission } from "../SystemSpec.ts"
import type { Key } from "./address.ts"
import type { Person } from "./answer.ts"
import type { Uploads } from "./multipart/uploads.ts"
import { accessDenied, refuse, type S3Refusal } from "./refusal.ts"
import type { SortedNames } from "./sortedNames.ts"

/** What the gateway of one system keeps besides the objects. */
export interface State {
  readonly uploads: Uploads
  readonly sorted: SortedNames
}

/** Every way in which a request can come to nothing. */
export type Failure = S3Refusal | Refusal | SimulatorError

/** A request about no bucket, or about one that need not be there. */
export interface TenantCall extends Exchange {
  readonly state: State
  readonly tenant: string
  /** As sent. */
  readonly bucket: string
  readonly parameters: Parameters
  /** Undefined for a request without credentials. */
  readonly user: Account | undefined
  /** The SHA-256 that the body must have, where it was signed. */
  readonly payload: string | undefined
}

/** A request about a bucket that is there. */
export interface BucketCall extends TenantCall, ObjectRequest {
  readonly tenant: string
  readonly parameters: Parameters
  readonly user: Account | undefined
  /** What the management API keeps of the bucket. */
  readonly record: Namespace
}

/** A request about an object. */
export interface ObjectCall extends BucketCall, Key {
  readonly path: ReadonlyArray<string>
}

/** @internal */
export const header = ({ request }: Exchange, name: string): string | undefined => request.headers[name]

/**
 * Fails with `AccessDenied` unless the sender has all these permissions.
 *
 * @internal
 */
export const need = (
  { permissions }: BucketCall,
  ...needed: ReadonlyArray<Permission>
): Effect.Effect<void, S3Refusal> => {
  const missing = needed.find((permission) => !permissions.has(permission))
  return missing === undefined ? Effect.void : Effect.fail(accessDenied(`the ${missing} permission is missing`))
}

/**
 * Fails with `AccessDenied` while the system is the passive side of a replication link.
 *
 * @internal
 */
export const needWritable = ({ core }: Exchange): Effect.Effect<void, S3Refusal> =>
  core.isWritable() ? Effect.void : Effect.fail(accessDenied("the bucket is read-only on this system"))

/** @internal */
export const isOwner = (record: Namespace, user: Account | undefined): boolean =>
  user !== undefined && record.owner?.toLowerCase() === user.username.toLowerCase()

/** @internal */
export const needOwner = ({ record, user }: BucketCall): Effect.Effect<void, S3Refusal> =>
  isOwner(record, user) ? Effect.void : Effect.fail(accessDenied("only the owner of the bucket may do this"))

/** @internal */
export const noSuchKey = (key: string): S3Refusal =>
  refuse("NoSuchKey", "The specified key does not exist.", { about: ["Key", key] })

/**
 * The user of that name as the API shows people; the name alone where there is no such user.
 *
 * @internal
 */
export const personOf = ({ core, tenant }: Pick<TenantCall, "core" | "tenant">, username: string): Person => {
  const account = core.registry.accountsOf(tenant).find((candidate) => candidate.username === username)
  return account === undefined
    ? { id: username === "" ? "nobody" : username, name: username === "" ? "nobody" : username }
    : { id: account.userGUID, name: account.username }
}

/**
 * What the management API keeps of a bucket in one of its resources.
 *
 * @internal
 */
export const settingsOf = (record: Namespace, name: string): Branch => own(record.settings, name) ?? {}

/** Whether retention follows the rules of S3 Object Lock instead of HCP's. */
export const isLockMode = (record: Namespace): boolean => settingsOf(record, "namespace").retentionType === "S3"

/**
 * The request without its conditions but for some, so that they are not compared with the object that is there.
 *
 * @internal
 */
export const withoutConditions = <Call extends Exchange>(call: Call, kept: ReadonlyArray<string> = []): Call => ({
  ...call,
  request: {
    ...call.request,
    headers: Object.fromEntries(
      Object.entries(call.request.headers).filter(([name]) => !name.startsWith("if-") || kept.includes(name))
    )
  }
})
