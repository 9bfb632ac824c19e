import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { assert, it } from "@effect/vitest"
import * as BodyDigest from "@effect-hcp/sdk/BodyDigest"
import * as BodySource from "@effect-hcp/sdk/BodySource"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import { Effect, Exit, Stream } from "effect"
import { cut, partsOf as partsOfSource } from "../src/internal/bodyParts.ts"

const pattern = (size: number) => Uint8Array.from({ length: size }, (_, at) => (at * 31) % 251)

const chunks = (bytes: Uint8Array, size: number) =>
  Stream.fromIterable(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size))
  )

/** The bytes of every part, checked for number, offset, size and hash. */
const partsOf = Effect.fnUntraced(function* (body: HcpBody.HcpBody, partSize: number) {
  const source = yield* BodySource.open(body)
  const parts = yield* Stream.runCollect(partsOfSource(source, partSize))
  let offset = 0
  const found: Array<Uint8Array> = []
  for (const [at, part] of parts.entries()) {
    assert.strictEqual(part.number, at + 1)
    assert.strictEqual(part.offset, offset)
    const { body, md5 } = yield* part.load
    const bytes =
      body._tag === "Bytes"
        ? body.bytes
        : body._tag === "Streamed"
          ? Buffer.concat(yield* Stream.runCollect(Stream.orDie(body.make())))
          : new Uint8Array()
    assert.strictEqual(bytes.length, part.size)
    assert.strictEqual(Buffer.from(md5).toString("hex"), createHash("md5").update(bytes).digest("hex"))
    found.push(bytes)
    offset += part.size
  }
  return found
}, Effect.scoped)

const temporary = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "parts-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true }))
)

it.effect("bytes, text and streams are cut where the parts end, whatever their chunks", () =>
  Effect.gen(function* () {
    const bytes = pattern(1000)
    for (const [partSize, count] of [
      [300, 4],
      [250, 4],
      [1000, 1],
      [2000, 1],
      [1, 1000]
    ] as const) {
      const bodies = [
        HcpBody.bytes(bytes),
        HcpBody.text(Buffer.from(bytes).toString("latin1")),
        HcpBody.stream(() => chunks(bytes, 7), { length: 1000 }),
        HcpBody.stream(() => chunks(bytes, 1000)),
        HcpBody.streamOnce(chunks(bytes, 300)),
        HcpBody.stream(() => Stream.concat(chunks(bytes, 500), Stream.make(new Uint8Array())))
      ]
      for (const [at, body] of bodies.entries()) {
        const found = Buffer.concat(yield* partsOf(body, partSize))
        if (at === 1) continue
        assert.deepStrictEqual(found, Buffer.from(bytes), `${at} by ${partSize}`)
        assert.lengthOf(yield* partsOf(body._tag === "StreamedOnce" ? HcpBody.bytes(bytes) : body, partSize), count)
      }
    }
  })
)

it.effect("nothing is one empty part", () =>
  Effect.gen(function* () {
    for (const body of [HcpBody.empty, HcpBody.text(""), HcpBody.stream(() => Stream.empty)]) {
      assert.deepStrictEqual(yield* partsOf(body, 100), [new Uint8Array()].map((each) => Buffer.from(each)) as never)
    }
  })
)

it.effect("a file is read by range, small parts into memory and large ones while they are sent", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporary, "f")
    const bytes = pattern(20 * 1024 * 1024)
    yield* Effect.promise(() => fs.writeFile(file, bytes))
    const small = yield* partsOf(HcpBody.file(file, { offset: 5, length: 5_000_000 }), 2_000_000)
    assert.deepStrictEqual(
      small.map((part) => part.length),
      [2_000_000, 2_000_000, 1_000_000]
    )
    assert.isTrue(Buffer.concat(small).equals(bytes.subarray(5, 5_000_005)))
    const large = yield* partsOf(HcpBody.file(file), 17 * 1024 * 1024)
    assert.isTrue(Buffer.concat(large).equals(bytes))
    const missing = yield* Effect.flip(partsOf(HcpBody.file(`${file}.no`), 10))
    assert.strictEqual(missing.reason._tag, "BodySourceFailed")
    const short = yield* Effect.flip(partsOf(HcpBody.file(file, { length: 1e9 }), 10))
    assert.strictEqual(short.reason._tag, "BodySourceFailed")
  })
)

