import Fs from "node:fs"
import Module from "node:module"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as BlobStore from "../src/BlobStore.ts"
import * as HcpSystem from "../src/HcpSystem.ts"
import { send, status } from "./utils/exchange.ts"
import { outcome } from "./utils/s3.ts"

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "hcp-simulator-test-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true }))
)

const start = (folder: string) =>
  Effect.flatMap(BlobStore.makeFolder(Path.join(folder, "blobs")), (blobs) =>
    HcpSystem.make(
      {
        domain: "hcp1.example.com",
        namespaces: [{ name: "n1", tenant: "t1", s3: true }],
        users: ["n:n01", "owner:owner01"]
      },
      { blobs, dataDirectory: Path.join(folder, "metadata") }
    )
  )

const noSpace = (): Error => Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" })

type Replaced = "writeSync" | "writev" | "ftruncateSync"

/** Replaces a function of the file system until the effect is done. */
const withFs = <A, E, R>(
  name: Replaced,
  replacement: (...given: ReadonlyArray<unknown>) => unknown,
  effect: Effect.Effect<A, E, R>
) => {
  const set = (value: unknown) =>
    Effect.sync(() => {
      Reflect.set(Fs, name, value)
      Module.syncBuiltinESMExports()
    })
  return Effect.acquireUseRelease(
    Effect.suspend(() => Effect.as(set(replacement), original[name])),
    () => effect,
    set
  )
}

const original = { writeSync: Fs.writeSync, writev: Fs.writev, ftruncateSync: Fs.ftruncateSync }

/** Takes the first half of what is written while `isFull`, as a file system does that has a little room left. */
const shortWrites =
  (isFull: () => boolean) =>
  (fd: unknown, data: unknown, offset: unknown): unknown => {
    if (!isFull() || !(data instanceof Uint8Array)) return Reflect.apply(original.writeSync, Fs, [fd, data, offset])
    if (offset !== 0) throw noSpace()
    return Reflect.apply(original.writeSync, Fs, [fd, data, 0, Math.ceil(data.length / 2)])
  }

const blobsIn = (folder: string): number =>
  Fs.readdirSync(Path.join(folder, "blobs"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .length

describe("a full file system", () => {
  it.effect("is answered with 413, and the log of changes stays whole", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.scoped(
        Effect.gen(function* () {
          const hcp = yield* start(folder)
          assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", { body: "1" }), 201)
          yield* withFs(
            "writeSync",
            shortWrites(() => true),
            Effect.gen(function* () {
              const refused = yield* send(hcp, "PUT", "/rest/b", { body: "2" })
              assert.strictEqual(refused.status, 413)
              assert.include(refused.message ?? "", "no space left")
              assert.strictEqual(yield* outcome(hcp, "PUT", "/n1/c", { body: "3" }), "413 OutOfSpace")
              assert.strictEqual(yield* status(hcp, "GET", "/rest/b"), 404)
            })
          )
          assert.strictEqual(yield* status(hcp, "PUT", "/rest/d", { body: "4" }), 201)
          assert.strictEqual(blobsIn(folder), 2)
        })
      )
      const hcp = yield* start(folder)
      assert.strictEqual((yield* send(hcp, "GET", "/rest/a")).text, "1")
      assert.strictEqual((yield* send(hcp, "GET", "/rest/d")).text, "4")
      assert.strictEqual(yield* status(hcp, "GET", "/rest/b"), 404)
    })
  )

  it.effect("a record that could not be cut off at once is cut off before the next one", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.scoped(
        Effect.gen(function* () {
          const hcp = yield* start(folder)
          const refused = withFs(
            "writeSync",
            shortWrites(() => true),
            status(hcp, "PUT", "/rest/a", { body: "1" })
          )
          const fail = () => {
            throw noSpace()
          }
          assert.strictEqual(yield* withFs("ftruncateSync", fail, refused), 413)
          assert.strictEqual(yield* status(hcp, "PUT", "/rest/b", { body: "2" }), 201)
        })
      )
      assert.strictEqual((yield* Effect.flatMap(start(folder), (hcp) => send(hcp, "GET", "/rest/b"))).text, "2")
    })
  )

  it.effect("bytes that find no room leave nothing behind, few or many", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const hcp = yield* start(folder)
      const full = (_fd: unknown, _chunks: unknown, done: unknown) => {
        if (typeof done === "function") done(noSpace())
      }
      const many = { body: new Uint8Array(300_000) }
      assert.strictEqual(yield* withFs("writev", full, status(hcp, "PUT", "/rest/a", many)), 413)
      const few = shortWrites(() => true)
      assert.strictEqual(yield* withFs("writeSync", few, status(hcp, "PUT", "/rest/a", { body: "12" })), 413)
      assert.strictEqual(blobsIn(folder), 0)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/a", many), 201)
    })
  )

  it.effect("lets objects be deleted, and keeps room for that again afterwards", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const hcp = yield* start(folder)
      const reserve = Path.join(folder, "metadata", "changes.ndjson.reserve")
      for (const name of ["a", "b"]) assert.strictEqual(yield* status(hcp, "PUT", `/rest/${name}`, { body: "1" }), 201)
      assert.isAbove(Fs.statSync(reserve).size, 10_000)
      const whileFull = shortWrites(() => Fs.existsSync(reserve))
      yield* withFs(
        "writeSync",
        whileFull,
        Effect.gen(function* () {
          assert.strictEqual(yield* status(hcp, "PUT", "/rest/c", { body: "1" }), 413)
          assert.isTrue(Fs.existsSync(reserve), "a write took the room of deletions")
          assert.strictEqual(yield* status(hcp, "DELETE", "/rest/a"), 200)
        })
      )
      assert.strictEqual(yield* status(hcp, "DELETE", "/rest/b"), 200)
      assert.isTrue(Fs.existsSync(reserve))
    })
  )

  it.effect("a broken record is told with its repair, also where it is the last one", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.scoped(Effect.flatMap(start(folder), (hcp) => status(hcp, "PUT", "/rest/a", { body: "1" })))
      const log = Path.join(folder, "metadata", "changes.ndjson")
      const whole = Fs.readFileSync(log, "utf8")
      for (const [text, line] of [
        [`${whole}{"_tag":\n`, whole.split("\n").length],
        [`{"_tag":${whole}`, 1]
      ] as const) {
        Fs.writeFileSync(log, text)
        const { message } = yield* Effect.flip(Effect.scoped(start(folder)))
        assert.include(message, `line ${line} is no record`)
        assert.include(message, "To repair it: keep a copy")
        assert.strictEqual(Fs.readFileSync(log, "utf8"), text)
      }
      Fs.writeFileSync(log, `${whole}{"_tag":`)
      assert.strictEqual((yield* Effect.flatMap(start(folder), (hcp) => send(hcp, "GET", "/rest/a"))).text, "1")
    })
  )
})
