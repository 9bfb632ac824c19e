/**
 * Bundles the program of a package, the command that its `bin` starts, with everything it needs into `dist/program`:
 * resolving and reading a thousand files of `effect`, the SDK and their dependencies takes longer than what a command
 * does. What a command does not always need stands in chunks that are loaded on demand.
 *
 * The modules of `exports` are not touched by that: they find the packages of the manifest where npm installs them. So a
 * package with a program has both, and the copies in the program are those of the lock file. Their licences stand in
 * `dist/program/LICENSES.txt`, and `dist/program/bundled.json` names them for the bill of materials.
 */
import * as Fs from "node:fs"
import { isBuiltin } from "node:module"
import * as Path from "node:path"
import { type Plugin, rolldown } from "rolldown"
import { repository } from "./modules.ts"
import { workers } from "./workers.ts"

/** A package of which a program holds a copy. */
export interface Bundled {
  readonly name: string
  readonly version: string
  readonly license: string
}

/** The file that `bin` loads, and the list of what is in it, relative to the package. */
export const programFile = "dist/program/main.js"
export const bundledFile = "dist/program/bundled.json"

/**
 * What most commands load at once when they talk to an HCP: one file of it is found and read faster than thirty. All
 * that these modules import statically comes with them.
 */
const client = [
  "cli/src/internal/nativeStore.ts",
  "sdk/src/ConfigVariable.ts",
  "sdk/src/Hcp.ts",
  "sdk/src/HcpConfig.ts",
  "sdk/src/internal/body/localFile.ts",
  "sdk/src/internal/dns/nameServerLookup.ts",
  "sdk/src/internal/transport/undiciConnection.ts",
  "sdk/src/namespace/Namespace.ts"
].map((file) => Path.join(repository, "packages", file))

/**
 * Of undici a program needs the client of one connection with HTTP/1.1, and not fetch, WebSocket, caches and HTTP/2,
 * which its main file loads all.
 */
const undici: Plugin = {
  name: "undici",
  resolveId(id, importer) {
    if (id === "undici/index.js") return "\0undici"
    if (id.endsWith("/client-h2.js") && importer?.includes("/undici/")) return "\0http2"
    return undefined
  },
  load(id) {
    if (id === "\0undici") {
      const client = Path.join(repository, "node_modules/undici/lib/dispatcher/client.js")
      return `import Client from ${JSON.stringify(client)}\nexport { Client }\n`
    }
    return id === "\0http2" ? "export default undefined\n" : undefined
  }
}

const folderIn = (file: string): string | undefined =>
  /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file.split(Path.sep).join("/"))?.[0]

/** Licences that allow it, as long as their text comes with the copy. */
const allowed = /^(?:MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0)$/

/** The packages of these files, with the texts of their licences. Throws for a licence that nobody has looked at. */
const licensesOf = (files: Iterable<string>): ReadonlyArray<Bundled & { readonly text: string }> => {
  const folders = new Set(Array.from(files).flatMap((file) => folderIn(file) ?? []))
  return Array.from(folders)
    .map((folder) => {
      const manifest: Bundled = JSON.parse(Fs.readFileSync(Path.join(folder, "package.json"), "utf8"))
      const { license, name, version } = manifest
      if (!allowed.test(license)) throw new Error(`${name} ${version} has the licence ${license}`)
      const texts = Fs.readdirSync(folder).filter((file) => /^(?:licen[cs]e|notice)(?:\.\w+)?$/i.test(file))
      const text = texts.map((file) => Fs.readFileSync(Path.join(folder, file), "utf8").trim()).join("\n\n")
      return { name, version, license, text }
    })
    .sort((left, right) => (left.name < right.name ? -1 : 1))
}

const notice = "This program holds copies of the packages below, each under its own licence."

/** Bundles `src/<entry>.ts` of the package in `folder`. */
export const bundleProgram = async (folder: string, entry: string): Promise<void> => {
  const target = Path.join(folder, Path.dirname(programFile))
  const build = await rolldown({
    cwd: folder,
    input: { [Path.basename(programFile, ".js")]: Path.join(folder, "src", `${entry}.ts`) },
    platform: "node",
    external: (id) => isBuiltin(id),
    resolve: { conditionNames: ["@effect-hcp/source", "node", "import", "default"] },
    plugins: [undici, workers],
    checks: { pluginTimings: false },
    onLog: (level, log) => {
      // A module that one command imports statically and another on demand is in the file of the first.
      if (level === "warn" && log.code !== "INEFFECTIVE_DYNAMIC_IMPORT") throw new Error(log.message)
    }
  })
  const { output } = await build.write({
    dir: target,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    // Names stay as they are: they stand in stack traces.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    comments: { legal: false, annotation: false, jsdoc: false },
    codeSplitting: {
      groups: [
        { name: "main", tags: ["$initial"], priority: 2 },
        { name: "client", test: (id: string) => client.includes(id), priority: 1 }
      ]
    }
  })
  await build.close()
  const chunks = output.flatMap((file) => (file.type === "chunk" ? [file] : []))
  for (const { dynamicImports, fileName, imports } of chunks) {
    const outside = [...imports, ...dynamicImports].filter(
      (id) => !isBuiltin(id) && !chunks.some((one) => one.fileName === id)
    )
    if (outside.length > 0) throw new Error(`${fileName} imports ${outside.join(", ")}, which is not in the program`)
  }
  const packages = licensesOf(chunks.flatMap(({ moduleIds }) => moduleIds))
  const sections = packages.map(({ license, name, text, version }) => `${name} ${version} (${license})\n\n${text}`)
  Fs.writeFileSync(Path.join(target, "LICENSES.txt"), `${[notice, ...sections].join(`\n\n${"-".repeat(80)}\n\n`)}\n`)
  const list: ReadonlyArray<Bundled> = packages.map(({ license, name, version }) => ({ name, version, license }))
  Fs.writeFileSync(Path.join(folder, bundledFile), `${JSON.stringify(list, undefined, 2)}\n`)
}
