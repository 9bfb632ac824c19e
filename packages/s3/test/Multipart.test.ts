import { assert, it } from "@effect/vitest"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import { HcpError, InvalidInput } from "@effect-hcp/sdk/HcpError"
import * as Retention from "@effect-hcp/sdk/Retention"
import { Cause, DateTime, Deferred, Effect, Exit, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Multipart from "../src/Multipart.ts"
import { type Call, FakeUploads, lost, md5, refusal, xml } from "./utils/FakeS3.ts"

const mebi = 1024 * 1024
const pattern = (size: number) => Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >> 12)) % 251)
const bytes = pattern(2 * mebi + 1000)
const body = HcpBody.bytes(bytes)
const partSize = mebi

const isPart = (number: number) => (call: Call) =>
  call.method === "PUT" && call.query.get("partNumber") === String(number)

const isComplete = (call: Call) => call.method === "POST" && call.query.has("uploadId")

it.effect("a body goes up in parts, each with its MD5, and protection only with the last call", () => {
  const server = new FakeUploads()
  return Effect.gen(function* () {
    const begun: Array<readonly [string, Multipart.Expiry]> = []
    const done = yield* Multipart.upload("b", "a/k", body, {
      partSize,
      contentType: "video/mp4",
      metadata: { a: "1" },
      retention: Retention.days(5),
      onBegun: (uploadId, expiry) => Effect.sync(() => begun.push([uploadId, expiry]))
    })
    assert.deepStrictEqual(begun, [
      [done.uploadId, { abortsAt: DateTime.makeUnsafe(Date.UTC(2026, 0, 31)), ruleId: "tidy" }]
    ])
    assert.isTrue(Buffer.from(server.objects.get("a/k")?.bytes ?? []).equals(bytes))
    assert.strictEqual(done.size, bytes.length)
    assert.strictEqual(done.parts, 3)
    assert.strictEqual(done.etag, server.objects.get("a/k")?.etag)
    const [begin] = server.named("POST", "uploads")
    const [complete] = server.named("POST", "uploadId")
    assert.strictEqual(begin?.header("content-type"), "video/mp4")
    assert.strictEqual(begin?.header("x-amz-meta-a"), "1")
    assert.isUndefined(begin?.header("x-hcp-retention"))
    assert.strictEqual(complete?.header("x-hcp-retention"), "A+5d")
    assert.isUndefined(complete?.header("x-amz-meta-a"))
    assert.strictEqual(complete?.header("content-type"), "application/xml")
    for (const part of server.named("PUT")) {
      assert.strictEqual(Buffer.from(part.header("content-md5") ?? "", "base64").toString("hex"), md5(part.body))
      assert.isUndefined(part.header("x-amz-meta-a"))
    }
  }).pipe(Effect.provide(server.layer))
})

it.effect("streams of unknown length and empty bodies go up too", () => {
  const server = new FakeUploads()
  return Effect.gen(function* () {
    yield* Multipart.upload(
      "b",
      "s",
      HcpBody.streamOnce(Stream.make(bytes.subarray(0, 1_500_000), bytes.subarray(1_500_000))),
      { partSize }
    )
    assert.isTrue(Buffer.from(server.objects.get("s")?.bytes ?? []).equals(bytes))
    const empty = yield* Multipart.upload("b", "e", HcpBody.empty)
    assert.deepStrictEqual([empty.size, empty.parts], [0, 1])
  }).pipe(Effect.provide(server.layer))
})

it.effect(
  "a failure aborts the upload; with keepOnFailure the error names it, and it is resumed with what is missing",
  () => {
    const server = new FakeUploads()
    return Effect.gen(function* () {
      let isBroken = true
      server.before = (call) => (isBroken && isPart(2)(call) ? Effect.succeed(refusal(413, "OutOfSpace")) : undefined)
      const failed = yield* Effect.flip(Multipart.upload("b", "k", body, { partSize, concurrency: 1 }))
      assert.strictEqual(failed._tag, "HcpError")
      assert.strictEqual(server.uploads.size, 0)
      const kept = yield* Effect.flip(
        Multipart.upload("b", "k", body, { partSize, concurrency: 1, keepOnFailure: true })
      )
      assert(kept._tag === "UploadKept")
      assert.strictEqual(kept.phase, "parts")
      assert.strictEqual(kept.reason.reason._tag, "S3Refused")
      assert.include(kept.message, kept.uploadId)
      assert(server.uploads.has(kept.uploadId))

      isBroken = false
      server.calls.length = 0
      const done = yield* Multipart.resume("b", "k", kept.uploadId, body)
      assert.strictEqual(done.parts, 3)
      assert.isTrue(Buffer.from(server.objects.get("k")?.bytes ?? []).equals(bytes))
      assert.deepStrictEqual(
        server
          .named("PUT")
          .map((call) => call.query.get("partNumber"))
          .sort(),
        ["2", "3"]
      )
    }).pipe(Effect.provide(server.layer))
  }
)

