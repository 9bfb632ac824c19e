/**
 * Reads a part of a file one chunk ahead of whoever sends it, into memory that is used again once it is sent.
 *
 * @internal
 */

/** What is read. */
interface FilePart {
  readonly handle: {
    /** Reads at most so many bytes from a position of the file to a place in memory; none at the end of the file. */
    readonly read: (
      into: Uint8Array,
      at: number,
      length: number,
      position: number
    ) => Promise<{ readonly bytesRead: number }>
  }
  /** The first byte. */
  readonly offset: number
  /** How many bytes; infinite for all until the file ends. */
  readonly length: number
}

/** Half of it is a third slower, twice as much a little faster; but every upload of a large file holds three chunks. */
export const chunkBytes = 256 * 1024

/**
 * Some bytes of a file. They stay as they are until somebody says that they are done with; who wants to keep them does
 * not say so.
 *
 * Fresh memory for each chunk costs more than the reading: the system has to clear it, no cache holds it, and it has to
 * be collected.
 *
 * @internal
 */
class FileChunk extends Uint8Array<ArrayBuffer> {
  // What is cut from a chunk is not the chunk.
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array
  }

  #free: Array<ArrayBuffer> | undefined

  /** The first bytes of some memory, and where that goes when they are done with. */
  constructor(memory: ArrayBuffer, length: number, free: Array<ArrayBuffer>) {
    super(memory, 0, length)
    this.#free = free
  }

  /** Nobody looks at the bytes any more. */
  done(): void {
    this.#free?.push(this.buffer)
    this.#free = undefined
  }
}

/** Says of bytes from anywhere that nobody looks at them any more. */
export const doneWith = (bytes: Uint8Array): void => {
  if (bytes instanceof FileChunk) bytes.done()
}

/** One reading of a part of a file, from its beginning. @internal */
export class FileReader {
  readonly #part: FilePart
  readonly #free: Array<ArrayBuffer> = []
  #position = 0
  #isAtEnd = false
  #next: Promise<FileChunk> | undefined

  constructor(part: FilePart) {
    this.#part = part
  }

  /** Whether all bytes were taken, or the file has ended. */
  get isAtEnd(): boolean {
    return this.#isAtEnd
  }

  /** The bytes that were taken. */
  get position(): number {
    return this.#position
  }

  /**
   * The next chunk, and the same until it is taken; shorter than it should be where the file ends. Rejects with what
   * the system says.
   */
  next(): Promise<FileChunk> {
    this.#next ??= this.#read()
    return this.#next
  }

  /** Takes the chunk that came next, and begins to read the one after it. */
  take(chunk: FileChunk): void {
    this.#position += chunk.length
    this.#next = undefined
    this.#isAtEnd = this.#position === this.#part.length || chunk.length < chunkBytes
    if (this.#isAtEnd) return
    this.#next = this.#read()
    // Whoever asks for it next is told; nobody may.
    this.#next.catch(() => {})
  }

  async #read(): Promise<FileChunk> {
    const { handle, length, offset } = this.#part
    const wanted = Math.min(chunkBytes, length - this.#position)
    const memory = this.#free.pop() ?? Buffer.allocUnsafeSlow(wanted).buffer
    const bytes = new Uint8Array(memory)
    const from = offset + this.#position
    let filled = 0
    while (filled < wanted) {
      const { bytesRead } = await handle.read(bytes, filled, wanted - filled, from + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return new FileChunk(memory, filled, this.#free)
  }
}
