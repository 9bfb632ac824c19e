/**
 * Writes `dist/package.json` of the published packages: what Node and bundlers have to know of the built modules, and
 * no more. Both read the nearest manifest for each module that they load. The one of the package lists some hundred
 * modules in `exports`, and to read that once for each took a third of the time of an import.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { folderOf, manifestOf, published } from "./modules.ts"

const dist = "./dist/"

for (const name of published) {
  const folder = folderOf(name)
  // Who compiles one package alone writes the manifest of that one.
  if (!Fs.existsSync(Path.join(folder, dist))) continue
  const { sideEffects, type } = manifestOf(folder)
  const built = {
    type,
    sideEffects: sideEffects.flatMap((path) => (path.startsWith(dist) ? [`./${path.slice(dist.length)}`] : []))
  }
  Fs.writeFileSync(Path.join(folder, "dist", "package.json"), `${JSON.stringify(built)}\n`)
}
