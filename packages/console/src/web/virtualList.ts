/**
 * A list of any length of which only the rows in sight are there. The rows are asked for in pages, when they come into
 * sight.
 *
 * @internal
 */
import { h } from "./dom.ts"

/** The height of a row, in pixels, as the style sheet has it. */
export const rowHeight = 38

/** Rows of a page. */
export const pageRows = 200

/** Rows beyond those in sight. */
const margin = 10

/** A browser draws nothing below some 33 million pixels. */
const maxHeight = 30_000_000

/** The rows to draw, for a place of the scroll bar. */
export const windowOf = (
  scrollTop: number,
  height: number,
  total: number
): { readonly first: number; readonly last: number; readonly top: number } => {
  const full = total * rowHeight
  const drawn = Math.min(full, maxHeight)
  const scale = drawn <= height || full === drawn ? 1 : (full - height) / (drawn - height)
  const at = scrollTop * scale
  const first = Math.max(0, Math.floor(at / rowHeight) - margin)
  const last = Math.min(total, Math.ceil((at + height) / rowHeight) + margin)
  return { first, last, top: first * rowHeight - at + scrollTop }
}

export interface Source<A> {
  readonly total: number
  readonly row: (index: number) => A | undefined
  /** Asks for the rows of a page; call `update` when they are there. */
  readonly want: (page: number) => void
  /** The element of a row; of one that is not there yet without it. */
  readonly draw: (row: A | undefined, index: number) => HTMLElement
}

export class VirtualList<A> {
  readonly #rows = h("div", { class: "rows", role: "presentation" })
  readonly #space = h("div", { class: "space", role: "presentation" }, this.#rows)
  readonly element = h("div", { class: "list", role: "listbox", tabindex: 0, "aria-label": "Entries" }, this.#space)
  readonly #source: Source<A>
  #focused = -1
  #planned = false

  constructor(source: Source<A>, open: (index: number) => void) {
    this.#source = source
    this.element.addEventListener("scroll", () => this.#plan())
    new ResizeObserver(() => this.#plan()).observe(this.element)
    this.element.addEventListener("keydown", (event) => {
      const steps: Readonly<Record<string, number>> = {
        ArrowDown: 1,
        ArrowUp: -1,
        PageDown: 10,
        PageUp: -10,
        Home: Number.NEGATIVE_INFINITY,
        End: Number.POSITIVE_INFINITY
      }
      const step = steps[event.key]
      if (step !== undefined) {
        event.preventDefault()
        this.#move(Math.min(Math.max(this.#focused + step, 0), source.total - 1))
      } else if ((event.key === "Enter" || event.key === " ") && this.#focused >= 0) {
        event.preventDefault()
        open(this.#focused)
      }
    })
    this.element.addEventListener("click", ({ target }) => {
      const row = target instanceof Element ? target.closest("[data-index]") : null
      if (!(row instanceof HTMLElement)) return
      this.#focused = Number(row.dataset.index)
      this.#draw()
      open(this.#focused)
    })
  }

  /** Draws anew what is in sight. */
  update(): void {
    this.#space.style.height = `${Math.min(this.#source.total * rowHeight, maxHeight)}px`
    this.#draw()
  }

  #move(index: number): void {
    this.#focused = index
    const { clientHeight, scrollTop } = this.element
    if (this.#source.total * rowHeight <= maxHeight) {
      const top = index * rowHeight
      if (top < scrollTop) this.element.scrollTop = top
      else if (top + rowHeight > scrollTop + clientHeight) this.element.scrollTop = top + rowHeight - clientHeight
    }
    this.#draw()
  }

  #plan(): void {
    if (this.#planned) return
    this.#planned = true
    requestAnimationFrame(() => {
      this.#planned = false
      this.#draw()
    })
  }

  #draw(): void {
    const { clientHeight, scrollTop } = this.element
    const { first, last, top } = windowOf(scrollTop, clientHeight, this.#source.total)
    const rows: Array<HTMLElement> = []
    for (let index = first; index < last; index++) {
      const row = this.#source.row(index)
      if (row === undefined) this.#source.want(Math.floor(index / pageRows))
      const element = this.#source.draw(row, index)
      element.dataset.index = String(index)
      element.id = `entry-${index}`
      element.setAttribute("role", "option")
      element.setAttribute("aria-selected", String(index === this.#focused))
      element.setAttribute("aria-setsize", String(this.#source.total))
      element.setAttribute("aria-posinset", String(index + 1))
      rows.push(element)
    }
    this.#rows.style.transform = `translateY(${top}px)`
    this.#rows.replaceChildren(...rows)
    if (this.#focused >= first && this.#focused < last) {
      this.element.setAttribute("aria-activedescendant", `entry-${this.#focused}`)
    } else this.element.removeAttribute("aria-activedescendant")
  }
}
