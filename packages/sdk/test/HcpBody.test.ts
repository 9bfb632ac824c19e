import { execFileSync } from "node:child_process"
import {
  appendFileSync,
  chmodSync,
  closeSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Ref, Result, Scope, Stream } from "effect"
import * as HcpBody from "../src/HcpBody.ts"
import { HcpError, InvalidInput } from "../src/HcpError.ts"
import { doneWith, FileReader } from "../src/internal/body/fileReader.ts"
import { type OpenBody, open, openNow } from "../src/internal/body/source.ts"

const bytesOf = (opened: OpenBody): Effect.Effect<Buffer, HcpError> =>
  opened.content === undefined
    ? Effect.succeed(Buffer.alloc(0))
    : opened.content instanceof Uint8Array
      ? Effect.succeed(Buffer.from(opened.content))
      : Effect.map(Stream.runCollect(opened.content), (chunks) => Buffer.concat(chunks))

const read = (body: HcpBody.HcpBody) => Effect.scoped(Effect.flatMap(open(body), bytesOf))

const failureOf = (body: HcpBody.HcpBody) => Effect.map(Effect.flip(read(body)), (error) => error.reason)

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "hcp-body-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const openFiles = () => readdirSync("/proc/self/fd").length

const pattern = (length: number) =>
  Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) % 251))

describe("bytes and text", () => {
  it.effect("have their length", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* open(HcpBody.empty), { length: 0, content: undefined })
      assert.strictEqual((yield* open(HcpBody.text("Ü€😀"))).length, 9)
      assert.strictEqual((yield* read(HcpBody.text("Ü€😀"))).toString(), "Ü€😀")
      const bytes = new Uint8Array([1, 2, 3])
      assert.strictEqual((yield* open(HcpBody.bytes(bytes))).content, bytes)
    })
  )

  it.effect("are opened at once, by the same rule; files and streams are not", () =>
    Effect.gen(function* () {
      for (const body of [
        HcpBody.empty,
        HcpBody.bytes(new Uint8Array([1, 2])),
        HcpBody.text("Ü"),
        HcpBody.text("\ud800")
      ]) {
        const now = openNow(body)
        assert.deepStrictEqual(now, yield* Effect.result(open(body)))
      }
      const refused = openNow(HcpBody.text("\ud800"))
      assert.isTrue(refused !== undefined && Result.isFailure(refused))
      assert.isUndefined(openNow(HcpBody.file("/")))
      assert.isUndefined(openNow(HcpBody.stream(() => Stream.empty)))
      assert.isUndefined(openNow(HcpBody.streamOnce(Stream.empty)))
    })
  )

  it.effect("refuse text that UTF-8 cannot hold, rather than store another", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* failureOf(HcpBody.text("a\ud800")))._tag, "InvalidInput")
    })
  )
})

