/**
 * Writes a bill of materials of each published package to the folder `sbom`, in CycloneDX and SPDX: `npm run sbom`. It
 * lists what npm installs with the package today, and what the package was tested with is in the lock file.
 *
 * Run it after `npm run compile`. It asks the registry for versions and installs nothing.
 */
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { folderOf, manifestOf, published, repository } from "./modules.ts"

const npm = (cwd: string, ...args: ReadonlyArray<string>): string =>
  execFileSync("npm", args, { cwd, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })

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
    for (const format of ["cyclonedx", "spdx"]) {
      const file = Path.join(target, `${name}.${format}.json`)
      // Where our own tarballs lay is nobody's business.
      const text = npm(folder, "sbom", "--package-lock-only", "--sbom-format", format)
      Fs.writeFileSync(file, text.replaceAll(`file:${temporary}/`, ""))
      process.stdout.write(`${Path.relative(repository, file)}\n`)
    }
  }
} finally {
  Fs.rmSync(temporary, { recursive: true, force: true })
}
