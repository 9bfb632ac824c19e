/**
 * Objects at the S3 gateway: store, read, look, copy, delete.
 *
 * HCP is a WORM store: an object is replaced only in a bucket that keeps versions, and otherwise storing it again fails
 * with `S3Refused` of the category `conflict`. Keys are paths: a key that ends in `/` is a folder.
 *
 * Every function fails with the reasons of the client besides those named, with `S3Refused` for what the gateway
 * refuses, and with `InvalidInput`, before anything is sent, for a bucket or key that cannot be one.
 *
 * **Example** (keep for ten years, read a part)
 *
 * ```ts
 * import { S3Object } from "@effect-hcp/s3"
 * import { ByteRange, HcpBody, Retention } from "@effect-hcp/sdk"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   yield* S3Object.put("finance", "q4/report.pdf", HcpBody.file("report.pdf"), {
 *     contentType: "application/pdf",
 *     metadata: { department: "sales" },
 *     retention: Retention.years(10)
 *   })
 *   return yield* S3Object.get("finance", "q4/report.pdf", { range: ByteRange.between(0, 1023) })
 * })
 * ```
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on working with objects.
 *
 * @since 0.1.0
 */

import type * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as ObjectRead from "@effect-hcp/sdk/ObjectRead"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { CallOptions } from "./CallOptions.ts"
import * as copying from "./internal/copyObject.ts"
import * as Kind from "./internal/optionKinds.ts"
import * as reading from "./internal/readObject.ts"
import * as removing from "./internal/removeObject.ts"
import * as storing from "./internal/storeObject.ts"
import * as S3 from "./S3.ts"
import type { S3ObjectMetadata } from "./S3ObjectMetadata.ts"
import type {
  Changes,
  Copied,
  CopyOptions,
  Deleted,
  DeleteOptions,
  GetOptions,
  HeadOptions,
  OpenObject,
  OpenOptions,
  PutOptions,
  Source,
  Stored,
  StoredObject
} from "./S3ObjectOptions.ts"

export * from "./S3ObjectOptions.ts"

// The compiler says here which option has no kind.
const kinds: {
  readonly call: KindsOf<CallOptions>
  readonly put: KindsOf<PutOptions>
  readonly get: KindsOf<GetOptions>
  readonly open: KindsOf<OpenOptions>
  readonly head: KindsOf<HeadOptions>
  readonly copy: KindsOf<CopyOptions>
  readonly changes: KindsOf<Changes>
  readonly delete: KindsOf<DeleteOptions>
} = {
  call: Kind.callKinds,
  put: Kind.putKinds,
  get: Kind.getKinds,
  open: Kind.openKinds,
  head: Kind.headKinds,
  copy: Kind.copyKinds,
  changes: Kind.changeKinds,
  delete: Kind.deleteKinds
}

/**
 * Stores an object whose length is known: bytes, a text, a file, a stream with `length`. Other streams are refused with
 * `InvalidInput`, as HCP takes none: use `Multipart`.
 *
 * If an answer is lost, and the attempt after it is refused because there is an object, that is a success where it has
 * the same size and MD5.
 *
 * @category combinators
 * @since 0.1.0
 */
export const put = (
  bucket: string,
  key: string,
  body: HcpBody.Input,
  options?: PutOptions
): Effect.Effect<Stored, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "PUT", bucket, key }, options, kinds.put), (gateway) =>
    storing.put(gateway, bucket, key, body, options)
  )

/**
 * Makes a folder and those above it; its name may end in `/` or not. One that is there already stays as it is.
 *
 * @category combinators
 * @since 0.1.0
 */
export const makeFolder = (
  bucket: string,
  folder: string,
  options?: CallOptions
): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "PUT", bucket, key: folder }, options, kinds.call), (gateway) =>
    storing.makeFolder(gateway, bucket, folder, options)
  )

