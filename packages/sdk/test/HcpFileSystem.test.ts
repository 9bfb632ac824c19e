import { assert, describe, it } from "@effect/vitest"
import { ByteSize, Deferred, Effect, Fiber, FileSystem, Layer, Option, type PlatformError, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpError from "../src/HcpError.ts"
import * as HcpFileSystem from "../src/HcpFileSystem.ts"
import * as Namespace from "../src/namespace/Namespace.ts"
import * as Retention from "../src/namespace/Retention.ts"
import { fresh, type NamespaceName, namespace } from "./utils/memory.ts"

const files = (name: NamespaceName = "plain", options?: HcpFileSystem.Options) =>
  Layer.provideMerge(HcpFileSystem.layer(options), fresh(name))

const bytesOf = (text: string) => new TextEncoder().encode(text)
const textOf = (chunks: ReadonlyArray<Uint8Array>) => Buffer.concat(chunks).toString()

/** What the platform says is wrong: `BadArgument`, or the tag of a system error. */
const problemOf = <A, R>(effect: Effect.Effect<A, PlatformError.PlatformError, R>) =>
  Effect.match(effect, { onFailure: ({ reason }) => reason._tag, onSuccess: () => "done" })

for (const name of ["plain", "versions"] as const) {
  it.layer(files(name))(`keeps the contract of effect's file systems: ${name}`, (it) => {
    it.effect("writes, reads, replaces and measures files", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* fs.writeFileString("/a/b.txt", "lorem")
        yield* fs.writeFileString("/a/b.txt", "lorem ipsum")
        assert.strictEqual(yield* fs.readFileString("/a/b.txt"), "lorem ipsum")
        assert.deepStrictEqual(yield* fs.readFile("a//./c/../b.txt"), bytesOf("lorem ipsum"))
        const info = yield* fs.stat("/a/b.txt")
        assert.deepStrictEqual([info.type, info.size], ["File", ByteSize.bytes(11)])
        assert.isTrue(Option.isSome(info.mtime))
        assert.strictEqual((yield* fs.stat("/a")).type, "Directory")
        assert.deepStrictEqual([yield* fs.exists("/a/b.txt"), yield* fs.exists("/a/none")], [true, false])
        yield* fs.writeFile("/a/c.bin", Uint8Array.of(0, 255), { flag: "wx" })
        assert.strictEqual(yield* problemOf(fs.writeFile("/a/c.bin", bytesOf("x"), { flag: "wx" })), "AlreadyExists")
        assert.deepStrictEqual(yield* fs.readFile("/a/c.bin"), Uint8Array.of(0, 255))
        yield* fs.truncate("/a/c.bin")
        assert.strictEqual((yield* fs.readFile("/a/c.bin")).length, 0)
      })
    )

    it.effect("lists, and lists all below, with paths from where it begins", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        for (const path of ["/list/a", "/list/d/b", "/list/d/e/c"]) yield* fs.writeFileString(path, "")
        assert.deepStrictEqual((yield* fs.readDirectory("/list")).sort(), ["a", "d"])
        assert.deepStrictEqual((yield* fs.readDirectory("/list/", { recursive: true })).sort(), [
          "a",
          "d",
          "d/b",
          "d/e",
          "d/e/c"
        ])
        assert.sameDeepMembers(
          [...(yield* fs.readDirectoryEntries("/list"))],
          [
            { name: "a", type: "File" },
            { name: "d", type: "Directory" }
          ]
        )
        assert.deepStrictEqual(yield* fs.glob("**/[bc]", { root: "/list" }), ["d/b", "d/e/c"])
        assert.isTrue((yield* fs.readDirectory("/", { recursive: true })).includes("list/d/b"))
      })
    )

    it.effect("makes and removes directories", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        assert.strictEqual(yield* problemOf(fs.makeDirectory("/dirs/a/b")), "NotFound")
        yield* fs.makeDirectory("/dirs/a/b", { recursive: true })
        yield* fs.makeDirectory("/dirs/a/b", { recursive: true })
        yield* fs.makeDirectory("/dirs/c")
        assert.strictEqual(yield* problemOf(fs.makeDirectory("/dirs/c")), "AlreadyExists")
        yield* fs.writeFileString("/dirs/file", "x")
        assert.strictEqual(yield* problemOf(fs.makeDirectory("/dirs/file")), "AlreadyExists")
        assert.strictEqual(yield* problemOf(fs.makeDirectory("/dirs/file/a")), "BadResource")
        assert.strictEqual(yield* problemOf(fs.remove("/dirs/c")), "BadResource")
        assert.strictEqual(yield* problemOf(fs.remove("/dirs/none")), "NotFound")
        yield* fs.remove("/dirs/none", { force: true })
        yield* fs.remove("/dirs/file")
        yield* fs.writeFileString("/dirs/a/b/c", "x")
        yield* fs.remove("/dirs", { recursive: true })
        assert.isFalse(yield* fs.exists("/dirs"))
      })
    )

    it.effect("copies files and trees, over what is there where it is told to", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* fs.writeFileString("/from/a", "new a")
        yield* fs.writeFileString("/from/d/b", "new b")
        yield* fs.writeFileString("/to/a", "old a")
        yield* fs.copy("/from", "/to")
        assert.deepStrictEqual(
          [yield* fs.readFileString("/to/a"), yield* fs.readFileString("/to/d/b")],
          ["old a", "new b"]
        )
        yield* fs.copy("/from", "/to", { overwrite: true })
        assert.strictEqual(yield* fs.readFileString("/to/a"), "new a")
        yield* fs.writeFileString("/from/a", "newer a")
        yield* fs.copyFile("/from/a", "/to/a")
        yield* fs.copyFile("/from/a", "/to/c")
        assert.deepStrictEqual(
          [yield* fs.readFileString("/to/a"), yield* fs.readFileString("/to/c")],
          ["newer a", "newer a"]
        )
        assert.deepStrictEqual(
          [
            yield* problemOf(fs.copy("/none", "/to/none")),
            yield* problemOf(fs.copy("/from", "/from/below")),
            yield* problemOf(fs.copyFile("/from", "/to/e")),
            yield* problemOf(fs.copyFile("/from/a", "/from/a")),
            yield* problemOf(fs.copyFile("/from/a", "/to/d"))
          ],
          ["NotFound", "BadArgument", "BadResource", "BadArgument", "AlreadyExists"]
        )
      })
    )

    it.effect("renames files, with all that is stored with them, and no directories", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const ns = yield* Namespace.Namespace
        yield* fs.writeFileString("/names/a", "content")
        yield* ns.annotations.put("/names/a", "note", HcpBody.text("<note/>"))
        yield* fs.rename("/names/a", "/names/b")
        assert.deepStrictEqual(yield* fs.readDirectory("/names"), ["b"])
        assert.strictEqual(yield* fs.readFileString("/names/b"), "content")
        assert.isTrue(Option.isSome(yield* ns.annotations.find("/names/b", "note")))
        yield* fs.rename("/names/b", "/names/b")
        yield* fs.writeFileString("/names/c", "other")
        yield* fs.writeFileString("/names/d", "replaced")
        yield* fs.rename("/names/c", "/names/d")
        assert.strictEqual(yield* fs.readFileString("/names/d"), "other")
        // What a copy through the program would lose is not given up.
        const onto = yield* problemOf(fs.rename("/names/b", "/names/d"))
        assert.strictEqual(onto, name === "versions" ? "done" : "AlreadyExists")
        if (name === "plain") assert.strictEqual(yield* fs.readFileString("/names/d"), "other")
        assert.deepStrictEqual(
          [yield* problemOf(fs.rename("/names", "/names2")), yield* problemOf(fs.rename("/none", "/names/e"))],
          ["BadArgument", "NotFound"]
        )
      })
    )

    it.effect("gives out temporary files and directories, and clears them up with their scope", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const [directory, file] = yield* Effect.scoped(
          Effect.gen(function* () {
            const directory = yield* fs.makeTempDirectoryScoped({ prefix: "work-" })
            yield* fs.writeFileString(`${directory}/a`, "x")
            const file = yield* fs.makeTempFileScoped({ suffix: ".txt" })
            yield* fs.writeFileString(file, "x")
            return [directory, file]
          })
        )
        assert.match(`${directory} ${file}`, /^\/tmp\/work-\w{12} \/tmp\/\w{12}\/\w{12}\.txt$/)
        assert.deepStrictEqual(yield* fs.readDirectory("/tmp"), [])
        const kept = yield* fs.makeTempFile({ directory: "/elsewhere" })
        assert.isTrue(kept.startsWith("/elsewhere/"))
        assert.strictEqual((yield* fs.stat(yield* fs.makeTempDirectory())).type, "Directory")
        assert.strictEqual(yield* problemOf(fs.makeTempFile({ prefix: "a/b" })), "BadArgument")
      })
    )

    it.effect("reads an open file from where the cursor is, and from elsewhere without moving it", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* fs.writeFileString("/open.txt", "lorem ipsum dolar sit amet")
        const file = yield* fs.open("/open.txt")
        const read = (size: number, position?: bigint) =>
          Effect.map(file.readAlloc(size, { position }), (found) =>
            Option.match(found, { onNone: () => "", onSome: (bytes) => textOf([bytes]) })
          )
        assert.strictEqual(yield* read(5), "lorem")
        assert.strictEqual(yield* file.seek(7n, "current"), 12n)
        assert.strictEqual(yield* read(5), "dolar")
        assert.strictEqual(yield* read(4, 6n), "ipsu")
        assert.strictEqual(yield* file.seek(0n, "current"), 17n)
        assert.strictEqual(yield* read(100), " sit amet")
        assert.strictEqual(yield* read(1), "")
        yield* file.seek(0n, "start")
        const buffer = new Uint8Array(5)
        assert.strictEqual(yield* file.read(buffer), 5)
        assert.strictEqual(textOf([buffer]), "lorem")
        assert.strictEqual((yield* file.stat).size, ByteSize.bytes(26))
        assert.deepStrictEqual(
          [
            yield* problemOf(file.seek(-1n, "start")),
            yield* problemOf(file.read(buffer, { position: -1n })),
            yield* problemOf(file.readAlloc(1.5)),
            yield* problemOf(file.write(buffer)),
            yield* problemOf(file.truncate())
          ],
          ["BadArgument", "BadArgument", "BadArgument", "BadArgument", "BadArgument"]
        )
        assert.strictEqual(yield* file.seek(0n, "current"), 5n)
        // The file that was opened is not there any more, and another one is not read in its place.
        yield* fs.writeFileString("/open.txt", "another file altogether")
        assert.strictEqual(yield* problemOf(file.read(buffer)), "BadResource")
      }).pipe(Effect.scoped)
    )

    it.effect("streams a file, and the part of it that is asked for", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* fs.writeFileString("/stream.txt", "0123456789")
        const part = (options?: Parameters<typeof fs.stream>[1]) =>
          Effect.map(Stream.runCollect(fs.stream("/stream.txt", options)), textOf)
        assert.deepStrictEqual(
          [
            yield* part(),
            yield* part({ offset: 3 }),
            yield* part({ offset: 3n, bytesToRead: "4 B" }),
            yield* part({ offset: 8, bytesToRead: 100 }),
            yield* part({ offset: 10 }),
            yield* part({ offset: 3, bytesToRead: 0 })
          ],
          ["0123456789", "3456789", "3456", "89", "", ""]
        )
        const chunks = yield* Stream.runCollect(fs.stream("/stream.txt", { chunkSize: 4 }))
        assert.deepStrictEqual(
          chunks.map((chunk) => textOf([chunk])),
          ["0123", "4567", "89"]
        )
        const fails = (path: string, options?: Parameters<typeof fs.stream>[1]) =>
          problemOf(Stream.runDrain(fs.stream(path, options)))
        assert.deepStrictEqual(
          [
            yield* fails("/none"),
            yield* fails("/none", { bytesToRead: 0 }),
            yield* fails("/"),
            yield* fails("/stream.txt", { offset: -1 }),
            yield* fails("/stream.txt", { chunkSize: 0 })
          ],
          ["NotFound", "NotFound", "BadResource", "BadArgument", "BadArgument"]
        )
      })
    )

    it.effect("stores what a stream gives, all of it or nothing", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const parts = Stream.make(bytesOf("one "), bytesOf("two"))
        yield* Stream.run(parts, fs.sink("/sink.txt"))
        assert.strictEqual(yield* fs.readFileString("/sink.txt"), "one two")
        assert.strictEqual(yield* problemOf(Stream.run(parts, fs.sink("/sink.txt", { flag: "wx" }))), "AlreadyExists")
        yield* Stream.run(Stream.empty, fs.sink("/empty.txt"))
        assert.strictEqual((yield* fs.stat("/empty.txt")).size, ByteSize.bytes(0))
        // The stream's own error comes out as it is.
        const broken = Stream.concat(parts, Stream.fail("the camera is off" as const))
        assert.strictEqual(yield* Effect.flip(Stream.run(broken, fs.sink("/sink.txt"))), "the camera is off")
        assert.strictEqual(yield* fs.readFileString("/sink.txt"), "one two")
        assert.strictEqual(yield* Effect.flip(Stream.run(broken, fs.sink("/never.txt"))), "the camera is off")
        assert.isFalse(yield* fs.exists("/never.txt"))
      })
    )
  })
}

