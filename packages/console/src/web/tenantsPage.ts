/**
 * Tenants and namespaces: what they may use, what they use, and how they are reached.
 *
 * @internal
 */
import { barChart } from "./chart.ts"
import { button, choice, h, nothing } from "./dom.ts"
import * as Format from "./format.ts"
import { Page } from "./page.ts"
import type { NamespaceDocument, TenantDocument, UsageDocument } from "./types.ts"

const table = (names: ReadonlyArray<string>, rows: ReadonlyArray<HTMLElement>): HTMLElement =>
  h(
    "table",
    {},
    h("thead", {}, h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, ...rows)
  )

const usage = (used: number | undefined, quota: string | undefined): HTMLElement => {
  const most = Format.quotaBytes(quota)
  return h(
    "span",
    { class: "usage" },
    most !== undefined && h("meter", { min: 0, max: most, value: used ?? 0, "aria-label": "used of the quota" }),
    ` ${Format.bytes(used ?? 0)}${quota === undefined ? "" : ` of ${quota}`}`
  )
}

export class TenantsPage extends Page {
  readonly #tenants = h("section", { class: "card scroll", tabindex: 0, "aria-label": "Tenants" })
  readonly #namespaces = h("section", { class: "card scroll", tabindex: 0, "aria-label": "Namespaces" })
  readonly #chargeback = h("section", { class: "card" })

  show(): void {
    const { session } = this.around
    const systems = session.systems.filter(({ management }) => management).map(({ name }) => name)
    this.append(
      h(
        "div",
        { class: "title" },
        h("h1", {}, "Tenants and namespaces"),
        choice(
          "System",
          systems.map((name) => [name, name]),
          systems[0] ?? "",
          (system) => this.#read(system)
        )
      ),
      this.#tenants,
      this.#namespaces,
      this.#chargeback
    )
    this.#read(systems[0] ?? "")
  }

  #read(system: string): void {
    const { server } = this.around
    this.#tenants.replaceChildren(nothing("Loading ..."))
    void this.fill(this.#tenants, server.get("/api/tenants", { system }), (tenants) => {
      const [first] = tenants
      if (first !== undefined) this.#open(system, first.name)
      return [
        table(
          ["Tenant", "Usage", "Objects", "Namespaces", ""],
          tenants.map((tenant) => this.#tenant(system, tenant))
        )
      ]
    })
  }

  #tenant(system: string, { bytes, description, name, namespaces, objects, quota }: TenantDocument): HTMLElement {
    return h(
      "tr",
      {},
      h("td", {}, h("b", {}, name), description !== undefined && h("small", {}, description)),
      h("td", {}, usage(bytes, quota)),
      h("td", { class: "figure" }, Format.count(objects ?? 0)),
      h("td", {}, namespaces === undefined || namespaces === "None" ? "" : `at most ${namespaces}`),
      h(
        "td",
        {},
        button("Show", () => this.#open(system, name), { "aria-label": `Show ${name}` })
      )
    )
  }

  #open(system: string, tenant: string): void {
    const { server } = this.around
    const title = (text: string) => h("header", {}, h("h2", {}, text))
    void this.fill(this.#namespaces, server.get("/api/namespaces", { system, tenant }), (namespaces) => [
      title(`Namespaces of ${tenant}`),
      table(
        ["Namespace", "Usage", "Objects", "Protocols", "Rules", "At most allowed"],
        namespaces.map((one) => this.#namespace(one))
      )
    ])
    void this.fill(this.#chargeback, server.get("/api/chargeback", { system, tenant }), (rows) => [
      title(`Chargeback of ${tenant}, the last week`),
      ...this.#chart(rows)
    ])
  }

  #namespace(one: NamespaceDocument): HTMLElement {
    const rules = [
      one.mode,
      one.versioning === true ? "versions" : undefined,
      one.search === true ? "search" : undefined,
      one.acls === "ENFORCED" ? "access lists" : undefined,
      one.hashScheme
    ]
    const badges = (texts: ReadonlyArray<string | undefined>) =>
      texts.flatMap((text) => (text === undefined ? [] : [h("span", { class: "badge" }, text)]))
    return h(
      "tr",
      {},
      h("td", {}, h("b", {}, one.name), one.owner !== undefined && h("small", {}, one.owner)),
      h("td", {}, usage(one.bytes, one.quota)),
      h("td", { class: "figure" }, Format.count(one.objects ?? 0)),
      h("td", {}, ...badges(one.protocols)),
      h("td", {}, ...badges(rules)),
      h("td", { class: "quiet" }, one.permissions.join(", ").toLowerCase())
    )
  }

  #chart(rows: ReadonlyArray<UsageDocument>): ReadonlyArray<Node> {
    if (rows.length === 0) return [nothing("There are no figures yet.")]
    const hours = new Map<string, { in: number; out: number }>()
    for (const { bytesIn, bytesOut, start = "" } of rows) {
      const hour = hours.get(start) ?? { in: 0, out: 0 }
      hours.set(start, { in: hour.in + bytesIn, out: hour.out + bytesOut })
    }
    const bars = [...hours].map(([start, hour]) => ({
      label: `${Format.time(start)}: ${Format.bytes(hour.in)} in, ${Format.bytes(hour.out)} out`,
      parts: [hour.in, hour.out]
    }))
    const sum = (of: (row: UsageDocument) => number) => rows.reduce((total, row) => total + of(row), 0)
    const most = Math.max(...bars.map(({ parts }) => parts.reduce((all, part) => all + part, 0)))
    const starts = [...hours.keys()]
    return [
      h("p", { class: "axis" }, `${Format.bytes(most)} in an hour`),
      barChart("Bytes in and out, by hour", bars),
      h(
        "p",
        { class: "axis" },
        h("span", {}, starts.length > 1 ? Format.time(starts[0]).slice(0, 16) : ""),
        h("span", {}, Format.time(starts.at(-1)).slice(0, 16))
      ),
      h(
        "p",
        { class: "legend" },
        h("i", { class: "part0" }),
        `in ${Format.bytes(sum(({ bytesIn }) => bytesIn))}`,
        h("i", { class: "part1" }),
        `out ${Format.bytes(sum(({ bytesOut }) => bytesOut))}`,
        h(
          "span",
          { class: "counts" },
          [
            `${Format.count(sum(({ reads }) => reads))} reads`,
            `${Format.count(sum(({ writes }) => writes))} writes`,
            `${Format.count(sum(({ deletes }) => deletes))} deletes`
          ].join(", ")
        )
      )
    ]
  }
}
