import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { CannotConnect, Forbidden, HcpError } from "../../src/HcpError.ts"
import { draftName, thisProcess } from "../../src/namespace/internal/draftName.ts"
import { folded, problemOf } from "../../src/namespace/internal/transferNames.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import * as Transfer from "../../src/namespace/Transfer.ts"
import type * as Transport from "../../src/Transport.ts"
import { bodyOf, created, digest, directory, makeNamespace, objectOf, requests } from "../utils/namespaces.ts"
import { always, answer, type ScriptedNodes, type Step } from "../utils/ScriptedNodes.ts"
import { synced } from "../utils/synced.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "transfer-")))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

/** Writes files below a folder; a name that ends with a slash is a folder. */
const fill = (folder: string, files: Readonly<Record<string, string>>) =>
  Effect.sync(() => {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(folder, name)
      fs.mkdirSync(name.endsWith("/") ? file : path.dirname(file), { recursive: true })
      if (!name.endsWith("/")) fs.writeFileSync(file, text)
    }
  })

/** Every file below a folder, with its text. */
const filesIn = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const file = path.join(entry.parentPath, entry.name)
        return [path.relative(folder, file), fs.readFileSync(file, "utf8")]
      })
  )

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")

const fileEntry = (name: string, text: string) =>
  `<entry urlName="${encodeURIComponent(name)}" utf8Name="${escaped(name)}" type="object" size="${Buffer.byteLength(text)}" hashScheme="SHA-256" hash="${digest("sha256", text)}" state="created"/>`

const entry = (type: string, name: string) =>
  `<entry urlName="${encodeURIComponent(name)}" utf8Name="${escaped(name)}" type="${type}" symlinkTarget="x" state="created"/>`

/** Nodes that hold these objects and listings, by the path on the wire, and keep what is stored. */
const holding = (
  objects: Record<string, string>,
  listings: Readonly<Record<string, string>> = {},
  steps: Readonly<Record<string, Step>> = {}
): ScriptedNodes =>
  always((request: Transport.WireRequest) =>
    Effect.gen(function* () {
      const [name = ""] = request.path.split("?")
      const step = steps[`${request.method} ${name}`]
      if (typeof step === "function") return yield* step(request)
      if (step !== undefined) return yield* "_tag" in step ? Effect.fail(step) : Effect.succeed(step)
      const listing = listings[name]
      if (listing !== undefined) {
        return answer(200, directory, `<?xml version="1.0"?><directory path="${name}">${listing}</directory>`)
      }
      if (request.method === "PUT") {
        const text = (yield* bodyOf(request)).toString()
        if (objects[name] !== undefined) return answer(412)
        objects[name] = text
        return created(text)
      }
      const text = objects[name]
      if (text === undefined) return answer(404)
      return answer(200, objectOf(text), request.method === "GET" ? text : undefined)
    })
  )

const provide =
  (nodes: ScriptedNodes) =>
  <A, E>(effect: Effect.Effect<A, E, Namespace.Namespace>) =>
    Effect.flatMap(makeNamespace(nodes), (ns) => Effect.provideService(effect, Namespace.Namespace, ns))

const shown = (outcomes: ReadonlyArray<Transfer.Outcome>) =>
  outcomes
    .map((one) => {
      const why =
        one._tag === "Failed"
          ? ` ${one.error._tag === "HcpError" ? one.error.reason._tag : one.error.reason}`
          : one._tag === "Skipped"
            ? ` ${one.reason}`
            : ""
      return `${one._tag} ${one.name}${why}`
    })
    .sort()

const up = (folder: string, nodes: ScriptedNodes, options?: Transfer.UploadOptions) =>
  provide(nodes)(Stream.runCollect(Transfer.upload(folder, "/t", options)))

const down = (folder: string, nodes: ScriptedNodes, options?: Transfer.DownloadOptions) =>
  provide(nodes)(Stream.runCollect(Transfer.download("/t", folder, options)))

const isRoot = process.getuid?.() === 0