describe("what HCP cannot do", () => {
  it.effect("is a bad argument, before anything is sent", () =>
    Effect.gen(function* () {
      const unsent = new Proxy({} as Namespace.Shape, {
        get: (_, method) => () => Effect.die(new Error(`${String(method)} was called`))
      })
      const fs = yield* Effect.provideService(HcpFileSystem.make(), Namespace.Namespace, unsent)
      const data = bytesOf("x")
      const problems = yield* Effect.forEach(
        [
          fs.chmod("/a", 0o600),
          fs.chown("/a", 1, 1),
          fs.link("/a", "/b"),
          fs.symlink("/a", "/b"),
          fs.utimes("/a", 0, 0),
          fs.truncate("/a", 5),
          fs.writeFile("/a", data, { flag: "a" }),
          fs.writeFile("/a", data, { mode: 0o600 }),
          fs.makeDirectory("/a", { mode: 0o700 }),
          fs.access("/a", { writable: true }),
          fs.copy("/a", "/b", { preserveTimestamps: true }),
          fs.remove("/", { recursive: true }),
          Effect.scoped(fs.open("/a", { flag: "r+" })),
          Effect.scoped(fs.open("/a", { noFollow: true })),
          Stream.runDrain(fs.watch("/a")),
          Stream.run(Stream.make(data), fs.sink("/a", { flag: "a+" }))
        ],
        (effect) => problemOf<unknown, never>(effect)
      )
      assert.deepStrictEqual(
        problems,
        problems.map(() => "BadArgument")
      )
      assert.strictEqual(yield* problemOf(fs.readFile("")), "NotFound")
    })
  )

  it.effect("and what no path can be fails as HCP would not store it", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      for (const path of ["/a\0b", "/.directory-metadata", `/${"a".repeat(5_000)}`]) {
        assert.strictEqual(yield* problemOf(fs.writeFileString(path, "x")), "BadArgument")
      }
      for (const directory of ["relative", "/a/../b"]) {
        const error = yield* Effect.flip(HcpFileSystem.make({ directory }))
        assert.deepStrictEqual([error.reason._tag, error.path], ["InvalidInput", directory])
      }
      // As JavaScript may give it.
      const misspelt = { root: "/a", directory: "/a" }
      const { reason } = yield* Effect.flip(HcpFileSystem.make(misspelt))
      assert.deepStrictEqual([reason._tag, reason._tag === "InvalidInput" && reason.field], ["InvalidInput", "root"])
    }).pipe(Effect.provide(files()))
  )
})

