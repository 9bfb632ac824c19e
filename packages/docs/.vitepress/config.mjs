import { readFileSync } from "node:fs"

const { api, guide, inside, manuals, recipes, reference } = JSON.parse(
  readFileSync(new URL("../site/sidebar.json", import.meta.url), "utf8")
)

// A title that leads to the first page: one that only opens its list would hold a second button, which nobody is told of.
const linked = (/** @type {{ items: ReadonlyArray<{ link: string }> }} */ section) => ({
  ...section,
  link: section.items[0].link
})

const folded = (/** @type {ReadonlyArray<{ items: ReadonlyArray<{ link: string }> }>} */ sections) =>
  sections.map((one) => ({ ...linked(one), collapsed: true }))

const packagesOf = (/** @type {{ text: string } | undefined} */ without) => ({
  text: "Packages",
  items: api
    .filter(({ text }) => text !== without?.text)
    .map(({ items, text }) => ({ text, link: items[0].link }))
})

const manual = [...guide, ...folded([recipes]), ...folded(manuals), reference]

export default {
  title: "effect-hcp",
  description: "An SDK for the Hitachi Content Platform, in TypeScript, on Effect",
  lang: "en",
  srcDir: "site",
  outDir: "dist",
  cleanUrls: true,
  lastUpdated: false,
  // Else each page holds the list of all pages.
  metaChunk: true,
  // Raw tags of the manuals are words such as <namespace>, and no HTML.
  markdown: {
    html: false,
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" }
  },
  themeConfig: {
    search: {
      provider: "local",
      // Its name is what it shows, the keys among it.
      options: { translations: { button: { buttonAriaLabel: "" } } }
    },
    nav: [
      { text: "Guide", link: "/guide/start" },
      { text: "Recipes", link: recipes.items[0].link },
      { text: "Manuals", link: manuals[0].items[0].link },
      { text: "Performance", link: "/performance" },
      { text: "Reference", link: "/reference/errors/" },
      { text: "API", link: "/api/" }
    ],
    sidebar: {
      // Each page holds all that stands beside it, so the modules of other packages are on their own pages only.
      ...Object.fromEntries(
        api.map((one) => [`/api/${one.text.replace("@effect-hcp/", "")}/`, [packagesOf(one), { ...linked(one), collapsed: false }]])
      ),
      "/api/": [packagesOf()],
      "/": [...manual, ...folded(inside)]
    },
    outline: [2, 3]
  }
}
