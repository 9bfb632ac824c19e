/**
 * A file that is open for reading.
 *
 * Node's own file handles ask a thread of its pool for each step, and each of those costs several times what the step
 * itself takes. Here that is done only for what may have to wait for a disk or a network: opening and reading. What is
 * known of a file that was opened a moment ago is in memory, and closing a file that was only read has nothing to do.
 *
 * @internal
 */
import * as fs from "node:fs"
import * as Effect from "effect/Effect"

export class OpenedFile {
  readonly #fd: number
  #reading = 0
  #isClosed = false
  /** Called when the last read under way is done, once the file is to be closed. */
  #onIdle: (() => void) | undefined

  private constructor(fd: number) {
    this.#fd = fd
  }

  /** Opens a file. Rejects with what the system says. */
  static open(path: string, flags: number): Promise<OpenedFile> {
    return new Promise((resolve, reject) => {
      fs.open(path, flags, (error, fd) => (error === null ? resolve(new OpenedFile(fd)) : reject(error)))
    })
  }

  /**
   * Reads at most so many bytes from a position of the file to a place in memory; none at the end of the file. Rejects
   * once the file is closed: whoever reads ahead in several steps does not know, and would read another file.
   */
  read(into: Uint8Array, at: number, length: number, position: number): Promise<{ readonly bytesRead: number }> {
    if (this.#isClosed) return Promise.reject(new Error("the file is closed"))
    return new Promise((resolve, reject) => {
      this.#reading++
      fs.read(this.#fd, into, at, length, position, (error, bytesRead) => {
        this.#reading--
        if (this.#reading === 0) this.#onIdle?.()
        if (error === null) resolve({ bytesRead })
        else reject(error)
      })
    })
  }

  /** What the system knows of the file now. */
  stat(): Promise<fs.BigIntStats> {
    return new Promise((resolve, reject) => {
      fs.fstat(this.#fd, { bigint: true }, (error, stats) => (error === null ? resolve(stats) : reject(error)))
    })
  }

  /** The same at once, for a file that was opened or read a moment ago. Throws what the system says. */
  statNow(): fs.BigIntStats {
    return fs.fstatSync(this.#fd, { bigint: true })
  }

  /**
   * Closes the file, once, after a read under way: that must never hit a file that got the same number later. Nothing
   * depends on how it goes.
   */
  readonly close: Effect.Effect<void> = Effect.suspend(() =>
    this.#reading === 0
      ? this.#closed
      : Effect.callback<void>((resume) => {
          this.#onIdle = () => resume(this.#closed)
        })
  )

  readonly #closed = Effect.ignore(
    Effect.try({
      try: () => {
        if (this.#isClosed) return
        this.#isClosed = true
        fs.closeSync(this.#fd)
      },
      catch: (error) => error
    })
  )
}
