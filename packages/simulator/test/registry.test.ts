import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as BlobStore from "../src/BlobStore.ts"
import * as HcpSystem from "../src/HcpSystem.ts"
import type * as SystemSpec from "../src/SystemSpec.ts"
import { send, status } from "./utils/exchange.ts"
import { code, must, tokenFor } from "./utils/mapi.ts"

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "hcp-simulator-test-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true, force: true }))
)

/** One life of a system on a folder. */
const life = <A, E>(
  folder: string,
  spec: Partial<SystemSpec.SystemSpec>,
  live: (hcp: HcpSystem.HcpSystem) => Effect.Effect<A, E>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const blobs = yield* BlobStore.makeFolder(Path.join(folder, "blobs"))
      return yield* live(
        yield* HcpSystem.make(
          { domain: "hcp1.example.com", ...spec },
          { blobs, dataDirectory: Path.join(folder, "metadata") }
        )
      )
    })
  )

const onNew = { host: "new.t1.hcp1.example.com", headers: { authorization: tokenFor("n", "other2") } }

describe("what the management API has made", () => {
  it.effect("is still there after a restart, and what it deleted is not", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const spec = { namespaces: ["n1.t1", "n2.t1"], users: ["n:n01", "m:m01"] }
      yield* life(folder, spec, (hcp) =>
        Effect.gen(function* () {
          yield* must(hcp, "PUT", "/tenants?username=u&password=pass01", { json: { name: "t2" } })
          yield* must(hcp, "PUT", "/tenants/t1/namespaces", { json: { name: "new", hashScheme: "SHA-512" } })
          yield* must(hcp, "POST", "/tenants/t1/userAccounts/n?password=other2", { json: {} })
          yield* must(hcp, "POST", "/tenants/t1/contactInfo", { json: { city: "Ulm" } })
          yield* must(hcp, "DELETE", "/tenants/t1/namespaces/n2")
          yield* must(hcp, "DELETE", "/tenants/t1/userAccounts/m")
          assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { ...onNew, body: "1" }), 201)
        })
      )
      const file = Path.join(folder, "metadata", "registry.json")
      assert.notMatch(Fs.readFileSync(file, "utf8"), /pass01|other2|n01|service01/)
      yield* life(folder, spec, (hcp) =>
        Effect.gen(function* () {
          assert.deepStrictEqual((yield* must(hcp, "GET", "/tenants")).json, { name: ["t1", "t2"] })
          assert.deepStrictEqual((yield* must(hcp, "GET", "/tenants/t1/namespaces")).json, { name: ["n1", "new"] })
          assert.deepStrictEqual((yield* must(hcp, "GET", "/tenants/t1/userAccounts")).json, { username: ["n"] })
          assert.deepStrictEqual((yield* must(hcp, "GET", "/tenants/t1/contactInfo")).json, { city: "Ulm" })
          assert.strictEqual((yield* send(hcp, "GET", "/rest/a", onNew)).text, "1")
          assert.strictEqual(
            yield* code(hcp, "GET", "/tenants/t2/consoleSecurity", { at: "t2", as: ["u", "pass01"] }),
            200
          )
        })
      )
    })
  )

  it.effect("gives way to a specification that says something new", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* life(folder, {}, (hcp) => must(hcp, "POST", "/tenants/t1/userAccounts/n?password=other2", { json: {} }))
      yield* life(folder, { namespaces: ["n2.t1"], users: ["n:third3"] }, (hcp) =>
        Effect.gen(function* () {
          const get = (password: string, namespace: string) =>
            status(hcp, "GET", "/rest", {
              host: `${namespace}.t1.hcp1.example.com`,
              headers: { authorization: tokenFor("n", password) }
            })
          assert.strictEqual(yield* get("third3", "n2"), 200)
          assert.strictEqual(yield* get("other2", "n2"), 403)
          assert.strictEqual(yield* get("third3", "n1"), 403)
        })
      )
    })
  )

  it.effect("keeps objects under the name of their namespace, and none of a deleted one", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const on = (name: string) => ({ host: `${name}.t1.hcp1.example.com` })
      yield* life(folder, {}, (hcp) =>
        Effect.gen(function* () {
          yield* must(hcp, "PUT", "/tenants/t1/namespaces", { json: { name: "a" } })
          yield* must(hcp, "PUT", "/tenants/t1/namespaces", { json: { name: "b" } })
          yield* send(hcp, "PUT", "/rest/d/x", { ...on("a"), body: "1" })
          yield* send(hcp, "PUT", "/rest/y", { ...on("b"), body: "2" })
          yield* must(hcp, "POST", "/tenants/t1/namespaces/a", { json: { name: "c" } })
          yield* send(hcp, "DELETE", "/rest/y", on("b"))
          yield* must(hcp, "DELETE", "/tenants/t1/namespaces/b")
        })
      )
      yield* life(folder, {}, (hcp) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* send(hcp, "GET", "/rest/d/x", on("c"))).text, "1")
          yield* must(hcp, "PUT", "/tenants/t1/namespaces", { json: { name: "a" } })
          yield* must(hcp, "PUT", "/tenants/t1/namespaces", { json: { name: "b" } })
        })
      )
      yield* life(folder, {}, (hcp) =>
        Effect.gen(function* () {
          assert.strictEqual(yield* status(hcp, "GET", "/rest/d/x", on("a")), 404)
          assert.strictEqual(yield* status(hcp, "GET", "/rest/y", on("b")), 404)
          assert.strictEqual((yield* send(hcp, "GET", "/rest/d/x", on("c"))).text, "1")
        })
      )
    })
  )

  it.effect("is not begun anew over a file that cannot be read", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* life(folder, {}, () => Effect.void)
      const file = Path.join(folder, "metadata", "registry.json")
      Fs.writeFileSync(file, "{}")
      const error = yield* Effect.flip(life(folder, {}, () => Effect.void))
      assert.strictEqual(error.reason, "storage")
      assert.include(error.message, file)
    })
  )
})
