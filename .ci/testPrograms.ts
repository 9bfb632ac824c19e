/**
 * Bundles the programs that tests start as processes: a start from the sources reads a thousand files and strips their
 * types, which takes two to three times as long as what most programs do.
 *
 * It is the global setup of the loopback tests, and gives them the folder: `inject("programs")`. The bundles are made
 * anew for each run, so they are never older than the sources.
 */
import { isBuiltin } from "node:module"
import * as Path from "node:path"
import { type Plugin, rolldown } from "rolldown"
import type { TestProject } from "vitest/node"
import { repository } from "./modules.ts"
import { workers } from "./workers.ts"

declare module "vitest" {
  interface ProvidedContext {
    /**
     * The folder with `archive.js`, `console.js`, `example.js`, `hcp.js`, `hcp-simulator.js`, and `served.js` of the
     * tests of `hcp`.
     */
    readonly programs: string
  }
}

const sourceOf = (file: string): string => Path.join(repository, "packages", file)

/** Programs that examples start by themselves. */
const children = ["resume/pipeline", "s3-multipart/uploader"] as const

/** Where an example names the source of such a program, its bundle is meant: beside the folder of chunks. */
const startChildren: Plugin = {
  name: "startChildren",
  transform: (code, id) => {
    const child = children.find((name) => id === sourceOf(`examples/src/${Path.dirname(name)}.ts`))
    return child === undefined ? undefined : { code: code.replace(`"./${child}.ts"`, `"../${child}.js"`), map: null }
  }
}

export default async ({ provide }: TestProject): Promise<void> => {
  const programs = Path.join(repository, "node_modules/.cache/programs")
  const build = await rolldown({
    cwd: repository,
    input: {
      archive: sourceOf("examples/src/archive.ts"),
      example: sourceOf("examples/src/example.ts"),
      hcp: sourceOf("cli/src/bin.ts"),
      "hcp-simulator": sourceOf("simulator/src/bin.ts"),
      served: sourceOf("cli/test/served.ts"),
      console: sourceOf("console/src/ConsoleProgram.ts"),
      ...Object.fromEntries(children.map((name) => [name, sourceOf(`examples/src/${name}.ts`)]))
    },
    platform: "node",
    // What one of them exports is asked for by the tests.
    preserveEntrySignatures: "strict",
    external: (id) => isBuiltin(id),
    resolve: { conditionNames: ["@effect-hcp/source", "node", "import", "default"] },
    plugins: [startChildren, workers],
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
