#!/usr/bin/env node
import { existsSync } from "node:fs"
import module from "node:module"

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
const main = new URL("../dist/bin.js", import.meta.url)

/** @param {string} message */
const giveUp = (message) => {
  process.stderr.write(`hcp-simulator: ${message}\n`)
  process.exit(1)
}

if (major < 22 || (major === 22 && minor < 19)) {
  giveUp(`Node.js 22.19 or newer is needed, this is ${process.versions.node}.`)
} else if (!existsSync(main)) {
  giveUp("This copy is not built yet; run: npm run compile")
} else {
  // What Node has compiled once it finds in its cache the next time: half of the time of a start is compiling.
  module.enableCompileCache()
  await import(main.href)
}
