/**
 * A bounded memory of what happened lately. Each entry lives equally long, so they end in the order in which they came.
 *
 * @internal
 */

interface Entry<V> {
  readonly key: string
  readonly value: V
  readonly until: number
}

/** Values by keys, each for a while. Times are milliseconds of a clock that never goes back. */
export class Recent<V> {
  readonly #entries = new Map<string, Entry<V>>()
  readonly #millis: number
  readonly #max: number
  // A Map knows its order too, but walks over every entry deleted before its first one each time it is asked for that.
  #order: Array<Entry<V>> = []
  #oldest = 0

  constructor(millis: number, max: number) {
    this.#millis = millis
    this.#max = max
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value
  }

  has(key: string): boolean {
    return this.#entries.has(key)
  }

  /** An entry whose time begins now. The oldest one is forgotten where there are too many. */
  set(key: string, value: V, now: number): void {
    const entry = { key, value, until: now + this.#millis }
    this.#entries.set(key, entry)
    this.#order.push(entry)
    if (this.#entries.size > this.#max) this.#forgetWhile((_, count) => count > this.#max)
    this.#tidy()
  }

  delete(key: string): void {
    this.#entries.delete(key)
    this.#tidy()
  }

  /** Forgets what is over. */
  prune(now: number): void {
    if (this.#entries.size === 0) return
    this.#forgetWhile(({ until }) => until <= now)
    this.#tidy()
  }

  #forgetWhile(isOver: (oldest: Entry<V>, count: number) => boolean): void {
    for (let entry = this.#order[this.#oldest]; entry !== undefined; entry = this.#order[this.#oldest]) {
      // One that was renewed or deleted since is no longer the one of its key.
      if (this.#entries.get(entry.key) === entry) {
        if (!isOver(entry, this.#entries.size)) return
        this.#entries.delete(entry.key)
      }
      this.#oldest++
    }
  }

  /** Lets go of the entries that are no longer known, once they are most of all. */
  #tidy(): void {
    if (this.#order.length <= 2 * this.#entries.size + 64) return
    this.#order = this.#order.filter((entry) => this.#entries.get(entry.key) === entry)
    this.#oldest = 0
  }
}
