/**
 * The entries that are in memory to be delivered: those of one path one after the other, those of different paths side
 * by side. Of each path only the first few are here, so that a long one leaves room for others. All of it is
 * synchronous.
 *
 * @internal
 */
import type { EntryRow } from "./databaseProtocol.ts"

/** Entries of one path in memory. */
export const maxPerPath = 16

interface Lane {
  /** The first is the one that is, or will be, on its way. */
  readonly rows: Array<EntryRow>
  isBusy: boolean
  /** Whether there are more of it in the database, behind those that are here. */
  isCut: boolean
  /** Whether the next ones are being read. */
  isRefilling: boolean
  /** Whether one of those that are being read was discarded meanwhile. */
  isStale: boolean
}

/** @internal */
export class Lanes {
  readonly #lanes = new Map<string, Lane>()
  readonly #ids = new Set<number>()
  /** Paths whose first entry may go, in the order in which they came. */
  readonly #readyPaths = new Set<string>()
  #busy = 0

  /** Entries in memory. */
  get size(): number {
    return this.#ids.size
  }

  /** Paths whose first entry may go. */
  get ready(): number {
    return this.#readyPaths.size
  }

  /** Entries on their way. */
  get busy(): number {
    return this.#busy
  }

  /** Whether nothing is here, nor being read for a path. */
  get isEmpty(): boolean {
    return this.#lanes.size === 0
  }

  has(id: number): boolean {
    return this.#ids.has(id)
  }

  /** Entries of one path have to come in their order. */
  add(row: EntryRow): void {
    const lane = this.#lanes.get(row.path)
    if (lane === undefined) {
      this.#ids.add(row.id)
      this.#lanes.set(row.path, { rows: [row], isBusy: false, isCut: false, isRefilling: false, isStale: false })
      this.#readyPaths.add(row.path)
    } else if (lane.isCut || lane.isRefilling || lane.rows.length >= maxPerPath) {
      lane.isCut = true
    } else {
      this.#ids.add(row.id)
      lane.rows.push(row)
    }
  }

  /** The next one to go. */
  get next(): EntryRow | undefined {
    for (const path of this.#readyPaths) return this.#lanes.get(path)?.rows[0]
    return undefined
  }

  /** The next ones to go, at most so many: one of each path. */
  *upcoming(most: number): Iterable<EntryRow> {
    let count = 0
    for (const path of this.#readyPaths) {
      if (count >= most) return
      const row = this.#lanes.get(path)?.rows[0]
      if (row === undefined) continue
      count++
      yield row
    }
  }

  /** The next one to go, which is on its way then. */
  take(): EntryRow | undefined {
    for (const path of this.#readyPaths) {
      this.#readyPaths.delete(path)
      const lane = this.#lanes.get(path)
      const row = lane?.rows[0]
      if (lane === undefined || row === undefined) continue
      lane.isBusy = true
      this.#busy++
      return row
    }
    return undefined
  }

  /** It is over with the first of the path: the next one may go. Whether the next ones have to be read first. */
  finish(row: EntryRow): boolean {
    const lane = this.#release(row)
    lane?.rows.shift()
    this.#ids.delete(row.id)
    return lane !== undefined && this.#goOn(row.path, lane)
  }

  /** Those that were read for a path, in their order. Whether they have to be read again. */
  refill(path: string, rows: ReadonlyArray<EntryRow>, isAll: boolean): boolean {
    const lane = this.#lanes.get(path)
    if (lane?.isRefilling !== true) return false
    lane.isRefilling = false
    if (lane.isStale) lane.isCut = true
    else {
      for (const row of rows) {
        this.#ids.add(row.id)
        lane.rows.push(row)
      }
      if (!isAll) lane.isCut = true
    }
    return this.#goOn(path, lane)
  }

  /** It is to be tried again, as soon as `makeReady` says so. */
  putBack(row: EntryRow): void {
    const lane = this.#release(row)
    if (lane !== undefined) lane.rows[0] = row
  }

  makeReady(path: string): void {
    if (this.#lanes.get(path)?.isBusy === false) this.#readyPaths.add(path)
  }

  /** Forgets all entries of a path; they are in the database. */
  drop(path: string): void {
    const lane = this.#lanes.get(path)
    if (lane === undefined) return
    if (lane.isBusy) this.#busy--
    for (const { id } of lane.rows) this.#ids.delete(id)
    this.#lanes.delete(path)
    this.#readyPaths.delete(path)
  }

  /** Forgets one that is not on its way; `false` if it is. */
  remove(row: EntryRow): boolean {
    const lane = this.#lanes.get(row.path)
    if (lane === undefined) return true
    const index = lane.rows.findIndex(({ id }) => id === row.id)
    if (index === 0 && lane.isBusy) return false
    if (lane.isRefilling) lane.isStale = true
    if (index < 0) return true
    lane.rows.splice(index, 1)
    this.#ids.delete(row.id)
    // What is behind one that waits for another try waits no more; a path that is left empty is read anew.
    if (lane.rows.length === 0) this.drop(row.path)
    else if (index === 0) this.#readyPaths.add(row.path)
    return true
  }

  /** Whether more of the path has to be read before it goes on. */
  #goOn(path: string, lane: Lane): boolean {
    if (lane.rows.length > 0) {
      this.#readyPaths.add(path)
      return false
    }
    if (!lane.isCut) {
      this.#lanes.delete(path)
      return false
    }
    lane.isCut = false
    lane.isStale = false
    lane.isRefilling = true
    return true
  }

  #release({ path }: EntryRow): Lane | undefined {
    const lane = this.#lanes.get(path)
    if (lane?.isBusy !== true) return undefined
    lane.isBusy = false
    this.#busy--
    return lane
  }
}
