import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Option, Stream } from "effect"
import * as Acl from "../src/Acl.ts"
import * as Bucket from "../src/Bucket.ts"
import * as Cors from "../src/Cors.ts"
import * as ObjectLock from "../src/ObjectLock.ts"
import { against, answer, failing, lost, md5, refusal, refusedBy, xml } from "./utils/scripted.ts"

describe("buckets", () => {
  it.effect("are listed", () =>
    Effect.gen(function* () {
      const body = `<a:ListAllMyBucketsResult xmlns:a="http://acs.s3.hitachi.com/doc/2020-09-01/"><a:Owner><a:ID>1</a:ID></a:Owner><a:Buckets>
        <a:Bucket><a:Name>finance</a:Name><a:CreationDate>2026-01-02T03:04:05.000Z</a:CreationDate></a:Bucket>
      </a:Buckets></a:ListAllMyBucketsResult>`
      const [buckets] = yield* against([xml(body)], Stream.runCollect(Bucket.list()))
      assert.deepStrictEqual(buckets, [
        { name: "finance", createdAt: DateTime.makeUnsafe(Date.UTC(2026, 0, 2, 3, 4, 5)) }
      ])
    })
  )

  it.effect("are made: one's own is an error only of create, somebody else's always", () =>
    Effect.gen(function* () {
      const create = Bucket.create("finance", { acl: "public-read", objectLock: true })
      const [, script] = yield* against([answer(200)], create)
      assert.strictEqual(`${script.only.method} ${script.only.target} ${script.only.body}`, "PUT /finance ")
      assert.strictEqual(script.only.header("x-amz-acl"), "public-read")
      const ensure = Bucket.ensure("finance", { acl: "public-read", objectLock: true })
      assert.strictEqual((yield* against([answer(200)], ensure))[0], "created")
      for (const status of [200, 409]) {
        const own = refusal(status, "BucketAlreadyOwnedByYou")
        assert.strictEqual((yield* refusedBy([own], create)).category, "conflict")
        assert.strictEqual((yield* against([own], ensure))[0], "unchanged")
        assert.isUndefined((yield* against([lost, own], create))[0])
      }
      assert.strictEqual((yield* refusedBy([refusal(409, "BucketAlreadyExists")], create)).category, "conflict")
      assert.strictEqual((yield* refusedBy([refusal(409, "BucketAlreadyExists")], ensure)).category, "conflict")
      for (const name of ["ab", "rest", "HS3", "xn--a", "a.b", "-ab"]) {
        assert.strictEqual((yield* failing([], Bucket.create(name))).reason._tag, "InvalidInput", name)
      }
    })
  )

  it.effect("keep versions or not", () =>
    Effect.gen(function* () {
      const states = [
        ["", "off"],
        ["<Status>Enabled</Status>", "enabled"],
        ["<Status>Suspended</Status>", "suspended"]
      ] as const
      for (const [status, expected] of states) {
        const answers = [xml(`<VersioningConfiguration>${status}</VersioningConfiguration>`)]
        assert.strictEqual((yield* against(answers, Bucket.versioning.get("finance")))[0], expected)
      }
      const [, script] = yield* against([answer(200)], Bucket.versioning.modify("finance", "enabled"))
      assert.strictEqual(script.only.target, "/finance?versioning")
      assert.include(script.only.body, "<Status>Enabled</Status>")
      assert.strictEqual(script.only.header("content-type"), "application/xml")
    })
  )

  it.effect("are looked for and deleted", () =>
    Effect.gen(function* () {
      assert.isFalse((yield* against([answer(404)], Bucket.exists("finance")))[0])
      yield* against([answer(204)], Bucket.delete("finance"))
      const reason = yield* refusedBy([refusal(409, "BucketNotEmpty")], Bucket.delete("finance"))
      assert.include(reason.message, "delete what is in it first")
    })
  )
})

