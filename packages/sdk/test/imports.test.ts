import * as Fs from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const source = new URL("../src/", import.meta.url)

/** What the modules import while they are loaded, with everything below: files as paths in `src`, packages by name. */
const loadedBy = (...modules: ReadonlyArray<string>): ReadonlySet<string> => {
  const loaded = new Set<string>()
  const visit = (file: URL) => {
    const path = fileURLToPath(file).slice(fileURLToPath(source).length)
    if (loaded.has(path)) return
    loaded.add(path)
    const text = Fs.readFileSync(file, "utf8")
    for (const [, from = ""] of text.matchAll(/^(?:import|export) (?!type )[^"]*?from "([^"]+)"/gm)) {
      if (from.startsWith(".")) visit(new URL(from, file))
      else loaded.add(from)
    }
  }
  for (const module of modules) visit(new URL(`${module}.ts`, source))
  return loaded
}

describe("what a program waits for when it imports the client", () => {
  const loaded = loadedBy("Hcp", "HcpClient")

  it("is seen by this test", () => {
    assert.include(Array.from(loaded), "internal/transport/undici.ts")
    assert.include(Array.from(loaded), "effect/Effect")
  })

  it("has nothing of the gateways", () => {
    const gateways = Array.from(loaded).filter((name) =>
      /^(internal\/)?(namespace|mapi|query)\/|xml|^uuid$|^saxes$/i.test(name)
    )
    assert.deepEqual(gateways, [])
  })

  it("has neither the whole of undici nor the system's resolver, nor the configuration", () => {
    const heavy = ["undici", "effect/Config", "@effect/platform-node/NodeDns", "internal/settings.ts", "Tls.ts"]
    assert.deepEqual(
      heavy.filter((name) => loaded.has(name)),
      []
    )
  })
})

describe("undici", () => {
  it("keeps its Client in the file it is imported from", async () => {
    const undici = await import("undici")
    const file = await import("undici/lib/dispatcher/client.js").catch((error: unknown) => {
      assert.fail(
        `undici has moved its Client: change the path in internal/undici.ts and internal/undiciClient.d.ts (${error})`
      )
    })
    assert.strictEqual(
      file.default,
      undici.Client,
      "the file holds something else than Client: look where undici has it now"
    )
  })
})
