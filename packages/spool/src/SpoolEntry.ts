/**
 * What is in a spool: writes that HCP is still to get.
 *
 * @since 0.1.0
 */
import type { Stored } from "@effect-hcp/sdk/StoreOptions"
import type * as DateTime from "effect/DateTime"

/**
 * What kind of write it is.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind = "put" | "putWithAnnotation" | "putAnnotation" | "deleteAnnotation" | "modify" | "delete"

/**
 * Why an entry is not sent until somebody has decided: HCP refused it, or it cannot be sent as it was accepted.
 *
 * @category models
 * @since 0.1.0
 */
export interface Parked {
  /**
   * The tag of the reason that the call failed with, such as `ObjectExists` or `Forbidden`; or one of the spool's own:
   * `Damaged`, where the disk has not what was accepted, `Uncertain`, where nobody can see whether HCP has made a
   * retention longer already, and `Defective`, where a fault of a program ended the call.
   */
  readonly reason: string
  /** What happened, and what to try. */
  readonly message: string
}

/**
 * A write that is in the spool.
 *
 * @category models
 * @since 0.1.0
 */
export interface Entry {
  /** Grows with each entry, and is never given again. */
  readonly id: number
  readonly path: string
  readonly kind: Kind
  /** Bytes of its content; 0 for a write without. */
  readonly size: number
  readonly acceptedAt: DateTime.Utc
  /** Why it is parked, if it is. What is behind it at its path waits with it. */
  readonly parked: Parked | undefined
}

/**
 * What a write is answered with. `Pending`: it is in the spool, durably, and HCP will get it. `Stored`: HCP has it
 * already, which only the mode `whenAway` knows.
 *
 * A receipt is not yet WORM: retention and holds protect an object from when HCP has it.
 *
 * @category models
 * @since 0.1.0
 */
export type Receipt = PendingReceipt | StoredReceipt

/**
 * A write that is in the spool. `id` is a number that may be kept, and asked about after a restart.
 *
 * @category models
 * @since 0.1.0
 */
export interface PendingReceipt {
  readonly _tag: "Pending"
  readonly id: number
  readonly path: string
}

/**
 * A write that HCP has.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredReceipt {
  readonly _tag: "Stored"
  readonly path: string
  /** What HCP said to `put`; other writes have no such answer. */
  readonly stored: Stored | undefined
}

/**
 * What became of a write.
 *
 * - `Waiting`: it is in the spool.
 * - `Parked`: HCP refused it, and it waits for `retry` or `discard`.
 * - `Delivered`: HCP has it.
 * - `Discarded`: it was taken out, and HCP never had it.
 * - `Unknown`: this spool has never given such a receipt.
 *
 * @category models
 * @since 0.1.0
 */
export type Status =
  | { readonly _tag: "Waiting"; readonly entry: Entry }
  | { readonly _tag: "Parked"; readonly entry: Entry; readonly parked: Parked }
  | { readonly _tag: "Delivered" }
  | { readonly _tag: "Discarded" }
  | { readonly _tag: "Unknown" }

/**
 * What HCP said to a write that it got. Known to those who wait while it happens, and to nobody later.
 *
 * @category models
 * @since 0.1.0
 */
export interface Delivered {
  readonly path: string
  /** What HCP said to `put`. Other writes have no such answer, and what was delivered before is not remembered. */
  readonly stored: Stored | undefined
}

/**
 * What happens in a spool, as it happens.
 *
 * `Away`: the systems cannot be reached, and the spool waits; `Back`: they can again.
 *
 * @category models
 * @since 0.1.0
 */
export type Change =
  | { readonly _tag: "Accepted"; readonly entry: Entry }
  | { readonly _tag: "Delivered"; readonly entry: Entry; readonly stored: Stored | undefined }
  | { readonly _tag: "Parked"; readonly entry: Entry; readonly parked: Parked }
  | { readonly _tag: "Retried"; readonly entry: Entry }
  | { readonly _tag: "Discarded"; readonly entry: Entry }
  | { readonly _tag: "Away"; readonly message: string }
  | { readonly _tag: "Back" }

/**
 * How much is in a spool.
 *
 * @category models
 * @since 0.1.0
 */
export interface Amount {
  /** All entries, those that are parked among them. */
  readonly entries: number
  readonly bytes: number
  readonly parked: number
  /** When the oldest entry was accepted. */
  readonly oldest: DateTime.Utc | undefined
}

/**
 * How much is in a spool, and how it is.
 *
 * @category models
 * @since 0.1.0
 */
export interface Stats extends Amount {
  /** Whether the systems could not be reached at the last try. */
  readonly away: boolean
  readonly paused: boolean
}
