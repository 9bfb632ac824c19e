import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { ByteRange, HcpBody, LabelledHold, Retention } from "@effect-hcp/sdk"
import { DateTime, Effect, Stream } from "effect"
import * as Acl from "../src/Acl.ts"
import * as BatchDelete from "../src/BatchDelete.ts"
import * as Bucket from "../src/Bucket.ts"
import * as Cors from "../src/Cors.ts"
import * as S3Object from "../src/S3Object.ts"
import { against, answer, failing, lost, md5, refusal, refusedBy, xml } from "./utils/scripted.ts"

const text = "hello, world"
const etag = `"${md5(text)}"`
const put = S3Object.put("finance", "k", HcpBody.text(text))

describe("get", () => {
  it.effect("gives what looks as if it was decoded at once", () =>
    Effect.gen(function* () {
      const step = answer(200, { ETag: etag, "Last-Modified": "Sat, 31 Jan 2026 00:00:00 GMT" }, text)
      const [[found, metadata]] = yield* against(
        [step, step],
        Effect.all([S3Object.get("finance", "k"), Effect.map(S3Object.get("finance", "k"), (other) => other.metadata)])
      )
      const plain = { range: undefined, metadata, bytes: new Uint8Array(Buffer.from(text)), text }
      assert.deepStrictEqual({ ...found }, plain)
      assert.deepStrictEqual(structuredClone(found), structuredClone(plain))
      assert.deepStrictEqual(JSON.parse(JSON.stringify(found)), JSON.parse(JSON.stringify(plain)))
      assert.strictEqual(inspect(found), inspect(plain))
    })
  )
})

