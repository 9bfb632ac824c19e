/**
 * Links: those between the pages of the site, with their anchors, and those of front pages as npm shows them.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { textOf } from "../documents.ts"
import { repository, site } from "../layout.ts"
import { anchorOf, linksOf, titlesOf } from "../markdown.ts"
import { npm, packages } from "../packages.ts"

const pagesOf = (): ReadonlyMap<string, string> =>
  new Map(
    Fs.readdirSync(site, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".md"))
      .map((file) => [file.replaceAll(Path.sep, "/"), Fs.readFileSync(Path.join(site, file), "utf8")])
  )

const anchorsOf = (text: string): ReadonlySet<string> =>
  new Set(titlesOf(text).map((title) => /\{#([^}]+)\}$/.exec(title)?.[1] ?? anchorOf(title)))

/** Links of the pages that lead nowhere. */
export const deadLinks = (): ReadonlyArray<string> => {
  const pages = pagesOf()
  const anchors = new Map<string, ReadonlySet<string>>()
  return Array.from(pages).flatMap(([page, text]) =>
    linksOf(text).flatMap((link) => {
      if (/^(?:https?|mailto):/.test(link)) return []
      const [path = "", anchor] = link.split("#")
      const at = path.startsWith("/") ? path.slice(1) : Path.posix.join(Path.posix.dirname(page), path)
      const plainly = path === "" ? page : Path.posix.normalize(at === "" ? "." : at).replace(/^\.?\//, "")
      if (/\.(?:svg|png)$/.test(plainly)) {
        return Fs.existsSync(Path.join(site, "public", plainly)) ? [] : [`${page}: no picture ${link}`]
      }
      const candidates = [plainly, `${plainly}.md`, `${plainly}/index.md`, `${plainly}index.md`]
      const target = candidates.map((one) => one.replace(/^\.?\//, "")).find((one) => pages.has(one))
      if (target === undefined) return [`${page}: no page ${link}`]
      // Those of the API are TypeDoc's own.
      if (anchor === undefined || target.startsWith("api/")) return []
      const known = anchors.get(target) ?? anchorsOf(pages.get(target) ?? "")
      anchors.set(target, known)
      return known.has(anchor) ? [] : [`${page}: no title ${link}`]
    })
  )
}

/**
 * Links of front pages that do not work where npm shows them: there a page has its own titles, files of its package,
 * and whole addresses.
 */
export const deadOnNpm = (): ReadonlyArray<string> =>
  packages.flatMap(({ documents, folder }) => {
    const front = documents[0] ?? ""
    const text = textOf(front)
    const links = linksOf(text)
    const { files }: { readonly files: ReadonlyArray<string> } = JSON.parse(textOf(`packages/${folder}/package.json`))
    const dead = links.filter((link) => {
      if (link.startsWith("#")) return !anchorsOf(text).has(link.slice(1))
      if (link.startsWith(npm)) return !packages.some(({ name }) => link === npm + name)
      if (/^https:/.test(link)) return false
      const [path = ""] = link.split("#")
      const isPacked = path === "LICENSE" || files.some((pattern) => Path.posix.matchesGlob(path, pattern))
      return !isPacked || !Fs.existsSync(Path.join(repository, "packages", folder, path))
    })
    const unnamed = documents
      .slice(1)
      .filter((document) => !links.some((link) => link.split("#")[0] === Path.basename(document)))
    return [
      ...dead.map((link) => `${front}: on npm ${link} leads nowhere`),
      ...unnamed.map((document) => `${front}: does not name ${Path.basename(document)}`)
    ]
  })
