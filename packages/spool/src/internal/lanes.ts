/**
 * The entries that are in memory to be delivered: those of one path one after the other, those of different paths side
 * by side. All of it is synchronous.
 *
 * @internal
 */
import type { EntryRow } from "./databaseProtocol.ts"

interface Lane {
  /** The first is the one that is, or will be, on its way. */
  readonly rows: Array<EntryRow>
  isBusy: boolean
}

/** @internal */
export class Lanes {
  readonly #lanes = new Map<string, Lane>()
  readonly #ids = new Set<number>()
  /** Paths whose first entry may go, in the order in which they came. */
  readonly #ready = new Set<string>()
  #busy = 0

  /** Entries in memory. */
  get size(): number {
    return this.#ids.size
  }

  /** Entries on their way. */
  get busy(): number {
    return this.#busy
  }

  has(id: number): boolean {
    return this.#ids.has(id)
  }

  /** Entries of one path have to come in their order. */
  add(row: EntryRow): void {
    this.#ids.add(row.id)
    const lane = this.#lanes.get(row.path)
    if (lane !== undefined) {
      lane.rows.push(row)
      return
    }
    this.#lanes.set(row.path, { rows: [row], isBusy: false })
    this.#ready.add(row.path)
  }

  /** The next one to go, which is on its way then. */
  take(): EntryRow | undefined {
    for (const path of this.#ready) {
      this.#ready.delete(path)
      const lane = this.#lanes.get(path)
      const row = lane?.rows[0]
      if (lane === undefined || row === undefined) continue
      lane.isBusy = true
      this.#busy++
      return row
    }
    return undefined
  }

  /** It is over with the first of the path: the next one may go. */
  finish(row: EntryRow): void {
    const lane = this.#release(row)
    lane?.rows.shift()
    this.#ids.delete(row.id)
    if (lane === undefined) return
    if (lane.rows.length === 0) this.#lanes.delete(row.path)
    else this.#ready.add(row.path)
  }

  /** It is to be tried again, as soon as `ready` says so. */
  putBack(row: EntryRow): void {
    const lane = this.#release(row)
    if (lane !== undefined) lane.rows[0] = row
  }

  ready(path: string): void {
    if (this.#lanes.get(path)?.isBusy === false) this.#ready.add(path)
  }

  /** Forgets all entries of a path; they are in the database. */
  drop(path: string): void {
    const lane = this.#lanes.get(path)
    if (lane === undefined) return
    if (lane.isBusy) this.#busy--
    for (const { id } of lane.rows) this.#ids.delete(id)
    this.#lanes.delete(path)
    this.#ready.delete(path)
  }

  /** Forgets one that is not on its way; `false` if it is. */
  remove(row: EntryRow): boolean {
    const lane = this.#lanes.get(row.path)
    const index = lane?.rows.findIndex(({ id }) => id === row.id) ?? -1
    if (lane === undefined || index < 0) return true
    if (index === 0 && lane.isBusy) return false
    lane.rows.splice(index, 1)
    this.#ids.delete(row.id)
    if (lane.rows.length === 0) {
      this.#lanes.delete(row.path)
      this.#ready.delete(row.path)
    }
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
