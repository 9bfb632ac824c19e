/**
 * The database of a spool: one table of entries.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import {
  type Database,
  type Failure,
  integer,
  maybeBytes,
  maybeInteger,
  maybeText,
  make as open,
  type Room,
  type Row,
  type Statement,
  text,
  type Value
} from "../SqliteDatabase.ts"
import type { Change, ContentRow, Durability, EntryRow, NewEntry, Totals, Turn, Turned } from "./databaseProtocol.ts"

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

const columns = "id, path, operation, size, sha256, file, at, trace, sent, parked"

const statements = {
  add: `insert into entry (path, operation, size, sha256, file, at, trace, sent, body, annotation)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  // With what it holds: one question for what is sent next.
  claim: `update entry set sent = 1 where id in (select value from json_each(?)) returning id, body, annotation`,
  deliver: "delete from entry where id in (select value from json_each(?)) returning id",
  rewrite: "update entry set operation = ? where id = ?",
  park: "update entry set parked = ? where id = ?",
  unpark: "update entry set parked = null where id = ? and parked is not null",
  remove: "delete from entry where id = ? returning parked",
  discard: "insert or ignore into discarded (id) select id from entry where id = ?",
  page: `select ${columns} from entry where id > ? order by id limit ?`,
  parked: `select ${columns} from entry indexed by entry_parked where id > ? and parked is not null order by id limit ?`,
  entry: `select ${columns} from entry where id = ?`,
  content: "select body, annotation from entry where id = ?",
  pageOfPath: `select ${columns} from entry where path = ? and id > ? order by id limit ?`,
  ofPath: `select ${columns} from entry where path = ? order by id`,
  pathsBelow: "select distinct path from entry where path > ? and path >= ? and path < ? order by path limit ?",
  isDiscarded: "select 1 from discarded where id = ?",
  hasFile: "select 1 from entry where file = ? limit 1",
  totals: `select count(*) as entries, coalesce(sum(size), 0) as bytes, min(at) as oldest
    from entry indexed by entry_total where id > 0`,
  parkedCount: "select count(*) as parked from entry indexed by entry_parked where parked is not null",
  lastId: "select coalesce(max(seq), 0) as lastId from sqlite_sequence where name = 'entry'"
} as const

type Name = keyof typeof statements

/** The database. Everything fails once its thread has ended. */
export interface DatabaseThread {
  /**
   * Adds entries, all or none, and gives their numbers. Ends when they are as durable as was asked for. They are added
   * even if nobody waits for it any more. Fails with `NoRoom` where the disk has less than is demanded.
   */
  readonly add: (entries: ReadonlyArray<NewEntry>, room?: Room) => Effect.Effect<ReadonlyArray<number>, Failure>
  /** Takes an entry out that HCP shall not have; gives nothing where there is none. */
  readonly discard: (id: number) => Effect.Effect<{ readonly wasParked: boolean } | undefined, Failure>
  /** The same of a change; gives how many entries it met. */
  readonly write: (change: Change) => Effect.Effect<number, Failure>
  /** The same of a turn of the drain. All of it is one transaction. */
  readonly turn: (turn: Turn) => Effect.Effect<Turned, Failure>
  readonly page: (after: number, limit: number, parked?: boolean) => Effect.Effect<ReadonlyArray<EntryRow>, Failure>
  readonly entry: (id: number) => Effect.Effect<EntryRow | undefined, Failure>
  readonly content: (id: number) => Effect.Effect<ContentRow | undefined, Failure>
  readonly pageOfPath: (path: string, after: number, limit: number) => Effect.Effect<ReadonlyArray<EntryRow>, Failure>
  readonly ofPath: (path: string) => Effect.Effect<ReadonlyArray<EntryRow>, Failure>
  /** The paths that begin so, with a `/` at its end; in order, each with its entries left to ask for. */
  readonly pathsBelow: (prefix: string, after: string, limit: number) => Effect.Effect<ReadonlyArray<string>, Failure>
  readonly isDiscarded: (id: number) => Effect.Effect<boolean, Failure>
  readonly hasFile: (file: string) => Effect.Effect<boolean, Failure>
  readonly totals: Effect.Effect<Totals, Failure>
}

const valuesOf = (entry: NewEntry): ReadonlyArray<Value> => [
  entry.path,
  entry.operation,
  entry.size,
  entry.sha256 ?? undefined,
  entry.file ?? undefined,
  entry.at,
  entry.trace ?? undefined,
  entry.sent ? 1 : 0,
  entry.body ?? undefined,
  entry.annotation ?? undefined
]

const statementsOf = (change: Change): ReadonlyArray<Statement<Name>> => {
  switch (change._tag) {
    case "Rewrite":
      return [{ name: "rewrite", values: [change.operation, change.id] }]
    case "Park":
      return [{ name: "park", values: [change.reason, change.id] }]
    case "Unpark":
      return [{ name: "unpark", values: [change.id] }]
  }
}

