/**
 * Bundles the programs that tests start as processes: a start from the sources reads a thousand files and strips their
 * types, which takes two to three times as long as what most programs do.
 *
 * It is the global setup of the loopback tests, and gives them the folder: `inject("programs")`. The bundles are made
 * anew for each run, so they are never older than the sources.
 */
import { isBuiltin } from "node:module"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import { type Plugin, rolldown } from "rolldown"
import type { TestProject } from "vitest/node"
import { repository } from "./modules.ts"
import { workers } from "./workers.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** The folder with `archive.js`, `example.js`, `hcp.js` and `hcp-simulator.js`. */
    readonly programs: string
  }
}

const sourceOf = (file: string): string => Path.join(repository, "packages", file)

/** They start a program that stands beside them, so they run where they are. */
const inPlace: Plugin = {
  name: "inPlace",
  resolveId: (id, importer) =>
    importer === sourceOf("examples/src/example.ts") && (id === "./resume.ts" || id === "./s3-multipart.ts")
      ? { id: pathToFileURL(sourceOf(`examples/src/${id.slice(2)}`)).href, external: true }
      : undefined
}

export default async ({ provide }: TestProject): Promise<void> => {
  const programs = Path.join(repository, "node_modules/.cache/programs")
  const build = await rolldown({
    cwd: repository,
    input: {
      archive: sourceOf("examples/src/archive.ts"),
      example: sourceOf("examples/src/example.ts"),
      hcp: sourceOf("cli/src/bin.ts"),
      "hcp-simulator": sourceOf("simulator/src/bin.ts")
    },
    platform: "node",
    external: (id) => isBuiltin(id),
    resolve: { conditionNames: ["@effect-hcp/source", "node", "import", "default"] },
    plugins: [inPlace, workers],
    checks: { pluginTimings: false },
    logLevel: "silent"
  })
  await build.write({
    dir: programs,
    cleanDir: true,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js"
  })
  await build.close()
  provide("programs", programs)
}
