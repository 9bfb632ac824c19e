/**
 * Compiles the published packages into their `dist`: the declarations with TypeScript, the JavaScript with rolldown.
 * The programs of packages are bundles of their own, see `program.ts`, and so are pages for browsers, see `web.ts`.
 *
 * Usage: `npm run compile`, or `node .ci/compile.ts sdk` for one package. It needs the declarations of the packages
 * that it imports.
 *
 * Node pays for each file that a program loads, about as much as for the code in it. So what is loaded together stands
 * in one file, a chunk, and each public module is a file with its name that exports from there. A module is in one
 * chunk only: classes and state exist once, whichever subpath a program imports. What the sources import on demand is a
 * chunk of its own. The barrels export from the files of the public modules, so that bundlers leave out what is not
 * used.
 */
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { type Plugin, RolldownMagicString, rolldown } from "rolldown"
import { folderOf, innerManifest, manifestOf, modulesOf, published, repository } from "./modules.ts"
import { bundleProgram } from "./program.ts"
import { bundleWeb } from "./web.ts"
import { workers } from "./workers.ts"

type Package = (typeof published)[number]

/**
 * The chunks of each package, by name, with modules and folders of `src`. A chunk holds these and what they import, but
 * for what a chunk above it holds already. Other modules stay with the only one that imports them, or alone.
 */
const chunks: Readonly<Record<Package, Readonly<Record<string, ReadonlyArray<string>>>>> = {
  sdk: {
    errors: ["HcpError"],
    optionCheck: ["OptionCheck"],
    // What needs nothing on demand, in the client and in what it loads on demand. Bundlers keep what a file imports on
    // demand as soon as they keep anything of the file, so these two are not one.
    core: [
      "HttpProxy",
      "Reconcile",
      "internal/body/bodyErrors",
      "internal/dns/nameServer",
      "internal/pool/",
      "internal/replica/",
      "internal/request/exchange",
      "internal/request/observe",
      "internal/request/optionKinds",
      "internal/request/prepare",
      "internal/request/resume",
      "internal/transport/handlerConnection",
      "internal/transport/tlsDialer"
    ],
    client: ["HcpClient", "ReplicaStrategy"],
    hcp: ["Hcp"],
    // What all gateways need.
    gateway: ["LoopGuard", "Xml", "internal/exactNumber", "internal/request/expecting", "internal/xml/plainAnswer"],
    gzip: ["internal/body/gzip"],
    schemaIssue: ["internal/schemaIssue"],
    // What follows is also used without a client.
    retention: ["namespace/Retention"],
    values: [
      "namespace/Acl",
      "namespace/ByteRange",
      "namespace/Conditions",
      "namespace/LabelledHold",
      "namespace/ObjectMetadata",
      "namespace/Progress",
      "namespace/TreeEntry",
      "query/Expression"
    ],
    drafts: ["DraftFile", "namespace/internal/transferNames"],
    cors: ["mapi/Cors"],
    mapiClient: ["mapi/LinkAction", "mapi/Mapi", "mapi/Package"],
    mapiValues: [
      "mapi/Account",
      "mapi/ChargebackRow",
      "mapi/IpSettings",
      "mapi/Link",
      "mapi/NamespaceRules",
      "mapi/NamespaceSettings",
      "mapi/Permission",
      "mapi/Statistics",
      "mapi/Tenant",
      "mapi/TenantSettings"
    ],
    nodeErrors: ["internal/transport/nodeErrors"],
    namespaceInfo: ["namespace/CopySource", "namespace/internal/namespaceInfo"],
    // What trees need that are compared, copied or transferred.
    trees: [
      "namespace/internal/bodyStream",
      "namespace/internal/emptyDirectories",
      "namespace/internal/entryMark",
      "namespace/internal/fileAt",
      "namespace/internal/intoFile",
      "namespace/internal/onCondition",
      "namespace/internal/optimisticStore",
      "namespace/internal/refusals",
      "namespace/internal/transferDisk",
      "namespace/internal/transferRun",
      "namespace/internal/transferWalk"
    ],
    namespace: ["namespace/Namespace"],
    query: ["query/MetadataQuery"],
    transfer: ["namespace/Transfer"],
    mapi: ["mapi/"]
  },
  s3: {
    values: ["MultipartError", "S3ObjectMetadata"],
    gateway: ["S3"],
    objects: ["S3Object"],
    buckets: ["Bucket", "Acl", "BatchDelete", "Cors", "Listing", "ObjectLock", "Settings", "Versions"],
    multipart: ["ManagedTransfer", "Multipart", "MultipartCopy", "MultipartDownload"]
  },
  swift: {
    values: ["ContainerMetadata", "SwiftObjectMetadata"],
    credentials: ["SwiftCredentials"],
    gateway: ["Swift"],
    objects: ["SwiftObject"],
    containers: ["Account", "Container"]
  },
  simulator: {
    values: ["Gateway", "RequestLog", "Simulation"],
    // What the command needs for its help.
    flags: ["internal/choices", "internal/complain", "internal/namespaceSettings"],
    faults: ["Acl", "Faults", "Retention", "SimulatorError"],
    specification: ["CertificateAuthority", "SystemSpec"],
    objects: ["BlobStore", "Change", "ObjectTree", "Replication", "S3Quirks", "SimulatorOptions"],
    simulatedNode: ["SimulatedNode"],
    nodeServer: ["NodeServer"],
    nameServer: ["NameServer"],
    control: ["ControlServer"],
    system: ["HcpSystem"],
    simulator: ["Simulator"]
  },
  console: {
    errors: ["ConsoleError"],
    console: ["Console"]
  },
  spool: {
    errors: ["SpoolError"],
    config: ["SpoolConfig"],
    database: ["DirectoryOwner", "SqliteDatabase"],
    inputCheck: ["InputCheck"],
    spool: ["Spool"]
  },
  jobs: {
    errors: ["JobError"],
    reports: ["JobReport"],
    job: ["Job"],
    jobs: ["Jobs"],
    cluster: ["internal/cluster/engine"]
  },
  cli: {
    failures: ["ExitCode", "Failure"],
    commands: ["Cli"]
  }
}

