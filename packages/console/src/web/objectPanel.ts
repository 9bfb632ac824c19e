/**
 * What is known of an object, and what can be done with it.
 *
 * @internal
 */
import { button, choice, fact, h, nothing } from "./dom.ts"
import * as Format from "./format.ts"
import type { Page } from "./page.ts"
import { parameters, Refused } from "./server.ts"
import { timeline } from "./timeline.ts"
import type { ObjectDocument, Place, Version } from "./types.ts"

const retentions: ReadonlyArray<readonly [string, string]> = [
  ["", "set retention ..."],
  ["A+1d", "a day from storing"],
  ["A+1y", "a year from storing"],
  ["A+10y", "ten years from storing"],
  ["R+1y", "a year more"],
  ["-1", "for ever"]
]

/** Up to this a picture is shown. */
const maxPicture = 10_000_000

/** More of a text than this is no preview. */
const maxText = 4000

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/** Whether bytes that were read as text are one, by the signs that no text has. */
const printable = (text: string): boolean => {
  const odd = [...text].filter((sign) => sign === "\ufffd" || (sign < " " && !"\t\n\v\f\r".includes(sign)))
  return odd.length <= text.length / 50
}

interface Acts {
  readonly write: boolean
  readonly share: boolean
  readonly close: () => void
  /** The folder shows something else from now on. */
  readonly changed: () => void
}

