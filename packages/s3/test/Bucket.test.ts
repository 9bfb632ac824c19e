import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Acl from "../src/Acl.ts"
import * as Bucket from "../src/Bucket.ts"
import * as Cors from "../src/Cors.ts"
import * as ObjectLock from "../src/ObjectLock.ts"
import { against, answer, failing, md5, refusal, refusedBy, xml } from "./utils/scripted.ts"

describe("buckets", () => {
  it.effect("are listed", () =>
    Effect.gen(function* () {
      const body = `<a:ListAllMyBucketsResult xmlns:a="http://acs.s3.hitachi.com/doc/2020-09-01/"><a:Owner><a:ID>1</a:ID></a:Owner><a:Buckets>
        <a:Bucket><a:Name>finance</a:Name><a:CreationDate>2026-01-02T03:04:05.000Z</a:CreationDate></a:Bucket>
      </a:Buckets></a:ListAllMyBucketsResult>`
      const [buckets] = yield* against([xml(body)], Bucket.list())
      assert.deepStrictEqual(buckets, [{ name: "finance", createdAt: Date.UTC(2026, 0, 2, 3, 4, 5) }])
    })
  )

  it.effect("are made: one's own is no error, somebody else's is", () =>
    Effect.gen(function* () {
      const create = Bucket.create("finance", { acl: "public-read", objectLock: true })
      const [made, script] = yield* against([answer(200)], create)
      assert.isTrue(made)
      assert.strictEqual(`${script.only.method} ${script.only.target} ${script.only.body}`, "PUT /finance ")
      assert.strictEqual(script.only.header("x-amz-acl"), "public-read")
      assert.isFalse((yield* against([refusal(200, "BucketAlreadyOwnedByYou")], create))[0])
      assert.isFalse((yield* against([refusal(409, "BucketAlreadyOwnedByYou")], create))[0])
      assert.strictEqual((yield* refusedBy([refusal(409, "BucketAlreadyExists")], create)).category, "conflict")
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
        assert.strictEqual((yield* against(answers, Bucket.versioning("finance")))[0], expected)
      }
      const [, script] = yield* against([answer(200)], Bucket.setVersioning("finance", true))
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
        <Grant><Grantee ${type("Group")}/><Permission>READ</Permission></Grant>
      </AccessControlList></AccessControlPolicy>`
      const [acl, script] = yield* against([xml(body)], Acl.getObject("finance", "k", { versionId: "5" }))
      assert.strictEqual(script.only.target, "/finance/k?acl&versionId=5")
      assert.deepStrictEqual(acl, {
        owner: { id: "1", displayName: "lgreen" },
        grants: [
          { to: { _tag: "Id", id: "2", displayName: "mwhite" }, permission: "READ" },
          { to: Acl.allUsers, permission: "READ" }
        ]
      })
    })
  )

  it.effect("are set by name, by grants, or as a whole", () =>
    Effect.gen(function* () {
      const [, canned] = yield* against([answer(200)], Acl.putBucket("finance", "private"))
      assert.strictEqual(canned.only.header("x-amz-acl"), "private")
      const [, none] = yield* against([answer(200)], Acl.putBucket("finance", []))
      assert.strictEqual(none.only.header("x-amz-acl"), "private")
      const owner = { id: "<1>", displayName: undefined }
      const grants = [{ to: Acl.user("mwhite"), permission: "WRITE" }] as const
      const [, whole] = yield* against([answer(200)], Acl.putObject("finance", "k", { owner, grants }))
      assert.include(whole.only.body, "<Owner><ID>&lt;1&gt;</ID></Owner>")
      assert.include(whole.only.body, 'xsi:type="AmazonCustomerByEmail"><EmailAddress>mwhite</EmailAddress>')
      const many = Array.from({ length: 101 }, (_, index) => ({
        to: Acl.id(String(index)),
        permission: "READ" as const
      }))
      assert.strictEqual((yield* failing([], Acl.putBucket("finance", many))).reason._tag, "InvalidInput")
    })
  )
})

describe("cross-origin rules", () => {
  const rule: Cors.Rule = {
    id: "r1",
    origins: ["https://*.example.com"],
    methods: ["GET", "PUT"],
    headers: ["*"],
    exposed: ["ETag"],
    maxAgeSeconds: 60
  }

  it.effect("come back as they were set", () =>
    Effect.gen(function* () {
      const [, script] = yield* against([answer(200)], Cors.put("finance", [rule]))
      const { body, header, target } = script.only
      assert.strictEqual(target, "/finance?cors")
      assert.strictEqual(header("content-md5"), md5(body, "base64"))
      assert.deepStrictEqual((yield* against([answer(200, {}, body)], Cors.get("finance")))[0], [rule])
      assert.strictEqual((yield* failing([], Cors.put("finance", []))).reason._tag, "InvalidInput")
    })
  )

  it.effect("may be none, but a bucket that is not there is an error", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* against([refusal(404, "NoSuchCORSConfiguration")], Cors.get("finance")))[0], [])
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
      const [, script] = yield* against([answer(200)], ObjectLock.setDefault("finance", lock))
      assert.strictEqual(script.only.target, "/finance?object-lock")
      const [found] = yield* against([answer(200, {}, script.only.body)], ObjectLock.configuration("finance"))
      assert.deepStrictEqual(found, { enabled: true, default: lock })
      const none = refusal(404, "ObjectLockConfigurationNotFoundError")
      const [off] = yield* against([none], ObjectLock.configuration("finance"))
      assert.deepStrictEqual(off, { enabled: false, default: undefined })
      const bad = ObjectLock.setDefault("finance", { mode: "COMPLIANCE", period: { years: 0.5 } })
      assert.strictEqual((yield* failing([], bad)).reason._tag, "InvalidInput")
    })
  )

  it.effect("of a version, and legal holds", () =>
    Effect.gen(function* () {
      const until = Date.UTC(2036, 0, 2, 3, 4, 5)
      const set = ObjectLock.setLock(
        "finance",
        "k",
        { mode: "GOVERNANCE", until },
        { versionId: "5", bypassGovernance: true }
      )
      const [, script] = yield* against([answer(200)], set)
      const { body, header, target } = script.only
      assert.strictEqual(target, "/finance/k?retention&versionId=5")
      assert.strictEqual(header("x-amz-bypass-governance-retention"), "true")
      assert.strictEqual(header("content-md5"), md5(body, "base64"))
      const [found] = yield* against([answer(200, {}, body)], ObjectLock.lock("finance", "k"))
      assert.deepStrictEqual(found, { mode: "GOVERNANCE", until })
      const none = refusal(404, "NoSuchObjectLockConfiguration")
      assert.isUndefined((yield* against([none], ObjectLock.lock("finance", "k")))[0])
      const [, held] = yield* against([answer(200)], ObjectLock.setLegalHold("finance", "k", true))
      assert.strictEqual(held.only.target, "/finance/k?legal-hold")
      assert.isTrue((yield* against([answer(200, {}, held.only.body)], ObjectLock.legalHold("finance", "k")))[0])
      // An HCP that does not know the parameter answers with the object.
      const data = answer(200, { "Content-Type": "text/plain" }, "the object")
      assert.strictEqual((yield* failing([data], ObjectLock.lock("finance", "k"))).reason._tag, "InvalidXml")
    })
  )
})
