import { Buffer } from "node:buffer"
import { createHash } from "node:crypto"
import * as S3 from "@aws-sdk/client-s3"
import { Upload } from "@aws-sdk/lib-storage"
import { assert, layer } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Context, Effect, Layer } from "effect"
import { ask, options, reach, refusal } from "./utils/foreign.ts"

/** The S3 client of AWS, set up for HCP as everybody has to who uses it there. */
class Aws extends Context.Service<
  Aws,
  { readonly owner: S3.S3Client; readonly guest: S3.S3Client; readonly virtual: S3.S3Client }
>()("test/Aws") {}

const md5 = (text: string) => createHash("md5").update(text).digest("hex")

const clients = Layer.effect(
  Aws,
  Effect.gen(function* () {
    const { agent, host, port } = yield* reach
    const make = (username: string, forcePathStyle = true) =>
      Effect.acquireRelease(
        Effect.sync(
          () =>
            new S3.S3Client({
              endpoint: `https://${host}:${port}`,
              region: "us-east-1",
              forcePathStyle,
              maxAttempts: 1,
              credentials: {
                accessKeyId: Buffer.from(username).toString("base64"),
                secretAccessKey: md5(`${username}01`)
              },
              requestChecksumCalculation: "WHEN_REQUIRED",
              responseChecksumValidation: "WHEN_REQUIRED",
              requestHandler: { httpsAgent: agent }
            })
        ),
        (client) => Effect.sync(() => client.destroy())
      )
    return { owner: yield* make("owner"), guest: yield* make("guest"), virtual: yield* make("owner", false) }
  })
)

const text = (output: S3.GetObjectCommandOutput) => ask(async () => (await output.Body?.transformToString()) ?? "")

