/**
 * The requests that the nodes of a simulator have answered, while they are answered, with where their time went.
 *
 * @internal
 */
import { button, choice, h, nothing, options } from "./dom.ts"
import * as Format from "./format.ts"
import { Page } from "./page.ts"
import type { RequestDocument } from "./types.ts"

/** Rows that are shown. */
const maxRows = 150

const allNodes = ["", "all nodes"] as const

const groups: ReadonlyArray<readonly [string, string]> = [
  ["", "all answers"],
  ["2", "2xx"],
  ["3", "3xx"],
  ["4", "4xx"],
  ["5", "5xx"],
  ["none", "no answer"]
]

const part = (kind: string, millis: number, longest: number): HTMLElement => {
  const element = h("span", { class: kind })
  element.style.width = `${(millis / longest) * 100}%`
  return element
}

const decoded = (target: string): string => {
  try {
    return decodeURIComponent(target)
  } catch {
    return target
  }
}

export class RequestsPage extends Page {
  readonly #rows = h("tbody")
  readonly #none = nothing("")
  readonly #count = h("span", { class: "quiet" })
  readonly #nodes = choice("Node", [allNodes], "", (value) => {
    this.#node = value
    this.#update()
  })
  #paused = false
  #planned = false
  #node = ""
  #group = ""
  #text = ""

  show(): void {
    const { live } = this.around
    const search = h("input", { type: "search", placeholder: "Host or path", "aria-label": "Host or path" })
    search.addEventListener("input", () => {
      this.#text = search.value.toLowerCase()
      this.#update()
    })
    const pause = button("Pause", () => {
      this.#paused = !this.#paused
      pause.textContent = this.#paused ? "Go on" : "Pause"
      this.#update()
    })
    const chosen = (set: (value: string) => void) => (value: string) => {
      set(value)
      this.#update()
    }
    this.append(
      h("div", { class: "title" }, h("h1", {}, "Requests"), this.#count, h("span", { class: "spring" }), pause),
      h(
        "div",
        { class: "tools" },
        this.#nodes,
        choice(
          "Answer",
          groups,
          "",
          chosen((value) => {
            this.#group = value
          })
        ),
        search,
        h("span", { class: "spring" }),
        h(
          "span",
          { class: "legend" },
          h("i", { class: "connect" }),
          "connect",
          h("i", { class: "wait" }),
          "first byte",
          h("i", { class: "body" }),
          "body"
        )
      ),
      h(
        "div",
        { class: "card scroll", tabindex: 0, role: "region", "aria-label": "Requests" },
        h(
          "table",
          { class: "requests" },
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              ...["Time", "Node", "Request", "Status", "Bytes", "Timing"].map((name) => h("th", { scope: "col" }, name))
            )
          ),
          this.#rows
        ),
        this.#none
      )
    )
    this.listen(live, ["requests"], () => this.#plan())
    this.listen(live, ["state"], () => this.#nameNodes())
    this.#nameNodes()
    this.#update()
  }

  /** Whoever opens this page first does not know the nodes yet. */
  #nameNodes(): void {
    const nodes = (this.around.live?.state?.systems ?? []).flatMap(({ domain, nodes }) =>
      nodes.map(({ address }, index) => [address, `${domain} node ${index + 1}`] as const)
    )
    if (nodes.length + 1 === this.#nodes.options.length) return
    this.#nodes.replaceChildren(...options([allNodes, ...nodes], this.#node))
  }

  /** However many events come, the page is drawn once a frame. */
  #plan(): void {
    if (this.#planned || this.#paused) return
    this.#planned = true
    requestAnimationFrame(() => {
      this.#planned = false
      if (!this.isOver) this.#update()
    })
  }

  #isWanted({ host, node, status, target }: RequestDocument): boolean {
    if (this.#node !== "" && node !== this.#node) return false
    if (this.#group !== "" && (status === undefined ? "none" : String(status)[0]) !== this.#group) return false
    return this.#text === "" || `${host}${decoded(target)}`.toLowerCase().includes(this.#text)
  }

  #update(): void {
    const { live } = this.around
    const wanted = (live?.requests ?? [])
      .filter((one) => this.#isWanted(one))
      .slice(-maxRows)
      .reverse()
    const longest = Math.max(1, ...wanted.map((one) => (one.connectMillis ?? 0) + one.waitMillis + one.bodyMillis))
    this.#none.hidden = wanted.length > 0
    this.#none.textContent =
      (live?.received ?? 0) > 0 ? "No request fits." : "No request yet. Every request of any client shows up here."
    this.#count.textContent = `${Format.count(live?.received ?? 0)} seen`
    this.#rows.replaceChildren(
      ...wanted.map((request) => {
        const { at, bodyMillis, bytes, connectMillis = 0, host, method, node, status, target, waitMillis } = request
        const kind = status === undefined || status >= 500 ? "bad" : status >= 400 ? "warn" : "good"
        const all = connectMillis + waitMillis + bodyMillis
        const spans = [
          `connect ${Format.millis(connectMillis)}`,
          `first byte ${Format.millis(waitMillis)}`,
          `body ${Format.millis(bodyMillis)}`
        ].join(", ")
        return h(
          "tr",
          {},
          h("td", { class: "figure" }, Format.time(at).slice(11)),
          h("td", { class: "figure" }, node),
          h("td", { class: "target" }, h("b", {}, method), " ", decoded(target), h("small", {}, host)),
          h("td", {}, h("span", { class: `badge ${kind}` }, status === undefined ? "none" : String(status))),
          h("td", { class: "figure" }, Format.bytes(bytes)),
          h(
            "td",
            { class: "timing", title: spans },
            h(
              "span",
              { class: "bar" },
              part("connect", connectMillis, longest),
              part("wait", waitMillis, longest),
              part("body", bodyMillis, longest)
            ),
            h("span", { class: "figure" }, Format.millis(all))
          )
        )
      })
    )
  }
}
