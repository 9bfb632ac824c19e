/**
 * Buckets: the namespaces of a tenant, as the S3 gateway shows them.
 *
 * For most of what is here the tenant must have the management API enabled, and who makes a bucket must be a local user
 * who may manage namespaces.
 *
 * **Example** (a bucket that keeps versions)
 *
 * ```ts
 * import { Bucket } from "@effect-hcp/s3"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   yield* Bucket.create("finance")
 *   yield* Bucket.setVersioning("finance", true)
 *   return yield* Bucket.list()
 * })
 * ```
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on working with buckets.
 *
 * @since 0.1.0
 */

import { type HcpError, InvalidInput } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Xml from "@effect-hcp/sdk/Xml"
import * as Effect from "effect/Effect"
import * as Acl from "./Acl.ts"
import type { CallOptions } from "./CallOptions.ts"
import { child, children, localName, readRoot, textOf, timeOf } from "./internal/answerXml.ts"
import {
  answered,
  call,
  checked,
  okOrFail,
  placeOf,
  refused,
  type S3Request,
  send,
  sendXml
} from "./internal/gateway.ts"
import { newBucketProblem } from "./internal/names.ts"
import * as Kind from "./internal/optionKinds.ts"
import { fromErrorElement } from "./internal/refusal.ts"
import { sendDelete } from "./internal/removeObject.ts"
import { xmlBody } from "./internal/xmlBody.ts"
import * as S3 from "./S3.ts"

// The compiler says here which option has no kind.
const kinds: { readonly call: KindsOf<CallOptions>; readonly create: KindsOf<CreateOptions> } = {
  call: Kind.callKinds,
  create: Kind.bucketKinds
}

/**
 * A bucket of the user.
 *
 * @category models
 * @since 0.1.0
 */
export interface Bucket {
  readonly name: string
  /** In milliseconds since 1970 UTC. */
  readonly createdAt: number | undefined
}

/**
 * The buckets the user owns, in one answer: HCP has no pages here.
 *
 * A namespace that was made in the console or with the management API has no S3 owner unless it was given one: it is
 * not listed, although it can be used by name. The management API lists them all.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (options?: CallOptions): Effect.Effect<ReadonlyArray<Bucket>, HcpError, S3.S3> =>
  Effect.gen(function* () {
    const gateway = yield* S3.gatewayFor({ method: "GET" }, options, kinds.call)
    const { root } = yield* sendXml(gateway, { method: "GET", options }, "ListAllMyBucketsResult")
    const buckets = child(root, "Buckets")
    if (buckets === undefined) return []
    return children(buckets, "Bucket").flatMap((each): ReadonlyArray<Bucket> => {
      const name = textOf(each, "Name")
      return name === undefined ? [] : [{ name, createdAt: timeOf(textOf(each, "CreationDate"))?.getTime() }]
    })
  })

/**
 * What making a bucket may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface CreateOptions extends CallOptions {
  /** Defaults to nobody but the owner. */
  readonly acl?: Acl.Canned | ReadonlyArray<Acl.Grant> | undefined
  /** Makes it with object lock. Defaults to HCP's own retention. */
  readonly objectLock?: boolean | undefined
}

/**
 * Makes a bucket, with the settings the tenant has for new namespaces; `false` if the user has it already.
 *
 * Fails with `S3Refused` (`conflict` where somebody else has it, `access` without the permission), and with
 * `InvalidInput` for a name HCP does not take or that belongs to another gateway (`rest`, `hs3`).
 *
 * @category combinators
 * @since 0.1.0
 */
export const create = (bucket: string, options: CreateOptions = {}): Effect.Effect<boolean, HcpError, S3.S3> =>
  Effect.gen(function* () {
    const gateway = yield* S3.gatewayFor({ method: "PUT", bucket }, options, kinds.create)
    const request: S3Request = { method: "PUT", bucket, options }
    const problem = newBucketProblem(bucket)
    if (problem !== undefined) return yield* refused(request, new InvalidInput({ field: "bucket", detail: problem }))
    const headers = options.acl === undefined ? [] : [...(yield* checked(request, Acl.toHeaders(options.acl)))]
    if (options.objectLock === true) headers.push(["x-amz-bucket-object-lock-enabled", "true"])
    const reply = yield* call(gateway, { ...request, headers })
    if (reply.bytes.length > 0) {
      const root = yield* Effect.catch(readRoot(reply, `/${bucket}`), () => Effect.succeed(undefined))
      if (root !== undefined && localName(root.name) === "Error") {
        // It comes with status 200.
        if (textOf(root, "Code") === "BucketAlreadyOwnedByYou") return false
        return yield* answered(request, reply, fromErrorElement(root, reply.status, placeOf(gateway, request, reply)))
      }
    }
    return yield* Effect.as(okOrFail(gateway, request, reply), true)
  })

/**
 * Looks whether a bucket is there and may be read. Fails with `S3Refused` (`notFound`, `access`).
 *
 * @category combinators
 * @since 0.1.0
 */
export const head = (bucket: string, options?: CallOptions): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "HEAD", bucket }, options, kinds.call), (gateway) =>
    Effect.asVoid(send(gateway, { method: "HEAD", bucket, options }))
  )

/**
 * Whether there is a bucket. Not being allowed to know is an error.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exists = (bucket: string, options?: CallOptions): Effect.Effect<boolean, HcpError, S3.S3> =>
  Effect.catchIf(
    Effect.as(head(bucket, options), true),
    ({ reason }: HcpError) => reason._tag === "S3Refused" && reason.category === "notFound",
    () => Effect.succeed(false)
  )

/**
 * Deletes a bucket, which must be the user's own and empty. Fails with `S3Refused` (`conflict` where something is in
 * it: objects, folders, old versions, uploads).
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = (bucket: string, options?: CallOptions): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "DELETE", bucket }, options, kinds.call), (gateway) =>
    Effect.asVoid(sendDelete(gateway, { method: "DELETE", bucket, options }))
  )

export { delete_ as delete }

/**
 * Whether a bucket keeps versions: `off` never did, `suspended` did once and still has old ones.
 *
 * @category models
 * @since 0.1.0
 */
export type Versioning = "off" | "enabled" | "suspended"

const versioningRoot = "VersioningConfiguration"

/**
 * Whether a bucket keeps versions. Only its owner may know.
 *
 * @category combinators
 * @since 0.1.0
 */
export const versioning = (bucket: string, options?: CallOptions): Effect.Effect<Versioning, HcpError, S3.S3> =>
  Effect.gen(function* () {
    const gateway = yield* S3.gatewayFor({ method: "GET", bucket }, options, kinds.call)
    const request: S3Request = { method: "GET", bucket, query: { versioning: "" }, options }
    const { root } = yield* sendXml(gateway, request, versioningRoot)
    const status = textOf(root, "Status")?.toLowerCase()
    return status === "enabled" || status === "suspended" ? status : "off"
  })

/**
 * Has a bucket keep versions or keep no more of them; old ones stay. Only its owner may; not while WebDAV, CIFS, NFS or
 * SMTP is on.
 *
 * @category combinators
 * @since 0.1.0
 */
export const setVersioning = (
  bucket: string,
  enabled: boolean,
  options?: CallOptions
): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.gen(function* () {
    const gateway = yield* S3.gateway
    const request: S3Request = { method: "PUT", bucket, query: { versioning: "" }, options }
    const status = Xml.element("Status", {}, enabled ? "Enabled" : "Suspended")
    const body = yield* checked(request, xmlBody(Xml.element(versioningRoot, {}, status)))
    yield* send(gateway, { ...request, ...body })
  })
