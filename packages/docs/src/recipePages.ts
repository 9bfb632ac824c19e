/**
 * The examples, a page for each: what it shows, how to run it, and its source. They are run by the tests of the project.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { textOf } from "./documents.ts"
import { repository, site } from "./layout.ts"
import type { Section } from "./manualPages.ts"

const folder = "packages/examples/src"

/** What is no recipe by itself. */
const helpers = new Set(["example.ts", "simulated.ts"])

/** The text of the comment that a file begins with, and the file without it. */
const splitComment = (source: string): { readonly about: string; readonly code: string } => {
  const [comment = "", text = ""] = /^\/\*\*\n([\s\S]*?)\n \*\/\n+/.exec(source) ?? []
  return { about: text.replace(/^ \* ?/gm, ""), code: source.slice(comment.length) }
}

const files = (): ReadonlyArray<string> =>
  Fs.readdirSync(Path.join(repository, folder)).filter((file) => file.endsWith(".ts") && !helpers.has(file))

/** The parts of an example that stand in a folder with its name. */
const partsOf = (name: string): ReadonlyArray<string> => {
  const parts = Path.join(repository, folder, name)
  return Fs.existsSync(parts)
    ? Fs.readdirSync(parts)
        .filter((file) => file.endsWith(".ts"))
        .map((file) => `${name}/${file}`)
    : []
}

const block = (code: string, language = "ts"): string => `\`\`\`${language}\n${code.trimEnd()}\n\`\`\`\n`

/** What is indented is a block that a theme knows: without a language its lines run over the edge of the page. */
const fenced = (about: string): string =>
  about.replace(/(?:^ {4}.*(?:\n|$))+/gm, (lines) => block(lines.replace(/^ {4}/gm, ""), "text"))

/** Writes the pages, and gives what stands beside them. */
export const write = (): Section => {
  Fs.mkdirSync(Path.join(site, "recipes"), { recursive: true })
  const items = files().map((file) => {
    const name = Path.basename(file, ".ts")
    const { about, code } = splitComment(Fs.readFileSync(Path.join(repository, folder, file), "utf8"))
    const others = partsOf(name).map(
      (part) => `## ${part}\n\n${block(Fs.readFileSync(Path.join(repository, folder, part), "utf8"))}`
    )
    const run = `Run it from a clone of the project:\n\n\`\`\`sh\nnpm run example -- ${name}\n\`\`\`\n`
    const text = [`# ${name}\n`, `${fenced(about)}\n`, run, block(code), ...others].join("\n")
    Fs.writeFileSync(Path.join(site, "recipes", `${name}.md`), text)
    return { text: name, link: `/recipes/${name}` }
  })
  // What each shows stands in a table, by name.
  const index = textOf("packages/examples/README.md").replace("# Examples", "# Recipes")
  Fs.writeFileSync(Path.join(site, "recipes/index.md"), index.replace(/^\| `([\w-]+)` \|/gm, "| [`$1`](/recipes/$1) |"))
  return { text: "Recipes", items: [{ text: "Overview", link: "/recipes/" }, ...items] }
}
