/**
 * The systems of a simulator: their nodes, what links them, the name server, and what is broken.
 *
 * @internal
 */
import { sparkline } from "./chart.ts"
import { button, type Child, choice, fact, h } from "./dom.ts"
import * as Format from "./format.ts"
import type { NodeFigures } from "./live.ts"
import { Page } from "./page.ts"
import type { Fault, LiveState } from "./types.ts"

type SystemState = LiveState["systems"][number]
type NodeState = SystemState["nodes"][number]

const seconds = 40

/** What can be done to a node, besides breaking it. */
const troubles: ReadonlyArray<readonly [label: string, what: string, fault: (node: string) => Fault]> = [
  ["Slow", "Answers come 800 ms later", (node) => ({ fault: "slow", delay: 800, node })],
  ["Cut", "The connection breaks before the body of an answer", (node) => ({ fault: "truncate", bytes: 0, node })],
  ["503", "It answers that it is not available", (node) => ({ fault: "status", status: 503, node })]
]

const isAt = (fault: Fault, node: string): boolean => fault.fault !== "nameServer" && fault.node === node

const modes = { activeActive: "active-active", activePassive: "active-passive" }

const codes: Readonly<Record<string, string>> = {
  nameError: "no such name",
  serverFailure: "failed",
  refused: "refused: not a name of these systems",
  silence: "no answer"
}

/** What the name server said, in words. */
const said = (code: string, addresses: ReadonlyArray<string>): string =>
  code !== "noError" ? (codes[code] ?? code) : addresses.length === 0 ? "no addresses" : addresses.join(", ")

/** A tile keeps its elements, so that whoever has the focus there keeps it. */
class NodeTile {
  readonly element = h("article", { class: "node" })
  readonly #dot = h("span", { class: "dot" })
  readonly #status = h("span", { class: "status" })
  readonly #rate = h("div", { class: "rate" })
  readonly #line = h("div")
  readonly #error = h("p", { class: "lastError" })
  readonly #switch: HTMLButtonElement
  readonly #troubles: ReadonlyArray<{ readonly button: HTMLButtonElement; readonly kind: string }>
  #state: NodeState | undefined
  #faults: ReadonlyArray<Fault> = []

  constructor(
    number: number,
    address: string,
    add: (fault: Fault) => void,
    end: (faults: ReadonlyArray<Fault>) => void
  ) {
    this.#switch = button(
      "Break",
      () => {
        if (this.#state?.up === false) end(this.#faults.filter(({ fault }) => fault === "refuse"))
        else add({ fault: "refuse", node: address })
      },
      { class: "break" }
    )
    this.#troubles = troubles.map(([label, title, make]) => {
      const fault = make(address)
      const toggle = () => {
        const present = this.#faults.filter((one) => one.fault === fault.fault)
        if (present.length > 0) end(present)
        else add(fault)
      }
      return { kind: fault.fault, button: button(label, toggle, { title, "aria-pressed": "false" }) }
    })
    this.element.append(
      h("header", {}, this.#dot, h("h3", {}, `Node ${number}`), this.#status),
      h("p", { class: "address" }, address),
      this.#line,
      this.#rate,
      this.#error,
      h("div", { class: "acts" }, this.#switch, ...this.#troubles.map(({ button }) => button))
    )
  }

  update(state: NodeState, faults: ReadonlyArray<Fault>, { lastError, rates }: NodeFigures): void {
    this.#state = state
    this.#faults = faults
    const kind = !state.up ? "down" : faults.length > 0 ? "ill" : "up"
    this.element.className = `node ${kind}`
    this.element.dataset.address = state.address
    this.#status.textContent = { down: "down", ill: "troubled", up: "healthy" }[kind]
    this.#switch.textContent = state.up ? "Break" : "Mend"
    for (const { button, kind } of this.#troubles) {
      button.setAttribute("aria-pressed", String(faults.some(({ fault }) => fault === kind)))
    }
    this.#line.replaceChildren(sparkline(rates, seconds))
    this.#rate.replaceChildren(
      h("strong", {}, String(rates.at(-1) ?? 0)),
      " requests/s, ",
      h("strong", {}, String(state.connections)),
      " connections, ",
      `${Format.count(state.requests)} in all`
    )
    this.#error.textContent = lastError === undefined ? "" : `Last error: ${lastError}`
  }
}

