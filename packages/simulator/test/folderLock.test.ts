import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import * as FolderLock from "../src/internal/folderLock.ts"

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "hcp-simulator-test-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true }))
)

const held = (folder: string) => Effect.exit(Effect.scoped(FolderLock.hold(folder)))

describe("a data folder", () => {
  it.effect("is held by one at a time, and by nobody afterwards", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* FolderLock.hold(folder)
          const { message, reason } = yield* Effect.flip(Effect.scoped(FolderLock.hold(folder)))
          assert.strictEqual(reason, "storage")
          assert.match(message, new RegExp(`^${folder} is in use by the process ${process.pid}; `))
          assert.notInclude(message, "\n")
          assert.deepStrictEqual(Fs.readdirSync(folder), ["lock.json"])
        })
      )
      assert.deepStrictEqual(Fs.readdirSync(folder), [])
      assert.isTrue(Exit.isSuccess(yield* held(folder)))
    })
  )

  it.effect("is free again when its holder crashed, whatever that left", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const left = [
        // No process has so high an id; this one has another start; and a write that was torn off.
        { pid: 2 ** 30, started: "" },
        ...(process.platform === "linux" ? [{ pid: process.pid, started: "1" }] : []),
        "{"
      ]
      for (const holder of left) {
        const text = typeof holder === "string" ? holder : JSON.stringify(holder)
        Fs.writeFileSync(Path.join(folder, "lock.json"), text)
        assert.isTrue(Exit.isSuccess(yield* held(folder)), text)
        assert.deepStrictEqual(Fs.readdirSync(folder), [])
      }
    })
  )

  it.effect("goes to one of many that find the lock of a crashed one", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      Fs.writeFileSync(Path.join(folder, "lock.json"), JSON.stringify({ pid: 2 ** 30, started: "" }))
      const results = yield* Effect.forEach(Array.from({ length: 20 }), () => Effect.exit(FolderLock.hold(folder)), {
        concurrency: "unbounded"
      })
      assert.strictEqual(results.filter(Exit.isSuccess).length, 1)
    })
  )
})
