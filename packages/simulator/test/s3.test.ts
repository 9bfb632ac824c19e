import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import type { HcpSystem } from "../src/HcpSystem.ts"
import { send } from "./utils/exchange.ts"
import { mapi, must, tokenFor } from "./utils/mapi.ts"
import { ask, contentMd5, makeS3, outcome, s3, texts } from "./utils/s3.ts"

const native = { authorization: tokenFor("owner", "owner01") }
const empty = "d41d8cd98f00b204e9800998ecf8427e"

describe("the owner of a namespace", () => {
  const owned = { namespaces: [{ name: "n1", tenant: "t1", s3: true, owner: "OWNER" }] }
  const buckets = (hcp: HcpSystem, as?: string) =>
    Effect.map(ask(hcp, "GET", "/", { as }), (root) => texts(root, "Buckets", "Bucket", "Name"))
  const ownerOf = (hcp: HcpSystem) =>
    Effect.map(must(hcp, "GET", "/tenants/t1/namespaces/n1"), ({ json }): unknown => json.owner)

  it.effect("sees it among the buckets and sets it up, from the specification on", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3(owned)
      assert.deepStrictEqual(yield* buckets(hcp), ["n1"])
      assert.deepStrictEqual(yield* buckets(hcp, "other"), [])
      assert.strictEqual(yield* ownerOf(hcp), "owner")
      const enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
      const body = { body: enabled, headers: { "content-md5": contentMd5(enabled) } }
      assert.strictEqual(yield* outcome(hcp, "PUT", "/n1?versioning", { ...body, as: "other" }), "403 AccessDenied")
      assert.strictEqual(yield* outcome(hcp, "PUT", "/n1?versioning", body), "200")
      const stranger = makeS3({ namespaces: [{ name: "n1", tenant: "t1", owner: "who" }] })
      assert.include((yield* Effect.flip(stranger)).message, 'its owner "who" is none of the users')
    })
  )

  it.effect("follows its account to a new name, and is nobody once the account is gone", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3(owned)
      yield* must(hcp, "POST", "/tenants/t1/userAccounts/owner", { json: { username: "Renamed" } })
      assert.strictEqual(yield* ownerOf(hcp), "Renamed")
      yield* must(hcp, "DELETE", "/tenants/t1/userAccounts/renamed")
      assert.isUndefined(yield* ownerOf(hcp))
    })
  )
})

