/**
 * What can be said where something that is stored is deleted, changed or copied.
 *
 * @since 0.1.0
 */
import type { RequestOptions } from "../HcpRequest.ts"
import type { Conditions } from "./Conditions.ts"
import type { CopyEncoding } from "./CopySource.ts"
import type { Settings } from "./StoreOptions.ts"

/**
 * What a deletion may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeleteOptions extends RequestOptions {
  /**
   * Whether all versions are removed; takes the purge permission. Not together with `versionId`. Defaults to `false`.
   */
  readonly purge?: boolean | undefined
  /**
   * Deletes in spite of retention, in a namespace in enterprise mode and with the privileged permission. HCP keeps the
   * reason, which has 1 to 1024 characters, in its log. A hold is never passed.
   */
  readonly privileged?: { readonly reason: string } | undefined
  /**
   * One version to delete. Defaults to the current one; with versioning that leaves a delete marker, and the older
   * versions.
   */
  readonly versionId?: string | undefined
}

/**
 * What is to be changed about an object; what is left out stays. Of `hold` and `retention` only one can be changed in
 * one request.
 *
 * @category models
 * @since 0.1.0
 */
export interface Changes extends Pick<Settings, "retention" | "hold" | "labelledHolds" | "index"> {
  /** Shredding can be turned on, but never off. */
  readonly shred?: true | undefined
  /** The new owner, or `false` for none; takes the permission to change owners. */
  readonly owner?: string | false | undefined
  /** The Active Directory domain of the new owner. */
  readonly domain?: string | undefined
}

/**
 * What a copy may set. Settings that are given count before those of the source.
 *
 * @category models
 * @since 0.1.0
 */
export interface CopyOptions extends Settings, RequestOptions {
  /** What to do where something is stored already at the target, as with `put`. Defaults to `fail`. */
  readonly ifExists?: "fail" | "newVersion" | undefined
  /**
   * What goes with the data (`X-HCP-MetadataDirective`): nothing (`none`), or the annotations of the source and
   * whatever else of its metadata the release of HCP copies (`all`); settings given here win. Defaults to `none`.
   */
  readonly metadata?: "all" | "none" | undefined
  /** Conditions on the source. */
  readonly source?: Conditions | undefined
  /** How the source's path is encoded. Defaults to `once`. */
  readonly encoding?: CopyEncoding | undefined
}

/**
 * What making a directory may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface MakeDirectoryOptions extends RequestOptions {
  /** Whether a directory that is there already is an error (`ObjectExists`). Defaults to `accept`. */
  readonly ifExists?: "accept" | "fail" | undefined
}
