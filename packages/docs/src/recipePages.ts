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

interface Example {
  readonly name: string
  /** Where it stands in the project. */
  readonly file: string
  /** What starts it in a clone. */
  readonly command: string
}

/** What needs more packages than the others stands in the package that it is about. */
const elsewhere = ["packages/jobs/example/jobs.ts"]

const examples = (): ReadonlyArray<Example> => [
  ...Fs.readdirSync(Path.join(repository, folder))
    .filter((file) => file.endsWith(".ts") && !helpers.has(file))
    .map((file) => {
      const name = Path.basename(file, ".ts")
      return { name, file: `${folder}/${file}`, command: `npm run example -- ${name}` }
    }),
  ...elsewhere.map((file) => ({
    name: Path.basename(file, ".ts"),
    file,
    command: `node --conditions=@effect-hcp/source ${file}`
  }))
]

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

/** The page of each example, by its file. */
export const places = (): ReadonlyArray<readonly [file: string, page: string]> =>
  examples().map(({ file, name }) => [file, `/recipes/${name}`])

/** Writes the pages, and gives what stands beside them. */
export const write = (): Section => {
  Fs.mkdirSync(Path.join(site, "recipes"), { recursive: true })
  const items = examples().map(({ command, file, name }) => {
    const { about, code } = splitComment(textOf(file))
    const others = partsOf(name).map((part) => `## ${part}\n\n${block(textOf(`${folder}/${part}`))}`)
    const run = `Run it from a clone of the project:\n\n\`\`\`sh\n${command}\n\`\`\`\n`
    const text = [`# ${name}\n`, `${fenced(about)}\n`, run, block(code), ...others].join("\n")
    Fs.writeFileSync(Path.join(site, "recipes", `${name}.md`), text)
    return { text: name, link: `/recipes/${name}` }
  })
  // What each shows stands in a table, by name.
  const index = textOf("packages/examples/README.md")
    .replace("# Examples", "# Recipes")
    .replace(/^\| (?:`([\w-]+)`|\[`([\w-]+)`\]\([^)]+\)[^|]*) \|/gm, (_, here, there) => {
      const name = here ?? there
      return `| [\`${name}\`](/recipes/${name}) |`
    })
  Fs.writeFileSync(Path.join(site, "recipes/index.md"), index)
  return { text: "Recipes", items: [{ text: "Overview", link: "/recipes/" }, ...items] }
}
