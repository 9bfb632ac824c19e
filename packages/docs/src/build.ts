/**
 * One build of the site: all pages as Markdown, then VitePress.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as ApiPages from "./apiPages.ts"
import * as GuidePages from "./guidePages.ts"
import { docs, site } from "./layout.ts"
import * as ManualPages from "./manualPages.ts"
import * as PerformancePage from "./performancePage.ts"
import * as Pictures from "./pictures/pictures.ts"
import * as RecipePages from "./recipePages.ts"
import * as ReferencePages from "./referencePages.ts"
import * as Tool from "./tool.ts"

export const vitepress = (command: "build" | "preview"): Promise<void> =>
  Tool.run("vitepress/bin/vitepress.js", command, docs)

/** Writes all pages, as VitePress reads them. */
export const writePages = async (): Promise<void> => {
  await Tool.install()
  Fs.rmSync(site, { recursive: true, force: true })
  const guide = await GuidePages.write()
  Pictures.write()
  const recipes = RecipePages.write()
  const { inside, manuals } = ManualPages.write(
    new Map([["README.md", "/"], ["packages/examples/README.md", "/recipes/"], ...RecipePages.places()])
  )
  PerformancePage.write()
  const reference = await ReferencePages.write()
  const api = await ApiPages.write()
  const sections = { guide, recipes, manuals, inside, reference, api }
  Fs.writeFileSync(Path.join(site, "sidebar.json"), JSON.stringify(sections))
}

/** Writes all pages, and makes the site of them. */
export const build = async (): Promise<void> => {
  await writePages()
  await vitepress("build")
}