/** A file of `src`, as a path without the ending: `namespace/Namespace`. */
const moduleOf = (folder: string, file: string): string =>
  Path.relative(Path.join(folder, "src"), file).split(Path.sep).join("/").replace(/\.ts$/, "")

/** Barrels are not bundled: they name the files of the modules. */
const barrels = (folder: string, isBarrel: (module: string) => boolean): Plugin => ({
  name: "barrels",
  resolveId: (from, importer) =>
    importer !== undefined && from.startsWith(".") && isBarrel(moduleOf(folder, importer))
      ? { id: from.replace(/\.ts$/, ".js"), external: true }
      : undefined
})

/** Where the calls are that run when the module is loaded, and not first when a function of it is called. */
const callsAtLoad = (node: unknown): ReadonlyArray<number> => {
  if (Array.isArray(node)) return node.flatMap(callsAtLoad)
  if (typeof node !== "object" || node === null || !("type" in node)) return []
  const kind = String(node.type)
  const runsLater = /Function|^MethodDefinition$|^StaticBlock$|^TS(?!AsExpression|SatisfiesExpression)/.test(kind)
  if (runsLater || (kind === "PropertyDefinition" && "static" in node && node.static === false)) return []
  const own = /^(?:Call|New)Expression$/.test(kind) && "start" in node ? [Number(node.start)] : []
  return [...own, ...Object.values(node).flatMap(callsAtLoad)]
}

/**
 * Marks what modules compute when they are loaded as pure, as `sideEffects` of the manifest says it of whole modules:
 * of a chunk, too, bundlers leave out what a program does not use.
 */
const pureCalls: Plugin = {
  name: "pure calls",
  transform(code, id) {
    if (!id.endsWith(".ts")) return undefined
    const statements = this.parse(code, { lang: "ts" }).body.filter(({ type }) => type !== "ExpressionStatement")
    const marked = new RolldownMagicString(code)
    for (const start of new Set(callsAtLoad(statements))) marked.appendLeft(start, "/* @__PURE__ */ ")
    return { code: marked.toString(), map: marked.generateMap({ hires: true, source: id }).toString() }
  }
}

