/**
 * Folders with a lock file of their own, so that what only they need is no part of an installation of the project. The
 * first program that needs such a folder installs it, and again after its lock file has changed.
 */
import { execFile } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { promisify } from "node:util"

const wantedIn = (folder: string): string => Path.join(folder, "package-lock.json")

const installedIn = (folder: string): string => Path.join(folder, "node_modules/.installed-lock.json")

const contentOf = (file: string): string | undefined =>
  Fs.existsSync(file) ? Fs.readFileSync(file, "utf8") : undefined

/** Whether everything in the folder is installed, in the versions of its lock file. */
export const isInstalled = (folder: string): boolean => {
  const installed = contentOf(installedIn(folder))
  return installed !== undefined && installed === contentOf(wantedIn(folder))
}

// The npm that runs a program tells its children which package and which workspace they belong to.
const isOfNpm = (name: string): boolean => /^npm_(?:package_|lifecycle_|config_(?:local_prefix|workspace))/.test(name)

const outsideOfNpm = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !isOfNpm(name)))

/** Installs what is in the lock file. Fails where the registry cannot be reached, with what npm says of it. */
export const install = async (folder: string, signal?: AbortSignal): Promise<void> => {
  const args = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
  await promisify(execFile)("npm", args, { cwd: folder, env: outsideOfNpm(process.env), signal })
  Fs.copyFileSync(wantedIn(folder), installedIn(folder))
}
