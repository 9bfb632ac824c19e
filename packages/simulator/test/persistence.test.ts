import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as BlobStore from "../src/BlobStore.ts"
import * as HcpSystem from "../src/HcpSystem.ts"
import { collect, send, status } from "./utils/exchange.ts"

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "hcp-simulator-test-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true }))
)

const filesIn = (folder: string): ReadonlyArray<string> =>
  Fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)

const start = (folder: string, namespaces: ReadonlyArray<string> = ["n1.t1"]) =>
  Effect.flatMap(BlobStore.makeFolder(Path.join(folder, "blobs")), (blobs) =>
    HcpSystem.make(
      {
        domain: "hcp1.example.com",
        namespaces: namespaces.map((name) => ({ name: name.slice(0, 2), tenant: "t1", versioning: name === "n2.t1" }))
      },
      { blobs, dataDirectory: Path.join(folder, "metadata") }
    )
  )

const large = new Uint8Array(3_000_000).map((_, index) => index % 251)

describe("a data folder", () => {
  it.effect("gives a restarted system everything it had", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const host = "n2.t1.hcp1.example.com"
      const before = yield* Effect.scoped(
        Effect.gen(function* () {
          const hcp = yield* start(folder, ["n1.t1", "n2.t1"])
          yield* TestClock.setTime(1000)
          yield* send(hcp, "PUT", "/rest/d/%F0%9F%98%80%20a?retention=A%2B1d", { body: large })
          yield* send(hcp, "PUT", "/rest/gone", { body: "1" })
          yield* send(hcp, "DELETE", "/rest/gone")
          yield* send(hcp, "PUT", "/rest/empty?type=directory")
          yield* send(hcp, "POST", "/rest/d/%F0%9F%98%80%20a?shred=true")
          yield* send(hcp, "PUT", "/rest/v", { host, body: "one" })
          yield* send(hcp, "PUT", "/rest/v", { host, body: "two" })
          yield* send(hcp, "DELETE", "/rest/v", { host })
          return { state: yield* hcp.state, head: yield* send(hcp, "HEAD", "/rest/d/%F0%9F%98%80%20a") }
        })
      )
      // A run that does not know one of the namespaces must not lose it.
      yield* Effect.scoped(start(folder, ["n1.t1"]))
      const hcp = yield* start(folder, ["n1.t1", "n2.t1"])
      assert.deepStrictEqual(yield* hcp.state, before.state)
      const get = yield* send(hcp, "GET", "/rest/d/%F0%9F%98%80%20a")
      const own = { "x-requestid": "" }
      assert.deepStrictEqual({ ...get.headers, ...own }, { ...before.head.headers, ...own })
      assert.deepStrictEqual(get.bytes, large)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/gone"), 404)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/empty"), 200)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/v", { host }), 404)
      const versions = yield* send(hcp, "GET", "/rest/v?version=list&deleted=true", { host })
      assert.strictEqual(versions.text.match(/<entry /g)?.length, 3)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/d/%F0%9F%98%80%20a"), 409)
    })
  )

  it.effect("may have been written before there were labeled holds", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.scoped(Effect.flatMap(start(folder), (hcp) => send(hcp, "PUT", "/rest/a", { body: "1" })))
      const log = Path.join(folder, "metadata", "changes.ndjson")
      Fs.writeFileSync(log, Fs.readFileSync(log, "utf8").replace('"labelHolds":[],', ""))
      const { headers } = yield* Effect.flatMap(start(folder), (hcp) => send(hcp, "HEAD", "/rest/a"))
      assert.strictEqual(headers["x-hcp-labelretentionhold"], "false")
    })
  )

  it.effect("may have been written with its members in another order, which is changed where it is written anew", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const log = Path.join(folder, "metadata", "changes.ndjson")
      const before = yield* Effect.scoped(
        Effect.gen(function* () {
          const hcp = yield* start(folder)
          yield* send(hcp, "PUT", "/rest/d/a", { body: "1" })
          yield* send(hcp, "PUT", "/rest/d/a?type=custom-metadata&annotation=x", { body: "<a/>" })
          yield* send(hcp, "PUT", "/rest/gone", { body: "1" })
          yield* send(hcp, "DELETE", "/rest/gone")
          return { state: yield* hcp.state, head: (yield* send(hcp, "HEAD", "/rest/d/a")).headers }
        })
      )
      const reversed = (value: unknown): unknown =>
        Array.isArray(value)
          ? value.map(reversed)
          : typeof value === "object" && value !== null
            ? Object.fromEntries(
                Object.entries(value)
                  .reverse()
                  .map(([name, member]) => [name, reversed(member)])
              )
            : value
      const lines = Fs.readFileSync(log, "utf8").trim().split("\n")
      const written = lines.map((line) => `${JSON.stringify(reversed(JSON.parse(line)))}\n`).join("")
      Fs.writeFileSync(log, written)
      for (const torn of ["", '{"_tag":']) {
        Fs.appendFileSync(log, torn)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const hcp = yield* start(folder)
            assert.deepStrictEqual(yield* hcp.state, before.state)
            const { headers } = yield* send(hcp, "HEAD", "/rest/d/a")
            assert.deepStrictEqual({ ...headers, "x-requestid": "" }, { ...before.head, "x-requestid": "" })
          })
        )
      }
      const [line = ""] = Fs.readFileSync(log, "utf8")
        .split("\n")
        .filter((text) => text.includes("PutVersion"))
      assert.isTrue(line.startsWith('{"_tag":"PutVersion","namespace":"n1.t1","path":["d","a"],"version":{"id":'), line)
    })
  )

  it.effect("is written anew at a start only if most of it is about what is no longer there", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const log = Path.join(folder, "metadata", "changes.ndjson")
      const lines = () => Fs.readFileSync(log, "utf8").split("\n").length - 1
      const change = (times: number) =>
        Effect.scoped(
          Effect.gen(function* () {
            const hcp = yield* start(folder)
            yield* send(hcp, "PUT", "/rest/a", { body: "1" })
            for (let index = 0; index < times; index++) {
              assert.strictEqual(yield* status(hcp, "POST", "/rest/a?index=false"), 200)
            }
          })
        )
      yield* change(500)
      const { ino } = Fs.statSync(log)
      yield* change(700)
      assert.deepStrictEqual([Fs.statSync(log).ino, lines()], [ino, 1201])
      const hcp = yield* start(folder)
      assert.strictEqual(lines(), 1)
      assert.strictEqual((yield* send(hcp, "HEAD", "/rest/a")).headers["x-hcp-index"], "false")
    })
  )

  it.effect("survives a torn last record, and refuses a broken one elsewhere", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.scoped(
        Effect.gen(function* () {
          const hcp = yield* start(folder)
          yield* send(hcp, "PUT", "/rest/a", { body: "1" })
          yield* send(hcp, "PUT", "/rest/b", { body: "2" })
        })
      )
      const log = Path.join(folder, "metadata", "changes.ndjson")
      Fs.writeFileSync(log, Fs.readFileSync(log, "utf8").slice(0, -20))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const hcp = yield* start(folder)
          assert.strictEqual((yield* send(hcp, "GET", "/rest/a")).text, "1")
          assert.strictEqual(yield* status(hcp, "GET", "/rest/b"), 404)
          assert.strictEqual(yield* status(hcp, "PUT", "/rest/b", { body: "3" }), 201)
        })
      )
      Fs.writeFileSync(log, `torn\n${Fs.readFileSync(log, "utf8")}`)
      const error = yield* Effect.flip(start(folder))
      assert.strictEqual(error.reason, "storage")
      assert.include(error.message, "line 1 is no record")
      const both = Fs.readFileSync(log, "utf8").slice(0, -20)
      Fs.writeFileSync(log, both)
      assert.include((yield* Effect.flip(start(folder))).message, "line 1 is no record")
      assert.strictEqual(Fs.readFileSync(log, "utf8"), both, "nothing of it is cut off")
    })
  )
})

