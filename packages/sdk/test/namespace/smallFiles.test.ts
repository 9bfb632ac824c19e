import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { SmallFiles } from "../../src/namespace/internal/smallFiles.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "effect-hcp-small-")))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

let drafts = 0

const put = (files: SmallFiles, folder: string, name: string, text: string, mtime?: number) =>
  files.place({
    folder,
    temporary: path.join(folder, `.draft-${drafts++}`),
    file: path.join(folder, name),
    bytes: new TextEncoder().encode(text),
    mtime
  })

/** A thread that has begun. */
const begun = Effect.gen(function* () {
  const files = yield* SmallFiles.make
  assert(files !== undefined)
  const probe = yield* temporary
  const later = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
  while (!(yield* put(files, probe, "probe", ""))) yield* later
  return files
})

describe("small files", () => {
  it.live("come into their places, many at a time, with their times, and nothing else is left", () =>
    Effect.gen(function* () {
      const files = yield* begun
      const folder = yield* temporary
      const names = Array.from({ length: 100 }, (_, n) => `file-${n}`)
      const placed = yield* Effect.forEach(
        names,
        (name) => put(files, folder, name, `text of ${name}`, 1_700_000_000),
        {
          concurrency: 20
        }
      )
      assert.isTrue(placed.every((each) => each))
      assert.deepStrictEqual(fs.readdirSync(folder).sort(), [...names].sort())
      for (const name of names) {
        assert.strictEqual(fs.readFileSync(path.join(folder, name), "utf8"), `text of ${name}`)
        assert.strictEqual(fs.statSync(path.join(folder, name)).mtimeMs, 1_700_000_000_000)
      }
    }).pipe(Effect.scoped)
  )

  it.live("replace nothing, follow no link, and leave nothing behind where they cannot be", () =>
    Effect.gen(function* () {
      const files = yield* begun
      const folder = yield* temporary
      const elsewhere = yield* temporary
      fs.writeFileSync(path.join(folder, "there"), "mine")
      fs.symlinkSync(path.join(elsewhere, "target"), path.join(folder, "dangling"))
      fs.symlinkSync(elsewhere, path.join(folder, "linked"))
      assert.isFalse(yield* put(files, folder, "there", "yours"))
      assert.isFalse(yield* put(files, folder, "dangling", "yours"))
      assert.isFalse(yield* put(files, path.join(folder, "linked"), "inside", "yours"))
      assert.isFalse(yield* put(files, path.join(folder, "none"), "inside", "yours"))
      assert.strictEqual(fs.readFileSync(path.join(folder, "there"), "utf8"), "mine")
      assert.deepStrictEqual(fs.readdirSync(folder).sort(), ["dangling", "linked", "there"])
      assert.deepStrictEqual(fs.readdirSync(elsewhere), [])
      assert.isTrue(yield* put(files, folder, "free", "yours"))
    }).pipe(Effect.scoped)
  )

  it.live("are not asked for again where none of them can be, nor after the thread has ended", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const files = yield* begun
      for (let n = 0; n < 16; n++) assert.isFalse(yield* put(files, path.join(folder, "none"), "f", "x"))
      assert.isFalse(yield* put(files, folder, "free", "x"))
      const scope = yield* Scope.make()
      const ended = yield* Scope.provide(begun, scope)
      yield* Scope.close(scope, yield* Effect.exit(Effect.void))
      assert.isFalse(yield* put(ended, folder, "free", "x"))
      assert.deepStrictEqual(fs.readdirSync(folder), [])
    }).pipe(Effect.scoped)
  )
})
