/**
 * Where everything of the site is: what is written by hand, what is made, and what comes out.
 */
import * as Path from "node:path"
import { repository } from "../../../.ci/modules.ts"

export { repository }

export const docs = Path.join(repository, "packages/docs")

/** Pages that are written by hand. */
export const pages = Path.join(docs, "pages")

/** Programs that pages show whole. */
export const programs = Path.join(docs, "programs")

/** All pages, as VitePress reads them; made anew by each build. */
export const site = Path.join(docs, "site")

/** What a web server serves. */
export const built = Path.join(docs, "dist")
