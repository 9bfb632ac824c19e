/**
 * What is asked of the thread that has a database, and what it answers. All of it travels between threads, so it is
 * plain data.
 *
 * @internal
 */

/** What a column holds. */
export type Value = string | number | null | Uint8Array

/** A row by the names of its columns. */
export type Row = Readonly<Record<string, unknown>>

/** One statement of the schema, with a value for each `?`. */
export interface Statement<Name extends string = string> {
  readonly name: Name
  readonly values: ReadonlyArray<Value>
}

/** What there is in a database. */
export interface Schema<Name extends string = string> {
  /** What brings a database from each version to the next one. The version is the number of those that were run. */
  readonly migrations: ReadonlyArray<string>
  /** All statements that are ever run, by name. */
  readonly statements: Readonly<Record<Name, string>>
}

export type Synchronous = "full" | "normal" | "off"

/** How a database is opened. */
export interface Opening extends Schema {
  readonly file: string
  readonly synchronous: Synchronous
  readonly exclusive: boolean
}

/** What a statement did. */
export interface Written {
  /** How many rows it met. */
  readonly changes: number
  /** The identifier of the row that was added last. */
  readonly lastId: number
}

/** Why something failed there. */
export interface Failure {
  /** `InUse`: somebody else has it. `NewerVersion`: a newer program wrote it. `NoSpace`, `Failed`: as it says. */
  readonly reason: "InUse" | "NewerVersion" | "NoSpace" | "Broken" | "Failed"
  readonly detail: string
}

/** To the thread. Writes that come together are one transaction. */
export type ToThread =
  | { readonly _tag: "Open"; readonly opening: Opening }
  | { readonly _tag: "Write"; readonly writes: ReadonlyArray<ReadonlyArray<Statement>> }
  | { readonly _tag: "Ask"; readonly statement: Statement }
  | { readonly _tag: "Close" }

/** From the thread: an answer for each message, in the order in which they came. */
export type FromThread =
  | { readonly _tag: "Opened" }
  | { readonly _tag: "Written"; readonly written: ReadonlyArray<Written> }
  | { readonly _tag: "Answered"; readonly rows: ReadonlyArray<Row> }
  | { readonly _tag: "Closed" }
  | { readonly _tag: "Failed"; readonly failure: Failure }
