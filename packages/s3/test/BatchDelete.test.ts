import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as BatchDelete from "../src/BatchDelete.ts"
import { against, answer, failing, refusal, xml } from "./utils/scripted.ts"

const remove = (items: ReadonlyArray<string | BatchDelete.Item>, options?: BatchDelete.Options) =>
  Stream.runCollect(BatchDelete.remove("finance", items, options))

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
