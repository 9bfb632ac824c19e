/**
 * What a copy between namespaces finds, and what came of each entry.
 *
 * @since 0.1.0
 */
import type { HcpError } from "../HcpError.ts"
import type { LocalError } from "../LocalError.ts"
import type * as StoreOptions from "./StoreOptions.ts"
import type { Kind } from "./TransferOutcome.ts"

/**
 * An object (`file`), directory (`folder`) or link that was found, and where it is on both sides.
 *
 * @category models
 * @since 0.1.0
 */
export interface CopyEntry {
  readonly kind: Kind
  /** Below the directory, with `/` between; empty for an object that is copied alone. */
  readonly name: string
  /** In the namespace that is read. */
  readonly from: string
  /** In the namespace that is written. */
  readonly to: string
  /** Bytes of an object; `undefined` if HCP does not say, 0 for what is none. */
  readonly size: number | undefined
}

/**
 * What may be left behind, as it takes permissions that a user may lack, or users that the other system may not know.
 * Everything else that cannot be carried over is an error.
 *
 * @category models
 * @since 0.1.0
 */
export type Omissible = "acl" | "owner" | "labelledHolds"

/**
 * The data is stored now, with all that belongs to it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Copied extends CopyEntry {
  readonly _tag: "Copied"
  /** The newest version of those that were stored; `undefined` where it is a deletion. */
  readonly stored: StoreOptions.Stored | undefined
  /** How many versions were stored, deletions included. */
  readonly versions: number
  /** What the object has at its source, and was refused at its destination. */
  readonly omitted: ReadonlyArray<Omissible>
}

/**
 * The same data was there already, and something that belongs to it was missing: it has it now.
 *
 * @category models
 * @since 0.1.0
 */
export interface Updated extends CopyEntry {
  readonly _tag: "Updated"
  readonly omitted: ReadonlyArray<Omissible>
}

/**
 * An empty directory was made.
 *
 * @category models
 * @since 0.1.0
 */
export interface Made extends CopyEntry {
  readonly _tag: "Made"
}

/**
 * It would be copied, updated or made: only with `plan`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Planned extends CopyEntry {
  readonly _tag: "Planned"
}

/**
 * Nothing was to be done: the same is there already (`same`), the `journal` says that it was done before, or it is a
 * `symlink`, which is not copied.
 *
 * @category models
 * @since 0.1.0
 */
export interface Skipped extends CopyEntry {
  readonly _tag: "Skipped"
  readonly reason: "same" | "symlink" | "journal"
}

/**
 * It could not be done. An object whose data was stored, and something else was not, is completed by the next run.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failed extends CopyEntry {
  readonly _tag: "Failed"
  readonly error: HcpError | LocalError
}

/**
 * What came of one entry.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome = Copied | Updated | Made | Planned | Skipped | Failed