describe("put", () => {
  it.effect("says everything in headers, and hashes what is in memory", () =>
    Effect.gen(function* () {
      const program = S3Object.put("finance", "k", HcpBody.text(text), {
        contentType: "text/plain",
        metadata: { department: "sales" },
        acl: [
          { grantee: Acl.user("mwhite"), permissions: ["READ"] },
          { grantee: Acl.allUsers, permissions: ["READ"] },
          { grantee: Acl.id("42"), permissions: ["FULL_CONTROL"] }
        ],
        retention: Retention.years(10),
        hold: true,
        labelledHolds: [LabelledHold.hold("case 7")]
      })
      const headers = { ETag: etag, "x-amz-version-id": "92345", "X-HCP-ServicedBySystem": "hcp1.example.com" }
      const [stored, script] = yield* against([answer(200, headers)], program)
      assert.deepStrictEqual(stored, { etag: md5(text), versionId: "92345", servicedBy: "hcp1.example.com" })
      const { body, header } = script.only
      assert.strictEqual(body, text)
      assert.strictEqual(header("content-md5"), md5(text, "base64"))
      assert.strictEqual(header("content-type"), "text/plain")
      assert.strictEqual(header("x-amz-meta-department"), "sales")
      assert.strictEqual(header("x-hcp-retention"), "A+10y")
      assert.strictEqual(header("x-hcp-retentionhold"), "true")
      assert.strictEqual(header("x-hcp-labelretentionhold"), '[{"id":"case 7","hold":true}]')
      assert.strictEqual(
        header("x-amz-grant-read"),
        'emailAddress="mwhite", uri="http://acs.amazonaws.com/groups/global/AllUsers"'
      )
      assert.strictEqual(header("x-amz-grant-full-control"), 'id="42"')
      assert.include(header("authorization") ?? "", ";x-hcp-retention;")
    })
  )

  it.effect("refuses before anything is sent what cannot end well", () =>
    Effect.gen(function* () {
      const stream = () => Stream.make(Buffer.from(text))
      const once = HcpBody.streamOnce(stream(), { length: text.length })
      const cases = [
        ["body", S3Object.put("finance", "k", HcpBody.stream(stream))],
        ["key", S3Object.put("finance", "k/", HcpBody.text(text))],
        ["key", S3Object.put("finance", "x".repeat(4096), HcpBody.text(text))],
        ["key", S3Object.put("finance", "€".repeat(1366), HcpBody.text(text))],
        ["contentMd5", S3Object.put("finance", "k", once, { contentMd5: true })],
        ["lock", S3Object.put("finance", "k", once, { hold: true, legalHold: true })],
        ["acl", S3Object.put("finance", "k", once, { acl: [{ grantee: Acl.user('a"b'), permissions: ["READ"] }] })],
        ...[
          { Department: "x" },
          { "1st": "x" },
          { empty: "" },
          { umlaut: "ü" },
          { blank: " x" },
          { long: "x".repeat(2048) }
        ].map((metadata) => ["metadata", S3Object.put("finance", "k", once, { metadata })] as const)
      ] as const
      for (const [field, program] of cases) {
        const { message, reason } = yield* failing([], program)
        assert.strictEqual(reason._tag, "InvalidInput", message)
        if (reason._tag === "InvalidInput") assert.match(reason.field, new RegExp(`^${field}`))
      }
      const { message } = yield* failing([], S3Object.put("finance", "k", HcpBody.stream(stream)))
      assert.include(message, "Multipart")
    })
  )

  it.effect("hashes bytes of any size, and may be told not to", () =>
    Effect.gen(function* () {
      for (const size of [0, 1, 1024 * 1024, 1024 * 1024 + 1]) {
        const bytes = new Uint8Array(size).fill(120)
        const [, script] = yield* against([answer(200, {})], S3Object.put("finance", "k", HcpBody.bytes(bytes)))
        assert.strictEqual(script.only.header("content-md5"), md5(bytes, "base64"))
      }
      const unhashed = S3Object.put("finance", "k", HcpBody.bytes(Buffer.from(text)), { contentMd5: false })
      const [, script] = yield* against([answer(200, {})], unhashed)
      assert.isUndefined(script.only.header("content-md5"))
    })
  )

  it.effect("names the object where its body cannot be read to be hashed", () =>
    Effect.gen(function* () {
      const body = HcpBody.stream(() => Stream.fail("no more"), { length: 1 })
      const error = yield* failing([], S3Object.put("finance", "a/k", body, { contentMd5: true }))
      assert.strictEqual(error.message, "PUT /finance/a/k: cannot read the body from stream: no more")
    })
  )

  it.effect("compares the ETag with what was sent, where it is an MD5", () =>
    Effect.gen(function* () {
      const body = HcpBody.stream(() => Stream.make(Buffer.from(text)), { length: text.length })
      const stream = S3Object.put("finance", "k", body)
      const other = answer(200, { ETag: `"${md5("other")}"` })
      assert.strictEqual((yield* failing([other], stream)).reason._tag, "IntegrityError")
      assert.strictEqual((yield* failing([other], put)).reason._tag, "IntegrityError")
      yield* against([other], S3Object.put("finance", "k", body, { verify: false }))
      yield* against([answer(200, { ETag: '"abc-2"' })], stream)
      const [, script] = yield* against(
        [answer(200, { ETag: etag })],
        S3Object.put("finance", "k", body, { contentMd5: true })
      )
      assert.strictEqual(script.only.header("content-md5"), md5(text, "base64"))
    })
  )

  it.effect("settles a lost answer by what is stored", () =>
    Effect.gen(function* () {
      const conflict = refusal(409, "OperationAborted")
      const same = answer(200, { ETag: etag, "Content-Length": String(text.length) })
      const [stored, script] = yield* against([lost, conflict, same], put)
      assert.strictEqual(stored.etag, md5(text))
      assert.strictEqual(script.call(2).method, "HEAD")
      yield* against([lost, refusal(403, "AccessDenied"), same], put)
      const others = [
        answer(200, { ETag: `"${md5("other")}"`, "Content-Length": String(text.length) }),
        answer(200, { ETag: etag, "Content-Length": "3" }),
        answer(200, { ETag: '"abc-2"', "Content-Length": String(text.length) }),
        answer(404)
      ]
      for (const other of others) {
        const reason = yield* refusedBy([lost, conflict, other], put)
        assert.strictEqual(reason.category, "conflict")
      }
      // What is stored no longer fits the condition.
      const ifAbsent = S3Object.put("finance", "k", HcpBody.text(text), { ifNoneMatch: "*" })
      const unmet = refusal(412, "PreconditionFailed")
      const [made, conditional] = yield* against([lost, unmet, same], ifAbsent)
      assert.strictEqual(made.etag, md5(text))
      assert.strictEqual(conditional.call(0).header("if-none-match"), "*")
      assert.strictEqual((yield* refusedBy([unmet], ifAbsent)).category, "precondition")
      // So AWS says that what was to be replaced is gone.
      const ifSame = S3Object.put("finance", "k", HcpBody.text(text), { ifMatch: "abc" })
      assert.strictEqual((yield* refusedBy([refusal(404, "NoSuchKey")], ifSame)).category, "precondition")
      assert.strictEqual((yield* refusedBy([refusal(404, "NoSuchBucket")], ifSame)).category, "notFound")
      const [, matching] = yield* against([same], ifSame)
      assert.strictEqual(matching.only.header("if-match"), '"abc"')
      // Without a lost answer there is nothing to settle.
      assert.strictEqual((yield* refusedBy([conflict], put)).category, "conflict")
    })
  )

  it.effect("makes folders, and leaves those that are there", () =>
    Effect.gen(function* () {
      const make = S3Object.makeFolder("finance", "a/b")
      const [, script] = yield* against([answer(200)], make)
      assert.strictEqual(script.only.target, "/finance/a/b/")
      assert.strictEqual(script.only.body, "")
      yield* against([refusal(409, "OperationAborted"), answer(200)], make)
      assert.strictEqual((yield* refusedBy([refusal(409, "OperationAborted"), answer(404)], make)).category, "conflict")
    })
  )
})