export class SystemsPage extends Page {
  readonly #tiles = new Map<string, NodeTile>()
  readonly #systems = h("div", { class: "systems" })
  readonly #link = h("section", { class: "card link" })
  readonly #names = h("section", { class: "card" })
  readonly #clock = h("span", { class: "clock", title: "The clock of the simulator" })
  #shape = ""

  show(): void {
    const { live, server } = this.around
    const mend = () => {
      const faults = live?.state?.faults ?? []
      void this.attempt(server.post("/api/simulator/faults/end", faults), "Everything is mended.")
    }
    this.append(
      h(
        "div",
        { class: "title" },
        h("h1", {}, "Systems"),
        this.#clock,
        h("span", { class: "spring" }),
        button("Mend everything", mend)
      ),
      this.#systems,
      h("div", { class: "columns" }, this.#link, this.#names)
    )
    this.listen(live, ["state"], () => this.#update())
    this.listen(live, ["tick"], () => this.#figures())
    this.listen(live, ["clock"], () => this.#tellTime())
    this.#tellTime()
    this.#update()
  }

  /** The time of the simulator: retention and links go by it, whatever the clock of this computer says. */
  #tellTime(): void {
    const { clock } = this.around.live ?? {}
    if (clock === undefined) return
    this.#clock.textContent = `${new Date(clock).toISOString().slice(0, 19).replace("T", " ")} UTC`
  }

  #update(): void {
    const state = this.around.live?.state
    if (state === undefined) return
    const shape = state.systems.map(({ domain, nodes }) => `${domain} ${nodes.length}`).join()
    if (shape !== this.#shape) {
      this.#shape = shape
      this.#build(state)
    }
    for (const system of state.systems) this.#head(system, state)
    this.#figures()
    this.#showLink(state)
    this.#showNames(state)
  }

  #build({ systems }: LiveState): void {
    const { server } = this.around
    const add = (fault: Fault) =>
      void this.attempt(server.post("/api/simulator/faults", fault), "The fault is in force.")
    const end = (faults: ReadonlyArray<Fault>) =>
      void this.attempt(server.post("/api/simulator/faults/end", faults), "The fault has ended.")
    this.#systems.replaceChildren(
      ...systems.map(({ domain, nodes }) => {
        const tiles = nodes.map(({ address }, index) => {
          const tile = new NodeTile(index + 1, address, add, end)
          this.#tiles.set(address, tile)
          return tile.element
        })
        return h(
          "section",
          { class: "card system", "data-domain": domain },
          h("header", {}),
          h("div", { class: "nodes" }, ...tiles)
        )
      })
    )
  }

  #head({ domain, hcp, servedBy }: SystemState, { systems }: LiveState): void {
    const { server } = this.around
    const head = [...this.#systems.children].find((one) => one instanceof HTMLElement && one.dataset.domain === domain)
    const sum = (field: "objects" | "bytes") => hcp.namespaces.reduce((total, one) => total + one[field], 0)
    const away = servedBy !== domain
    const act = away
      ? button(
          "Fail back",
          () =>
            void this.attempt(server.post("/api/simulator/failback", { domain }), `The names of ${domain} are back.`)
        )
      : button(
          "Fail over",
          () =>
            void this.attempt(server.post("/api/simulator/failover", { domain }), `The names of ${domain} have moved.`)
        )
    const parts: ReadonlyArray<Child> = [
      h("h2", {}, domain),
      h("span", { class: "badge" }, `HCP ${hcp.softwareVersion}`),
      h("span", { class: `badge ${hcp.writable ? "good" : "warn"}` }, hcp.writable ? "writable" : "read only"),
      away && h("span", { class: "badge warn" }, `served by ${servedBy}`),
      h("span", { class: "spring" }),
      h(
        "span",
        { class: "quiet" },
        `${Format.counted(sum("objects"), "object", "objects")}, ${Format.bytes(sum("bytes"))}`
      ),
      systems.length > 1 && act
    ]
    head?.firstElementChild?.replaceChildren(...parts.filter((part) => part instanceof Node))
  }

