import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as HcpBody from "../../../src/HcpBody.ts"
import * as DeleteTree from "../../../src/namespace/DeleteTree.ts"
import * as Contract from "../../utils/contract.ts"
import { digest, tagOf } from "../../utils/namespaces.ts"

const { text } = HcpBody

export const versions = (subject: Contract.Subject) =>
  Contract.suite(subject, "versions", (it) => {
    it.effect("stay readable through changes and deletions", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("versions")
        const path = "/dir/ä+b"
        const contents = ["one", "two", "three"]
        const ids = yield* Effect.forEach(contents, (content) =>
          Effect.map(
            ns.put(path, text(content), { ifExists: "newVersion" }),
            ({ metadata }) => metadata.versionId ?? ""
          )
        )
        assert.strictEqual(new Set(ids).size, 3)
        const listed = yield* Stream.runCollect(ns.versions(path))
        assert.sameDeepMembers(
          listed.map((version) => [version.versionId, version._tag === "Version" ? version.hash?.hex : ""]),
          ids.map((id, index) => [id, digest("sha256", contents[index] ?? "")])
        )
        assert.isTrue(listed.every((version) => version.path === path && version.name === "ä+b"))

        yield* ns.delete(path)
        assert.isFalse(yield* ns.exists(path))
        assert.strictEqual(yield* tagOf(ns.get(path)), "NotFound")
        assert.strictEqual(yield* tagOf(ns.delete(path)), "NotFound")
        assert.strictEqual(yield* tagOf(ns.modify(path, { index: false })), "NotFound")
        const texts = yield* Effect.forEach(ids, (versionId) =>
          Effect.map(ns.get(path, { versionId }), ({ text }) => text)
        )
        assert.deepStrictEqual(texts, contents)
        const all = yield* Stream.runCollect(ns.versions(path, { deleted: true }))
        const markers = all.filter(({ _tag }) => _tag === "DeleteMarker")
        assert.deepStrictEqual([all.length, markers.length], [4, 1])
        assert.strictEqual(yield* tagOf(ns.get(path, { versionId: markers[0]?.versionId })), "NotFound")

        // A new version after the deletion makes it live again.
        assert.strictEqual((yield* ns.put(path, text("four"))).outcome, "created")
        assert.strictEqual((yield* ns.get(path)).text, "four")
        assert.strictEqual((yield* Stream.runCollect(ns.versions(path, { deleted: true }))).length, 5)

        yield* ns.delete(path, { versionId: ids[0] })
        assert.strictEqual(yield* tagOf(ns.get(path, { versionId: ids[0] })), "NotFound")
        assert.strictEqual(yield* tagOf(ns.delete(path, { versionId: ids[0] })), "NotFound")
        yield* ns.delete(path, { purge: true })
        assert.strictEqual(yield* tagOf(ns.get(path, { versionId: ids[1] })), "NotFound")
        assert.strictEqual(yield* tagOf(Stream.runDrain(ns.versions(path, { deleted: true }))), "NotFound")
      })
    )

    it.effect("are refused where there are none", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        yield* ns.put("/unversioned/a", text("x"))
        assert.strictEqual(yield* tagOf(Stream.runDrain(ns.versions("/unversioned/a"))), "BadRequest")
        const { ns: versioned } = yield* Contract.open("versions")
        assert.strictEqual(yield* tagOf(Stream.runDrain(versioned.versions("/none"))), "NotFound")
        assert.strictEqual(yield* tagOf(versioned.get("/none", { versionId: "no id" })), "InvalidInput")
        yield* versioned.makeDirectory("/folder")
        assert.include(["IsADirectory", "BadRequest"], yield* tagOf(Stream.runDrain(versioned.versions("/folder"))))
        const purge = versioned.delete("/none", { purge: true, versionId: "1" })
        assert.strictEqual(yield* tagOf(purge), "InvalidInput")
      })
    )
  })