describe("get", () => {
  it.effect("gives data and what is said about it", () =>
    Effect.gen(function* () {
      const headers = {
        ETag: etag,
        "Content-Type": "text/plain",
        "Content-Length": String(text.length),
        "Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT",
        "x-amz-version-id": "92345",
        "x-amz-meta-department": "sales",
        "x-hcp-retention": "2036-01-02T03:04:05+0000",
        "x-hcp-retentionhold": "true",
        "x-hcp-labelretentionhold-labels": '[{"id":"case 7","hold":true}'
      }
      const program = S3Object.get("finance", "k", { versionId: "92345", ifNoneMatch: "abc" })
      const [found, script] = yield* against([answer(200, headers, text)], program)
      assert.strictEqual(found.text, text)
      const { metadata } = found
      assert.strictEqual(metadata.size, text.length)
      assert.strictEqual(metadata.md5, md5(text))
      assert.deepStrictEqual(metadata.modifiedAt, DateTime.makeUnsafe(Date.UTC(2026, 0, 2, 3, 4, 5)))
      assert.strictEqual(metadata.versionId, "92345")
      assert.deepStrictEqual(metadata.metadata, { department: "sales" })
      assert.deepStrictEqual(
        metadata.retention.value,
        Retention.until(DateTime.makeUnsafe(Date.UTC(2036, 0, 2, 3, 4, 5)))
      )
      assert.isTrue(metadata.hold)
      assert.deepStrictEqual(metadata.labelledHolds, [])
      assert.strictEqual(script.only.target, "/finance/k?versionId=92345")
      assert.strictEqual(script.only.header("if-none-match"), '"abc"')
    })
  )

  it.effect("takes a part only for the part that was asked for", () =>
    Effect.gen(function* () {
      const program = S3Object.get("finance", "k", { range: ByteRange.between(0, 4) })
      const part = answer(
        206,
        { "Content-Range": `bytes 0-4/${text.length}`, "Content-Length": "5", ETag: etag },
        "hello"
      )
      const [found, script] = yield* against([part], program)
      assert.strictEqual(script.only.header("range"), "bytes=0-4")
      assert.deepStrictEqual(found.range, { first: 0, last: 4, size: text.length })
      assert.strictEqual(found.metadata.size, text.length)
      for (const bad of [answer(200, {}, text), answer(206, { "Content-Range": "bytes 1-5/12" }, "ello,")]) {
        assert.strictEqual((yield* failing([bad], program)).reason._tag, "UnexpectedAnswer")
      }
    })
  )

  it.effect("takes the whole for a range where it is exactly that range, in memory and as a stream (row 148)", () =>
    Effect.gen(function* () {
      const whole = answer(200, { ETag: etag, "Content-Length": String(text.length) }, text)
      for (const range of [ByteRange.last(99), ByteRange.between(0, 99), ByteRange.between(0, text.length - 1)]) {
        const [found] = yield* against([whole], S3Object.get("finance", "k", { range }))
        assert.strictEqual(found.text, text)
        assert.isUndefined(found.range)
        const [chunks] = yield* against([whole], Stream.runCollect(S3Object.stream("finance", "k", { range })))
        assert.strictEqual(Buffer.concat(chunks).toString(), text)
      }
      for (const range of [ByteRange.last(text.length - 1), ByteRange.between(1, 99)]) {
        const programs = [
          Effect.asVoid(S3Object.get("finance", "k", { range })),
          Stream.runDrain(S3Object.stream("finance", "k", { range }))
        ]
        for (const program of programs) {
          assert.strictEqual((yield* failing([whole], program)).reason._tag, "UnexpectedAnswer")
        }
      }
    })
  )

  it.effect("compares the whole with its ETag, and asks once more where it is wrong", () =>
    Effect.gen(function* () {
      const broken = answer(200, { ETag: etag, "Content-Length": "5" }, "other")
      const whole = answer(200, { ETag: etag, "Content-Length": String(text.length) }, text)
      const [found] = yield* against([broken, whole], S3Object.get("finance", "k"))
      assert.strictEqual(found.text, text)
      const twice = yield* failing([broken, broken], S3Object.get("finance", "k"))
      assert.strictEqual(twice.reason._tag, "IntegrityError")
      const stream = Stream.runDrain(S3Object.stream("finance", "k"))
      assert.strictEqual((yield* failing([broken], stream)).reason._tag, "IntegrityError")
      yield* against([broken], Stream.runDrain(S3Object.stream("finance", "k", { verify: false })))
      const [resumed] = yield* against([whole], S3Object.get("finance", "k", { resume: true }))
      assert.strictEqual(resumed.text, text)
    })
  )

  it.effect("says that a version marks a deletion", () =>
    Effect.gen(function* () {
      const reason = yield* refusedBy([answer(204)], S3Object.get("finance", "k", { versionId: "1" }))
      assert.strictEqual(reason.category, "notFound")
      assert.isFalse((yield* against([answer(204)], S3Object.exists("finance", "k")))[0])
      assert.isFalse((yield* against([answer(404)], S3Object.exists("finance", "k")))[0])
      assert.isTrue((yield* against([answer(200)], S3Object.exists("finance", "k")))[0])
      assert.strictEqual((yield* refusedBy([answer(403)], S3Object.exists("finance", "k"))).category, "access")
    })
  )

  it.effect("as a stream refuses as any other call does", () =>
    Effect.gen(function* () {
      const reason = yield* refusedBy([refusal(404, "NoSuchKey")], Stream.runDrain(S3Object.stream("finance", "k")))
      assert.strictEqual(reason.code, "NoSuchKey")
    })
  )
})

