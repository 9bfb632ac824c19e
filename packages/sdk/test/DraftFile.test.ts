import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Deferred, Effect, Fiber, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { digest } from "../src/BodyDigest.ts"
import * as DraftFile from "../src/DraftFile.ts"
import * as HcpBody from "../src/HcpBody.ts"
import { fileProblem } from "../src/internal/body/fileErrors.ts"
import { OpenedFile } from "../src/internal/body/openedFile.ts"
import { draftName, isDraftName, type Maker, thisProcess } from "../src/namespace/internal/draftName.ts"
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

type Writev = (pieces: ReadonlyArray<Uint8Array>, position: number) => Promise<{ readonly bytesWritten: number }>

/** Has all files written in another way until the scope closes. */
const replacingWritev = (by: (writev: Writev) => Writev) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const handle = await open(os.tmpdir(), "r")
      await handle.close()
      const prototype: FileHandle = Object.getPrototypeOf(handle)
      const { writev } = prototype
      const replaced = function (this: FileHandle, pieces: ReadonlyArray<Uint8Array>, position: number) {
        return by((these, at) => writev.call(this, these, at))(pieces, position)
      }
      Object.assign(prototype, { writev: replaced })
      return { prototype, writev }
    }),
    ({ prototype, writev }) =>
      Effect.sync(() => {
        prototype.writev = writev
      })
  )

