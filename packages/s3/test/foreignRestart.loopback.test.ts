import { Buffer } from "node:buffer"
import { createHash } from "node:crypto"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import * as S3 from "@aws-sdk/client-s3"
import { assert, it } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Effect } from "effect"
import { ask, options, reach, refusal } from "./utils/foreign.ts"

const md5 = (text: string) => createHash("md5").update(text).digest("hex")

const temporary = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "s3-restart-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true }))
)

/** The S3 client of AWS at a simulator that keeps what it has in this folder, for as long as that runs. */
const during = <A, E>(data: string, use: (client: S3.S3Client) => Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const { agent, host, port } = yield* reach
    const client = new S3.S3Client({
      endpoint: `https://${host}:${port}`,
      region: "us-east-1",
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: { accessKeyId: Buffer.from("owner").toString("base64"), secretAccessKey: md5("owner01") },
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      requestHandler: { httpsAgent: agent }
    })
    return yield* Effect.ensuring(
      use(client),
      Effect.sync(() => client.destroy())
    )
  }).pipe(Effect.provide(Simulator.layer({ ...options, data })))

const Bucket = "made"
const mebi = Buffer.alloc(1024 ** 2, "0123456789abcdef")
const until = new Date(Date.UTC(2099, 0, 1))

it.live("everything S3 has made is there after a restart", () =>
  Effect.gen(function* () {
    const data = yield* temporary
    const before = yield* during(data, (client) =>
      Effect.gen(function* () {
        const put = (input: Partial<S3.PutObjectCommandInput>) =>
          ask(() => client.send(new S3.PutObjectCommand({ Bucket, Key: "v", ...input })))
        yield* ask(() => client.send(new S3.CreateBucketCommand({ Bucket })))
        yield* ask(() =>
          client.send(new S3.CreateBucketCommand({ Bucket: "locked", ObjectLockEnabledForBucket: true }))
        )
        yield* ask(() =>
          client.send(new S3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }))
        )
        yield* ask(() =>
          client.send(
            new S3.PutBucketCorsCommand({
              Bucket,
              ChecksumAlgorithm: "MD5",
              CORSConfiguration: { CORSRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["https://*.example.com"] }] }
            })
          )
        )
        yield* ask(() => client.send(new S3.PutBucketAclCommand({ Bucket, GrantRead: "emailAddress=guest" })))
        const first = yield* put({ Body: "one", Metadata: { color: "blue & red" }, ContentType: "text/x-one" })
        const second = yield* put({ Body: "two", ACL: "public-read" })
        yield* put({ Key: "gone", Body: "x" })
        yield* ask(() => client.send(new S3.DeleteObjectCommand({ Bucket, Key: "gone" })))
        yield* put({ Key: "d/ü\u{1f600} + %/", Body: new Uint8Array() })
        yield* put({ Key: "empty", Body: new Uint8Array() })
        yield* ask(() =>
          client.send(
            new S3.PutObjectLockConfigurationCommand({
              Bucket: "locked",
              ChecksumAlgorithm: "MD5",
              ObjectLockConfiguration: {
                ObjectLockEnabled: "Enabled",
                Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 3 } }
              }
            })
          )
        )
        const locked = { Bucket: "locked", Key: "kept" }
        yield* put({ ...locked, Body: "x", ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate: until })
        yield* ask(() =>
          client.send(
            new S3.PutObjectLegalHoldCommand({ ...locked, ChecksumAlgorithm: "MD5", LegalHold: { Status: "ON" } })
          )
        )
        const begin = (Key: string) =>
          ask(() =>
            client.send(
              new S3.CreateMultipartUploadCommand({
                Bucket,
                Key,
                ContentType: "video/x-big",
                Metadata: { of: "parts" },
                ACL: "public-read"
              })
            )
          )
        const { AbortDate, UploadId } = yield* begin("big")
        const part = (PartNumber: number, Body: Buffer) =>
          ask(() => client.send(new S3.UploadPartCommand({ Bucket, Key: "big", UploadId, PartNumber, Body })))
        yield* part(1, Buffer.from("replaced"))
        yield* part(1, mebi)
        const aborted = yield* begin("aborted")
        yield* ask(() =>
          client.send(new S3.AbortMultipartUploadCommand({ Bucket, Key: "aborted", UploadId: aborted.UploadId }))
        )
        return { AbortDate, UploadId, first: first.VersionId, second: second.VersionId }
      })
    )

    yield* during(data, (client) =>
      Effect.gen(function* () {
        const head = (input: Partial<S3.HeadObjectCommandInput>) =>
          ask(() => client.send(new S3.HeadObjectCommand({ Bucket, Key: "v", ...input })))
        const text = (input: Partial<S3.GetObjectCommandInput>) =>
          ask(async () =>
            (await client.send(new S3.GetObjectCommand({ Bucket, Key: "v", ...input }))).Body?.transformToString()
          )
        const { Buckets = [] } = yield* ask(() => client.send(new S3.ListBucketsCommand()))
        assert.deepStrictEqual(
          Buckets.map(({ Name }) => Name),
          ["locked", Bucket]
        )
        const versioning = yield* ask(() => client.send(new S3.GetBucketVersioningCommand({ Bucket })))
        assert.strictEqual(versioning.Status, "Enabled")
        const cors = yield* ask(() => client.send(new S3.GetBucketCorsCommand({ Bucket })))
        assert.deepStrictEqual(cors.CORSRules?.[0]?.AllowedOrigins, ["https://*.example.com"])
        const acl = yield* ask(() => client.send(new S3.GetBucketAclCommand({ Bucket })))
        assert.deepStrictEqual(
          acl.Grants?.map(({ Grantee, Permission }) => [Grantee?.DisplayName, Permission]),
          [
            ["owner", "FULL_CONTROL"],
            ["guest", "READ"]
          ]
        )

        const first = yield* head({ VersionId: before.first })
        assert.strictEqual(first.Metadata?.color, "blue & red")
        assert.strictEqual(first.ContentType, "text/x-one")
        assert.strictEqual(first.ETag, `"${md5("one")}"`)
        assert.strictEqual(yield* text({ VersionId: before.first }), "one")
        assert.strictEqual(yield* text({}), "two")
        assert.strictEqual((yield* head({})).VersionId, before.second)
        const objectAcl = yield* ask(() => client.send(new S3.GetObjectAclCommand({ Bucket, Key: "v" })))
        assert.lengthOf(objectAcl.Grants ?? [], 2)
        assert.strictEqual(
          yield* refusal(() => client.send(new S3.HeadObjectCommand({ Bucket, Key: "gone" }))),
          "404 NotFound"
        )
        const { Contents = [] } = yield* ask(() => client.send(new S3.ListObjectsV2Command({ Bucket })))
        assert.deepStrictEqual(
          Contents.map(({ Key, Size }) => [Key, Size]),
          [
            ["d/", 0],
            ["d/ü\u{1f600} + %/", 0],
            ["empty", 0],
            ["v", 3]
          ]
        )

        const lock = yield* ask(() => client.send(new S3.GetObjectLockConfigurationCommand({ Bucket: "locked" })))
        assert.deepStrictEqual(lock.ObjectLockConfiguration?.Rule?.DefaultRetention, { Mode: "GOVERNANCE", Days: 3 })
        const kept = yield* head({ Bucket: "locked", Key: "kept" })
        assert.strictEqual(kept.ObjectLockMode, "COMPLIANCE")
        assert.deepStrictEqual(kept.ObjectLockRetainUntilDate, until)
        assert.strictEqual(kept.ObjectLockLegalHoldStatus, "ON")

        const { Uploads = [] } = yield* ask(() => client.send(new S3.ListMultipartUploadsCommand({ Bucket })))
        assert.deepStrictEqual(
          Uploads.map(({ Key, UploadId }) => [Key, UploadId]),
          [["big", before.UploadId]]
        )
        const upload = { Bucket, Key: "big", UploadId: before.UploadId }
        const { AbortDate, Parts = [] } = yield* ask(() => client.send(new S3.ListPartsCommand(upload)))
        assert.deepStrictEqual(AbortDate, before.AbortDate)
        assert.deepStrictEqual(
          Parts.map(({ PartNumber, Size }) => [PartNumber, Size]),
          [[1, mebi.length]]
        )
        const last = yield* ask(() =>
          client.send(new S3.UploadPartCommand({ ...upload, PartNumber: 2, Body: "the end" }))
        )
        const made = [
          { PartNumber: 1, ETag: Parts[0]?.ETag },
          { PartNumber: 2, ETag: last.ETag }
        ]
        yield* ask(() =>
          client.send(new S3.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: made } }))
        )
      })
    )

    yield* during(data, (client) =>
      Effect.gen(function* () {
        const big = yield* ask(() => client.send(new S3.GetObjectCommand({ Bucket, Key: "big" })))
        assert.strictEqual(big.Metadata?.of, "parts")
        assert.strictEqual(big.ContentType, "video/x-big")
        const bytes = yield* ask(async () => (await big.Body?.transformToByteArray()) ?? new Uint8Array())
        assert.isTrue(Buffer.concat([mebi, Buffer.from("the end")]).equals(bytes))
        const { Uploads } = yield* ask(() => client.send(new S3.ListMultipartUploadsCommand({ Bucket })))
        assert.isUndefined(Uploads)
        assert.strictEqual(
          (yield* ask(() => client.send(new S3.GetObjectAclCommand({ Bucket, Key: "big" })))).Grants?.length,
          2
        )
      })
    )
  }).pipe(Effect.scoped)
)
