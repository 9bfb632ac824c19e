/**
 * The manuals, a page for each chapter. They are written where npm and GitHub show them, and are only split here.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { type Document, documents, textOf } from "./documents.ts"
import { repository, site } from "./layout.ts"
import { anchorOf, chaptersOf, plain, raised, titlesOf, withAnchors, withLinks, withoutComments } from "./markdown.ts"
import { npm, packages } from "./packages.ts"

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

/** What stands beside the pages: for users, and for those who change the project. */
export interface Manuals {
  readonly manuals: ReadonlyArray<Section>
  readonly inside: ReadonlyArray<Section>
}

interface Page {
  readonly title: string
  readonly link: string
  readonly text: string
}

const slugOf = (title: string): string => anchorOf(plain(title)).replace(/-+/g, "-").replace(/^-|-$/g, "")

/** A licence is no chapter. */
const isChapter = ({ title }: { readonly title: string }): boolean => title !== "Licence"

const pagesOf = ({ file, folder }: Document): ReadonlyArray<Page> =>
  chaptersOf(withoutComments(textOf(file)))
    .filter(isChapter)
    .map(({ text, title }, index) => ({
      title: plain(title),
      link: index === 0 ? `/manual/${folder}/` : `/manual/${folder}/${slugOf(title)}`,
      text: index === 0 ? text : raised(text)
    }))

/** All manuals with their pages. */
const paged = () => documents.map((document) => ({ ...document, pages: pagesOf(document) }))

/** Which page has which title of which document; `others` are links to what is no manual, by the file. */
const placesOf = (all: ReturnType<typeof paged>, others: ReadonlyMap<string, string>): ReadonlyMap<string, string> => {
  const places = new Map(others)
  for (const { file, pages } of all) {
    const first = pages[0]?.link ?? ""
    places.set(file, first)
    places.set(Path.posix.dirname(file), places.get(Path.posix.dirname(file)) ?? first)
    for (const { link, text } of pages) {
      for (const title of titlesOf(text)) places.set(`${file}#${anchorOf(title)}`, `${link}#${anchorOf(title)}`)
    }
  }
  return places
}

const placeIn = (places: ReadonlyMap<string, string>, from: string, target: string): string | undefined => {
  const [path = "", anchor] = target.split("#")
  const document = path === "" ? from : Path.posix.normalize(Path.posix.join(Path.posix.dirname(from), path))
  return places.get(anchor === undefined ? document : `${document}#${anchor}`) ?? places.get(document)
}

/** Front pages lead to those of other packages at npm, as npm shows them; here these are pages, too. */
const onSite = (target: string): string => {
  const own = packages.find(({ name }) => target === npm + name)
  return own === undefined ? target : `/manual/${own.folder}/`
}

/** A text of a document with links that lead to pages of the site. */
export const withPlaces = (file: string, text: string): string => {
  const places = placesOf(paged(), new Map())
  return withLinks(text, (target) => (/^https?:/.test(target) ? onSite(target) : placeIn(places, file, target)))
}

/**
 * Writes the pages, and gives what stands beside them. `others` are links to what is no manual, by the file in the
 * repository.
 */
export const write = (others: ReadonlyMap<string, string>): Manuals => {
  const all = paged()
  const places = placesOf(all, others)
  for (const { file, pages } of all) {
    for (const { link, text } of pages) {
      const placed = withLinks(text, (target) => {
        if (/^https?:/.test(target)) return onSite(target)
        if (/\.(?:svg|png)$/.test(target)) return copied(Path.posix.join(Path.posix.dirname(file), target))
        return placeIn(places, file, target)
      })
      const written = Path.join(site, `${link.endsWith("/") ? `${link}index` : link}.md`)
      Fs.mkdirSync(Path.dirname(written), { recursive: true })
      Fs.writeFileSync(written, withAnchors(placed))
    }
  }
  const sections = (isInside: boolean): ReadonlyArray<Section> =>
    all
      .filter((document) => document.isInside === isInside)
      .map(({ pages, text }) => ({
        text,
        items: pages.map(({ link, title }, index) => ({ text: index === 0 ? "Overview" : title, link }))
      }))
  return { manuals: sections(false), inside: sections(true) }
}

/** A picture, where the site serves it. */
export const copied = (document: string): string => {
  const name = document.replace(/^packages\//, "").replaceAll("/", "-")
  Fs.mkdirSync(Path.join(site, "public"), { recursive: true })
  Fs.copyFileSync(Path.join(repository, document), Path.join(site, "public", name))
  return `/${name}`
}