describe("a folder for files", () => {
  it.effect("is made with those above it, each for whom it is meant, and is left where it is there", () =>
    Effect.gen(function* () {
      const root = yield* temporary
      const at = path.join(root, "a", "b", "c")
      assert.strictEqual(yield* DraftFile.makeFolder(at, { mode: 0o700 }), path.join(root, "a"))
      for (const name of ["a", "a/b", "a/b/c"])
        assert.strictEqual(fs.statSync(path.join(root, name)).mode & 0o777, 0o700)
      assert.isUndefined(yield* DraftFile.makeFolder(at))
      assert.strictEqual(yield* DraftFile.makeFolder(path.join(at, "d")), path.join(at, "d"))
      // Several at once are all right.
      const all = Array.from({ length: 8 }, () => DraftFile.makeFolder(path.join(root, "x/y/z")))
      yield* Effect.all(all, { concurrency: "unbounded" })
      assert.isTrue(fs.existsSync(path.join(root, "x/y/z")))
    })
  )

  it.effect("fails where a file is, above it or at its place, and where no folder can be made", () =>
    Effect.gen(function* () {
      const root = yield* temporary
      fs.writeFileSync(path.join(root, "file"), "")
      const reason = (folder: string) => Effect.map(Effect.flip(DraftFile.makeFolder(folder)), (error) => error.reason)
      assert.strictEqual(yield* reason(path.join(root, "file")), "Exists")
      assert.strictEqual(yield* reason(path.join(root, "file", "below")), "WrongKind")
      // Node's own way of making all of them never ends there.
      if (fs.existsSync("/proc/self")) {
        const error = yield* Effect.flip(DraftFile.makeFolder("/proc/none/below"))
        assert.strictEqual(error.reason, "NotFound")
        assert.match(error.message, /^cannot make "\/proc\/none\/below": .*choose another place \(ENOENT\)$/)
      }
    })
  )
})

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
          yield* draft.touch(DateTime.makeUnsafe(1_000_000))
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
      assert.isTrue(isDraftName(fs.readdirSync(folder).join()))
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(fs.readdirSync(folder), [])
    }).pipe(Effect.scoped)
  )

  it.effect("is read on while the disk writes, in large pieces, and no further than memory is to hold", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const written: Array<number> = []
      const isOpen = yield* Deferred.make<void>()
      const isFull = yield* Deferred.make<void>()
      const piece = 64 * 1024
      let made = 0
      // What is asked for after all that memory holds has to wait for the disk.
      const pieces = Stream.unfold(0, (at) =>
        Effect.sync(() => {
          if (++made === 16) Deferred.doneUnsafe(isFull, Effect.void)
          return at < 100 ? ([Buffer.alloc(piece, at + 1), at + 1] as const) : undefined
        })
      ).pipe(Stream.rechunk(1))
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* replacingWritev((writev) => async (these, position) => {
            await Effect.runPromise(Deferred.await(isOpen))
            written.push(these.reduce((size, { byteLength }) => size + byteLength, 0))
            return writev(these, position)
          })
          const draft = yield* DraftFile.make(path.join(folder, "f"))
          const appended = yield* Effect.forkChild(draft.append(pieces))
          yield* Deferred.await(isFull)
          for (let turn = 0; turn < 20; turn++) yield* Effect.promise(() => new Promise(setImmediate))
          assert.strictEqual(made, 16)
          yield* Deferred.succeed(isOpen, undefined)
          assert.strictEqual(yield* Fiber.join(appended), 100 * piece)
          yield* draft.finish
        })
      )
      assert.deepStrictEqual(written, [...Array.from({ length: 12 }, () => 8 * piece), 4 * piece])
      const whole = Buffer.concat(Array.from({ length: 100 }, (_, at) => Buffer.alloc(piece, at + 1)))
      assert.isTrue(fs.readFileSync(path.join(folder, "f")).equals(whole))
    }).pipe(Effect.scoped)
  )

  it.effect("fails with a write that failed while more was read, and is closed only after one under way", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const file = path.join(folder, "f")
      const piece = Buffer.alloc(512 * 1024)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* replacingWritev(() => () => Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" })))
          const draft = yield* DraftFile.make(file)
          const error = yield* Effect.flip(draft.append(Stream.make(piece, piece, piece)))
          assert.deepInclude(error, { reason: "NoSpace", file })
        })
      )
      const begun = yield* Deferred.make<void>()
      let isWriting = false
      const failing = Stream.concat(
        Stream.make(piece),
        Stream.fromEffect(Effect.andThen(Deferred.await(begun), Effect.fail("broken")))
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* replacingWritev((writev) => async (these, position) => {
            isWriting = true
            Deferred.doneUnsafe(begun, Effect.void)
            const done = await writev(these, position)
            isWriting = false
            return done
          })
          const draft = yield* DraftFile.make(file)
          assert.strictEqual(yield* Effect.flip(draft.append(failing)), "broken")
        })
      )
      assert.deepStrictEqual([isWriting, fs.readdirSync(folder)], [false, []])
      let writes = 0
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* replacingWritev((writev) => (these, position) => {
            writes++
            return writev([Buffer.concat(these.map((each) => Buffer.from(each.buffer, 0, 1))).subarray(0, 1)], position)
          })
          const draft = yield* DraftFile.make(file)
          yield* Effect.flip(draft.append(failing))
          const before = writes
          for (let turn = 0; turn < 20; turn++) yield* Effect.promise(() => new Promise(setImmediate))
          assert.strictEqual(writes, before)
        })
      )
    }).pipe(Effect.scoped)
  )

  it.effect("is whole also where the system takes less than it is given at a time", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      // Three bytes, wherever the pieces begin and end.
      const three = replacingWritev((writev) => async (pieces, position) => {
        const joined = Buffer.concat(
          pieces.map((piece) => Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))
        )
        const { bytesWritten } = await writev([joined.subarray(0, 3)], position)
        return { bytesWritten }
      })
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

  it.effect("takes not one byte beyond its size, and has no name before the last of them", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const file = path.join(folder, "f")
      let made = 0
      const endless = Stream.fromEffectRepeat(
        Effect.sync(() => {
          made++
          return Buffer.from("abc")
        })
      ).pipe(Stream.take(1000))
      const long = Effect.scoped(Effect.flatMap(DraftFile.make(file, { size: 4 }), (draft) => draft.append(endless)))
      assert.match((yield* Effect.flip(long)).message, /more bytes came than the 4/)
      assert.isBelow(made, 10)
      const beside = Effect.flatMap(DraftFile.make(file, { size: 4 }), (draft) => draft.write(Buffer.from("ab"), 3))
      assert.match((yield* Effect.flip(Effect.scoped(beside))).message, /more bytes came/)
      assert.match((yield* Effect.flip(put(file, "abc", { size: 4 }))).message, /only 3 of the 4 bytes came/)
      assert.deepStrictEqual(contentsOf(folder), {})
      yield* put(file, "abcd", { size: 4 })
      assert.deepStrictEqual(contentsOf(folder), { f: "abcd" })
    }).pipe(Effect.scoped)
  )

  it.effect("has the mode it is to have, whatever the umask, and else what the umask leaves", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* Effect.acquireRelease(
        Effect.sync(() => process.umask(0o027)),
        (umask) => Effect.sync(() => process.umask(umask))
      )
      const modeOf = (name: string) => fs.statSync(path.join(folder, name)).mode & 0o777
      for (const mode of [0o600, 0o644, 0o400, 0o777]) {
        yield* put(path.join(folder, `${mode}`), "x", { mode })
        assert.strictEqual(modeOf(`${mode}`), mode)
      }
      yield* put(path.join(folder, "any"), "x")
      assert.strictEqual(modeOf("any"), 0o640)
      for (const mode of [-1, 0o1000, 0.5]) {
        assert.match((yield* Effect.flip(put(path.join(folder, "none"), "x", { mode }))).message, /give one from 0/)
      }
    }).pipe(Effect.scoped)
  )
})