/** Packages that take long to load. What a program imports loads one only if its sources do. */
const heavy =
  /^effect\/(?:Schema|Config)$|^effect\/(?:cli|http)\/|^@(?!effect-hcp\/)|^(?:undici|dns-packet|yazl|reflect-metadata)$/

/** All that is imported, directly or not, from `start`. */
const reached = (start: string, importsOf: (id: string) => ReadonlyArray<string>): ReadonlySet<string> => {
  const found = new Set([start])
  for (const id of found) for (const next of importsOf(id)) found.add(next)
  return found
}

/** What the chunks do to the modules that a program imports. */
const entryModules: Plugin = {
  name: "entry modules",
  generateBundle(_, files) {
    const complaints: Array<string> = []
    for (const file of Object.values(files)) {
      if (file.type !== "chunk" || !file.isEntry || file.facadeModuleId === null) continue
      // One of types alone has nothing to load, whatever chunk it would stand in.
      if (file.exports.length === 0) {
        file.code = "export {};\n"
        continue
      }
      const inSources = reached(file.facadeModuleId, (id) => this.getModuleInfo(id)?.importedIds ?? [])
      const inChunks = reached(file.fileName, (id) => {
        const chunk = files[id]
        return chunk?.type === "chunk" ? chunk.imports : []
      })
      const more = Array.from(inChunks).filter((id) => heavy.test(id) && !inSources.has(id))
      if (more.length > 0) complaints.push(`${file.fileName} loads ${more.join(", ")}, which its source does not`)
    }
    if (complaints.length > 0) this.error(complaints.join("\n"))
  }
}

const bundle = async (name: Package, folder: string): Promise<void> => {
  const modules = modulesOf(name)
  const entries = modules.map(({ source }) => source.slice("src/".length, -".ts".length))
  const barrelNames = new Set(
    modules.filter(({ isBarrel }) => isBarrel).map(({ source }) => source.slice("src/".length, -".ts".length))
  )
  const build = await rolldown({
    cwd: folder,
    input: Object.fromEntries(entries.map((entry) => [entry, Path.join(folder, "src", `${entry}.ts`)])),
    platform: "node",
    external: (id) => !id.startsWith(".") && !Path.isAbsolute(id),
    plugins: [barrels(folder, (module) => barrelNames.has(module)), pureCalls, workers, entryModules],
    preserveEntrySignatures: "strict",
    checks: { pluginTimings: false },
    onLog: (level, log) => {
      if (level === "warn") throw new Error(log.message)
    }
  })
  await build.write({
    dir: "dist",
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    sourcemap: true,
    sourcemapExcludeSources: true,
    minifyInternalExports: false,
    comments: { legal: true, annotation: true, jsdoc: false },
    codeSplitting: {
      groups: Object.entries(chunks[name]).map(([chunk, roots]) => ({
        name: chunk,
        test: (id: string) => {
          const module = moduleOf(folder, id)
          const isRoot = (root: string) => (root.endsWith("/") ? module.startsWith(root) : module === root)
          return !barrelNames.has(module) && roots.some(isRoot)
        }
      }))
    }
  })
  await build.close()
}

const named = process.argv.slice(2)
for (const name of published) {
  if (named.length > 0 && !named.includes(name)) continue
  const folder = folderOf(name)
  const manifest = manifestOf(folder)
  // What an older build left would be packed.
  Fs.rmSync(Path.join(folder, "dist"), { recursive: true, force: true })
  const tsc = Path.join(repository, "node_modules/typescript/bin/tsc")
  execFileSync(process.execPath, [tsc, "-p", Path.join(folder, "tsconfig.build.json")], { stdio: "inherit" })
  await bundle(name, folder)
  const [program] = manifest.sideEffects.flatMap((file) => /^\.\/src\/([\w/]+)\.ts$/.exec(file)?.[1] ?? [])
  if (program !== undefined) await bundleProgram(folder, program)
  if (Fs.existsSync(Path.join(folder, "src/web"))) await bundleWeb(folder, Path.join(folder, "dist/web"))
  Fs.writeFileSync(Path.join(folder, "dist/package.json"), innerManifest(manifest, "dist"))
}
