import { assert, it } from "@effect/vitest"
import type * as DraftFile from "@effect-hcp/sdk/DraftFile"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import { Effect, Stream } from "effect"
import * as Acl from "../src/Acl.ts"
import * as BatchDelete from "../src/BatchDelete.ts"
import * as Multipart from "../src/Multipart.ts"
import type { UploadKept } from "../src/MultipartError.ts"
import * as ObjectLock from "../src/ObjectLock.ts"
import * as Parts from "../src/Parts.ts"
import * as Presign from "../src/Presign.ts"
import type * as S3 from "../src/S3.ts"
import * as S3Object from "../src/S3Object.ts"
import * as Uploads from "../src/Uploads.ts"
import { layer, refusal } from "./utils/FakeS3.ts"

type Refused = Effect.Effect<unknown, HcpError | UploadKept | DraftFile.LocalError, S3.S3>

/** The field that a call is refused for, before anything is sent. */
const fieldOf = (call: Refused) => {
  let calls = 0
  const server = layer(() =>
    Effect.sync(() => {
      calls++
      return refusal(500, "InternalError")
    })
  )
  return Effect.map(Effect.flip(Effect.provide(call, server)), (error) => {
    assert.strictEqual(calls, 0)
    assert(error._tag === "HcpError" && error.reason._tag === "InvalidInput", String(error))
    assert.match(error.message, /\/b\/k|\/b:/)
    return error.reason.field
  })
}

it.effect("an empty id, which would make another request of it, is refused before anything is sent", () =>
  Effect.gen(function* () {
    for (const id of ["", " "]) {
      // Without its upload id this deletes the object.
      assert.strictEqual(yield* fieldOf(Uploads.abort("b", "k", id)), "uploadId")
      assert.strictEqual(yield* fieldOf(Stream.runDrain(Parts.list("b", "k", id))), "uploadId")
      assert.strictEqual(yield* fieldOf(Multipart.complete("b", "k", id)), "uploadId")
      assert.strictEqual(yield* fieldOf(Multipart.resume("b", "k", id, HcpBody.text("x"))), "uploadId")
      assert.strictEqual(yield* fieldOf(S3Object.get("b", "k", { versionId: id })), "versionId")
      assert.strictEqual(yield* fieldOf(S3Object.head("b", "k", { versionId: id })), "versionId")
      assert.strictEqual(yield* fieldOf(Stream.runDrain(S3Object.stream("b", "k", { versionId: id }))), "versionId")
      assert.strictEqual(yield* fieldOf(Multipart.download("b", "k", "/nowhere", { versionId: id })), "versionId")
      // And this the current version.
      assert.strictEqual(yield* fieldOf(S3Object.delete("b", "k", { versionId: id })), "versionId")
      assert.strictEqual(yield* fieldOf(S3Object.copy({ bucket: "b", key: "k", versionId: id }, "b", "k")), "versionId")
      assert.strictEqual(yield* fieldOf(Acl.object.modify("b", "k", "private", { versionId: id })), "versionId")
      assert.strictEqual(yield* fieldOf(ObjectLock.legalHold.modify("b", "k", false, { versionId: id })), "versionId")
      const batch = Effect.flatMap(
        Stream.runCollect(BatchDelete.delete("b", [{ key: "k", versionId: id }])),
        ([outcome]) => (outcome?._tag === "Failed" ? Effect.fail(outcome.error) : Effect.void)
      )
      assert.strictEqual(yield* fieldOf(batch), "versionId")
    }
  })
)

it.effect("a header that an option sets to another value is refused before anything is sent", () =>
  Effect.gen(function* () {
    const settings = { contentType: "text/plain", metadata: { a: "1" } }
    for (const headers of [{ "content-type": "text/html" }, { "X-Amz-Meta-A": "2" }]) {
      const field = yield* fieldOf(S3Object.put("b", "k", HcpBody.text("x"), { ...settings, headers }))
      assert.match(field, /^header "(?:Content-Type|x-amz-meta-a)"$/i)
    }
  })
)

it.effect(
  "a version by another name, which would make it the current one, is refused before anything is sent (row 139)",
  () =>
    Effect.gen(function* () {
      // As plain JavaScript could give it.
      const named = (name: string): { readonly versionId?: string } => JSON.parse(`{ "${name}": "7" }`)
      const given = named("version")
      const calls: ReadonlyArray<Refused> = [
        S3Object.get("b", "k", given),
        S3Object.head("b", "k", given),
        Stream.runDrain(S3Object.stream("b", "k", given)),
        S3Object.delete("b", "k", given),
        Multipart.download("b", "k", "/nowhere", given),
        Presign.get("b", "k", given),
        Acl.object.get("b", "k", given),
        Acl.object.modify("b", "k", "private", given),
        ObjectLock.legalHold.get("b", "k", given)
      ]
      for (const call of calls) assert.strictEqual(yield* fieldOf(call), "version")
      for (const name of ["version", "VersionId", "versionID", "version_id", "generation"]) {
        const source = { bucket: "b", key: "k", ...named(name) }
        assert.strictEqual(yield* fieldOf(S3Object.delete("b", "k", named(name))), name)
        assert.strictEqual(yield* fieldOf(S3Object.copy(source, "b", "k")), `from.${name}`)
        assert.strictEqual(yield* fieldOf(Multipart.copy(source, "b", "k")), `from.${name}`)
      }
    })
)

it.effect("what HCP would make a folder of is refused before anything is sent", () =>
  Effect.gen(function* () {
    const folder = HcpBody.empty
    assert.strictEqual(yield* fieldOf(Multipart.upload("b", "k/", HcpBody.text("x"))), "key")
    assert.strictEqual(yield* fieldOf(Multipart.copy({ bucket: "b", key: "k" }, "b", "k/")), "key")
    assert.strictEqual(yield* fieldOf(Multipart.download("b", "k/", "/nowhere")), "key")
    assert.strictEqual(yield* fieldOf(S3Object.put("b", "k", folder, { contentType: "x-directory" })), "contentType")
    assert.strictEqual(
      yield* fieldOf(Stream.runDrain(Uploads.abortAll("b", { olderThan: 0, concurrency: 0 }))),
      "concurrency"
    )
  })
)

it.effect("a URL whose answer could not be sent is not made", () =>
  Effect.gen(function* () {
    for (const contentDisposition of ['attachment; filename="\u20ac.txt"', "a\r\nX-Evil: 1", ""]) {
      const field = yield* fieldOf(Presign.get("b", "k", { response: { contentDisposition } }))
      assert.strictEqual(field, "response (content-disposition)")
    }
    assert.strictEqual(yield* fieldOf(Presign.get("b", "k", { versionId: "" })), "versionId")
  })
)

it.effect("an error of a body says which object it was for", () =>
  Effect.gen(function* () {
    const server = layer(() => Effect.succeed(refusal(500, "InternalError")))
    const missing = Multipart.upload("b", "k", HcpBody.file("/nowhere/film.mp4"))
    const error = yield* Effect.flip(Effect.provide(missing, server))
    assert.match(error.message, /^PUT \/b\/k: cannot read the body from \/nowhere\/film.mp4/)
  })
)
