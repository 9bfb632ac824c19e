/**
 * What is asked of the thread that has a database, and what it answers. All of it travels between threads, so it is
 * plain data.
 *
 * @internal
 */
import type { Failure, Returned, Row, Schema, Statement, Synchronous } from "../SqliteSchema.ts"

/** How a database is opened. */
export interface Opening extends Schema {
  readonly file: string
  readonly synchronous: Synchronous
  readonly exclusive: boolean
  readonly lock: string | undefined
  readonly readOnly: boolean
  readonly returnsSpace: boolean
}

/** To the thread. Writes that come together are one transaction. */
export type ToThread =
  | { readonly _tag: "Open"; readonly opening: Opening }
  | { readonly _tag: "Write"; readonly writes: ReadonlyArray<ReadonlyArray<Statement>> }
  | { readonly _tag: "Ask"; readonly statement: Statement }
  | { readonly _tag: "Shrink" }
  | { readonly _tag: "Close" }

/** From the thread: an answer for each message, in the order in which they came. */
export type FromThread =
  | { readonly _tag: "Opened" }
  /** `isLoose`: so much of its file is unused that it should shrink. */
  | { readonly _tag: "Written"; readonly written: ReadonlyArray<ReadonlyArray<Returned>>; readonly isLoose: boolean }
  | { readonly _tag: "Answered"; readonly rows: ReadonlyArray<Row> }
  | { readonly _tag: "Shrunk"; readonly isLoose: boolean }
  | { readonly _tag: "Closed" }
  | { readonly _tag: "Failed"; readonly failure: Failure }