it.effect("a stream with other than the declared bytes fails before its last part is given out", () =>
  Effect.gen(function* () {
    for (const length of [0, 99, 101, 250]) {
      const given: Array<number> = []
      const source = yield* BodySource.open(HcpBody.stream(() => chunks(pattern(100), 9), { length }))
      const error = yield* partsOfSource(source, 50).pipe(
        Stream.runForEach(({ number }) => Effect.sync(() => given.push(number))),
        Effect.flip
      )
      assert.strictEqual(error.reason._tag, "LengthMismatch", String(length))
      assert.isBelow(given.length, 2)
    }
  })
)

it.effect("a file that grows, shrinks or is rewritten in place gives no part any more, small or large", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporary, "f")
    const size = 20 * 1024 * 1024
    const bytes = Buffer.alloc(size, 7)
    const changes = {
      grows: (file: string) => fs.appendFile(file, "more"),
      shrinks: (file: string) => fs.truncate(file, size - 1),
      "is rewritten": async (file: string) => {
        const handle = await fs.open(file, "r+")
        await handle.write("other", size - 5)
        await handle.close()
      }
    }
    for (const partSize of [5 * 1024 * 1024, 18 * 1024 * 1024]) {
      for (const [name, change] of Object.entries(changes)) {
        yield* Effect.promise(() => fs.writeFile(file, bytes))
        yield* Effect.promise(() => fs.utimes(file, 1, 1))
        const [first, ...others] = yield* Effect.flatMap(BodySource.open(HcpBody.file(file)), (source) =>
          Stream.runCollect(partsOfSource(source, partSize))
        )
        assert.isDefined(yield* first?.load ?? Effect.die("no part"))
        yield* Effect.promise(() => change(file))
        for (const part of others) {
          const exit = yield* Effect.exit(part.load)
          assert.isTrue(Exit.isFailure(exit), `${name}: part ${part.number} of ${partSize}`)
        }
      }
    }
  })
)

it.effect("a file stays the one that was opened, and what is sent of it is read again for each attempt", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporary, "f")
    const bytes = Buffer.alloc(17 * 1024 * 1024, 7)
    yield* Effect.promise(() => fs.writeFile(file, bytes))
    const source = yield* BodySource.open(HcpBody.file(file, { length: bytes.length }))
    const [part] = yield* Stream.runCollect(partsOfSource(source, bytes.length))
    yield* Effect.promise(async () => {
      await fs.rename(file, `${file}.old`)
      await fs.writeFile(file, "another")
    })
    const loaded = yield* part?.load ?? Effect.die("no part")
    for (const _attempt of [1, 2]) {
      assert.strictEqual(
        (yield* BodyDigest.digest(loaded.body, "MD5")).hash.hex,
        createHash("md5").update(bytes).digest("hex")
      )
    }
  })
)

it.effect("a named pipe is refused at once, and a file that states no size is read to its end", () =>
  Effect.gen(function* () {
    const pipe = path.join(yield* temporary, "pipe")
    execFileSync("mkfifo", [pipe])
    const refused = yield* Effect.flip(partsOf(HcpBody.file(pipe), 10))
    assert.strictEqual(refused.reason._tag, "BodySourceFailed")
    const stated = Buffer.concat(yield* partsOf(HcpBody.file("/proc/self/status"), 100))
    assert.match(stated.toString(), /^Name:/)
  })
)

it.effect("no more of a stream is read than the parts that are asked for", () =>
  Effect.gen(function* () {
    let read = 0
    const source = Stream.range(0, 999).pipe(
      Stream.mapEffect(() =>
        Effect.sync(() => {
          read++
          return new Uint8Array(10)
        })
      )
    )
    yield* cut(source, undefined, () => 100).pipe(Stream.take(3), Stream.runDrain)
    assert.isAtMost(read, 31)
  })
)

it.effect("a stream that can be read once is not read twice", () =>
  Effect.gen(function* () {
    const body = HcpBody.streamOnce(Stream.make(pattern(10)))
    yield* partsOf(body, 100)
    assert.strictEqual((yield* Effect.flip(partsOf(body, 100))).reason._tag, "BodySourceFailed")
  })
)
