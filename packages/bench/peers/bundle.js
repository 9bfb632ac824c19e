/**
 * What code takes when it is bundled, minified and compressed.
 */
import { gzipSync } from "node:zlib"
import { build } from "esbuild"

/** The sizes of a module, given as text, with everything that it imports but `external`. */
export const sizeOf = async (text, folder, external) => {
  const { outputFiles } = await build({
    stdin: { contents: text, resolveDir: folder, loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node22",
    conditions: ["@effect-hcp/source"],
    external,
    write: false,
    logLevel: "silent"
  })
  const [{ contents }] = outputFiles
  return { minified: contents.length, gzipped: gzipSync(contents, { level: 9 }).length }
}