describe("file", () => {
  it.effect("is read whole and in part, small and large, and closed", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "data")
      const data = pattern(1_000_001)
      writeFileSync(path, data)
      const before = openFiles()
      for (const options of [
        {},
        { offset: 7 },
        { length: 10 },
        { offset: 999_999 },
        { offset: 5, length: 700_000 },
        { offset: 1_000_001 }
      ]) {
        const offset = options.offset ?? 0
        const expected = data.subarray(offset, offset + (options.length ?? data.length))
        const opened = yield* Effect.scoped(
          Effect.flatMap(open(HcpBody.file(path, options)), (body) =>
            Effect.map(bytesOf(body), (bytes) => ({ length: body.length, bytes }))
          )
        )
        assert.strictEqual(opened.length, expected.length)
        assert.isTrue(opened.bytes.equals(expected))
      }
      assert.strictEqual(openFiles(), before)
    })
  )

  it.effect("takes an empty file, and its length at each attempt", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "data")
      const body = HcpBody.file(path)
      writeFileSync(path, "")
      assert.strictEqual((yield* Effect.scoped(open(body))).length, 0)
      writeFileSync(path, "abc")
      assert.strictEqual((yield* Effect.scoped(open(body))).length, 3)
    })
  )

  it.effect("names the file and what is wrong with it", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const message = (name: string, options?: HcpBody.FileOptions) =>
        Effect.map(Effect.flip(read(HcpBody.file(join(path, name), options))), (error) => {
          assert.strictEqual(error.reason._tag, "BodySourceFailed")
          assert.include(error.message, join(path, name))
          return error.message
        })
      writeFileSync(join(path, "three"), "abc")
      symlinkSync(join(path, "nowhere"), join(path, "link"))
      execFileSync("mkfifo", [join(path, "pipe")])
      assert.match(yield* message("missing"), /there is no such file or folder$/)
      assert.match(yield* message("link"), /there is no such file or folder$/)
      assert.match(yield* message("three/x"), /is not a folder$/)
      assert.match(yield* message("."), /it is a directory$/)
      assert.match(yield* message("pipe"), /not a regular file/)
      assert.match(yield* message("three", { offset: 4 }), /it has 3 bytes/)
      assert.match(yield* message("three", { length: 4 }), /it has 3 bytes/)
      for (const options of [{ offset: -1 }, { length: 0.5 }, { length: Number.NaN }]) {
        assert.strictEqual((yield* failureOf(HcpBody.file(join(path, "three"), options)))._tag, "InvalidInput")
      }
    })
  )

  it.effect.skipIf(process.getuid?.() === 0)("says when it may not be read", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "secret")
      writeFileSync(path, "x")
      chmodSync(path, 0o000)
      assert.match((yield* Effect.flip(read(HcpBody.file(path)))).message, /this user has no permission; check/)
    })
  )

  it.effect("that changes while it is sent is not a success: neither its size nor its bytes", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "data")
      const rewrite = () => {
        const file = openSync(path, "r+")
        writeSync(file, "other", 0)
        closeSync(file)
      }
      for (const [change, reason] of [
        [() => truncateSync(path, 300_000), "LengthMismatch"],
        [() => appendFileSync(path, "more"), "LengthMismatch"],
        [rewrite, "BodySourceFailed"],
        [() => chmodSync(path, 0o600), "BodySourceFailed"]
      ] as const) {
        writeFileSync(path, pattern(600_000), { mode: 0o644 })
        utimesSync(path, 1, 1)
        const opened = yield* open(HcpBody.file(path))
        const sent: Array<number> = []
        change()
        assert(opened.content !== undefined && !(opened.content instanceof Uint8Array))
        const error = yield* Effect.flip(
          Stream.runForEach(opened.content, (chunk) => Effect.sync(() => sent.push(chunk.length)))
        )
        assert.strictEqual(error.reason._tag, reason)
        // HCP never has a complete request.
        assert.isBelow(
          sent.reduce((sum, length) => sum + length, 0),
          600_000
        )
      }
      // A part that was asked for by its length does not mind.
      writeFileSync(path, pattern(600_000))
      const opened = yield* open(HcpBody.file(path, { length: 600_000 }))
      appendFileSync(path, "more")
      assert.strictEqual((yield* bytesOf(opened)).length, 600_000)
    })
  )

  it.effect("up to 256 KiB is in memory when it is opened, larger is a stream", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "data")
      for (const [size, isBytes] of [
        [1, true],
        [262_144, true],
        [262_145, false]
      ] as const) {
        writeFileSync(path, pattern(size))
        const { content, length } = yield* open(HcpBody.file(path))
        assert.strictEqual(content instanceof Uint8Array, isBytes)
        assert.strictEqual(length, size)
      }
    })
  )

  it.effect.skipIf(process.platform !== "linux")("that states the size 0 and has content is read to its end", () =>
    Effect.gen(function* () {
      // Small ones have a length when they are sent, large ones have none.
      const small = yield* open(HcpBody.file("/proc/self/status"))
      assert.isTrue(small.content instanceof Uint8Array && small.length === small.content.length)
      assert.match((yield* bytesOf(small)).toString(), /^Name:/)
      const part = (yield* read(HcpBody.file("/proc/self/status", { offset: 2, length: 3 }))).toString()
      assert.strictEqual(part, "me:")
      const large = yield* open(HcpBody.file("/proc/kallsyms"))
      assert.isUndefined(large.length)
      assert.isAbove((yield* bytesOf(large)).length, 262_144)
    })
  )

  it.effect("that was found before is that very file, and no link", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const file = join(path, "file")
      writeFileSync(file, "harmless")
      writeFileSync(join(path, "secret"), "secret")
      const { dev: device, ino: inode } = lstatSync(file, { bigint: true })
      const body = HcpBody.file(file, { identity: { device, inode } })
      assert.strictEqual((yield* read(body)).toString(), "harmless")
      // The file itself, reached through a link, would be another way in.
      renameSync(file, join(path, "moved"))
      symlinkSync(join(path, "moved"), file)
      assert.match((yield* failureOf(body)).message, /symbolic link/)
      rmSync(file)
      renameSync(join(path, "secret"), file)
      assert.match((yield* failureOf(body)).message, /another file is there/)
    })
  )

  it.effect("is read into the same memory again, once that is done with", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "data")
      const data = pattern(3_000_001)
      writeFileSync(path, data)
      const { content } = yield* open(HcpBody.file(path))
      assert(content instanceof Uint8Array === false && content !== undefined)
      const memory = new Set<ArrayBufferLike>()
      const read: Array<Buffer> = []
      yield* Stream.runForEach(content, (chunk) =>
        Effect.sync(() => {
          memory.add(chunk.buffer)
          read.push(Buffer.from(chunk))
          // What was cut from a chunk gives nothing back, nor does a chunk that is given back twice.
          doneWith(chunk.subarray(0, 10))
          doneWith(chunk)
          doneWith(chunk)
        })
      )
      assert.isTrue(Buffer.concat(read).equals(data))
      assert.strictEqual(memory.size, 2)
    })
  )

  it.effect("that cannot be read on gives what was read before", () =>
    Effect.gen(function* () {
      const reader = new FileReader({
        offset: 10,
        length: 1_000_000,
        handle: {
          read: (_into, _at, length, position) =>
            position < 300_000
              ? Promise.resolve({ bytesRead: Math.min(length, 100_000) })
              : Promise.reject(new Error("EIO"))
        }
      })
      const first = yield* Effect.promise(() => reader.next())
      assert.strictEqual(first, yield* Effect.promise(() => reader.next()))
      reader.take(first)
      assert.deepStrictEqual([first.length, reader.position], [262_144, 262_144])
      // The failure of what is read ahead waits for whoever asks for it.
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      assert.strictEqual(
        yield* Effect.flip(Effect.tryPromise({ try: () => reader.next(), catch: String })),
        "Error: EIO"
      )
    })
  )

  it.effect("is closed when the reader is interrupted in the middle", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "data")
      writeFileSync(path, pattern(1_000_000))
      const before = openFiles()
      const reading = yield* Deferred.make<void>()
      const scope = yield* Scope.make()
      const fiber = yield* open(HcpBody.file(path)).pipe(
        Scope.provide(scope),
        Effect.flatMap(({ content }) =>
          content === undefined || content instanceof Uint8Array
            ? Effect.die("expected a stream")
            : Stream.runForEach(content, () => Effect.andThen(Deferred.succeed(reading, undefined), Effect.never))
        ),
        Effect.onExit((exit) => Scope.close(scope, exit)),
        Effect.forkScoped
      )
      yield* Deferred.await(reading)
      assert.strictEqual(openFiles(), before + 1)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(openFiles(), before)
    })
  )
})

