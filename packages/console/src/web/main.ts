/**
 * The frame of the console: the pages, where one is, and messages.
 *
 * @internal
 */
import { ClientPage } from "./clientPage.ts"
import { h, nothing, problem } from "./dom.ts"
import { Live } from "./live.ts"
import { ObjectsPage } from "./objectsPage.ts"
import type { Page } from "./page.ts"
import { QueriesPage } from "./queriesPage.ts"
import { RequestsPage } from "./requestsPage.ts"
import { parameters, Server } from "./server.ts"
import { SystemsPage } from "./systemsPage.ts"
import { TenantsPage } from "./tenantsPage.ts"
import type { Session } from "./types.ts"

interface Entry {
  readonly name: string
  readonly label: string
  readonly tag: string
  readonly page: new () => Page
  readonly isThere: (session: Session) => boolean
}

const pages: ReadonlyArray<Entry> = [
  { name: "systems", label: "Systems", tag: "hcp-systems", page: SystemsPage, isThere: ({ simulator }) => simulator },
  { name: "objects", label: "Objects", tag: "hcp-objects", page: ObjectsPage, isThere: () => true },
  {
    name: "tenants",
    label: "Tenants",
    tag: "hcp-tenants",
    page: TenantsPage,
    isThere: ({ systems }) => systems.some(({ management }) => management)
  },
  {
    name: "queries",
    label: "Queries",
    tag: "hcp-queries",
    page: QueriesPage,
    isThere: ({ systems }) => systems.some(({ namespaces }) => namespaces.some(({ query }) => query))
  },
  {
    name: "requests",
    label: "Requests",
    tag: "hcp-requests",
    page: RequestsPage,
    isThere: ({ simulator }) => simulator
  },
  { name: "client", label: "Client", tag: "hcp-client", page: ClientPage, isThere: () => true }
]

/** How long a message stays, in milliseconds: what went wrong takes longer to read. */
const messageMillis = { good: 3000, bad: 8000 }

/** Messages that are shown at once. */
const maxMessages = 3

class ConsoleFrame extends HTMLElement {
  connectedCallback(): void {
    this.append(nothing("Loading ..."))
    fetch("/api/session", { cache: "no-store" })
      .then(async (answer) => {
        if (!answer.ok) throw new Error(await answer.text())
        const session: Session = await answer.json()
        this.#start(session)
      })
      .catch((error) => this.replaceChildren(problem(error instanceof Error ? error.message : String(error))))
  }

  #start(session: Session): void {
    const server = new Server(session.csrf)
    const live = session.simulator ? new Live("/api/events") : undefined
    const there = pages.filter(({ isThere }) => isThere(session))
    const [first] = there
    const messages = h("div", { class: "messages", role: "status", "aria-live": "polite" })
    const say = (text: string, kind: "good" | "bad" = "good") => {
      const message = h("div", { class: `message ${kind}` }, text)
      messages.append(message)
      if (messages.children.length > maxMessages) messages.firstElementChild?.remove()
      setTimeout(() => message.remove(), messageMillis[kind])
    }
    const go = (page: string, given: object = {}) => {
      location.hash = `#/${page}?${parameters(given)}`
    }
    const links = there.map(({ label, name }) => ({ name, link: h("a", { href: `#/${name}` }, label) }))
    const badge = h("span", { class: "badge", title: "Whether the simulator answers" })
    const main = h("main", { tabindex: -1 })
    const telling = () => {
      badge.textContent = live === undefined ? "HCP" : live.lost ? "lost" : "live"
      badge.className = `badge ${live?.lost === true ? "bad" : "good"}`
    }
    live?.addEventListener("lost", telling)
    telling()
    this.replaceChildren(
      h(
        "header",
        {},
        h(
          "a",
          { class: "brand", href: "#/" },
          h("img", { src: "/icon.svg", alt: "", width: 22, height: 22 }),
          "HCP console"
        ),
        h("nav", { "aria-label": "Pages" }, ...links.map(({ link }) => link)),
        badge
      ),
      main,
      messages
    )
    const show = () => {
      const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s)
      const entry = there.find(({ name }) => name === path) ?? first
      if (entry === undefined) return
      for (const { link, name } of links) {
        if (name === entry.name) {
          link.setAttribute("aria-current", "page")
          // On a narrow screen the menu is longer than its line.
          link.scrollIntoView({ block: "nearest", inline: "center" })
        } else link.removeAttribute("aria-current")
      }
      document.title = `${entry.label} - HCP console`
      const page = new entry.page()
      const around = { session, server, live, parameters: new URLSearchParams(query), go, say }
      main.replaceChildren(page.begin(around))
    }
    addEventListener("hashchange", show)
    show()
  }
}

for (const { page, tag } of pages) customElements.define(tag, page)
customElements.define("hcp-console", ConsoleFrame)
