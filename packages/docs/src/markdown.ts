/**
 * What has to be known of Markdown to make pages from manuals: titles, their anchors, links, and what is code.
 */

/** A part of a document that is prose, or a block of code, as it stands there. */
interface Part {
  readonly text: string
  readonly isCode: boolean
}

const parts = (text: string): ReadonlyArray<Part> =>
  text.split(/(^[ \t]*```[\s\S]*?^[ \t]*```$)/m).map((part, index) => ({ text: part, isCode: index % 2 === 1 }))

/** Changes the prose, and no code. */
export const inProse = (text: string, change: (prose: string) => string): string =>
  parts(text)
    .map((part) => (part.isCode ? part.text : change(part.text)))
    .join("")

/** The anchor of a title where Markdown is shown, on GitHub and on npm. */
export const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/ /g, "-")

/** Gives each title the anchor that links of the manuals name. */
export const withAnchors = (text: string): string =>
  inProse(text, (prose) =>
    prose.replace(/^(#+) (.+)$/gm, (_, level, title) => `${level} ${title} {#${anchorOf(title)}}`)
  )

/** Changes where links lead. What leads nowhere becomes its text. */
export const withLinks = (text: string, place: (target: string) => string | undefined): string =>
  inProse(text, (prose) =>
    prose.replace(/(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g, (_, image, label, target) => {
      const placed = place(target)
      return placed === undefined ? label : `${image}[${label}](${placed})`
    })
  )

/** Where the links of a document lead, pictures too, in their order. */
export const linksOf = (text: string): ReadonlyArray<string> => {
  const links: Array<string> = []
  withLinks(text, (target) => {
    links.push(target)
    return target
  })
  return links
}

/** A document without comments, which are for the checks of it. */
export const withoutComments = (text: string): string =>
  inProse(text, (prose) => prose.replace(/^[ \t]*<!--[\s\S]*?-->\n?/gm, ""))

/** What stands in a cell of a table. */
export const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ")

/** A table. */
export const table = (columns: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [columns, columns.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

/** All titles of a document. */
export const titlesOf = (text: string): ReadonlyArray<string> => {
  const titles: Array<string> = []
  inProse(text, (prose) => {
    for (const [, title = ""] of prose.matchAll(/^#+ (.+)$/gm)) titles.push(title)
    return prose
  })
  return titles
}

/** A chapter: its title, and its text with the title. What comes before the first one has the title of the document. */
export interface Chapter {
  readonly title: string
  readonly text: string
}

/** Splits a document at its titles of the second level. */
export const chaptersOf = (text: string): ReadonlyArray<Chapter> => {
  const chapters: Array<{ title: string; text: string }> = []
  for (const { isCode, text: part } of parts(text)) {
    const pieces = isCode ? [part] : part.split(/^(?=#{1,2} )/m)
    for (const piece of pieces) {
      const [, title] = isCode ? [] : (/^#{1,2} (.+)$/m.exec(piece.split("\n", 1)[0] ?? "") ?? [])
      const last = chapters.at(-1)
      if (title !== undefined || last === undefined) chapters.push({ title: title ?? "", text: piece })
      else last.text += piece
    }
  }
  return chapters
}

/** A title without the marks of code and emphasis. */
export const plain = (title: string): string => title.replace(/[`*]/g, "")

/** The titles of a chapter one level up, so that it can be a page of its own. */
export const raised = (text: string): string => inProse(text, (prose) => prose.replace(/^#(#+ )/gm, "$1"))