describe("copy", () => {
  const copied = xml(
    `<CopyObjectResult><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>${etag.replaceAll('"', "&quot;")}</ETag></CopyObjectResult>`,
    {
      "x-amz-version-id": "2",
      "x-amz-copy-source-version-id": "1"
    }
  )

  it.effect("whose answer was lost is settled by what is stored at source and target (row 174)", () =>
    Effect.gen(function* () {
      const from = { bucket: "finance", key: "a" }
      const stored = (text: string) =>
        answer(200, { ETag: `"${md5(text)}"`, "Content-Length": String(text.length), "x-amz-version-id": "7" })
      const copy = S3Object.copy(from, "archive", "k")
      for (const refused of [refusal(409, "OperationAborted"), refusal(403, "AccessDenied")]) {
        const [made] = yield* against([lost, refused, stored("x"), stored("x")], copy)
        assert.deepStrictEqual([made.etag, made.versionId], [md5("x"), "7"])
        assert.strictEqual((yield* refusedBy([refused], copy)).category === "conflict", refused.status === 409)
        yield* refusedBy([lost, refused, stored("x"), stored("y")], copy)
        yield* refusedBy([lost, refused, stored("x"), answer(404)], copy)
        // Onto itself, source and target are always the same.
        yield* refusedBy([lost, refused], S3Object.copy(from, "finance", "a"))
      }
    })
  )

  it.effect("names the source encoded, with its version and conditions on it", () =>
    Effect.gen(function* () {
      const from = { bucket: "finance", key: "a b/ü+.txt", versionId: "1" }
      const [result, script] = yield* against(
        [copied],
        S3Object.copy(from, "archive", "k", { source: { ifMatch: "abc" }, retention: Retention.years(1) })
      )
      assert.strictEqual(script.only.target, "/archive/k")
      assert.strictEqual(script.only.header("x-amz-copy-source"), "/finance/a%20b/%C3%BC%2B.txt?versionId=1")
      assert.strictEqual(script.only.header("x-amz-copy-source-if-match"), '"abc"')
      assert.strictEqual(script.only.header("x-amz-metadata-directive"), "COPY")
      assert.strictEqual(script.only.header("x-hcp-retention"), "A+1y")
      assert.deepStrictEqual(result, {
        etag: md5(text),
        modifiedAt: DateTime.makeUnsafe(Date.UTC(2026, 0, 2, 3, 4, 5)),
        versionId: "2",
        sourceVersionId: "1",
        servicedBy: undefined
      })
    })
  )

  it.effect("onto itself takes over names that other clients have stored and nobody could store here", () =>
    Effect.gen(function* () {
      const now = answer(200, { ETag: etag, "x-amz-meta-1st": "x", "x-amz-meta-b!": "y" })
      const copied = xml("<CopyObjectResult><ETag>&quot;e&quot;</ETag></CopyObjectResult>")
      const [, script] = yield* against([now, copied], S3Object.modify("finance", "k", { hold: true }))
      const { header } = script.call(1)
      assert.strictEqual(header("x-amz-metadata-directive"), "REPLACE")
      assert.deepStrictEqual([header("x-amz-meta-1st"), header("x-amz-meta-b!")], ["x", "y"])
    })
  )

  it.effect("onto itself keeps what is not changed", () =>
    Effect.gen(function* () {
      const now = answer(200, { ETag: etag, "Content-Type": "text/plain", "x-amz-meta-department": "sales" })
      const change = S3Object.modify("finance", "k", { hold: true })
      const [, script] = yield* against([now, copied], change)
      const { header } = script.call(1)
      assert.strictEqual(header("x-amz-copy-source"), "/finance/k")
      assert.strictEqual(header("x-amz-metadata-directive"), "REPLACE")
      assert.strictEqual(header("x-amz-meta-department"), "sales")
      assert.strictEqual(header("content-type"), "text/plain")
      assert.strictEqual(header("x-hcp-retentionhold"), "true")
      assert.strictEqual(header("x-amz-copy-source-if-match"), etag)
      const hidden = answer(200, { ETag: etag, "x-amz-missing-meta": "1" })
      assert.strictEqual((yield* failing([hidden], change)).reason._tag, "UnexpectedAnswer")
    })
  )

  it.effect("that fails after its status is an error", () =>
    Effect.gen(function* () {
      const program = S3Object.copy({ bucket: "finance", key: "a" }, "finance", "b")
      assert.strictEqual((yield* refusedBy([refusal(200, "InternalError")], program)).category, "busy")
    })
  )
})