describe("a folder of blobs", () => {
  it.effect("holds nothing of an upload that failed, was interrupted or was deleted", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const blobs = yield* BlobStore.makeFolder(folder)
      const failed = yield* Effect.exit(
        blobs.write(Stream.concat(Stream.succeed(large), Stream.fail("aborted" as const)), "SHA-256")
      )
      assert.isTrue(Exit.isFailure(failed))
      const endless = yield* Effect.forkScoped(
        blobs.write(Stream.concat(Stream.succeed(large), Stream.never), "SHA-256")
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(endless)
      assert.deepStrictEqual(filesIn(folder), [])
      const { id } = yield* blobs.write(Stream.succeed(large), "SHA-256")
      const copy = yield* blobs.clone(id)
      yield* blobs.delete(id)
      assert.deepStrictEqual(filesIn(folder), [copy])
      assert.deepStrictEqual(yield* collect(blobs.read(copy, { start: 10, end: 400_000 })), large.slice(10, 400_000))
      yield* blobs.delete(copy)
      yield* blobs.delete(copy)
      assert.deepStrictEqual(filesIn(folder), [])
    })
  )
})

describe("a system on a folder", () => {
  it.effect("keeps no bytes of an upload that came too late, or of an object that is gone", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const hcp = yield* start(folder)
      const slow = Stream.fromEffect(Effect.as(Effect.sleep("1 second"), large))
      const late = yield* Effect.forkScoped(status(hcp, "PUT", "/rest/a", { body: slow }))
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { body: "1" }), 201)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(late), 409)
      assert.strictEqual(filesIn(Path.join(folder, "blobs")).length, 1)
      yield* send(hcp, "DELETE", "/rest/a")
      assert.deepStrictEqual(filesIn(Path.join(folder, "blobs")), [])
    })
  )
})

