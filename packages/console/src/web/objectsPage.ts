/**
 * Folders and objects of a namespace.
 *
 * @internal
 */
import { button, choice, h, nothing, problem, svg } from "./dom.ts"
import { Folder } from "./folder.ts"
import * as Format from "./format.ts"
import { objectPanel } from "./objectPanel.ts"
import { Page } from "./page.ts"
import type { Entry, Place } from "./types.ts"
import { Uploads } from "./uploads.ts"
import { VirtualList } from "./virtualList.ts"

/** What stands before a name: a folder, a page, an arrow. */
const marks = {
  directory: "M1.5 3.5h4.6l1.5 2h6.9v7.5h-13z",
  object: "M3.5 1.5h6l3 3v10h-9z M9.5 1.5v3h3",
  symlink: "M3 13 12.5 3.5 M6.5 3.5h6v6"
}

const mark = (kind: Entry["kind"]): SVGElement =>
  svg("svg", { class: "mark", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: marks[kind] }))

/** The day of a retention that HCP says as a date. */
const day = (retention = ""): string =>
  /^\d{4}-\d\d-\d\dT/.test(retention) ? `until ${retention.slice(0, 10)}` : retention

const below = (path: string, name: string): string => `${path === "/" ? "" : path}/${name}`

/** Draws an entry; one that is still to come is blank. */
const row = (entry: Entry | undefined): HTMLElement => {
  if (entry === undefined) return h("div", { class: "entry coming" }, h("span", {}, "..."))
  return h(
    "div",
    { class: `entry ${entry.kind}` },
    mark(entry.kind),
    h("span", { class: "name", dir: "auto" }, entry.name),
    h("span", { class: "kept" }, entry.hold === true ? "on hold" : day(entry.retention)),
    h("span", { class: "size" }, entry.kind === "object" ? Format.bytes(entry.size) : ""),
    h("span", { class: "changed" }, Format.time(entry.changedAt))
  )
}

export class ObjectsPage extends Page {
  readonly #side = h("div", { class: "side" })
  readonly #count = h("span", { class: "quiet" })
  readonly #message = h("div")
  #folder: Folder | undefined

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#folder?.close()
  }

  show(): void {
    const { go, parameters, server, session } = this.around
    const places = session.systems.flatMap((system) => system.namespaces.map((namespace) => ({ system, namespace })))
    const chosen =
      places.find(
        ({ namespace, system }) =>
          system.name === parameters.get("system") && namespace.name === parameters.get("namespace")
      ) ?? places[0]
    if (chosen === undefined) return this.append(nothing("There is no namespace to show."))
    const { namespace, system } = chosen
    const place: Place = { system: system.name, namespace: namespace.name, path: parameters.get("path") ?? "/" }

    const read = () => this.#read(place, view, system.write)
    const open = (entry: Entry | undefined) => {
      if (entry === undefined || entry.odd === true) return
      const path = below(place.path, entry.name)
      if (entry.kind === "directory") return go("objects", { ...place, path })
      this.#side.replaceChildren(
        objectPanel(
          this,
          { ...place, path },
          {
            write: system.write,
            share: namespace.share,
            changed: read,
            close: () => {
              this.#side.replaceChildren()
              view.element.focus()
            }
          }
        )
      )
    }
    const page = this
    const view = new VirtualList<Entry>(
      {
        get total() {
          return page.#folder?.total ?? 0
        },
        row: (index) => this.#folder?.entry(index),
        want: (number) => this.#folder?.want(number),
        draw: row
      },
      (index) => open(this.#folder?.entry(index))
    )

    const uploads = new Uploads(server, read)
    const files = h("input", { type: "file", multiple: true, hidden: true, "aria-label": "Files" })
    files.addEventListener("change", () => uploads.add(place, files.files ?? []))
    const area = h("div", { class: "card folder" }, this.#message, view.element)
    if (system.write) this.#takeDrops(area, (dropped) => uploads.add(place, dropped))

    this.append(
      h(
        "div",
        { class: "title" },
        h("h1", {}, "Objects"),
        choice(
          "Namespace",
          places.map(({ namespace, system }) => [
            `${system.name} ${namespace.name}`,
            `${namespace.name} at ${system.name}`
          ]),
          `${system.name} ${namespace.name}`,
          (value) => {
            const [system = "", namespace = ""] = value.split(" ")
            go("objects", { system, namespace, path: "/" })
          }
        ),
        !system.write && h("span", { class: "badge" }, "read only"),
        h("span", { class: "spring" }),
        this.#count
      ),
      h(
        "div",
        { class: "tools" },
        this.#trail(place),
        h("span", { class: "spring" }),
        system.write && button("New folder", () => this.#makeFolder(place, read)),
        system.write && button("Upload", () => files.click(), { class: "first" }),
        system.write && files,
        button("Refresh", read)
      ),
      uploads.element,
      h("div", { class: "browser" }, area, this.#side)
    )
    read()
  }

  #read(place: Place, view: VirtualList<Entry>, canWrite: boolean): void {
    this.#folder?.close()
    this.#folder = new Folder(this.around.server, place, (error) => {
      const folder = this.#folder
      const total = folder?.total ?? 0
      const isEmpty = folder?.complete === true && total === 0
      this.#message.replaceChildren(
        ...(error === undefined
          ? isEmpty
            ? [nothing(`The folder is empty.${canWrite ? " Drop files here to store them." : ""}`)]
            : []
          : [problem(error.message)])
      )
      const soFar = folder?.complete === true ? "" : " so far"
      this.#count.textContent = `${Format.counted(total, "entry", "entries")}${soFar}`
      view.update()
    })
  }

  #trail(place: Place): HTMLElement {
    const names = place.path.split("/").filter((name) => name !== "")
    const link = (label: string, path: string) =>
      h("a", { href: `#/objects?${new URLSearchParams({ ...place, path })}`, dir: "auto" }, label)
    return h(
      "nav",
      { class: "trail", "aria-label": "Folder" },
      link(place.namespace, "/"),
      ...names.map((name, index) => link(name, `/${names.slice(0, index + 1).join("/")}`))
    )
  }

  #takeDrops(area: HTMLElement, drop: (files: FileList) => void): void {
    area.addEventListener("dragover", (event) => {
      event.preventDefault()
      area.classList.add("over")
    })
    area.addEventListener("dragleave", () => area.classList.remove("over"))
    area.addEventListener("drop", (event) => {
      event.preventDefault()
      area.classList.remove("over")
      if (event.dataTransfer !== null) drop(event.dataTransfer.files)
    })
  }

  #makeFolder(place: Place, read: () => void): void {
    const name = h("input", { "aria-label": "Name of the folder", placeholder: "Name", required: true })
    const dialog = h("dialog", { "aria-label": "New folder" })
    const make = async () => {
      if (name.value === "") return
      dialog.remove()
      const path = below(place.path, name.value)
      if (
        await this.attempt(
          this.around.server.post("/api/objects/directory", { ...place, path }),
          "The folder is there."
        )
      )
        read()
    }
    name.addEventListener("keydown", ({ key }) => key === "Enter" && void make())
    dialog.append(
      h("h2", {}, "New folder"),
      name,
      h(
        "div",
        { class: "acts" },
        button("Make it", () => void make(), { class: "first" }),
        button("Leave it", () => dialog.remove())
      )
    )
    this.append(dialog)
    dialog.showModal()
  }
}
