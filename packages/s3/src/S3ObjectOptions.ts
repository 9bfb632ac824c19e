/**
 * What the operations on objects take and give: options and results.
 *
 * @since 0.1.0
 */
import type { Conditions } from "@effect-hcp/sdk/Conditions"
import type * as ObjectRead from "@effect-hcp/sdk/ObjectRead"
import type * as DateTime from "effect/DateTime"
import type { CallOptions } from "./CallOptions.ts"
import type { S3ObjectMetadata } from "./S3ObjectMetadata.ts"
import type { Description, Protection, Settings, StoreConditions } from "./Settings.ts"

/**
 * What storing an object may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface PutOptions extends Settings, CallOptions, StoreConditions {
  /**
   * Whether `Content-MD5` is sent, so that HCP stores nothing but these bytes. For files and streams it takes reading
   * them once more, before; a stream that can be read only once is refused. Defaults to `true` for bytes and texts, and
   * to `false` for others.
   */
  readonly contentMd5?: boolean | undefined
  /**
   * Whether the MD5 of what was sent is compared with the ETag of what was stored, where that is one; other bytes fail
   * with `IntegrityError`. Defaults to `true`.
   */
  readonly verify?: boolean | undefined
  /**
   * Says whether an attempt that may have taken effect is repeated. In a bucket that keeps versions that may store two.
   * Defaults to `true`.
   */
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
export interface OpenOptions extends HeadOptions, ObjectRead.ReadOptions {}

/**
 * What reading an object into memory may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetOptions extends OpenOptions, ObjectRead.MemoryOptions {}

/**
 * An object, or a part of it, in memory.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredObject extends ObjectRead.InMemory<S3ObjectMetadata> {}

/**
 * An object whose data is still to be read. It holds its connection until its scope closes.
 *
 * @category models
 * @since 0.1.0
 */
export interface OpenObject extends ObjectRead.Opened<S3ObjectMetadata> {}

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
 * What copying may set. Without `contentType` and `metadata` both are those of the source; with one of them the other
 * is not taken over. Access lists are never copied.
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
  readonly modifiedAt: DateTime.Utc | undefined
  readonly sourceVersionId: string | undefined
}

/**
 * What can be changed of an object that is stored.
 *
 * @category models
 * @since 0.1.0
 */
export interface Changes extends Pick<Description, "contentType" | "metadata">, Protection {}

/**
 * What deleting may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeleteOptions extends CallOptions {
  /**
   * Deletes this version for good. Defaults to the current one, which in a bucket with versions is kept as an old one.
   */
  readonly versionId?: string | undefined
  /**
   * The reason for a privileged delete, 1 to 1,024 characters: passes retention where the namespace is in enterprise
   * mode, but no hold.
   */
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
