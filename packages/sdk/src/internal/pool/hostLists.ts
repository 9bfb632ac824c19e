/**
 * The lists from which a pool chooses its hosts, in the order in which their numbers changed.
 *
 * @internal
 */

/** A host's place in a list of hosts. */
export class Place<H> {
  readonly host: H
  list: HostList<H> | undefined = undefined
  before: Place<H> | undefined = undefined
  after: Place<H> | undefined = undefined

  constructor(host: H) {
    this.host = host
  }

  /** Moves to the end of another list, or to none; stays where it is in the same one. */
  moveTo(list: HostList<H> | undefined): void {
    if (this.list === list) return
    this.list?.remove(this)
    list?.append(this)
  }
}

/** Hosts in the order in which they came; joining and leaving take the same time anywhere. */
export class HostList<H> {
  first: Place<H> | undefined = undefined
  #last: Place<H> | undefined = undefined

  append(place: Place<H>): void {
    place.list = this
    place.before = this.#last
    place.after = undefined
    if (this.#last === undefined) this.first = place
    else this.#last.after = place
    this.#last = place
  }

  remove(place: Place<H>): void {
    if (place.before === undefined) this.first = place.after
    else place.before.after = place.after
    if (place.after === undefined) this.#last = place.before
    else place.after.before = place.before
    place.list = undefined
    place.before = undefined
    place.after = undefined
  }
}

/** A list of hosts for each number of connections in use. */
export class Levels<H> {
  readonly #lists: Array<HostList<H>> = []
  /** Below this level every list is empty. */
  #lowest = 0

  /** The list of a level, for a place that joins it. */
  at(level: number): HostList<H> {
    if (level < this.#lowest) this.#lowest = level
    let list = this.#lists[level]
    if (list === undefined) {
      list = new HostList<H>()
      this.#lists[level] = list
    }
    return list
  }

  /** The host with the least connections in use; of several the one whose number changed longest ago. */
  least(): H | undefined {
    for (; this.#lowest < this.#lists.length; this.#lowest++) {
      const first = this.#lists[this.#lowest]?.first
      if (first !== undefined) return first.host
    }
    return undefined
  }
}