describe("stream", () => {
  const three = Stream.make(new Uint8Array([1]), new Uint8Array([]), new Uint8Array([2, 3])).pipe(Stream.rechunk(1))

  it.effect("is made anew for each attempt, and the one before is finalised", () =>
    Effect.gen(function* () {
      const made = yield* Ref.make(0)
      const closed = yield* Ref.make(0)
      const body = HcpBody.stream(
        () =>
          Stream.unwrap(
            Effect.as(
              Ref.update(made, (n) => n + 1),
              three
            )
          ).pipe(Stream.ensuring(Ref.update(closed, (n) => n + 1))),
        { length: 3 }
      )
      assert.isTrue(HcpBody.isReplayable(body))
      for (const attempt of [1, 2]) {
        assert.deepStrictEqual([...(yield* read(body))], [1, 2, 3])
        assert.strictEqual(yield* Ref.get(made), attempt)
        assert.strictEqual(yield* Ref.get(closed), attempt)
      }
    })
  )

  it.effect("without a length has any", () =>
    Effect.gen(function* () {
      const body = HcpBody.stream(() => three)
      assert.strictEqual((yield* open(body)).length, undefined)
      assert.strictEqual((yield* read(body)).length, 3)
    })
  )

  it.effect("is held to its length, and the last bytes wait for the end", () =>
    Effect.gen(function* () {
      const sent: Array<number> = []
      const send = (source: Stream.Stream<Uint8Array, unknown>, length: number) =>
        Effect.gen(function* () {
          sent.length = 0
          const { content } = yield* open(HcpBody.stream(() => source, { length }))
          if (content === undefined || content instanceof Uint8Array) return yield* Effect.die("expected a stream")
          return yield* Stream.runForEach(content, (chunk) => Effect.sync(() => sent.push(...chunk)))
        })
      const long = yield* Effect.flip(send(Stream.concat(three, three), 3))
      assert.include(long.message, "4 bytes or more where 3 were declared")
      assert.deepStrictEqual(sent, [1])
      const short = yield* Effect.flip(send(three, 4))
      assert.include(short.message, "3 bytes where 4 were declared")
      yield* send(three, 3)
      assert.deepStrictEqual(sent, [1, 2, 3])
      yield* send(Stream.empty, 0)
      assert.strictEqual((yield* Effect.flip(send(three, 0))).reason._tag, "LengthMismatch")
      assert.strictEqual((yield* Effect.flip(send(three, -1))).reason._tag, "InvalidInput")
    })
  )

  it.effect("is pulled only on demand", () =>
    Effect.gen(function* () {
      const pulled = yield* Ref.make(0)
      const source = Stream.fromEffectRepeat(
        Effect.as(
          Ref.update(pulled, (n) => n + 1),
          new Uint8Array(10)
        )
      )
      const { content } = yield* open(HcpBody.stream(() => source, { length: 1000 }))
      if (content === undefined || content instanceof Uint8Array) return assert.fail("expected a stream")
      yield* Stream.runDrain(Stream.take(content, 3))
      assert.strictEqual(yield* Ref.get(pulled), 3)
    })
  )

  it.effect("keeps the error of its source", () =>
    Effect.gen(function* () {
      const ofAnotherCall = new HcpError({
        operation: "GET",
        path: "/disk on fire",
        reason: new InvalidInput({ field: "path", detail: "is none" })
      })
      for (const broken of [new Error("disk on fire"), ofAnotherCall]) {
        const source = Stream.concat(three, Stream.fail(broken))
        for (const body of [
          HcpBody.stream(() => source),
          HcpBody.stream(() => source, { length: 9 }),
          HcpBody.streamOnce(source)
        ]) {
          const reason = yield* failureOf(body)
          assert.strictEqual(reason._tag, "BodySourceFailed")
          assert.strictEqual(reason._tag === "BodySourceFailed" ? reason.error : undefined, broken)
          assert.include(reason.message, "disk on fire")
        }
      }
    })
  )

  it.effect("passes a defect on as what it is", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(
        read(
          HcpBody.stream(
            () => {
              throw new RangeError("bug")
            },
            { length: 1 }
          )
        )
      )
      assert.isTrue(Exit.hasDies(exit))
    })
  )

  it.effect("read once is not read twice", () =>
    Effect.gen(function* () {
      const body = HcpBody.streamOnce(three, { length: 3 })
      // Opened but not begun: a node that refuses the connection costs nothing.
      yield* open(body)
      assert.isTrue(HcpBody.isReplayable(body))
      assert.strictEqual((yield* read(body)).length, 3)
      assert.isFalse(HcpBody.isReplayable(body))
      assert.match((yield* failureOf(body)).message, /read only once/)
    })
  )
})
