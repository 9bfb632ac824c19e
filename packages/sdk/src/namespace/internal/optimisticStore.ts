/**
 * Whether a small file is sent before anybody has looked at what is there.
 *
 * Where nothing is there, that is one request in place of two. Where something is, the bytes were sent for nothing: so
 * it is done with small files only, and only while it is rarely refused.
 *
 * @internal
 */

/** In bytes. A look costs about as much as so many bytes more in a request. */
const largest = 64 * 1024

const remembered = 32
const rare = 4

/** What came of the last files of one upload. */
export class OptimisticStore {
  /** Whether something was there, of the last small files, in any order. */
  readonly #taken: Array<boolean> = []
  #next = 0
  #count = 0

  /** Whether a file of so many bytes is sent first. */
  isDue(bytes: number): boolean {
    return bytes <= largest && this.#count <= rare
  }

  /** Something was there where a small file was to go, or nothing was. */
  note(isTaken: boolean): void {
    if (this.#taken[this.#next] === true) this.#count--
    if (isTaken) this.#count++
    this.#taken[this.#next] = isTaken
    this.#next = (this.#next + 1) % remembered
  }
}
