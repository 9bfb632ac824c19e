/**
 * What is asked of the thread that has a database, and what it answers. All of it travels between threads, so it is
 * plain data.
 *
 * @internal
 */
import type { Failure, Returned, Room, Row, Schema, Statement, Synchronous } from "../SqliteSchema.ts"

/** How a database is opened. */
export interface Opening extends Schema {
  readonly file: string
  readonly synchronous: Synchronous
  readonly exclusive: boolean
  readonly lock: string | undefined
  readonly readOnly: boolean
  readonly returnsSpace: boolean
}

/** What is done whole, or not at all. */
export interface Write {
  readonly statements: ReadonlyArray<Statement>
  readonly room: Room | undefined
}

/** To the thread. Writes that come together are one transaction. */
export type ToThread =
  | { readonly _tag: "Open"; readonly opening: Opening }
  /** `goesOn`: the next message brings more of the same transaction, and the answer comes with the last. */
  | { readonly _tag: "Write"; readonly writes: ReadonlyArray<Write>; readonly goesOn: boolean }
  | { readonly _tag: "Ask"; readonly statement: Statement }
  | { readonly _tag: "Shrink" }
  | { readonly _tag: "Close" }

/** What became of a write whose transaction was done. */
export type Outcome =
  | { readonly _tag: "Done"; readonly returned: ReadonlyArray<Returned> }
  | { readonly _tag: "Refused"; readonly failure: Failure }

/** From the thread: an answer for each message, or for the last of a transaction, in the order in which they came. */
export type FromThread =
  | { readonly _tag: "Opened" }
  /** `isLoose`: so much of its file is unused that it should shrink. */
  | { readonly _tag: "Written"; readonly outcomes: ReadonlyArray<Outcome>; readonly isLoose: boolean }
  | { readonly _tag: "Answered"; readonly rows: ReadonlyArray<Row> }
  | { readonly _tag: "Shrunk"; readonly isLoose: boolean }
  | { readonly _tag: "Closed" }
  | { readonly _tag: "Failed"; readonly failure: Failure }
