/**
 * What SQLite itself can do with the database of a spool: a loop that commits rows like those of a spool, and does
 * nothing else. It hashes nothing, checks nothing, and gives no receipts.
 */
import { DatabaseSync } from "node:sqlite"
import { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"

/** A row of the table `entry`: the values of {@link columns}. */
export type EntryValues = ReadonlyArray<string | number | Uint8Array | null>

const columns = "path, operation, size, sha256, file, at, trace, sent, body, annotation"

/** Commits rows, and runs `done` when they are on the disk. */
type Commit = (rows: ReadonlyArray<EntryValues>, done: () => void) => void

/** Gives a function that commits rows: all of them are one transaction. `file` is the database of a spool. */
export const open = (file: string): ((rows: ReadonlyArray<EntryValues>) => void) => {
  const database = new DatabaseSync(file)
  // As a spool sets them, see `sqliteWorker.ts` there.
  database.exec("pragma journal_mode = wal; pragma synchronous = full")
  database.exec("pragma wal_autocheckpoint = 4000; pragma journal_size_limit = 16777216")
  const insert = database.prepare(`insert into entry (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  return (rows) => {
    database.exec("begin immediate")
    for (const values of rows) insert.run(...values)
    database.exec("commit")
  }
}

/** The same, for {@link grouped}: it holds up this thread until the rows are on the disk. */
export const openHere = (file: string): Commit => {
  const commit = open(file)
  return (rows, done) => {
    commit(rows)
    done()
  }
}

/** The same in a thread of its own, as a spool has one; `done` runs when a transaction is on the disk. */
export const openThread = (file: string): Commit => {
  const worker = new Worker(new URL("./commitThread.ts", import.meta.url), { workerData: file })
  worker.unref()
  return (rows, done) => {
    worker.once("message", done)
    worker.postMessage(rows)
  }
}

interface Waiting {
  readonly values: EntryValues
  readonly done: (effect: Effect.Effect<void>) => void
}

/** Writes a row for each fiber that asks; all that ask until the one before is done become one transaction. */
export const grouped = (commit: Commit) => {
  let waiting: Array<Waiting> = []
  let isBusy = false
  let isPlanned = false
  const flush = () => {
    isPlanned = false
    if (isBusy || waiting.length === 0) return
    const all = waiting
    waiting = []
    isBusy = true
    commit(
      all.map(({ values }) => values),
      () => {
        isBusy = false
        for (const { done } of all) done(Effect.void)
        flushSoon()
      }
    )
  }
  const flushSoon = () => {
    if (isPlanned) return
    isPlanned = true
    queueMicrotask(flush)
  }
  return (values: EntryValues): Effect.Effect<void> =>
    Effect.callback((done) => {
      waiting.push({ values, done })
      flushSoon()
    })
}
