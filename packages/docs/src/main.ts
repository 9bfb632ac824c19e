/**
 * Builds the site into `packages/docs/dist`, and shows it with `--serve`.
 *
 * Usage: `npm run docs`, `npm run docs -- --serve`.
 */
import { build, vitepress } from "./build.ts"

await build()
if (process.argv.includes("--serve")) await vitepress("preview")
