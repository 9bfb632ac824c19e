#!/usr/bin/env node
// Starts the program of the package, and is called as this file is. All packages with a program have the same text here.

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
const name = import.meta.url.replace(/^.*\/|\.js$/g, "")
const main = new URL("../dist/program/main.js", import.meta.url)

/** @param {string} message */
const giveUp = (message) => {
  process.stderr.write(`${name}: ${message}\n`)
  process.exit(1)
}

if (major < 22 || (major === 22 && minor < 19)) {
  giveUp(`Node.js 22.19 or newer is needed, this is ${process.versions.node}.`)
}

// An import of a module of Node makes a copy of each of its exports, for which Node loads what most of them need.
const { existsSync, mkdirSync, readFileSync } = process.getBuiltinModule("node:fs")
const module = process.getBuiltinModule("node:module")
const { dirname, join } = process.getBuiltinModule("node:path")

/** The cache folder of the user, and not one that all users write to: what is in it is run. */
const cacheFolder = () => {
  const { HOME, LOCALAPPDATA, USERPROFILE, XDG_CACHE_HOME } = process.env
  if (XDG_CACHE_HOME?.startsWith("/")) return join(XDG_CACHE_HOME, name)
  if (process.platform === "win32") {
    const local = LOCALAPPDATA ?? (USERPROFILE && join(USERPROFILE, "AppData", "Local"))
    return local && join(local, name, "Cache")
  }
  return HOME && join(HOME, process.platform === "darwin" ? "Library/Caches" : ".cache", name)
}

/**
 * Makes a folder and those above it, one by one: below `/proc` Node's own way of making all of them never ends.
 *
 * @param {string} folder
 * @returns {boolean} whether it is there
 */
const make = (folder) => {
  if (existsSync(folder)) return true
  const above = dirname(folder)
  if (above === folder || !make(above)) return false
  try {
    mkdirSync(folder, 0o700)
    return true
  } catch {
    return existsSync(folder)
  }
}

if (!existsSync(main)) {
  giveUp("This copy is not built yet; run: npm run compile")
} else if (process.argv.length === 3 && process.argv[2] === "--version") {
  // As the program itself prints it, without loading it.
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  process.stdout.write(`${name} v${version}\n`)
} else {
  // What Node has compiled once it finds there the next time: half of the time of a start is compiling.
  const cache = cacheFolder()
  if (cache && make(join(cache, "compiled"))) module.enableCompileCache(join(cache, "compiled"))
  await import(main.href)
}
