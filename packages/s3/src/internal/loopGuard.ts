/**
 * Notices that a sequence has begun to repeat itself, however long its period, with the memory of one element.
 *
 * @internal
 */

/** Brent's way: one element is kept, and replaced by a newer one after twice as many steps each time. */
export class LoopGuard {
  #kept: string | undefined
  #steps = 0
  #limit = 1

  /** Whether this element was seen before, as far as that is known yet. A repeated one is noticed at last within two periods. */
  isRepeated(element: string): boolean {
    if (element === this.#kept) return true
    if (++this.#steps === this.#limit) {
      this.#kept = element
      this.#steps = 0
      this.#limit *= 2
    }
    return false
  }
}
