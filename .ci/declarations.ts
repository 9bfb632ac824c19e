/**
 * Checks what `exports` of the packages lists: each module that is public, once, and nothing else; and that no
 * declaration which a program can import names a file that is not listed, or needs the types of Node. Run it after
 * `npm run compile`; it fails with one line for each fault.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { folderOf, modulesOf, published } from "./modules.ts"

/** Folders and files whose modules a package keeps to itself. */
const kept: Readonly<Record<(typeof published)[number], RegExp>> = {
  sdk: /^src\/(?:\w+\/)?internal\//,
  s3: /^src\/internal\//,
  swift: /^src\/internal\//,
  simulator: /^src\/(?:bin\.ts|(?:internal|gateway|mapi|query|s3|swift)\/)/,
  console: /^src\/(?:internal|web)\//,
  spool: /^src\/internal\//,
  jobs: /^src\/internal\//,
  cli: /^src\/(?:bin\.ts|(?:internal|commands)\/)/
}

/** Every module that a declaration names, with the names it takes from there where it says so. */
const namedIn = (text: string): ReadonlyArray<readonly [module: string, names: string]> => [
  ...Array.from(
    text.matchAll(/^(?:import|export) (.*?) from "([^"]+)"/gms),
    ([, names = "", module = ""]) => [module, names] as const
  ),
  ...Array.from(
    text.matchAll(/\bimport\("([^"]+)"\)(\.\w+)?/g),
    ([, module = "", name = ""]) => [module, name.slice(1)] as const
  )
]

/** Names on one line, without the comments that declarations keep before them. */
const shown = (names: string): string =>
  names
    .replaceAll(/\/\*.*?\*\/|\btype\b|[{}]/gs, "")
    .replaceAll(/\s+/g, " ")
    .trim()

const complaints: Array<string> = []
for (const name of published) {
  const folder = folderOf(name)
  const modules = modulesOf(name)
  const say = (what: string) => complaints.push(`packages/${name}/${what}`)

  const listed = new Map<string, string>()
  for (const { name: path, source } of modules) {
    const other = listed.get(source)
    if (other !== undefined) say(`package.json: exports lists ${source} twice, as ${other} and as ${path}`)
    if (!Fs.existsSync(Path.join(folder, source))) say(`package.json: exports lists ${source}, which is not there`)
    if (kept[name].test(source)) say(`package.json: exports lists ${source}, which the package keeps to itself`)
    listed.set(source, path)
  }
  for (const file of Fs.readdirSync(Path.join(folder, "src"), { recursive: true, encoding: "utf8" })) {
    const source = `src/${file.split(Path.sep).join("/")}`
    if (source.endsWith(".ts") && !kept[name].test(source) && !listed.has(source)) {
      say(`${source}: exports does not list it; list it in package.json, or move it into internal`)
    }
  }

  for (const { declaration, source } of modules) {
    const text = Fs.readFileSync(Path.join(folder, declaration), "utf8")
    const [global] = /\b(?:Buffer|NodeJS)\b/.exec(text.replaceAll(/\/\*[\s\S]*?\*\//g, "")) ?? []
    if (global !== undefined) say(`${source} declares something of ${global}, which needs @types/node`)
    for (const [module, names] of namedIn(text)) {
      if (module.startsWith("node:")) {
        say(`${source} declares ${shown(names)} of ${module}; give it types of our own, which need no @types/node`)
      }
      const target = Path.posix.join(Path.posix.dirname(source), module)
      if (module.startsWith(".") && !listed.has(target)) {
        say(
          `${source} declares ${shown(names)} of ${target}, which exports does not list; ` +
            "move the types into a module that it lists, or mark the declaration @internal"
        )
      }
    }
  }
}

if (complaints.length > 0) {
  process.stderr.write(`${complaints.join("\n")}\n${complaints.length} faults of what the packages export\n`)
  process.exitCode = 1
}