describe("upload", () => {
  it.effect("stores every file once, skips what is there with the same bytes, and overwrites nothing", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* fill(folder, { a: "one", "d/b c": "two", "d/e/\u00fc": "three", "empty/": "" })
      const objects: Record<string, string> = {}
      const first = yield* up(folder, holding(objects))
      assert.deepStrictEqual(shown(first), ["Stored a", "Stored d/b c", "Stored d/e/\u00fc"])
      assert.deepStrictEqual(objects, { "/rest/t/a": "one", "/rest/t/d/b%20c": "two", "/rest/t/d/e/%C3%BC": "three" })
      objects["/rest/t/a"] = "own"
      const again = holding(objects)
      assert.deepStrictEqual(shown(yield* up(folder, again)), [
        "Failed a ObjectExists",
        "Skipped d/b c same",
        "Skipped d/e/\u00fc same"
      ])
      assert.isTrue(requests(again).every((request) => request.startsWith("HEAD")))
      assert.deepStrictEqual(yield* Transfer.count(Stream.fromIterable(first)), {
        stored: 3,
        fetched: 0,
        made: 0,
        planned: 0,
        skipped: 0,
        failed: 0,
        bytes: 11
      })
    })
  )

  it.effect("goes on after a failure, unless it shall not", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* fill(folder, { a: "1", ".directory-metadata": "2", b: "3", "bad\ud800": "4" })
      const nodes = holding({}, {}, { "PUT /rest/t/b": answer(413) })
      const outcomes = yield* up(folder, nodes)
      assert.deepInclude(shown(outcomes), "Stored a")
      assert.deepInclude(shown(outcomes), "Failed b TooLarge")
      assert.deepInclude(shown(outcomes), "Failed .directory-metadata InvalidInput")
      assert.strictEqual(outcomes.length, 4)
      const seen: Array<Transfer.Outcome> = []
      const stopped = Transfer.upload(folder, "/t", { stopOnFailure: true, concurrency: 1 }).pipe(
        Stream.tap((one) => Effect.sync(() => seen.push(one))),
        Stream.runDrain,
        Effect.flip,
        provide(holding({}, {}, { "HEAD /rest/t/a": answer(400), "HEAD /rest/t/b": answer(400) }))
      )
      const error = yield* stopped
      const last = seen.at(-1)
      assert(last?._tag === "Failed")
      assert.strictEqual(last.error, error)
      assert.isBelow(seen.length, 4)
    })
  )

  it.effect("stops where every file would fail: a wrong password is not tried for each of them", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* fill(folder, Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`${n}`, "x"])))
      const shut = always(answer(403))
      const refused = yield* Effect.flip(up(folder, shut, { concurrency: 2 }))
      assert(refused._tag === "HcpError" && refused.reason._tag === "Forbidden")
      assert.isBelow(shut.calls.length, 10)
      const ns = yield* makeNamespace(holding({}))
      const failing = (answers: ReadonlyArray<HcpError["reason"] | undefined>, systemDown: boolean) => {
        const steps = [...answers]
        const put: Namespace.Shape["put"] = (path, body, options) => {
          const reason = steps.shift()
          return reason === undefined
            ? ns.put(path, body, options)
            : Effect.fail(new HcpError({ operation: "PUT", path, reason, systemDown }))
        }
        return Transfer.upload(folder, "/t", { concurrency: 1 }).pipe(
          Stream.runCollect,
          Effect.provideService(Namespace.Namespace, { ...ns, put })
        )
      }
      const lost = new CannotConnect({ address: "192.0.2.1", port: 443, code: "ECONNREFUSED" })
      const error = yield* Effect.flip(failing([undefined, lost], true))
      assert(error._tag === "HcpError" && error.reason === lost)
      // Of one file only: the system is up, and HCP has allowed something before.
      const outcomes = yield* failing([undefined, lost, new Forbidden({ status: 403 })], false)
      assert.deepStrictEqual((yield* Transfer.count(Stream.fromIterable(outcomes))).failed, 2)
      assert.strictEqual(outcomes.length, 50)
    })
  )

  it.effect("leaves links and pipes out, or follows links, but never round and round", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const other = yield* temporary
      yield* fill(folder, { "d/a": "one" })
      yield* fill(other, { b: "two" })
      yield* Effect.sync(() => {
        fs.symlinkSync(path.join(other, "b"), path.join(folder, "file"))
        fs.symlinkSync(other, path.join(folder, "folder"))
        fs.symlinkSync(folder, path.join(folder, "d", "loop"))
        fs.symlinkSync("nowhere", path.join(folder, "dangling"))
      })
      const links = ["d/loop", "dangling", "file", "folder"].map((name) => `Skipped ${name} symlink`)
      assert.deepStrictEqual(shown(yield* up(folder, holding({}))), [...links, "Stored d/a"])
      assert.deepStrictEqual(shown(yield* up(folder, holding({}), { symlinks: "follow" })), [
        "Failed dangling NotFound",
        "Skipped d/loop symlink",
        "Stored d/a",
        "Stored file",
        "Stored folder/b"
      ])
    })
  )

  it.effect("sends the file that was found, and nothing that has taken its place meanwhile", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const secret = yield* temporary
      yield* fill(secret, { key: "secret", "d/c": "secret" })
      yield* fill(folder, { a: "harmless", b: "harmless", "d/c": "harmless" })
      const objects: Record<string, string> = {}
      const swap = (from: string, to: string) => {
        fs.renameSync(to, `${to}.away`)
        fs.symlinkSync(from, to)
      }
      const swapped = new Map([
        ["a", () => swap(path.join(secret, "key"), path.join(folder, "a"))],
        ["b", () => fs.renameSync(path.join(secret, "key"), path.join(folder, "b"))],
        ["d/c", () => swap(path.join(secret, "d"), path.join(folder, "d"))]
      ])
      const outcomes = yield* up(folder, holding(objects), {
        concurrency: 1,
        put: ({ name }) => {
          swapped.get(name)?.()
          return {}
        }
      })
      assert.deepStrictEqual(shown(outcomes), [
        "Failed a BodySourceFailed",
        "Failed b BodySourceFailed",
        "Failed d/c BodySourceFailed"
      ])
      assert.deepStrictEqual(objects, {})
    })
  )

  it.effect("goes into no link that has taken the place of a folder", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const secret = yield* temporary
      yield* fill(secret, { key: "secret" })
      yield* fill(folder, { a: "one", "d/b": "two" })
      const objects: Record<string, string> = {}
      const outcomes = yield* up(folder, holding(objects), {
        include: ({ kind, local }) => {
          if (kind === "folder") {
            fs.renameSync(local, `${local}.away`)
            fs.symlinkSync(secret, local)
          }
          return true
        }
      })
      assert.deepStrictEqual(shown(outcomes), ["Failed d ThroughSymlink", "Stored a"])
      assert.deepStrictEqual(objects, { "/rest/t/a": "one" })
    })
  )

  it.effect("stores no draft of a download, only what looks like one", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const draft = draftName(yield* thisProcess)
      yield* fill(folder, { [`d/${draft}`]: "half", ".hcp-0123456789abcdef.part": "whole" })
      const objects: Record<string, string> = {}
      assert.deepStrictEqual(shown(yield* up(folder, holding(objects))), [
        `Skipped d/${draft} draft`,
        "Stored .hcp-0123456789abcdef.part"
      ])
      assert.deepStrictEqual(Object.values(objects), ["whole"])
    })
  )

  it.effect.skipIf(isRoot)("says what cannot be read, and goes on", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* fill(folder, { a: "one", secret: "two", "shut/b": "three" })
      yield* Effect.sync(() => {
        fs.chmodSync(path.join(folder, "secret"), 0)
        fs.chmodSync(path.join(folder, "shut"), 0)
      })
      assert.deepStrictEqual(shown(yield* up(folder, holding({}))), [
        "Failed secret BodySourceFailed",
        "Failed shut NoPermission",
        "Stored a"
      ])
      yield* Effect.sync(() => fs.chmodSync(path.join(folder, "shut"), 0o700))
    })
  )

  it.effect("plans without storing, keeps empty folders, filters, and gives each file its options", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* fill(folder, { a: "one", b: "two", c: "three", "empty/": "", "out/d": "four" })
      const nodes = holding({ "/rest/t/a": "one", "/rest/t/b": "own" })
      const include = ({ name }: Transfer.Entry) => name !== "out"
      assert.deepStrictEqual(shown(yield* up(folder, nodes, { plan: true, emptyFolders: true, include })), [
        "Failed b ObjectExists",
        "Planned c",
        "Planned empty",
        "Skipped a same"
      ])
      assert.isTrue(requests(nodes).every((request) => request.startsWith("HEAD")))
      const made = holding({}, {}, { "PUT /rest/t/empty": answer(201) })
      const put = ({ name }: Transfer.Entry) => (name === "a" ? { index: true } : undefined)
      assert.include(shown(yield* up(folder, made, { emptyFolders: true, include, put })), "Made empty")
      assert.include(requests(made), "PUT /rest/t/a?index=true")
      assert.include(requests(made), "PUT /rest/t/b")
      assert.include(requests(made), "PUT /rest/t/empty?type=directory")
    })
  )

  it.effect("reports progress that never goes back and ends with everything", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* fill(folder, { a: "x".repeat(700_000), b: "y".repeat(10), c: "z" })
      const seen: Array<Transfer.Progress> = []
      const onProgress: Transfer.OnProgress = (progress) => Effect.sync(() => seen.push(progress))
      yield* up(folder, holding({ "/rest/t/b": "other", "/rest/t/c": "z" }), { onProgress })
      assert.deepStrictEqual(seen.at(-1), { transferred: 700_011, total: 700_011, files: 3, totalFiles: 3 })
      assert.isTrue(seen.every(({ total, transferred }) => total === undefined || transferred <= total))
      assert.isAbove(seen.length, 3)
      for (const [n, { files, transferred }] of seen.entries()) {
        const before = seen[n - 1]
        assert.isTrue(before === undefined || (before.transferred <= transferred && before.files <= files))
      }
    })
  )

  it.effect("fails for what cannot be begun", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const gone = yield* Effect.flip(up(path.join(folder, "none"), holding({})))
      assert(gone._tag === "LocalError" && gone.reason === "NotFound")
      const bad = Transfer.upload(folder, "t").pipe(Stream.runDrain, Effect.flip, provide(holding({})))
      assert.strictEqual((yield* bad)._tag, "HcpError")
      assert.throws(() => Transfer.upload(folder, "/t", { concurrency: 0 }), RangeError)
      assert.throws(() => Transfer.download("/t", folder, { concurrency: 1.5 }), RangeError)
    })
  )
})

