/**
 * What is asked of the thread that has the database, and what it answers. All of it travels between threads, so it is
 * plain data.
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
  | { readonly _tag: "Add"; readonly entry: NewEntry }
  | { readonly _tag: "MarkSent"; readonly id: number }
  | { readonly _tag: "Park"; readonly id: number; readonly reason: string }
  | { readonly _tag: "Unpark"; readonly id: number }
  | { readonly _tag: "Remove"; readonly id: number; readonly discarded: boolean }

/** A question. */
export type Question =
  /** The next entries, oldest first. */
  | { readonly _tag: "Page"; readonly after: number; readonly limit: number; readonly parked: boolean }
  | { readonly _tag: "Entry"; readonly id: number }
  | { readonly _tag: "Content"; readonly id: number }
  /** All entries of a path, oldest first. */
  | { readonly _tag: "OfPath"; readonly path: string }
  /** The paths that begin so, in order, each with its entries left to ask for. */
  | { readonly _tag: "PathsBelow"; readonly prefix: string; readonly after: string; readonly limit: number }
  | { readonly _tag: "IsDiscarded"; readonly id: number }
  | { readonly _tag: "HasFile"; readonly file: string }
  | { readonly _tag: "Totals" }

/** What each question is answered with. */
export interface Answers {
  readonly Page: ReadonlyArray<EntryRow>
  readonly Entry: EntryRow | undefined
  readonly Content: ContentRow | undefined
  readonly OfPath: ReadonlyArray<EntryRow>
  readonly PathsBelow: ReadonlyArray<string>
  readonly IsDiscarded: boolean
  readonly HasFile: boolean
  readonly Totals: Totals
}

/** An answer with the name of its question. */
export type Answer = {
  readonly [Tag in keyof Answers]: { readonly _tag: Tag; readonly value: Answers[Tag] }
}[keyof Answers]

/** The identifier of an entry that was added; of other changes how many entries they met. */
export type Outcome = number

/** To the thread. */
export type ToThread =
  | { readonly _tag: "Open"; readonly file: string; readonly durability: Durability }
  | { readonly _tag: "Write"; readonly changes: ReadonlyArray<Change> }
  | { readonly _tag: "Ask"; readonly question: Question }
  | { readonly _tag: "Close" }

/** Why something failed there. */
export interface ThreadFailure {
  /** `InUse`: somebody else has it. `NewerVersion`: a newer program wrote it. `NoSpace`, `Failed`: as it says. */
  readonly reason: "InUse" | "NewerVersion" | "NoSpace" | "Broken" | "Failed"
  readonly detail: string
}

/** From the thread: an answer for each message, in the order in which they came. */
export type FromThread =
  | { readonly _tag: "Opened" }
  | { readonly _tag: "Written"; readonly outcomes: ReadonlyArray<Outcome> }
  | { readonly _tag: "Answered"; readonly answer: Answer }
  | { readonly _tag: "Closed" }
  | { readonly _tag: "Failed"; readonly failure: ThreadFailure }
