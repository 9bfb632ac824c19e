/**
 * The pages of the API, by TypeDoc: one for each public name of each module that a program can import.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { folderOf, modulesOf } from "../../../.ci/modules.ts"
import { docs, repository, site } from "./layout.ts"
import type { Section } from "./manualPages.ts"
import { titlesOf } from "./markdown.ts"
import { packages } from "./packages.ts"
import * as Tool from "./tool.ts"

/** A module that a program can import, and not only other modules. */
export interface ApiModule {
  /** What a program writes: `@effect-hcp/sdk/Namespace`. */
  readonly name: string
  /** Its last part: `Namespace`. */
  readonly short: string
  readonly file: string
  /** As TypeDoc calls it, and as its pages shall be called. */
  readonly found: string
  readonly page: string
}

/** The modules of a package. */
export const apiModulesOf = (folder: string): ReadonlyArray<ApiModule> =>
  modulesOf(folder)
    .filter(({ isBarrel }) => !isBarrel)
    .map(({ name, source }) => {
      const path = source.replace(/\.ts$/, "")
      return {
        name,
        short: Path.basename(path),
        file: Path.join(folderOf(folder), source),
        found: `${folder}/${path}`,
        page: `${folder}/${path.replace(/^src\//, "")}`
      }
    })

/** What stands behind the package where it is imported: `Namespace`, `testing/Mapi`. */
const titleOf = ({ name }: ApiModule): string => name.split("/").slice(2).join("/")

/** The words that a file begins with, and how a program imports it. */
const aboutOf = ({ file, name, short }: ApiModule): string => {
  const [, comment = ""] = /^\/\*\*\n([\s\S]*?)\n \*\//.exec(Fs.readFileSync(file, "utf8")) ?? []
  const words = comment
    .replace(/^ \* ?/gm, "")
    .replace(/\{@link ([\w.]+)\}/g, "`$1`")
    .split(/^@\w+/m)[0]
  const whole = `import * as ${short} from "${name}"`
  return `\`\`\`ts\n${whole}\n\`\`\`\n\n${words?.trim() ?? ""}`
}

/** The programs of the other pages, with the title of each page. */
const programs = (): ReadonlyArray<{ readonly title: string; readonly link: string; readonly code: string }> =>
  Fs.readdirSync(site, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll(Path.sep, "/"))
    .filter((file) => file.endsWith(".md") && !file.startsWith("api/"))
    .sort()
    .map((file) => {
      const text = Fs.readFileSync(Path.join(site, file), "utf8")
      const code = Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```/gm), ([, block = ""]) => block).join("\n")
      const title = (titlesOf(text)[0] ?? file).replace(/ \{#[^}]*\}$/, "")
      return {
        title,
        link: `/${file.replace(/(?:^|\/)index\.md$|\.md$/, (end) => (end.startsWith(".") ? "" : "/"))}`,
        code
      }
    })

/** Removes what TypeDoc repeats of base classes, and adds where a module is shown at work. */
const finish = (out: string, modules: ReadonlyArray<ApiModule>): void => {
  for (const file of Fs.readdirSync(out, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".md")) continue
    const path = Path.join(out, file)
    const text = Fs.readFileSync(path, "utf8")
    const shorter = text
      .replace(/\n#+ (?:Inherited from|Overrides)\n\n[^\n]+\n/g, "")
      .replace(/\n## Extends\n\n- [\s\S]*?(?=\n## )/g, "")
    if (shorter !== text) Fs.writeFileSync(path, shorter)
  }
  const all = programs()
  for (const module of modules) {
    const { page, short } = module
    const file = Path.join(out, page, "index.md")
    // Addresses say where a module is in the sources, titles how it is imported.
    Fs.writeFileSync(file, Fs.readFileSync(file, "utf8").replace(/^# .*$/m, `# ${titleOf(module)}`))
    const used = new RegExp(`\\b${short}[.<(]`)
    const imported = new RegExp(`^import [^"]*\\b${short}\\b[^"]*"`, "m")
    const shown = all.filter(({ code }) => imported.test(code) && used.test(code))
    if (shown.length === 0) continue
    const list = shown.slice(0, 8).map(({ link, title }) => `- [${title}](${link})`)
    Fs.appendFileSync(file, `\n## Shown at work\n\n${list.join("\n")}\n`)
  }
}

/** Writes the pages, and gives what stands beside them. */
export const write = async (): Promise<ReadonlyArray<Section>> => {
  const modules = packages.flatMap(({ folder }) => apiModulesOf(folder))
  const out = Path.join(site, "api")
  const options = {
    name: "API",
    entryPoints: modules.map(({ file }) => file),
    modules: Object.fromEntries(modules.map((one) => [one.found, { name: one.page, about: aboutOf(one) }])),
    basePath: Path.join(repository, "packages"),
    displayBasePath: Path.join(repository, "packages"),
    tsconfig: Path.join(repository, "tsconfig.json"),
    compilerOptions: { customConditions: ["@effect-hcp/source"], plugins: [] },
    // They are checked by a newer compiler than TypeDoc has.
    skipErrorChecking: true,
    plugin: ["typedoc-plugin-markdown", Path.join(docs, "moduleNames.mjs")],
    router: "member",
    entryFileName: "index",
    readme: "none",
    disableGit: true,
    disableSources: true,
    excludeInternal: true,
    excludePrivate: true,
    // Members of what other packages have are told there.
    excludeExternals: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    parametersFormat: "table",
    useCodeBlocks: true,
    validation: false,
    logLevel: "Error",
    outputs: [{ name: "markdown", path: out }]
  }
  const file = Path.join(site, "typedoc.json")
  Fs.writeFileSync(file, JSON.stringify(options))
  await Tool.run("typedoc/bin/typedoc", "--options", file)
  Fs.rmSync(file)
  finish(out, modules)
  return packages.map(({ folder, name }) => ({
    text: name,
    items: apiModulesOf(folder).map((module) => ({ text: titleOf(module), link: `/api/${module.page}/` }))
  }))
}
