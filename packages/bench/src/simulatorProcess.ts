/**
 * Fills a data folder as if a simulated system had been given very many objects in one directory; or starts a system on
 * it, works with it, and tells the parent process what that took. A process of its own for each of the two, as what
 * the one needs of memory would hide what the other does.
 *
 * Arguments: `fill` or `start`, the folder, how many objects.
 */
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { BlobStore, HcpSystem } from "@effect-hcp/simulator"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Crowded, Filled } from "./suites/simulator.ts"

const [, , what = "", folder = "", count = "0"] = process.argv

const metadata = Path.join(folder, "metadata")
const log = Path.join(metadata, "changes.ndjson")
const body = new Uint8Array(1024).fill(7)

const start = Effect.flatMap(BlobStore.makeFolder(Path.join(folder, "blobs")), (blobs) =>
  HcpSystem.make(
    { domain: "hcp1.example.com", namespaces: [{ name: "n1", tenant: "t1" }], users: ["n:n01"] },
    { blobs, dataDirectory: metadata }
  )
)

const digest = Crypto.createHash("md5").update("n01").digest("hex")

/** Sends a request without a network, and gives the number of bytes of the answer. */
const send = (hcp: HcpSystem.HcpSystem, method: string, target: string) =>
  Effect.gen(function* () {
    const response = yield* hcp.gateway.handle({
      method,
      target,
      host: "n1.t1.hcp1.example.com",
      headers: { authorization: `HCP ${btoa("n")}:${digest}` },
      body: method === "PUT" ? Stream.succeed(body) : Stream.empty,
      node: "127.0.11.1",
      listener: "data",
      secure: true
    })
    if (response.status >= 300) return yield* Effect.die(`${method} ${target} is answered with ${response.status}`)
    return response.body._tag === "Stream"
      ? yield* Stream.runFold(
          Stream.orDie(response.body.stream),
          () => 0,
          (bytes, piece) => bytes + piece.length
        )
      : 0
  })

/** The log of a system that was given all these objects, made of what it says of one. */
const fill = Effect.gen(function* () {
  yield* Effect.scoped(Effect.flatMap(start, (hcp) => send(hcp, "PUT", "/rest/many/object-00000000")))
  const line = Fs.readFileSync(log, "utf8").split("\n").at(-2) ?? ""
  const id = Number(/"id":(\d+)/.exec(line)?.[1])
  const fd = Fs.openSync(log, "w")
  for (let index = 0; index < Number(count); ) {
    let batch = ""
    for (const end = Math.min(Number(count), index + 2000); index < end; index++) {
      const random = Crypto.randomBytes(48).toString("hex")
      batch += `${line
        .replace("00000000", String(index).padStart(8, "0"))
        .replace(/"id":\d+/, `"id":${id + 64 * index}`)
        .replace(/"blob":"[^"]*"/, `"blob":"${random.slice(0, 32)}"`)
        .replace(/"hash":"[^"]*"/, `"hash":"${random.slice(32).toUpperCase()}"`)}\n`
    }
    Fs.writeSync(fd, batch)
  }
  Fs.closeSync(fd)
  const filled: Filled = { bytes: Fs.statSync(log).size }
  process.send?.(filled)
})

const memory = () => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  return { heapUsed, rss }
}

const calls = 2_000

/** Microseconds of work for one of many requests. */
const costOf = (request: (index: number) => Effect.Effect<unknown>) =>
  Effect.gen(function* () {
    for (let index = 0; index < calls; index++) yield* request(index)
    const before = process.cpuUsage()
    for (let index = calls; index < 2 * calls; index++) yield* request(index)
    const { system, user } = process.cpuUsage(before)
    return (system + user) / calls
  })

const measure = Effect.gen(function* () {
  const before = memory()
  const begun = performance.now()
  const cpu = process.cpuUsage()
  const hcp = yield* start
  const startMillis = performance.now() - begun
  const { system, user } = process.cpuUsage(cpu)
  const after = memory()
  const listed = performance.now()
  const listing = yield* send(hcp, "GET", "/rest/many")
  const listMillis = performance.now() - listed
  const putMicros = yield* costOf((index) => send(hcp, "PUT", `/rest/many/new-${index}`))
  const getMicros = yield* costOf((index) => send(hcp, "GET", `/rest/many/new-${index}`))
  const deleteMicros = yield* costOf((index) => send(hcp, "DELETE", `/rest/many/new-${index}`))
  const found: Crowded = {
    objects: Number(count),
    startMillis,
    startCpuMillis: (system + user) / 1000,
    heapEach: (after.heapUsed - before.heapUsed) / Number(count),
    residentEach: (after.rss - before.rss) / Number(count),
    listBytes: listing,
    listMillis,
    putMicros,
    getMicros,
    deleteMicros
  }
  process.send?.(found)
}).pipe(Effect.scoped)

Effect.runPromise(what === "fill" ? fill : measure).then(
  () => process.disconnect(),
  (error) => {
    process.stderr.write(`${error}\n`)
    process.exit(1)
  }
)
