/**
 * The generators of the site stand in a lock file of their own, so that they are no part of an installation of the
 * project: the first build of the site installs them, and each one after the lock file has changed.
 */
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { docs } from "./layout.ts"

const wanted = Path.join(docs, "package-lock.json")
const installed = Path.join(docs, "node_modules/.installed-lock.json")

const contentOf = (file: string): string | undefined =>
  Fs.existsSync(file) ? Fs.readFileSync(file, "utf8") : undefined

// The npm that runs the build tells its children which package they belong to.
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^npm_(?:package_|lifecycle_|config_(?:local_prefix|workspace))/.test(name)
  )
)

export const install = (): void => {
  if (contentOf(installed) === contentOf(wanted)) return
  process.stdout.write("Installing what builds the site, once...\n")
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], {
    cwd: docs,
    env: environment,
    stdio: "inherit"
  })
  Fs.copyFileSync(wanted, installed)
}
