/**
 * Builds the site into `packages/docs/dist`, and shows it with `--serve`.
 *
 * Usage: `npm run docs`, `npm run docs -- --serve`.
 */
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as OwnLockFile from "../../../.ci/ownLockFile.ts"
import * as ApiPages from "./apiPages.ts"
import { docs, pages, site } from "./layout.ts"
import * as ManualPages from "./manualPages.ts"
import * as RecipePages from "./recipePages.ts"
import * as ReferencePages from "./referencePages.ts"

const vitepress = (command: "build" | "preview"): void => {
  execFileSync(process.execPath, [Path.join(docs, "node_modules/vitepress/bin/vitepress.js"), command, docs], {
    cwd: docs,
    stdio: "inherit"
  })
}

if (!OwnLockFile.isInstalled(docs)) {
  process.stdout.write("Installing what builds the site, once...\n")
  await OwnLockFile.install(docs)
}
Fs.rmSync(site, { recursive: true, force: true })
Fs.cpSync(pages, site, { recursive: true })
const recipes = RecipePages.write()
const manuals = ManualPages.write(
  new Map([
    ["README.md", "/"],
    ...recipes.items.map(({ link, text }): [string, string] => [`packages/examples/src/${text}.ts`, link])
  ])
)
const reference = ReferencePages.write()
const api = ApiPages.write()
Fs.writeFileSync(Path.join(site, "sidebar.json"), JSON.stringify({ recipes, manuals, reference, api }))
vitepress("build")
if (process.argv.includes("--serve")) vitepress("preview")