describe("what is protected", () => {
  it.effect("stays, and the error says why", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const ns = yield* Namespace.Namespace
      yield* ns.put("/kept/a", HcpBody.text("kept"), { retention: Retention.days(1) })
      yield* ns.put("/kept/b", HcpBody.text("held"), { hold: true })
      yield* ns.put("/kept/c", HcpBody.text("free"))
      for (const path of ["/kept/a", "/kept/b"]) {
        assert.strictEqual(yield* problemOf(fs.remove(path)), "PermissionDenied")
        assert.strictEqual(yield* problemOf(fs.rename(path, "/moved")), "PermissionDenied")
        assert.strictEqual(yield* problemOf(fs.writeFileString(path, "other")), "PermissionDenied")
      }
      assert.isFalse(yield* fs.exists("/moved"))
      const error = yield* Effect.flip(fs.remove("/kept", { recursive: true }))
      assert.strictEqual(error.reason._tag, "PermissionDenied")
      assert.include(error.message, "/kept/")
      assert.isTrue(HcpError.isHcpError(error.cause))
      assert.deepStrictEqual((yield* fs.readDirectory("/kept")).sort(), ["a", "b"])
      yield* TestClock.adjust("2 days")
      yield* fs.remove("/kept/a")
      assert.deepStrictEqual(yield* fs.readDirectory("/kept"), ["b"])
    }).pipe(Effect.provide(files()))
  )

  it.effect("and what the user may not do is told as that", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      yield* ns.put("/a", HcpBody.text("x"))
      const reader = yield* Layer.build(Layer.provide(HcpFileSystem.layer(), namespace("plain", "reader")))
      yield* Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* fs.access("/a", { readable: true })
        yield* fs.access("/", { readable: true })
        assert.strictEqual(yield* problemOf(fs.writeFileString("/b", "x")), "PermissionDenied")
        assert.strictEqual(yield* problemOf(fs.remove("/a")), "PermissionDenied")
      }).pipe(Effect.provideContext(reader))
    }).pipe(Effect.scoped, Effect.provide(fresh()))
  )
})

