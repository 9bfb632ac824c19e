/**
 * The entries of a folder, as far as they were asked for.
 *
 * @internal
 */
import type { Server } from "./server.ts"
import type { Entry, Place } from "./types.ts"
import { pageRows } from "./virtualList.ts"

/** How soon the server is asked whether a listing has grown, in milliseconds. */
const growth = 300

export class Folder {
  total = 0
  complete = false
  readonly #pages = new Map<number, ReadonlyArray<Entry>>()
  readonly #asked = new Set<number>()
  readonly #server: Server
  readonly #place: Place
  readonly #changed: (problem?: Error) => void
  #listing: string | undefined
  #closed = false
  #next: ReturnType<typeof setTimeout> | undefined

  constructor(server: Server, place: Place, changed: (problem?: Error) => void) {
    this.#server = server
    this.#place = place
    this.#changed = changed
    this.want(0)
  }

  entry(index: number): Entry | undefined {
    return this.#pages.get(Math.floor(index / pageRows))?.[index % pageRows]
  }

  want(page: number): void {
    if (this.#closed || this.#asked.has(page) || (page > 0 && this.#listing === undefined)) return
    this.#asked.add(page)
    this.#server
      .get("/api/objects/list", { ...this.#place, listing: this.#listing, offset: page * pageRows, count: pageRows })
      .then(({ complete, entries, listing, total }) => {
        if (this.#closed) return
        this.#listing = listing
        this.total = total
        this.complete = complete
        this.#pages.set(page, entries)
        // A page that was not full is asked for again when the listing has grown.
        if (!complete && entries.length < pageRows) this.#asked.delete(page)
        // One look at a time, however many pages came meanwhile.
        clearTimeout(this.#next)
        if (!complete) this.#next = setTimeout(() => this.#grow(), growth)
        this.#changed()
      })
      .catch((error) => {
        if (!this.#closed) this.#changed(error instanceof Error ? error : new Error(String(error)))
      })
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#next)
  }

  #grow(): void {
    if (this.#closed || this.complete) return
    const last = Math.floor(this.total / pageRows)
    this.#asked.delete(last)
    this.want(last)
  }
}
