import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as BatchDelete from "../src/BatchDelete.ts"
import type * as Listing from "../src/Listing.ts"
import type * as Versions from "../src/Versions.ts"
import { against, answer, failing, refusal, xml } from "./utils/scripted.ts"

const remove = (items: ReadonlyArray<string | BatchDelete.Item>, options?: BatchDelete.Options) =>
  Stream.runCollect(BatchDelete.delete("finance", items, options))

/** What the entries of lists have in common. */
const entry = (key: string) => ({ key, rawKey: undefined, modifiedAt: undefined, owner: undefined })

describe("batch delete", () => {
  it.effect("sends keys and versions with the hash HCP wants, and tells of each", () =>
    Effect.gen(function* () {
      const result = xml(`<DeleteResult>
        <Deleted><Key>a &amp; b</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>Not Implemented</DeleteMarkerVersionId></Deleted>
        <Error><Key>held</Key><VersionId>7</VersionId><Code>AccessDenied</Code><Message>on hold</Message></Error>
      </DeleteResult>`)
      const items = ["a & b", { key: "held", versionId: "7" }, "forgotten", "bad//key"]
      const [outcomes, script] = yield* against([result], remove(items))
      const { body, header, method, target } = script.only
      assert.strictEqual(`${method} ${target}`, "POST /finance?delete")
      assert.strictEqual(header("content-md5"), createHash("md5").update(body).digest("base64"))
      assert.include(
        body,
        "<Quiet>false</Quiet><Object><Key>a &amp; b</Key></Object><Object><Key>held</Key><VersionId>7</VersionId></Object>"
      )
      const [first, second, third, fourth] = outcomes
      assert.deepStrictEqual(first, {
        _tag: "Deleted",
        key: "a & b",
        versionId: undefined,
        deleteMarker: true,
        deleteMarkerVersionId: undefined
      })
      assert.strictEqual(second?._tag, "Failed")
      if (second?._tag === "Failed") {
        assert.strictEqual(second.versionId, "7")
        assert.include(second.error.message, "/finance/held: refused: AccessDenied (200), HCP says: on hold")
      }
      const tags = [third, fourth].map((each) => (each?._tag === "Failed" ? each.error.reason._tag : ""))
      assert.deepStrictEqual(tags, ["UnexpectedAnswer", "InvalidInput"])
    })
  )

  it.effect("takes what lists give, and fails before it sends anything for a field that nobody reads (row 139)", () =>
    Effect.gen(function* () {
      const listed: ReadonlyArray<Versions.Entry | Listing.Entry> = [
        { _tag: "Version", ...entry("a"), versionId: "7", isLatest: true, isFolder: false, size: 1, etag: "x" },
        { _tag: "DeleteMarker", ...entry("b"), versionId: "8", isLatest: true, isFolder: false },
        { _tag: "Object", ...entry("c"), size: 1, etag: "x" },
        { _tag: "Folder", ...entry("d/") }
      ]
      const items = listed.filter((each) => each._tag !== "Prefix")
      const result = ["a", "b", "c", "d/"].map(
        (key, at) =>
          `<Deleted><Key>${key}</Key>${["<VersionId>7</VersionId>", "<VersionId>8</VersionId>"][at] ?? ""}</Deleted>`
      )
      const [outcomes] = yield* against([xml(`<DeleteResult>${result.join("")}</DeleteResult>`)], remove(items))
      assert.deepStrictEqual(
        outcomes.map(({ _tag, versionId }) => [_tag, versionId]),
        [
          ["Deleted", "7"],
          ["Deleted", "8"],
          ["Deleted", undefined],
          ["Deleted", undefined]
        ]
      )
      // As plain JavaScript could give them.
      const misspelt: ReadonlyArray<readonly [Record<string, unknown>, string, string]> = [
        [{ key: "k", version: "7" }, "item.version", 'did you mean "versionId"?'],
        [{ key: "k", VersionId: "7" }, "item.VersionId", 'did you mean "versionId"?'],
        [{ Key: "k" }, "item.Key", 'did you mean "key"?'],
        [{ key: "k", generation: "7" }, "item.generation", "there are _tag, etag"],
        [{ _tag: "Prefix", prefix: "k/", rawPrefix: undefined }, "item.prefix", "there is no such option"],
        [{ key: 7 }, "item.key", "is 7; give a text"]
      ]
      for (const [item, field, hint] of misspelt) {
        const items: ReadonlyArray<BatchDelete.Item> = JSON.parse(JSON.stringify(["good", item]))
        const { message, reason } = yield* failing([], remove(items))
        assert(reason._tag === "InvalidInput", message)
        assert.strictEqual(reason.field, field)
        assert.include(message, hint)
      }
      const options: BatchDelete.Options = JSON.parse('{ "bypassGovernence": true }')
      assert.strictEqual((yield* failing([], remove(["k"], options))).reason._tag, "InvalidInput")
      // What is listed, but has no name that could be sent, is an outcome as other keys that cannot be.
      const raw = { ...entry("\ufffd"), rawKey: "%FF" }
      const [[unnamed]] = yield* against([], remove([raw]))
      assert(unnamed?._tag === "Failed" && unnamed.error.reason._tag === "InvalidInput")
      const [[number]] = yield* against([], remove(JSON.parse('[{ "key": "k", "versionId": 91055133852546 }]')))
      assert(number?._tag === "Failed" && number.error.reason._tag === "InvalidInput")
    })
  )

  it.effect("believes no answer that leaves out the version, and looks what is left instead (row 141)", () =>
    Effect.gen(function* () {
      const silent = (...result: ReadonlyArray<string>) => xml(`<DeleteResult>${result.join("")}</DeleteResult>`)
      const deleted = "<Deleted><Key>k</Key></Deleted>"
      const marker =
        "<Deleted><Key>k</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>9</DeleteMarkerVersionId></Deleted>"
      const refused = "<Error><Key>k</Key><Code>AccessDenied</Code><Message>on hold</Message></Error>"
      const versions = (...ids: ReadonlyArray<string>) =>
        xml(
          `<ListVersionsResult><IsTruncated>false</IsTruncated>${ids.map((id) => `<Version><Key>k</Key><VersionId>${id}</VersionId></Version>`).join("")}<Version><Key>k2</Key><VersionId>7</VersionId></Version></ListVersionsResult>`
        )
      const item = (versionId: string) => ({ key: "k", versionId })
      const summary = (outcomes: ReadonlyArray<BatchDelete.Outcome>) =>
        outcomes.map((each) => [each._tag, each.versionId, each._tag === "Failed" ? each.error.message : ""])

      const [gone, script] = yield* against([silent(deleted), versions("6")], remove([item("7")]))
      assert.deepStrictEqual(summary(gone), [["Deleted", "7", ""]])
      assert.include(script.call(1).target, "versions")
      assert.include(script.call(1).target, "prefix=k")

      const [left] = yield* against([silent(marker), versions("7", "9")], remove([item("7")]))
      assert.strictEqual(left[0]?._tag, "Failed")
      assert.include(summary(left)[0]?.[2], "not which version, and version 7 is still there")

      const [unknown] = yield* against([silent(deleted), refusal(403, "AccessDenied")], remove([item("7")]))
      assert.include(summary(unknown)[0]?.[2], "whether it was 7 could not be looked up")
      assert.include(summary(unknown)[0]?.[2], "AccessDenied")

      const [held] = yield* against([silent(refused)], remove([item("7")]))
      assert.strictEqual(held[0]?.versionId, "7")
      assert.include(summary(held)[0]?.[2], "HCP says: on hold")

      // One look for all versions of a key; the answer about the current one is not taken for that of a version.
      const [both] = yield* against(
        [silent(deleted, deleted, refused), versions("8")],
        remove(["k", item("7"), item("8")])
      )
      assert.deepStrictEqual(
        both.map(({ _tag, versionId }) => [_tag, versionId]),
        [
          ["Deleted", undefined],
          ["Deleted", "7"],
          ["Failed", "8"]
        ]
      )
      const [one] = yield* against([silent(deleted)], remove(["k", item("7")]))
      assert.include(summary(one)[1]?.[2], "says nothing of this key")
    })
  )

  it.effect("knows the only version by the name other servers give it", () =>
    Effect.gen(function* () {
      const result = xml("<DeleteResult><Deleted><Key>k</Key><VersionId>null</VersionId></Deleted></DeleteResult>")
      const [outcomes] = yield* against([result], remove([{ key: "k", versionId: "null" }]))
      assert.deepStrictEqual(
        outcomes.map(({ _tag, key }) => [_tag, key]),
        [["Deleted", "k"]]
      )
    })
  )

  it.effect("makes batches, and sends alone what XML cannot carry", () =>
    Effect.gen(function* () {
      const deleted = (...keys: ReadonlyArray<string>) =>
        xml(`<DeleteResult>${keys.map((key) => `<Deleted><Key>${key}</Key></Deleted>`).join("")}</DeleteResult>`)
      const answers = [deleted("a", "b"), answer(204, { "x-amz-delete-marker": "true", "x-amz-version-id": "9" })]
      const [outcomes, script] = yield* against(answers, remove(["a", "b", "c\u0001"], { batchSize: 2 }))
      assert.deepStrictEqual(
        outcomes.map(({ _tag, key }) => [_tag, key]),
        [
          ["Deleted", "a"],
          ["Deleted", "b"],
          ["Deleted", "c\u0001"]
        ]
      )
      assert.strictEqual(script.call(1).target, "/finance/c%01")
      const many = Array.from({ length: 1001 }, (_, index) => `k${index}`)
      const [all, thousands] = yield* against([deleted(...many.slice(0, 1000)), deleted("k1000")], remove(many))
      assert.strictEqual(all.length, 1001)
      assert.strictEqual(thousands.call(0).body.split("<Object>").length, 1001)
    })
  )

  it.effect("fails as a whole where the request does", () =>
    Effect.gen(function* () {
      const error = yield* failing([refusal(404, "NoSuchBucket")], remove(["a"]))
      assert.include(error.message, "NoSuchBucket")
      assert.strictEqual((yield* failing([], remove(["a"], { batchSize: 1001 }))).reason._tag, "InvalidInput")
      assert.deepStrictEqual((yield* against([], remove([])))[0], [])
    })
  )
})