describe("access control lists", () => {
  it.effect("are read, whatever is odd in them left out", () =>
    Effect.gen(function* () {
      const type = (name: string) => `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${name}"`
      const body = `<AccessControlPolicy><Owner><ID>1</ID><DisplayName>lgreen</DisplayName></Owner><AccessControlList>
        <Grant><Grantee ${type("CanonicalUser")}><ID>2</ID><DisplayName>mwhite</DisplayName></Grantee><Permission>READ</Permission></Grant>
        <Grant><Grantee ${type("Group")}><URI>${"http://acs.amazonaws.com/groups/global/AllUsers"}</URI></Grantee><Permission>READ</Permission></Grant>
        <Grant><Grantee ${type("CanonicalUser")}><ID>2</ID><DisplayName>mwhite</DisplayName></Grantee><Permission>WRITE_ACP</Permission></Grant>
        <Grant><Grantee ${type("Group")}/><Permission>READ</Permission></Grant>
      </AccessControlList></AccessControlPolicy>`
      const [acl, script] = yield* against([xml(body)], Acl.object.get("finance", "k", { versionId: "5" }))
      assert.strictEqual(script.only.target, "/finance/k?acl&versionId=5")
      assert.deepStrictEqual(acl, {
        owner: { id: "1", displayName: "lgreen" },
        grants: [
          { grantee: { type: "user", id: "2", displayName: "mwhite" }, permissions: ["READ", "WRITE_ACL"] },
          { grantee: Acl.allUsers, permissions: ["READ"] }
        ]
      })
    })
  )

  it.effect("are set by name, by grants, or as a whole", () =>
    Effect.gen(function* () {
      const [, canned] = yield* against([answer(200)], Acl.bucket.modify("finance", "private"))
      assert.strictEqual(canned.only.header("x-amz-acl"), "private")
      const [, none] = yield* against([answer(200)], Acl.bucket.modify("finance", []))
      assert.strictEqual(none.only.header("x-amz-acl"), "private")
      const owner = { id: "<1>", displayName: undefined }
      const grants = [{ grantee: Acl.user("mwhite"), permissions: ["WRITE"] }] as const
      const [, whole] = yield* against([answer(200)], Acl.object.modify("finance", "k", { owner, grants }))
      assert.include(whole.only.body, "<Owner><ID>&lt;1&gt;</ID></Owner>")
      assert.include(whole.only.body, 'xsi:type="AmazonCustomerByEmail"><EmailAddress>mwhite</EmailAddress>')
      const many = Array.from({ length: 101 }, (_, index) => ({
        grantee: Acl.id(String(index)),
        permissions: ["READ" as const]
      }))
      assert.strictEqual((yield* failing([], Acl.bucket.modify("finance", many))).reason._tag, "InvalidInput")
    })
  )
})

describe("cross-origin rules", () => {
  const rule: Cors.Rule = {
    id: "r1",
    allowedOrigins: ["https://*.example.com"],
    allowedMethods: ["GET", "PUT"],
    allowedHeaders: ["*"],
    exposeHeaders: ["ETag"],
    maxAgeSeconds: 60
  }

  it.effect("come back as they were set", () =>
    Effect.gen(function* () {
      const [, script] = yield* against([answer(200)], Cors.modify("finance", [rule]))
      const { body, header, target } = script.only
      assert.strictEqual(target, "/finance?cors")
      assert.strictEqual(header("content-md5"), md5(body, "base64"))
      assert.deepStrictEqual((yield* against([answer(200, {}, body)], Cors.get("finance")))[0], [rule])
      assert.strictEqual((yield* failing([], Cors.modify("finance", []))).reason._tag, "InvalidInput")
    })
  )

  it.effect("may be none, but a bucket that is not there is an error", () =>
    Effect.gen(function* () {
      const none = refusal(404, "NoSuchCORSConfiguration")
      assert.isTrue(Option.isNone((yield* against([none], Cors.find("finance")))[0]))
      assert.strictEqual((yield* refusedBy([none], Cors.get("finance"))).category, "notFound")
      assert.strictEqual((yield* refusedBy([refusal(404, "NoSuchBucket")], Cors.find("finance"))).category, "notFound")
      assert.strictEqual((yield* refusedBy([refusal(404, "NoSuchBucket")], Cors.get("finance"))).category, "notFound")
      const [, script] = yield* against([answer(204)], Cors.delete("finance"))
      assert.strictEqual(`${script.only.method} ${script.only.target}`, "DELETE /finance?cors")
    })
  )
})

