/**
 * The modules that a program can import: what `exports` of the packages lists. The checks beside this file read them
 * here, so that there is one place that knows how `exports` is written.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"

export const repository = Path.resolve(import.meta.dirname, "..")

/** The packages that are published, each with its folder in `packages`. Each stands behind those that it imports. */
export const published = ["sdk", "s3", "swift", "simulator", "console", "spool", "jobs", "cli"] as const

export interface Module {
  /** What a program writes: `@effect-hcp/sdk/Namespace`. */
  readonly name: string
  /** Relative to the folder of the package, with `/` between: `src/namespace/Namespace.ts`. */
  readonly source: string
  /** The same of what is built: `dist/namespace/Namespace.js`. */
  readonly built: string
  /** The same of its types: `dist/namespace/Namespace.d.ts`. */
  readonly declaration: string
  /** Whether it holds nothing of its own: the whole package, or `mapi`. */
  readonly isBarrel: boolean
}

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly type: string
  /** The files, relative to the package, that do something when they are loaded. */
  readonly sideEffects: ReadonlyArray<string>
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly engines?: Readonly<Record<string, string>>
}

export const folderOf = (name: string): string => Path.join(repository, "packages", name)

export const manifestOf = (folder: string): Manifest =>
  JSON.parse(Fs.readFileSync(Path.join(folder, "package.json"), "utf8"))

/**
 * The manifest that stands in `src` and in `dist` of a package: what Node and bundlers have to know of the modules
 * there, and no more. Both read the nearest manifest for each module that they load, and the one of the package lists
 * some hundred modules in `exports`.
 */
export const innerManifest = ({ sideEffects, type }: Manifest, inside: "src" | "dist"): string => {
  const before = `./${inside}/`
  const inner = {
    type,
    sideEffects: sideEffects.flatMap((path) => (path.startsWith(before) ? [`./${path.slice(before.length)}`] : []))
  }
  return `${JSON.stringify(inner)}\n`
}

/** What `exports` of a package lists, in its order. Throws for an entry of another form than the others. */
export const modulesOf = (name: string): ReadonlyArray<Module> => {
  const manifest = manifestOf(folderOf(name))
  return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    if (subpath === "./package.json") return []
    const [, path = ""] = /^\{"@effect-hcp\/source":"\.\/src\/([\w/]+)\.ts","default":"\.\/dist\/\1\.js"\}$/.exec(
      JSON.stringify(target)
    ) ?? [undefined, ""]
    if (path === "") throw new Error(`packages/${name}/package.json: exports has no such form: ${subpath}`)
    return [
      {
        name: manifest.name + subpath.slice(1),
        source: `src/${path}.ts`,
        built: `dist/${path}.js`,
        declaration: `dist/${path}.d.ts`,
        isBarrel: path.endsWith("index")
      }
    ]
  })
}

/** Every module of all packages by the name that a program writes. */
export const allModules: ReadonlyMap<string, Module & { readonly package: string }> = new Map(
  published.flatMap((name) => modulesOf(name).map((module) => [module.name, { ...module, package: name }] as const))
)
