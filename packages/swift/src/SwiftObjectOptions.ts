/**
 * What the operations on objects take and give: options and results.
 *
 * @since 0.1.0
 */
import type { CallOptions } from "@effect-hcp/sdk/CallKinds"
import type { Conditions } from "@effect-hcp/sdk/Conditions"
import type { Metadata } from "@effect-hcp/sdk/MetadataHeaders"
import type * as ObjectRead from "@effect-hcp/sdk/ObjectRead"
import type { SwiftObjectMetadata } from "./SwiftObjectMetadata.ts"

/**
 * What an object is described with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Description {
  /** Defaults to what HCP makes of the name. */
  readonly contentType?: string | undefined
  /**
   * Values by names. Names: a small letter or `_`, then small letters, digits, `-`, `_` and `.`. Values: visible ASCII
   * and blanks, not empty, no blanks at the ends. All of it together has 2,048 characters at most.
   */
  readonly metadata?: Metadata | undefined
}

/**
 * What storing an object may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface PutOptions extends Description, CallOptions {
  /**
   * What becomes of an object that is there: with `fail` it stays, and the call fails with `Conflict`; with
   * `newVersion` it gets a new version where the namespace keeps versions. Defaults to `fail`.
   */
  readonly ifExists?: "fail" | "newVersion" | undefined
  /**
   * Whether the MD5 is sent before the bytes, in hex, so that nothing but these bytes is stored. For files and streams
   * it takes reading them once more, before; a stream that can be read only once is refused. Defaults to `false`: the
   * manual of HCP speaks of Base64 and shows hex, as OpenStack has it.
   */
  readonly announceMd5?: boolean | undefined
  /**
   * Whether the MD5 of what was sent is compared with the ETag of what was stored, where that is one; other bytes fail
   * with `IntegrityError`. Defaults to `true`.
   */
  readonly verify?: boolean | undefined
  /**
   * Says whether an attempt that may have taken effect is repeated. With `newVersion` that may store two. Defaults to
   * `true`.
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
  /** Without quotes; the MD5 of the bytes. */
  readonly etag: string | undefined
  /** The domain of the system that answered, if it said so. */
  readonly servicedBy: string | undefined
}

/**
 * What a look at an object may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface HeadOptions extends CallOptions, Conditions {}

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
export interface StoredObject extends ObjectRead.InMemory<SwiftObjectMetadata> {}

/**
 * An object whose data is still to be read. It holds its connection until its scope closes.
 *
 * @category models
 * @since 0.1.0
 */
export interface OpenObject extends ObjectRead.Opened<SwiftObjectMetadata> {}

/**
 * What is copied: an object of this account.
 *
 * @category models
 * @since 0.1.0
 */
export interface Source {
  readonly container: string
  readonly object: string
}

/**
 * What copying may set. Metadata that is given comes to that of the source; the type is that of the source unless it is
 * given.
 *
 * @category models
 * @since 0.1.0
 */
export interface CopyOptions extends Description, CallOptions {
  /** Conditions on the source. */
  readonly source?: Conditions | undefined
}

/**
 * What can be changed of an object that is stored.
 *
 * @category models
 * @since 0.1.0
 */
export interface Changes extends Description {}