  #figures(): void {
    const { live } = this.around
    for (const { nodes } of live?.state?.systems ?? []) {
      for (const node of nodes) {
        const faults = (live?.state?.faults ?? []).filter((fault) => isAt(fault, node.address))
        const figures = live?.figures(node.address)
        if (figures !== undefined) this.#tiles.get(node.address)?.update(node, faults, figures)
      }
    }
  }

  #showLink({ link }: LiveState): void {
    const { server } = this.around
    this.#link.hidden = link === undefined
    // Whoever is choosing a lag is not disturbed.
    if (link === undefined || this.#link.contains(document.activeElement)) return
    const modify = (change: { readonly lag?: number; readonly suspended?: boolean }) => {
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
      void this.attempt(server.post("/api/simulator/link", change), "The link is as you said.")
    }
    const lags = [0, 500, 2000, 10_000, 60_000, link.lagMillis].filter((one, index, all) => all.indexOf(one) === index)
    const most = Math.max(10, ...link.pending.map(({ changes }) => changes))
    this.#link.replaceChildren(
      h(
        "header",
        {},
        h("h2", {}, "Replication"),
        h(
          "span",
          { class: `badge ${link.suspended ? "warn" : "good"}` },
          link.suspended ? "suspended" : modes[link.mode]
        ),
        h("span", { class: "spring" }),
        button(link.suspended ? "Resume" : "Suspend", () => modify({ suspended: !link.suspended }))
      ),
      h(
        "dl",
        {},
        fact(
          "Lag",
          choice(
            "Lag",
            lags
              .sort((left, right) => left - right)
              .map((lag) => [String(lag), lag === 0 ? "none" : Format.millis(lag)]),
            String(link.lagMillis),
            (lag) => modify({ lag: Number(lag) })
          )
        ),
        ...link.pending.map(({ changes, from, to }) =>
          fact(
            `${from} to ${to}`,
            h("meter", { min: 0, max: most, value: changes, "aria-label": `waiting from ${from} to ${to}` }),
            ` ${Format.count(changes)} waiting`
          )
        )
      )
    )
  }

  #showNames({ faults, nameServer }: LiveState): void {
    const { server } = this.around
    if (this.#names.contains(document.activeElement)) return
    const broken = faults.filter(({ fault }) => fault === "nameServer")
    const list = h("div")
    const toggle = () => {
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
      void this.attempt(
        broken.length > 0
          ? server.post("/api/simulator/faults/end", broken)
          : server.post("/api/simulator/faults", { fault: "nameServer", mode: "servfail" }),
        broken.length > 0 ? "The name server answers." : "The name server fails."
      )
    }
    this.#names.replaceChildren(
      h(
        "header",
        {},
        h("h2", {}, "Name server"),
        h(
          "span",
          { class: `badge ${broken.length > 0 ? "bad" : "good"}` },
          broken.length > 0 ? "failing" : "answering"
        ),
        h("span", { class: "spring" }),
        button(broken.length > 0 ? "Mend" : "Break", toggle)
      ),
      h("p", { class: "quiet" }, `${nameServer.address ?? ""}, ${Format.count(nameServer.queries)} questions`),
      list
    )
    void this.fill(list, server.get("/api/simulator/names", {}), (names) => {
      const latest = names.slice(-6).reverse()
      const entries = latest.map(({ addresses, code, name, transport, type }) =>
        h(
          "li",
          {},
          `${type} ${name} `,
          h("span", { class: "quiet" }, transport),
          h("small", { class: code === "noError" ? "" : "wrong" }, said(code, addresses))
        )
      )
      return [h("ul", { class: "names" }, ...entries)]
    })
  }
}
