import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import * as BlobStore from "../src/BlobStore.ts"
import * as HcpSystem from "../src/HcpSystem.ts"
import { loadKey } from "../src/internal/sealedText.ts"
import { send, status, token } from "./utils/exchange.ts"

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "hcp-simulator-test-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true }))
)

const start = (folder: string, dataKey?: Redacted.Redacted<Uint8Array>) =>
  Effect.flatMap(BlobStore.makeFolder(Path.join(folder, "blobs")), (blobs) =>
    HcpSystem.make(
      { domain: "hcp1.example.com", namespaces: [{ name: "n1", tenant: "t1", s3: true }] },
      { blobs, dataDirectory: Path.join(folder, "metadata"), dataKey }
    )
  )

const key = Redacted.make(new Uint8Array(32).fill(7))
const other = Redacted.make(new Uint8Array(32).fill(8))
const digest = token.slice(token.indexOf(":") + 1)
const registryIn = (folder: string) => Path.join(folder, "metadata", "registry.json")

describe("secrets of a data folder", () => {
  it.effect("nobody but its user may read any file, and folders of a former run are closed", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      Fs.mkdirSync(Path.join(folder, "blobs"), { mode: 0o755 })
      Fs.mkdirSync(Path.join(folder, "metadata"), { mode: 0o755 })
      const hcp = yield* start(folder)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { body: "1" }), 201)
      for (const entry of Fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
        const { mode } = Fs.statSync(Path.join(entry.parentPath, entry.name))
        assert.strictEqual(mode & 0o777, entry.isFile() ? 0o600 : 0o700, entry.name)
      }
    })
  )

  it.effect("a key encrypts the accounts, of a former run too, and only it opens them again", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.scoped(start(folder))
      assert.include(Fs.readFileSync(registryIn(folder), "utf8"), digest)
      yield* Effect.scoped(start(folder, key))
      const sealed = Fs.readFileSync(registryIn(folder), "utf8")
      assert.notInclude(sealed, digest)
      assert.notInclude(sealed, "tenants")
      const refusal = (wrong?: Redacted.Redacted<Uint8Array>) =>
        Effect.map(Effect.flip(Effect.scoped(start(folder, wrong))), ({ message, reason }) => `${reason}: ${message}`)
      assert.match(yield* refusal(), /^storage: .*registry\.json is encrypted; .*--data-key-file/)
      assert.match(yield* refusal(other), /^storage: .*registry\.json cannot be decrypted/)
      assert.strictEqual(Fs.readFileSync(registryIn(folder), "utf8"), sealed)
      const hcp = yield* start(folder, key)
      assert.strictEqual((yield* send(hcp, "PUT", "/rest/a", { body: "1" })).status, 201)
    })
  )

  it.effect("a changed byte is found", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.scoped(start(folder, key))
      const sealed = JSON.parse(Fs.readFileSync(registryIn(folder), "utf8"))
      const text = Buffer.from(sealed.text, "base64")
      text.set([(text[5] ?? 0) ^ 1], 5)
      Fs.writeFileSync(registryIn(folder), JSON.stringify({ ...sealed, text: text.toString("base64") }))
      assert.include((yield* Effect.flip(start(folder, key))).message, "cannot be decrypted")
    })
  )

  it.effect("a key file has 64 hexadecimal digits", () =>
    Effect.gen(function* () {
      const file = Path.join(yield* temporaryFolder, "key")
      Fs.writeFileSync(file, `${"0a".repeat(32)}\n`)
      assert.deepStrictEqual(Redacted.value(yield* loadKey(file)), new Uint8Array(32).fill(10))
      for (const text of ["", "0a", "0a".repeat(33), "x".repeat(64), "\0".repeat(5000)]) {
        Fs.writeFileSync(file, text)
        assert.include((yield* Effect.flip(loadKey(file))).message, "openssl rand -hex 32")
      }
    })
  )
})
