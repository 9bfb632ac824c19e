/**
 * The entries of a directory: objects, directories and symbolic links.
 *
 * @since 0.1.0
 */

import type * as DateTime from "effect/DateTime"
import type { Hash } from "../ObjectHash.ts"
import type { AnnotationSize } from "./AnnotationInfo.ts"
import type { ChangeTime } from "./ChangeTime.ts"
import type * as Retention from "./RetentionSetting.ts"

/**
 * What every entry has.
 *
 * @category models
 * @since 0.1.0
 */
export interface Named {
  readonly name: string
  /** The whole path, as every operation takes it: `/invoices/2026/42.pdf`. */
  readonly path: string
  /**
   * The percent-encoded name, only where it stands for bytes that are no UTF-8. `name` is then a likeness, and `path`
   * leads nowhere.
   */
  readonly urlName: string | undefined
  /** `deleted` only where deleted entries were asked for. */
  readonly state: "created" | "deleted"
  /** When anything about it was changed last. */
  readonly changedAt: ChangeTime | undefined
}

/**
 * An object in a directory. What HCP does not say, or says in a form that is not understood, is `undefined`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectEntry extends Named {
  readonly _tag: "Object"
  /** In bytes. */
  readonly size: number | undefined
  /** Absent for objects that were stored in parts. */
  readonly hash: Hash | undefined
  /** Without the quotes of the header. */
  readonly etag: string | undefined
  readonly versionId: string | undefined
  /** When this version was stored; of systems before release 8 to the second. */
  readonly createdAt: DateTime.Utc | undefined
  readonly retention: Retention.Stored
  /** As HCP says it: a date and time, `Deletion Allowed`, `Deletion Prohibited`, `Initial Unspecified`. */
  readonly retentionText: string | undefined
  readonly hold: boolean | undefined
  readonly shred: boolean | undefined
  readonly index: boolean | undefined
  /** The number of copies, or a word such as `Dynamic` where the system decides. */
  readonly dpl: number | string | undefined
  readonly hasAnnotations: boolean | undefined
  /** Names and sizes of the annotations. */
  readonly annotations: ReadonlyArray<AnnotationSize>
  readonly replicated: boolean | undefined
  readonly owner: string | undefined
  /** The Active Directory domain of the owner. */
  readonly domain: string | undefined
  readonly hasAcl: boolean | undefined
}

/**
 * A directory in a directory.
 *
 * @category models
 * @since 0.1.0
 */
export interface DirectoryEntry extends Named {
  readonly _tag: "Directory"
}

/**
 * A symbolic link, made through another protocol.
 *
 * @category models
 * @since 0.1.0
 */
export interface SymlinkEntry extends Named {
  readonly _tag: "Symlink"
  /** Where it points, as whoever made it wrote it. */
  readonly target: string
}

/**
 * Something in a directory.
 *
 * @category models
 * @since 0.1.0
 */
export type Entry = ObjectEntry | DirectoryEntry | SymlinkEntry
