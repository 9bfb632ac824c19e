import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, it } from "@effect/vitest"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import * as Retention from "@effect-hcp/sdk/Retention"
import { Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as ManagedTransfer from "../src/ManagedTransfer.ts"
import { type Call, FakeUploads, lost, md5, refusal, xml } from "./utils/FakeS3.ts"

const bytes = new Uint8Array(1000).fill(7)

/** A server that takes objects and copies at once, too; a source of it has so many bytes. */
const serverOf = (sourceSize = 0) => {
  const server = new FakeUploads()
  server.before = (call) => {
    if (call.query.size > 0) return undefined
    if (call.method === "HEAD") {
      const headers = { etag: '"abc"', "content-length": String(sourceSize) }
      return Effect.succeed({ headers })
    }
    if (call.header("x-amz-copy-source") !== undefined) {
      return Effect.succeed(xml("CopyObjectResult", '<ETag>"abc"</ETag>'))
    }
    return Effect.succeed({ headers: { etag: `"${md5(call.body)}"` } })
  }
  return server
}

const kindOf = ({ method, query }: Call): string =>
  query.has("uploads") ? "begin" : query.has("partNumber") ? "part" : query.has("uploadId") ? "complete" : method

const stream = (length?: number) => HcpBody.stream(() => Stream.make(bytes), length === undefined ? {} : { length })

const inParts = ["begin", "part", "complete"]

const bodies: ReadonlyArray<readonly [string, HcpBody.Input, ManagedTransfer.PutOptions, ReadonlyArray<string>]> = [
  ["bytes", bytes, {}, ["PUT"]],
  ["as many bytes as go at once", bytes, { partsFrom: 1000 }, ["PUT"]],
  ["one byte more", bytes, { partsFrom: 999 }, inParts],
  ["a text, by its bytes", "ü".repeat(500), { partsFrom: 999 }, inParts],
  ["a text", "ü".repeat(500), { partsFrom: 1000 }, ["PUT"]],
  ["nothing", HcpBody.empty, { partsFrom: 0 }, ["PUT"]],
  ["a stream that says how long it is", stream(1000), { partsFrom: 1000 }, ["PUT"]],
  ["a longer one", stream(1000), { partsFrom: 999 }, inParts],
  ["a stream of unknown length", stream(), {}, inParts],
  ["a stream whose length only the caller knows", stream(), { size: 1000 }, ["PUT"]],
  ["a stream that can be read once", HcpBody.streamOnce(Stream.make(bytes)), { size: 1000 }, ["PUT"]],
  ["what the caller knows to be large", bytes, { size: 70_000_000 }, inParts],
  ["a part of a file", HcpBody.file("/nowhere", { length: 1000 }), { size: 0 }, []]
]

it.effect("a body goes at once where it is small, and in parts where it is large or nobody knows", () =>
  Effect.gen(function* () {
    for (const [name, body, options, expected] of bodies) {
      const server = serverOf()
      const done = yield* Effect.result(ManagedTransfer.put("b", "k", body, options)).pipe(Effect.provide(server.layer))
      assert.deepStrictEqual(server.calls.map(kindOf), expected, name)
      assert.strictEqual(done._tag, expected.length === 0 ? "Failure" : "Success", name)
    }
  })
)

it.effect("a file is asked for its size", () =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "hcp-s3-"))),
      (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
    )
    const file = path.join(folder, "file")
    fs.writeFileSync(file, bytes)
    for (const [partsFrom, offset, expected] of [
      [1000, 0, ["PUT"]],
      [999, 0, inParts],
      [999, 1, ["PUT"]]
    ] as const) {
      const server = serverOf()
      yield* ManagedTransfer.put("b", "k", HcpBody.file(file, { offset }), { partsFrom }).pipe(
        Effect.provide(server.layer)
      )
      assert.deepStrictEqual(server.calls.map(kindOf), [...expected])
    }
    const server = serverOf()
    const missing = yield* Effect.flip(ManagedTransfer.put("b", "k", HcpBody.file(`${file}.none`))).pipe(
      Effect.provide(server.layer)
    )
    assert.match(missing.message, /^PUT \/b\/k: .*file\.none/)
    assert.deepStrictEqual(server.calls, [])
  })
)

