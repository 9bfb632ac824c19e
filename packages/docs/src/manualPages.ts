/**
 * The manuals of the packages, a page for each chapter. They are written where npm shows them, and are only split here.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { repository, site } from "./layout.ts"
import { anchorOf, chaptersOf, plain, raised, titlesOf, withAnchors, withLinks } from "./markdown.ts"

/** An entry beside the pages. */
export interface Entry {
  readonly text: string
  readonly link: string
}

/** A manual, and its pages. */
export interface Section {
  readonly text: string
  readonly items: ReadonlyArray<Entry>
}

/** A document of the project: where it is, where its pages go, and what it is called. */
const manuals = [
  { file: "packages/sdk/README.md", folder: "sdk", text: "The client" },
  { file: "packages/sdk/NAMESPACE.md", folder: "namespace", text: "Namespaces" },
  { file: "packages/sdk/MANAGEMENT.md", folder: "management", text: "The management API" },
  { file: "packages/sdk/QUERY.md", folder: "query", text: "Metadata queries" },
  { file: "packages/s3/README.md", folder: "s3", text: "S3" },
  { file: "packages/cli/README.md", folder: "cli", text: "The command hcp" },
  { file: "packages/spool/README.md", folder: "spool", text: "The spool" },
  { file: "packages/jobs/README.md", folder: "jobs", text: "Jobs" },
  { file: "packages/sdk/TESTING.md", folder: "testing", text: "Testing your service" },
  { file: "packages/simulator/README.md", folder: "simulator", text: "The simulator" },
  { file: "packages/sdk/RELIABILITY.md", folder: "reliability", text: "Reliability" },
  { file: "packages/bench/README.md", folder: "performance", text: "Performance" }
] as const

interface Page {
  readonly title: string
  readonly link: string
  readonly text: string
}

const slugOf = (title: string): string => anchorOf(plain(title)).replace(/-+/g, "-").replace(/^-|-$/g, "")

const pagesOf = (file: string, folder: string): ReadonlyArray<Page> =>
  chaptersOf(Fs.readFileSync(Path.join(repository, file), "utf8")).map(({ text, title }, index) => ({
    title: plain(title),
    link: index === 0 ? `/manual/${folder}/` : `/manual/${folder}/${slugOf(title)}`,
    text: index === 0 ? text : raised(text)
  }))

/**
 * Writes the pages, and gives what stands beside them. `others` are links to what is no manual, by the file in the
 * repository.
 */
export const write = (others: ReadonlyMap<string, string>): ReadonlyArray<Section> => {
  const all = manuals.map((manual) => ({ ...manual, pages: pagesOf(manual.file, manual.folder) }))
  // Which page has which title of which document.
  const places = new Map(others)
  for (const { file, pages } of all) {
    places.set(file, pages[0]?.link ?? "")
    for (const { link, text } of pages) {
      for (const title of titlesOf(text)) places.set(`${file}#${anchorOf(title)}`, `${link}#${anchorOf(title)}`)
    }
  }
  for (const { file, pages } of all) {
    for (const { link, text } of pages) {
      const placed = withLinks(text, (target) => {
        if (/^https?:/.test(target)) return target
        const [path = "", anchor] = target.split("#")
        const document = path === "" ? file : Path.posix.normalize(Path.posix.join(Path.posix.dirname(file), path))
        if (/\.svg$/.test(document)) return copied(document)
        return places.get(anchor === undefined ? document : `${document}#${anchor}`) ?? places.get(document)
      })
      const written = Path.join(site, `${link.endsWith("/") ? `${link}index` : link}.md`)
      Fs.mkdirSync(Path.dirname(written), { recursive: true })
      Fs.writeFileSync(written, withAnchors(placed))
    }
  }
  return all.map(({ pages, text }) => ({
    text,
    items: pages.map(({ link, title }, index) => ({ text: index === 0 ? "Overview" : title, link }))
  }))
}

/** A picture, where the site serves it. */
const copied = (document: string): string => {
  const name = document.replace(/^packages\//, "").replaceAll("/", "-")
  Fs.mkdirSync(Path.join(site, "public"), { recursive: true })
  Fs.copyFileSync(Path.join(repository, document), Path.join(site, "public", name))
  return `/${name}`
}