describe("what a draft cannot be made or filled with", () => {
  const range: DraftFile.FillOptions<never, never> = {
    size: 10,
    rangeSize: 4,
    concurrency: 2,
    algorithm: "md5",
    open: ({ size }) => Effect.succeed(Stream.make(new Uint8Array(size))),
    wrongLength: () => assert.fail("nothing may be read")
  }
  const problemOf = (made: Effect.Effect<unknown, DraftFile.LocalError, Scope.Scope>) =>
    Effect.map(Effect.flip(Effect.scoped(made)), ({ detail, reason }) => [reason, detail.split(";")[0]])

  it.effect("is an error, and no file", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const file = path.join(folder, "f")
      for (const [size, detail] of [
        [Number.NaN, "size: is NaN"],
        [-5, "size: is -5"],
        [3_000_000.5, "size: is 3000000.5"]
      ] as const) {
        assert.deepStrictEqual(yield* problemOf(DraftFile.make(file, { size })), ["Failed", detail])
      }
      const [reason, detail] = yield* problemOf(DraftFile.make(`${file}\0`))
      assert.strictEqual(reason, "Failed")
      assert.include(detail, "without null bytes")
      const filledWith = (options: typeof range) =>
        problemOf(Effect.flatMap(DraftFile.make(file), (draft) => DraftFile.fill(draft, options)))
      const filled = (options: Partial<typeof range>) => filledWith({ ...range, ...options })
      for (const [options, detail] of [
        [{ rangeSize: 0 }, "rangeSize: is 0"],
        [{ rangeSize: -1 }, "rangeSize: is -1"],
        [{ rangeSize: Number.NaN }, "rangeSize: is NaN"],
        [{ smallestRange: 0 }, "smallestRange: is 0"],
        [{ concurrency: 0 }, "concurrency: is 0"],
        [{ size: -1 }, "size: is -1"],
        [{ size: 1.5 }, "size: is 1.5"],
        [{ algorithm: "sha-257" }, 'algorithm: is "sha-257"']
      ] as const) {
        assert.deepStrictEqual(yield* filled(options), ["Failed", detail])
      }
      for (const missing of ["size", "rangeSize", "concurrency", "open", "wrongLength"]) {
        const problem = yield* filledWith(Object.assign({ ...range }, { [missing]: undefined }))
        assert.match(problem.join(), new RegExp(`^Failed,${missing}: `))
      }
      assert.deepStrictEqual(fs.readdirSync(folder), [])
    })
  )
})

