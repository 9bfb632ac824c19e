import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Multipart from "../src/Multipart.ts"
import { FakeUploads, md5, refusal } from "./utils/FakeS3.ts"

const mebi = 1024 * 1024
const bytes = Uint8Array.from({ length: 3 * mebi + 17 }, (_, at) => (at * 31 + (at >> 12)) % 251)

const temporary = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "s3-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true }))
)

const read = (file: string) => Effect.promise(() => fs.readFile(file))

it.effect("an object is read in ranges of one version, and the file is there when it is whole", () => {
  const server = new FakeUploads()
  server.objects.set("k", { bytes, etag: md5(bytes) })
  server.objects.set("empty", { bytes: new Uint8Array(), etag: md5(new Uint8Array()) })
  return Effect.gen(function* () {
    const folder = yield* temporary
    const file = path.join(folder, "f")
    const moved: Array<number> = []
    const done = yield* Multipart.download("b", "k", file, {
      partSize: mebi,
      onProgress: ({ transferred }) => Effect.sync(() => moved.push(transferred))
    })
    assert.isTrue((yield* read(file)).equals(bytes))
    assert.deepStrictEqual([done.size, done.verified], [bytes.length, true])
    assert.lengthOf(server.named("GET"), 4)
    for (const call of server.named("GET")) assert.strictEqual(call.header("if-match"), `"${md5(bytes)}"`)
    assert.strictEqual(moved.at(-1), bytes.length)
    assert.deepStrictEqual(
      moved,
      [...moved].sort((a, b) => a - b)
    )
    yield* Multipart.download("b", "empty", path.join(folder, "e"))
    assert.lengthOf(yield* read(path.join(folder, "e")), 0)
    assert.deepStrictEqual((yield* Effect.promise(() => fs.readdir(folder))).sort(), ["e", "f"])
  }).pipe(Effect.scoped, Effect.provide(server.layer))
})

it.effect("a file that is there stays, unless it is to be replaced", () => {
  const server = new FakeUploads()
  server.objects.set("k", { bytes, etag: "x-4" })
  return Effect.gen(function* () {
    const file = path.join(yield* temporary, "f")
    yield* Effect.promise(() => fs.writeFile(file, "old"))
    const error = yield* Effect.flip(Multipart.download("b", "k", file))
    assert(error._tag === "LocalError")
    assert.strictEqual(error.reason, "Exists")
    assert.strictEqual((yield* read(file)).toString(), "old")
    const done = yield* Multipart.download("b", "k", file, { replace: true })
    assert.isFalse(done.verified)
    assert.isTrue((yield* read(file)).equals(bytes))
  }).pipe(Effect.scoped, Effect.provide(server.layer))
})

it.effect("an object that is replaced meanwhile, a wrong hash and a missing object leave nothing behind", () => {
  const server = new FakeUploads()
  return Effect.gen(function* () {
    const folder = yield* temporary
    const file = path.join(folder, "f")
    server.objects.set("k", { bytes, etag: "x-4" })
    let ranges = 0
    server.before = (call) =>
      call.method === "GET" && ++ranges === 3 ? Effect.succeed(refusal(412, "PreconditionFailed")) : undefined
    const changed = yield* Effect.flip(Multipart.download("b", "k", file, { partSize: mebi }))
    assert(changed._tag === "HcpError" && changed.reason._tag === "S3Refused")
    assert.strictEqual(changed.reason.category, "precondition")
    server.before = () => undefined
    server.objects.set("k", { bytes, etag: md5(bytes.subarray(1)) })
    const wrong = yield* Effect.flip(Multipart.download("b", "k", file))
    assert(wrong._tag === "HcpError")
    assert.strictEqual(wrong.reason._tag, "IntegrityError")
    const missing = yield* Effect.flip(Multipart.download("b", "no", file))
    assert(missing._tag === "HcpError" && missing.reason._tag === "S3Refused")
    assert.lengthOf(yield* Effect.promise(() => fs.readdir(folder)), 0)
  }).pipe(Effect.scoped, Effect.provide(server.layer))
})

it.effect("a range with more bytes than were asked for ends at the first one beyond, and writes over no other", () => {
  const server = new FakeUploads()
  server.objects.set("k", { bytes, etag: "x-4" })
  server.before = (call) =>
    call.method === "GET" && call.header("range") === `bytes=0-${mebi - 1}`
      ? Effect.succeed({
          status: 206,
          headers: { etag: '"x-4"', "content-range": `bytes 0-${mebi - 1}/${bytes.length}` },
          body: new Uint8Array(mebi + 1)
        })
      : undefined
  return Effect.gen(function* () {
    const folder = yield* temporary
    const error = yield* Effect.flip(Multipart.download("b", "k", path.join(folder, "f"), { partSize: mebi }))
    assert(error._tag === "HcpError")
    assert.strictEqual(error.reason._tag, "UnexpectedAnswer")
    assert.include(error.message, `more bytes came than the ${mebi}`)
    assert.lengthOf(yield* Effect.promise(() => fs.readdir(folder)), 0)
    server.before = () => undefined
    yield* Multipart.download("b", "k", path.join(folder, "f"), { partSize: mebi, mode: 0o600 })
    assert.strictEqual((yield* Effect.promise(() => fs.stat(path.join(folder, "f")))).mode & 0o777, 0o600)
  }).pipe(Effect.scoped, Effect.provide(server.layer))
})

it.effect(
  "a range of another version ends the download, also where the condition was not heeded and no hash would tell",
  () => {
    const server = new FakeUploads()
    server.objects.set("k", { bytes, etag: "x-4" })
    return Effect.gen(function* () {
      const folder = yield* temporary
      for (const [etag, size] of [
        ["y-4", bytes.length],
        [undefined, bytes.length],
        ["x-4", bytes.length + 1]
      ] as const) {
        server.before = (call) =>
          call.method === "GET" && call.header("range") === `bytes=${mebi}-${2 * mebi - 1}`
            ? Effect.succeed({
                status: 206,
                headers: {
                  "x-amz-request-id": "1",
                  ...(etag === undefined ? {} : { etag: `"${etag}"` }),
                  "content-range": `bytes ${mebi}-${2 * mebi - 1}/${size}`
                },
                body: new Uint8Array(mebi)
              })
            : undefined
        const error = yield* Effect.flip(Multipart.download("b", "k", path.join(folder, "f"), { partSize: mebi }))
        assert(error._tag === "HcpError")
        assert.strictEqual(error.reason._tag, "UnexpectedAnswer")
        assert.include(error.message, "another version")
        assert.lengthOf(yield* Effect.promise(() => fs.readdir(folder)), 0)
      }
    }).pipe(Effect.scoped, Effect.provide(server.layer))
  }
)
