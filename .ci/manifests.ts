/**
 * Checks what the manifests of the published packages have in common: version, licence, author, engines, keywords, and
 * where their sources are. The home of the project stands in one place, `repository` of the manifest of this
 * repository: `npm run manifests` writes `repository`, `homepage` and `bugs` of the packages from it, and everything
 * else that is the same for all, and the small manifests of their sources.
 *
 * Usage: `npm run manifests -- --check` fails where a manifest is not so; with `--release` also where there is no home,
 * without which npm makes no provenance.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { folderOf, innerManifest, manifestOf, published, repository } from "./modules.ts"

interface Root {
  readonly version: string
  readonly license: string
  readonly author: string
  readonly repository?: { readonly type: string; readonly url: string }
}

const root: Root = JSON.parse(Fs.readFileSync(Path.join(repository, "package.json"), "utf8"))
const check = process.argv.includes("--check")
const complaints: Array<string> = []

/** The address for a browser of `git+https://host/owner/name.git`. */
const page = root.repository?.url.replace(/^git\+/, "").replace(/\.git$/, "")

/** What is the same in all packages, but for the folder. */
const common = (name: string): Readonly<Record<string, unknown>> => ({
  license: root.license,
  author: root.author,
  homepage: page === undefined ? undefined : `${page}/tree/main/packages/${name}#readme`,
  repository: root.repository === undefined ? undefined : { ...root.repository, directory: `packages/${name}` },
  bugs: page === undefined ? undefined : { url: `${page}/issues` },
  engines: { node: ">=22.19.0" },
  publishConfig: { access: "public", provenance: true }
})

/** The order of the fields in a manifest. */
const order = ["name", "version", "description", "keywords", "license", "author", "homepage", "repository", "bugs"]

const versions = new Set<string>()
for (const name of published) {
  const folder = folderOf(name)
  const before: Readonly<Record<string, unknown>> = { ...manifestOf(folder) }
  const { keywords, version } = before
  versions.add(String(version))
  if (!Array.isArray(keywords) || keywords.length < 5) complaints.push(`packages/${name}/package.json: few keywords`)
  const merged = { ...before, ...common(name) }
  const fields = Object.entries(merged).filter(([, value]) => value !== undefined)
  const place = ([field]: readonly [string, unknown]) => (order.includes(field) ? order.indexOf(field) : order.length)
  const after = `${JSON.stringify(Object.fromEntries(fields.sort((a, b) => place(a) - place(b))), undefined, 2)}\n`
  const file = Path.join(folder, "package.json")
  const inner = Path.join(folder, "src/package.json")
  const wanted = innerManifest(manifestOf(folder), "src")
  if (!check) Fs.writeFileSync(inner, wanted)
  else if (!Fs.existsSync(inner) || Fs.readFileSync(inner, "utf8") !== wanted) {
    complaints.push(`packages/${name}/src/package.json is not of its package; run: npm run manifests`)
  }
  const same = JSON.stringify(JSON.parse(after)) === JSON.stringify(before)
  if (same) continue
  if (check)
    complaints.push(`packages/${name}/package.json differs from what all have in common; run: npm run manifests`)
  else Fs.writeFileSync(file, after)
}
if (versions.size > 1) complaints.push(`the packages have one version, not ${Array.from(versions).join(", ")}`)
if (process.argv.includes("--release") && page === undefined) {
  complaints.push("package.json: no repository; name the home of the project there, then run: npm run manifests")
}

if (complaints.length > 0) {
  process.stderr.write(`${complaints.join("\n")}\n`)
  process.exitCode = 1
}
