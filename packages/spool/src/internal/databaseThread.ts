/**
 * The database of a spool, seen from outside its thread. Changes that are asked for at the same time become one
 * transaction, and so one wait for the disk.
 *
 * @internal
 */
import { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type {
  Answer,
  Answers,
  Change,
  Durability,
  FromThread,
  Outcome,
  Question,
  ThreadFailure,
  ToThread
} from "./databaseProtocol.ts"

/** The database. Everything fails once the thread has ended. */
export interface DatabaseThread {
  /** Ends when the change is as durable as was asked for. It is made even if nobody waits for it any more. */
  readonly write: (change: Change) => Effect.Effect<Outcome, ThreadFailure>
  readonly page: (after: number, limit: number, parked?: boolean) => Effect.Effect<Answers["Page"], ThreadFailure>
  readonly entry: (id: number) => Effect.Effect<Answers["Entry"], ThreadFailure>
  readonly content: (id: number) => Effect.Effect<Answers["Content"], ThreadFailure>
  readonly ofPath: (path: string) => Effect.Effect<Answers["OfPath"], ThreadFailure>
  readonly pathsBelow: (
    prefix: string,
    after: string,
    limit: number
  ) => Effect.Effect<Answers["PathsBelow"], ThreadFailure>
  readonly isDiscarded: (id: number) => Effect.Effect<boolean, ThreadFailure>
  readonly hasFile: (file: string) => Effect.Effect<boolean, ThreadFailure>
  readonly totals: Effect.Effect<Answers["Totals"], ThreadFailure>
}

// A transaction of more holds up what is asked meanwhile.
const maxBatch = 1_000

const ended: FromThread = {
  _tag: "Failed",
  failure: { reason: "Failed", detail: "its thread has ended; see what was logged before" }
}

const misplaced: ThreadFailure = { reason: "Failed", detail: "the thread answered something else than it was asked" }

type OnAnswer = (answer: FromThread) => void

class Thread {
  readonly #worker: Worker
  /** Those whose answers are to come, in the order in which they asked. */
  readonly #waiting: Array<OnAnswer> = []
  #batch: Array<{ readonly change: Change; readonly done: (result: Effect.Effect<Outcome, ThreadFailure>) => void }> =
    []
  #isWriting = false
  #hasEnded = false

  constructor(worker: Worker) {
    this.#worker = worker
    worker.on("message", (answer: FromThread) => this.#waiting.shift()?.(answer))
    worker.on("error", (error) =>
      this.#end({ _tag: "Failed", failure: { reason: "Failed", detail: `its thread failed: ${error}` } })
    )
    worker.on("exit", () => this.#end(ended))
  }

  ask(message: ToThread): Effect.Effect<FromThread, ThreadFailure> {
    return Effect.callback((resume) =>
      this.#post(message, (answer) =>
        resume(answer._tag === "Failed" ? Effect.fail(answer.failure) : Effect.succeed(answer))
      )
    )
  }

  write(change: Change): Effect.Effect<Outcome, ThreadFailure> {
    return Effect.uninterruptible(
      Effect.callback((done) => {
        this.#batch.push({ change, done })
        // Whoever asks in the same turn of the event loop goes along.
        if (this.#batch.length === 1) queueMicrotask(() => this.#flush())
      })
    )
  }

  #flush(): void {
    if (this.#isWriting || this.#batch.length === 0) return
    this.#isWriting = true
    const batch = this.#batch.splice(0, maxBatch)
    this.#post({ _tag: "Write", changes: batch.map(({ change }) => change) }, (answer) => {
      this.#isWriting = false
      for (const [index, { done }] of batch.entries()) {
        const outcome = answer._tag === "Written" ? answer.outcomes[index] : undefined
        done(
          outcome === undefined
            ? Effect.fail(answer._tag === "Failed" ? answer.failure : misplaced)
            : Effect.succeed(outcome)
        )
      }
      this.#flush()
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

/** Opens or makes the database in this file, until the scope closes. */
export const make = (file: string, durability: Durability): Effect.Effect<DatabaseThread, ThreadFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const thread = yield* Effect.acquireRelease(
      Effect.sync(
        () =>
          new Thread(
            new Worker(new URL("./databaseWorker.ts", import.meta.url), {
              name: "hcp-spool",
              // `node:sqlite` of Node 22 says at each start that it may change.
              execArgv: ["--disable-warning=ExperimentalWarning"]
            })
          )
      ),
      (thread) => thread.close
    )
    yield* thread.ask({ _tag: "Open", file, durability })
    const ask = (question: Question): Effect.Effect<Answer, ThreadFailure> =>
      Effect.flatMap(thread.ask({ _tag: "Ask", question }), (answer) =>
        answer._tag === "Answered" ? Effect.succeed(answer.answer) : Effect.fail(misplaced)
      )
    const wrong = Effect.fail(misplaced)
    const is = Effect.succeed
    return {
      write: (change) => thread.write(change),
      page: (after, limit, parked = false) =>
        Effect.flatMap(ask({ _tag: "Page", after, limit, parked }), (a) => (a._tag === "Page" ? is(a.value) : wrong)),
      entry: (id) => Effect.flatMap(ask({ _tag: "Entry", id }), (a) => (a._tag === "Entry" ? is(a.value) : wrong)),
      content: (id) =>
        Effect.flatMap(ask({ _tag: "Content", id }), (a) => (a._tag === "Content" ? is(a.value) : wrong)),
      ofPath: (path) =>
        Effect.flatMap(ask({ _tag: "OfPath", path }), (a) => (a._tag === "OfPath" ? is(a.value) : wrong)),
      pathsBelow: (prefix, after, limit) =>
        Effect.flatMap(ask({ _tag: "PathsBelow", prefix, after, limit }), (a) =>
          a._tag === "PathsBelow" ? is(a.value) : wrong
        ),
      isDiscarded: (id) =>
        Effect.flatMap(ask({ _tag: "IsDiscarded", id }), (a) => (a._tag === "IsDiscarded" ? is(a.value) : wrong)),
      hasFile: (file) =>
        Effect.flatMap(ask({ _tag: "HasFile", file }), (a) => (a._tag === "HasFile" ? is(a.value) : wrong)),
      totals: Effect.flatMap(ask({ _tag: "Totals" }), (a) => (a._tag === "Totals" ? is(a.value) : wrong))
    }
  })
