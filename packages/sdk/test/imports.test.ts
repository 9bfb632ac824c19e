import * as Fs from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const source = new URL("../src/", import.meta.url)
const effect = new URL("./", import.meta.resolve("effect/Effect"))

/** A module of ours as its path in `src`, one of effect as `effect/...`, with where it is. */
const locate = (from: string, importer: URL): readonly [name: string, file: URL | undefined] => {
  const file = from.startsWith(".")
    ? new URL(from, importer)
    : /^(?:effect|@effect-hcp\/sdk)\//.test(from)
      ? new URL(import.meta.resolve(from))
      : undefined
  if (file === undefined) return [from, undefined]
  return file.href.startsWith(effect.href)
    ? [`effect/${file.href.slice(effect.href.length, -".js".length)}`, file]
    : [file.href.slice(source.href.length), file]
}

/** What the modules import while they are loaded, with everything below, also what is below in effect. */
const loadedBy = (...modules: ReadonlyArray<string>): ReadonlySet<string> => {
  const loaded = new Set<string>()
  const visit = (from: string, importer: URL) => {
    const [name, file] = locate(from, importer)
    if (loaded.has(name)) return
    loaded.add(name)
    if (file === undefined) return
    const text = Fs.readFileSync(fileURLToPath(file), "utf8")
    for (const [, below = ""] of text.matchAll(/^(?:import|export) (?!type )[^"]*?from "([^"]+)"/gm)) visit(below, file)
  }
  for (const module of modules) visit(`./${module}.ts`, source)
  return loaded
}

describe("what a program waits for when it imports effect's services over a namespace", () => {
  it("has nothing of them before one is built", () => {
    const loaded = Array.from(loadedBy("HcpKeyValueStore", "HcpFileSystem"))
    assert.deepEqual(
      loaded.filter((name) => /^effect\/(?:persistence\/|sql\/|FileSystem|Schema)|^namespace\/internal\//.test(name)),
      []
    )
  })
})

describe("what a program waits for when it imports S3", () => {
  const loaded = Array.from(loadedBy("../../s3/src/index"))

  it("is seen by this test", () => {
    assert.include(loaded, "Hcp.ts")
    assert.include(loaded, "effect/Effect")
  })

  it("has neither schemas nor configuration", () => {
    assert.deepEqual(
      loaded.filter((name) => /^effect\/(?:Schema|Config)|^HcpConfig\./.test(name)),
      []
    )
  })
})

describe("what a program waits for when it imports the client", () => {
  const loaded = loadedBy("Hcp", "HcpClient")

  it("is seen by this test", () => {
    assert.include(Array.from(loaded), "internal/request/exchange.ts")
    assert.include(Array.from(loaded), "effect/Effect")
    assert.include(Array.from(loaded), "effect/internal/core")
    assert.include(Array.from(loadedBy("HcpErrorCodec")), "effect/SchemaAST")
  })

  it("has nothing of the gateways", () => {
    const gateways = Array.from(loaded).filter((name) => /^(namespace|mapi|query)\/|xml|^uuid$|^saxes$/i.test(name))
    assert.deepEqual(gateways, [])
  })

  it("has neither what connects, what asks name servers, files, nor the configuration", () => {
    const heavy = Array.from(loaded).filter((name) =>
      /^(?:undici|dns-packet|@effect\/platform-node\/|node:fs|internal\/transport\/(?:undiciConnection|dial|proxyDialer)\.|internal\/body\/localFile\.|internal\/dns\/(?:lookup|message|resolvConf)\.|HcpConfig\.|Tls\.)/.test(
        name
      )
    )
    assert.deepEqual(heavy, [])
  })

  it("has of effect neither schemas, nor configuration, nor HTTP, nor files", () => {
    const heavy = Array.from(loaded).filter((name) =>
      /^effect\/(?:internal\/)?(?:Schema|schema|Config|Json|http\/|unstable\/|FileSystem|Path$|PlatformError)/.test(
        name
      )
    )
    assert.deepEqual(heavy, [])
  })
})

it("nothing of the SDK loads what is for tests of users", () => {
  const everything = loadedBy("index", "mapi/index", "HcpErrorCodec")
  assert.include(Array.from(everything), "mapi/Tenants.ts")
  assert.deepEqual(
    Array.from(everything).filter((name) => name.startsWith("testing/")),
    []
  )
  assert.include(Array.from(loadedBy("testing/index")), "testing/internal/reasons.ts")
})
