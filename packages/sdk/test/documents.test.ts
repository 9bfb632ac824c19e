import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as SimulatorConfig from "../../simulator/src/SimulatorConfig.ts"
import * as SpoolConfig from "../../spool/src/SpoolConfig.ts"
import * as HcpConfig from "../src/HcpConfig.ts"

const root = new URL("../../../", import.meta.url)

const read = (path: string): string => fs.readFileSync(new URL(path, root), "utf8")

const sourcesOf = (name: string): ReadonlyArray<string> =>
  fs
    .readdirSync(new URL(`packages/${name}/src`, root), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `packages/${name}/src/${file}`)

const namesIn = (text: string, pattern: RegExp): ReadonlyArray<string> =>
  Array.from(text.matchAll(pattern), ([, name = ""]) => name)

const manuals = [
  "README.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  ".github/CONTRIBUTING.md",
  ".github/SECURITY.md",
  ...fs
    .readdirSync(new URL("packages/", root), { encoding: "utf8" })
    .flatMap((name) =>
      fs.readdirSync(new URL(`packages/${name}/`, root), { encoding: "utf8" }).map((file) => `packages/${name}/${file}`)
    )
    .filter((file) => file.endsWith(".md"))
]

/** Code is no prose: what looks like a link or a title there is none. */
const proseOf = (text: string): string => text.replace(/^[ \t]*```[\s\S]*?^[ \t]*```$/gm, "")

/** The anchors that a title gets where Markdown is shown, on GitHub and on npm. */
const anchorsOf = (document: string): ReadonlyArray<string> =>
  namesIn(proseOf(read(document)), /^#+ (.+)$/gm).map((title) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/ /g, "-")
  )

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
      const paths = pathsIn(read(document))
      assert.isNotEmpty(paths)
      const missing = paths.filter((path) => !fs.existsSync(placeOf(path)))
      assert.deepStrictEqual(missing, [])
    })
  }

  it("ARCHITECTURE.md names every file of the core", () => {
    const text = read("ARCHITECTURE.md")
    const files = sourcesOf("sdk").filter((file) => file.startsWith("packages/sdk/src/internal/"))
    const unnamed = files
      .map((file) => file.slice("packages/sdk/src/".length))
      .filter((file) => !text.includes(`\`${file}\``))
    assert.deepStrictEqual(unnamed, [])
  })
})

describe("the manuals", () => {
  it("lead only to files and titles that are there", () => {
    const broken = manuals.flatMap((document) =>
      namesIn(proseOf(read(document)), /\]\(([^)\s]+)\)/g).filter((link) => {
        if (/^https?:/.test(link)) return false
        const [file = "", anchor] = link.split("#")
        const place = file === "" ? new URL(document, root) : new URL(file, new URL(document, root))
        if (!fs.existsSync(place)) return true
        return anchor !== undefined && !anchorsOf(place.href.slice(root.href.length)).includes(anchor)
      })
    )
    assert.deepStrictEqual(broken, [])
  })

  it("explain every reason of an error, and none that is gone", () => {
    const reasons = sourcesOf("sdk")
      .filter((file) => /^packages\/sdk\/src\/\w+Reason\.ts$/.test(file))
      .flatMap((file) => namesIn(read(file), /extends TaggedError\("(\w+)"\)/g))
    const [, table = ""] = read("packages/sdk/FAILURES.md").split(/^## Errors$/m)
    const explained = namesIn(table.split(/^## /m)[0] ?? "", /^\| (`\w+`(?:, `\w+`)*) \|/gm).flatMap((cell) =>
      namesIn(cell, /`(\w+)`/g)
    )
    assert.isAbove(reasons.length, 40)
    assert.deepStrictEqual([...explained].sort(), [...reasons].sort())
  })

  it("have a table of the variables, with all that are read and no other", () => {
    const client = Object.keys(HcpConfig.variables).map((name) => `HCP_${name}`)
    const simulator = Object.keys(SimulatorConfig.variables).map((name) => `HCP_SIMULATOR_${name}`)
    const spool = Object.keys(SpoolConfig.variables).map((name) => `HCP_SPOOL_${name}`)
    for (const [file, heading, known] of [
      ["packages/sdk/CONFIGURATION.md", /^## `Hcp\.layerConfig`.*$/m, client],
      ["packages/sdk/src/Hcp.ts", /^ \* The whole client from configuration.*$/m, client],
      ["packages/simulator/LAYERS.md", /^## From the configuration$/m, simulator],
      ["packages/simulator/src/Simulator.ts", /^ \* A simulator from the configuration.*$/m, simulator],
      ["packages/spool/MANUAL.md", /^## From the configuration.*$/m, spool],
      ["packages/spool/src/Spool.ts", /^ \* A spool in front of the namespace, from the configuration.*$/m, spool]
    ] as const) {
      const [, after = ""] = read(file).split(heading)
      const [, table = ""] = /((?:^(?: \* )?\|.*\n)+)/m.exec(after) ?? []
      const explained = namesIn(table, /^(?: \* )?\| (`\w+`(?:, `\w+`)*) \|/gm).flatMap((cell) =>
        namesIn(cell, /`(\w+)`/g)
      )
      assert.sameMembers(explained, known, file)
    }
  })

  for (const name of ["s3", "simulator"]) {
    it(`explain every variable that is read: ${name}`, () => {
      const variables = sourcesOf(name).flatMap((file) =>
        // What comes after a prefix is written without it.
        [
          ...namesIn(read(file), /"(HCP_[A-Z0-9_]+)"/g),
          ...namesIn(read(file), /\}_([A-Z0-9_]+)`/g).map((each) => `HCP_${each}`)
        ]
      )
      // What all have in common stands in the manual of the SDK.
      const own = manuals.filter((file) => file.startsWith(`packages/${name}/`) && !file.endsWith("api.md"))
      const text = ["packages/sdk/CONFIGURATION.md", ...own].map(read).join("\n")
      assert.isNotEmpty(variables)
      assert.deepStrictEqual(
        variables.filter((variable) => !text.includes(`\`${variable}\``)),
        []
      )
    })
  }
})