export const directories = (subject: Contract.Subject) =>
  Contract.suite(subject, "directories", (it) => {
    it.effect("tell everything of what is in them", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        const { metadata } = yield* ns.put("/list/object & <more>", text("data"), { index: false, hold: true })
        yield* ns.annotations.putXml("/list/object & <more>", "note", "<n/>")
        yield* ns.makeDirectory("/list/directory")
        const entries = yield* Stream.runCollect(ns.list("/list"))
        assert.sameMembers(
          entries.map(({ _tag, path }) => `${_tag} ${path}`),
          ["Object /list/object & <more>", "Directory /list/directory"]
        )
        const object = entries.find(({ _tag }) => _tag === "Object")
        assert(object?._tag === "Object")
        const known = yield* ns.head(object.path)
        assert.strictEqual(object.size, 4)
        assert.deepStrictEqual(object.hash, known.hash)
        assert.strictEqual(`"${object.etag}"`, known.etag)
        assert.strictEqual(object.versionId, metadata.versionId)
        assert.deepStrictEqual(object.createdAt, known.createdAt)
        assert.deepStrictEqual(object.changedAt, known.changedAt)
        assert.deepStrictEqual(object.retention, known.retention)
        assert.deepStrictEqual(object.annotations, known.annotations)
        assert.deepStrictEqual(
          [object.hold, object.index, object.shred, object.owner, object.state, object.urlName],
          [true, false, false, "n", "created", undefined]
        )
        assert.deepStrictEqual(yield* Stream.runCollect(ns.list("/list/directory/")), [])
        assert.strictEqual(yield* tagOf(Stream.runDrain(ns.list("/none"))), "NotFound")
        assert.strictEqual(yield* tagOf(Stream.runDrain(ns.list(object.path))), "NotADirectory")
      })
    )

    it.effect("show what was deleted to those who ask", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("versions")
        yield* ns.put("/gone/a", text("x"))
        yield* ns.put("/gone/b", text("x"))
        yield* ns.delete("/gone/a")
        const namesOf = (deleted: boolean) =>
          Effect.map(Stream.runCollect(ns.list("/gone", { deleted })), (entries) =>
            entries.map(({ name, state }) => `${name} ${state}`).sort()
          )
        assert.deepStrictEqual(yield* namesOf(false), ["b created"])
        assert.deepStrictEqual(yield* namesOf(true), ["a deleted", "b created"])
      })
    )

    it.effect("are walked to the bottom, and deleted with all that is in them but what is held", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        const paths = ["a", "b/a", "b/b/a", "b/b/c", "c ä/+/%/🦉", "d/e/f/g/h/i"].map((path) => `/tree/${path}`)
        yield* Effect.forEach(paths, (path) => ns.put(path, text("x")), { concurrency: 4 })
        const objectsOf = (entries: ReadonlyArray<{ readonly _tag: string; readonly path: string }>) =>
          entries.flatMap(({ _tag, path }) => (_tag === "Object" ? [path] : []))
        for (const concurrency of [1, 4]) {
          const walked = yield* Stream.runCollect(ns.walk("/tree", { concurrency }))
          assert.sameMembers(objectsOf(walked), paths)
          assert.strictEqual(walked.length, paths.length + 10)
        }
        assert.sameMembers(objectsOf(yield* Stream.runCollect(ns.walk("/tree", { maxDepth: 2 }))), [
          "/tree/a",
          "/tree/b/a"
        ])
        const shallow = ns.walk("/tree", { descend: ({ name }) => name !== "b" })
        assert.strictEqual(objectsOf(yield* Stream.runCollect(shallow)).length, 3)

        assert.strictEqual(yield* tagOf(ns.delete("/tree")), "DirectoryNotEmpty")
        yield* ns.modify("/tree/b/b/c", { hold: true })
        const outcomes = yield* Stream.runCollect(ns.deleteTree("/tree"))
        const failed = outcomes.flatMap((outcome) =>
          outcome._tag === "Failed" ? [`${outcome.path} ${outcome.error.reason._tag}`] : []
        )
        assert.sameMembers(failed, [
          "/tree/b/b/c OnHold",
          "/tree/b/b DirectoryNotEmpty",
          "/tree/b DirectoryNotEmpty",
          "/tree DirectoryNotEmpty"
        ])
        assert.deepStrictEqual(objectsOf(yield* Stream.runCollect(ns.walk("/tree"))), ["/tree/b/b/c"])
        yield* ns.modify("/tree/b/b/c", { hold: false })
        assert.deepStrictEqual(yield* DeleteTree.count(ns.deleteTree("/tree")), { deleted: 4, gone: 0, failed: 0 })
        assert.isFalse(yield* ns.exists("/tree"))
      })
    )
  })
