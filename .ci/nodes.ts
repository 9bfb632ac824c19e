/**
 * Runs the tests on several versions of Node: the least that `engines` of the packages names, the one of this
 * repository, and the newest. Each comes from npm as the package `node-<platform>-<arch>`, and is kept in
 * `node_modules/.cache`.
 *
 * Usage: `npm run test:nodes` takes all of them, `npm run test:nodes -- least` one (`least`, `own`, `newest`, or a
 * version). What follows goes to vitest: `npm run test:nodes -- newest packages/simulator/test/NodeServer`.
 */
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { folderOf, manifestOf, published, repository } from "./modules.ts"

/** Raise it when a newer one is out. */
const newest = "26.10.0"

const least = (): string => {
  const named = new Set(published.map((name) => manifestOf(folderOf(name)).engines?.node))
  const [range = ""] = named
  const [, version] = /^>=(\d+\.\d+\.\d+)$/.exec(range) ?? []
  if (named.size > 1 || version === undefined)
    throw new Error(`engines of the packages: ${Array.from(named).join(", ")}`)
  return version
}

const names: Readonly<Record<string, () => string>> = { least, own: () => process.versions.node, newest: () => newest }

/** The program of that version, which npm brings if it is not there. */
const nodeOf = (version: string): string => {
  if (version === process.versions.node) return process.execPath
  const platform = process.platform === "win32" ? "win" : process.platform
  const prefix = process.platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node"
  const name = `${prefix}-${platform}-${process.arch}`
  const folder = Path.join(repository, "node_modules/.cache/nodes", version)
  const program = Path.join(folder, "node_modules", name, "bin", platform === "win" ? "node.exe" : "node")
  if (!Fs.existsSync(program)) {
    Fs.mkdirSync(folder, { recursive: true })
    Fs.writeFileSync(Path.join(folder, "package.json"), JSON.stringify({ private: true }))
    const args = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${version}`]
    const { status } = spawnSync("npm", args, { cwd: folder, stdio: "inherit", shell: platform === "win" })
    if (status !== 0 || !Fs.existsSync(program)) throw new Error(`npm has no ${name}@${version}`)
  }
  return program
}

const [first, ...others] = process.argv.slice(2)
const isOne = first !== undefined && (first in names || /^\d+\.\d+\.\d+$/.test(first))
const chosen = isOne ? [names[first]?.() ?? first] : Array.from(new Set(Object.values(names).map((name) => name())))
const rest = isOne || first === undefined ? others : [first, ...others]

const failed: Array<string> = []
for (const version of chosen) {
  const node = nodeOf(version)
  process.stdout.write(`\nNode ${version}\n`)
  const { status } = spawnSync(
    node,
    [Path.join(repository, "node_modules/vitest/vitest.mjs"), "run", "--config", "vitest.workspace.ts", ...rest],
    // Tests that start `node` get the same one.
    {
      cwd: repository,
      stdio: "inherit",
      env: { ...process.env, PATH: `${Path.dirname(node)}${Path.delimiter}${process.env.PATH}` }
    }
  )
  if (status !== 0) failed.push(version)
}
process.stdout.write(
  failed.length === 0
    ? `\nthe tests pass on Node ${chosen.join(", ")}\n`
    : `\nthe tests fail on Node ${failed.join(", ")}\n`
)
process.exitCode = failed.length === 0 ? 0 : 1
