/**
 * Objects at the S3 gateway: store, read, look, copy, delete.
 *
 * HCP is a WORM store: an object is replaced only in a bucket that keeps versions, and otherwise storing it again fails with
 * `S3Refused` of the category `conflict`. Keys are paths: a key that ends in `/` is a folder.
 *
 * Every function fails with the reasons of the client besides those named, with `S3Refused` for what the gateway refuses, and with
 * `InvalidInput`, before anything is sent, for a bucket or key that cannot be one.
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
import type { HcpBody } from "@effect-hcp/sdk/HcpBody"
import type { DownloadOptions } from "@effect-hcp/sdk/HcpClient"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { ByteRange, Sent } from "@effect-hcp/sdk/namespace/ByteRange"
import type { Conditions } from "@effect-hcp/sdk/namespace/Conditions"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as copying from "./internal/copyObject.ts"
import type { CallOptions } from "./internal/gateway.ts"
import * as reading from "./internal/readObject.ts"
import * as removing from "./internal/removeObject.ts"
import * as storing from "./internal/storeObject.ts"
import * as S3 from "./S3.ts"
import type { S3ObjectMetadata } from "./S3ObjectMetadata.ts"
import type { Description, Protection, Settings } from "./Settings.ts"

/**
 * What storing an object may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface PutOptions extends Settings, CallOptions {
  /**
   * Whether `Content-MD5` is sent, so that HCP stores nothing but these bytes. For files and streams it takes reading them once more, before;
   * a stream that can be read only once is refused. Defaults to `true` for bytes and texts, and to `false` for others.
   */
  readonly contentMd5?: boolean | undefined
  /**
   * Whether the MD5 of what was sent is compared with the ETag of what was stored, where that is one; other bytes fail with
   * `IntegrityError`. Defaults to `true`.
   */
  readonly verify?: boolean | undefined
  /** Says whether an attempt that may have taken effect is repeated. In a bucket that keeps versions that may store two. Defaults to `true`. */
  readonly idempotent?: boolean | undefined
}

/**
 * What was stored.
 *
 * @category models
 * @since 0.1.0
 */
export interface Stored {
  /** Without its quotes; the MD5 of the bytes. */
  readonly etag: string | undefined
  /** Only where the bucket keeps versions. */
  readonly versionId: string | undefined
  /** The domain of the system that answered. */
  readonly servicedBy: string | undefined
}

/**
 * Stores an object whose length is known: bytes, a text, a file, a stream with `length`. Other streams are refused with `InvalidInput`, as
 * HCP takes none: use `Multipart`.
 *
 * If an answer is lost, and the attempt after it is refused because there is an object, that is a success where it has the same size and MD5.
 *
 * @category combinators
 * @since 0.1.0
 */
export const put = (
  bucket: string,
  key: string,
  body: HcpBody,
  options?: PutOptions
): Effect.Effect<Stored, HcpError, S3.S3> =>
  Effect.flatMap(S3.gateway, (gateway) => storing.put(gateway, bucket, key, body, options))

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
  Effect.flatMap(S3.gateway, (gateway) => storing.makeFolder(gateway, bucket, folder, options))

/**
 * What a look at an object may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface HeadOptions extends CallOptions, Conditions {
  /** Defaults to the current version. A bucket that keeps no versions gives the current one, whatever is asked for. */
  readonly versionId?: string | undefined
}

/**
 * What reading an object may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface OpenOptions extends HeadOptions, Pick<DownloadOptions, "resume"> {
  /** Which part to read. Defaults to the whole. */
  readonly range?: ByteRange | undefined
  /** Whether the whole is compared with its ETag, where that is an MD5; others fail with `IntegrityError`. Defaults to `true`. */
  readonly verify?: boolean | undefined
}

/**
 * What reading an object into memory may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetOptions extends OpenOptions {
  /** The most bytes kept in memory; more fail with `BodyTooLarge`. Defaults to 64 MiB. */
  readonly maxBodyBytes?: number | undefined
}

/**
 * An object, or a part of it, in memory.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredObject {
  readonly metadata: S3ObjectMetadata
  /** Which part it is; `undefined` for the whole. */
  readonly range: Sent | undefined
  readonly bytes: Uint8Array
  /** The bytes as UTF-8. */
  readonly text: string
}

/**
 * An object whose data is still to be read. It holds its connection until its scope closes.
 *
 * @category models
 * @since 0.1.0
 */
export interface OpenObject {
  readonly metadata: S3ObjectMetadata
  /** Which part it is; `undefined` for the whole. */
  readonly range: Sent | undefined
  /** The data as it arrives, with back-pressure; to be read once. */
  readonly stream: Stream.Stream<Uint8Array, HcpError>
}

/**
 * Reads an object, or a part of it, into memory. A body that breaks off is read again.
 *
 * Fails with `S3Refused` (`notFound` also for a version that marks a deletion, `range`, `precondition`, `notModified`), `BodyTooLarge`,
 * `IntegrityError`, and with `UnexpectedAnswer` where another part was sent than was asked for.
 *
 * @category combinators
 * @since 0.1.0
 */
