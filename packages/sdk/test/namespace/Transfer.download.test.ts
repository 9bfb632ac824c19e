import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { BodyTooLarge, HcpError } from "../../src/HcpError.ts"
import { draftName, thisProcess } from "../../src/namespace/internal/draftName.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import * as Transfer from "../../src/namespace/Transfer.ts"
import { makeNamespace, objectOf, requests } from "../utils/namespaces.ts"
import { answer } from "../utils/ScriptedNodes.ts"
import { synced } from "../utils/synced.ts"
import { down, entry, fileEntry, filesIn, fill, holding, provide, shown, temporary } from "../utils/transfers.ts"

/** An object that has grown since it was listed: it is read as a stream, whatever size it was said to have. */
const grown: Namespace.Shape["get"] = () =>
  Effect.fail(new HcpError({ operation: "GET", reason: new BodyTooLarge({ limit: 1 }) }))

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

  const many = Array.from({ length: 300 }, (_, n) => `d${n % 3}/f${n}`)

  const holdingMany = () => {
    const texts = Object.fromEntries(many.map((name) => [`/rest/t/${name}`, `text of ${name}`]))
    const listing = (folder: string) =>
      many
        .filter((name) => name.startsWith(`${folder}/`))
        .map((name) => fileEntry(name.slice(3), `text of ${name}`))
        .join("")
    return holding(texts, {
      "/rest/t": ["d0", "d1", "d2"].map((name) => entry("directory", name)).join(""),
      "/rest/t/d0": listing("d0"),
      "/rest/t/d1": listing("d1"),
      "/rest/t/d2": listing("d2")
    })
  }

  it.effect("leaves no half file of many small ones when nobody wants more of them", () =>
    Effect.gen(function* () {
      for (const wanted of [90, 150, 210]) {
        const folder = yield* temporary
        yield* Transfer.download("/t", folder).pipe(Stream.take(wanted), Stream.runDrain, provide(holdingMany()))
        const found = Object.entries(filesIn(folder))
        assert.isAtLeast(found.length, wanted)
        for (const [name, text] of found) assert.strictEqual(text, `text of ${name}`)
      }
    })
  )

  it.effect("brings many small files as it brings few, and leaves what appears meanwhile", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      // Somebody else writes the last one.
      const onProgress = ({ files }: Transfer.Progress) =>
        files === 1 ? fill(folder, { "d2/f299": "own" }) : Effect.void
      const outcomes = shown(yield* down(folder, holdingMany(), { onProgress }))
      assert.strictEqual(outcomes.filter((each) => each.startsWith("Fetched ")).length, 299)
      assert.include(outcomes, "Failed d2/f299 Exists")
      assert.deepStrictEqual(
        filesIn(folder),
        Object.fromEntries(many.map((name) => [name, name === "d2/f299" ? "own" : `text of ${name}`]))
      )
    })
  )

  it.effect("writes what is small only where all of its bytes came, and no more, and where nothing has appeared", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const own = yield* makeNamespace(holding({ "/rest/t/a": "four" }, { "/rest/t": fileEntry("a", "four") }))
      const four = yield* own.get("/t/a")
      const got = (bytes: string, before: Effect.Effect<void> = Effect.void) =>
        Transfer.download("/t", folder).pipe(
          Stream.runCollect,
          Effect.provideService(Namespace.Namespace, {
            ...own,
            get: () =>
              Effect.as(before, { metadata: four.metadata, range: undefined, text: bytes, bytes: Buffer.from(bytes) }),
            open: () => Effect.die("a stream")
          })
        )
      const wrong: ReadonlyArray<readonly [bytes: string, message: RegExp]> = [
        ["fo", /2 of 4 bytes/],
        ["fourth", /more bytes came than the 4 that HCP says/]
      ]
      for (const [bytes, message] of wrong) {
        const [only] = yield* got(bytes)
        assert(only?._tag === "Failed" && only.error._tag === "HcpError")
        assert.match(only.error.message, message)
        assert.deepStrictEqual(fs.readdirSync(folder), [])
      }
      assert.deepStrictEqual(shown(yield* got("four", fill(folder, { a: "own" }))), ["Failed a Exists"])
      assert.deepStrictEqual(filesIn(folder), { a: "own" })
      yield* Effect.sync(() => fs.rmSync(path.join(folder, "a")))
      // As a second run does, at the same time.
      assert.deepStrictEqual(shown(yield* got("four", fill(folder, { a: "four" }))), ["Skipped a same"])
      assert.deepStrictEqual(filesIn(folder), { a: "four" })
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
        Effect.provideService(Namespace.Namespace, { ...ns, get: grown, open })
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
        get: grown,
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
      const ns = { ...own, get: grown, open: () => Effect.succeed({ metadata, range: undefined, stream: appears }) }
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
