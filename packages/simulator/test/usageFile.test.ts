import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as UsageFile from "../src/internal/usageFile.ts"

const hour = 3_600_000

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "hcp-simulator-test-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true }))
)

const open = (folder: string, now: number) =>
  UsageFile.make(folder, now, () => ({ objectCount: 1, ingestedVolume: 2, storageCapacityUsed: 4 }))

describe("the usage file", () => {
  it.effect("lets a restarted system go on where it was, deleted namespaces included", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.scoped(
        Effect.gen(function* () {
          const usage = yield* open(folder, 0)
          usage.count("n1.t1", 10, { writes: 1, bytesIn: 5 })
          usage.observe("n1.t1", 10)
          usage.count("n2.t1", 10, { writes: 1 })
          usage.close("n2.t1", 20)
        })
      )
      const usage = yield* open(folder, 5 * hour)
      usage.count("n1.t1", 5 * hour, { writes: 2 })
      assert.strictEqual(usage.since, 0)
      assert.deepStrictEqual(usage.ofNamespace("n1.t1", 0, 6 * hour), {
        ...{ reads: 0, writes: 3, deletes: 0, bytesIn: 5, bytesOut: 0 },
        ...{ objectCount: 1, ingestedVolume: 2, storageCapacityUsed: 4 }
      })
      const tenant = usage.ofTenant("t1", 0, 6 * hour)
      assert.deepStrictEqual([tenant.writes, tenant.includesDeleted], [4, true])
    })
  )

  it.effect("is written every minute if there is anything new", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = Path.join(folder, "usage.json")
      const usage = yield* open(folder, 0)
      yield* TestClock.adjust("5 minutes")
      assert.isFalse(Fs.existsSync(file))
      usage.count("n1.t1", 0, { reads: 7 })
      yield* TestClock.adjust("1 minute")
      assert.match(Fs.readFileSync(file, "utf8"), /"reads":7/)
    })
  )

  it.effect("that cannot be understood is not written over", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = Path.join(folder, "usage.json")
      Fs.writeFileSync(file, "{")
      const error = yield* Effect.flip(open(folder, 0))
      assert.strictEqual(error.reason, "storage")
      assert.include(error.message, file)
      assert.strictEqual(Fs.readFileSync(file, "utf8"), "{")
    })
  )
})
