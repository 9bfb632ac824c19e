/**
 * Checks that no declaration which a program can import names a file that `exports` blocks. Run it after
 * `npm run compile`; it fails with each file and the names in it.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"

const repository = Path.resolve(import.meta.dirname, "..")

/** What `exports` blocks, as beginnings of paths in `dist`. */
const blockedOf = (folder: string): ReadonlyArray<string> => {
  const { exports }: { exports: Readonly<Record<string, unknown>> } = JSON.parse(
    Fs.readFileSync(Path.join(folder, "package.json"), "utf8")
  )
  return Object.entries(exports).flatMap(([path, target]) =>
    target === null && path.endsWith("/*") ? [path.slice("./".length, -"*".length)] : []
  )
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
for (const name of ["sdk", "simulator", "s3"]) {
  const folder = Path.join(repository, "packages", name)
  const dist = Path.join(folder, "dist")
  const blocked = blockedOf(folder)
  const isBlocked = (path: string) => blocked.some((beginning) => path.startsWith(beginning))
  const declarations = Fs.readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".d.ts")
  )
  const open = declarations.filter((path) => !isBlocked(path))
  if (blocked.length === 0 || open.length === 0) throw new Error(`${folder}: nothing to check; is it compiled?`)
  for (const path of open) {
    for (const [module, names] of namedIn(Fs.readFileSync(Path.join(dist, path), "utf8"))) {
      const target = Path.join(Path.dirname(path), module)
      if (module.startsWith(".") && isBlocked(target)) {
        complaints.push(`packages/${name}/src/${path.replace(/\.d\.ts$/, ".ts")} declares ${shown(names)} of ${target}`)
      }
    }
  }
}

if (complaints.length > 0) {
  process.stderr.write(
    `${complaints.join("\n")}\n${complaints.length} declarations name what their package keeps to itself; move the types into a module that \`exports\` lists, or mark the declaration @internal\n`
  )
  process.exitCode = 1
}