describe("object lock", () => {
  it.effect("of a bucket", () =>
    Effect.gen(function* () {
      const lock = { mode: "COMPLIANCE", period: { days: 30 } } as const
      const [, script] = yield* against([answer(200)], ObjectLock.configuration.modify("finance", { default: lock }))
      assert.strictEqual(script.only.target, "/finance?object-lock")
      const [found] = yield* against([answer(200, {}, script.only.body)], ObjectLock.configuration.get("finance"))
      assert.deepStrictEqual(found, { enabled: true, default: lock })
      const [, cleared] = yield* against([answer(200)], ObjectLock.configuration.modify("finance", { default: false }))
      assert.notInclude(cleared.only.body, "Rule")
      const none = refusal(404, "ObjectLockConfigurationNotFoundError")
      const [off] = yield* against([none], ObjectLock.configuration.get("finance"))
      assert.deepStrictEqual(off, { enabled: false, default: undefined })
      const bad = ObjectLock.configuration.modify("finance", {
        default: { mode: "COMPLIANCE", period: { years: 0.5 } }
      })
      assert.strictEqual((yield* failing([], bad)).reason._tag, "InvalidInput")
    })
  )

  it.effect("of a version, and legal holds", () =>
    Effect.gen(function* () {
      const until = DateTime.makeUnsafe("2036-01-02T03:04:05Z")
      // Nothing is locked shorter than asked for.
      const asked = DateTime.makeUnsafe("2036-01-02T03:04:04.001Z")
      const set = ObjectLock.lock.modify(
        "finance",
        "k",
        { mode: "GOVERNANCE", until: asked },
        { versionId: "5", bypassGovernance: true }
      )
      const [, script] = yield* against([answer(200)], set)
      const { body, header, target } = script.only
      assert.strictEqual(target, "/finance/k?retention&versionId=5")
      assert.strictEqual(header("x-amz-bypass-governance-retention"), "true")
      assert.strictEqual(header("content-md5"), md5(body, "base64"))
      const [found] = yield* against([answer(200, {}, body)], ObjectLock.lock.find("finance", "k"))
      assert.deepStrictEqual(found, Option.some({ mode: "GOVERNANCE", until }))
      assert.deepStrictEqual(
        (yield* against([answer(200, {}, body)], ObjectLock.lock.get("finance", "k")))[0].until,
        until
      )
      const none = refusal(404, "NoSuchObjectLockConfiguration")
      assert.isTrue(Option.isNone((yield* against([none], ObjectLock.lock.find("finance", "k")))[0]))
      assert.strictEqual(
        (yield* refusedBy([none], ObjectLock.lock.get("finance", "k"))).code,
        "NoSuchObjectLockConfiguration"
      )
      const empty = answer(200, {}, "<Retention/>")
      assert.isTrue(Option.isNone((yield* against([empty], ObjectLock.lock.find("finance", "k")))[0]))
      assert.strictEqual((yield* refusedBy([empty], ObjectLock.lock.get("finance", "k"))).category, "notFound")
      const [, held] = yield* against([answer(200)], ObjectLock.legalHold.modify("finance", "k", true))
      assert.strictEqual(held.only.target, "/finance/k?legal-hold")
      assert.isTrue((yield* against([answer(200, {}, held.only.body)], ObjectLock.legalHold.get("finance", "k")))[0])
      // An HCP that does not know the parameter answers with the object.
      const data = answer(200, { "Content-Type": "text/plain" }, "the object")
      assert.strictEqual((yield* failing([data], ObjectLock.lock.find("finance", "k"))).reason._tag, "InvalidXml")
    })
  )
})