describe("drafts that were left", () => {
  const days = 24 * 60 * 60 * 1000

  /** A process that has ended, and is waited for. */
  const ended = Effect.sync(() => spawnSync(process.execPath, ["-e", ""]).pid)

  const leave = (folder: string, maker: Maker) =>
    Effect.sync(() => {
      const name = draftName(maker)
      fs.writeFileSync(path.join(folder, name), "half")
      return name
    })

  it.effect.skipIf(process.platform !== "linux")(
    "are removed where their process of this computer is gone, and where nobody wrote to them for seven days",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporary
        const own = yield* thisProcess
        const dead = yield* ended
        const other = (text: string) => text.replace(/./, (first) => (first === "0" ? "1" : "0"))
        yield* TestClock.setTime(fs.statSync(folder).mtimeMs)
        const gone = yield* leave(folder, { ...own, pid: dead })
        // The id is in use again.
        const reused = yield* leave(folder, { ...own, start: String(Number(own.start) + 1) })
        const living = yield* leave(folder, own)
        const neighbours = [
          yield* leave(folder, { ...own, pid: dead, host: other(own.host) }),
          yield* leave(folder, { ...own, pid: dead, boot: other(own.boot) })
        ]
        const lookAlikes = [".hcp-0123456789abcdef.part", `${gone}x`, gone.replace(".hcp-", ".HCP-"), "a.part"]
        for (const name of lookAlikes) fs.writeFileSync(path.join(folder, name), "theirs")
        fs.mkdirSync(path.join(folder, draftName({ ...own, pid: dead })))
        const kept = [living, ...neighbours, ...lookAlikes]
        assert.strictEqual(yield* DraftFile.deleteAbandoned(folder), 2)
        const files = () =>
          fs.readdirSync(folder, { withFileTypes: true }).flatMap((one) => (one.isFile() ? [one.name] : []))
        assert.deepStrictEqual(files().sort(), [...kept].sort())
        assert.notInclude(files(), reused)

        yield* TestClock.adjust(7 * days - 60_000)
        assert.strictEqual(yield* DraftFile.deleteAbandoned(folder), 0)
        // The time of the last write can be set to what it is not.
        for (const name of kept) fs.utimesSync(path.join(folder, name), 1, 1)
        assert.strictEqual(yield* DraftFile.deleteAbandoned(folder), 0)
        yield* TestClock.adjust(120_000)
        assert.strictEqual(yield* DraftFile.deleteAbandoned(folder), 3)
        assert.deepStrictEqual(files().sort(), [...lookAlikes].sort())
      }).pipe(Effect.scoped)
  )

  it.effect("are no drafts under a link, and a folder that cannot be listed is left alone", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const target = path.join(folder, "target")
      fs.writeFileSync(target, "theirs")
      fs.symlinkSync(target, path.join(folder, draftName({ ...(yield* thisProcess), start: "1" })))
      assert.strictEqual(yield* DraftFile.deleteAbandoned(folder), 0)
      assert.strictEqual(yield* DraftFile.deleteAbandoned(path.join(folder, "none")), 0)
    }).pipe(Effect.scoped)
  )
})

describe("an error of the operating system", () => {
  it("has a reason and a text of its own, and says what to try", () => {
    const coded = (code: string) => Object.assign(new Error(`${code}: said so`), { code })
    const texts = new Map<string, string>()
    for (const [code, reason, text] of [
      ["ENOSPC", "NoSpace", /no space left; free some/],
      ["EDQUOT", "NoSpace", /quota .* is used up; free some/],
      ["EROFS", "ReadOnly", /mounted read-only; choose another folder/],
      ["EMFILE", "TooManyFiles", /this process .* lower the concurrency/],
      ["ENFILE", "TooManyFiles", /this computer .* close other programs/],
      ["EIO", "Failed", /check the disk/],
      ["ESTALE", "Failed", /mounted/],
      ["EWHATEVER", "Failed", /EWHATEVER: said so/]
    ] as const) {
      const [found, detail] = fileProblem(coded(code))
      assert.strictEqual(found, reason)
      assert.match(detail, text)
      texts.set(detail, code)
    }
    assert.strictEqual(texts.size, 8)
  })

  it.effect("is the reason of a draft, and the text of a body", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      fs.writeFileSync(path.join(folder, "f"), "x")
      const handle = yield* Effect.promise(() => open(folder, "r"))
      yield* Effect.promise(() => handle.close())
      const prototype: typeof handle = Object.getPrototypeOf(handle)
      const { writev } = prototype
      const { read } = OpenedFile.prototype
      const restore = () => {
        Object.assign(prototype, { writev })
        Object.assign(OpenedFile.prototype, { read })
      }
      yield* Effect.addFinalizer(() => Effect.sync(restore))
      for (const [code, reason] of [
        ["ENOSPC", "NoSpace"],
        ["EDQUOT", "NoSpace"],
        ["EROFS", "ReadOnly"],
        ["EMFILE", "TooManyFiles"]
      ] as const) {
        const fails = () => Promise.reject(Object.assign(new Error(code), { code }))
        Object.assign(prototype, { writev: fails })
        Object.assign(OpenedFile.prototype, { read: fails })
        assert.deepStrictEqual(yield* reasonOf(put(path.join(folder, "g"), "x")), [reason, "g"])
        const error = yield* Effect.flip(digest(HcpBody.file(path.join(folder, "f")), "MD5"))
        assert.include(error.message, fileProblem(Object.assign(new Error(), { code }))[1])
      }
      restore()
      assert.deepStrictEqual(contentsOf(folder), { f: "x" })
    }).pipe(Effect.scoped)
  )
})
