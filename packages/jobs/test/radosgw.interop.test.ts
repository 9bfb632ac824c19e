import * as fs from "node:fs"
import * as path from "node:path"
import * as Aws from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { S3, S3Credentials } from "@effect-hcp/s3"
import { Namespace, Retention } from "@effect-hcp/sdk"
import { Context, DateTime, Effect, Layer, Redacted, Result, Stream } from "effect"
import type { Jobs } from "../src/index.ts"
import { Bucket } from "../src/internal/bucket/bucket.ts"
import * as Radosgw from "./radosgw.ts"
import { opened, run, System, temporaryDirectory, walk } from "./working.ts"

const later = DateTime.makeUnsafe("2101-02-03T04:05:06Z")

const ask = <A>(call: () => Promise<A>) => Effect.promise(call)

/** Our gateway to it, and somebody else's client. */
const clients = Effect.fnUntraced(function* ({ accessKey, port, secretKey }: Radosgw.Radosgw) {
  const credentials = S3Credentials.layerKeys({ accessKey, secretKey: Redacted.make(secretKey) })
  const layer = S3.layerHcp({ fqdn: "s3.example.com", addresses: ["127.0.0.1"], port, tls: false, credentials })
  const aws = yield* Effect.acquireRelease(
    Effect.sync(
      () =>
        new Aws.S3Client({
          endpoint: `http://127.0.0.1:${port}`,
          region: "us-east-1",
          forcePathStyle: true,
          credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
          requestChecksumCalculation: "WHEN_REQUIRED",
          responseChecksumValidation: "WHEN_REQUIRED"
        })
    ),
    (client) => Effect.sync(() => client.destroy())
  )
  return { archive: Context.get(yield* Layer.build(layer), S3.S3), aws }
})

const copied = Effect.fnUntraced(function* (gateway: Radosgw.Radosgw) {
  const { archive, aws } = yield* clients(gateway)
  const ns = yield* Namespace.Namespace
  for (const text of ["one", "two", "three"]) yield* ns.put("/src/versions", text, { ifExists: "newVersion" })
  yield* ns.put("/src/kept", "kept", { retention: Retention.until(later) })
  yield* ns.put("/src/empty", "")
  const bucket = "records"
  yield* ask(() => aws.send(new Aws.CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true })))

  const proof = yield* temporaryDirectory
  const to = { s3: "archive", bucket, prefix: "p" }
  const job = { source: walk("/src"), action: { _tag: "Copy", to, versions: true, proof, lock: "GOVERNANCE" } } as const
  const done = (jobs: Jobs.Shape) =>
    Effect.gen(function* () {
      const summary = yield* run(jobs, job)
      assert.deepStrictEqual(yield* Stream.runCollect(jobs.failures(summary.id)), [])
      return summary
    })
  const options = { namespaces: { main: ns }, s3: { archive } }
  const twice = (jobs: Jobs.Shape) => Effect.all([done(jobs), done(jobs)])
  const [first, again] = yield* opened(yield* temporaryDirectory, twice, options)
  assert.deepStrictEqual([first.done, first.failed, again.skipped, again.failed], [3, 0, 3, 0])

  const { Versions = [] } = yield* ask(() => aws.send(new Aws.ListObjectVersionsCommand({ Bucket: bucket })))
  const texts = yield* Effect.forEach(Versions, ({ Key, VersionId }) =>
    ask(async () => {
      const { Body } = await aws.send(new Aws.GetObjectCommand({ Bucket: bucket, Key, VersionId }))
      return `${Key} ${await Body?.transformToString()}`
    })
  )
  // The newest first, as AWS lists them.
  assert.deepStrictEqual(texts, ["p/empty ", "p/kept kept", "p/versions three", "p/versions two", "p/versions one"])
  const head = yield* ask(() => aws.send(new Aws.HeadObjectCommand({ Bucket: bucket, Key: "p/kept" })))
  const locked = [head.ObjectLockMode, head.ObjectLockRetainUntilDate?.toISOString()]
  assert.deepStrictEqual(locked, ["GOVERNANCE", "2101-02-03T04:05:06.000Z"])
  const lines = fs
    .readdirSync(proof)
    .flatMap((name) => fs.readFileSync(path.join(proof, name), "utf8").trim().split("\n"))
  assert.lengthOf(new Set(lines.map((line) => JSON.parse(line).version ?? line)), 10)

  // A runner that has found nothing, while another one has stored it. Where it keeps versions this server looks at none.
  yield* ask(() => aws.send(new Aws.CreateBucketCommand({ Bucket: "plain" })))
  const plain = new Bucket(archive, "plain")
  yield* plain.put("k", "first", 5, undefined, {})
  assert.match((yield* Effect.flip(plain.put("k", "late", 4, undefined, {}))).message, /PreconditionFailed/)
})

const title = "a copy to a bucket of radosgw brings versions and locks, and no second version"

describe("Ceph", () => {
  const missing = Radosgw.missing()
  if (missing !== undefined)
    return it.skip(`skipped: there is no ${missing} on this machine: ${title}`, () => undefined)
  it.live(
    title,
    (test) =>
      Effect.gen(function* () {
        const up = Radosgw.make.pipe(
          Effect.timeoutOrElse({
            duration: "60 seconds",
            orElse: () => Effect.fail(new Radosgw.NotUp({ what: "it was not up within 60 seconds" }))
          }),
          Effect.result
        )
        const gateway = yield* up
        if (Result.isFailure(gateway)) return test.skip(`skipped: ${gateway.failure.message}`)
        yield* copied(gateway.success)
      }).pipe(Effect.scoped, Effect.provide(System)),
    120_000
  )
})
