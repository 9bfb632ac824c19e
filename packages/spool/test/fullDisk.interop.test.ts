import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Namespace } from "@effect-hcp/sdk"
import { Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Spool, SpoolError } from "../src/index.ts"
import { opened, System, temporaryDirectory } from "./spooled.ts"

/** A disk of 6 MiB, and how to mount it in another way. Only root may. */
const smallDisk = Effect.gen(function* () {
  const directory = yield* temporaryDirectory
  yield* Effect.acquireRelease(
    Effect.sync(() => execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", directory])),
    () => Effect.sync(() => execFileSync("umount", ["-l", directory]))
  )
  return directory
})

const isRoot = process.platform === "linux" && process.getuid?.() === 0

const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

const bodyOf = (at: string, bytes: number) => at.repeat(Math.ceil(bytes / at.length)).slice(0, bytes)

/** Writes until one is refused: what was accepted, and the refusal. */
const filled = (spool: Spool.Shape, name: string, bytes: number) =>
  Effect.gen(function* () {
    const accepted: Array<string> = []
    for (let index = 0; ; index++) {
      const at = `/${name}${index}`
      const outcome = yield* Effect.result(spool.put(at, bodyOf(at, bytes)))
      if (outcome._tag === "Failure") return { accepted, error: outcome.failure }
      accepted.push(at)
    }
  })

const isFull = (error: { readonly _tag: string }): error is SpoolError.SpoolFull => error._tag === "SpoolFull"

describe("a spool on a disk that is full (as root)", () => {
  it.effect.runIf(isRoot)(
    "refuses writes, keeps what it accepted whole, and goes on when there is space",
    () =>
      Effect.gen(function* () {
        const ns = yield* Namespace.Namespace
        const disk = yield* smallDisk
        const others = path.join(disk, "others")
        fs.writeFileSync(others, new Uint8Array(2 * 1024 * 1024))
        yield* opened(path.join(disk, "spool"), (spool) =>
          Effect.gen(function* () {
            yield* spool.pause
            const early = Array.from({ length: 20 }, (_, index) => `/early${index}`)
            yield* Effect.forEach(early, (at) => spool.put(at, bodyOf(at, 20_000)))
            const inFiles = yield* filled(spool, "file", 150_000)
            const inRows = yield* filled(spool, "row", 20_000)
            assert.isNotEmpty(inFiles.accepted)
            for (const { error } of [inFiles, inRows]) assert.isTrue(isFull(error), error.message)
            const inTinyRows = yield* filled(spool, "tiny", 100)
            // There is room for the body of this one, and none for its row.
            fs.truncateSync(others, 2 * 1024 * 1024 - 152 * 1024)
            const last = yield* Effect.flip(spool.put("/last", bodyOf("/last", 150_000)))
            assert.isTrue(isFull(last), last.message)
            assert.lengthOf(fs.readdirSync(path.join(disk, "spool", "bodies")), inFiles.accepted.length)
            const { entries } = yield* spool.stats
            const pending = yield* Stream.runCollect(spool.pending)
            const all = [...early, ...inFiles.accepted, ...inRows.accepted, ...inTinyRows.accepted]
            assert.sameMembers(
              pending.map(({ path }) => path),
              all
            )
            assert.strictEqual(entries, all.length)
            const sizeOf = (at: string) => (at.startsWith("/file") ? 150_000 : at.startsWith("/tiny") ? 100 : 20_000)
            for (const at of all) assert.strictEqual((yield* spool.get(at)).text, bodyOf(at, sizeOf(at)))
            // Somebody else takes what is left. Without space nothing can be noted, so nothing is sent.
            const left = fs.statfsSync(disk)
            fs.writeFileSync(path.join(disk, "rest"), new Uint8Array(left.bavail * left.bsize))
            yield* spool.resume
            const drained = yield* Effect.forkChild(spool.drain, { startImmediately: true })
            for (let time = 0; time < 5; time++) yield* Effect.andThen(TestClock.adjust("30 seconds"), spool.stats)
            fs.rmSync(others)
            while (drained.pollUnsafe() === undefined) yield* Effect.andThen(TestClock.adjust("30 seconds"), turn)
            yield* Fiber.join(drained)
            for (const at of all) assert.strictEqual((yield* ns.get(at)).text, bodyOf(at, sizeOf(at)))
            yield* spool.await(yield* spool.put("/after", "x"))
          })
        )
      }).pipe(Effect.scoped, Effect.provide(System)),
    60_000
  )

  it.effect.runIf(isRoot)("names a disk that may not be written", () =>
    Effect.gen(function* () {
      const disk = yield* smallDisk
      const directory = path.join(disk, "spool")
      yield* opened(directory, ({ drain }) => drain)
      execFileSync("mount", ["-o", "remount,ro", disk])
      const error = yield* Effect.flip(opened(directory, ({ drain }) => drain))
      assert.deepInclude(error, { _tag: "SpoolUnusable", reason: "Directory" }, error.message)
      const other = yield* Effect.flip(opened(path.join(disk, "other"), ({ drain }) => drain))
      assert.deepInclude(other, { _tag: "SpoolUnusable", reason: "Directory" })
    }).pipe(Effect.scoped, Effect.provide(System))
  )
})
