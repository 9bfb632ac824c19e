/**
 * The pages of the API, by TypeDoc: one for each public name of each module that a program can import.
 */
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { folderOf, modulesOf } from "../../../.ci/modules.ts"
import { docs, repository, site } from "./layout.ts"
import type { Section } from "./manualPages.ts"
import { packages } from "./packages.ts"

const sourcesOf = (name: string) =>
  modulesOf(name)
    .filter(({ isBarrel }) => !isBarrel)
    .map(({ source }) => ({
      file: Path.join(folderOf(name), source),
      /** As TypeDoc calls it, and as its pages shall be called. */
      found: `${name}/${source.replace(/\.ts$/, "")}`,
      wanted: `${name}/${source.replace(/^src\//, "").replace(/\.ts$/, "")}`
    }))

/** Writes the pages, and gives what stands beside them. */
export const write = (): ReadonlyArray<Section> => {
  const modules = packages.flatMap(({ folder }) => sourcesOf(folder))
  const out = Path.join(site, "api")
  const options = {
    name: "API",
    entryPoints: modules.map(({ file }) => file),
    moduleNames: Object.fromEntries(modules.map(({ found, wanted }) => [found, wanted])),
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
  execFileSync(process.execPath, [Path.join(docs, "node_modules/typedoc/bin/typedoc"), "--options", file], {
    cwd: docs,
    stdio: "inherit"
  })
  Fs.rmSync(file)
  return packages.map(({ folder, name }) => ({
    text: name,
    items: sourcesOf(folder).map(({ wanted }) => ({ text: wanted.slice(folder.length + 1), link: `/api/${wanted}/` }))
  }))
}
