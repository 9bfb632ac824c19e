import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as BlobStore from "../src/BlobStore.ts"
import * as HcpSystem from "../src/HcpSystem.ts"
import * as Replication from "../src/Replication.ts"
import { act, look } from "./utils/administer.ts"
import { send, status } from "./utils/exchange.ts"

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "hcp-simulator-test-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true }))
)

interface Run extends Replication.LinkOptions {
  readonly namespaces?: ReadonlyArray<string>
  readonly domains?: ReadonlyArray<"hcp1.example.com" | "hcp2.example.com" | "hcp3.example.com">
}

/** One run on a folder: it ends with the effect. */
const running = <A, E>(
  folder: string,
  run: Run,
  use: (systems: {
    readonly first: HcpSystem.HcpSystem
    readonly second: HcpSystem.HcpSystem
    readonly link: Replication.ReplicationLink
  }) => Effect.Effect<A, E>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { domains = ["hcp1.example.com", "hcp2.example.com"], namespaces = ["n1.t1"], ...options } = run
      const blobs = yield* BlobStore.makeFolder(Path.join(folder, "blobs"))
      const [first, second, ...others] = yield* Effect.forEach(domains, (domain) =>
        HcpSystem.make({ domain, namespaces }, { blobs, dataDirectory: Path.join(folder, domain) })
      )
      assert(first !== undefined && second !== undefined)
      const link = yield* Replication.link([first, second, ...others], { ...options, data: folder })
      return yield* use({ first, second, link })
    })
  )

const links = "/services/replication/links"
const one = `${links}/hcp1-hcp2`

const shown = (hcp: HcpSystem.HcpSystem) => Effect.map(look(hcp, `${one}?verbose=true`), (body) => Object(body))

describe("links on a data folder", () => {
  it.effect("deliver after a restart what they could not before, deletions too", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* running(folder, {}, ({ first, link, second }) =>
        Effect.gen(function* () {
          yield* send(first, "PUT", "/rest/d/old", { body: "1" })
          yield* send(first, "PUT", "/rest/d/again", { body: "1" })
          yield* send(first, "PUT", "/rest/empty?type=directory")
          yield* link.settled
          assert.strictEqual(yield* status(second, "GET", "/rest/d/old"), 200)
          yield* link.suspend
          yield* send(first, "PUT", "/rest/new", { body: "2" })
          yield* send(first, "DELETE", "/rest/d/old")
          yield* send(first, "DELETE", "/rest/empty")
          yield* send(first, "DELETE", "/rest/d/again")
          yield* send(first, "PUT", "/rest/d/again", { body: "22" })
          yield* send(second, "PUT", "/rest/back", { body: "3" })
        })
      )
      yield* running(folder, {}, ({ first, link, second }) =>
        Effect.gen(function* () {
          yield* link.settled
          for (const hcp of [first, second]) {
            const found = yield* Effect.forEach(["new", "back", "d/old", "empty", "d/again"], (path) =>
              status(hcp, "GET", `/rest/${path}`)
            )
            assert.deepStrictEqual(found, [200, 200, 404, 404, 200], hcp.domain)
            assert.strictEqual((yield* send(hcp, "GET", "/rest/d/again")).text, "22")
          }
        })
      )
      // Nothing is left to be sent a second time.
      assert.notInclude(Fs.readFileSync(Path.join(folder, "links.json"), "utf8"), "RemoveVersions")
    })
  )

  it.effect("are as they were left: settings, state and content", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const namespaces = ["n1.t1", "n1.t2"]
      const before = yield* running(folder, { namespaces }, ({ first }) =>
        Effect.gen(function* () {
          yield* act(first, "POST", one, { description: "to the cellar", compression: true })
          yield* act(first, "POST", `${one}?suspend`)
          yield* act(first, "DELETE", `${one}/content/tenants/t2`)
          yield* act(first, "POST", `${one}/content/tenants/t1?pause`)
          return yield* shown(first)
        })
      )
      yield* running(folder, { namespaces: [...namespaces, "n1.t3"] }, ({ first, second }) =>
        Effect.gen(function* () {
          const after = yield* shown(first)
          assert.deepStrictEqual({ ...after, statistics: 0 }, { ...before, statistics: 0 })
          assert.isTrue(after.suspended)
          // What is new in this run is carried, as in the first one.
          assert.deepStrictEqual(yield* look(second, `${one}/content/tenants`), { name: ["t1", "t3"] })
        })
      )
    })
  )

  it.effect("stay failed over, with the names at the stand-in, and recover from there", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const host = "n1.t1.hcp1.example.com"
      const mode = "activePassive"
      yield* running(folder, { mode }, ({ second }) => act(second, "POST", `${one}?failOver`))
      yield* running(folder, { mode }, ({ first, second }) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* shown(first)).statusMessage, "Failed over")
          assert.strictEqual(yield* status(second, "PUT", "/rest/a", { host, body: "1" }), 201)
          assert.strictEqual(yield* status(first, "PUT", "/rest/b", { body: "1" }), 403)
          yield* act(second, "POST", `${one}?beginRecovery`)
        })
      )
      yield* running(folder, { mode }, ({ first, link, second }) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* shown(first)).statusMessage, "Recovering data")
          yield* act(second, "POST", `${one}?completeRecovery`)
          yield* link.settled
          yield* TestClock.adjust(1)
          assert.strictEqual((yield* shown(first)).statusMessage, "Sending data")
          assert.strictEqual(yield* status(first, "GET", "/rest/a"), 200)
          assert.strictEqual(yield* status(second, "GET", "/rest/a", { host }), 403)
        })
      )
    })
  )

  it.effect("stay deleted, begin anew where the run says another mode, and wait for systems that are not there", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const all = ["hcp1.example.com", "hcp2.example.com", "hcp3.example.com"] as const
      const names = ({ first }: { readonly first: HcpSystem.HcpSystem }) =>
        Effect.map(look(first, links), (body) => Object(body).name)
      yield* running(folder, { domains: all }, ({ first }) => act(first, "DELETE", `${links}/hcp1-hcp3`))
      assert.deepStrictEqual(yield* running(folder, {}, names), ["hcp1-hcp2"])
      yield* running(folder, {}, ({ first }) => act(first, "DELETE", one))
      assert.deepStrictEqual(yield* running(folder, { domains: all }, names), [])
      const anew = yield* running(folder, { domains: all, mode: "activePassive" }, names)
      assert.deepStrictEqual(anew, ["hcp1-hcp2", "hcp1-hcp3"])
      Fs.writeFileSync(Path.join(folder, "links.json"), "{}")
      const error = yield* Effect.flip(running(folder, {}, names))
      assert.include(String(error), "links.json is not a record of replication links")
    })
  )
})
