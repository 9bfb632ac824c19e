/**
 * Notices that a sequence has begun to repeat itself, however long its period, with the memory of two elements: for
 * lists of pages that a server would else give for ever.
 *
 * @since 0.1.0
 */

/**
 * Brent's way: one element is kept, and replaced by a newer one after twice as many steps each time. The last one is
 * kept besides, so that what comes twice in a row is noticed at once.
 *
 * @category models
 * @since 0.1.0
 */
export class LoopGuard {
  #kept: string | undefined
  #last: string | undefined
  #steps = 0
  #limit = 1

  /**
   * Whether this element was seen before, as far as that is known yet. A repeated one is noticed at last within two
   * periods.
   */
  isRepeated(element: string): boolean {
    if (element === this.#kept || element === this.#last) return true
    this.#last = element
    if (++this.#steps === this.#limit) {
      this.#kept = element
      this.#steps = 0
      this.#limit *= 2
    }
    return false
  }
}
