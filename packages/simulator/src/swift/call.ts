/**
 * A request to the Swift gateway whose sender is known. Containers and objects are those of S3 by another name, so the
 * requests about them are those of S3, too.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { GatewayRequest } from "../Gateway.ts"
import { permissionsIn } from "../gateway/authentication.ts"
import { type Exchange, type Refusal, refusal } from "../gateway/exchange.ts"
import type { Parameters } from "../gateway/requestTarget.ts"
import type { Account } from "../internal/accounts.ts"
import type { Namespace } from "../internal/core.ts"
import type { Permission } from "../SystemSpec.ts"
import { toKey } from "../s3/address.ts"
import type { BucketCall, Failure, ObjectCall, State } from "../s3/call.ts"
import { recordOf } from "../s3/permissions.ts"
import type { SwiftAddress } from "./address.ts"

/** A request about an account. */
export interface AccountCall extends Exchange {
  readonly state: State
  readonly address: SwiftAddress
  readonly parameters: Parameters
  /** Undefined for a request without credentials. */
  readonly user: Account | undefined
}

/** A request about a container that is there. */
export interface ContainerCall extends AccountCall, BucketCall {
  readonly user: Account | undefined
  readonly parameters: Parameters
}

/** What somebody may do in a container. To delete takes no more than to write. */
export const permissionsOf = (namespace: Namespace, user: Account | undefined): ReadonlySet<Permission> => {
  const { anonymous, swiftRequiresAuthentication } = namespace.spec
  if (user === undefined) return new Set(swiftRequiresAuthentication ? [] : anonymous)
  const granted = permissionsIn(namespace, user)
  return granted.has("write") ? new Set([...granted, "delete"]) : granted
}

/**
 * The request about the container of its path. 404 where there is none, 403 where it is not served by this gateway.
 *
 * @internal
 */
export const inContainer = (call: AccountCall): Effect.Effect<ContainerCall, Refusal> => {
  const { address, core, request, user } = call
  const { namespace } = address
  const record = namespace === undefined ? undefined : recordOf(core, namespace)
  if (namespace === undefined || record === undefined) {
    return Effect.fail(refusal(404, "the container does not exist"))
  }
  const { http, https, swift } = namespace.spec
  if (!swift) return Effect.fail(refusal(403, "the Swift API is not enabled for the container"))
  if (!(request.secure ? https : http))
    return Effect.fail(refusal(403, "the protocol is not enabled for the container"))
  return Effect.succeed({
    ...call,
    tenant: address.account,
    bucket: address.container,
    payload: undefined,
    namespace,
    record,
    location: address.rawPath,
    path: [],
    permissions: permissionsOf(namespace, user)
  })
}

/**
 * The request about an object of a container, with its headers as S3 calls them.
 *
 * @internal
 */
export const ofObject = (call: ContainerCall, object = call.address.object): Effect.Effect<ObjectCall, Failure> =>
  Effect.fromResult(Result.map(toKey(object), (key) => ({ ...call, ...key, request: asS3(call.request) })))

const objectPrefix = "x-object-meta-"

/** What only S3 knows has no meaning here. */
const isOfS3 = (name: string): boolean => name.toLowerCase().startsWith("x-amz-")

const s3Name = (name: string): string =>
  name.toLowerCase().startsWith(objectPrefix) ? `x-amz-meta-${name.slice(objectPrefix.length)}` : name

const asS3 = (request: GatewayRequest): GatewayRequest => {
  const { etag, ...headers } = request.headers
  const md5 = etag === undefined ? undefined : md5In(etag)
  const known = Object.entries(headers).filter(([name]) => !isOfS3(name))
  return {
    ...request,
    headers: {
      ...Object.fromEntries(known.map(([name, value]) => [s3Name(name), value])),
      ...(md5 === undefined ? {} : { "content-md5": md5 })
    },
    rawHeaders: request.rawHeaders?.flatMap((name, index, all) =>
      index % 2 === 1 || isOfS3(name) ? [] : [s3Name(name), all[index + 1] ?? ""]
    )
  }
}

/** The manual speaks of Base64 and shows hex: both are taken. */
const md5In = (etag: string): string => {
  const bare = etag.trim().replaceAll('"', "")
  return /^[0-9a-f]{32}$/i.test(bare) ? Buffer.from(bare, "hex").toString("base64") : bare
}

/**
 * Fails with 403 unless the sender has the permission.
 *
 * @internal
 */
export const need = ({ permissions }: BucketCall, needed: Permission): Effect.Effect<void, Refusal> =>
  permissions.has(needed) ? Effect.void : Effect.fail(refusal(403, `the ${needed} permission is missing`))
