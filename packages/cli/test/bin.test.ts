import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Cli } from "../src/index.ts"

const bin = fileURLToPath(new URL("../bin/hcp.js", import.meta.url))
const simulatorBin = fileURLToPath(new URL("../../simulator/bin/hcp-simulator.js", import.meta.url))

/** How `bin` ends on a Node that says it is this version. */
const startOn = (version: string, file: string, ...args: ReadonlyArray<string>) => {
  const older = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(older)}`, file, ...args],
    { encoding: "utf8" }
  )
  return { status, stderr, stdout }
}

describe("the file that npm links to", () => {
  it.each(["18.20.8", "20.20.2", "22.18.0"])("says on Node %s which one is needed", (version) => {
    assert.deepStrictEqual(startOn(version, bin, "--version"), {
      status: 1,
      stdout: "",
      stderr: `hcp: Node.js 22.19 or newer is needed, this is ${version}.\n`
    })
  })

  it("starts the program with what Node has compiled in the cache folder of the user, and without one where none can be made", () => {
    const folder = mkdtempSync(join(tmpdir(), "hcp-bin-"))
    try {
      mkdirSync(join(folder, "dist/program"), { recursive: true })
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }')
      writeFileSync(join(folder, "dist/program/main.js"), 'process.stdout.write("started")')
      cpSync(bin, join(folder, "bin/hcp.js"))
      const start = (HOME: string) =>
        spawnSync(process.execPath, [join(folder, "bin/hcp.js"), "ls"], {
          encoding: "utf8",
          env: { HOME },
          timeout: 20_000
        })
      for (const home of [join(folder, "home"), "/proc", "/dev/null", "/proc/none"]) {
        const { status, stderr, stdout } = start(home)
        assert.deepStrictEqual([status, stderr, stdout], [0, "", "started"], home)
      }
      if (process.platform === "linux") assert.isNotEmpty(readdirSync(join(folder, "home/.cache/hcp/compiled")))
      assert.isFalse(existsSync("/proc/.cache"))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("is the same for all packages with a program", () => {
    assert.strictEqual(readFileSync(simulatorBin, "utf8"), readFileSync(bin, "utf8"))
  })

  it("has the version of the command", () => {
    const manifest: { readonly version: string } = JSON.parse(
      readFileSync(new URL("../package.json", import.meta.url), "utf8")
    )
    assert.strictEqual(manifest.version, Cli.version)
  })
})
