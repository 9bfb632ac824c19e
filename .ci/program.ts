/**
 * Bundles the program of a package, the command that its `bin` starts, with everything it needs into `dist/program`:
 * resolving and reading a thousand files of `effect`, the SDK and their dependencies takes longer than what a command
 * does. What a command does not always need stands in chunks that are loaded on demand.
 *
 * The modules of `exports` are not touched by that: they find the packages of the manifest where npm installs them. So
 * a package with a program has both, and the copies in the program are those of the lock file. Their licences stand in
 * `dist/program/LICENSES.txt`, and `dist/program/bundled.json` names them for the bill of materials.
 */
import * as Fs from "node:fs"
import { maxHeaderSize } from "node:http"
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
 * What most commands of `hcp` have in common: one file in place of six. All that these modules import comes with them.
 */
const common = [
  "confirm",
  "entryRow",
  "factsRow",
  "gateways",
  "grants",
  "placeArgument",
  "storeFlags",
  "patterns",
  "progressLine"
].map((name) => Path.join(repository, "packages/cli/src/internal", `${name}.ts`))

/** undici asks the HTTP of Node for the default of a limit, and whether a body is an answer of it, which none is. */
const http = `module.exports = { IncomingMessage: class {}, maxHeaderSize: ${maxHeaderSize} }\n`

/** It asks for the plainest assertion of Node alone. */
const assert = `module.exports = (value, message) => {
  if (!value) throw message instanceof Error ? message : new Error(message ?? "a rule of undici does not hold")
}\n`

/**
 * The names of headers in lower case, by their bytes, for whoever reads a million of them. To make it costs more than
 * all answers that most commands get, and undici has another way for names that are not in it.
 */
const tree = "module.exports = { tree: { lookup: () => null } }\n"

/** What stands in place of files and modules that undici requires. */
const inPlace: ReadonlyArray<readonly [id: RegExp, name: string, code: string]> = [
  [/^node:http$/, "\0http", http],
  [/^node:assert$/, "\0assert", assert],
  [/\/tree$/, "\0tree", tree],
  [/\/client-h2\.js$/, "\0http2", "export default undefined\n"]
]

/**
 * Of undici a program needs the client of one connection with HTTP/1.1, and not fetch, WebSocket, caches and HTTP/2,
 * which its main file loads all.
 */
const undici: Plugin = {
  name: "undici",
  resolveId(id, importer) {
    if (id === "undici/index.js") return "\0undici"
    if (importer?.includes("/undici/lib/") !== true) return undefined
    return inPlace.find(([found]) => found.test(id))?.[1]
  },
  load(id) {
    if (id === "\0undici") {
      const client = Path.join(repository, "node_modules/undici/lib/dispatcher/client.js")
      return `import Client from ${JSON.stringify(client)}\nexport { Client }\n`
    }
    return inPlace.find(([, name]) => name === id)?.[2]
  }
}

/**
 * WebAssembly for computers, and by parsers, that are hardly ever met: a third of what the client would have to read.
 */
const seldom = /\/undici\/lib\/(?:milo\/(?:no-)?simd|llhttp\/llhttp-wasm)\.js$/

/** What is seldom needed stays a file of its own, which is read when it is called for. */
const apart = (): Plugin => {
  const sources = new Map<string, string>()
  return {
    name: "apart",
    resolveId(id, importer) {
      if (importer === undefined || !id.startsWith(".")) return undefined
      const file = Path.resolve(Path.dirname(importer), id)
      if (!seldom.test(file.split(Path.sep).join("/"))) return undefined
      const name = `undici-${Path.basename(file, ".js")}.cjs`
      sources.set(name, Fs.readFileSync(file, "utf8"))
      return { id: `./${name}`, external: true }
    },
    generateBundle(_, files) {
      if (sources.size === 0) return
      // They are looked for beside the file that has the function for it, which the bundler chooses.
      const from = Object.values(files).find(
        (file) => file.type === "chunk" && file.code.includes("createRequire(import.meta.url)")
      )
      if (from === undefined) throw new Error(`nothing can load ${Array.from(sources.keys()).join(", ")}`)
      for (const [name, source] of sources) {
        this.emitFile({ type: "asset", fileName: Path.posix.join(Path.posix.dirname(from.fileName), name), source })
      }
    }
  }
}

/** Modules whose functions are called seldom: they are loaded then. */
const onCall: ReadonlySet<string> = new Set([
  "node:child_process",
  "node:dns",
  "node:fs/promises",
  "node:readline",
  "node:zlib"
])

/** The value of a name that a module of Node exports; where possible the module is loaded when that is used. */
const builtinValue = (name: string, key: string, value: unknown): string => {
  const builtin = `process.getBuiltinModule(${JSON.stringify(name)})`
  if (key === "promises") return `/* @__PURE__ */ new Proxy({}, { get: (_, key) => ${builtin}.promises[key] })`
  return typeof value === "function" && onCall.has(name) && /^[a-z]/.test(key)
    ? `(...given) => ${builtin}.${key}(...given)`
    : `/* @__PURE__ */ (() => ${builtin}.${key})()`
}

/**
 * Modules of Node as plain values. Node wraps one that is imported into a module of its own, with a copy of each of its
 * exports, which takes as long as to load it.
 */
const builtins: Plugin = {
  name: "builtins",
  resolveId(id, importer, { kind }) {
    if (!isBuiltin(id)) return undefined
    // What the bundler adds is there before any module.
    const isValue = kind === "import-statement" && importer?.startsWith("\0rolldown") !== true
    return isValue ? `\0builtin:${id}` : { id, external: true }
  },
  load(id) {
    const [, name] = /^\0builtin:(.*)$/.exec(id) ?? []
    if (name === undefined) return undefined
    const builtin = `process.getBuiltinModule(${JSON.stringify(name)})`
    const exported = Object.entries(process.getBuiltinModule(name) ?? {})
      .filter(([key]) => /^[A-Za-z_$][\w$]*$/.test(key))
      .map(([key, value]) => `const own_${key} = ${builtinValue(name, key, value)}\nexport { own_${key} as ${key} }`)
    return { code: [`export default /* @__PURE__ */ ${builtin}`, ...exported].join("\n"), moduleSideEffects: false }
  }
}

/**
 * One sign that is not ASCII makes Node take the whole file for text of 16 bits: to read it takes four times as long.
 * An escape means the same wherever such a sign may stand, but for raw templates.
 */
const ascii: Plugin = {
  name: "ascii",
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type !== "chunk") continue
      if (/\braw`[^`]*[^\0-\x7f]/.test(file.code))
        throw new Error(`${file.fileName} has a raw template that is not ASCII`)
      file.code = file.code.replace(/[^\0-\x7f]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`)
    }
  }
}

/**
 * What only the help needs, and Effect makes when it is loaded: the tables of Unicode by which words are as wide as a
 * terminal shows them.
 */
const segmenter: Plugin = {
  name: "segmenter",
  transform(code, id) {
    if (!id.endsWith("/effect/dist/cli/CliOutput.js")) return undefined
    const made = /new Intl\.Segmenter\([^)]*\)/
    if (!made.test(code)) throw new Error(`${id} makes no segmenter at once: this plugin can go`)
    return code.replace(made, (make) => `((own) => ({ segment: (text) => (own ??= ${make}).segment(text) }))()`)
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
    resolve: { conditionNames: ["@effect-hcp/source", "node", "import", "default"] },
    plugins: [undici, segmenter, apart(), workers, builtins, ascii],
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
        { name: "main", tags: ["$initial"], priority: 3 },
        { name: "common", test: (id: string) => common.includes(id), priority: 2 },
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
