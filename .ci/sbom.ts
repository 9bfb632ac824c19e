/**
 * Writes a bill of materials of each published package, what it depends on at run time included, in CycloneDX and
 * SPDX, to the folder `sbom`: `npm run sbom`.
 */
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { published, repository } from "./modules.ts"

const folder = Path.join(repository, "sbom")
Fs.mkdirSync(folder, { recursive: true })
for (const name of published) {
  for (const format of ["cyclonedx", "spdx"]) {
    const args = ["sbom", "--workspace", `packages/${name}`, "--omit", "dev", "--sbom-format", format]
    const text = execFileSync("npm", args, { cwd: repository, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })
    const file = Path.join(folder, `${name}.${format}.json`)
    Fs.writeFileSync(file, text)
    process.stdout.write(`${Path.relative(repository, file)}: ${text.length} bytes\n`)
  }
}
