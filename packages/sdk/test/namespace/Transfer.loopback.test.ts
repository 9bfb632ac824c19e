import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Context, Deferred, Effect, Fiber, Layer, Redacted, Stream } from "effect"
import * as Hcp from "../../src/Hcp.ts"
import * as HcpBody from "../../src/HcpBody.ts"
import { isDraftName } from "../../src/namespace/internal/draftName.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import * as Progress from "../../src/namespace/Progress.ts"
import * as Retention from "../../src/namespace/Retention.ts"
import * as Transfer from "../../src/namespace/Transfer.ts"

const domain = "hcp1.example.com"

/** A namespace over HTTPS, and the simulator behind it. */
const start = Effect.gen(function* () {
  const simulator = yield* Simulator.make({ systems: [{ domain, nodes: 2 }] })
  const layer = Namespace.layer.pipe(
    Layer.provide(
      Hcp.layer({
        fqdn: `n1.t1.${domain}`,
        port: simulator.systems[0].ports.https,
        tls: { ca: simulator.ca },
        resolver: { nameServers: [simulator.nameServer] },
        credentials: { username: "n", password: Redacted.make("n01") }
      })
    )
  )
  const ns = Context.get(yield* Layer.build(layer), Namespace.Namespace)
  return { faults: simulator.faults, node: simulator.systems[0].nodes[0], ns }
})

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "transfer-")))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

const names = [
  "a b",
  "a+b",
  "a%2Bb",
  "?#&=;",
  "'\"`",
  "ä",
  "e\u0301",
  "東京",
  "🦉",
  "back\\slash",
  "new\nline",
  " ",
  ".x"
]

const fill = (folder: string) =>
  Effect.sync(() => {
    for (const [n, name] of names.entries()) {
      fs.mkdirSync(path.join(folder, `d${n % 3}`, name), { recursive: true })
      fs.writeFileSync(path.join(folder, `d${n % 3}`, name, name), Buffer.alloc(n * 50_000, n))
    }
    fs.writeFileSync(path.join(folder, "large.bin"), Buffer.alloc(5_000_000, "large"))
    fs.mkdirSync(path.join(folder, "empty", "er"), { recursive: true })
  })

/** Every name below a folder, with the hash of the file. */
const snapshot = (folder: string) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name)
      const hash = entry.isFile() ? createHash("sha1").update(fs.readFileSync(file)).digest("hex") : "folder"
      return `${path.relative(folder, file)} ${hash}`
    })
    .sort()

const files = names.length + 1