describe("download", () => {
  it.effect.skipIf(process.platform !== "linux")("waits with `sync` for files and the folders above them", () =>
    Effect.gen(function* () {
      const above = yield* temporary
      const root = path.join(above, "x", "home")
      const nodes = holding(
        { "/rest/t/d/f": "text" },
        { "/rest/t": entry("directory", "d"), "/rest/t/d": fileEntry("f", "text") }
      )
      const fetched = yield* synced(down(root, nodes, { sync: true }))
      const at = (...names: ReadonlyArray<string>) => path.join(above, ...names)
      const folders: ReadonlyArray<readonly [string, string]> = [
        [at("x", "home", "d"), "f"],
        [at("x", "home"), "d"]
      ]
      assert.deepStrictEqual(fetched.slice(0, 2), [
        [at("x"), "home"],
        [above, "x"]
      ])
      assert.strictEqual(fetched[2]?.[1], "text")
      assert.deepStrictEqual(fetched.slice(3), folders)
      // A run that was ended may not have waited for it.
      const again = yield* synced(down(root, nodes, { sync: true }))
      assert.deepStrictEqual(again, [[at("x", "home", "d", "f"), "text"], ...folders])
      assert.deepStrictEqual(yield* synced(down(root, nodes, { sync: true, plan: true })), [])
      assert.deepStrictEqual(yield* synced(down(root, nodes)), [])
    }).pipe(Effect.scoped)
  )

  const objects = { "/rest/t/a": "one", "/rest/t/d/b%20c": "two" }
  const listings = {
    "/rest/t": fileEntry("a", "one") + entry("directory", "d") + entry("symlink", "l") + entry("directory", "e"),
    "/rest/t/d": fileEntry("b c", "two"),
    "/rest/t/e": entry("directory", "f"),
    "/rest/t/e/f": ""
  }

  it.effect("brings every object, skips what is there, and replaces nothing unless it is told to", () =>
    Effect.gen(function* () {
      const folder = path.join(yield* temporary, "new")
      const first = yield* down(folder, holding(objects, listings))
      assert.deepStrictEqual(shown(first), ["Fetched a", "Fetched d/b c", "Skipped l symlink"])
      assert.deepStrictEqual(filesIn(folder), { a: "one", "d/b c": "two" })
      assert.isFalse(fs.existsSync(path.join(folder, "e")))
      yield* fill(folder, { a: "own" })
      const again = holding(objects, listings)
      assert.deepStrictEqual(shown(yield* down(folder, again)), [
        "Failed a Exists",
        "Skipped d/b c same",
        "Skipped l symlink"
      ])
      assert.notInclude(requests(again), "GET /rest/t/d/b%20c")
      assert.strictEqual(filesIn(folder).a, "own")
      const replaced = yield* down(folder, holding(objects, listings), { ifExists: "replace", emptyFolders: true })
      assert.deepStrictEqual(shown(replaced), ["Fetched a", "Made e/f", "Skipped d/b c same", "Skipped l symlink"])
      assert.deepStrictEqual(filesIn(folder), { a: "one", "d/b c": "two" })
      assert.isTrue(fs.statSync(path.join(folder, "e", "f")).isDirectory())
    })
  )

  it.effect("ends at the first byte beyond the size that HCP says", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      let sent = 0
      const endless = Stream.fromEffectRepeat(
        Effect.sync(() => {
          sent++
          return Buffer.alloc(1000, "x")
        })
      ).pipe(Stream.take(1000))
      const ns = yield* makeNamespace(holding({ "/rest/t/a": "four" }, { "/rest/t": fileEntry("a", "four") }))
      const open: Namespace.Shape["open"] = (path, options) =>
        Effect.map(ns.open(path, options), (object) => ({ ...object, stream: endless }))
      const [only] = yield* Transfer.download("/t", folder).pipe(
        Stream.runCollect,
        Effect.provideService(Namespace.Namespace, { ...ns, open })
      )
      assert(only?._tag === "Failed" && only.error._tag === "HcpError")
      assert.match(only.error.message, /more bytes came than the 4 that HCP says/)
      assert.isBelow(sent, 10)
      assert.deepStrictEqual(fs.readdirSync(folder), [])
    })
  )

  it.effect("gives files the mode it is told, and removes what a killed run has left", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const own = yield* thisProcess
      const left = draftName({ ...own, start: String(Number(own.start) + 1) })
      const living = draftName(own)
      yield* fill(folder, { a: "one", [left]: "half", [`d/${left}`]: "half", [`d/${living}`]: "half" })
      const planned = yield* down(folder, holding(objects, listings), { plan: true })
      assert.deepStrictEqual(shown(planned), ["Planned d/b c", "Skipped a same", "Skipped l symlink"])
      assert.isTrue(fs.existsSync(path.join(folder, left)))
      yield* down(folder, holding(objects, listings), { mode: 0o600 })
      assert.deepStrictEqual(Object.keys(filesIn(folder)).sort(), ["a", `d/${living}`, "d/b c"].sort())
      assert.strictEqual(fs.statSync(path.join(folder, "d", "b c")).mode & 0o777, 0o600)
    })
  )

  it.effect("never leaves the folder, whatever HCP calls its objects", () =>
    Effect.gen(function* () {
      const around = yield* temporary
      const folder = path.join(around, "in")
      const names = ["..", "../out", "/etc/passwd", "ok", "a\0b", "x/../../out"]
      const listing =
        names.map((name) => fileEntry(name, "evil").replaceAll("\0", "")).join("") + entry("directory", "..")
      const nodes = holding({ "/rest/t/ok": "evil" }, { "/rest/t": listing })
      const outcomes = yield* down(folder, nodes)
      assert.deepStrictEqual(
        shown(outcomes).filter((one) => one.startsWith("Fetched o")),
        ["Fetched ok"]
      )
      for (const one of outcomes) {
        if (one.name === "ok" || one.name === "ab") continue
        assert(one._tag === "Failed" && one.error._tag === "LocalError", one.name)
        assert.strictEqual(one.error.reason, "UnsafeName")
        assert.isTrue(one.local.startsWith(folder))
      }
      assert.deepStrictEqual(fs.readdirSync(around), ["in"])
      assert.deepStrictEqual(Object.keys(filesIn(around)), ["in/ok"])
    })
  )

  it.effect("writes through no link in the folder", () =>
    Effect.gen(function* () {
      const outside = yield* temporary
      const folder = yield* temporary
      yield* fill(outside, { victim: "safe" })
      yield* Effect.sync(() => {
        fs.symlinkSync(outside, path.join(folder, "d"))
        fs.symlinkSync(path.join(outside, "victim"), path.join(folder, "a"))
      })
      for (const ifExists of ["skip", "replace", "fail"] as const) {
        const outcomes = yield* down(folder, holding(objects, listings), { ifExists })
        assert.deepStrictEqual(shown(outcomes).slice(0, 2), ["Failed a ThroughSymlink", "Failed d/b c ThroughSymlink"])
      }
      yield* Effect.sync(() => {
        fs.rmSync(path.join(folder, "d"))
        fs.symlinkSync(path.join(outside, "made"), path.join(folder, "d"))
      })
      const dangling = yield* down(folder, holding(objects, listings))
      assert.include(shown(dangling), "Failed d/b c ThroughSymlink")
      assert.deepStrictEqual(filesIn(outside), { victim: "safe" })
      // The folder itself may be one: that is the user's own choice.
      const link = path.join(outside, "link")
      const target = yield* temporary
      yield* Effect.sync(() => fs.symlinkSync(target, link))
      assert.include(shown(yield* down(link, holding(objects, listings))), "Fetched d/b c")
    })
  )

  it.effect("shows no file that is not complete, and leaves nothing behind when it is interrupted", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const wrong = answer(200, objectOf("one"), "two")
      const outcomes = yield* down(folder, holding(objects, listings, { "GET /rest/t/a": wrong }))
      assert.include(shown(outcomes), "Failed a IntegrityError")
      assert.deepStrictEqual(Object.keys(filesIn(folder)), ["d/b c"])

      const begun = yield* Deferred.make<void>()
      const endless = Stream.concat(
        Stream.make(Buffer.from("on")),
        Stream.fromEffect(Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
      )
      const own = yield* makeNamespace(holding(objects, listings))
      const metadata = yield* own.head("/t/a")
      const ns = {
        ...own,
        open: () => Effect.succeed({ metadata, range: undefined, stream: endless })
      }
      const fiber = yield* Transfer.download("/t", folder).pipe(
        Stream.runDrain,
        Effect.provideService(Namespace.Namespace, ns),
        Effect.forkScoped
      )
      yield* Deferred.await(begun)
      assert.strictEqual(fs.readdirSync(folder).filter((name) => name.endsWith(".part")).length, 1)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(fs.readdirSync(folder), ["d"])
    })
  )

  it.effect("replaces no file that has appeared meanwhile, unless it is told to", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const own = yield* makeNamespace(holding(objects, listings))
      const metadata = yield* own.head("/t/a")
      const appears = Stream.fromEffect(Effect.as(fill(folder, { a: "own" }), Buffer.from("one")))
      const ns = { ...own, open: () => Effect.succeed({ metadata, range: undefined, stream: appears }) }
      const include = ({ name }: Transfer.Entry) => name === "a"
      const race = (ifExists: "skip" | "replace") =>
        Transfer.download("/t", folder, { ifExists, include }).pipe(
          Stream.runCollect,
          Effect.provideService(Namespace.Namespace, ns)
        )
      assert.deepStrictEqual(shown(yield* race("skip")), ["Failed a Exists"])
      assert.deepStrictEqual(filesIn(folder), { a: "own" })
      yield* Effect.sync(() => fs.rmSync(path.join(folder, "a")))
      assert.deepStrictEqual(shown(yield* race("replace")), ["Fetched a"])
      assert.deepStrictEqual(filesIn(folder), { a: "one" })
    })
  )

  it.effect("plans without writing, and says when the listing broke off, after what was found", () =>
    Effect.gen(function* () {
      const folder = path.join(yield* temporary, "none")
      const planned = yield* down(folder, holding(objects, listings), { plan: true, emptyFolders: true })
      assert.deepStrictEqual(shown(planned), ["Planned a", "Planned d/b c", "Planned e/f", "Skipped l symlink"])
      assert.isFalse(fs.existsSync(folder))
      const { "/rest/t/d": _, ...others } = listings
      const broken = holding(objects, others, { "GET /rest/t/d": answer(403) })
      const seen: Array<Transfer.Outcome> = []
      const error = yield* Transfer.download("/t", folder).pipe(
        Stream.tap((one) => Effect.sync(() => seen.push(one))),
        Stream.runDrain,
        Effect.flip,
        provide(broken)
      )
      assert(error._tag === "HcpError" && error.reason._tag === "Forbidden")
      assert.deepStrictEqual(shown(seen), ["Fetched a", "Skipped l symlink"])
    })
  )

  it.effect("counts an object that is larger by now than the listing said", () =>
    Effect.gen(function* () {
      const seen: Array<Transfer.Progress> = []
      const onProgress: Transfer.OnProgress = (progress) => Effect.sync(() => seen.push(progress))
      const nodes = holding({ "/rest/t/a": "longer" }, { "/rest/t": fileEntry("a", "one") })
      const [fetched] = yield* down(yield* temporary, nodes, { onProgress })
      assert.strictEqual(fetched?.size, 6)
      assert.deepStrictEqual(seen.at(-1), { transferred: 6, total: 6, files: 1, totalFiles: 1 })
    })
  )

  it.effect("tells which directories of any tree are empty", () =>
    Effect.gen(function* () {
      const tree = {
        "/rest/t": ["p", "q", "r", "s"].map((name) => entry("directory", name)).join(""),
        "/rest/t/p": "",
        "/rest/t/q": entry("directory", "u") + entry("directory", "v") + entry("directory", "w"),
        "/rest/t/q/u": "",
        "/rest/t/q/v": fileEntry("f", "x"),
        "/rest/t/q/w": "",
        "/rest/t/r": entry("directory", "y"),
        "/rest/t/r/y": "",
        "/rest/t/s": ""
      }
      const outcomes = yield* down(yield* temporary, holding({ "/rest/t/q/v/f": "x" }, tree), { emptyFolders: true })
      assert.deepStrictEqual(shown(outcomes), ["Fetched q/v/f", "Made p", "Made q/u", "Made q/w", "Made r/y", "Made s"])
    })
  )
})

describe("names", () => {
  it("refuses what would lead elsewhere, and on Windows what means something else there", () => {
    for (const name of ["", ".", "..", "a/b", "a\0b"]) assert.isDefined(problemOf(name, "posix"), name)
    for (const name of [
      "C:",
      "a\\b",
      "a:b",
      "NUL",
      "nul.txt",
      "COM1",
      "lpt\u00b9.x",
      "con .x",
      "x.",
      "x ",
      "a\tb",
      "what?"
    ]) {
      assert.isUndefined(problemOf(name, "posix"), name)
      assert.isDefined(problemOf(name, "windows"), name)
    }
    for (const name of ["console", "com", "nulls.txt", "a.b", ".hidden", "\u{1f989}"]) {
      assert.isUndefined(problemOf(name, "windows"), name)
    }
    assert.strictEqual(folded("E\u0301"), folded("\u00e9"))
  })
})