it.effect("a resumed upload replaces parts of other bytes, and leaves out those that are too many", () => {
  const server = new FakeUploads()
  return Effect.gen(function* () {
    const uploadId = server.begin("k")
    server.part(uploadId, 1, bytes.subarray(0, mebi))
    server.part(uploadId, 2, pattern(mebi).fill(7))
    server.part(uploadId, 9, pattern(10))
    yield* Multipart.resume("b", "k", uploadId, body)
    assert.deepStrictEqual(
      server
        .named("PUT")
        .map((call) => call.query.get("partNumber"))
        .sort(),
      ["2", "3"]
    )
    assert.isTrue(Buffer.from(server.objects.get("k")?.bytes ?? []).equals(bytes))
    const gone = yield* Effect.flip(Multipart.resume("b", "k", uploadId, body))
    assert(gone._tag === "HcpError" && gone.reason._tag === "S3Refused")
    assert.strictEqual(gone.reason.code, "NoSuchUpload")
  }).pipe(Effect.provide(server.layer))
})

it.effect("an interruption aborts the upload, unless it is to be kept", () => {
  const server = new FakeUploads()
  return Effect.gen(function* () {
    for (const keepOnFailure of [false, true]) {
      const reached = yield* Deferred.make<void>()
      server.before = (call) =>
        isPart(2)(call) ? Effect.andThen(Deferred.succeed(reached, undefined), Effect.never) : undefined
      const running = yield* Effect.forkChild(Multipart.upload("b", "k", body, { partSize, keepOnFailure }))
      yield* Deferred.await(reached)
      yield* Fiber.interrupt(running)
      assert.strictEqual(server.uploads.size, keepOnFailure ? 1 : 0)
    }
  }).pipe(Effect.provide(server.layer))
})

it.effect("whatever ends the parts aborts the upload, be it an error, a defect or an interruption (row 140)", () => {
  const server = new FakeUploads()
  return Effect.gen(function* () {
    const first = Stream.make(bytes.subarray(0, 2 * mebi))
    const boom = new Error("the source died")
    const ends: ReadonlyArray<readonly [string, Stream.Stream<Uint8Array, HcpError>]> = [
      [
        "error",
        Stream.fail(new HcpError({ operation: "read", reason: new InvalidInput({ field: "x", detail: "y" }) }))
      ],
      ["defect", Stream.die(boom)],
      ["interruption", Stream.fromEffect(Effect.interrupt)]
    ]
    for (const [name, end] of ends) {
      for (const keepOnFailure of [false, true]) {
        const source = HcpBody.stream(() => Stream.concat(first, end))
        const exit = yield* Effect.exit(Multipart.upload("b", "k", source, { partSize, keepOnFailure }))
        assert(Exit.isFailure(exit), name)
        assert.strictEqual(server.uploads.size, keepOnFailure ? 1 : 0, `${name}, ${keepOnFailure}`)
        assert.strictEqual(Cause.hasDies(exit.cause), name === "defect")
        assert.strictEqual(Cause.hasInterrupts(exit.cause), name === "interruption")
        server.uploads.clear()
      }
    }
    const dying = Multipart.upload("b", "k", body, { partSize, onBegun: () => Effect.die(boom) })
    assert(Exit.isFailure(yield* Effect.exit(dying)))
    assert.strictEqual(server.uploads.size, 0)
  }).pipe(Effect.provide(server.layer))
})

it.effect("an abort that nobody answers holds nobody up for more than ten seconds", () => {
  const server = new FakeUploads()
  return Effect.gen(function* () {
    const reached = yield* Deferred.make<void>()
    server.before = (call) =>
      call.method === "DELETE"
        ? Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
        : isPart(2)(call)
          ? Effect.succeed(refusal(413, "OutOfSpace"))
          : undefined
    const running = yield* Effect.forkChild(Multipart.upload("b", "k", body, { partSize }))
    yield* Deferred.await(reached)
    yield* TestClock.adjust("10 seconds")
    const exit = yield* Fiber.await(running)
    assert(Exit.isFailure(exit))
    assert.include(Cause.pretty(exit.cause), "UploadKept")
  }).pipe(Effect.provide(server.layer))
})

it.effect("what HCP says only at the end keeps the parts, and the last call can be made again", () => {
  const server = new FakeUploads()
  return Effect.gen(function* () {
    let answer = refusal(409, "OperationAborted")
    server.before = (call) => (isComplete(call) ? Effect.succeed(answer) : undefined)
    const kept = yield* Effect.flip(Multipart.upload("b", "k", body, { partSize }))
    assert(kept._tag === "UploadKept")
    assert.strictEqual(kept.phase, "complete")
    assert(kept.reason.reason._tag === "S3Refused")
    assert.strictEqual(kept.reason.reason.category, "conflict")
    // A status of 200 is not a success yet.
    answer = { ...refusal(200, "EntityTooSmall") }
    const small = yield* Effect.flip(Multipart.complete("b", "k", kept.uploadId))
    assert(small._tag === "UploadKept" && small.reason.reason._tag === "S3Refused")
    assert.strictEqual(small.reason.reason.code, "EntityTooSmall")
    server.before = () => undefined
    const done = yield* Multipart.complete("b", "k", kept.uploadId)
    assert.deepStrictEqual([done.parts, done.size], [3, bytes.length])
    assert.isTrue(Buffer.from(server.objects.get("k")?.bytes ?? []).equals(bytes))
  }).pipe(Effect.provide(server.layer))
})

