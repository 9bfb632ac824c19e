/**
 * An SQLite database in a thread of its own, for the packages of effect-hcp that keep something on this computer: the
 * spool and the jobs. A wait for the disk holds up no event loop, and writes that are asked for at the same time become
 * one transaction, and so one wait.
 *
 * Its owner gives the migrations and the statements as data; nothing else runs in the thread. This module serves those
 * packages and may change with every release.
 *
 * @since 0.1.0
 */
import { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { FromThread, ToThread, Write } from "./internal/sqlite.ts"
import type { Failure, Returned, Room, Row, Schema, Statement, Synchronous, Value, Written } from "./SqliteSchema.ts"

export type { Failure, Returned, Room, Row, Schema, Statement, Synchronous, Value, Written } from "./SqliteSchema.ts"

/**
 * How a database is opened.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<Name extends string> extends Schema<Name> {
  readonly file: string
  /** The name of its thread. */
  readonly thread: string
  /**
   * How long a write is waited for: until it is on the disk (`full`); until the operating system has it, where a power
   * failure may take the last writes and leaves the database whole (`normal`), or may damage it (`off`).
   */
  readonly synchronous: Synchronous
  /**
   * Whether this process has it alone, until it ends: another one fails with `InUse`. Otherwise processes take turns,
   * and one waits up to five seconds for another.
   */
  readonly exclusive: boolean
  /**
   * A file whose lock this process has as long as the database is open: another one that wants it fails with `InUse`,
   * and whoever only reads the database is let in. By default none.
   */
  readonly lock?: string | undefined
  /** Whether it is only looked into, while another process may work with it. Defaults to `false`. */
  readonly readOnly?: boolean | undefined
  /**
   * Whether the file shrinks, in steps and while nothing is written, after much was deleted; otherwise what was deleted
   * makes room for what is to come. Holds for a file that is made. Defaults to `false`.
   */
  readonly returnsSpace?: boolean | undefined
}

/**
 * An open database. Everything fails once its thread has ended.
 *
 * @category models
 * @since 0.1.0
 */
export interface Database<Name extends string> {
  /**
   * Runs statements in one transaction, all or none, and gives what the last one did. It is done even if nobody waits
   * for it any more.
   */
  readonly write: (...statements: ReadonlyArray<Statement<Name>>) => Effect.Effect<Written, Failure>
  /** The same, and gives what each of them did. */
  readonly writeEach: (...statements: ReadonlyArray<Statement<Name>>) => Effect.Effect<ReadonlyArray<Returned>, Failure>
  /** The same where the disk has room for it; fails with `NoRoom`, and does nothing, where it has not. */
  readonly writeWithin: (
    room: Room,
    ...statements: ReadonlyArray<Statement<Name>>
  ) => Effect.Effect<ReadonlyArray<Returned>, Failure>
  readonly all: (name: Name, ...values: Statement<Name>["values"]) => Effect.Effect<ReadonlyArray<Row>, Failure>
  readonly get: (name: Name, ...values: Statement<Name>["values"]) => Effect.Effect<Row | undefined, Failure>
}

// A transaction of more holds up what is asked meanwhile, and the event loop that hands it over.
const maxBatch = 1_000
const maxBatchBytes = 2 * 1024 * 1024

// So many begin a transaction while others of the same turn of the event loop are made ready.
const aheadBatch = 32
const aheadBytes = 64 * 1024

const ended: Failure = { reason: "Failed", detail: "its thread has ended; see what was logged before" }

/** To whoever asks only then: the thread has not even got the end of that transaction. */
const neverAsked: FromThread = { _tag: "Failed", failure: { ...ended, isUndone: true } }

const misplaced: Failure = { reason: "Failed", detail: "the thread answered something else than it was asked" }

type OnAnswer = (answer: FromThread) => void

interface Waiting extends Write {
  /** How many rows it writes, and how many bytes they bring. */
  readonly count: number
  readonly bytes: number
  readonly done: (result: Effect.Effect<ReadonlyArray<Returned>, Failure>) => void
}

const isPart = (value: Value): value is Uint8Array =>
  value instanceof Uint8Array && value.byteLength < value.buffer.byteLength

/** A view of a large buffer would take the whole of it to the thread. */
const ownBytes = (values: ReadonlyArray<Value>): ReadonlyArray<Value> =>
  values.some(isPart) ? values.map((value) => (isPart(value) ? new Uint8Array(value) : value)) : values

const withOwnBytes = (statement: Statement): Statement => ({
  name: statement.name,
  values: ownBytes(statement.values),
  others: statement.others?.map(ownBytes)
})

