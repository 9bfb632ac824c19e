/**
 * What a spool is made with, and what its writes may set.
 *
 * @since 0.1.0
 */
import type { Settings } from "@effect-hcp/sdk/StoreOptions"

/**
 * What a spool is made with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * The directory of the spool, on a disk of this computer. It is made, for its owner alone, if it is not there. Only
   * one spool may have it at a time.
   */
  readonly directory: string
  /**
   * `always`: each write goes to the spool first, and is answered when it is there. `whenAway`: a write goes to HCP,
   * and to the spool only when the systems cannot be reached, are busy or give no answer in time, after the retry
   * policy gave up; and while there are entries of its path. What HCP refuses fails. Defaults to `always`.
   */
  readonly mode?: "always" | "whenAway" | undefined
  /**
   * What an accepted write survives: a `power` failure, or the death of the `process` alone, which costs no waiting for
   * the disk. Defaults to `power`.
   */
  readonly durability?: "power" | "process" | undefined
  /** The most bytes of content in it; a write beyond fails with `SpoolFull`. Defaults to no bound. */
  readonly maxBytes?: number | undefined
  /** The most entries in it; a write beyond fails with `SpoolFull`. Defaults to no bound. */
  readonly maxEntries?: number | undefined
  /** How many bytes of the file system stay free; a write beyond fails with `SpoolFull`. Defaults to 1 GiB. */
  readonly minFreeBytes?: number | undefined
  /** How many entries, of different paths, are on their way to HCP at a time. Defaults to 16. */
  readonly concurrency?: number | undefined
  /** Whether nothing is sent until `resume`, to look at a spool or to repair it. Defaults to `false`. */
  readonly paused?: boolean | undefined
}

/**
 * What a spooled `put` may set. Without conditions: those say what is stored now, and HCP gets the write later.
 *
 * @category models
 * @since 0.1.0
 */
export interface PutOptions extends Settings {
  /**
   * What to do where something is stored already when HCP gets it. `fail`: the entry is parked, unless the same bytes
   * are stored there. Defaults to `fail`.
   */
  readonly ifExists?: "fail" | "newVersion" | "skip" | "replace" | undefined
}

/**
 * What a spooled `putWithAnnotation` may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface PutWithAnnotationOptions extends Settings {
  /** The name of the annotation. Defaults to `default`. */
  readonly name?: string | undefined
  /** As with `put`. Defaults to `fail`. */
  readonly ifExists?: "fail" | "newVersion" | undefined
}

/**
 * What a spooled `delete` may set. An object that is not there when HCP gets it counts as deleted.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeleteOptions {
  /** Whether all versions are removed. Defaults to `false`. */
  readonly purge?: boolean | undefined
  /** Deletes in spite of retention, with this reason. */
  readonly privileged?: { readonly reason: string } | undefined
}