describe("remove", () => {
  it.effect("is done where what was to go is not found after a lost answer, but not without its bucket (row 173)", () =>
    Effect.gen(function* () {
      const deletions = [
        ["NoSuchVersion", S3Object.delete("finance", "k", { versionId: "1" })],
        ["NoSuchBucket", Bucket.delete("finance")],
        ["NoSuchCORSConfiguration", Cors.delete("finance")]
      ] as const
      for (const [code, program] of deletions) {
        yield* against([lost, refusal(404, code)], program)
        assert.strictEqual((yield* refusedBy([refusal(404, code)], program)).code, code)
      }
      const noBucket = refusal(404, "NoSuchBucket")
      for (const program of [deletions[0][1], deletions[2][1]]) {
        assert.strictEqual((yield* refusedBy([lost, noBucket], program)).code, "NoSuchBucket")
      }
      const missing = xml(
        "<DeleteResult><Error><Key>k</Key><VersionId>1</VersionId><Code>NoSuchVersion</Code></Error></DeleteResult>"
      )
      const many = Stream.runCollect(BatchDelete.delete("finance", [{ key: "k", versionId: "1" }]))
      for (const [steps, tag] of [
        [[missing], "Failed"],
        [[lost, missing], "Deleted"]
      ] as const) {
        const [outcomes] = yield* against(steps, many)
        assert.deepStrictEqual(
          outcomes.map(({ _tag }) => _tag),
          [tag]
        )
      }
    })
  )

  it.effect("a version, privileged, and words HCP uses for truth values", () =>
    Effect.gen(function* () {
      const program = S3Object.delete("finance", "k", { versionId: "92345", privileged: "by order of the court" })
      const headers = { "x-amz-delete-marker": "Not Implemented", "x-amz-version-id": "92345" }
      const [deleted, script] = yield* against([answer(204, headers)], program)
      assert.deepStrictEqual(deleted, { deleteMarker: undefined, versionId: "92345" })
      assert.strictEqual(script.only.target, "/finance/k?versionId=92345")
      assert.strictEqual(script.only.header("x-hcp-privileged"), "by order of the court")
      const error = yield* failing([], S3Object.delete("finance", "k", { privileged: " " }))
      assert.strictEqual(error.reason._tag, "InvalidInput")
    })
  )
})