const bytesIn = (values: ReadonlyArray<Value>): number => {
  let bytes = 0
  for (const value of values) if (value instanceof Uint8Array) bytes += value.length
  return bytes
}

const bytesOf = ({ others = [], values }: Statement): number =>
  others.reduce((sum, each) => sum + bytesIn(each), bytesIn(values))

const countOf = ({ others = [] }: Statement): number => 1 + others.length

const sumOf = <A>(all: ReadonlyArray<A>, of: (one: A) => number): number => all.reduce((sum, one) => sum + of(one), 0)

class Thread {
  readonly #worker: Worker
  /** Whether nobody else waits for the database, so that a transaction may be open for a turn of the event loop. */
  readonly #isAlone: boolean
  /** Those whose answers are to come, in the order in which they asked. */
  readonly #waiting: Array<OnAnswer> = []
  /** What the thread has not got yet. */
  #batch: Array<Waiting> = []
  /** What it has got of the transaction that is not done, and how much that is. */
  #begun: Array<Waiting> = []
  #begunCount = 0
  #begunBytes = 0
  /** Whether the end of a transaction was sent, and its answer is to come. */
  #isWriting = false
  #willFlush = false
  #isLoose = false
  #hasEnded = false

  constructor(worker: Worker, isAlone: boolean) {
    this.#worker = worker
    this.#isAlone = isAlone
    worker.on("message", (answer: FromThread) => this.#waiting.shift()?.(answer))
    worker.on("error", (error) => this.#end({ reason: "Failed", detail: `its thread failed: ${error}` }))
    worker.on("exit", () => this.#end(ended))
  }

  ask(message: ToThread): Effect.Effect<FromThread, Failure> {
    return Effect.callback((resume) => {
      // It would stand between the parts of a transaction.
      if (this.#begun.length > 0 && !this.#isWriting) this.#commit()
      this.#post(message, (answer) =>
        resume(answer._tag === "Failed" ? Effect.fail(answer.failure) : Effect.succeed(answer))
      )
    })
  }

  write(statements: ReadonlyArray<Statement>, room: Room | undefined): Effect.Effect<ReadonlyArray<Returned>, Failure> {
    return Effect.uninterruptible(
      Effect.callback((done) => {
        this.#batch.push({
          statements: statements.map(withOwnBytes),
          room,
          count: sumOf(statements, countOf),
          bytes: sumOf(statements, bytesOf),
          done
        })
        this.#sendAhead()
        this.#flushSoon()
      })
    )
  }

  /** Whoever asks in the same turn of the event loop, or in a step right after it, goes along. */
  #flushSoon(): void {
    if (this.#willFlush) return
    this.#willFlush = true
    queueMicrotask(() =>
      queueMicrotask(() => {
        this.#willFlush = false
        this.#flush()
      })
    )
  }

  /** Lets the thread begin, where there is enough to do. */
  #sendAhead(): void {
    if (!this.#isAlone || this.#isWriting) return
    const batch = this.#batch
    if (sumOf(batch, ({ count }) => count) < aheadBatch && sumOf(batch, ({ bytes }) => bytes) < aheadBytes) return
    const writes = this.#taken()
    if (writes.length > 0) this.#worker.postMessage({ _tag: "Write", writes, goesOn: true } satisfies ToThread)
  }

  /** Those that wait, as many as the transaction may have: they belong to it now. */
  #taken(): ReadonlyArray<Write> {
    let taken = 0
    for (const { bytes, count } of this.#batch) {
      const isFull = this.#begunCount + count > maxBatch || this.#begunBytes + bytes > maxBatchBytes
      if (isFull && this.#begunCount > 0) break
      this.#begunCount += count
      this.#begunBytes += bytes
      taken++
    }
    const all = this.#batch.splice(0, taken)
    this.#begun.push(...all)
    return all.map(({ room, statements }) => ({ room, statements }))
  }

  #flush(): void {
    if (this.#isWriting || this.#batch.length + this.#begun.length === 0) return
    this.#commit()
  }

  #commit(): void {
    const writes = this.#taken()
    const begun = this.#begun
    this.#begun = []
    this.#begunCount = 0
    this.#begunBytes = 0
    this.#isWriting = true
    this.#post({ _tag: "Write", writes, goesOn: false }, (answer) => {
      this.#isWriting = false
      this.#isLoose = answer._tag === "Written" && answer.isLoose
      // What has come meanwhile is on its way while those go on who waited.
      this.#sendAhead()
      for (const [index, { done }] of begun.entries()) done(resultOf(answer, index))
      if (this.#isLoose && this.#batch.length + this.#begun.length === 0) this.#shrink()
      else this.#flushSoon()
    })
  }

  /** Goes on as long as there is something to give back, and nothing to write. */
  #shrink(): void {
    this.#isWriting = true
    this.#post({ _tag: "Shrink" }, (answer) => {
      this.#isWriting = false
      this.#isLoose = answer._tag === "Shrunk" && answer.isLoose
      if (this.#isLoose && this.#batch.length === 0) this.#shrink()
      else this.#flushSoon()
    })
  }

  #post(message: ToThread, onAnswer: OnAnswer): void {
    if (this.#hasEnded) return onAnswer(neverAsked)
    this.#waiting.push(onAnswer)
    this.#worker.postMessage(message)
  }

  #end(failure: Failure): void {
    this.#hasEnded = true
    for (const onAnswer of this.#waiting.splice(0)) onAnswer({ _tag: "Failed", failure })
  }

  /** Waits until it is closed, so that whoever opens it next finds no lock. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => Effect.ignore(this.ask({ _tag: "Close" }))).pipe(
    Effect.andThen(Effect.promise(() => this.#worker.terminate())),
    Effect.asVoid
  )
}

/** What became of one of the writes of a transaction. */
const resultOf = (answer: FromThread, index: number): Effect.Effect<ReadonlyArray<Returned>, Failure> => {
  if (answer._tag === "Failed") return Effect.fail(answer.failure)
  const outcome = answer._tag === "Written" ? answer.outcomes[index] : undefined
  if (outcome === undefined) return Effect.fail(misplaced)
  return outcome._tag === "Done" ? Effect.succeed(outcome.returned) : Effect.fail(outcome.failure)
}