describe("one store behind two protocols", () => {
  it.effect("shows an object that S3 has stored to REST, and the other way round", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      const host = `plain.t1.${hcp.domain}`
      const put = yield* s3(hcp, "PUT", "/plain/a/b%20c.txt", {
        body: "hello",
        headers: { "x-amz-meta-color": "blue & red", "x-hcp-retention": "A+1d", "content-type": "text/x-a" }
      })
      assert.strictEqual(put.status, 200)
      const rest = yield* send(hcp, "GET", "/rest/a/b%20c.txt", { host, headers: native })
      assert.strictEqual(rest.text, "hello")
      assert.strictEqual(rest.headers["x-hcp-retention"], String(24 * 3600))
      const pairs = yield* send(hcp, "GET", "/rest/a/b%20c.txt?type=custom-metadata&annotation=.metapairs", {
        host,
        headers: native
      })
      assert.strictEqual(pairs.text, `<metapairs version="600"><meta-color>blue &amp; red</meta-color></metapairs>`)
      yield* send(hcp, "PUT", "/rest/native.pdf?hold=true", { host, headers: native, body: "native" })
      const head = yield* s3(hcp, "GET", "/plain/native.pdf")
      assert.strictEqual(head.text, "native")
      assert.strictEqual(head.headers["content-type"], "application/pdf")
      assert.strictEqual(head.headers["x-hcp-retentionhold"], "true")
      assert.strictEqual(yield* outcome(hcp, "DELETE", "/plain/native.pdf"), "403 AccessDenied")
      yield* send(hcp, "PUT", "/rest/native.pdf?type=custom-metadata&annotation=.metapairs", {
        host,
        headers: native,
        body: "no XML"
      })
      const missing = yield* s3(hcp, "HEAD", "/plain/native.pdf")
      assert.strictEqual(missing.headers["x-amz-missing-meta"], "1")
    })
  )

  it.effect("keeps the case of the names of user metadata, and joins what comes twice", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      const rawHeaders = ["X-Amz-Meta-Color", "blue", "x-amz-meta-color", "red", "x-amz-meta-color", "green"]
      yield* s3(hcp, "PUT", "/plain/a", { body: "1", rawHeaders: [...rawHeaders, "x-amz-meta-empty", " "] })
      const { names, headers } = yield* s3(hcp, "HEAD", "/plain/a")
      assert.deepStrictEqual(
        names.filter((name) => name.startsWith("x-amz-meta-")),
        ["x-amz-meta-Color", "x-amz-meta-color"]
      )
      assert.strictEqual(headers["x-amz-meta-color"], "red,green")
      const pairs = yield* send(hcp, "GET", "/rest/a?type=custom-metadata&annotation=.metapairs", {
        host: `plain.t1.${hcp.domain}`,
        headers: native
      })
      assert.include(pairs.text, "<meta-Color>blue</meta-Color><meta-color>red,green</meta-color>")
    })
  )

  it.effect("has no hash of an object that was made of parts", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      const begun = yield* ask(hcp, "POST", "/plain/x?uploads")
      const [id = ""] = texts(begun, "UploadId")
      yield* s3(hcp, "PUT", `/plain/x?uploadId=${id}&partNumber=1`, { body: "abc" })
      yield* s3(hcp, "POST", `/plain/x?uploadId=${id}`, {
        body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>900150983cd24fb0d6963f7d28e17f72</ETag></Part></CompleteMultipartUpload>`
      })
      const host = `plain.t1.${hcp.domain}`
      const rest = yield* send(hcp, "GET", "/rest/x", { host, headers: native })
      assert.strictEqual(rest.text, "abc")
      assert.match(rest.headers.etag ?? "", /^"[0-9a-f]{64}-1"$/)
      assert.isUndefined(rest.headers["x-hcp-hash"])
      const listed = yield* send(hcp, "GET", "/rest", { host, headers: native })
      assert.notMatch(listed.text, / hash=/)
    })
  )

  it.effect("counts what S3 does", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      yield* s3(hcp, "PUT", "/plain/a", { body: "12345" })
      yield* s3(hcp, "GET", "/plain/a")
      yield* s3(hcp, "GET", "/plain/absent")
      yield* s3(hcp, "DELETE", "/plain/a")
      const report = yield* mapi(hcp, "GET", "/tenants/t1/namespaces/plain/chargebackReport?granularity=total")
      const [{ bytesIn, bytesOut, deletes, reads, writes }] = report.json.chargebackData
      assert.deepStrictEqual(
        { bytesIn, bytesOut, deletes, reads, writes },
        { bytesIn: 5, bytesOut: 5, deletes: 1, reads: 1, writes: 1 }
      )
    })
  )
})

describe("the ways of HCP", () => {
  it.effect("serves only buckets that have S3 enabled, and the administrator may enable it", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      assert.strictEqual(yield* outcome(hcp, "GET", "/closed"), "403 AccessDenied")
      yield* must(hcp, "POST", "/tenants/t1/namespaces/closed", { json: { aclsUsage: "ENFORCED" } })
      yield* must(hcp, "POST", "/tenants/t1/namespaces/closed/protocols/http", { json: { hs3Enabled: true } })
      assert.strictEqual(yield* outcome(hcp, "GET", "/closed"), "200")
      assert.strictEqual(yield* outcome(hcp, "GET", "/absent"), "404 NoSuchBucket")
    })
  )

  it.effect("refuses to overwrite, unless the namespace says otherwise", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      yield* s3(hcp, "PUT", "/plain/a", { body: "1" })
      assert.strictEqual(yield* outcome(hcp, "PUT", "/plain/a", { body: "2" }), "409 OperationAborted")
      yield* must(hcp, "POST", "/tenants/t1/namespaces/plain", { json: { s3UnversionedOverwrite: true } })
      assert.strictEqual(yield* outcome(hcp, "PUT", "/plain/a", { body: "3" }), "200")
      assert.strictEqual((yield* s3(hcp, "GET", "/plain/a")).text, "3")
      const { namespaces } = yield* hcp.state
      assert.strictEqual(namespaces.find(({ name }) => name === "plain")?.versions, 1)
    })
  )

  it.effect("takes a parameter whose name is not quite right for none", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      yield* s3(hcp, "PUT", "/plain/a", { body: "1" })
      assert.strictEqual(yield* outcome(hcp, "DELETE", "/plain/a?uploadID=1"), "204")
      assert.strictEqual(yield* outcome(hcp, "GET", "/plain/a"), "404 NoSuchKey")
      assert.strictEqual((yield* ask(hcp, "GET", "/plain?location")).name, "ListBucketResult")
      assert.strictEqual((yield* ask(hcp, "GET", "/versioned?VERSIONS")).name, "ListVersionsResult")
      assert.strictEqual(yield* outcome(hcp, "PUT", "/plain/t?tagging", { body: "<Tagging/>" }), "200")
      assert.strictEqual((yield* s3(hcp, "GET", "/plain/t")).text, "<Tagging/>")
    })
  )

  it.effect("wants a length, and knows no chunks with signatures", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      const headers = { "content-length": "", "transfer-encoding": "chunked" }
      assert.strictEqual(yield* outcome(hcp, "PUT", "/plain/a", { body: "1", headers }), "411 MissingContentLength")
      assert.strictEqual(
        yield* outcome(hcp, "PUT", "/plain/a", { body: "1", headers: { "content-encoding": "aws-chunked" } }),
        "501 NotImplemented"
      )
    })
  )

  it.effect("limits and mangles metadata", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      const put = (name: string, headers: Readonly<Record<string, string>>) =>
        outcome(hcp, "PUT", `/plain/${name}`, { body: "1", headers })
      assert.strictEqual(yield* put("a", { "x-amz-meta-a": "v".repeat(2047) }), "200")
      assert.strictEqual(yield* put("b", { "x-amz-meta-a": "v".repeat(2048) }), "400 MetadataTooLarge")
      assert.strictEqual(yield* put("c", { "x-amz-meta-a!b": "1", "x-amz-meta-none": "" }), "200")
      const { headers } = yield* s3(hcp, "HEAD", "/plain/c")
      assert.strictEqual(headers["x-amz-meta-a_b"], "1")
      assert.isUndefined(headers["x-amz-meta-none"])
    })
  )

  it.effect("makes and shows folders", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      assert.strictEqual((yield* s3(hcp, "PUT", "/plain/f/g/")).headers.etag, `"${empty}"`)
      yield* s3(hcp, "PUT", "/plain/f/x", { body: "1" })
      const keys = texts(yield* ask(hcp, "GET", "/plain"), "Contents", "Key")
      assert.deepStrictEqual(keys, ["f/", "f/g/", "f/x"])
      assert.strictEqual(yield* outcome(hcp, "HEAD", "/plain/f/"), "200")
      assert.strictEqual(yield* outcome(hcp, "GET", "/plain/f"), "404 NoSuchKey")
      assert.strictEqual(yield* outcome(hcp, "PUT", "/plain/f", { body: "1" }), "409 OperationAborted")
      assert.strictEqual(yield* outcome(hcp, "DELETE", "/plain/f/"), "403 AccessDenied")
      assert.strictEqual(yield* outcome(hcp, "DELETE", "/plain/f/g/"), "204")
      // A marker that names a folder without its slash skips all that is in it.
      const after = texts(yield* ask(hcp, "GET", "/plain?marker=f"), "Contents", "Key")
      assert.deepStrictEqual(after, [])
    })
  )

  it.effect("gives a next marker only with a delimiter, and never more than 1,000 keys", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      for (const key of ["a", "b", "c"]) yield* s3(hcp, "PUT", `/plain/${key}`, { body: key })
      const without = yield* ask(hcp, "GET", "/plain?max-keys=2")
      assert.deepStrictEqual([texts(without, "IsTruncated"), texts(without, "NextMarker")], [["true"], []])
      const withDelimiter = yield* ask(hcp, "GET", "/plain?max-keys=2&delimiter=%2F")
      assert.deepStrictEqual(texts(withDelimiter, "NextMarker"), ["b"])
      assert.deepStrictEqual(texts(yield* ask(hcp, "GET", "/plain?max-keys=5000"), "MaxKeys"), ["1000"])
      assert.strictEqual(yield* outcome(hcp, "GET", "/plain?uploads&max-uploads=1001"), "400 InvalidArgument")
      assert.strictEqual(yield* outcome(hcp, "GET", "/plain?list-type=2&continuation-token=no"), "400 InvalidArgument")
    })
  )

  it.effect("obeys conditions on what is stored where it is to be as AWS", () =>
    Effect.gen(function* () {
      const absent = { "if-none-match": "*" }
      const hcp = yield* makeS3()
      yield* s3(hcp, "PUT", "/versioned/a", { body: "1" })
      // HCP's manual knows no condition there.
      assert.strictEqual(yield* outcome(hcp, "PUT", "/versioned/a", { body: "2", headers: absent }), "200")
      const aws = yield* makeS3({ s3Quirks: { conditionalStores: true } })
      const put = (headers: Readonly<Record<string, string>>) =>
        outcome(aws, "PUT", "/versioned/a", { body: "1", headers })
      const md5 = "c4ca4238a0b923820dcc509a6f75849b"
      assert.strictEqual(yield* put({ "if-match": md5 }), "404 NoSuchKey")
      assert.strictEqual(yield* put(absent), "200")
      assert.strictEqual(yield* put(absent), "412 PreconditionFailed")
      assert.strictEqual(yield* put({ "if-match": md5 }), "200")
      assert.strictEqual(yield* put({ "if-match": "0" }), "412 PreconditionFailed")
      // A deletion is none, and what only reads know says nothing.
      yield* s3(aws, "DELETE", "/versioned/a")
      assert.strictEqual(yield* put({ ...absent, "if-modified-since": new Date(4e12).toUTCString() }), "200")
    })
  )

  it.effect("is another HCP where the specification says so", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3({
        s3Quirks: {
          foldersInListings: false,
          oldestVersionsFirst: false,
          listV2: false,
          batchDeleteNeedsMd5: false,
          deleteMarkerNotImplemented: true,
          encodingTypeElement: "Encoding-Type",
          multipartEtag: "MD5"
        }
      })
      yield* s3(hcp, "PUT", "/versioned/f/x", { body: "1" })
      yield* s3(hcp, "PUT", "/versioned/f/x", { body: "22" })
      const listed = yield* ask(hcp, "GET", "/versioned?list-type=2&encoding-type=url")
      assert.deepStrictEqual(texts(listed, "KeyCount"), [])
      assert.deepStrictEqual(texts(listed, "Encoding-Type"), ["url"])
      assert.deepStrictEqual(texts(listed, "Contents", "Key"), ["f/x"])
      const versions = yield* ask(hcp, "GET", "/versioned?versions")
      assert.deepStrictEqual(texts(versions, "Version", "Size"), ["2", "1"])
      const removed = yield* s3(hcp, "DELETE", "/versioned/f/x")
      assert.strictEqual(removed.headers["x-amz-delete-marker"], "Not Implemented")
      const body = "<Delete><Object><Key>f/x</Key></Object></Delete>"
      assert.strictEqual(yield* outcome(hcp, "POST", "/versioned?delete", { body }), "200")
    })
  )
})

describe("retention", () => {
  it.effect("keeps an object from being deleted or replaced, until somebody privileged says why", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      const headers = { "x-hcp-retention": "A+1y", "x-hcp-labelretentionhold": '[{"id":"case-1","hold":true}]' }
      yield* s3(hcp, "PUT", "/versioned/a", { body: "1", headers })
      assert.strictEqual(yield* outcome(hcp, "PUT", "/versioned/a", { body: "2" }), "403 AccessDenied")
      const privileged = { headers: { "x-hcp-privileged": "court order" } }
      assert.strictEqual(yield* outcome(hcp, "DELETE", "/versioned/a", privileged), "403 AccessDenied")
      const { headers: shown } = yield* s3(hcp, "HEAD", "/versioned/a")
      assert.strictEqual(shown["x-hcp-labelretentionhold-labels"], '[{"id":"case-1","hold":true}]')
      yield* send(hcp, "POST", "/rest/a", {
        host: `versioned.t1.${hcp.domain}`,
        headers: native,
        body: `label_hold=${encodeURIComponent('[{"id":"case-1","hold":false}]')}`
      })
      assert.strictEqual(yield* outcome(hcp, "DELETE", "/versioned/a"), "403 AccessDenied")
      assert.strictEqual(yield* outcome(hcp, "DELETE", "/versioned/a", privileged), "204")
      assert.strictEqual(
        yield* outcome(hcp, "PUT", "/plain/b", { body: "1", headers: { "x-amz-object-lock-legal-hold": "ON" } }),
        "400 InvalidRequest"
      )
    })
  )

  it.effect("of Object Lock is that of each version: newer ones and deletions come on top, and inherit nothing", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      const made = { headers: { "x-amz-bucket-object-lock-enabled": "true" } }
      assert.strictEqual(yield* outcome(hcp, "PUT", "/locked", made), "200")
      const headers = {
        "x-amz-object-lock-mode": "COMPLIANCE",
        "x-amz-object-lock-retain-until-date": "2999-01-01T00:00:00Z",
        "x-amz-object-lock-legal-hold": "ON"
      }
      const { headers: first } = yield* s3(hcp, "PUT", "/locked/a", { body: "1", headers })
      assert.strictEqual(yield* outcome(hcp, "PUT", "/locked/a", { body: "2" }), "200")
      const { headers: second } = yield* s3(hcp, "HEAD", "/locked/a")
      assert.deepStrictEqual(
        [second["x-amz-object-lock-mode"], second["x-amz-object-lock-legal-hold"]],
        [undefined, undefined]
      )
      const version = `/locked/a?versionId=${first["x-amz-version-id"]}`
      assert.strictEqual(yield* outcome(hcp, "DELETE", version), "403 AccessDenied")
      const { headers: deleted } = yield* s3(hcp, "DELETE", "/locked/a")
      assert.strictEqual(deleted["x-amz-delete-marker"], "true")
      // The mark itself is protected by nothing.
      assert.strictEqual(yield* outcome(hcp, "DELETE", `/locked/a?versionId=${deleted["x-amz-version-id"]}`), "204")
      assert.strictEqual((yield* s3(hcp, "HEAD", version)).headers["x-amz-object-lock-mode"], "COMPLIANCE")
    })
  )

  it.effect("is set by a copy of an object to itself", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      yield* s3(hcp, "PUT", "/plain/a", { body: "1", headers: { "x-amz-meta-a": "1" } })
      const copy = { "x-amz-copy-source": "/plain/a", "x-hcp-retention": "N+1y" }
      assert.strictEqual(yield* outcome(hcp, "PUT", "/plain/a", { headers: copy }), "409 OperationAborted")
      const headers = { ...copy, "x-amz-metadata-directive": "REPLACE", "x-amz-meta-b": "2" }
      assert.strictEqual(yield* outcome(hcp, "PUT", "/plain/a", { headers }), "200")
      const shown = (yield* s3(hcp, "HEAD", "/plain/a")).headers
      assert.deepStrictEqual([shown["x-amz-meta-a"], shown["x-amz-meta-b"]], [undefined, "2"])
      assert.strictEqual(yield* outcome(hcp, "DELETE", "/plain/a"), "403 AccessDenied")
    })
  )
})

describe("what a URL wants the answer to say", () => {
  it.effect("is refused where no header could say it", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      yield* s3(hcp, "PUT", "/plain/a", { body: "1" })
      const named = (name: string) => `/plain/a?response-content-disposition=${encodeURIComponent(name)}`
      const said = yield* s3(hcp, "GET", named('inline; filename="a.txt"'))
      assert.strictEqual(said.headers["content-disposition"], 'inline; filename="a.txt"')
      assert.strictEqual(yield* outcome(hcp, "GET", named("\u20ac")), "400 InvalidArgument")
      assert.strictEqual(yield* outcome(hcp, "GET", named("a\r\nb: c")), "400 InvalidArgument")
    })
  )
})

describe("who may do what", () => {
  it.effect("lets everybody in where a list says so", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      const anonymous = (target: string) =>
        outcome(hcp, "GET", target, { headers: { authorization: "HCP all_users:" } })
      yield* s3(hcp, "PUT", "/open")
      yield* s3(hcp, "PUT", "/open/secret", { body: "1" })
      yield* s3(hcp, "PUT", "/open/public", { body: "2", headers: { "x-amz-acl": "public-read" } })
      assert.strictEqual(yield* anonymous("/open/secret"), "403 AccessDenied")
      assert.strictEqual(yield* anonymous("/open/public"), "200")
      assert.strictEqual(yield* anonymous("/open"), "403 AccessDenied")
      yield* s3(hcp, "PUT", "/open?acl", { headers: { "x-amz-acl": "public-read" } })
      assert.strictEqual(yield* anonymous("/open/secret"), "200")
      assert.strictEqual(yield* anonymous("/open"), "200")
      assert.strictEqual(yield* anonymous("/"), "403 AccessDenied")
      const bad = { headers: { "x-amz-acl": "log-delivery-write" } }
      assert.strictEqual(yield* outcome(hcp, "PUT", "/open?acl", bad), "501 NotImplemented")
    })
  )

  it.effect("lets only who began an upload go on with it", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      const [id = ""] = texts(yield* ask(hcp, "POST", "/plain/x?uploads"), "UploadId")
      const part = (as: string) => outcome(hcp, "PUT", `/plain/x?uploadId=${id}&partNumber=1`, { body: "1", as })
      assert.strictEqual(yield* part("other"), "403 AccessDenied")
      assert.strictEqual(yield* part("owner"), "200")
      assert.strictEqual(yield* outcome(hcp, "DELETE", `/plain/x?uploadId=${id}`, { as: "other" }), "403 AccessDenied")
      assert.strictEqual(
        yield* outcome(hcp, "PUT", `/plain/x?uploadId=${id}&partNumber=2`, {
          body: "1",
          headers: { "x-amz-meta-a": "1" }
        }),
        "400 InvalidRequest"
      )
    })
  )
})

describe("multipart uploads", () => {
  it.effect("are given up after some days", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      const begun = yield* s3(hcp, "POST", "/plain/x?uploads")
      const [, id = ""] = /<UploadId>(\w+)</.exec(begun.text) ?? []
      assert.strictEqual(begun.headers["x-amz-abort-date"], "Sat, 31 Jan 1970 00:00:00 GMT")
      yield* s3(hcp, "PUT", `/plain/x?uploadId=${id}&partNumber=1`, { body: "1" })
      yield* TestClock.adjust("29 days")
      assert.strictEqual(yield* outcome(hcp, "GET", `/plain/x?uploadId=${id}`), "200")
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* outcome(hcp, "GET", `/plain/x?uploadId=${id}`), "404 NoSuchUpload")
      assert.deepStrictEqual(texts(yield* ask(hcp, "GET", "/plain?uploads"), "Upload"), [])
    })
  )
})

describe("batch delete", () => {
  it.effect("has an outcome for each key", () =>
    Effect.gen(function* () {
      const hcp = yield* makeS3()
      yield* s3(hcp, "PUT", "/plain/a", { body: "1" })
      yield* s3(hcp, "PUT", "/plain/kept", { body: "1", headers: { "x-hcp-retentionhold": "true" } })
      const body = "<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object><Object><Key>kept</Key></Object></Delete>"
      const remove = (headers: Readonly<Record<string, string>>) => s3(hcp, "POST", "/plain?delete", { body, headers })
      assert.match((yield* remove({})).text, /InvalidRequest/)
      assert.match((yield* remove({ "content-md5": contentMd5("other") })).text, /BadDigest/)
      const { text } = yield* remove({ "content-md5": contentMd5(body) })
      assert.match(text, /<Error><Key>kept<\/Key><Code>AccessDenied<\/Code>/)
      assert.notMatch(text, /<Deleted>/)
      assert.strictEqual(yield* outcome(hcp, "HEAD", "/plain/a"), "404")
    })
  )
})
