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
 * import { Effect, Stream } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   yield* Bucket.ensure("finance")
 *   yield* Bucket.versioning.modify("finance", "enabled")
 *   return yield* Stream.runCollect(Bucket.list())
 * })
 * ```
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on working with buckets.
 *
 * @since 0.1.0
 */

import { type HcpError, InvalidInput } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import { isOpen } from "@effect-hcp/sdk/Reconcile"
import * as Xml from "@effect-hcp/sdk/Xml"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Acl from "./Acl.ts"
import type { CallOptions } from "./CallOptions.ts"
import { child, children, instantOf, localName, readRoot, textOf } from "./internal/answerXml.ts"
import {
  answered,
  call,
  checked,
  checkedValue,
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
  /** When it was made. */
  readonly createdAt: DateTime.Utc | undefined
}

/**
 * The buckets the user owns. HCP has no pages here: they come in one answer.
 *
 * A namespace that was made in the console or with the management API has no S3 owner unless it was given one: it is
 * not listed, although it can be used by name. The management API lists them all.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (options?: CallOptions): Stream.Stream<Bucket, HcpError, S3.S3> =>
  Stream.fromIterableEffect(
    Effect.gen(function* () {
      const gateway = yield* S3.gatewayFor({ method: "GET" }, options, kinds.call)
      const { root } = yield* sendXml(gateway, { method: "GET", options }, "ListAllMyBucketsResult")
      const buckets = child(root, "Buckets")
      if (buckets === undefined) return []
      return children(buckets, "Bucket").flatMap((each): ReadonlyArray<Bucket> => {
        const name = textOf(each, "Name")
        return name === undefined ? [] : [{ name, createdAt: instantOf(textOf(each, "CreationDate")) }]
      })
    })
  )

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

/** Makes a bucket; the refusal where the user has it already. */
const make = Effect.fnUntraced(function* (
  bucket: string,
  options: CreateOptions
): Effect.fn.Return<Option.Option<HcpError>, HcpError, S3.S3> {
  const request: S3Request = { method: "PUT", bucket, options }
  const problem = newBucketProblem(bucket)
  if (problem !== undefined) return yield* refused(request, new InvalidInput({ field: "bucket", detail: problem }))
  const gateway = yield* S3.gatewayFor({ method: "PUT", bucket }, options, kinds.create)
  const headers = options.acl === undefined ? [] : [...(yield* checked(request, Acl.toHeaders(options.acl)))]
  if (options.objectLock === true) headers.push(["x-amz-bucket-object-lock-enabled", "true"])
  const reply = yield* call(gateway, { ...request, headers })
  if (reply.bytes.length > 0) {
    const root = yield* Effect.catch(readRoot(reply, `/${bucket}`), () => Effect.succeed(undefined))
    if (root !== undefined && localName(root.name) === "Error") {
      const refusal = answered(request, reply, fromErrorElement(root, reply.status, placeOf(gateway, request, reply)))
      if (textOf(root, "Code") !== "BucketAlreadyOwnedByYou") return yield* refusal
      return isOpen("s3Create", reply) ? Option.none() : Option.some(refusal)
    }
  }
  return yield* Effect.as(okOrFail(gateway, request, reply), Option.none())
})

/**
 * Makes a bucket, with the settings the tenant has for new namespaces.
 *
 * Fails with `S3Refused` (`conflict` where there is a bucket of this name, one's own or somebody else's, `access`
 * without the permission), and with `InvalidInput` for a name HCP does not take or that belongs to another gateway
 * (`rest`, `hs3`). Where the answer was lost on the way and the call was repeated, a bucket of one's own counts as
 * made.
 *
 * @category combinators
 * @since 0.1.0
 */
export const create = (bucket: string, options: CreateOptions = {}): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.flatMap(make(bucket, options), (refusal) =>
    Option.isNone(refusal) ? Effect.void : Effect.fail(refusal.value)
  )

/**
 * Makes a bucket if the user has none of this name; one that is there stays as it is, whatever its settings. Fails as
 * {@link create} does, but not where the bucket is the user's own.
 *
 * @category combinators
 * @since 0.1.0
 */
export const ensure = (
  bucket: string,
  options: CreateOptions = {}
): Effect.Effect<"created" | "unchanged", HcpError, S3.S3> =>
  Effect.map(make(bucket, options), (refusal) => (Option.isNone(refusal) ? "created" : "unchanged"))

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
 * The versioning of a bucket. Only its owner may know and modify it.
 *
 * @category models
 * @since 0.1.0
 */
export interface VersioningOperations {
  /** Whether a bucket keeps versions. */
  readonly get: (bucket: string, options?: CallOptions) => Effect.Effect<Versioning, HcpError, S3.S3>
  /**
   * Has a bucket keep versions, or keep no more of them; old ones stay. Not while WebDAV, CIFS, NFS or SMTP is on.
   * Fails with `InvalidInput` for anything but the two words.
   */
  readonly modify: (
    bucket: string,
    versioning: Exclude<Versioning, "off">,
    options?: CallOptions
  ) => Effect.Effect<void, HcpError, S3.S3>
}

const getVersioning: VersioningOperations["get"] = (bucket, options) =>
  Effect.gen(function* () {
    const gateway = yield* S3.gatewayFor({ method: "GET", bucket }, options, kinds.call)
    const request: S3Request = { method: "GET", bucket, query: { versioning: "" }, options }
    const { root } = yield* sendXml(gateway, request, versioningRoot)
    const status = textOf(root, "Status")?.toLowerCase()
    return status === "enabled" || status === "suspended" ? status : "off"
  })

const statuses = { enabled: "Enabled", suspended: "Suspended" }

const modifyVersioning: VersioningOperations["modify"] = (bucket, versioning, options) =>
  Effect.gen(function* () {
    const request: S3Request = { method: "PUT", bucket, query: { versioning: "" }, options }
    const gateway = yield* S3.gatewayFor(request, options, kinds.call)
    yield* checked(request, checkedValue(versioning, { oneOf: Object.keys(statuses) }, "versioning"))
    const status = Xml.element("Status", {}, statuses[versioning])
    const body = yield* checked(request, xmlBody(Xml.element(versioningRoot, {}, status)))
    yield* send(gateway, { ...request, ...body })
  })

/**
 * Whether a bucket keeps versions.
 *
 * @category combinators
 * @since 0.1.0
 */
export const versioning: VersioningOperations = { get: getVersioning, modify: modifyVersioning }
