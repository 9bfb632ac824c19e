import { NodeFileSystem } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, FileSystem, Sink, Stream } from "effect"
import { HcpError, IncompleteBody } from "../../src/HcpError.ts"
import * as Package from "../../src/mapi/Package.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

const download = (stream: Stream.Stream<Uint8Array, HcpError>): Package.Download => ({
  fileName: "logs.zip",
  contentType: "application/zip",
  stream
})

const broken = new HcpError({
  operation: "POST",
  reached: "answer",
  reason: new IncompleteBody({ address: "192.0.2.1", received: 2 })
})

layer(NodeFileSystem.layer)("Package", (it) => {
  it.effect(
    "is saved under its suggested name in a folder, or under a name that is given, and tells how far it is",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* fs.makeTempDirectoryScoped()
        const seen: Array<number> = []
        const onProgress = (count: number) => Effect.sync(() => void seen.push(count))
        const saved = yield* Package.save(download(Stream.make(bytes("PK"), bytes("123"))), `${folder}/`, {
          onProgress
        })
        assert.deepStrictEqual(saved, { path: `${folder}/logs.zip`, bytes: 5 })
        assert.strictEqual(yield* fs.readFileString(saved.path), "PK123")
        assert.deepStrictEqual(seen, [2, 5])
        assert.strictEqual((yield* fs.stat(saved.path)).mode & 0o777, 0o600)
        // The server suggests the name, so a file of that name may be another one.
        const there = yield* Effect.flip(Package.save(download(Stream.make(bytes("new"))), `${folder}/`))
        assert(there._tag === "LocalError" && there.reason === "Exists")
        assert.strictEqual(yield* fs.readFileString(saved.path), "PK123")
        yield* Package.save(download(Stream.make(bytes("new"))), saved.path, { replace: true, mode: 0o640 })
        assert.strictEqual(yield* fs.readFileString(saved.path), "new")
        assert.strictEqual((yield* fs.stat(saved.path)).mode & 0o777, 0o640)
        assert.deepStrictEqual(yield* fs.readDirectory(folder), ["logs.zip"])
      })
  )

  it.effect("leaves nothing of a download that breaks off or is interrupted, and what was there before as it was", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const path = `${folder}/logs.zip`
      yield* fs.writeFileString(path, "old")
      const breaks = download(Stream.concat(Stream.make(bytes("PK")), Stream.fail(broken)))
      assert.strictEqual(yield* Effect.flip(Package.save(breaks, path, { replace: true })), broken)
      const begun = yield* Deferred.make<void>()
      const stuck = Stream.fromEffect(Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
      const fiber = yield* Effect.forkChild(
        Package.save(download(Stream.concat(Stream.make(bytes("PK")), stuck)), path, { replace: true }),
        { startImmediately: true }
      )
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* fs.readDirectory(folder), ["logs.zip"])
      assert.strictEqual(yield* fs.readFileString(path), "old")
      const nowhere = yield* Effect.flip(Package.save(download(Stream.make(bytes("PK"))), `${folder}/none/x.zip`))
      assert(nowhere._tag === "LocalError" && nowhere.reason === "NotFound")
    })
  )

  it.effect(
    "is one of two that are saved under one name at once, never a mixture, and goes through no planted link",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* fs.makeTempDirectoryScoped()
        const of = (text: string) =>
          download(
            Stream.make(...Array.from({ length: 50 }, () => bytes(text))).pipe(
              Stream.rechunk(1),
              Stream.tap(() => Effect.yieldNow)
            )
          )
        const both = yield* Effect.all(
          ["A", "B"].map((text) => Effect.result(Package.save(of(text.repeat(1000)), `${folder}/`))),
          { concurrency: 2 }
        )
        assert.deepStrictEqual(both.map(({ _tag }) => _tag).sort(), ["Failure", "Success"])
        assert.match(yield* fs.readFileString(`${folder}/logs.zip`), /^(A{50000}|B{50000})$/)
        assert.deepStrictEqual(yield* fs.readDirectory(folder), ["logs.zip"])
        yield* fs.writeFileString(`${folder}/target`, "safe")
        yield* fs.symlink(`${folder}/target`, `${folder}/link`)
        yield* fs.symlink(`${folder}/target`, `${folder}/link.part`)
        const planted = yield* Effect.flip(Package.save(of("x"), `${folder}/link`, { replace: true }))
        assert(planted._tag === "LocalError" && planted.reason === "ThroughSymlink")
        assert.strictEqual(yield* fs.readFileString(`${folder}/target`), "safe")
      })
  )

  it.effect("is given to any sink", () =>
    Effect.gen(function* () {
      const count = yield* Package.saveTo(download(Stream.make(bytes("PK"), bytes("1"))), Sink.drain)
      assert.strictEqual(count, 3)
    })
  )
})
