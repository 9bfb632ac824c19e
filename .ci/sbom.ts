/**
 * Writes a bill of materials of each published package to the folder `sbom`, in CycloneDX and SPDX: `npm run sbom`. It
 * lists what npm installs with the package today, and what the package was tested with is in the lock file. Copies that
 * a program holds are parts of the package; they are listed with the versions that they were bundled from.
 *
 * Run it after `npm run compile`. It asks the registry for versions and installs nothing.
 */
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { folderOf, manifestOf, published, repository } from "./modules.ts"
import { type Bundled, bundledFile } from "./program.ts"

const npm = (cwd: string, ...args: ReadonlyArray<string>): string =>
  execFileSync("npm", args, { cwd, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })

/** The packages of which the program of a package holds copies. */
const copiesIn = (name: string): ReadonlyArray<Bundled> => {
  const file = Path.join(folderOf(name), bundledFile)
  return Fs.existsSync(file) ? JSON.parse(Fs.readFileSync(file, "utf8")) : []
}

const purlOf = ({ name, version }: Bundled): string => `pkg:npm/${name.replace("@", "%40")}@${version}`

interface CycloneDx {
  readonly components: ReadonlyArray<{ readonly name: string; readonly "bom-ref": string; components?: object }>
}

interface Spdx {
  readonly packages: Array<{ readonly name: string; readonly SPDXID: string }>
  readonly relationships: Array<object>
}

/** The copies as components of the component that holds them. */
const inCycloneDx = (text: string, holder: string, copies: ReadonlyArray<Bundled>): CycloneDx => {
  const bill: CycloneDx = JSON.parse(text)
  const component = bill.components.find(({ name }) => name === holder)
  if (component === undefined) throw new Error(`the bill does not list ${holder}`)
  component.components = copies.map((copy) => ({
    "bom-ref": `${component["bom-ref"]}/${copy.name}@${copy.version}`,
    type: "library",
    name: copy.name,
    version: copy.version,
    purl: purlOf(copy),
    licenses: [{ license: { id: copy.license } }]
  }))
  return bill
}

/** The copies as packages that the package contains. */
const inSpdx = (text: string, holder: string, copies: ReadonlyArray<Bundled>): Spdx => {
  const bill: Spdx = JSON.parse(text)
  const spdxElementId = bill.packages.find(({ name }) => name === holder)?.SPDXID
  if (spdxElementId === undefined) throw new Error(`the bill does not list ${holder}`)
  for (const copy of copies) {
    const contained = {
      name: copy.name,
      SPDXID: `${spdxElementId}-contains-${`${copy.name}-${copy.version}`.replaceAll(/[^\w.-]/g, ".")}`,
      versionInfo: copy.version,
      downloadLocation: "NOASSERTION",
      filesAnalyzed: false,
      licenseDeclared: copy.license,
      externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purlOf(copy) }]
    }
    bill.packages.push(contained)
    bill.relationships.push({
      spdxElementId,
      relatedSpdxElement: contained.SPDXID,
      relationshipType: "CONTAINS"
    })
  }
  return bill
}

const formats = { cyclonedx: inCycloneDx, spdx: inSpdx } as const

const target = Path.join(repository, "sbom")
Fs.mkdirSync(target, { recursive: true })
const temporary = Fs.mkdtempSync(Path.join(Os.tmpdir(), "sbom-"))
try {
  const tarballs = new Map<string, string>()
  for (const name of published) {
    npm(folderOf(name), "pack", "--ignore-scripts", "--silent", "--pack-destination", temporary)
    const { name: full, version } = manifestOf(folderOf(name))
    tarballs.set(full, Path.join(temporary, `effect-hcp-${name}-${version}.tgz`))
  }
  for (const name of published) {
    const { dependencies = {}, name: full, peerDependencies = {}, version } = manifestOf(folderOf(name))
    const folder = Path.join(temporary, name)
    Fs.mkdirSync(folder)
    Fs.writeFileSync(Path.join(folder, "package.json"), JSON.stringify({ name: `${name}-installed`, version }))
    const ours = [full, ...Object.keys({ ...dependencies, ...peerDependencies })].flatMap(
      (one) => tarballs.get(one) ?? []
    )
    npm(folder, "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund", ...ours)
    for (const [format, withCopies] of Object.entries(formats)) {
      const file = Path.join(target, `${name}.${format}.json`)
      // Where our own tarballs lay is nobody's business.
      const text = npm(folder, "sbom", "--package-lock-only", "--sbom-format", format)
      const bill = withCopies(text.replaceAll(`file:${temporary}/`, ""), full, copiesIn(name))
      Fs.writeFileSync(file, `${JSON.stringify(bill, undefined, 2)}\n`)
      process.stdout.write(`${Path.relative(repository, file)}\n`)
    }
  }
} finally {
  Fs.rmSync(temporary, { recursive: true, force: true })
}
