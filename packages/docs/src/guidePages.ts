/**
 * The pages that are written by hand: first steps, concepts, and ways from other clients. What can be known from the
 * code is put into them here.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { pages, programs, site } from "./layout.ts"
import * as LogLines from "./logLines.ts"
import type { Section } from "./manualPages.ts"
import { plain, table, titlesOf, withAnchors, withoutComments } from "./markdown.ts"
import { packages } from "./packages.ts"

/** The folders of pages, in the order beside them, and the order of the pages in each. */
const sections = [
  { folder: "guide", text: "Guide", first: ["start", "packages"] },
  { folder: "concepts", text: "Concepts", first: ["nodes", "request", "retries", "retention"] },
  { folder: "migrate", text: "Coming from", first: ["hcpsdk"] }
] as const

const packagesTable = (): string =>
  table(
    ["Package", "What it is"],
    packages.map(({ description, folder, name }) => [`[\`${name}\`](/manual/${folder}/)`, description])
  )

/** What stands for something that is known from the code. */
const filledBy = (made: Readonly<Record<string, string>>, text: string): string =>
  text
    .replace(/^<!-- made: (\w+) -->$/gm, (_, name) => {
      const block = made[name]
      if (block === undefined) throw new Error(`nothing is made for "${name}"`)
      return block
    })
    .replace(/^<!-- program: (\S+)(?: as \S+)? -->$/gm, (_, file) => {
      const program = Fs.readFileSync(Path.join(programs, file), "utf8")
      return `\`\`\`ts\n${program.trimEnd()}\n\`\`\``
    })

const titleOf = (text: string): string => plain(titlesOf(text)[0] ?? "")

/** Writes the pages, and gives what stands beside them. */
export const write = async (): Promise<ReadonlyArray<Section>> => {
  const made = { packages: packagesTable(), ...(await LogLines.play()) }
  Fs.cpSync(pages, site, { recursive: true })
  const texts = new Map<string, string>()
  for (const file of Fs.readdirSync(pages, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".md")) continue
    const text = withoutComments(filledBy(made, Fs.readFileSync(Path.join(pages, file), "utf8")))
    texts.set(file.replaceAll(Path.sep, "/").replace(/\.md$/, ""), text)
    Fs.writeFileSync(Path.join(site, file), file === "index.md" ? text : withAnchors(text))
  }
  return sections.map(({ first, folder, text }) => {
    const inOrder: ReadonlyArray<string> = first
    const place = (name: string) => (inOrder.includes(name) ? inOrder.indexOf(name) : inOrder.length)
    const names = Array.from(texts.keys())
      .filter((name) => name.startsWith(`${folder}/`))
      .map((name) => name.slice(folder.length + 1))
      .sort((one, other) => place(one) - place(other) || one.localeCompare(other))
    return {
      text,
      items: names.map((name) => ({ text: titleOf(texts.get(`${folder}/${name}`) ?? ""), link: `/${folder}/${name}` }))
    }
  })
}