/** How much is in a database that another process may have. */
export const look = (file: string): Effect.Effect<Totals, Failure> =>
  Effect.scoped(
    Effect.flatMap(
      open<Name>({
        file,
        thread: "hcp-spool-look",
        synchronous: "full",
        exclusive: false,
        readOnly: true,
        migrations,
        statements
      }),
      totalsOf
    )
  )

const totalsOf = (database: Pick<Database<Name>, "get">): Effect.Effect<Totals, Failure> =>
  Effect.map(
    Effect.all([database.get("totals"), database.get("parkedCount"), database.get("lastId")]),
    ([totals, parked, last]) => ({
      entries: integer(totals, "entries"),
      bytes: integer(totals, "bytes"),
      oldest: maybeInteger(totals, "oldest") ?? null,
      parked: integer(parked, "parked"),
      lastId: integer(last, "lastId")
    })
  )

/** Opens or makes the database in this file, alone until the scope closes. */
export const make = (
  file: string,
  lock: string,
  durability: Durability
): Effect.Effect<DatabaseThread, Failure, Scope.Scope> =>
  Effect.map(
    open<Name>({
      file,
      lock,
      thread: "hcp-spool",
      synchronous: durability === "power" ? "full" : "off",
      exclusive: false,
      returnsSpace: true,
      migrations,
      statements
    }),
    (database) => {
      const entries = (rows: ReadonlyArray<Row>) => rows.map(toEntry)
      return {
        add: (entries, room) => {
          const [values = [], ...others] = entries.map(valuesOf)
          const addition: Statement<Name> = { name: "add", values, others }
          return Effect.flatMap(
            room === undefined ? database.writeEach(addition) : database.writeWithin(room, addition),
            ([added]) =>
              added?.changes === entries.length
                ? // One transaction counts on by one.
                  Effect.succeed(entries.map((_, index) => added.lastId - entries.length + 1 + index))
                : Effect.fail<Failure>({
                    reason: "Failed",
                    detail: "the database did not say what became of each entry"
                  })
          )
        },
        discard: (id) =>
          Effect.map(
            database.writeEach({ name: "discard", values: [id] }, { name: "remove", values: [id] }),
            ([, removed]) => {
              const row = removed?.rows[0]
              return row === undefined ? undefined : { wasParked: maybeText(row, "parked") !== undefined }
            }
          ),
        write: (change) => Effect.map(database.write(...statementsOf(change)), ({ changes }) => changes),
        turn: ({ claimed, delivered }) =>
          Effect.map(
            // What went before an entry is gone for good before that may go: it would come behind it a second time.
            database.writeEach(
              { name: "deliver", values: [JSON.stringify(delivered)] },
              { name: "claim", values: [JSON.stringify(claimed)] }
            ),
            ([removed, claimed]) => ({
              removed: new Set(removed?.rows.map((row) => integer(row, "id"))),
              claimed: new Map(claimed?.rows.map((row) => [integer(row, "id"), toContent(row)]))
            })
          ),
        page: (after, limit, parked = false) =>
          Effect.map(database.all(parked ? "parked" : "page", after, limit), entries),
        entry: (id) => Effect.map(database.get("entry", id), (row) => (row === undefined ? undefined : toEntry(row))),
        content: (id) =>
          Effect.map(database.get("content", id), (row) => (row === undefined ? undefined : toContent(row))),
        pageOfPath: (path, after, limit) => Effect.map(database.all("pageOfPath", path, after, limit), entries),
        ofPath: (path) => Effect.map(database.all("ofPath", path), entries),
        pathsBelow: (prefix, after, limit) =>
          // The character after `/` is `0`.
          Effect.map(database.all("pathsBelow", after, prefix, `${prefix.slice(0, -1)}0`, limit), (rows) =>
            rows.map((row) => text(row, "path"))
          ),
        isDiscarded: (id) => Effect.map(database.get("isDiscarded", id), (row) => row !== undefined),
        hasFile: (name) => Effect.map(database.get("hasFile", name), (row) => row !== undefined),
        totals: totalsOf(database)
      }
    }
  )

const toEntry = (row: Row): EntryRow => ({
  id: integer(row, "id"),
  path: text(row, "path"),
  operation: text(row, "operation"),
  size: integer(row, "size"),
  sha256: maybeText(row, "sha256") ?? null,
  file: maybeText(row, "file") ?? null,
  at: integer(row, "at"),
  trace: maybeText(row, "trace") ?? null,
  sent: integer(row, "sent") === 1,
  parked: maybeText(row, "parked") ?? null
})

const toContent = (row: Row): ContentRow => ({
  body: maybeBytes(row, "body") ?? null,
  annotation: maybeBytes(row, "annotation") ?? null
})
