/**
 * Worker threads in bundles. Sources start one as `new Worker(new URL("./thread.ts", import.meta.url), ...)`. In a
 * bundle there is no such file beside the code, and after a user has bundled once more there is no file at all. So the
 * thread is bundled by itself, with all it imports but Node's own modules, and stands as a `data:` URL where its file
 * was named.
 */
import { isBuiltin } from "node:module"
import * as Path from "node:path"
import { type Plugin, RolldownMagicString, rolldown } from "rolldown"
import { repository } from "./modules.ts"

const packages = Path.join(repository, "packages/")

const started = /new URL\("(\.[^"]+\.ts)", import\.meta\.url\)/g

/** The code of a thread, as one module. Throws if it needs a package, which a `data:` URL could not find. */
const bundled = async (file: string): Promise<string> => {
  const build = await rolldown({ input: file, platform: "node", external: (id) => isBuiltin(id) })
  const { output } = await build.generate({
    format: "esm",
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    comments: { legal: false, annotation: false, jsdoc: false }
  })
  await build.close()
  const [chunk, ...others] = output
  const outside = [...chunk.imports, ...chunk.dynamicImports].filter((id) => !isBuiltin(id))
  if (others.length > 0 || outside.length > 0) throw new Error(`${file} is not one module: ${outside.join(", ")}`)
  return chunk.code
}

/** Puts threads into the modules that start them. */
export const workers: Plugin = {
  name: "workers",
  async transform(code, id) {
    const found = id.startsWith(packages) && code.includes("new Worker(") ? Array.from(code.matchAll(started)) : []
    if (found.length === 0) return undefined
    const replaced = new RolldownMagicString(code)
    for (const { 0: text, 1: path = "", index } of found) {
      const thread = Buffer.from(await bundled(Path.resolve(Path.dirname(id), path))).toString("base64")
      replaced.overwrite(index, index + text.length, `new URL("data:text/javascript;base64,${thread}")`)
    }
    return { code: replaced.toString(), map: replaced.generateMap({ hires: true, source: id }).toString() }
  }
}
