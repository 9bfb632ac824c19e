/**
 * Public names: each has a page with a first sentence and `@since`, and each module is shown at work where it does
 * something.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { type ApiModule, apiModulesOf } from "../apiPages.ts"
import { textOf } from "../documents.ts"
import { site } from "../layout.ts"
import { packages } from "../packages.ts"

/** A name that a package exports, and its module. */
export interface PublicName {
  readonly module: string
  readonly name: string
  readonly kind: string
}

/** All names that the lists of the packages have of their own modules. */
export const publicNamesOf = (folder: string): ReadonlyArray<PublicName> => {
  const [, ...sections] = textOf(`packages/${folder}/api.md`).split(/^## /m)
  return sections.flatMap((section) => {
    const module = section.split("\n", 1)[0] ?? ""
    return Array.from(
      section.matchAll(/^- (const|function|class|interface|type|namespace)[^`]* `(\w+)`/gm),
      ([, kind = "", name = ""]) => ({ module, name, kind })
    )
  })
}

const folders = ["functions", "variables", "classes", "interfaces", "type-aliases", "namespaces", "enumerations"]

/** The pages of a name. */
const pagesOf = (module: ApiModule, name: string): ReadonlyArray<string> => {
  const base = Path.join(site, "api", module.page)
  return folders
    .flatMap((folder) => [Path.join(base, folder, `${name}.md`), Path.join(base, folder, name, "index.md")])
    .filter((file) => Fs.existsSync(file))
}

/** The words of a page before its first section, without its title and code. */
const firstWords = (page: string): string =>
  (page.split(/^## /m)[0] ?? "")
    .replace(/^# .*$/m, "")
    .replace(/^```[\s\S]*?^```$/gm, "")
    .trim()

const complaintsOf = (module: ApiModule, { name }: PublicName): ReadonlyArray<string> => {
  const pages = pagesOf(module, name).map((file) => Fs.readFileSync(file, "utf8"))
  const what = `${module.name}: ${name}`
  if (pages.length === 0) return [`${what} has no page`]
  return [
    ...(pages.some((page) => /^#+ Since$/m.test(page)) ? [] : [`${what} has no @since`]),
    ...(pages.some((page) => /[a-z]/.test(firstWords(page)) || /^#+ Call Signature$/m.test(page))
      ? []
      : [`${what} has no first sentence`])
  ]
}

/** Names without a page, without a sentence, without a version. */
export const incompleteNames = (): ReadonlyArray<string> =>
  packages.flatMap(({ folder }) => {
    const modules = new Map(apiModulesOf(folder).map((module) => [module.name, module]))
    return publicNamesOf(folder).flatMap((one) => {
      const module = modules.get(one.module)
      return module === undefined ? [] : complaintsOf(module, one)
    })
  })

/** Whether a program would call something of it, and not only hand on what it is: it gives effects, streams, layers. */
const doesSomething = (module: ApiModule): boolean =>
  /^export (?:const|function) \w+[\s\S]*?(?:Effect|Stream|Layer)\.\w*(?:Effect|Stream|Layer)?</m.test(
    Fs.readFileSync(module.file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "")
  )

/** What a gateway or a spool of one's own is built of: its parts are described where they stand, and used by few. */
const parts = new Set([
  ...[
    "BodyDigest",
    "BodySource",
    "ConnectionPool",
    "ObjectRead",
    "PagedList",
    "Reconcile",
    "ReplyStatus",
    "Tree",
    "TreeEntry",
    "Xml"
  ].map((name) => `@effect-hcp/sdk/${name}`),
  ...["BlobStore", "CertificateAuthority", "ControlServer", "HcpSystem", "NodeServer", "SystemSpec"].map(
    (name) => `@effect-hcp/simulator/${name}`
  ),
  // `Multipart` has what they do.
  ...["MultipartCopy", "MultipartDownload"].map((name) => `@effect-hcp/s3/${name}`),
  ...["DirectoryOwner", "InputCheck", "SqliteDatabase"].map((name) => `@effect-hcp/spool/${name}`)
])

/** Modules that do something, and are shown at work nowhere: neither in their own comments nor in any manual. */
export const modulesWithoutExample = (): ReadonlyArray<string> =>
  packages.flatMap(({ folder }) =>
    apiModulesOf(folder).flatMap((module) => {
      if (parts.has(module.name) || !doesSomething(module) || /^ +\* ```ts/m.test(Fs.readFileSync(module.file, "utf8")))
        return []
      const page = Fs.readFileSync(Path.join(site, "api", module.page, "index.md"), "utf8")
      return page.includes("## Shown at work") ? [] : [`${module.name} is shown at work nowhere`]
    })
  )
