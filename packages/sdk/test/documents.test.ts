import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"

const root = new URL("../../../", import.meta.url)

/**
 * What looks like a file or a folder of this repository. Those of the core are written from the source folder of the
 * SDK on.
 */
const pathsIn = (text: string): ReadonlyArray<string> =>
  Array.from(
    text.matchAll(/(?<![\w/])(?:(?:packages|internal)\/[\w./-]*\w|\.(?:ci|changeset|github)\/\w[\w./-]*\w)/g),
    ([path]) => path
  )

const placeOf = (path: string): URL => new URL(path.startsWith("internal/") ? `packages/sdk/src/${path}` : path, root)

describe("the documents for those who change this project", () => {
  for (const document of ["ARCHITECTURE.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md"]) {
    it(`name only files and folders that exist: ${document}`, () => {
      const paths = pathsIn(fs.readFileSync(new URL(document, root), "utf8"))
      assert.isNotEmpty(paths)
      const missing = paths.filter((path) => !fs.existsSync(placeOf(path)))
      assert.deepStrictEqual(missing, [])
    })
  }
})