it.effect("both ways take the same settings, and parts are told of", () =>
  Effect.gen(function* () {
    const settings = { contentType: "video/mp4", metadata: { a: "1" }, retention: Retention.days(5) }
    for (const partsFrom of [1000, 999]) {
      const server = serverOf()
      const begun: Array<string> = []
      const progress: Array<number> = []
      yield* ManagedTransfer.put("b", "k", bytes, {
        ...settings,
        partsFrom,
        onBegun: (uploadId) => Effect.sync(() => begun.push(uploadId)),
        onProgress: ({ transferred }) => Effect.sync(() => progress.push(transferred))
      }).pipe(Effect.provide(server.layer))
      const said = (name: string) => server.calls.flatMap((call) => call.header(name) ?? [])
      assert.include(said("content-type"), "video/mp4")
      assert.deepStrictEqual(said("x-amz-meta-a"), ["1"])
      assert.deepStrictEqual(said("x-hcp-retention"), ["A+5d"])
      assert.deepStrictEqual([begun.length, progress.at(-1)], partsFrom === 1000 ? [0, undefined] : [1, 1000])
    }
  })
)

it.effect("a body that goes at once is sent again where that may store it twice, unless it must not be", () =>
  Effect.gen(function* () {
    for (const [idempotent, puts] of [
      [undefined, 2],
      [true, 2],
      [false, 1]
    ] as const) {
      const server = serverOf()
      const take = server.before
      server.before = (call) => (server.calls.length === 1 ? Effect.fail(lost) : take(call))
      const fiber = yield* ManagedTransfer.put("b", "k", bytes, { idempotent }).pipe(
        Effect.provide(server.layer),
        Effect.result,
        Effect.forkChild
      )
      yield* TestClock.adjust("1 minute")
      const done = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        [done._tag, server.calls.filter(({ method }) => method === "PUT").length],
        [puts === 2 ? "Success" : "Failure", puts]
      )
    }
  })
)

it.effect("parts that could not be aborted are named", () => {
  const server = serverOf()
  const take = server.before
  server.before = (call) =>
    kindOf(call) === "part" || call.method === "DELETE" ? Effect.succeed(refusal(403, "AccessDenied")) : take(call)
  return Effect.gen(function* () {
    const error = yield* Effect.flip(ManagedTransfer.put("b", "k", stream(), { keepOnFailure: true }))
    assert.strictEqual(error._tag, "UploadKept")
  }).pipe(Effect.provide(server.layer))
})

it.effect("a copy is made at once up to 5 GB, whoever knows how large the source is", () =>
  Effect.gen(function* () {
    for (const [sourceSize, size, expected] of [
      [5_000_000_000, undefined, ["HEAD", "PUT"]],
      [5_000_000_001, undefined, ["HEAD", "HEAD", "begin"]],
      [10, 5_000_000_000, ["PUT"]],
      [5_000_000_001, 5_000_000_001, ["HEAD", "begin"]]
    ] as const) {
      const server = serverOf(sourceSize)
      const take = server.before
      // The parts of so large a copy are not of this test.
      server.before = (call) => (kindOf(call) === "begin" ? Effect.succeed(refusal(403, "AccessDenied")) : take(call))
      yield* Effect.result(ManagedTransfer.copy({ bucket: "b", key: "from" }, "b", "to", { size })).pipe(
        Effect.provide(server.layer)
      )
      assert.deepStrictEqual(server.calls.map(kindOf), [...expected])
    }
  })
)

it.effect("what it is given is checked before anything is sent", () => {
  const server = serverOf()
  return Effect.gen(function* () {
    for (const options of [{ partsForm: 1 }, { partsFrom: -1 }, { size: 0.5 }, { onBegun: true }]) {
      const error = yield* Effect.flip(ManagedTransfer.put("b", "k", "x", options as never))
      assert.strictEqual(error._tag === "HcpError" && error.reason._tag, "InvalidInput")
    }
    const error = yield* Effect.flip(ManagedTransfer.copy({ bucket: "b", key: "k" }, "b", "l", { parts: 1 } as never))
    assert.strictEqual(error._tag === "HcpError" && error.reason._tag, "InvalidInput")
    assert.deepStrictEqual(server.calls, [])
  }).pipe(Effect.provide(server.layer))
})
