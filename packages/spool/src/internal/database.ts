/**
 * The database of a spool: one table of entries in SQLite, with a write-ahead log.
 *
 * Everything here blocks until the disk has it, so it runs in a thread of its own.
 *
 * @internal
 */
import { DatabaseSync, type SQLOutputValue, type StatementSync } from "node:sqlite"
import type {
  Answer,
  Change,
  ContentRow,
  Durability,
  EntryRow,
  Outcome,
  Question,
  ThreadFailure,
  Totals
} from "./databaseProtocol.ts"

/** What brings a database from each version to the next one. The version is the number of those that were run. */
const migrations: ReadonlyArray<string> = [
  // What is long stands last, so that the rest is read without it.
  `create table entry (
     id integer primary key autoincrement,
     path text not null,
     operation text not null,
     size integer not null,
     sha256 text,
     file text,
     at integer not null,
     trace text,
     sent integer not null,
     parked text,
     body blob,
     annotation blob
   ) strict;
   create index entry_path on entry (path, id);
   create index entry_total on entry (id, size, at);
   create index entry_parked on entry (id) where parked is not null;
   create index entry_file on entry (file) where file is not null;
   create table discarded (id integer primary key) strict;`
]

type Row = Record<string, SQLOutputValue>

const columns = "id, path, operation, size, sha256, file, at, trace, sent, parked"

/** An open database. */
export interface Database {
  readonly write: (changes: ReadonlyArray<Change>) => ReadonlyArray<Outcome>
  readonly ask: (question: Question) => Answer
  readonly close: () => void
}

/** Why it could not be opened or used, as whoever waits for it is told. */
export const failureOf = (error: unknown): ThreadFailure => {
  if (error instanceof Refused) return error.failure
  const code = numberIn(error, "errcode")
  const detail = error instanceof Error ? error.message : String(error)
  // The low byte is the primary code: SQLITE_BUSY 5, SQLITE_LOCKED 6, SQLITE_CORRUPT 11, SQLITE_FULL 13, SQLITE_NOTADB 26.
  switch (code === undefined ? undefined : code & 0xff) {
    case 5:
    case 6:
      return { reason: "InUse", detail }
    case 11:
    case 26:
      return { reason: "Broken", detail }
    case 13:
      return { reason: "NoSpace", detail }
    default:
      return { reason: "Failed", detail }
  }
}

class Refused extends Error {
  readonly failure: ThreadFailure
  constructor(failure: ThreadFailure) {
    super(failure.detail)
    this.failure = failure
  }
}

const numberIn = (value: unknown, name: string): number | undefined => {
  if (typeof value !== "object" || value === null) return undefined
  const found: unknown = Reflect.get(value, name)
  return typeof found === "number" ? found : undefined
}

/** Opens or makes it, and has it alone from then on, until the process ends. Throws, see {@link failureOf}. */
export const open = (file: string, durability: Durability): Database => {
  const database = new DatabaseSync(file)
  try {
    // The lock belongs to the process: when that dies, however it does, the lock is gone.
    database.exec("pragma locking_mode = exclusive; pragma busy_timeout = 0; pragma journal_mode = wal")
    database.exec(`pragma synchronous = ${durability === "power" ? "full" : "off"}`)
    // A first write takes the lock.
    database.exec("begin immediate; commit")
    migrate(database)
    return use(database)
  } catch (error) {
    database.close()
    throw error
  }
}

const migrate = (database: DatabaseSync): void => {
  const version = integer(database.prepare("pragma user_version").get(), "user_version")
  if (version > migrations.length) {
    throw new Refused({
      reason: "NewerVersion",
      detail: `it has version ${version}, and this program knows versions up to ${migrations.length}`
    })
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue
    database.exec(`begin immediate; ${migration}; pragma user_version = ${index + 1}; commit`)
  }
}

