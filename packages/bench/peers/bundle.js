/**
 * What code takes when it is bundled, minified and compressed.
 */
import { gzipSync } from "node:zlib"
import { build } from "esbuild"

const sizesOf = (files) => {
  const contents = Buffer.concat(files.map(({ contents }) => contents))
  return { minified: contents.length, gzipped: gzipSync(contents, { level: 9 }).length }
}

/**
 * The sizes of a module, given as text, with everything that it imports but `external`: what is loaded with it, and that
 * together with what it loads later, on demand.
 */
export const sizeOf = async (text, folder, external) => {
  const { metafile, outputFiles } = await build({
    stdin: { contents: text, resolveDir: folder, loader: "ts" },
    outdir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node22",
    conditions: ["@effect-hcp/source"],
    external,
    write: false,
    metafile: true,
    logLevel: "silent"
  })
  // Of a file both lists have the same name, after other folders.
  const nameOf = (path) => path.split(/[\\/]/).at(-1)
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [nameOf(path), output]))
  const loaded = new Set()
  const load = (name) => {
    if (loaded.has(name)) return
    loaded.add(name)
    for (const { external, kind, path } of outputs.get(name).imports) {
      if (kind === "import-statement" && external !== true) load(nameOf(path))
    }
  }
  load("stdin.js")
  return { loaded: sizesOf(outputFiles.filter(({ path }) => loaded.has(nameOf(path)))), all: sizesOf(outputFiles) }
}
