/**
 * The documents that become pages: those of the packages, and those about the project itself.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { repository } from "./layout.ts"
import { plain, titlesOf } from "./markdown.ts"
import { packages, privateFrontPages } from "./packages.ts"

/** A document, where its pages go, and what it is called beside them. */
export interface Document {
  /** Relative to the repository. */
  readonly file: string
  /** The part of the address between `/manual/` and the page. */
  readonly folder: string
  readonly text: string
  /** Whether it is about the project, and not about using it. */
  readonly isInside: boolean
}

export const textOf = (file: string): string => Fs.readFileSync(Path.join(repository, file), "utf8")

const titleOf = (file: string): string => plain(titlesOf(textOf(file))[0] ?? file)

const addressOf = (folder: string, file: string): string => {
  const name = Path.basename(file, ".md").toLowerCase()
  if (name === "readme") return folder
  return folder === "sdk" ? name : `${folder}-${name}`
}

const inside = (file: string, folder: string): Document => ({ file, folder, text: titleOf(file), isInside: true })

export const documents: ReadonlyArray<Document> = [
  ...packages.flatMap(({ documents, folder }) =>
    documents.map((file) => ({ file, folder: addressOf(folder, file), text: titleOf(file), isInside: false }))
  ),
  ...privateFrontPages.map((file) => inside(file, Path.basename(Path.dirname(file)))),
  inside("ARCHITECTURE.md", "architecture"),
  inside(".github/CONTRIBUTING.md", "contributing"),
  inside(".github/SECURITY.md", "security")
]
