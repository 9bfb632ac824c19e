import { assert, layer as shared } from "@effect/vitest"
import { ByteRange, HcpBody, Retention } from "@effect-hcp/sdk"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import { Effect, Redacted, Stream } from "effect"
import * as Acl from "../src/Acl.ts"
import * as BatchDelete from "../src/BatchDelete.ts"
import * as Bucket from "../src/Bucket.ts"
import type * as S3 from "../src/S3.ts"
import * as S3Credentials from "../src/S3Credentials.ts"
import * as S3Object from "../src/S3Object.ts"
import { doors, gateway, layer } from "./utils/contract.ts"

const codeOf = <A>(program: Effect.Effect<A, HcpError, S3.S3>) =>
  Effect.map(Effect.flip(program), ({ message, reason }) => {
    assert.strictEqual(reason._tag, "S3Refused", message)
    return reason._tag === "S3Refused" ? reason.code : undefined
  })

const data = Buffer.alloc(600_000, "0123456789abcdef")

shared(layer, { excludeTestServices: true })("the S3 gateway", (it) => {
  for (const [name, credentials] of Object.entries(doors)) {
    for (const style of ["path", "virtualHost"] as const) {
      it.effect(`is the same for every key, by ${name}, ${style}`, () =>
        Effect.gen(function* () {
          const at = `${name}-${style}`
          for (const name of [`a b+c/ü%20(1)!'*.txt`, "p=q&r;s:t@u,v$w~x", "日本/語", `${"x".repeat(200)}/y`]) {
            const key = `${at}/${name}`
            const stored = yield* S3Object.put("plain", key, HcpBody.text(name), { metadata: { way: "test" } })
            const found = yield* S3Object.get("plain", key)
            assert.strictEqual(found.text, name)
            assert.strictEqual(found.metadata.etag, stored.etag)
            assert.deepStrictEqual(found.metadata.metadata, { way: "test" })
            yield* S3Object.copy({ bucket: "plain", key }, "plain", `${key}.copy`)
            assert.strictEqual((yield* S3Object.head("plain", `${key}.copy`)).md5, stored.etag)
            const outcomes = yield* Stream.runCollect(BatchDelete.delete("plain", [key, `${key}.copy`]))
            assert.deepStrictEqual(
              outcomes.map(({ _tag }) => _tag),
              ["Deleted", "Deleted"]
            )
            assert.isFalse(yield* S3Object.exists("plain", key))
          }
        }).pipe(Effect.provide(gateway(credentials, style)))
      )
    }
  }

  it.effect("stores bytes, files and streams, and gives parts of them", () =>
    Effect.gen(function* () {
      const bodies = [
        HcpBody.bytes(data),
        HcpBody.stream(() => Stream.make(data.subarray(0, 70_000), data.subarray(70_000)), { length: data.length })
      ]
      for (const [index, body] of bodies.entries()) {
        const key = `bodies/${index}`
        yield* S3Object.put("plain", key, body, { contentMd5: true })
        const part = yield* S3Object.get("plain", key, { range: ByteRange.between(3, 18) })
        assert.strictEqual(part.text, "3456789abcdef012")
        assert.strictEqual(part.metadata.size, data.length)
        const whole = yield* Stream.runFold(
          S3Object.stream("plain", key, { resume: true }),
          () => 0,
          (n, c) => n + c.length
        )
        assert.strictEqual(whole, data.length)
        assert.strictEqual(
          yield* codeOf(S3Object.get("plain", key, { range: ByteRange.from(data.length) })),
          "InvalidRange"
        )
      }
    }).pipe(Effect.provide(gateway()))
  )

  it.effect("is a WORM store, but for buckets with versions", () =>
    Effect.gen(function* () {
      yield* S3Object.put("plain", "worm", HcpBody.text("1"))
      assert.strictEqual(yield* codeOf(S3Object.put("plain", "worm", HcpBody.text("2"))), "OperationAborted")
      const first = yield* S3Object.put("versions", "k", HcpBody.text("1"))
      const second = yield* S3Object.put("versions", "k", HcpBody.text("2"))
      assert.notStrictEqual(first.versionId, second.versionId)
      assert.strictEqual((yield* S3Object.get("versions", "k")).text, "2")
      const { versionId } = first
      assert.strictEqual((yield* S3Object.get("versions", "k", { versionId })).text, "1")
      yield* S3Object.copy({ bucket: "versions", key: "k", versionId }, "versions", "k")
      assert.strictEqual((yield* S3Object.get("versions", "k")).text, "1")
      yield* S3Object.delete("versions", "k")
      assert.isFalse(yield* S3Object.exists("versions", "k"))
    }).pipe(Effect.provide(gateway()))
  )

  it.effect("protects by retention and holds, and lets both be changed", () =>
    Effect.gen(function* () {
      yield* S3Object.put("plain", "kept", HcpBody.text("1"), { retention: Retention.years(1), metadata: { by: "me" } })
      assert.strictEqual((yield* S3Object.head("plain", "kept")).retention.value?._tag, "Until")
      assert.isDefined(yield* codeOf(S3Object.delete("plain", "kept")))
      yield* S3Object.put("plain", "held", HcpBody.text("1"), { metadata: { by: "me" } })
      yield* S3Object.modify("plain", "held", { hold: true })
      const held = yield* S3Object.head("plain", "held")
      assert.isTrue(held.hold)
      assert.deepStrictEqual(held.metadata, { by: "me" })
      const [outcome] = yield* Stream.runCollect(BatchDelete.delete("plain", ["held"]))
      assert.strictEqual(outcome?._tag, "Failed")
    }).pipe(Effect.provide(gateway()))
  )

  it.effect("has buckets", () =>
    Effect.gen(function* () {
      yield* Bucket.create("made")
      assert.strictEqual(yield* codeOf(Bucket.create("made")), "BucketAlreadyOwnedByYou")
      assert.strictEqual(yield* Bucket.ensure("made"), "unchanged")
      assert.include(
        (yield* Stream.runCollect(Bucket.list())).map(({ name }) => name),
        "made"
      )
      assert.strictEqual(yield* Bucket.versioning.get("made"), "off")
      yield* Bucket.versioning.modify("made", "enabled")
      assert.strictEqual(yield* Bucket.versioning.get("made"), "enabled")
      assert.isTrue(yield* Bucket.exists("made"))
      yield* Bucket.delete("made")
      assert.isFalse(yield* Bucket.exists("made"))
      assert.strictEqual(yield* codeOf(Bucket.versioning.get("absent")), "NoSuchBucket")
    }).pipe(Effect.provide(gateway()))
  )

  it.effect("has lists of who may do what", () =>
    Effect.gen(function* () {
      yield* S3Object.put("plain", "shared", HcpBody.text("1"))
      yield* Acl.object.modify("plain", "shared", "public-read")
      const { grants } = yield* Acl.object.get("plain", "shared")
      assert.deepInclude(grants, { grantee: Acl.allUsers, permissions: ["READ"] })
      yield* Acl.object.modify("plain", "shared", [{ grantee: Acl.user("n"), permissions: ["READ"] }])
      const now = (yield* Acl.object.get("plain", "shared")).grants
      assert.isTrue(now.some(({ grantee, permissions }) => permissions.includes("READ") && "id" in grantee))
      assert.notDeepInclude(now, { grantee: Acl.allUsers, permissions: ["READ"] })
    }).pipe(Effect.provide(gateway()))
  )

  it.effect("has folders", () =>
    Effect.gen(function* () {
      yield* S3Object.makeFolder("plain", "made/by/hand")
      yield* S3Object.makeFolder("plain", "made/by/hand")
      assert.isTrue(yield* S3Object.exists("plain", "made/by/hand/"))
      yield* S3Object.delete("plain", "made/by/hand/")
    }).pipe(Effect.provide(gateway()))
  )

  it.effect("knows the wrong password from the wrong user", () =>
    Effect.gen(function* () {
      const wrong = (username: string) => S3Credentials.layerV4({ username, password: Redacted.make("wrong") })
      const list = codeOf(Stream.runCollect(Bucket.list()))
      assert.strictEqual(yield* Effect.provide(list, gateway(wrong("n"))), "SignatureDoesNotMatch")
      assert.strictEqual(yield* Effect.provide(list, gateway(wrong("nobody"))), "InvalidAccessKeyId")
    })
  )
})
