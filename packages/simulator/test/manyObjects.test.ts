import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import * as BlobStore from "../src/BlobStore.ts"
import { Change } from "../src/Change.ts"
import * as HcpSystem from "../src/HcpSystem.ts"
import { respond, send, status } from "./utils/exchange.ts"

const count = 20_000

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "hcp-simulator-test-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true }))
)

const start = (folder: string) =>
  Effect.flatMap(BlobStore.makeFolder(Path.join(folder, "blobs")), (blobs) =>
    HcpSystem.make(
      { domain: "hcp1.example.com", namespaces: [{ name: "n1", tenant: "t1", versioning: true }] },
      { blobs, dataDirectory: Path.join(folder, "metadata") }
    )
  )

const logIn = (folder: string) => Path.join(folder, "metadata", "changes.ndjson")

const hex = (index: number, length: number) => index.toString(16).padStart(length, "0")

/** The log of a system that was given many objects in one folder, after a few others. */
const fill = Effect.fnUntraced(function* (folder: string, state: "created" | "deleted" = "created") {
  yield* Effect.scoped(
    Effect.flatMap(start(folder), (hcp) => status(hcp, "PUT", "/rest/many/object-00000000.bin", { body: "1" }))
  )
  const line = Fs.readFileSync(logIn(folder), "utf8").split("\n").at(-2) ?? ""
  const id = Number(/"id":(\d+)/.exec(line)?.[1])
  const lines = Array.from(
    { length: count },
    (_, index) =>
      `${line
        .replace("00000000", hex(index, 8))
        .replace(`"state":"created"`, `"state":"${state}"`)
        .replace(/"id":\d+/, `"id":${id + 64 * index}`)
        .replace(/"blob":"[^"]*"/, `"blob":"${hex(index, 32)}"`)
        .replace(/"hash":"[^"]*"/, `"hash":"${hex(index, 64).toUpperCase()}"`)}\n`
  )
  Fs.writeFileSync(logIn(folder), lines.join(""))
  return line
})

/** Milliseconds of work of this process: others on the machine do not count. */
const cpuTime = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const before = process.cpuUsage()
    return Effect.map(work, (result) => {
      const { system, user } = process.cpuUsage(before)
      return [(system + user) / 1000, result] as const
    })
  })

const heapUsed = Effect.sync(() => {
  setFlagsFromString("--expose-gc")
  const collectGarbage: unknown = runInNewContext("gc")
  assert.ok(typeof collectGarbage === "function")
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().heapUsed
})

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Change))

describe("a folder with very many objects", () => {
  it.effect("takes little memory for each, and a start costs less than the schema would for each", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const line = yield* fill(folder)
      const decoded = Effect.sync(() => {
        for (let index = 0; index < count; index++) decode(line)
      })
      // The first time neither of the two is compiled.
      for (const work of [decoded, Effect.scoped(start(folder))]) yield* work
      const [bySchema] = yield* cpuTime(decoded)
      const before = yield* heapUsed
      const [starting, hcp] = yield* cpuTime(start(folder))
      const each = ((yield* heapUsed) - before) / count
      assert.strictEqual((yield* hcp.state).namespaces[0]?.objects, count)
      assert.isBelow(each, 580, "bytes of an object")
      assert.isBelow(starting, 0.8 * bySchema, "milliseconds of a start")
    })
  )

  it.effect("is listed without a copy of what is in it", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* fill(folder)
      const hcp = yield* start(folder)
      const before = yield* heapUsed
      const response = yield* respond(hcp, "GET", "/rest/many")
      const begun = (yield* heapUsed) - before
      assert.ok(response.body._tag === "Stream")
      let bytes = 0
      yield* Stream.runForEach(response.body.stream, (piece) =>
        Effect.sync(() => {
          bytes += piece.length
        })
      )
      assert.isAbove(bytes, 500 * count)
      assert.isBelow(begun / count, 50, "bytes of an object while it is listed")
    })
  )

  it.effect("costs a put, a delete and a refused delete of the folder no more than a small one", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      // Whether there is anything in the folder is not found out by the first entry.
      yield* fill(folder, "deleted")
      const hcp = yield* start(folder)
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/many/object", { body: "1" }), 201)
      const change = (directory: string, index: number) =>
        Effect.gen(function* () {
          assert.strictEqual(yield* status(hcp, "PUT", `/rest/${directory}/x${index}`, { body: "1" }), 201)
          assert.strictEqual(yield* status(hcp, "DELETE", `/rest/${directory}/x${index}`), 200)
        })
      const remove = (directory: string) =>
        Effect.map(send(hcp, "DELETE", `/rest/${directory}`), ({ message }) =>
          assert.strictEqual(message, "the directory is not empty")
        )
      assert.strictEqual(yield* status(hcp, "PUT", "/rest/few/object", { body: "1" }), 201)
      for (const work of [change, remove]) {
        const repeated = (directory: string, from: number) =>
          Effect.forEach(Array(200).keys(), (index) => work(directory, from + index), { discard: true })
        yield* repeated("few", 0)
        const [few] = yield* cpuTime(repeated("few", 1000))
        const [many] = yield* cpuTime(repeated("many", 0))
        assert.isBelow(many, 3 * few + 50)
      }
    })
  )
})
