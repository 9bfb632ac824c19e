/**
 * Small files of a download, each put into its place by a thread of its own.
 *
 * Six questions to the operating system for each of them, through Node's threads, cost the program more than all the
 * rest of a small download: each wakes a thread, which wakes the program. Here all files that have come meanwhile go to
 * one thread together, which asks for them at once. What does not succeed there is done again the ordinary way, which
 * knows all reasons: the thread says yes or no, and leaves nothing behind after a no.
 *
 * @internal
 */
import { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"

/** A file that is to be where nothing is. */
export interface SmallFile {
  /** Its folder, which is no link. */
  readonly folder: string
  /** What it is called while it is made. */
  readonly temporary: string
  readonly file: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** In seconds, if it is to have another time than that of its writing. */
  readonly mtime: number | undefined
}

interface Waiting {
  readonly file: SmallFile
  readonly done: (isPlaced: boolean) => void
}

const isAnswer = (message: unknown): message is ReadonlyArray<boolean> => Array.isArray(message)

/** After so many refusals in a row the thread is not asked again: there are file systems without hard links. */
const mostRefusals = 16

/** The thread, and those who wait for it. */
export class SmallFiles {
  readonly #worker: Worker
  #waiting: Array<Waiting> = []
  #sent: ReadonlyArray<Waiting> = []
  #isReady = false
  #isGone = false
  #refusals = 0
  /** Called when no file is under way any more, once the thread is to end. */
  #onIdle: (() => void) | undefined

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.once("online", () => {
      this.#isReady = true
    })
    worker.on("message", (answer: unknown) => this.#answered(isAnswer(answer) ? answer : []))
    worker.once("error", () => this.#gone())
    worker.once("exit", () => this.#gone())
    // Only files that are under way keep the process alive.
    worker.unref()
  }

  /** Starts the thread, which ends with the scope; `undefined` where there can be none. */
  static readonly make: Effect.Effect<SmallFiles | undefined, never, Scope.Scope> = Effect.acquireRelease(
    Effect.try(
      () =>
        new SmallFiles(
          new Worker(new URL("./smallFilesThread.ts", import.meta.url), {
            name: "hcp small files",
            // Nothing that was loaded before the program is loaded again.
            execArgv: ["--disable-warning=ExperimentalWarning"]
          })
        )
    ).pipe(Effect.orElseSucceed(() => undefined)),
    (files) => (files === undefined ? Effect.void : files.#end)
  )

  /** Whether a file is in its place now. Cannot be interrupted: nobody would know whether it is. */
  place(file: SmallFile): Effect.Effect<boolean> {
    return Effect.suspend(() =>
      !this.#isReady || this.#isGone || this.#refusals >= mostRefusals
        ? Effect.succeed(false)
        : Effect.uninterruptible(
            Effect.callback<boolean>((resume) => {
              this.#waiting.push({ file, done: (isPlaced) => resume(Effect.succeed(isPlaced)) })
              this.#send()
            })
          )
    )
  }

  /** What is under way comes into its place first: whoever asked for it may be gone, and half of it would be left. */
  readonly #end = Effect.suspend(() => {
    this.#isGone = true
    const idle = Effect.callback<void>((resume) => {
      this.#onIdle = () => resume(Effect.void)
      if (this.#sent.length === 0) this.#onIdle()
    })
    return Effect.andThen(
      idle,
      Effect.promise(() => this.#worker.terminate())
    )
  })

  #send(): void {
    if (this.#sent.length > 0 || this.#waiting.length === 0) return
    this.#sent = this.#waiting
    this.#waiting = []
    this.#worker.ref()
    const files = this.#sent.map(({ file }) => file)
    this.#worker.postMessage(
      files,
      files.map(({ bytes }) => bytes.buffer)
    )
  }

  #answered(answer: ReadonlyArray<boolean>): void {
    const sent = this.#sent
    this.#sent = []
    this.#worker.unref()
    this.#send()
    for (const [at, { done }] of sent.entries()) {
      const isPlaced = answer[at] === true
      this.#refusals = isPlaced ? 0 : this.#refusals + 1
      done(isPlaced)
    }
    if (this.#sent.length === 0) this.#onIdle?.()
  }

  #gone(): void {
    this.#isGone = true
    const left = [...this.#sent, ...this.#waiting]
    this.#sent = []
    this.#waiting = []
    for (const { done } of left) done(false)
    this.#onIdle?.()
  }
}

/** With fewer files a thread costs more than it spares. */
const fewest = 32

/** Starts the thread once there have been some files. */
export class SmallFilesLater {
  readonly #scope: Scope.Scope
  #files: SmallFiles | undefined
  #count = 0

  constructor(scope: Scope.Scope) {
    this.#scope = scope
  }

  place(file: SmallFile): Effect.Effect<boolean> {
    return Effect.suspend(() => {
      this.#count++
      if (this.#files !== undefined) return this.#files.place(file)
      if (this.#count !== fewest) return Effect.succeed(false)
      return Effect.map(Scope.provide(SmallFiles.make, this.#scope), (files) => {
        this.#files = files
        return false
      })
    })
  }
}
