import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import * as DraftFile from "../src/DraftFile.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "hcp-draft-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

const text = (value: string) => Stream.make(Buffer.from(value))

/** Writes a file that comes in one piece. */
const put = (file: string, value: string, options?: DraftFile.Options) =>
  Effect.scoped(
    Effect.gen(function* () {
      const draft = yield* DraftFile.make(file, options)
      yield* draft.append(text(value))
      yield* draft.finish
    })
  )

const reasonOf = <A>(effect: Effect.Effect<A, DraftFile.LocalError>) =>
  Effect.map(Effect.flip(effect), ({ file, reason }) => [reason, path.basename(file)])

const contentsOf = (folder: string) =>
  Object.fromEntries(fs.readdirSync(folder).map((name) => [name, fs.readFileSync(path.join(folder, name), "utf8")]))

describe("a file that gets its name when it is whole", () => {
  it.effect("is not there before, and nothing else is there after", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const file = path.join(folder, "f")
      yield* Effect.scoped(
        Effect.gen(function* () {
          const draft = yield* DraftFile.make(file, { size: 11 })
          assert.strictEqual(yield* draft.append(Stream.make(Buffer.from("hel"), Buffer.from("lo "))), 6)
          yield* draft.append(text("world"))
          yield* draft.setModified(1_000_000)
          assert.isFalse(fs.existsSync(file))
          assert.strictEqual(yield* Stream.mkString(Stream.decodeText(draft.contents)), "hello world")
          yield* draft.finish
          assert.deepStrictEqual(contentsOf(folder), { f: "hello world" })
          // What has its name is not written to any more.
          yield* Effect.flip(draft.append(text("!")))
        })
      )
      assert.deepStrictEqual(contentsOf(folder), { f: "hello world" })
      assert.strictEqual(fs.statSync(file).mtimeMs, 1_000_000)
    }).pipe(Effect.scoped)
  )

  it.effect("is written in many places at once", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* Effect.scoped(
        Effect.gen(function* () {
          const draft = yield* DraftFile.make(path.join(folder, "f"))
          yield* Effect.forEach([3, 0, 2, 1], (at) => draft.write(Buffer.from("abcd").subarray(at, at + 1), at), {
            concurrency: 4
          })
          yield* draft.append(text("e"))
          yield* draft.finish
        })
      )
      assert.deepStrictEqual(contentsOf(folder), { f: "abcde" })
    }).pipe(Effect.scoped)
  )

  it.effect("leaves nothing behind when it fails, is given up or is interrupted", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const file = path.join(folder, "f")
      const failing = Stream.concat(text("half"), Stream.fail("broken"))
      const error = yield* Effect.flip(
        Effect.scoped(Effect.flatMap(DraftFile.make(file), (draft) => draft.append(failing)))
      )
      assert.strictEqual(error, "broken")
      yield* Effect.scoped(Effect.flatMap(DraftFile.make(file), (draft) => draft.append(text("whole"))))
      const begun = yield* Deferred.make<void>()
      const endless = Stream.concat(
        text("half"),
        Stream.fromEffect(Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
      )
      const fiber = yield* Effect.forkChild(
        Effect.scoped(Effect.flatMap(DraftFile.make(file), (draft) => draft.append(endless)))
      )
      yield* Deferred.await(begun)
      assert.match(fs.readdirSync(folder).join(), /^\.hcp-[0-9a-f]{16}\.part$/)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(fs.readdirSync(folder), [])
    }).pipe(Effect.scoped)
  )

  it.effect("takes nobody's place, unless it is told to", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const file = path.join(folder, "f")
      yield* put(file, "old")
      assert.deepStrictEqual(yield* reasonOf(put(file, "new")), ["Exists", "f"])
      assert.deepStrictEqual(contentsOf(folder), { f: "old" })
      yield* put(file, "new", { replace: true })
      assert.deepStrictEqual(contentsOf(folder), { f: "new" })

      const late = path.join(folder, "late")
      const raced = Effect.scoped(
        Effect.gen(function* () {
          const draft = yield* DraftFile.make(late)
          yield* draft.append(text("mine"))
          fs.writeFileSync(late, "theirs")
          yield* draft.finish
        })
      )
      assert.deepStrictEqual(yield* reasonOf(raced), ["Exists", "late"])
      assert.deepStrictEqual(contentsOf(folder), { f: "new", late: "theirs" })
    }).pipe(Effect.scoped)
  )

  it.effect("follows no link, replaces no folder, and says which file cannot be", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const at = (name: string) => path.join(folder, name)
      fs.writeFileSync(at("target"), "safe")
      fs.symlinkSync(at("target"), at("link"))
      fs.mkdirSync(at("folder"))
      for (const replace of [false, true]) {
        assert.deepStrictEqual(yield* reasonOf(put(at("link"), "x", { replace })), ["ThroughSymlink", "link"])
        assert.deepStrictEqual(yield* reasonOf(put(at("folder"), "x", { replace })), ["WrongKind", "folder"])
        assert.deepStrictEqual(yield* reasonOf(put(at("none/f"), "x", { replace })), ["NotFound", "f"])
        assert.deepStrictEqual(yield* reasonOf(put(at("target/f"), "x", { replace })), ["WrongKind", "f"])
      }
      assert.strictEqual(fs.readFileSync(at("target"), "utf8"), "safe")
    }).pipe(Effect.scoped)
  )
})
