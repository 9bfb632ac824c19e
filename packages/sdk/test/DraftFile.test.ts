import * as fs from "node:fs"
import { open } from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import * as DraftFile from "../src/DraftFile.ts"
import { synced } from "./utils/synced.ts"

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
          const pieces = ["", "x", "", "yz", ""].map((piece) => Buffer.from(piece))
          yield* draft.write(pieces, 2)
          assert.strictEqual(yield* draft.append(Stream.fromIterable(pieces)), 3)
          const short = Array.from({ length: 3000 }, () => Buffer.from("-"))
          yield* draft.write(short, 8)
          yield* draft.finish
        })
      )
      assert.deepStrictEqual(contentsOf(folder), { f: `abxyzxyz${"-".repeat(3000)}` })
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

  it.effect("is whole also where the system takes less than it is given at a time", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const handle = yield* Effect.promise(() => open(folder, "r"))
      yield* Effect.promise(() => handle.close())
      const prototype: typeof handle = Object.getPrototypeOf(handle)
      const { writev } = prototype
      // Three bytes, wherever the pieces begin and end.
      const three = Effect.acquireRelease(
        Effect.sync(() => {
          prototype.writev = async function (pieces, position) {
            const joined = Buffer.concat(
              pieces.map((piece) => Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))
            )
            const { bytesWritten } = await writev.call(this, [joined.subarray(0, 3)], position)
            return { bytesWritten, buffers: pieces }
          }
        }),
        () =>
          Effect.sync(() => {
            prototype.writev = writev
          })
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* three
          const draft = yield* DraftFile.make(path.join(folder, "f"))
          const pieces = ["ab", "cdefghi", "", "j", "kl"].map((piece) => Buffer.from(piece))
          assert.strictEqual(yield* draft.append(Stream.fromIterable(pieces)), 12)
          yield* draft.finish
        })
      )
      assert.deepStrictEqual(contentsOf(folder), { f: "abcdefghijkl" })
    }).pipe(Effect.scoped)
  )

  it.effect.skipIf(process.platform !== "linux")("is on the disk when it is finished, if that is wanted", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.map(temporary, (folder) => fs.realpathSync(folder))
      const file = path.join(folder, "f")
      const found = yield* synced(put(file, "new", { sync: true }))
      assert.lengthOf(found, 2)
      assert.match(found[0]?.[0] ?? "", /\.part$/)
      assert.strictEqual(found[0]?.[1], "new")
      assert.deepStrictEqual(found[1], [folder, "f"])
      assert.deepStrictEqual(yield* synced(put(file, "newer", { replace: true })), [])
      assert.deepStrictEqual(contentsOf(folder), { f: "newer" })
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