describe("a file system in a directory", () => {
  it.effect("sees and stores nothing outside of it", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const ns = yield* Namespace.Namespace
      yield* ns.put("/secret", HcpBody.text("outside"))
      yield* fs.makeDirectory("/d")
      yield* fs.writeFileString("/d/a", "inside")
      assert.strictEqual((yield* ns.get("/jail/d/a")).text, "inside")
      assert.strictEqual(yield* problemOf(fs.readFile("/../secret")), "NotFound")
      assert.strictEqual(yield* problemOf(fs.readFile("../../secret")), "NotFound")
      assert.deepStrictEqual((yield* fs.readDirectory("/", { recursive: true })).sort(), ["d", "d/a"])
      assert.deepStrictEqual(yield* fs.readDirectory("/d", { recursive: true }), ["a"])
      assert.strictEqual(yield* fs.realPath("d/../d//a"), "/d/a")
      assert.strictEqual(yield* fs.realPath("/"), "/")
      const file = yield* fs.makeTempFile()
      assert.isTrue(yield* ns.exists(`/jail${file}`))
      assert.strictEqual(yield* problemOf(fs.remove("/", { recursive: true })), "BadArgument")
    }).pipe(Effect.provide(files("plain", { directory: "/jail", tempDirectory: "/t/" })))
  )
})