export const objectPanel = (page: Page, place: Place, acts: Acts): HTMLElement => {
  const { server } = page.around
  const body = h("div", { class: "panelBody" }, nothing("Loading ..."))
  const title = h("h2", { tabindex: -1, dir: "auto" }, nameOf(place.path))
  const panel = h(
    "aside",
    { class: "panel", "aria-label": "Object" },
    h("header", {}, title, button("Close", acts.close, { class: "plain" })),
    body
  )
  panel.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") acts.close()
  })
  const refresh = () => page.fill(body, server.get("/api/objects/head", place), show)
  const change = async (what: Promise<unknown>, done: string) => {
    if (await page.attempt(what, done)) {
      acts.changed()
      await refresh()
    }
  }

  const preview = (object: ObjectDocument): HTMLElement => {
    const { contentType = "", size = 0 } = object
    if (/^image\/(?:png|jpeg|gif|webp)$/.test(contentType) && size <= maxPicture) {
      const src = `/api/content?${parameters({ ...place, picture: "", versionId: object.versionId })}`
      return h("img", { class: "preview", src, alt: `Preview of ${nameOf(place.path)}` })
    }
    const text = h("pre", { class: "preview", tabindex: 0, "aria-label": "Preview" })
    if (size === 0) text.textContent = "(empty)"
    else {
      void page.fill(text, server.preview(place), (found) => [
        new Text(printable(found) ? found.slice(0, maxText) : "(no text)")
      ])
    }
    return text
  }

  const protection = (object: ObjectDocument): HTMLElement => {
    const held = object.hold === true
    return h(
      "section",
      {},
      h("h3", {}, "Retention"),
      timeline(object),
      acts.write &&
        h(
          "div",
          { class: "acts" },
          choice("Retention", retentions, "", (retention) => {
            if (retention !== "")
              void change(server.post("/api/objects/modify", { ...place, retention }), "The retention is set.")
          }),
          button(
            held ? "Release the hold" : "Put on hold",
            () =>
              void change(
                server.post("/api/objects/modify", { ...place, hold: !held }),
                held ? "The hold is released." : "It is on hold."
              )
          )
        )
    )
  }

  const version = (one: Version, current: string | undefined): HTMLElement =>
    h(
      "li",
      {},
      h("span", {}, Format.time(one.createdAt)),
      h("span", { class: "quiet" }, one.deleted ? "deleted" : Format.bytes(one.size)),
      h("code", {}, one.versionId),
      one.versionId === current && h("span", { class: "badge good" }, "current"),
      !one.deleted &&
        one.versionId !== current &&
        acts.write &&
        button(
          "Restore",
          () =>
            void change(
              server.post("/api/objects/restore", { ...place, versionId: one.versionId }),
              `Version ${one.versionId} is the current one again.`
            )
        )
    )

  const versions = (current: string | undefined): HTMLElement => {
    const list = h("div")
    // So HCP says that the namespace keeps none: an object has the id of a version all the same.
    const found = server.get("/api/objects/versions", place).catch((error) => {
      if (error instanceof Refused && error.reason === "BadRequest") return undefined
      throw error
    })
    void page.fill(list, found, (all) => [
      all === undefined
        ? nothing("The namespace keeps no versions.")
        : h("ul", { class: "versions" }, ...all.map((one) => version(one, current)))
    ])
    return h("section", {}, h("h3", {}, "Versions"), list)
  }

  const annotations = (object: ObjectDocument): HTMLElement => {
    const shown = h("pre", { hidden: true, tabindex: 0, "aria-label": "Annotation" })
    const name = h("input", { "aria-label": "Name", placeholder: "name", value: "default" })
    const xml = h("textarea", { "aria-label": "XML", rows: 3, placeholder: "<invoice>42</invoice>" })
    return h(
      "section",
      {},
      h("h3", {}, "Annotations"),
      object.annotations.length === 0 && nothing("It has none."),
      ...object.annotations.map((annotation) =>
        button(`${annotation.name} (${Format.bytes(annotation.size)})`, () => {
          shown.hidden = false
          void page.fill(
            shown,
            server.get("/api/objects/annotation", { ...place, name: annotation.name }),
            ({ text }) => [new Text(text)]
          )
        })
      ),
      shown,
      acts.write &&
        h(
          "details",
          {},
          h("summary", {}, "Add one"),
          name,
          xml,
          button(
            "Store",
            () =>
              void change(
                server.post("/api/objects/annotation", { ...place, name: name.value, xml: xml.value }),
                "The annotation is stored."
              )
          )
        )
    )
  }

  const access = (object: ObjectDocument): HTMLElement | undefined => {
    if (object.hasAcl !== true) return undefined
    const list = h("div")
    void page.fill(list, server.get("/api/objects/acl", place), ({ grants }) => [
      h(
        "ul",
        { class: "grants" },
        ...grants.map(({ grantee, permissions }) =>
          h("li", {}, grantee, h("span", { class: "quiet" }, ` ${permissions.join(", ")}`))
        )
      )
    ])
    return h("section", {}, h("h3", {}, "Access list"), list)
  }

  const sharing = (): HTMLElement => {
    const link = h("input", { class: "shared", readonly: true, "aria-label": "Link", hidden: true })
    const share = async () => {
      await page.attempt(
        server.post("/api/objects/share", { ...place, seconds: 3600 }).then(({ url }) => {
          link.hidden = false
          link.value = url
          link.select()
        }),
        "Whoever has the link can read the object for an hour."
      )
    }
    return h(
      "section",
      {},
      h("h3", {}, "Share"),
      button("Make a link for an hour", () => void share()),
      link
    )
  }

  const remove = () => {
    const dialog = h("dialog", { "aria-label": "Delete" })
    const done = () => dialog.remove()
    dialog.append(
      h("p", {}, "Delete ", h("strong", { dir: "auto" }, place.path), "?"),
      h(
        "div",
        { class: "acts" },
        button(
          "Delete",
          () => {
            done()
            void page.attempt(server.post("/api/objects/delete", place), "It is deleted.").then((isDone) => {
              if (!isDone) return
              acts.changed()
              acts.close()
            })
          },
          { class: "danger" }
        ),
        button("Keep", done)
      )
    )
    dialog.addEventListener("close", done)
    panel.append(dialog)
    dialog.showModal()
  }

  const show = (object: ObjectDocument): ReadonlyArray<Node> =>
    [
      preview(object),
      h(
        "dl",
        {},
        fact("Size", `${Format.bytes(object.size)} (${Format.count(object.size)} bytes)`),
        object.hash !== undefined && fact(object.hash.algorithm, h("code", { class: "hash" }, object.hash.hex)),
        fact("Type", object.contentType),
        fact("Stored", Format.time(object.createdAt)),
        fact("Changed", Format.time(object.changedAt)),
        object.versionId !== undefined && fact("Version", h("code", {}, object.versionId)),
        object.owner !== undefined && fact("Owner", object.owner),
        fact("Replicated", object.replicated === true ? "yes" : "not yet")
      ),
      protection(object),
      object.versionId === undefined ? undefined : versions(object.versionId),
      annotations(object),
      access(object),
      acts.share ? sharing() : undefined,
      h(
        "section",
        {},
        object.protection !== undefined &&
          h("p", { class: "protection" }, `A delete is refused now. ${object.protection}`),
        h(
          "div",
          { class: "acts" },
          h(
            "a",
            { class: "button", href: `/api/content?${parameters(place)}`, download: nameOf(place.path) },
            "Download"
          ),
          acts.write && button("Delete", remove, { class: "danger" })
        )
      )
    ].filter((one) => one !== undefined)

  void refresh().then(() => title.focus())
  return panel
}
