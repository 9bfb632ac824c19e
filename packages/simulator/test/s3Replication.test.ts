import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as BlobStore from "../src/BlobStore.ts"
import * as HcpSystem from "../src/HcpSystem.ts"
import * as Replication from "../src/Replication.ts"
import { ask, outcome, s3, texts } from "./utils/s3.ts"

/** Two linked systems whose stores have nothing in common, so that every byte has to travel. */
const makePair = Effect.gen(function* () {
  const make = (domain: string) =>
    Effect.flatMap(BlobStore.makeMemory(), (blobs) =>
      HcpSystem.make(
        {
          domain,
          namespaces: [{ name: "plain", tenant: "t1", s3: true }],
          users: [{ username: "owner", password: "owner01" }]
        },
        { blobs }
      )
    )
  const first = yield* make("hcp1.example.com")
  const second = yield* make("hcp2.example.com")
  return { first, second, link: yield* Replication.link([first, second]) }
})

describe("a replication link", () => {
  it.effect("carries what S3 has made, objects of parts as well, and no upload that is under way", () =>
    Effect.gen(function* () {
      const { first, link, second } = yield* makePair
      const [id = ""] = texts(
        yield* ask(first, "POST", "/plain/x?uploads", { headers: { "x-amz-meta-a": "1", "content-type": "a/b" } }),
        "UploadId"
      )
      const parts = yield* Effect.forEach(["a".repeat(1024 ** 2), "b"], (body, index) =>
        Effect.map(
          s3(first, "PUT", `/plain/x?uploadId=${id}&partNumber=${index + 1}`, { body }),
          ({ headers }) =>
            `<Part><PartNumber>${index + 1}</PartNumber><ETag>${headers.etag?.replaceAll('"', "&quot;")}</ETag></Part>`
        )
      )
      yield* link.settled
      assert.strictEqual(yield* outcome(second, "GET", `/plain/x?uploadId=${id}`), "404 NoSuchUpload")
      const body = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`
      const [etag] = texts(yield* ask(first, "POST", `/plain/x?uploadId=${id}`, { body }), "ETag")
      yield* link.settled
      const copy = yield* s3(second, "GET", "/plain/x")
      assert.strictEqual(copy.headers.etag, etag)
      assert.strictEqual(copy.headers["x-amz-meta-a"], "1")
      assert.strictEqual(copy.headers["content-type"], "a/b")
      assert.strictEqual(copy.text.length, 1024 ** 2 + 1)
      yield* s3(second, "DELETE", "/plain/x")
      yield* link.settled
      assert.strictEqual(yield* outcome(first, "GET", "/plain/x"), "404 NoSuchKey")
    })
  )
})