/**
 * Opens or makes the database in a file, until the scope closes, and brings it to the newest version. Fails with
 * `NewerVersion` for one of a newer program, which stays as it is.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <Name extends string>(
  options: Options<Name>
): Effect.Effect<Database<Name>, Failure, Scope.Scope> =>
  Effect.gen(function* () {
    const thread = yield* Effect.acquireRelease(
      Effect.sync(
        () =>
          new Thread(
            new Worker(new URL("./internal/sqliteWorker.ts", import.meta.url), {
              name: options.thread,
              // `node:sqlite` of Node 22 says at each start that it may change.
              execArgv: ["--disable-warning=ExperimentalWarning"]
            }),
            options.lock !== undefined
          )
      ),
      (thread) => thread.close
    )
    const {
      exclusive,
      file,
      lock,
      migrations,
      readOnly = false,
      returnsSpace = false,
      statements,
      synchronous
    } = options
    const opening = { exclusive, file, lock, migrations, readOnly, returnsSpace, statements, synchronous }
    yield* thread.ask({ _tag: "Open", opening })
    const all = (name: Name, ...values: Statement<Name>["values"]) =>
      Effect.flatMap(thread.ask({ _tag: "Ask", statement: { name, values } }), (answer) =>
        answer._tag === "Answered" ? Effect.succeed(answer.rows) : Effect.fail(misplaced)
      )
    return {
      write: (...statements) =>
        Effect.flatMap(thread.write(statements, undefined), (written) => {
          const last = written.at(-1)
          return last === undefined ? Effect.fail(misplaced) : Effect.succeed(last)
        }),
      writeEach: (...statements) => thread.write(statements, undefined),
      writeWithin: (room, ...statements) => thread.write(statements, room),
      all,
      get: (name, ...values) => Effect.map(all(name, ...values), ([row]) => row)
    }
  })

/**
 * A column that holds a whole number; 0 where it is null.
 *
 * @category columns
 * @since 0.1.0
 */
export const integer = (row: Row | undefined, name: string): number => Number(row?.[name] ?? 0)

/**
 * A column that holds a whole number or null.
 *
 * @category columns
 * @since 0.1.0
 */
export const maybeInteger = (row: Row | undefined, name: string): number | undefined =>
  row?.[name] === null || row?.[name] === undefined ? undefined : Number(row[name])

/**
 * A column that holds a text; empty where it is null.
 *
 * @category columns
 * @since 0.1.0
 */
export const text = (row: Row | undefined, name: string): string => maybeText(row, name) ?? ""

/**
 * A column that holds a text or null.
 *
 * @category columns
 * @since 0.1.0
 */
export const maybeText = (row: Row | undefined, name: string): string | undefined => {
  const value = row?.[name]
  return typeof value === "string" ? value : undefined
}

/**
 * A column that holds bytes or null.
 *
 * @category columns
 * @since 0.1.0
 */
export const maybeBytes = (row: Row | undefined, name: string): Uint8Array | undefined => {
  const value = row?.[name]
  return value instanceof Uint8Array ? value : undefined
}
