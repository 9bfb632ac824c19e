import { assert, describe, it } from "@effect/vitest"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import * as Retention from "@effect-hcp/sdk/Retention"
import type { Tree, TreeEntry, TreeSource } from "@effect-hcp/sdk/Tree"
import { DateTime, Effect, Layer, Stream } from "effect"
import * as BucketTree from "../src/BucketTree.ts"
import { type Answer, type Call, FakeUploads, md5, refusal, xml } from "./utils/FakeS3.ts"

interface Stored {
  readonly etag?: string
  readonly size?: number
  readonly contentType?: string
  readonly at?: string
}

const simple = "0".repeat(32)

/** A bucket with these keys, percent-encoded, that keeps versions or not, and what it was asked. */
const bucketOf = (
  keys: Readonly<Record<string, Stored>>,
  versioning: "Enabled" | "Suspended" | "AccessDenied" = "Enabled",
  before: (call: Call) => Answer | undefined = () => undefined
) => {
  const server = new FakeUploads()
  const listed = (key: string, { at = "2026-01-02T03:04:05.000Z", etag = simple, size = 3 }: Stored) =>
    `<Contents><Key>${key}</Key><LastModified>${at}</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${size}</Size></Contents>`
  const answer = ({ body, header, method, path, query }: Call): Answer | undefined => {
    const key = encodeURI(path.split("/").slice(2).join("/"))
    const found = keys[key]
    if (query.has("versioning")) {
      return Effect.succeed(
        versioning === "AccessDenied"
          ? refusal(403, versioning)
          : xml("VersioningConfiguration", `<Status>${versioning}</Status>`)
      )
    }
    if (method === "GET" && key === "") {
      const named = Object.entries(keys).filter(([each]) => each.startsWith(query.get("prefix") ?? ""))
      return Effect.succeed(
        xml(
          "ListBucketResult",
          "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><KeyCount>1</KeyCount>",
          ...named.map(([each, stored]) => listed(each, stored))
        )
      )
    }
    if (query.size > 0) return undefined
    if (method === "HEAD") {
      if (key === "") return Effect.succeed({})
      if (found === undefined) return Effect.succeed({ status: 404 })
      return Effect.succeed({
        headers: {
          etag: `"${found.etag ?? simple}"`,
          "content-length": String(found.size ?? 3),
          "content-type": found.contentType ?? "text/plain",
          "last-modified": "Fri, 02 Jan 2026 03:04:05 GMT",
          "x-amz-meta-department": "sales"
        }
      })
    }
    if (method === "DELETE") return Effect.succeed({ status: 204 })
    if (header("x-amz-copy-source") !== undefined) {
      return Effect.succeed(xml("CopyObjectResult", `<ETag>"${simple}"</ETag>`))
    }
    return method === "PUT" ? Effect.succeed({ headers: { etag: `"${md5(body)}"` } }) : undefined
  }
  server.before = (call) => before(call) ?? answer(call)
  const calls = () => server.calls.map(({ method, path, query }) => `${method} ${path}${query.size > 0 ? "?" : ""}`)
  /** A folder of it, as long as the scope is open. */
  const open = (folder = "", options?: BucketTree.Options) =>
    Effect.flatMap(Layer.build(server.layer), (services) =>
      Effect.provideContext(BucketTree.make("b", folder, options), services)
    )
  return { server, calls, open }
}

const every = () => true

const local: TreeEntry = {
  kind: "file",
  name: "a",
  size: 3,
  modifiedAt: undefined,
  hashes: [],
  mark: undefined,
  error: undefined,
  body: HcpBody.text("abc")
}

const sourceOf = (tree: Tree, entry = local, replace = false): TreeSource => ({
  tree,
  entry,
  body: entry.body,
  replace,
  onProgress: undefined
})

/** A tree that is no bucket. */
const elsewhere: Tree = {
  at: (name) => name,
  isThere: Effect.void,
  entries: () => Stream.empty,
  find: () => Effect.succeed(undefined),
  delete: () => Effect.void,
  put: () => Effect.void
}

const reasonOf = <A, E extends { readonly message: string }>(effect: Effect.Effect<A, E>) =>
  Effect.match(effect, { onFailure: ({ message }) => message, onSuccess: () => "none" })

