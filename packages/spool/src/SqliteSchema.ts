/**
 * What a database of `SqliteDatabase` is made of, and what it says. This module serves the packages of effect-hcp and
 * may change with every release.
 *
 * @since 0.1.0
 */

/**
 * What is written into a column; `undefined` becomes SQL's null.
 *
 * @category models
 * @since 0.1.0
 */
export type Value = string | number | Uint8Array | undefined

/**
 * A row by the names of its columns.
 *
 * @category models
 * @since 0.1.0
 */
export type Row = Readonly<Record<string, unknown>>

/**
 * One statement of the schema, with a value for each `?`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Statement<Name extends string = string> {
  readonly name: Name
  readonly values: ReadonlyArray<Value>
  /** What it is run with once more, after `values`; it counts as one statement, and gives no rows. */
  readonly others?: ReadonlyArray<ReadonlyArray<Value>> | undefined
}

/**
 * What a write needs of the disk.
 *
 * @category models
 * @since 0.1.0
 */
export interface Room {
  /** A directory of its file system, which has to be there. */
  readonly directory: string
  /** Bytes that have to stay free behind it. */
  readonly spare: number
  /** Bytes that it brings. */
  readonly bytes: number
}

/**
 * What there is in a database.
 *
 * @category models
 * @since 0.1.0
 */
export interface Schema<Name extends string = string> {
  /** What brings a database from each version to the next one. The version is the number of those that were run. */
  readonly migrations: ReadonlyArray<string>
  /** All statements that are ever run, by name. */
  readonly statements: Readonly<Record<Name, string>>
}

/**
 * How long a write is waited for; `SqliteDatabase.Options` says what each survives.
 *
 * @category models
 * @since 0.1.0
 */
export type Synchronous = "full" | "normal" | "off"

/**
 * What a statement did.
 *
 * @category models
 * @since 0.1.0
 */
export interface Written {
  /** How many rows it met. */
  readonly changes: number
  /** The identifier of the row that was added last. */
  readonly lastId: number
}

/**
 * What a statement did, and the rows that one with `returning` gave.
 *
 * @category models
 * @since 0.1.0
 */
export interface Returned extends Written {
  /** Empty of a statement without `returning`. */
  readonly rows: ReadonlyArray<Row>
}

/**
 * Why something failed there.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failure {
  /**
   * `InUse`: somebody else has it. `NewerVersion`: a newer program wrote it. `NoPermission`: its file cannot be opened
   * or written. `NoRoom`: the disk has less than the write asked for, or its directory is not there; nothing was done.
   * `NoSpace`, `Broken`, `Failed`: as it says.
   */
  readonly reason: "InUse" | "NewerVersion" | "NoPermission" | "NoRoom" | "NoSpace" | "Broken" | "Failed"
  readonly detail: string
  /** Of a write: whether it is certain that nothing of it was done, nor will be. Otherwise it may have been done. */
  readonly isUndone?: boolean | undefined
}
