/**
 * Bundles the pages of a package: `src/web/main.ts` becomes one file for browsers, and so does `src/web/styles.css`
 * with what it imports. What stands beside them as HTML and SVG goes along as it is.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { gzipSync } from "node:zlib"
import { rolldown } from "rolldown"

/** What all files of the pages may weigh, packed by gzip, in bytes. */
const maxPacked = 60_000

/** A style sheet with those that it imports in their places, so that a browser asks once. */
const joined = (file: string): string =>
  Fs.readFileSync(file, "utf8").replaceAll(/^@import "([^"]+)";$/gm, (_, path: string) =>
    joined(Path.resolve(Path.dirname(file), path))
  )

/** Writes what a browser gets of the package in `folder` to `target`. */
export const bundleWeb = async (folder: string, target: string): Promise<void> => {
  const source = Path.join(folder, "src/web")
  const build = await rolldown({
    cwd: folder,
    input: Path.join(source, "main.ts"),
    platform: "browser",
    // The manifest speaks of the modules of the server.
    treeshake: { moduleSideEffects: true },
    checks: { pluginTimings: false },
    onLog: (level, log) => {
      if (level === "warn") throw new Error(log.message)
    }
  })
  await build.write({ file: Path.join(target, "app.js"), format: "esm", minify: true, comments: { legal: false } })
  await build.close()
  for (const file of Fs.readdirSync(source)) {
    if (/\.(?:html|svg)$/.test(file)) Fs.copyFileSync(Path.join(source, file), Path.join(target, file))
  }
  Fs.writeFileSync(Path.join(target, "styles.css"), joined(Path.join(source, "styles.css")))
  const packed = Fs.readdirSync(target).map((file) => gzipSync(Fs.readFileSync(Path.join(target, file))).length)
  const weight = packed.reduce((sum, size) => sum + size, 0)
  if (weight > maxPacked) throw new Error(`the pages of ${folder} weigh ${weight} bytes packed, more than ${maxPacked}`)
}