describe("a folder", () => {
  it.live("goes up and comes down unchanged, and a second time nothing moves", () =>
    Effect.gen(function* () {
      const { ns } = yield* start
      const provided = Effect.provideService(Namespace.Namespace, ns)
      const from = yield* temporary
      const to = path.join(yield* temporary, "to")
      yield* fill(from)

      const upload = (options?: Transfer.UploadOptions) =>
        Transfer.count(Transfer.upload(from, "/up/", { emptyFolders: true, ...options })).pipe(provided)
      const planned = yield* upload({ plan: true })
      assert.deepInclude(planned, { planned: files + 1, failed: 0 })
      const events = yield* Progress.events((onProgress) => upload({ onProgress })).pipe(Stream.runCollect)
      const done = events.at(-1)
      assert(done?._tag === "Done")
      assert.deepInclude(done.value, { stored: files, made: 1, failed: 0, bytes: planned.bytes })
      assert.deepInclude(yield* upload(), { stored: 0, made: 0, skipped: files + 1, failed: 0, bytes: 0 })

      const seen: Array<Transfer.Progress> = []
      const download = Transfer.count(
        Transfer.download("/up", to, {
          emptyFolders: true,
          mtime: "created",
          onProgress: (progress) => Effect.sync(() => seen.push(progress))
        })
      ).pipe(provided)
      assert.deepInclude(yield* download, { fetched: files, made: 1, failed: 0, bytes: planned.bytes })
      assert.deepStrictEqual(snapshot(to), snapshot(from))
      const total = planned.bytes
      assert.deepStrictEqual(seen.at(-1), { transferred: total, total, files, totalFiles: files })
      const { createdAt } = yield* ns.head("/up/large.bin")
      assert.strictEqual(Math.trunc(fs.statSync(path.join(to, "large.bin")).mtimeMs), createdAt?.epochMilliseconds)
      assert.deepInclude(yield* download, { fetched: 0, made: 0, skipped: files + 1, failed: 0, bytes: 0 })
    })
  )

  it.live("is stored with what each file shall have", () =>
    Effect.gen(function* () {
      const { ns } = yield* start
      const from = yield* temporary
      yield* Effect.sync(() => {
        fs.writeFileSync(path.join(from, "kept.pdf"), "data")
        fs.writeFileSync(path.join(from, "kept.pdf.xml"), "<case id='1'/>")
      })
      const upload = Transfer.upload(from, "/", {
        include: ({ name }) => !name.endsWith(".xml"),
        put: (file) => ({
          retention: Retention.years(1),
          annotation: { name: "case", content: HcpBody.file(`${file.local}.xml`) }
        })
      }).pipe(Stream.runCollect, Effect.provideService(Namespace.Namespace, ns))
      assert.deepStrictEqual(
        (yield* upload).map(({ _tag, name }) => `${_tag} ${name}`),
        ["Stored kept.pdf"]
      )
      const metadata = yield* ns.head("/kept.pdf")
      assert.deepStrictEqual(metadata.annotations, [{ name: "case", size: 14 }])
      assert.match(metadata.retentionText ?? "", /^\d{4}-/)
      assert.strictEqual((yield* upload)[0]?._tag, "Skipped")
    })
  )

  it.live("comes down whole although a node is down, and an interruption leaves nothing half done", () =>
    Effect.gen(function* () {
      const { faults, node, ns } = yield* start
      const provided = Effect.provideService(Namespace.Namespace, ns)
      const from = yield* temporary
      const to = yield* temporary
      yield* fill(from)
      yield* Transfer.upload(from, "/up").pipe(Stream.runDrain, provided)
      yield* faults.add({ fault: "refuse", node })
      const counts = yield* Transfer.count(Transfer.download("/up", to)).pipe(provided)
      assert.deepInclude(counts, { fetched: files, failed: 0 })

      const again = yield* temporary
      const begun = yield* Deferred.make<void>()
      const fiber = yield* Transfer.download("/up", again, {
        include: ({ kind, name }) => kind === "folder" || name === "large.bin",
        onProgress: ({ transferred }) =>
          transferred > 1_000_000 ? Effect.andThen(Deferred.succeed(begun, undefined), Effect.never) : Effect.void
      }).pipe(Stream.runDrain, provided, Effect.forkScoped)
      yield* Deferred.await(begun)
      assert.isTrue(isDraftName(fs.readdirSync(again).join()))
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(fs.readdirSync(again), [])
    })
  )
})

describe("a large object", () => {
  it.live("comes in ranges from the nodes, in many pieces each, and is the same afterwards", () =>
    Effect.gen(function* () {
      const { ns } = yield* start
      const folder = yield* temporary
      const bytes = Buffer.alloc(66 * 1024 * 1024 + 5)
      for (let at = 0; at < bytes.length; at += 1000) bytes.writeUInt32BE(at, Math.min(at, bytes.length - 4))
      yield* ns.put("/large/object", HcpBody.bytes(bytes))
      const fetched = yield* Transfer.count(Transfer.download("/large", folder)).pipe(
        Effect.provideService(Namespace.Namespace, ns)
      )
      assert.deepStrictEqual([fetched.fetched, fetched.failed], [1, 0])
      assert.isTrue(fs.readFileSync(path.join(folder, "object")).equals(bytes))
      assert.deepStrictEqual(fs.readdirSync(folder), ["object"])
    })
  )
})