describe("a store in a folder", () => {
  it.effect.skipIf(!Fs.existsSync("/proc/self"))("fails where no folder can be made, and does not try for ever", () =>
    Effect.gen(function* () {
      const { message, reason } = yield* Effect.flip(Effect.scoped(BlobStore.makeFolder("/proc/none/blobs")))
      assert.strictEqual(reason, "storage")
      assert.match(message, /^cannot make "\/proc\/none\/blobs": .*choose another place/)
    })
  )
})

describe("a store in memory", () => {
  it.effect("moves large blobs, and those for which there is no room, to files that go with the scope", () =>
    Effect.gen(function* () {
      const before = new Set(Fs.readdirSync(Os.tmpdir()))
      const newFolders = () =>
        Fs.readdirSync(Os.tmpdir()).filter((name) => /^hcp-simulator-(?!test-)/.test(name) && !before.has(name))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const blobs = yield* BlobStore.makeMemory({ maxBlob: 100, maxTotal: 150 })
          const write = (size: number) =>
            blobs.write(Stream.fromIterable([large.slice(0, 10), large.slice(10, size)]), "MD5")
          const small = yield* write(90)
          assert.deepStrictEqual(newFolders(), [])
          const big = yield* write(101)
          const late = yield* write(90)
          const folders = newFolders().map((name) => Path.join(Os.tmpdir(), name))
          assert.deepStrictEqual(folders.flatMap(filesIn).sort(), [big.id, late.id].sort())
          for (const [blob, size] of [
            [small, 90],
            [big, 101],
            [late, 90]
          ] as const) {
            const copy = yield* blobs.clone(blob.id)
            yield* blobs.delete(blob.id)
            assert.deepStrictEqual(yield* collect(blobs.read(copy)), large.slice(0, size))
            assert.strictEqual((yield* Effect.flip(collect(blobs.read(blob.id)))).reason, "storage")
          }
        })
      )
      assert.deepStrictEqual(newFolders(), [])
    })
  )
})
