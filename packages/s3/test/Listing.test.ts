import { assert, it } from "@effect/vitest"
import { DateTime, Effect, Fiber, Result, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Listing from "../src/Listing.ts"
import * as Parts from "../src/Parts.ts"
import * as Uploads from "../src/Uploads.ts"
import * as Versions from "../src/Versions.ts"
import { type Call, FakeUploads, layer, refusal, xml } from "./utils/FakeS3.ts"

const keys = ["a", "folder/", "folder/b", "folder/c d", "z"]

const contents = (key: string) =>
  `<Contents><Key>${encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/")}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>7</Size><Owner><ID>1</ID><DisplayName>n</DisplayName></Owner></Contents>`

/** A server that knows version 2 of the list, or only version 1 as HCP 8 does. */
const server = (knows: 1 | 2, calls: Array<Call> = []) =>
  layer((call) =>
    Effect.sync(() => {
      calls.push(call)
      const { query } = call
      const isV2 = knows === 2 && query.get("list-type") === "2"
      const after = isV2 ? (query.get("continuation-token")?.slice(2) ?? query.get("start-after")) : query.get("marker")
      const most = Number(query.get("max-keys") ?? 1000)
      const rest = keys.filter((key) => key > (after ?? ""))
      const page = rest.slice(0, most)
      const isMore = page.length < rest.length
      return xml(
        "ListBucketResult",
        "<Name>b</Name><EncodingType>url</EncodingType>",
        `<IsTruncated>${isMore}</IsTruncated>`,
        isV2 ? `<KeyCount>${page.length}</KeyCount>` : "",
        isV2 && isMore ? `<NextContinuationToken>t-${page.at(-1)}</NextContinuationToken>` : "",
        ...page.map(contents)
      )
    })
  )

const namesOf = (entries: ReadonlyArray<Listing.Entry>) =>
  entries.map((entry) => (entry._tag === "Prefix" ? entry.prefix : entry.key))

it.effect("a list is whole at new and old systems, in every mode and size of pages", () =>
  Effect.gen(function* () {
    for (const knows of [1, 2] as const) {
      for (const mode of ["auto", "v1", ...(knows === 2 ? (["v2"] as const) : [])] as const) {
        for (const pageSize of [1, 2, 1000]) {
          for (const startAfter of [undefined, "folder/"]) {
            const options = { mode, pageSize, startAfter }
            const entries = yield* Stream.runCollect(Listing.list("b", options)).pipe(Effect.provide(server(knows)))
            const expected = startAfter === undefined ? keys : keys.slice(2)
            assert.deepStrictEqual(namesOf(entries), expected, JSON.stringify({ knows, ...options }))
          }
        }
      }
    }
  })
)

it.effect(
  "an old HCP gives no name at or before the one to start after, and a new one is never sent a marker (row 142)",
  () =>
    Effect.gen(function* () {
      for (const knows of [1, 2] as const) {
        for (const mode of ["auto", "v2"] as const) {
          for (const startAfter of ["", "A", "a", "folder/", "folder/b", "y", "z", "zz"]) {
            for (const pageSize of [1, 2, 1000]) {
              const calls: Array<Call> = []
              const list = Stream.runCollect(Listing.list("b", { mode, startAfter, pageSize }))
              const result = yield* Effect.result(Effect.provide(list, server(knows, calls)))
              const about = JSON.stringify({ knows, mode, startAfter, pageSize })
              if (Result.isSuccess(result)) {
                assert.deepStrictEqual(
                  namesOf(result.success),
                  keys.filter((key) => key > startAfter),
                  about
                )
              } else {
                assert.deepStrictEqual([knows, mode, result.failure.reason._tag], [1, "v2", "UnexpectedAnswer"], about)
              }
              for (const { query } of calls) assert.isFalse(query.has("list-type") && query.has("marker"), about)
            }
          }
        }
      }
    })
)

it.effect("entries say what they are, and kinds choose among them", () =>
  Effect.gen(function* () {
    const [first, folder] = yield* Stream.runCollect(Listing.list("b"))
    assert.deepStrictEqual(first, {
      _tag: "Object",
      key: "a",
      rawKey: undefined,
      size: 7,
      etag: "e",
      modifiedAt: DateTime.makeUnsafe("2026-01-02T03:04:05Z"),
      owner: { id: "1", displayName: "n" }
    })
    assert.strictEqual(folder?._tag, "Folder")
    const folders = yield* Stream.runCollect(Listing.list("b", { kinds: ["folder"] }))
    assert.deepStrictEqual(namesOf(folders), ["folder/"])
  }).pipe(Effect.provide(server(2)))
)

it.effect("a page is asked for only when it is wanted", () => {
  const calls: Array<Call> = []
  return Effect.gen(function* () {
    yield* Listing.list("b", { pageSize: 1 }).pipe(Stream.take(2), Stream.runDrain)
    assert.lengthOf(calls, 2)
  }).pipe(Effect.provide(server(2, calls)))
})

it.effect("a token that another system does not know gives way to the name it stands for", () => {
  let refused = 0
  return Effect.gen(function* () {
    const entries = yield* Stream.runCollect(Listing.list("b", { pageSize: 2 }))
    assert.deepStrictEqual(namesOf(entries), keys)
    assert.isAbove(refused, 0)
  }).pipe(
    Effect.provide(
      layer((call) =>
        Effect.sync(() => {
          if (call.query.has("continuation-token")) {
            refused++
            return refusal(400, "InvalidArgument")
          }
          const rest = keys.filter((key) => key > (call.query.get("start-after") ?? ""))
          const page = rest.slice(0, 2)
          return xml(
            "ListBucketResult",
            `<KeyCount>2</KeyCount><IsTruncated>${page.length < rest.length}</IsTruncated><NextContinuationToken>t-${page.at(-1)}</NextContinuationToken>`,
            ...page.map((key) => `<Contents><Key>${key}</Key></Contents>`)
          )
        })
      )
    )
  )
})

it.effect("an empty first page is asked for again where that is wanted, and nowhere else", () => {
  let asked = 0
  const flaky = layer(() =>
    Effect.sync(() =>
      xml(
        "ListBucketResult",
        "<IsTruncated>false</IsTruncated>",
        ++asked === 3 ? "<KeyCount>1</KeyCount><Contents><Key>a</Key></Contents>" : "<KeyCount>0</KeyCount>"
      )
    )
  )
  return Effect.gen(function* () {
    assert.lengthOf(yield* Stream.runCollect(Listing.list("b")), 0)
    assert.strictEqual(asked, 1)
    asked = 0
    const running = yield* Effect.forkChild(Stream.runCollect(Listing.list("b", { confirmEmpty: true })))
    yield* TestClock.adjust("1 seconds")
    assert.lengthOf(yield* Fiber.join(running), 1)
    assert.strictEqual(asked, 3)
  }).pipe(Effect.provide(flaky))
})

it.effect("what is no list fails, and so does what cannot be asked for", () =>
  Effect.gen(function* () {
    const wrong = yield* Effect.flip(Stream.runCollect(Listing.list("b")))
    assert.strictEqual(wrong.reason._tag, "UnexpectedAnswer")
    for (const pageSize of [0, 1001, 1.5]) {
      const error = yield* Effect.flip(Stream.runCollect(Uploads.list("b", { pageSize })))
      assert.strictEqual(error.reason._tag, "InvalidInput")
    }
    const name = yield* Effect.flip(Stream.runCollect(Listing.list("no/bucket")))
    assert.strictEqual(name.reason._tag, "InvalidInput")
  }).pipe(Effect.provide(layer(() => Effect.succeed(xml("LocationConstraint")))))
)

const version = (key: string, id: string, isLatest: boolean, tag = "Version") =>
  `<${tag}><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${isLatest}</IsLatest></${tag}>`

it.effect("versions come in the order that is wanted, also over the borders of pages", () => {
  const all = [
    version("a", "1", false),
    version("a", "2", false, "DeleteMarker"),
    version("a", "93", true),
    version("b", "4", true),
    version("c", "5", false),
    version("c", "6", true)
  ]
  const sent = ["1", "2", "93", "4", "5", "6"]
  const versions = layer((call) =>
    Effect.sync(() => {
      const at = sent.indexOf(call.query.get("version-id-marker") ?? "") + 1
      const [entry = ""] = all.slice(at)
      return xml("ListVersionsResult", `<IsTruncated>${at < all.length - 1}</IsTruncated>`, entry)
    })
  )
  const ids = (order: Versions.Options["order"]) =>
    Effect.map(Stream.runCollect(Versions.list("b", { order, pageSize: 1 })), (found) =>
      found.map((entry) => (entry._tag === "Prefix" ? "" : entry.versionId))
    )
  return Effect.gen(function* () {
    assert.deepStrictEqual(yield* ids("asSent"), sent)
    assert.deepStrictEqual(yield* ids("oldestFirst"), sent)
    assert.deepStrictEqual(yield* ids("newestFirst"), ["93", "2", "1", "4", "6", "5"])
    const [, marker] = yield* Stream.runCollect(Versions.list("b"))
    assert.strictEqual(marker?._tag, "DeleteMarker")
  }).pipe(Effect.provide(versions))
})

it.effect("parts are listed over pages, by number", () => {
  const fake = new FakeUploads()
  const uploadId = fake.begin("k")
  for (const number of [1, 2, 3, 5, 9]) fake.part(uploadId, number, new Uint8Array(number))
  return Effect.gen(function* () {
    const found = yield* Stream.runCollect(Parts.list("b", "k", uploadId, { pageSize: 2 }))
    assert.deepStrictEqual(
      found.map(({ number, size }) => [number, size]),
      [1, 2, 3, 5, 9].map((each) => [each, each])
    )
    assert.lengthOf(fake.calls, 3)
  }).pipe(Effect.provide(fake.layer))
})

it.effect("uploads are aborted if they are old enough, and one that is gone already does no harm", () => {
  const aborted: Array<string | null> = []
  const upload = (id: string, initiated: string) =>
    `<Upload><Key>k${id}</Key><UploadId>${id}</UploadId><Initiated>${initiated}</Initiated></Upload>`
  const uploads = layer((call) =>
    Effect.sync(() => {
      if (call.method === "GET") {
        assert.isTrue(call.query.has("uploads"))
        return xml(
          "ListMultipartUploadsResult",
          "<IsTruncated>false</IsTruncated>",
          upload("1", "1970-01-01T00:00:00Z"),
          upload("2", "1970-01-08T00:00:00Z"),
          upload("3", "1970-01-01T00:00:00Z"),
          upload("4", "soon")
        )
      }
      aborted.push(call.query.get("uploadId"))
      return call.query.get("uploadId") === "1" ? refusal(404, "NoSuchUpload") : { status: 204 }
    })
  )
  return Effect.gen(function* () {
    yield* TestClock.setTime(Date.parse("1970-01-08T12:00:00Z"))
    const done = yield* Stream.runCollect(Uploads.abortAll("b", { olderThan: "7 days" }))
    assert.deepStrictEqual([...aborted].sort(), ["1", "3"])
    assert.lengthOf(done, 2)
  }).pipe(Effect.provide(uploads))
})
