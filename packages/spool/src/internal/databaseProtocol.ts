/**
 * The entries in the database of a spool.
 *
 * @internal
 */

/** How well what was accepted is kept: over a power failure, or over the death of the process alone. */
export type Durability = "power" | "process"

/** An entry that is to be added. */
export interface NewEntry {
  readonly path: string
  /** An operation, as JSON. */
  readonly operation: string
  /** Bytes of the content in all. */
  readonly size: number
  /** SHA-256 of the body, in hexadecimal. */
  readonly sha256: string | null
  /** The name of the file that holds the body, where it is not in the row. */
  readonly file: string | null
  readonly body: Uint8Array | null
  readonly annotation: Uint8Array | null
  /** When it was accepted, in milliseconds since 1970. */
  readonly at: number
  /** The span that gave it, as `traceId-spanId`. */
  readonly trace: string | null
  readonly sent: boolean
}

/** An entry without what it holds. */
export interface EntryRow extends Omit<NewEntry, "body" | "annotation"> {
  readonly id: number
  /** Why it is parked, as JSON. */
  readonly parked: string | null
}

/** What an entry holds. */
export interface ContentRow {
  readonly body: Uint8Array | null
  readonly annotation: Uint8Array | null
}

/** How much is there. */
export interface Totals {
  readonly entries: number
  readonly bytes: number
  readonly parked: number
  /** When the oldest was accepted. */
  readonly oldest: number | null
  /** The highest identifier that was ever given. */
  readonly lastId: number
}

/** A change. Those that come together are one transaction. */
export type Change =
  | { readonly _tag: "Rewrite"; readonly id: number; readonly operation: string }
  | { readonly _tag: "Park"; readonly id: number; readonly reason: string }
  | { readonly _tag: "Unpark"; readonly id: number }

/** A turn of the drain. */
export interface Turn {
  /** HCP has them: they go. */
  readonly delivered: ReadonlyArray<number>
  /** HCP may get them from now on. */
  readonly claimed: ReadonlyArray<number>
}

/** What a turn did. */
export interface Turned {
  /** Those that went; others were gone already. */
  readonly removed: ReadonlySet<number>
  /** What those hold that were claimed. */
  readonly claimed: ReadonlyMap<number, ContentRow>
}