const use = (database: DatabaseSync): Database => {
  const statement = (sql: string): StatementSync => database.prepare(sql)
  const statements = {
    add: statement(
      `insert into entry (path, operation, size, sha256, file, at, trace, sent, body, annotation)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
    ),
    markSent: statement("update entry set sent = 1 where id = ?"),
    park: statement("update entry set parked = ? where id = ?"),
    unpark: statement("update entry set parked = null where id = ? and parked is not null"),
    remove: statement("delete from entry where id = ?"),
    discard: statement("insert or ignore into discarded (id) values (?)"),
    page: statement(`select ${columns} from entry where id > ? order by id limit ?`),
    parked: statement(
      `select ${columns} from entry indexed by entry_parked where id > ? and parked is not null order by id limit ?`
    ),
    entry: statement(`select ${columns} from entry where id = ?`),
    content: statement("select body, annotation from entry where id = ?"),
    ofPath: statement(`select ${columns} from entry where path = ? order by id`),
    pathsBelow: statement(
      "select distinct path from entry where path > ? and path >= ? and path < ? order by path limit ?"
    ),
    isDiscarded: statement("select 1 from discarded where id = ?"),
    hasFile: statement("select 1 from entry where file = ? limit 1"),
    totals: statement(
      `select count(*) as entries, coalesce(sum(size), 0) as bytes, min(at) as oldest
       from entry indexed by entry_total where id > 0`
    ),
    parkedCount: statement("select count(*) as parked from entry indexed by entry_parked where parked is not null"),
    lastId: statement("select coalesce(max(seq), 0) as lastId from sqlite_sequence where name = 'entry'")
  }

  const apply = (change: Change): Outcome => {
    switch (change._tag) {
      case "Add": {
        const { annotation, at, body, file, operation, path, sent, sha256, size, trace } = change.entry
        const { lastInsertRowid } = statements.add.run(
          path,
          operation,
          size,
          sha256,
          file,
          at,
          trace,
          sent ? 1 : 0,
          body,
          annotation
        )
        return Number(lastInsertRowid)
      }
      case "MarkSent":
        return Number(statements.markSent.run(change.id).changes)
      case "Park":
        return Number(statements.park.run(change.reason, change.id).changes)
      case "Unpark":
        return Number(statements.unpark.run(change.id).changes)
      case "Remove": {
        const removed = Number(statements.remove.run(change.id).changes)
        if (change.discarded && removed > 0) statements.discard.run(change.id)
        return removed
      }
    }
  }

  const ask = (question: Question): Answer => {
    const { _tag } = question
    switch (_tag) {
      case "Page": {
        const rows = question.parked ? statements.parked : statements.page
        return { _tag, value: rows.all(question.after, question.limit).map(toEntry) }
      }
      case "Entry":
        return { _tag, value: map(statements.entry.get(question.id), toEntry) }
      case "Content":
        return { _tag, value: map(statements.content.get(question.id), toContent) }
      case "OfPath":
        return { _tag, value: statements.ofPath.all(question.path).map(toEntry) }
      case "PathsBelow": {
        const { after, limit, prefix } = question
        const rows = statements.pathsBelow.all(after, prefix, `${prefix}\u{10ffff}`, limit)
        return { _tag, value: rows.map((row) => text(row, "path")) }
      }
      case "IsDiscarded":
        return { _tag, value: statements.isDiscarded.get(question.id) !== undefined }
      case "HasFile":
        return { _tag, value: statements.hasFile.get(question.file) !== undefined }
      case "Totals":
        return { _tag, value: totals() }
    }
  }

  const totals = (): Totals => {
    const row = statements.totals.get()
    return {
      entries: integer(row, "entries"),
      bytes: integer(row, "bytes"),
      oldest: optionalInteger(row, "oldest"),
      parked: integer(statements.parkedCount.get(), "parked"),
      lastId: integer(statements.lastId.get(), "lastId")
    }
  }

  return {
    write: (changes) => {
      database.exec("begin immediate")
      try {
        const outcomes = changes.map(apply)
        database.exec("commit")
        return outcomes
      } catch (error) {
        if (database.isTransaction) database.exec("rollback")
        throw error
      }
    },
    ask,
    close: () => database.close()
  }
}

const map = <A>(row: Row | undefined, f: (row: Row) => A): A | undefined => (row === undefined ? undefined : f(row))

const toEntry = (row: Row): EntryRow => ({
  id: integer(row, "id"),
  path: text(row, "path"),
  operation: text(row, "operation"),
  size: integer(row, "size"),
  sha256: optionalText(row, "sha256"),
  file: optionalText(row, "file"),
  at: integer(row, "at"),
  trace: optionalText(row, "trace"),
  sent: integer(row, "sent") === 1,
  parked: optionalText(row, "parked")
})

const toContent = (row: Row): ContentRow => ({ body: bytes(row, "body"), annotation: bytes(row, "annotation") })

const integer = (row: Row | undefined, name: string): number => Number(row?.[name] ?? 0)

const optionalInteger = (row: Row | undefined, name: string): number | null =>
  row?.[name] === null || row?.[name] === undefined ? null : Number(row[name])

const text = (row: Row, name: string): string => optionalText(row, name) ?? ""

const optionalText = (row: Row, name: string): string | null => {
  const value = row[name]
  return typeof value === "string" ? value : null
}

const bytes = (row: Row, name: string): Uint8Array | null => {
  const value = row[name]
  return value instanceof Uint8Array ? value : null
}
