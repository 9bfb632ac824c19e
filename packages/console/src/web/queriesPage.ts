/**
 * Queries of metadata: conditions, what was found, and how often which values occur.
 *
 * @internal
 */
import { button, choice, h, nothing } from "./dom.ts"
import * as Format from "./format.ts"
import { Page } from "./page.ts"
import type { Condition, Hits } from "./types.ts"

const properties = [
  "objectPath",
  "size",
  "changeTimeMilliseconds",
  "ingestTime",
  "retention",
  "retentionClass",
  "hold",
  "owner",
  "customMetadata",
  "customMetadataContent",
  "namespace",
  "type"
]

const tests: ReadonlyArray<readonly [Condition["test"], string]> = [
  ["is", "is"],
  ["like", "is like (* and ?)"],
  ["atLeast", "is at least"],
  ["atMost", "is at most"],
  ["contains", "has in its annotations"]
]

const testOf = (value: string): Condition["test"] => tests.find(([test]) => test === value)?.[0] ?? "is"

const retentions: Readonly<Record<string, string>> = {
  "0": "deletion allowed",
  "-1": "for ever",
  "-2": "not decided",
  "-3": "as its class says"
}

/** A value as people read it: retention is in seconds since 1970. */
const worded = (property: string, value: string): string => {
  if (property !== "retention") return value
  return retentions[value] ?? (/^\d+$/.test(value) ? `until ${Format.time(Number(value) * 1000)}` : value)
}

export class QueriesPage extends Page {
  readonly #conditions = h("div", { class: "conditions" })
  readonly #hits = h("section", { class: "card scroll", tabindex: 0, "aria-label": "Hits" })
  #rows: Array<{ readonly element: HTMLElement; readonly condition: () => Condition }> = []

  show(): void {
    const { session } = this.around
    // A query is one of a tenant: any of its namespaces leads there.
    const places = session.systems.flatMap(({ name, namespaces }) => {
      const tenants = new Map(
        namespaces.filter(({ query }) => query).map((one) => [one.name.replace(/^[^.]*\./, ""), one.name] as const)
      )
      return [...tenants].map(([tenant, namespace]) => ({ system: name, tenant, namespace }))
    })
    let chosen = places[0]
    const run = () => {
      if (chosen === undefined) return
      const conditions = this.#rows.map(({ condition }) => condition()).filter(({ value }) => value !== "")
      const place = { system: chosen.system, namespace: chosen.namespace }
      const ask = (offset: number) => this.around.server.post("/api/query", { ...place, conditions, offset })
      void this.fill(this.#hits, ask(0), (hits) => this.#found(hits, place.system, ask))
    }
    const form = h(
      "form",
      { class: "card" },
      h(
        "div",
        { class: "tools" },
        choice(
          "Tenant",
          places.map(({ system, tenant }, index) => [String(index), `${tenant} at ${system}`]),
          "0",
          (index) => {
            chosen = places[Number(index)]
          }
        ),
        h("span", { class: "spring" }),
        button("Add a condition", () => this.#add({ property: "objectPath", test: "like", value: "" })),
        h("button", { type: "submit", class: "first" }, "Search")
      ),
      this.#conditions
    )
    form.addEventListener("submit", (event) => {
      event.preventDefault()
      run()
    })
    this.append(h("div", { class: "title" }, h("h1", {}, "Queries")), form, this.#hits)
    this.#hits.append(nothing("Only what namespaces with search have indexed is found."))
    this.#add({ property: "objectPath", test: "like", value: "/*" })
  }

  #add({ property, test, value }: Condition): void {
    const input = h("input", { value, "aria-label": "Value" })
    const what = choice(
      "Property",
      properties.map((name) => [name, name]),
      property,
      () => {}
    )
    const how = choice("Test", tests, test, () => {})
    const element = h("div", { class: "tools" }, what, how, input)
    const entry = { element, condition: () => ({ property: what.value, test: testOf(how.value), value: input.value }) }
    element.append(
      button("Remove", () => {
        this.#rows = this.#rows.filter((one) => one !== entry)
        element.remove()
      })
    )
    this.#rows.push(entry)
    this.#conditions.append(element)
  }

  #found({ facets, hits, total }: Hits, system: string, ask: (offset: number) => Promise<Hits>): ReadonlyArray<Node> {
    const rows = h("tbody", {}, ...hits.map((hit) => this.#row(hit, system)))
    const more = button("Show more", () => {
      more.disabled = true
      ask(rows.children.length)
        .then((next) => rows.append(...next.hits.map((hit) => this.#row(hit, system))))
        .catch((error) => this.around.say(error instanceof Error ? error.message : String(error), "bad"))
        .finally(() => {
          more.disabled = false
          more.hidden = rows.children.length >= total
        })
    })
    more.hidden = hits.length >= total
    return [
      h("header", {}, h("h2", {}, `${Format.count(total)} found`)),
      h(
        "div",
        { class: "facets" },
        ...facets.flatMap(({ property, values }) =>
          values
            .slice(0, 6)
            .map(({ count, value }) =>
              button(`${property}: ${worded(property, value)} (${Format.count(count)})`, () =>
                this.#add({ property, test: "is", value })
              )
            )
        )
      ),
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h("tr", {}, ...["Object", "Size", "Changed", "Retention"].map((name) => h("th", { scope: "col" }, name)))
        ),
        rows
      ),
      more
    ]
  }

  #row({ changedAt, hold, namespace, path, retention, size }: Hits["hits"][number], system: string): HTMLElement {
    const folder = path.slice(0, Math.max(1, path.lastIndexOf("/")))
    return h(
      "tr",
      {},
      h(
        "td",
        {},
        button(path, () => this.around.go("objects", { system, namespace, path: folder }), {
          class: "plain",
          dir: "auto"
        }),
        h("small", {}, namespace)
      ),
      h("td", { class: "figure" }, Format.bytes(size)),
      h("td", { class: "figure" }, Format.time(changedAt)),
      h("td", {}, hold === true ? "on hold" : (retention ?? ""))
    )
  }
}
