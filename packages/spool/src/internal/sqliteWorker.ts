/**
 * The thread that has a database: a sync to the disk takes milliseconds, and no event loop shall wait for it.
 *
 * @internal
 */
import { statfsSync, statSync } from "node:fs"
import * as Path from "node:path"
import { DatabaseSync, type StatementSync } from "node:sqlite"
import { type MessagePort, parentPort } from "node:worker_threads"
import type { Failure, Returned, Room, Statement, Value } from "../SqliteSchema.ts"
import type { FromThread, Opening, Outcome, ToThread, Write } from "./sqlite.ts"

class Refused extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.detail)
    this.failure = failure
  }
}

/** Why it could not be opened or used, as whoever waits for it is told. */
const failureOf = (error: unknown): Failure => {
  if (error instanceof Refused) return error.failure
  const code = numberIn(error, "errcode")
  const detail = error instanceof Error ? error.message : String(error)
  // The low byte is the primary code: SQLITE_PERM 3, SQLITE_BUSY 5, SQLITE_LOCKED 6, SQLITE_READONLY 8, SQLITE_CORRUPT
  // 11, SQLITE_FULL 13, SQLITE_CANTOPEN 14, SQLITE_NOTADB 26.
  switch (code === undefined ? undefined : code & 0xff) {
    case 3:
    case 8:
    case 14:
      return { reason: "NoPermission", detail }
    case 5:
    case 6:
      return { reason: "InUse", detail }
    case 11:
    case 26:
      return { reason: "Broken", detail }
    case 13:
      return { reason: "NoSpace", detail, isUndone: true }
    default:
      return { reason: "Failed", detail }
  }
}

const numberIn = (value: unknown, name: string): number | undefined => {
  if (typeof value !== "object" || value === null) return undefined
  const found: unknown = Reflect.get(value, name)
  return typeof found === "number" ? found : undefined
}

/** So many pages of 4 KiB may be unused before the file shrinks: what is used again soon need not be asked for anew. */
const sparePages = 1_024

/** How many pages are given back in one step: others may wait for the thread. */
const shrinkPages = 512

/**
 * Pages in the log before they are moved to their places, which takes two more waits for the disk. Where each write is
 * waited for, a transaction of 64 small entries is about 100 of them.
 */
const logPages = 4_000

/** How long the log stays after a large transaction, in bytes; it is written over and over. */
const logBytes = 16 * 1024 * 1024

/** A transaction that is not done yet. */
interface Transaction {
  readonly outcomes: Array<Outcome>
  /** What is free on the disk, as far as it was asked for; less what was written since. */
  free: number | undefined
}

/** An open database. */
class Database {
  readonly #database: DatabaseSync
  readonly #statements: ReadonlyMap<string, Prepared>
  readonly #spare: StatementSync | undefined
  readonly #lock: DatabaseSync | undefined
  /** Files that must not be exchanged for others, each with what tells them apart. */
  readonly #own: ReadonlyArray<readonly [file: string, identity: number | undefined]>
  #transaction: Transaction | undefined
  /** Why the transaction was given up whose last message is still to come. */
  #failure: { readonly error: unknown } | undefined

  private constructor(
    database: DatabaseSync,
    statements: ReadonlyMap<string, Prepared>,
    spare: StatementSync | undefined,
    lock: DatabaseSync | undefined,
    own: ReadonlyArray<string>
  ) {
    this.#database = database
    this.#statements = statements
    this.#spare = spare
    this.#lock = lock
    this.#own = own.map((file) => [file, identityOf(file)])
  }

  /** Opens or makes it. */
  static open({ lock: lockFile, ...opening }: Opening): Database {
    const lock = lockFile === undefined ? undefined : locked(lockFile)
    try {
      if (opening.readOnly) return Database.#openToRead(opening)
      const { file } = opening
      const own = lockFile === undefined ? [] : [lockFile, file, `${file}-wal`]
      return Database.#openToWrite(opening, lock, own)
    } catch (error) {
      lock?.close()
      throw error
    }
  }