it.live("an answer to the last call that is lost is settled by what is stored", () => {
  const server = new FakeUploads()
  return Effect.gen(function* () {
    let completed = 0
    // It took effect, but nobody heard of it.
    server.before = (call) => {
      if (!isComplete(call)) return undefined
      const answer = server.answer(call)
      return ++completed === 1 ? Effect.fail(lost) : Effect.succeed(answer)
    }
    const done = yield* Multipart.upload("b", "k", body, { partSize })
    assert.strictEqual(completed, 2)
    assert.strictEqual(done.etag, server.objects.get("k")?.etag)

    // Nothing took effect, and what is stored is another object with as many parts.
    server.objects.set("k", { bytes: pattern(bytes.length), etag: `${"0".repeat(64)}-3` })
    server.before = (call) => (isComplete(call) ? Effect.fail(lost) : undefined)
    const kept = yield* Effect.flip(Multipart.upload("b", "k", body, { partSize }))
    assert(kept._tag === "UploadKept")
    assert.strictEqual(kept.reason.reached, "request")
    assert.strictEqual(server.uploads.size, 1)
  }).pipe(Effect.provide(server.layer))
})

it.effect("a refusal of the last call, after one whose answer was lost, is settled by what is stored", () => {
  const server = new FakeUploads()
  return Effect.gen(function* () {
    for (const [status, code] of [
      [200, "PreconditionFailed"],
      [404, "NoSuchUpload"],
      [409, "ConditionalRequestConflict"],
      [412, "PreconditionFailed"]
    ] as const) {
      for (const isFirstDone of [true, false]) {
        server.objects.clear()
        let completed = 0
        server.before = (call) => {
          if (!isComplete(call)) return undefined
          if (++completed > 1) return Effect.succeed(refusal(status, code))
          if (isFirstDone) server.answer(call)
          return Effect.fail(lost)
        }
        const fiber = yield* Effect.forkChild(
          Effect.result(Multipart.upload("b", "k", body, { partSize, ifNoneMatch: "*" }))
        )
        yield* TestClock.adjust("1 minute")
        const done = yield* Fiber.join(fiber)
        assert.deepStrictEqual([completed, done._tag], [2, isFirstDone ? "Success" : "Failure"], `${status}`)
      }
    }
  }).pipe(Effect.provide(server.layer))
})

it.effect("options and bodies outside HCP's limits are refused before anything is sent", () => {
  const server = new FakeUploads()
  return Effect.gen(function* () {
    for (const options of [{ partSize: 10 }, { concurrency: 0 }, { metadata: { "": "x" } }]) {
      const error = yield* Effect.flip(Multipart.upload("b", "k", body, options))
      assert(error._tag === "HcpError")
      assert.strictEqual(error.reason._tag, "InvalidInput")
    }
    assert.lengthOf(server.calls, 0)
  }).pipe(Effect.provide(server.layer))
})

it.effect("an object is copied in parts, all of one version", () => {
  const server = new FakeUploads()
  server.objects.set("from", { bytes, etag: "abc-3" })
  return Effect.gen(function* () {
    const done = yield* Multipart.copy({ bucket: "b", key: "from" }, "b", "to", { partSize })
    assert.strictEqual(done.parts, 3)
    assert.isTrue(Buffer.from(server.objects.get("to")?.bytes ?? []).equals(bytes))
    for (const call of server.named("PUT")) assert.strictEqual(call.header("x-amz-copy-source-if-match"), '"abc-3"')
    assert.strictEqual(server.named("POST", "uploads")[0]?.header("content-type"), "text/plain")
  }).pipe(Effect.provide(server.layer))
})

it.effect("a copied part whose answer is lost is looked up before it is asked for again", () => {
  const server = new FakeUploads()
  server.objects.set("from", { bytes, etag: "abc-3" })
  return Effect.gen(function* () {
    server.before = (call) => {
      if (!isPart(2)(call)) return undefined
      server.answer(call)
      return Effect.fail(lost)
    }
    yield* Multipart.copy({ bucket: "b", key: "from" }, "b", "to", { partSize })
    assert.lengthOf(server.calls.filter(isPart(2)), 1)
    assert.isTrue(Buffer.from(server.objects.get("to")?.bytes ?? []).equals(bytes))
    // An error in place of the expected root fails, whatever the status.
    server.before = (call) => (isPart(1)(call) ? Effect.succeed(xml("Error", "<Code>AccessDenied</Code>")) : undefined)
    const refused = yield* Effect.flip(Multipart.copy({ bucket: "b", key: "from" }, "b", "to", { partSize }))
    assert(refused._tag === "HcpError" && refused.reason._tag === "S3Refused")
    assert.strictEqual(refused.reason.category, "access")
  }).pipe(Effect.provide(server.layer))
})
