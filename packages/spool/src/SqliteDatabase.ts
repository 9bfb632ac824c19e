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
import type { FromThread, ToThread } from "./internal/sqlite.ts"
import type { Failure, Returned, Row, Schema, Statement, Synchronous, Written } from "./SqliteSchema.ts"

export type { Failure, Returned, Row, Schema, Statement, Synchronous, Value, Written } from "./SqliteSchema.ts"

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
  readonly all: (name: Name, ...values: Statement<Name>["values"]) => Effect.Effect<ReadonlyArray<Row>, Failure>
  readonly get: (name: Name, ...values: Statement<Name>["values"]) => Effect.Effect<Row | undefined, Failure>
}

// A transaction of more holds up what is asked meanwhile, and the event loop that hands it over.
const maxBatch = 1_000
const maxBatchBytes = 2 * 1024 * 1024

const ended: FromThread = {
  _tag: "Failed",
  failure: { reason: "Failed", detail: "its thread has ended; see what was logged before" }
}

const misplaced: Failure = { reason: "Failed", detail: "the thread answered something else than it was asked" }

type OnAnswer = (answer: FromThread) => void

interface Waiting {
  readonly statements: ReadonlyArray<Statement>
  readonly done: (result: Effect.Effect<ReadonlyArray<Returned>, Failure>) => void
}

const isPart = (value: Statement["values"][number]): value is Uint8Array =>
  value instanceof Uint8Array && value.byteLength < value.buffer.byteLength

/** A view of a large buffer would take the whole of it to the thread. */
const withOwnBytes = (statement: Statement): Statement =>
  statement.values.some(isPart)
    ? { ...statement, values: statement.values.map((value) => (isPart(value) ? new Uint8Array(value) : value)) }
    : statement

const bytesOf = (statements: ReadonlyArray<Statement>): number =>
  statements.reduce(
    (sum, { values }) =>
      values.reduce<number>((all, value) => all + (value instanceof Uint8Array ? value.length : 0), sum),
    0
  )

/** How many of those that wait become one transaction. */
const lengthOf = (batch: ReadonlyArray<Waiting>): number => {
  let bytes = 0
  let count = 0
  const end = batch.findIndex(({ statements }, index) => {
    bytes += bytesOf(statements)
    count += statements.length
    return index > 0 && (count > maxBatch || bytes > maxBatchBytes)
  })
  return end < 0 ? batch.length : end
}

class Thread {
  readonly #worker: Worker
  /** Those whose answers are to come, in the order in which they asked. */
  readonly #waiting: Array<OnAnswer> = []
  #batch: Array<Waiting> = []
  #isWriting = false
  #isLoose = false
  #hasEnded = false

  constructor(worker: Worker) {
    this.#worker = worker
    worker.on("message", (answer: FromThread) => this.#waiting.shift()?.(answer))
    worker.on("error", (error) =>
      this.#end({ _tag: "Failed", failure: { reason: "Failed", detail: `its thread failed: ${error}` } })
    )
    worker.on("exit", () => this.#end(ended))
  }

  ask(message: ToThread): Effect.Effect<FromThread, Failure> {
    return Effect.callback((resume) =>
      this.#post(message, (answer) =>
        resume(answer._tag === "Failed" ? Effect.fail(answer.failure) : Effect.succeed(answer))
      )
    )
  }

  write(statements: ReadonlyArray<Statement>): Effect.Effect<ReadonlyArray<Returned>, Failure> {
    return Effect.uninterruptible(
      Effect.callback((done) => {
        this.#batch.push({ statements: statements.map(withOwnBytes), done })
        // Whoever asks in the same turn of the event loop goes along.
        if (this.#batch.length === 1) queueMicrotask(() => this.#flush())
      })
    )
  }

  #flush(): void {
    if (this.#isWriting || this.#batch.length === 0) return
    this.#isWriting = true
    const batch = this.#batch.splice(0, lengthOf(this.#batch))
    this.#post({ _tag: "Write", writes: batch.map(({ statements }) => statements) }, (answer) => {
      this.#isWriting = false
      this.#isLoose = answer._tag === "Written" && answer.isLoose
      for (const [index, { done }] of batch.entries()) {
        const written = answer._tag === "Written" ? answer.written[index] : undefined
        done(
          written === undefined
            ? Effect.fail(answer._tag === "Failed" ? answer.failure : misplaced)
            : Effect.succeed(written)
        )
      }
      this.#flush()
      this.#shrink()
    })
  }

  /** Goes on as long as there is something to give back, and nothing to write. */
  #shrink(): void {
    if (!this.#isLoose || this.#isWriting) return
    this.#isWriting = true
    this.#post({ _tag: "Shrink" }, (answer) => {
      this.#isWriting = false
      this.#isLoose = answer._tag === "Shrunk" && answer.isLoose
      this.#flush()
      this.#shrink()
    })
  }

  #post(message: ToThread, onAnswer: OnAnswer): void {
    if (this.#hasEnded) return onAnswer(ended)
    this.#waiting.push(onAnswer)
    this.#worker.postMessage(message)
  }

  #end(answer: FromThread): void {
    this.#hasEnded = true
    for (const onAnswer of this.#waiting.splice(0)) onAnswer(answer)
  }

  /** Waits until it is closed, so that whoever opens it next finds no lock. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => Effect.ignore(this.ask({ _tag: "Close" }))).pipe(
    Effect.andThen(Effect.promise(() => this.#worker.terminate())),
    Effect.asVoid
  )
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
            })
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
        Effect.flatMap(thread.write(statements), (written) => {
          const last = written.at(-1)
          return last === undefined ? Effect.fail(misplaced) : Effect.succeed(last)
        }),
      writeEach: (...statements) => thread.write(statements),
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