/**
 * Reads an object, or a part of it, into memory. A body that breaks off is read again.
 *
 * Fails with `S3Refused` (`notFound` also for a version that marks a deletion, `range`, `precondition`, `notModified`),
 * `BodyTooLarge`, `IntegrityError`, and with `UnexpectedAnswer` where another part was sent than was asked for.
 *
 * @category combinators
 * @since 0.1.0
 */
export const get = (bucket: string, key: string, options?: GetOptions): Effect.Effect<StoredObject, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "GET", bucket, key }, options, kinds.get), (gateway) =>
    reading.get(gateway, bucket, key, options)
  )

/**
 * What is said about an object, and its data as a stream; the connection is held until the scope closes. Fails as
 * {@link get}.
 *
 * @category combinators
 * @since 0.1.0
 */
export const open = (
  bucket: string,
  key: string,
  options?: OpenOptions
): Effect.Effect<OpenObject, HcpError, S3.S3 | Scope.Scope> =>
  Effect.flatMap(S3.gatewayFor({ method: "GET", bucket, key }, options, kinds.open), (gateway) =>
    reading.open(gateway, bucket, key, options)
  )

/**
 * The data of an object as a stream with back-pressure. Fails as {@link get}.
 *
 * @category combinators
 * @since 0.1.0
 */
export const stream = (
  bucket: string,
  key: string,
  options?: OpenOptions
): Stream.Stream<Uint8Array, HcpError, S3.S3> => ObjectRead.streamOf(open(bucket, key, options))

/**
 * What is said about an object, a version of it, or a folder.
 *
 * @category combinators
 * @since 0.1.0
 */
export const head = (
  bucket: string,
  key: string,
  options?: HeadOptions
): Effect.Effect<S3ObjectMetadata, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "HEAD", bucket, key }, options, kinds.head), (gateway) =>
    reading.head(gateway, bucket, key, options)
  )

/**
 * Whether there is an object or a folder. Not being allowed to know is an error.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exists = (bucket: string, key: string, options?: HeadOptions): Effect.Effect<boolean, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "HEAD", bucket, key }, options, kinds.head), (gateway) =>
    reading.exists(gateway, bucket, key, options)
  )

/**
 * Copies an object inside HCP, from this bucket or another one of the tenant. Copying an old version onto its own key
 * makes it the current one.
 *
 * Fails with `S3Refused`: `notFound` (no such source), `precondition`, `conflict` (the target exists in a bucket
 * without versions), `access` (also where this system does not hold the data).
 *
 * @category combinators
 * @since 0.1.0
 */
export const copy = (
  from: Source,
  bucket: string,
  key: string,
  options?: CopyOptions
): Effect.Effect<Copied, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "PUT", bucket, key }, options, kinds.copy), (gateway) =>
    copying.copy(gateway, from, bucket, key, options)
  )

/**
 * Modifies what is said about an object, by a copy onto itself: its user metadata, type, retention and holds. What is
 * not given stays; for that the object is looked at first, and `S3Refused` (`precondition`) says that it was changed in
 * between.
 *
 * Fails with `UnexpectedAnswer` where user metadata would be lost, as HCP cannot show it.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modify = (
  bucket: string,
  key: string,
  changes: Changes,
  options?: CallOptions
): Effect.Effect<Copied, HcpError, S3.S3> =>
  Effect.andThen(
    S3.gatewayFor({ method: "PUT", bucket, key }, changes, kinds.changes),
    Effect.flatMap(S3.gatewayFor({ method: "PUT", bucket, key }, options, kinds.call), (gateway) =>
      copying.modify(gateway, bucket, key, changes, options)
    )
  )

/**
 * Deletes an object, a version, or an empty folder. What is not there counts as deleted.
 *
 * Fails with `S3Refused`: `access` and `state` (retention, a hold, a lock, permissions), `conflict` (being written, or
 * under repair).
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = (bucket: string, key: string, options?: DeleteOptions): Effect.Effect<Deleted, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "DELETE", bucket, key }, options, kinds.delete), (gateway) =>
    removing.remove(gateway, bucket, key, options)
  )

export { delete_ as delete }
