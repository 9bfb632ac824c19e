import { constants, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { OpenedFile } from "../src/internal/body/openedFile.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "hcp-opened-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

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
})
