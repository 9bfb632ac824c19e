import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { CannotConnect, Forbidden, HcpError } from "../../src/HcpError.ts"
import * as Annotation from "../../src/namespace/Annotation.ts"
import { draftName, thisProcess } from "../../src/namespace/internal/draftName.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import * as Transfer from "../../src/namespace/Transfer.ts"
import type * as Transport from "../../src/Transport.ts"
import { bodyOf, created, makeNamespace, requests } from "../utils/namespaces.ts"
import { always, answer } from "../utils/ScriptedNodes.ts"
import { fill, holding, provide, shown, temporary, up } from "../utils/transfers.ts"

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
      assert.deepStrictEqual(objects["/rest/t/a"], "own")
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

  it.effect("asks an effect how each file is stored, and its failure is that of this file alone", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* fill(folder, { a: "one", b: "two", c: "three" })
      const Origin = Annotation.xml("origin", Schema.Struct({ "@file": Schema.String }))
      const objects: Record<string, string> = {}
      let stored = ""
      // HCP says the hash of the data alone.
      const annotated = (request: Transport.WireRequest) =>
        Effect.map(bodyOf(request), (body) => {
          stored = body.toString()
          return created("one")
        })
      const outcomes = yield* up(folder, holding(objects, {}, { "PUT /rest/t/a": annotated }), {
        put: ({ name }) =>
          name === "c"
            ? Effect.succeed(undefined)
            : Origin.encode({ "@file": name === "b" ? "\u0000" : "a & b" }).pipe(
                Effect.map((content) => ({ annotation: { name: "origin", content } }))
              )
      })
      assert.deepStrictEqual(shown(outcomes), ["Failed b InvalidInput", "Stored a", "Stored c"])
      assert.deepStrictEqual(objects, { "/rest/t/c": "three" })
      assert.match(stored, /^one.*<origin file="a &amp; b"/s)
    })
  )

  it.effect("stores nothing of a file for which the function gives no options, such as a promise", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* fill(folder, { a: "one" })
      const objects: Record<string, string> = {}
      const given: ReadonlyArray<unknown> = [Promise.resolve({ index: true }), { retentoin: "A+10y" }, "index"]
      for (const one of given) {
        const options: Transfer.UploadOptions = JSON.parse("{}")
        Object.assign(options, { put: () => one })
        assert.deepStrictEqual(shown(yield* up(folder, holding(objects), options)), ["Failed a InvalidInput"])
      }
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

  it.effect("says of each file that was stored that it has all bytes, and nothing of one that was not", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* fill(folder, { large: "x".repeat(700_000), small: "abc", same: "z", other: "y" })
      const seen: Array<string> = []
      yield* up(folder, holding({ "/rest/t/same": "z", "/rest/t/other": "x" }), {
        concurrency: 1,
        onEntryProgress: ({ name }, { total, transferred }) =>
          Effect.sync(() => seen.push(`${name} ${transferred}/${total}`))
      })
      const ofLarge = seen.filter((each) => each.startsWith("large"))
      assert.strictEqual(ofLarge.at(-1), "large 700000/700000")
      assert.isAbove(ofLarge.length, 1)
      assert.deepStrictEqual(
        seen.filter((each) => !each.startsWith("large")),
        ["small 3/3"]
      )
    })
  )

  it.effect("fails for what cannot be begun", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const gone = yield* Effect.flip(up(path.join(folder, "none"), holding({})))
      assert(gone._tag === "LocalError" && gone.reason === "NotFound")
      const bad = Transfer.upload(folder, "t").pipe(Stream.runDrain, Effect.flip, provide(holding({})))
      assert.strictEqual((yield* bad)._tag, "HcpError")
      for (const transfer of [
        Stream.runDrain(Transfer.upload(folder, "/t", { concurrency: 0 })),
        Stream.runDrain(Transfer.download("/t", folder, { concurrency: 1.5 }))
      ]) {
        const error = yield* transfer.pipe(Effect.flip, provide(holding({})))
        assert.include(error.message, "concurrency: is ")
      }
    })
  )
})