describe("back-pressure", () => {
  it.effect("a stream reads no faster than it is used, and a sink takes no faster than HCP does", () =>
    Effect.gen(function* () {
      const ns = yield* Namespace.Namespace
      let sent = 0
      const counted = Stream.tap(Stream.forever(Stream.make(new Uint8Array(1024))), () =>
        Effect.sync(() => {
          sent++
        })
      )
      const [begun, go] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const slow: Namespace.Shape = {
        ...ns,
        stream: () => counted,
        put: (path, body, options) =>
          typeof body !== "string" && "_tag" in body && body._tag === "StreamedOnce"
            ? Effect.gen(function* () {
                const taken = yield* Effect.orDie(Stream.runCollect(Stream.take(body.stream, 2)))
                yield* Deferred.succeed(begun, undefined)
                yield* Deferred.await(go)
                return yield* ns.put(path, HcpBody.bytes(Buffer.concat(taken)), options)
              })
            : Effect.die(new Error("no stream"))
      }
      const fs = yield* Effect.provideService(HcpFileSystem.make(), Namespace.Namespace, slow)
      yield* Stream.runDrain(Stream.take(fs.stream("/a"), 2))
      assert.isAtMost(sent, 3)
      sent = 0
      const storing = yield* Effect.forkChild(Stream.run(counted, fs.sink("/b")))
      yield* Deferred.await(begun)
      assert.isAtMost(sent, 3)
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(storing)
      assert.strictEqual((yield* ns.head("/b")).size, 2048)
    }).pipe(Effect.provide(fresh()))
  )
})