export const get = (bucket: string, key: string, options?: GetOptions): Effect.Effect<StoredObject, HcpError, S3.S3> =>
  Effect.flatMap(S3.gateway, (gateway) => reading.get(gateway, bucket, key, options))

/**
 * What is said about an object, and its data as a stream; the connection is held until the scope closes. Fails as {@link get}.
 *
 * @category combinators
 * @since 0.1.0
 */
export const open = (
  bucket: string,
  key: string,
  options?: OpenOptions
): Effect.Effect<OpenObject, HcpError, S3.S3 | Scope.Scope> =>
  Effect.flatMap(S3.gateway, (gateway) => reading.open(gateway, bucket, key, options))

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
): Stream.Stream<Uint8Array, HcpError, S3.S3> =>
  Stream.scoped(Stream.unwrap(Effect.map(open(bucket, key, options), (object) => object.stream)))

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
  Effect.flatMap(S3.gateway, (gateway) => reading.head(gateway, bucket, key, options))

/**
 * Whether there is an object or a folder. Not being allowed to know is an error.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exists = (bucket: string, key: string, options?: HeadOptions): Effect.Effect<boolean, HcpError, S3.S3> =>
  Effect.flatMap(S3.gateway, (gateway) => reading.exists(gateway, bucket, key, options))

/**
 * What is copied: an object of this tenant.
 *
 * @category models
 * @since 0.1.0
 */
export interface Source {
  readonly bucket: string
  readonly key: string
  /** Defaults to the current version. */
  readonly versionId?: string | undefined
}

/**
 * What copying may set. Without `contentType` and `metadata` both are those of the source; with one of them the other is not taken over. Access
 * lists are never copied.
 *
 * @category models
 * @since 0.1.0
 */
export interface CopyOptions extends Settings, CallOptions {
  /** Conditions on the source. */
  readonly source?: Conditions | undefined
}

/**
 * What came of a copy.
 *
 * @category models
 * @since 0.1.0
 */
export interface Copied extends Stored {
  readonly modifiedAt: number | undefined
  readonly sourceVersionId: string | undefined
}

/**
 * Copies an object inside HCP, from this bucket or another one of the tenant. Copying an old version onto its own key makes it the current one.
 *
 * Fails with `S3Refused`: `notFound` (no such source), `precondition`, `conflict` (the target exists in a bucket without versions), `access`
 * (also where this system does not hold the data).
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
  Effect.flatMap(S3.gateway, (gateway) => copying.copy(gateway, from, bucket, key, options))

/**
 * What can be changed of an object that is stored.
 *
 * @category models
 * @since 0.1.0
 */
export interface Changes extends Pick<Description, "contentType" | "metadata">, Protection {}

/**
 * Changes what is said about an object, by a copy onto itself: its user metadata, type, retention and holds. What is not given stays; for that the
 * object is looked at first, and `S3Refused` (`precondition`) says that it was changed in between.
 *
 * Fails with `UnexpectedAnswer` where user metadata would be lost, as HCP cannot show it.
 *
 * @category combinators
 * @since 0.1.0
 */
export const change = (
  bucket: string,
  key: string,
  changes: Changes,
  options?: CallOptions
): Effect.Effect<Copied, HcpError, S3.S3> =>
  Effect.flatMap(S3.gateway, (gateway) => copying.change(gateway, bucket, key, changes, options))

/**
 * What deleting may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeleteOptions extends CallOptions {
  /** Deletes this version for good. Defaults to the current one, which in a bucket with versions is kept as an old one. */
  readonly versionId?: string | undefined
  /** The reason for a privileged delete, 1 to 1,024 characters: passes retention where the namespace is in enterprise mode, but no hold. */
  readonly privileged?: string | undefined
  /** Passes a lock in governance mode. Defaults to `false`. */
  readonly bypassGovernance?: boolean | undefined
}

/**
 * What came of deleting.
 *
 * @category models
 * @since 0.1.0
 */
export interface Deleted {
  /** Whether a delete marker was made or deleted; `undefined` where HCP does not know the word. */
  readonly deleteMarker: boolean | undefined
  /** Of the delete marker, or of the version that was deleted. */
  readonly versionId: string | undefined
}

/**
 * Deletes an object, a version, or an empty folder. What is not there counts as deleted.
 *
 * Fails with `S3Refused`: `access` and `state` (retention, a hold, a lock, permissions), `conflict` (being written, or under repair).
 *
 * @category combinators
 * @since 0.1.0
 */
export const remove = (bucket: string, key: string, options?: DeleteOptions): Effect.Effect<Deleted, HcpError, S3.S3> =>
  Effect.flatMap(S3.gateway, (gateway) => removing.remove(gateway, bucket, key, options))
