/**
 * One build of the site: all pages as Markdown, then VitePress.
 */
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as OwnLockFile from "../../../.ci/ownLockFile.ts"
import * as ApiPages from "./apiPages.ts"
import * as GuidePages from "./guidePages.ts"
import { docs, site } from "./layout.ts"
import * as ManualPages from "./manualPages.ts"
import * as PerformancePage from "./performancePage.ts"
import * as Pictures from "./pictures/pictures.ts"
import * as RecipePages from "./recipePages.ts"
import * as ReferencePages from "./referencePages.ts"

export const vitepress = (command: "build" | "preview"): void => {
  execFileSync(process.execPath, [Path.join(docs, "node_modules/vitepress/bin/vitepress.js"), command, docs], {
    cwd: docs,
    stdio: "inherit"
  })
}

/** Writes all pages, as VitePress reads them. */
export const writePages = async (): Promise<void> => {
  if (!OwnLockFile.isInstalled(docs)) {
    process.stdout.write("Installing what builds the site, once...\n")
    await OwnLockFile.install(docs)
  }
  Fs.rmSync(site, { recursive: true, force: true })
  const guide = await GuidePages.write()
  Pictures.write()
  const recipes = RecipePages.write()
  const { inside, manuals } = ManualPages.write(
    new Map([
      ["README.md", "/"],
      ["packages/examples/README.md", "/recipes/"],
      ...recipes.items.map(({ link, text }): [string, string] => [`packages/examples/src/${text}.ts`, link])
    ])
  )
  PerformancePage.write()
  const reference = await ReferencePages.write()
  const api = ApiPages.write()
  const sections = { guide, recipes, manuals, inside, reference, api }
  Fs.writeFileSync(Path.join(site, "sidebar.json"), JSON.stringify(sections))
}

/** Writes all pages, and makes the site of them. */
export const build = async (): Promise<void> => {
  await writePages()
  vitepress("build")
}