describe("the tree of a bucket", () => {
  it.effect("lists what is below its folder, with the MD5 of what was not stored in parts", () =>
    Effect.gen(function* () {
      const { open } = bucketOf({
        other: {},
        "d/": {},
        "d/a": {},
        "d/film": { etag: `${simple}-2` },
        "d/skip/b": {},
        "d/x.log": {},
        "d/%FF": {}
      })
      const tree = yield* open("d")
      const entries = yield* Stream.runCollect(
        tree.entries(({ kind, name }) => !(kind === "folder" && name === "skip") && !name.endsWith(".log"))
      )
      assert.deepStrictEqual(
        entries.map(({ error, hashes, kind, name }) => [kind, name, hashes.length, error === undefined]),
        [
          ["file", "a", 1, true],
          ["file", "film", 0, true],
          ["file", "\uFFFD", 1, false]
        ]
      )
      assert.strictEqual(tree.at("a"), "s3://b/d/a")
      assert.match(entries[2]?.error?.message ?? "", /no UTF-8/)
    })
  )

  it.effect("marks an entry by all that changes with it", () =>
    Effect.gen(function* () {
      const marks = yield* Effect.forEach(
        [{}, { size: 4 }, { etag: "1".repeat(32) }, { at: "2026-01-02T03:04:06.000Z" }],
        (stored) =>
          Effect.gen(function* () {
            const tree = yield* bucketOf({ a: stored }).open()
            const [one] = yield* Stream.runCollect(tree.entries(every))
            return one?.mark
          })
      )
      assert.strictEqual(new Set(marks).size, 4)
    })
  )

  it.effect("finds an object, a folder or nothing, and says why where it may not know", () =>
    Effect.gen(function* () {
      const tree = yield* bucketOf({ "d/a": {}, "d/f": { contentType: "x-directory" } }).open("d")
      const [file, folder] = [yield* tree.find("a"), yield* tree.find("f")]
      assert.deepStrictEqual([file?.kind, file?.size, folder?.kind], ["file", 3, "folder"])
      assert.deepStrictEqual(file?.modifiedAt, DateTime.makeUnsafe("2026-01-02T03:04:05Z"))
      assert.isUndefined(yield* tree.find("none"))
      const denied = yield* bucketOf({}, "Enabled", () => Effect.succeed({ status: 403 })).open("d")
      assert.match(yield* reasonOf(denied.find("a")), /403/)
    })
  )

  it.effect("is there where its folder or something in it is, and not where an object has its name", () =>
    Effect.gen(function* () {
      for (const [keys, folder, expected] of [
        [{}, "", /^none$/],
        [{ "d/": {} }, "d", /^none$/],
        [{}, "d", /404/],
        [{ d: {} }, "d", /is no directory|not a directory/]
      ] as const) {
        const { open } = bucketOf(keys)
        const tree = yield* open(folder)
        assert.match(yield* reasonOf(tree.isThere), expected)
        assert.match(yield* reasonOf(Stream.runDrain(tree.entries(every))), expected)
      }
    })
  )

  it.effect("has HCP copy within one gateway, with what is to be set", () =>
    Effect.gen(function* () {
      const { server } = bucketOf({ "from/x": {} })
      const [from, to] = yield* Effect.all([
        BucketTree.make("b", "from"),
        BucketTree.make("b2", "to", { settings: { retention: Retention.days(5) } })
      ]).pipe(Effect.provideContext(yield* Layer.build(server.layer)))
      yield* to.put("a", sourceOf(from, { ...local, name: "x" }))
      const [call] = server.calls
      assert.deepStrictEqual(
        [server.calls.length, call?.path, call?.header("x-amz-copy-source"), call?.header("x-hcp-retention")],
        [1, "/b2/to/a", "/b/from/x", "A+5d"]
      )
    })
  )

  it.effect("takes what describes the data along from another gateway, and nothing from elsewhere", () =>
    Effect.gen(function* () {
      const other = yield* bucketOf({ "from/x": { contentType: "image/tiff" } }).open("from")
      for (const [tree, type, department] of [
        [other, "image/tiff", "sales"],
        [elsewhere, undefined, undefined]
      ] as const) {
        const { open, server } = bucketOf({})
        const to = yield* open("to", { settings: { retention: Retention.days(5) } })
        yield* to.put("a", sourceOf(tree, { ...local, name: "x" }))
        const [call] = server.calls
        assert.deepStrictEqual(
          [server.calls.length, call?.method, call?.path, call?.header("x-hcp-retention")],
          [1, "PUT", "/b/to/a", "A+5d"]
        )
        assert.strictEqual(Buffer.from(call?.body ?? []).toString(), "abc")
        assert.strictEqual(call?.header("x-amz-meta-department"), department)
        if (type !== undefined) assert.strictEqual(call?.header("content-type"), type)
      }
    })
  )

  it.effect("replaces only where versions are kept, as far as the user may know, and asks once", () =>
    Effect.gen(function* () {
      for (const [versioning, puts] of [
        ["Enabled", 2],
        ["AccessDenied", 2],
        ["Suspended", 0]
      ] as const) {
        const { calls, open } = bucketOf({}, versioning)
        const to = yield* open()
        const ends = [
          yield* reasonOf(to.put("a", sourceOf(elsewhere, local, true))),
          yield* reasonOf(to.put("a", sourceOf(elsewhere, local, true)))
        ]
        for (const said of ends) assert.match(said, puts === 0 ? /its bucket keeps no versions/ : /^none$/)
        assert.lengthOf(
          calls().filter((call) => call === "GET /b?"),
          1,
          versioning
        )
        assert.lengthOf(
          calls().filter((call) => call === "PUT /b/a"),
          puts,
          versioning
        )
      }
      // What is new asks nothing.
      const { calls, open } = bucketOf({}, "Suspended")
      yield* (yield* open()).put("a", sourceOf(elsewhere))
      assert.deepStrictEqual(calls(), ["PUT /b/a"])
    })
  )

  it.effect("leaves no parts of what could not be put together, and says which upload it is", () =>
    Effect.gen(function* () {
      const { calls, open, server } = bucketOf({}, "Enabled", ({ method, query }) =>
        method === "POST" && query.has("uploadId") ? Effect.succeed(refusal(409, "InvalidRequest")) : undefined
      )
      const begun: Array<string> = []
      const to = yield* open("to", { onBegun: (key, id) => Effect.sync(() => begun.push(`${key} ${id}`)) })
      const entry = { ...local, size: undefined, body: HcpBody.stream(() => Stream.make(new Uint8Array(10))) }
      assert.match(yield* reasonOf(to.put("a", sourceOf(elsewhere, entry))), /409/)
      assert.deepStrictEqual(begun, ["to/a u1"])
      assert.deepStrictEqual(calls().at(-1), "DELETE /b/to/a?")
      assert.strictEqual(server.uploads.size, 0)
    })
  )

  it.effect("deletes by name below its folder", () =>
    Effect.gen(function* () {
      const { calls, open } = bucketOf({ "d/a": {} })
      yield* (yield* open("d")).delete("a")
      assert.deepStrictEqual(calls(), ["DELETE /b/d/a"])
    })
  )
})
