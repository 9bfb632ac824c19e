/**
 * The packages of the project, as the workspaces name them: a new one needs no line here.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { repository } from "./layout.ts"
import { linksOf } from "./markdown.ts"

/** What the addresses of front pages at npm begin with. */
export const npm = "https://www.npmjs.com/package/"

/** A package that is published. */
export interface Package {
  /** Its folder below `packages`, which is also its part of the addresses of the site. */
  readonly folder: string
  /** What a program writes: `@effect-hcp/sdk`. */
  readonly name: string
  readonly description: string
  /** Its documents for users, relative to the repository: the front page, then the others in the order it names them. */
  readonly documents: ReadonlyArray<string>
}

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly description?: string
  readonly workspaces?: ReadonlyArray<string>
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(Fs.readFileSync(Path.join(repository, folder, "package.json"), "utf8"))

/** What is for those who change a package, or made by a script. */
const others = new Set(["AGENTS.md", "CHANGELOG.md", "README.md", "api.md"])

const documentsOf = (folder: string): ReadonlyArray<string> => {
  const front = `${folder}/README.md`
  const manuals = Fs.readdirSync(Path.join(repository, folder)).filter(
    (file) => file.endsWith(".md") && !others.has(file)
  )
  const named = linksOf(Fs.readFileSync(Path.join(repository, front), "utf8")).map((link) => link.split("#")[0] ?? "")
  const place = (file: string): number => (named.includes(file) ? named.indexOf(file) : named.length)
  const inOrder = manuals.sort((one, other) => place(one) - place(other) || one.localeCompare(other))
  return [front, ...inOrder.map((file) => `${folder}/${file}`)]
}

/** The front pages of workspaces that are not published; the one of the examples is that of the recipes. */
export const privateFrontPages: ReadonlyArray<string> = (manifestOf(".").workspaces ?? [])
  .filter((folder) => manifestOf(folder).private === true && folder !== "packages/examples")
  .map((folder) => `${folder}/README.md`)
  .filter((file) => Fs.existsSync(Path.join(repository, file)))

/** All packages that are published, in the order of the workspaces. */
export const packages: ReadonlyArray<Package> = (manifestOf(".").workspaces ?? []).flatMap((folder) => {
  const { description = "", name, private: isPrivate } = manifestOf(folder)
  if (isPrivate === true) return []
  return [{ folder: Path.basename(folder), name, description, documents: documentsOf(folder) }]
})