layer(clients.pipe(Layer.provideMerge(Simulator.layer(options))), { excludeTestServices: true })(
  "the S3 client of AWS",
  (it) => {
    it.effect("makes, lists, configures and deletes a bucket", () =>
      Effect.gen(function* () {
        const { guest, owner } = yield* Aws
        const Bucket = "made"
        yield* ask(() => owner.send(new S3.CreateBucketCommand({ Bucket })))
        yield* ask(() => owner.send(new S3.HeadBucketCommand({ Bucket })))
        const { Buckets = [] } = yield* ask(() => owner.send(new S3.ListBucketsCommand()))
        // The buckets that the administrator made have no owner and are in nobody's list.
        assert.deepStrictEqual(
          Buckets.map(({ Name }) => Name),
          [Bucket]
        )
        assert.strictEqual(
          yield* refusal(() => guest.send(new S3.CreateBucketCommand({ Bucket: "other" }))),
          "403 AccessDenied"
        )
        assert.strictEqual(
          yield* refusal(() => guest.send(new S3.CreateBucketCommand({ Bucket }))),
          "409 BucketAlreadyExists"
        )
        assert.strictEqual(
          yield* refusal(() => owner.send(new S3.CreateBucketCommand({ Bucket: "-bad" }))),
          "400 InvalidBucketName"
        )
        const status = Effect.map(
          ask(() => owner.send(new S3.GetBucketVersioningCommand({ Bucket }))),
          ({ Status }) => Status
        )
        const setVersioning = (Status: "Enabled" | "Suspended") =>
          ask(() => owner.send(new S3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } })))
        assert.strictEqual(yield* status, undefined)
        yield* setVersioning("Enabled")
        assert.strictEqual(yield* status, "Enabled")
        yield* setVersioning("Suspended")
        assert.strictEqual(yield* status, "Suspended")

        assert.strictEqual(
          yield* refusal(() => owner.send(new S3.GetBucketCorsCommand({ Bucket }))),
          "404 NoSuchCORSConfiguration"
        )
        const CORSRules = [{ AllowedMethods: ["GET"], AllowedOrigins: ["https://www.example.com"] }]
        yield* ask(() =>
          owner.send(
            new S3.PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules }, ChecksumAlgorithm: "MD5" })
          )
        )
        const cors = yield* ask(() => owner.send(new S3.GetBucketCorsCommand({ Bucket })))
        assert.deepStrictEqual(cors.CORSRules, CORSRules)
        yield* ask(() => owner.send(new S3.DeleteBucketCorsCommand({ Bucket })))

        yield* ask(() => owner.send(new S3.PutObjectCommand({ Bucket, Key: "a", Body: "a" })))
        assert.strictEqual(
          yield* refusal(() => owner.send(new S3.DeleteBucketCommand({ Bucket }))),
          "409 BucketNotEmpty"
        )
        yield* ask(() => owner.send(new S3.DeleteObjectCommand({ Bucket, Key: "a" })))
        yield* ask(() => owner.send(new S3.DeleteBucketCommand({ Bucket })))
        assert.strictEqual(yield* refusal(() => owner.send(new S3.HeadBucketCommand({ Bucket }))), "404 NotFound")
      })
    )

    it.effect("shares a bucket by its list", () =>
      Effect.gen(function* () {
        const { guest, owner } = yield* Aws
        const Bucket = "shared"
        yield* ask(() => owner.send(new S3.CreateBucketCommand({ Bucket })))
        const put = (Key: string) => refusal(() => guest.send(new S3.PutObjectCommand({ Bucket, Key, Body: "x" })))
        assert.strictEqual(yield* put("a"), "403 AccessDenied")
        yield* ask(() => owner.send(new S3.PutBucketAclCommand({ Bucket, GrantWrite: "emailAddress=guest" })))
        yield* ask(() => guest.send(new S3.PutObjectCommand({ Bucket, Key: "a", Body: "x" })))
        const { Grants = [], Owner } = yield* ask(() => owner.send(new S3.GetBucketAclCommand({ Bucket })))
        assert.strictEqual(Owner?.DisplayName, "owner")
        assert.deepStrictEqual(
          Grants.map(({ Grantee, Permission }) => [Grantee?.DisplayName, Permission]),
          [
            ["owner", "FULL_CONTROL"],
            ["guest", "WRITE"]
          ]
        )
        yield* ask(() => owner.send(new S3.PutBucketAclCommand({ Bucket, ACL: "private" })))
        assert.strictEqual(yield* put("b"), "403 AccessDenied")
      })
    )

    it.effect("stores, reads and copies objects", () =>
      Effect.gen(function* () {
        const { owner, virtual } = yield* Aws
        const Bucket = "plain"
        const Key = "reports/Q1 2026 + täglich.txt"
        const put = yield* ask(() =>
          owner.send(
            new S3.PutObjectCommand({
              Bucket,
              Key,
              Body: "hello world",
              ContentType: "text/x-report",
              CacheControl: "max-age=60",
              Metadata: { department: "Sales", "a!b": "odd" }
            })
          )
        )
        assert.strictEqual(put.ETag, `"${md5("hello world")}"`)
        assert.strictEqual(put.VersionId, undefined)
        const read = yield* ask(() => virtual.send(new S3.GetObjectCommand({ Bucket, Key })))
        assert.strictEqual(yield* text(read), "hello world")
        assert.strictEqual(read.ContentType, "text/x-report")
        assert.notStrictEqual(read.CacheControl, "max-age=60")
        assert.strictEqual(read.Metadata?.department, "Sales")
        assert.strictEqual(read.Metadata?.a_b, "odd")
        const part = yield* ask(() => owner.send(new S3.GetObjectCommand({ Bucket, Key, Range: "bytes=6-" })))
        assert.strictEqual(part.ContentRange, "bytes 6-10/11")
        assert.strictEqual(yield* text(part), "world")

        const get = (input: Partial<S3.GetObjectCommandInput>) =>
          refusal(() => owner.send(new S3.GetObjectCommand({ Bucket, Key, ...input })))
        assert.strictEqual(yield* get({ Key: "absent" }), "404 NoSuchKey")
        assert.strictEqual(yield* get({ Key: "reports" }), "404 NoSuchKey")
        assert.strictEqual(yield* get({ Bucket: "absent" }), "404 NoSuchBucket")
        assert.strictEqual(yield* get({ Bucket: "closed" }), "403 AccessDenied")
        assert.strictEqual(yield* get({ Range: "bytes=99-" }), "416 InvalidRange")
        assert.strictEqual(yield* get({ IfMatch: '"0"' }), "412 PreconditionFailed")
        assert.match(yield* get({ IfNoneMatch: put.ETag }), /^304 /)
        assert.strictEqual(
          yield* refusal(() => owner.send(new S3.PutObjectCommand({ Bucket, Key, Body: "again" }))),
          "409 OperationAborted"
        )
        assert.strictEqual(
          yield* refusal(() =>
            owner.send(
              new S3.PutObjectCommand({ Bucket, Key: "bad", Body: "x", ContentMD5: "1B2M2Y8AsgTpgAmY7PhCfg==" })
            )
          ),
          "400 BadDigest"
        )
        const CopySource = `/${Bucket}/${encodeURIComponent(Key)}`
        yield* ask(() => owner.send(new S3.CopyObjectCommand({ Bucket, Key: "copy", CopySource })))
        const copy = yield* ask(() => owner.send(new S3.HeadObjectCommand({ Bucket, Key: "copy" })))
        assert.strictEqual(copy.Metadata?.department, "Sales")
        assert.strictEqual(copy.ContentType, "text/x-report")
        yield* ask(() =>
          owner.send(
            new S3.CopyObjectCommand({
              Bucket,
              Key: "copy",
              CopySource: `/${Bucket}/copy`,
              MetadataDirective: "REPLACE",
              Metadata: { state: "final" },
              ContentType: "text/plain"
            })
          )
        )
        const changed = yield* ask(() => owner.send(new S3.HeadObjectCommand({ Bucket, Key: "copy" })))
        assert.deepStrictEqual(changed.Metadata, { state: "final" })
        yield* ask(() => owner.send(new S3.PutObjectAclCommand({ Bucket, Key: "copy", ACL: "authenticated-read" })))
        const acl = yield* ask(() => owner.send(new S3.GetObjectAclCommand({ Bucket, Key: "copy" })))
        assert.deepStrictEqual(
          acl.Grants?.map(({ Grantee, Permission }) => [Grantee?.DisplayName ?? Grantee?.URI, Permission]),
          [
            ["owner", "FULL_CONTROL"],
            ["http://acs.amazonaws.com/groups/global/AuthenticatedUsers", "READ"]
          ]
        )
        yield* ask(() => owner.send(new S3.DeleteObjectCommand({ Bucket, Key: "absent" })))
      })
    )

    it.effect("lists objects with their folders, in both ways", () =>
      Effect.gen(function* () {
        const { owner } = yield* Aws
        const Bucket = "listed"
        yield* ask(() => owner.send(new S3.CreateBucketCommand({ Bucket })))
        for (const Key of ["a/b/1", "a/b/2", "a-c", "b", "ü"]) {
          yield* ask(() => owner.send(new S3.PutObjectCommand({ Bucket, Key, Body: Key })))
        }
        const keys = (Contents: ReadonlyArray<S3._Object> | undefined) => (Contents ?? []).map(({ Key }) => Key)
        const all = yield* ask(() => owner.send(new S3.ListObjectsV2Command({ Bucket })))
        assert.deepStrictEqual(keys(all.Contents), ["a-c", "a/", "a/b/", "a/b/1", "a/b/2", "b", "ü"])
        const paged = yield* ask(async () => {
          const pages: Array<ReadonlyArray<string | undefined>> = []
          for await (const page of S3.paginateListObjectsV2({ client: owner, pageSize: 3 }, { Bucket })) {
            pages.push(keys(page.Contents))
          }
          return pages
        })
        assert.deepStrictEqual(paged, [["a-c", "a/", "a/b/"], ["a/b/1", "a/b/2", "b"], ["ü"]])
        const top = yield* ask(() => owner.send(new S3.ListObjectsCommand({ Bucket, Delimiter: "/", MaxKeys: 2 })))
        assert.deepStrictEqual(keys(top.Contents), ["a-c"])
        assert.deepStrictEqual(top.CommonPrefixes, [{ Prefix: "a/" }])
        assert.strictEqual(top.NextMarker, "a/")
        const rest = yield* ask(() =>
          owner.send(new S3.ListObjectsCommand({ Bucket, Delimiter: "/", Marker: top.NextMarker }))
        )
        assert.deepStrictEqual(keys(rest.Contents), ["b", "ü"])
        assert.strictEqual(rest.CommonPrefixes, undefined)
        const encoded = yield* ask(() =>
          owner.send(new S3.ListObjectsCommand({ Bucket, EncodingType: "url", MaxKeys: 1000, Prefix: "ü" }))
        )
        assert.deepStrictEqual([encoded.EncodingType, ...keys(encoded.Contents)], ["url", "%C3%BC"])
      })
    )

    it.effect("keeps versions, oldest first, and deletes many", () =>
      Effect.gen(function* () {
        const { owner } = yield* Aws
        const Bucket = "versioned"
        const put = (Key: string, Body: string) =>
          Effect.map(
            ask(() => owner.send(new S3.PutObjectCommand({ Bucket, Key, Body }))),
            ({ VersionId }) => VersionId
          )
        const first = yield* put("v", "one")
        const second = yield* put("v", "two")
        const removed = yield* ask(() => owner.send(new S3.DeleteObjectCommand({ Bucket, Key: "v" })))
        assert.strictEqual(removed.DeleteMarker, true)
        const old = yield* ask(() => owner.send(new S3.GetObjectCommand({ Bucket, Key: "v", VersionId: first })))
        assert.strictEqual(yield* text(old), "one")
        const listed = yield* ask(() => owner.send(new S3.ListObjectVersionsCommand({ Bucket, Prefix: "v" })))
        assert.deepStrictEqual(
          listed.Versions?.map(({ IsLatest, VersionId }) => [VersionId, IsLatest]),
          [
            [first, false],
            [second, false]
          ]
        )
        assert.deepStrictEqual(
          listed.DeleteMarkers?.map(({ IsLatest, VersionId }) => [VersionId, IsLatest]),
          [[removed.VersionId, true]]
        )
        const half = yield* ask(() => owner.send(new S3.ListObjectVersionsCommand({ Bucket, Prefix: "v", MaxKeys: 1 })))
        assert.deepStrictEqual([half.NextKeyMarker, half.NextVersionIdMarker], ["v", first])
        const other = yield* ask(() =>
          owner.send(new S3.ListObjectVersionsCommand({ Bucket, Prefix: "v", KeyMarker: "v", VersionIdMarker: first }))
        )
        assert.deepStrictEqual(
          other.Versions?.map(({ VersionId }) => VersionId),
          [second]
        )

        yield* put(" blanks ", "kept")
        const batch = (ChecksumAlgorithm: S3.ChecksumAlgorithm) => () =>
          owner.send(
            new S3.DeleteObjectsCommand({
              Bucket,
              ChecksumAlgorithm,
              Delete: {
                Objects: [{ Key: "v", VersionId: first }, { Key: " blanks " }, { Key: "absent" }, { Key: ".." }]
              }
            })
          )
        assert.strictEqual(yield* refusal(batch("CRC32")), "400 InvalidRequest")
        const many = yield* ask(batch("MD5"))
        assert.deepStrictEqual(
          many.Deleted?.map(({ Key }) => Key),
          ["v", " blanks ", "absent"]
        )
        assert.deepStrictEqual(
          many.Errors?.map(({ Code, Key }) => [Key, Code]),
          [["..", "InvalidArgument"]]
        )
        assert.strictEqual(
          yield* refusal(() => owner.send(new S3.HeadObjectCommand({ Bucket, Key: " blanks " }))),
          "404 NotFound"
        )
      })
    )

    it.effect("uploads in parts", () =>
      Effect.gen(function* () {
        const { owner } = yield* Aws
        const Bucket = "plain"
        const Body = Buffer.alloc(12 * 1024 ** 2, "0123456789abcdef")
        const done = yield* ask(() =>
          new Upload({
            client: owner,
            partSize: 5 * 1024 ** 2,
            params: { Bucket, Key: "big/one", Body, Metadata: { kind: "big" } }
          }).done()
        )
        assert.match(done.ETag ?? "", /^"[0-9a-f]{64}-3"$/)
        const range = yield* ask(() =>
          owner.send(
            new S3.GetObjectCommand({
              Bucket,
              Key: "big/one",
              Range: `bytes=${5 * 1024 ** 2 - 2}-${5 * 1024 ** 2 + 1}`
            })
          )
        )
        assert.strictEqual(yield* text(range), "ef01")
        const whole = yield* ask(() => owner.send(new S3.GetObjectCommand({ Bucket, Key: "big/one" })))
        const bytes = yield* ask(async () => (await whole.Body?.transformToByteArray()) ?? new Uint8Array())
        assert.isTrue(Body.equals(bytes))
        assert.strictEqual(whole.Metadata?.kind, "big")

        const Key = "big/two"
        const { UploadId } = yield* ask(() => owner.send(new S3.CreateMultipartUploadCommand({ Bucket, Key })))
        const part = (PartNumber: number, chunk: Buffer) =>
          Effect.map(
            ask(() => owner.send(new S3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: chunk }))),
            ({ ETag }) => ({ ETag, PartNumber })
          )
        const small = yield* part(1, Buffer.from("small"))
        const copied = yield* ask(() =>
          owner.send(
            new S3.UploadPartCopyCommand({
              Bucket,
              Key,
              UploadId,
              PartNumber: 7,
              CopySource: `/${Bucket}/big/one`,
              CopySourceRange: "bytes=0-2097151"
            })
          )
        )
        const big = { PartNumber: 7, ETag: copied.CopyPartResult?.ETag }
        const complete = (Parts: Array<S3.CompletedPart>) => () =>
          owner.send(new S3.CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))
        const { Parts = [], ...list } = yield* ask(() => owner.send(new S3.ListPartsCommand({ Bucket, Key, UploadId })))
        assert.deepStrictEqual(
          Parts.map(({ PartNumber, Size }) => [PartNumber, Size]),
          [
            [1, 5],
            [7, 2_097_152]
          ]
        )
        assert.isDefined(list.AbortDate)
        const { Uploads = [] } = yield* ask(() => owner.send(new S3.ListMultipartUploadsCommand({ Bucket })))
        assert.deepStrictEqual(
          Uploads.map((upload) => [upload.Key, upload.UploadId]),
          [[Key, UploadId]]
        )
        // These come with 200, and the client finds them in the body.
        assert.match(yield* refusal(complete([small, big])), /EntityTooSmall/)
        assert.match(yield* refusal(complete([big, small])), /InvalidPartOrder/)
        assert.match(yield* refusal(complete([{ ...big, ETag: '"0"' }])), /InvalidPart/)
        yield* ask(() => owner.send(new S3.PutObjectCommand({ Bucket, Key, Body: "faster" })))
        assert.strictEqual(yield* refusal(complete([big])), "409 OperationAborted")
        yield* ask(() => owner.send(new S3.DeleteObjectCommand({ Bucket, Key })))
        yield* ask(complete([big]))
        assert.strictEqual(yield* refusal(complete([big])), "404 NoSuchUpload")
        const made = yield* ask(() => owner.send(new S3.HeadObjectCommand({ Bucket, Key })))
        assert.strictEqual(made.ContentLength, 2_097_152)

        const third = yield* ask(() => owner.send(new S3.CreateMultipartUploadCommand({ Bucket, Key: "big/three" })))
        yield* ask(() =>
          owner.send(new S3.AbortMultipartUploadCommand({ Bucket, Key: "big/three", UploadId: third.UploadId }))
        )
        assert.strictEqual(
          yield* refusal(() =>
            owner.send(new S3.ListPartsCommand({ Bucket, Key: "big/three", UploadId: third.UploadId }))
          ),
          "404 NoSuchUpload"
        )
      })
    )

    it.effect("locks objects", () =>
      Effect.gen(function* () {
        const { owner } = yield* Aws
        const Bucket = "locked"
        const Key = "kept"
        yield* ask(() => owner.send(new S3.CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true })))
        assert.strictEqual(
          yield* refusal(() => owner.send(new S3.GetObjectLockConfigurationCommand({ Bucket: "plain" }))),
          "404 ObjectLockConfigurationNotFoundError"
        )
        const Rule = { DefaultRetention: { Mode: "GOVERNANCE" as const, Days: 3 } }
        yield* ask(() =>
          owner.send(
            new S3.PutObjectLockConfigurationCommand({
              Bucket,
              ChecksumAlgorithm: "MD5",
              ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule }
            })
          )
        )
        const lock = yield* ask(() => owner.send(new S3.GetObjectLockConfigurationCommand({ Bucket })))
        assert.deepStrictEqual(lock.ObjectLockConfiguration?.Rule, Rule)
        const put = yield* ask(() =>
          owner.send(new S3.PutObjectCommand({ Bucket, Key, Body: "x", ChecksumAlgorithm: "MD5" }))
        )
        const head = yield* ask(() => owner.send(new S3.HeadObjectCommand({ Bucket, Key })))
        assert.strictEqual(head.ObjectLockMode, "GOVERNANCE")
        const VersionId = put.VersionId
        const remove = (BypassGovernanceRetention: boolean) => () =>
          owner.send(new S3.DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention }))
        assert.strictEqual(yield* refusal(remove(false)), "403 AccessDenied")
        yield* ask(() =>
          owner.send(
            new S3.PutObjectLegalHoldCommand({ Bucket, Key, ChecksumAlgorithm: "MD5", LegalHold: { Status: "ON" } })
          )
        )
        const hold = yield* ask(() => owner.send(new S3.GetObjectLegalHoldCommand({ Bucket, Key })))
        assert.strictEqual(hold.LegalHold?.Status, "ON")
        assert.strictEqual(yield* refusal(remove(true)), "403 AccessDenied")
        yield* ask(() =>
          owner.send(
            new S3.PutObjectLegalHoldCommand({ Bucket, Key, ChecksumAlgorithm: "MD5", LegalHold: { Status: "OFF" } })
          )
        )
        yield* ask(remove(true))
      })
    )

    it.effect("is told why its credentials are not good", () =>
      Effect.gen(function* () {
        const { agent, host, port } = yield* reach
        const asked = (accessKeyId: string, secretAccessKey: string, systemClockOffset = 0) => {
          const client = new S3.S3Client({
            endpoint: `https://${host}:${port}`,
            region: "anywhere",
            forcePathStyle: true,
            maxAttempts: 1,
            systemClockOffset,
            credentials: { accessKeyId, secretAccessKey },
            requestHandler: { httpsAgent: agent }
          })
          return client.send(new S3.ListObjectsV2Command({ Bucket: "plain" }))
        }
        const key = Buffer.from("owner").toString("base64")
        assert.strictEqual(yield* refusal(() => asked("bm9ib2R5", "x")), "403 InvalidAccessKeyId")
        assert.strictEqual(yield* refusal(() => asked(key, "x")), "403 SignatureDoesNotMatch")
        assert.strictEqual(yield* refusal(() => asked(key, md5("owner01"), 3_600_000)), "403 RequestTimeTooSkewed")
      })
    )
  }
)