  static #openToRead({ file, migrations, statements }: Omit<Opening, "lock">): Database {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      database.exec("pragma busy_timeout = 5000")
      const version = versionIn(database, migrations)
      if (version < migrations.length) throw new Error(`it has version ${version}, of an older program`)
      return new Database(database, preparedIn(database, statements), undefined, undefined, [])
    } catch (error) {
      database.close()
      throw error
    }
  }

  static #openToWrite(
    { exclusive, file, migrations, returnsSpace, statements, synchronous }: Omit<Opening, "lock">,
    lock: DatabaseSync | undefined,
    own: ReadonlyArray<string>
  ): Database {
    const database = new DatabaseSync(file)
    try {
      // An exclusive lock belongs to the process: when that dies, however it does, the lock is gone.
      database.exec(
        exclusive ? "pragma locking_mode = exclusive; pragma busy_timeout = 0" : "pragma busy_timeout = 5000"
      )
      // Holds for a file that is made; one of another kind stays as it is.
      if (returnsSpace) database.exec("pragma auto_vacuum = incremental")
      database.exec(
        `pragma journal_mode = wal; pragma synchronous = ${synchronous}; ` +
          `pragma journal_size_limit = ${logBytes}; pragma wal_autocheckpoint = ${logPages}`
      )
      // A first write takes the lock.
      database.exec("begin immediate; commit")
      migrate(database, migrations)
      const spare = returnsSpace ? database.prepare("pragma freelist_count") : undefined
      return new Database(database, preparedIn(database, statements), spare, lock, own)
    } catch (error) {
      database.close()
      throw error
    }
  }

  /** Begins a transaction, or goes on with it. What goes wrong is told at its end. */
  write(writes: ReadonlyArray<Write>): void {
    if (this.#failure !== undefined) return
    try {
      if (this.#transaction === undefined) {
        this.#mustBeOwn()
        this.#database.exec("begin immediate")
        this.#transaction = { outcomes: [], free: undefined }
      }
      for (const write of writes) this.#transaction.outcomes.push(this.#done(write, this.#transaction))
    } catch (error) {
      this.#failure = { error }
      this.#transaction = undefined
      if (this.#database.isTransaction) this.#database.exec("rollback")
    }
  }

  /** Ends the transaction: all of it is done, or nothing. */
  commit(): ReadonlyArray<Outcome> {
    const failure = this.#failure
    const outcomes = this.#transaction?.outcomes ?? none
    this.#failure = undefined
    this.#transaction = undefined
    if (failure !== undefined) throw new Refused({ ...failureOf(failure.error), isUndone: true })
    try {
      this.#database.exec("commit")
      return outcomes
    } catch (error) {
      // Its end may be in the log all the same, and the next start would go by that.
      if (this.#database.isTransaction) this.#database.exec("rollback")
      throw error
    }
  }

  /** Somebody removed a file: what is written is lost with this process, or another one has the lock by now. */
  #mustBeOwn(): void {
    for (const [file, identity] of this.#own) {
      if (identityOf(file) === identity) continue
      throw new Refused({
        reason: "Failed",
        detail: `${Path.basename(file)} was removed or replaced while it was open; open it again, and leave its files alone`
      })
    }
  }

  #done({ room, statements }: Write, transaction: Transaction): Outcome {
    if (room !== undefined && !hasRoom(room, transaction)) return { _tag: "Refused", failure: noRoom }
    return { _tag: "Done", returned: statements.map((statement) => this.#run(statement)) }
  }

  #run(given: Statement): Returned {
    const { isNumbered, returns, statement } = this.#prepared(given.name)
    if (returns) {
      const rows = this.ask(given)
      return { changes: rows.length, lastId: 0, rows }
    }
    const once = (values: ReadonlyArray<Value>) =>
      isNumbered ? statement.run(numbered(values)) : statement.run(...values.map(toSql))
    let { changes, lastInsertRowid } = once(given.values)
    let sum = Number(changes)
    for (const values of given.others ?? none) {
      ;({ changes, lastInsertRowid } = once(values))
      sum += Number(changes)
    }
    return { changes: sum, lastId: Number(lastInsertRowid), rows: none }
  }

  ask({ name, values }: Statement) {
    const { isNumbered, statement } = this.#prepared(name)
    return isNumbered ? statement.all(numbered(values)) : statement.all(...values.map(toSql))
  }

  /** Whether so much of the file is unused that it should shrink. */
  get isLoose(): boolean {
    return Number(this.#spare?.get()?.freelist_count ?? 0) > sparePages
  }

  /** Gives some of the file back that is unused. */
  shrink(): void {
    this.#database.exec(`pragma incremental_vacuum(${shrinkPages})`)
    // Only then the file system has it.
    if (!this.isLoose) this.#database.exec("pragma wal_checkpoint(truncate)")
  }

  close(): void {
    this.#database.close()
    this.#lock?.close()
  }

  #prepared(name: string): Prepared {
    const prepared = this.#statements.get(name)
    if (prepared === undefined) throw new Error(`there is no statement ${name}`)
    return prepared
  }
}

const noRoom: Failure = {
  reason: "NoRoom",
  detail: "the disk has no room for it, or its directory is not there",
  isUndone: true
}

/** Whether the disk has what a write needs, behind those before it. */
const hasRoom = ({ bytes, directory, spare }: Room, transaction: Transaction): boolean => {
  try {
    transaction.free ??= freeIn(directory)
  } catch {
    return false
  }
  if (spare > 0 && transaction.free - bytes < spare) return false
  transaction.free -= bytes
  return true
}

/** As long as a file is open, no other one gets its number. */
const identityOf = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.ino

const freeIn = (directory: string): number => {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize
}

/** A statement, whether its parameters are numbered (`?1`), and whether it gives rows of what it writes. */
interface Prepared {
  readonly statement: StatementSync
  readonly isNumbered: boolean
  readonly returns: boolean
}

const preparedOf = (database: DatabaseSync, sql: string): Prepared => ({
  statement: database.prepare(sql),
  isNumbered: /\?\d/.test(sql),
  returns: /\breturning\b/i.test(sql)
})

const preparedIn = (database: DatabaseSync, statements: Opening["statements"]): ReadonlyMap<string, Prepared> =>
  new Map(Object.entries(statements).map(([name, sql]) => [name, preparedOf(database, sql)]))

/** An empty database whose lock belongs to the process: when that dies, however it does, the lock is gone. */
const locked = (file: string): DatabaseSync => {
  const lock = new DatabaseSync(file)
  try {
    lock.exec("pragma busy_timeout = 0; begin exclusive")
    return lock
  } catch (error) {
    lock.close()
    throw error
  }
}

const none: ReadonlyArray<never> = []

// Node 22 takes numbered parameters for named ones; newer releases take them either way.
const numbered = (values: ReadonlyArray<Value>) =>
  Object.fromEntries(values.map((value, index) => [`?${index + 1}`, toSql(value)]))

const toSql = (value: Value) => value ?? null

/** Fails for a version that this program does not know. */
const versionIn = (database: DatabaseSync, migrations: ReadonlyArray<string>): number => {
  const version = Number(database.prepare("pragma user_version").get()?.user_version ?? 0)
  if (version > migrations.length) {
    throw new Refused({
      reason: "NewerVersion",
      detail: `it has version ${version}, and this program knows versions up to ${migrations.length}`
    })
  }
  return version
}

const migrate = (database: DatabaseSync, migrations: ReadonlyArray<string>): void => {
  versionIn(database, migrations)
  for (const [index, migration] of migrations.entries()) {
    database.exec("begin immediate")
    try {
      // Another process may have done it meanwhile.
      if (index >= versionIn(database, migrations)) database.exec(`${migration}; pragma user_version = ${index + 1}`)
      database.exec("commit")
    } catch (error) {
      if (database.isTransaction) database.exec("rollback")
      throw error
    }
  }
}

const serve = (port: MessagePort): void => {
  let database: Database | undefined
  const opened = (): Database => {
    if (database === undefined) throw new Error("the database is not open")
    return database
  }
  const handle = (message: ToThread): FromThread | undefined => {
    switch (message._tag) {
      case "Open":
        database = Database.open(message.opening)
        return { _tag: "Opened" }
      case "Write":
        database?.write(message.writes)
        if (message.goesOn) return undefined
        return { _tag: "Written", outcomes: opened().commit(), isLoose: opened().isLoose }
      case "Shrink":
        opened().shrink()
        return { _tag: "Shrunk", isLoose: opened().isLoose }
      case "Ask":
        return { _tag: "Answered", rows: opened().ask(message.statement) }
      case "Close":
        database?.close()
        database = undefined
        return { _tag: "Closed" }
    }
  }
  const answer = (message: ToThread): FromThread | undefined => {
    try {
      return handle(message)
    } catch (error) {
      return { _tag: "Failed", failure: failureOf(error) }
    }
  }
  port.on("message", (message: ToThread) => {
    const told = answer(message)
    if (told !== undefined) port.postMessage(told)
    if (message._tag === "Close") port.close()
  })
}

if (parentPort !== null) serve(parentPort)
