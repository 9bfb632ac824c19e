import { inflateRawSync } from "node:zlib"
import { assert, describe } from "@effect/vitest"
import { Deferred, Effect, Fiber, Schedule, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import * as HealthCheck from "../../src/mapi/HealthCheck.ts"
import * as Logs from "../../src/mapi/Logs.ts"
import type * as Package from "../../src/mapi/Package.ts"
import { first, inBothFormats, type Stage } from "./contract.ts"

/** The files of a zip archive, read by its central directory. */
const unzip = (zip: Buffer): ReadonlyMap<string, string> => {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06"))
  assert.isAtLeast(end, 0, "the end of the central directory")
  const files = new Map<string, string>()
  let at = zip.readUInt32LE(end + 16)
  for (let count = zip.readUInt16LE(end + 10); count > 0; count--) {
    assert.strictEqual(zip.readUInt32LE(at), 0x02014b50, "an entry of the central directory")
    const [method, packed, nameLength, extra, comment, local] = [
      zip.readUInt16LE(at + 10),
      zip.readUInt32LE(at + 20),
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt16LE(at + 32),
      zip.readUInt32LE(at + 42)
    ]
    const name = zip.toString("utf8", at + 46, at + 46 + nameLength)
    const data = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const bytes = zip.subarray(data, data + packed)
    files.set(name, (method === 8 ? inflateRawSync(bytes) : bytes).toString("utf8"))
    at += 46 + nameLength + extra + comment
  }
  return files
}

/** Looks often, and lets a minute pass after each look. */
const inTime = ({ pass }: Stage, seen: Array<string> = []): Package.CollectOptions => ({
  schedule: Schedule.spaced("5 millis"),
  onProgress: (progress) => {
    if (seen.at(-1) !== progress.phase) seen.push(progress.phase)
    return progress.phase === "preparing" ? pass("1 minute") : Effect.void
  }
})

const bytesOf = ({ stream }: Package.Download) => Effect.map(Stream.runCollect(stream), Buffer.concat)

describe("logs over the wire", () => {
  inBothFormats("a package is a zip of what the nodes were asked, and is gone when it was collected", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      const ns = yield* stage.namespace("n1.t1", "n", "n01")
      for (const name of ["a", "b", "c", "d"]) yield* ns.put(`/logged-${name}`, HcpBody.text("x"))
      yield* admin(Logs.mark("here & now"))
      const seen: Array<string> = []
      const { fileName, files } = yield* Effect.scoped(
        Effect.gen(function* () {
          const download = yield* admin(Logs.collect({ content: ["ACCESS"], ...inTime(stage, seen) }))
          assert.strictEqual(download.contentType, "application/zip")
          return { fileName: download.fileName, files: unzip(yield* bytesOf(download)) }
        })
      )
      assert.match(fileName, new RegExp(`^HCPLogs-admin\\.${first.replaceAll(".", "\\.")}-acc-\\d{8}-\\d{4}\\.zip$`))
      assert.deepStrictEqual(seen, ["preparing", "downloading", "done"])
      const folder = fileName.slice(0, -".zip".length)
      assert.match(files.get(`${folder}/manifest.csv`) ?? "", /^"Node IP"/)
      const text = [...files.values()].join("\n")
      for (const name of ["a", "b", "c", "d"]) assert.include(text, `/rest/logged-${name}`)
      assert.include(text, "here & now")
      assert.strictEqual((yield* admin(Logs.status))._tag, "Idle")
    })
  )

  inBothFormats("only the chosen nodes are in it", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      const ns = yield* stage.namespace("n1.t1", "n", "n01")
      for (const name of ["a", "b", "c", "d"]) yield* ns.put(`/${name}`, HcpBody.text("x"))
      const [{ nodes }] = stage.simulator.systems
      const [chosen, other = ""] = nodes
      const files = yield* Effect.scoped(
        Effect.flatMap(admin(Logs.collect({ nodes: [Logs.nodeNumber(chosen) ?? 0], ...inTime(stage) })), (download) =>
          Effect.map(bytesOf(download), unzip)
        )
      )
      const manifest = [...files].find(([name]) => name.endsWith("manifest.csv"))?.[1] ?? ""
      assert.include(manifest, `"${chosen}"`)
      assert.notInclude(manifest, `"${other}"`)
      const none = yield* Effect.flip(Effect.scoped(admin(Logs.collect({ nodes: [250], ...inTime(stage) }))))
      assert.match(none.message, /there is no node 250/)
      assert.strictEqual((yield* admin(Logs.status))._tag, "Idle", "a package that cannot be had is not left behind")
    })
  )

  inBothFormats("whoever is interrupted, or stops reading, leaves no package behind", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      const looked = yield* Deferred.make<void>()
      const collecting = yield* Effect.forkChild(
        Effect.scoped(
          admin(
            Logs.collect({
              schedule: Schedule.spaced("5 millis"),
              onProgress: () => Effect.asVoid(Deferred.succeed(looked, undefined))
            })
          )
        )
      )
      yield* Deferred.await(looked)
      assert.strictEqual((yield* admin(Logs.status))._tag, "Preparing")
      yield* Fiber.interrupt(collecting)
      assert.strictEqual((yield* admin(Logs.status))._tag, "Idle")

      yield* Effect.scoped(
        Effect.gen(function* () {
          const { stream } = yield* admin(Logs.collect(inTime(stage)))
          yield* Stream.runDrain(Stream.take(stream, 1))
        })
      )
      assert.strictEqual((yield* admin(Logs.status))._tag, "Idle")

      yield* Effect.scoped(
        Effect.flatMap(admin(Logs.collect({ ...inTime(stage), keep: true })), ({ stream }) => Stream.runDrain(stream))
      )
    })
  )

  inBothFormats("a package of somebody else is left alone, unless it is to be replaced", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      yield* admin(Logs.prepare())
      const busy = yield* Effect.flip(Effect.scoped(admin(Logs.collect(inTime(stage)))))
      assert.strictEqual(busy.reason._tag, "PackageBusy")
      assert.match(busy.message, /HCP says: A log download is already being prepared/)
      assert.strictEqual((yield* admin(Logs.status))._tag, "Preparing")
      const early = yield* Effect.flip(Effect.scoped(admin(Logs.download())))
      assert.match(early.message, /not ready for download/)
      const bytes = yield* Effect.scoped(
        Effect.flatMap(admin(Logs.collect({ ...inTime(stage), replace: true })), bytesOf)
      )
      assert.isAbove(unzip(bytes).size, 0)
      yield* admin(Logs.cancel)
    })
  )
})

describe("health check reports over the wire", () => {
  inBothFormats("a report is collected as logs are", (stage) =>
    Effect.gen(function* () {
      const admin = yield* stage.admin()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const download = yield* admin(HealthCheck.collect({ exactTime: "04:00", ...inTime(stage) }))
          assert.match(download.fileName, /\.zip$/)
          assert.isAbove(unzip(yield* bytesOf(download)).size, 0)
        })
      )
      assert.strictEqual((yield* admin(HealthCheck.status))._tag, "Idle")
    })
  )
})
