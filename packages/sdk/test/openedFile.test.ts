import { constants, existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option } from "effect"
import * as HcpBody from "../src/HcpBody.ts"
import { OpenedFile } from "../src/internal/body/openedFile.ts"
import * as source from "../src/internal/body/source.ts"
import { always, answer, makeClient } from "./utils/ScriptedNodes.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "hcp-opened-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

/** None for one that was closed meanwhile. */
const linkOf = (path: string) => Effect.try({ try: () => readlinkSync(path), catch: (error) => error })

const hasDescriptors = existsSync("/proc/self/fd")

/** How often this process has the file open. */
const timesOpen = (path: string): number =>
  readdirSync("/proc/self/fd").filter((fd) =>
    Option.contains(Effect.runSync(Effect.option(linkOf(`/proc/self/fd/${fd}`))), path)
  ).length

describe("OpenedFile", () => {
  it.live("is closed after the read under way, which never hits another file", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "a")
      writeFileSync(path, "0123456789")
      const file = yield* Effect.promise(() => OpenedFile.open(path, constants.O_RDONLY))
      const bytes = new Uint8Array(4)
      const reading = file.read(bytes, 0, 4, 3)
      const closing = Effect.runFork(file.close)
      assert.strictEqual(file.statNow().size, 10n)
      assert.deepStrictEqual(yield* Effect.promise(() => reading), { bytesRead: 4 })
      assert.strictEqual(Buffer.from(bytes).toString(), "3456")
      yield* Fiber.join(closing)
      assert.throws(() => file.statNow(), "EBADF")
    })
  )

  it.live("is closed once, and not read any more: its number may be that of another file by then", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "a")
      writeFileSync(path, "0123456789")
      const open = Effect.promise(() => OpenedFile.open(path, constants.O_RDONLY))
      const file = yield* open
      yield* file.close
      const others = yield* Effect.replicateEffect(open, 4)
      yield* file.close
      const read = yield* Effect.exit(Effect.tryPromise(() => file.read(new Uint8Array(4), 0, 4, 0)))
      assert.isTrue(Exit.isFailure(read))
      for (const other of others) {
        assert.strictEqual(other.statNow().size, 10n)
        yield* other.close
      }
    })
  )
})

describe("a small file that is a body", () => {
  it.live.skipIf(!hasDescriptors)("is in memory, and closed, while its call waits for a connection", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "a")
      writeFileSync(path, "0123456789")
      const { content } = yield* source.open(HcpBody.file(path))
      assert.strictEqual(content instanceof Uint8Array ? Buffer.from(content).toString() : "no bytes", "0123456789")
      assert.strictEqual(timesOpen(path), 0)
    })
  )

  it.live.skipIf(!hasDescriptors)("is open for few of many calls that begin together", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "a")
      writeFileSync(path, "0123456789")
      const client = yield* makeClient(always(answer(201, { ETag: "a" })))
      const counts: Array<number> = []
      const { open } = OpenedFile
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          OpenedFile.open = async (...all) => {
            const file = await open(...all)
            counts.push(timesOpen(path))
            return file
          }
        }),
        () =>
          Effect.sync(() => {
            OpenedFile.open = open
          })
      )
      const puts = Array.from({ length: 100 }, () => client.put("/rest/a", HcpBody.file(path)))
      yield* Effect.all(puts, { concurrency: "unbounded" })
      assert.strictEqual(counts.length, 100)
      assert.isAtMost(Math.max(...counts), 32)
      assert.strictEqual(timesOpen(path), 0)
    })
  )
})
