import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as http from "node:http"
import * as path from "node:path"
import * as Aws from "@aws-sdk/client-s3"
import { assert, layer } from "@effect/vitest"
import { S3, S3Credentials } from "@effect-hcp/s3"
import { Hcp, HcpBody, LabelledHold, Namespace, Retention } from "@effect-hcp/sdk"
import { type S3Quirks, Simulator } from "@effect-hcp/simulator"
import { Context, DateTime, Deferred, Effect, Layer, Redacted, Stream } from "effect"
import type { Job, Jobs } from "../src/index.ts"
import { Bucket } from "../src/internal/bucket/bucket.ts"
import { Sender } from "../src/internal/bucket/sender.ts"
import { hasSameBytes, sourceOf } from "../src/internal/bucket/source.ts"
import { opened, temporaryDirectory } from "./working.ts"

const domain = "hcp1.example.com"

const systems = (s3Quirks: Partial<S3Quirks.S3Quirks>) =>
  Simulator.layer({
    systems: [
      {
        domain,
        nodes: 2,
        s3Quirks,
        namespaces: [
          {
            tenant: "t1",
            name: "records",
            versioning: true,
            retentionMode: "compliance",
            retentionClasses: [{ name: "Invoices", value: "A+7y" }]
          },
          { tenant: "t1", name: "plain", versioning: true, s3: true },
          { tenant: "t1", name: "restored", versioning: true, retentionClasses: [{ name: "Invoices", value: "A+7y" }] }
        ],
        users: [{ username: "owner", password: "owner01", allowNamespaceManagement: true }]
      }
    ]
  })

/** What a test needs: the namespaces, our gateway to the buckets, and somebody else's client of them. */
class Places extends Context.Service<
  Places,
  {
    readonly records: Namespace.Shape
    readonly plain: Namespace.Shape
    readonly restored: Namespace.Shape
    readonly gateway: S3.Shape
    readonly aws: Aws.S3Client
  }
>()("test/Places") {}

const places = Layer.effect(
  Places,
  Effect.gen(function* () {
    const { nameServer, systems } = yield* Simulator.Simulator
    const [{ nodes, ports }] = systems
    const common = { port: ports.http, tls: false, resolver: { nameServers: [nameServer] } } as const
    const owner = { username: "owner", password: Redacted.make("owner01") }
    const namespace = (name: string) =>
      Effect.map(
        Layer.build(
          Layer.provide(Namespace.layer, Hcp.layer({ fqdn: `${name}.t1.${domain}`, ...common, credentials: owner }))
        ),
        (built) => Context.get(built, Namespace.Namespace)
      )
    const gateway = Context.get(
      yield* Layer.build(S3.layerHcp({ fqdn: `t1.${domain}`, ...common, credentials: S3Credentials.layerV4(owner) })),
      S3.S3
    )
    const agent = new http.Agent({
      keepAlive: true,
      lookup: (_name, { all }, callback) =>
        all === true ? callback(null, [{ address: nodes[0], family: 4 }]) : callback(null, nodes[0], 4)
    })
    const aws = yield* Effect.acquireRelease(
      Effect.sync(
        () =>
          new Aws.S3Client({
            endpoint: `http://t1.${domain}:${ports.http}`,
            region: "us-east-1",
            forcePathStyle: true,
            maxAttempts: 1,
            credentials: {
              accessKeyId: Buffer.from("owner").toString("base64"),
              secretAccessKey: createHash("md5").update("owner01").digest("hex")
            },
            requestChecksumCalculation: "WHEN_REQUIRED",
            responseChecksumValidation: "WHEN_REQUIRED",
            requestHandler: { httpAgent: agent }
          })
      ),
      (client) => Effect.sync(() => client.destroy())
    )
    return {
      records: yield* namespace("records"),
      plain: yield* namespace("plain"),
      restored: yield* namespace("restored"),
      gateway,
      aws
    }
  })
)

const ask = <A>(call: () => Promise<A>) => Effect.promise(call)

/** A bucket with Object Lock, made by somebody else. */
const lockedBucket = (name: string) =>
  Effect.flatMap(Places, ({ aws }) =>
    ask(() => aws.send(new Aws.CreateBucketCommand({ Bucket: name, ObjectLockEnabledForBucket: true })))
  )

/** Versions and deletions of a bucket as somebody else's client sees them, each key's oldest first. */
const versionsIn = (bucket: string, key: string) =>
  Effect.gen(function* () {
    const { aws } = yield* Places
    const { DeleteMarkers = [], Versions = [] } = yield* ask(() =>
      aws.send(new Aws.ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }))
    )
    return [...Versions, ...DeleteMarkers]
      .filter((each) => each.Key === key)
      .sort((one, other) => Number(one.VersionId) - Number(other.VersionId))
  })

const headOf = (bucket: string, key: string, versionId?: string) =>
  Effect.flatMap(Places, ({ aws }) =>
    ask(() => aws.send(new Aws.HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId })))
  )

const textOf = (bucket: string, key: string, versionId?: string) =>
  Effect.flatMap(Places, ({ aws }) =>
    ask(async () => {
      const { Body } = await aws.send(new Aws.GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }))
      return (await Body?.transformToString()) ?? ""
    })
  )

/** Runs a job to its end, in a directory of its own, and gives its report and failures. */
const done = (job: Job.Job, gateway?: S3.Shape, directory?: string) =>
  Effect.gen(function* () {
    const { gateway: own, plain, records, restored } = yield* Places
    const options = { namespaces: { records, plain, restored }, s3: { archive: gateway ?? own } }
    const use = (jobs: Jobs.Shape) =>
      Effect.gen(function* () {
        const id = yield* jobs.submit(job)
        const summary = yield* jobs.await(id)
        return { summary, report: yield* jobs.report(id), failures: yield* Stream.runCollect(jobs.failures(id)) }
      })
    return yield* opened(directory ?? (yield* temporaryDirectory), use, options).pipe(
      Effect.provideService(Namespace.Namespace, records)
    )
  })

const walk = (at: string, namespace = "records"): Job.Source => ({ _tag: "Walk", namespace, path: at })

const toBucket = (bucket: string, more: Partial<Extract<Job.Action, { readonly _tag: "Copy" }>> = {}): Job.Action => ({
  _tag: "Copy",
  to: { s3: "archive", bucket, prefix: "kept" },
  ...more
})

const proofIn = (directory: string): ReadonlyArray<Record<string, unknown>> =>
  fs
    .readdirSync(directory)
    .sort()
    .flatMap((name) => fs.readFileSync(path.join(directory, name), "utf8").trimEnd().split("\n"))
    .map((line) => JSON.parse(line))

const counts = ({
  detail,
  done,
  failed,
  skipped,
  state
}: {
  detail: string | undefined
  done: number
  failed: number
  skipped: number
  state: string
}) => ({
  detail,
  done,
  failed,
  skipped,
  state
})

const later = DateTime.makeUnsafe("2101-02-03T04:05:06Z")
const xml = "<case><name>Müller &amp; Söhne</name></case>"
const large = `<notes>${"many words ".repeat(400)}</notes>`

const asAws = Layer.provideMerge(places, systems({ conditionalStores: true }))

layer(asAws, { excludeTestServices: true })("a copy to a bucket", (it) => {
  it.effect("brings data, type, annotations, versions, locks and holds, and proves it", () =>
    Effect.gen(function* () {
      const { records } = yield* Places
      yield* lockedBucket("archive")
      yield* records.put("/all/plain.txt", "no more than that")
      for (const text of ["one", "two", "three"]) yield* records.put("/all/v.pdf", text, { ifExists: "newVersion" })
      yield* records.delete("/all/v.pdf")
      yield* records.put("/all/v.pdf", "four", { ifExists: "newVersion" })
      yield* records.annotations.put("/all/v.pdf", "case", xml)
      yield* records.annotations.put("/all/v.pdf", "notes", large)
      yield* records.annotations.put("/all/v.pdf", "bytes", HcpBody.bytes(Uint8Array.from([0, 37, 200, 32])))
      yield* records.modify("/all/v.pdf", { retention: Retention.until(later) })
      yield* records.put("/all/class.txt", "of a class", { retention: Retention.ofClass("Invoices") })
      yield* records.put("/all/ever.txt", "for ever", { retention: Retention.prohibited })
      yield* records.put("/all/held.txt", "held", { labelledHolds: [LabelledHold.hold("case 7: Müller")] })
      const proof = yield* temporaryDirectory
      const job: Job.Job = { source: walk("/all"), action: toBucket("archive", { versions: true, proof }) }
      const { failures, report, summary } = yield* done(job)
      assert.deepStrictEqual([...failures], [])
      assert.deepStrictEqual(counts(summary), { detail: undefined, done: 5, failed: 0, skipped: 0, state: "finished" })

      const versions = yield* versionsIn("archive", "kept/v.pdf")
      assert.deepStrictEqual(
        versions.map((each) => ("ETag" in each ? "version" : "deletion")),
        ["version", "version", "version", "deletion", "version"]
      )
      const texts = yield* Effect.forEach(
        versions.filter((each) => "ETag" in each),
        ({ VersionId }) => textOf("archive", "kept/v.pdf", VersionId)
      )
      assert.deepStrictEqual(texts, ["one", "two", "three", "four"])
      const newest = yield* headOf("archive", "kept/v.pdf")
      assert.strictEqual(newest.ContentType, "application/pdf")
      assert.strictEqual(newest.ObjectLockMode, "COMPLIANCE")
      assert.strictEqual(newest.ObjectLockRetainUntilDate?.toISOString(), "2101-02-03T04:05:06.000Z")
      assert.strictEqual(newest.Metadata?.["hcp-hash"], `SHA-256:${createHash("sha256").update("four").digest("hex")}`)
      // What fits is in the metadata, the rest beside it, locked as the object is.
      const [noteVersion] = newest.Metadata?.["hcp-annotations"]?.split(" ") ?? []
      const noteKey = `kept/.hcp-annotations/v.pdf/${noteVersion}/notes`
      assert.strictEqual(yield* textOf("archive", noteKey), large)
      assert.strictEqual((yield* headOf("archive", noteKey)).ObjectLockMode, "COMPLIANCE")
      assert.include(JSON.stringify(newest.Metadata), "M%C3%BCller &amp; S%C3%B6hne")
      const first = yield* headOf("archive", "kept/v.pdf", versions[0]?.VersionId)
      assert.strictEqual(first.ObjectLockMode, undefined)
      const held = yield* headOf("archive", "kept/held.txt")
      assert.deepStrictEqual([held.ObjectLockLegalHoldStatus, held.ObjectLockMode], ["ON", undefined])
      const ofClass = yield* headOf("archive", "kept/class.txt")
      const inSeven = new Date().getUTCFullYear() + 7
      assert.strictEqual(ofClass.ObjectLockRetainUntilDate?.getUTCFullYear(), inSeven)
      assert.isAbove((yield* headOf("archive", "kept/ever.txt")).ObjectLockRetainUntilDate?.getUTCFullYear() ?? 0, 2100)

      // What has no likeness in S3 is said.
      assert.deepStrictEqual(report.omitted, [
        { what: "holdLabels", count: 1 },
        { what: "retentionClass", count: 1 },
        { what: "retentionForEver", count: 1 }
      ])
      const lines = proofIn(proof)
      assert.lengthOf(lines, 9)
      for (const line of lines.filter(({ outcome }) => outcome !== "deletion")) {
        const key = String(line.key)
        const there = yield* headOf("archive", key, String(line.targetVersionId))
        const text = yield* textOf("archive", key, String(line.targetVersionId))
        assert.strictEqual(line.hash, `SHA-256:${createHash("sha256").update(text).digest("hex")}`)
        assert.strictEqual(`"${line.etag}"`, there.ETag)
        assert.strictEqual(line.legalHold, there.ObjectLockLegalHoldStatus === "ON")
        const lock =
          there.ObjectLockMode === undefined
            ? null
            : { mode: there.ObjectLockMode, until: there.ObjectLockRetainUntilDate?.toISOString() }
        assert.deepStrictEqual(line.lock, lock)
        assert.strictEqual(line.outcome, "stored")
      }
      const ever = lines.find((line) => line.path === "/all/ever.txt")
      assert.deepStrictEqual(ever?.omitted, ["retentionForEver"])
      assert.strictEqual(ever?.retention, "Deletion Prohibited")

      // Once more: nothing is stored, and the proof says the same of what is there.
      const again = yield* done(job)
      assert.deepStrictEqual(counts(again.summary), {
        detail: undefined,
        done: 0,
        failed: 0,
        skipped: 5,
        state: "finished"
      })
      assert.lengthOf(yield* versionsIn("archive", "kept/v.pdf"), 5)
      assert.lengthOf(yield* versionsIn("archive", noteKey), 1)
      const without = (all: ReadonlyArray<Record<string, unknown>>) =>
        all.map(({ outcome: _, ...line }) => JSON.stringify(line)).sort()
      assert.deepStrictEqual(without(proofIn(proof)), without(lines))
      assert.deepStrictEqual(again.report.omitted, report.omitted)
    })
  )

  it.effect("makes no second version where the process died with nothing written down", () =>
    Effect.gen(function* () {
      const { gateway, records } = yield* Places
      yield* lockedBucket("killed")
      for (let index = 0; index < 10; index++) {
        const at = `/killed/${index}`
        yield* records.put(at, `one ${index}`)
        yield* records.put(at, `two ${index}`, { ifExists: "newVersion" })
        yield* records.annotations.put(at, "notes", large)
        yield* records.modify(at, { hold: true })
      }
      // Each way to store is carried out and never answered, until the process is gone.
      const silenced = (all: Deferred.Deferred<void>): S3.Shape => {
        let puts = 0
        const call: typeof gateway.client.call = (request) =>
          Effect.flatMap(gateway.client.call(request), (reply) => {
            if (request.method !== "PUT") return Effect.succeed(reply)
            return Effect.andThen(++puts === 10 ? Deferred.succeed(all, undefined) : Effect.void, Effect.never)
          })
        return { ...gateway, client: { ...gateway.client, call } }
      }
      const job: Job.Job = {
        source: walk("/killed"),
        action: toBucket("killed", { versions: true, proof: yield* temporaryDirectory }),
        options: { concurrency: 10 }
      }
      // The first version; the annotation of the second one; that one itself.
      for (let round = 0; round < 3; round++) {
        const all = yield* Deferred.make<void>()
        yield* Effect.raceFirst(Deferred.await(all), done(job, silenced(all)))
      }
      const { summary } = yield* done(job)
      assert.strictEqual(summary.failed, 0)
      for (let index = 0; index < 10; index++) {
        const key = `kept/${index}`
        const versions = yield* versionsIn("killed", key)
        const texts = yield* Effect.forEach(versions, ({ VersionId }) => textOf("killed", key, VersionId))
        assert.deepStrictEqual(texts, [`one ${index}`, `two ${index}`], key)
      }
      const { ObjectLockLegalHoldStatus } = yield* headOf("killed", "kept/3")
      assert.strictEqual(ObjectLockLegalHoldStatus, "ON")
      assert.deepStrictEqual([summary.done, summary.skipped], [0, 10])
    })
  )

  it.effect("by two runners that have both found nothing, or the same, makes one version of each", () =>
    Effect.gen(function* () {
      const { aws, gateway, records } = yield* Places
      yield* lockedBucket("raced")
      yield* records.put("/raced/1/notes", "one")
      yield* records.annotations.put("/raced/1/notes", "notes", large)
      for (const text of ["one", "two", "three"])
        yield* records.put("/raced/2/versions", text, { ifExists: "newVersion" })
      yield* records.put("/raced/3/other", "ours")
      const theirs = { Bucket: "raced", Key: "kept/other", Body: "theirs" }
      yield* ask(() => aws.send(new Aws.PutObjectCommand(theirs)))
      // The first to store something under a key waits for the other one, who has not seen it then.
      const waiting = new Map<string, Deferred.Deferred<void>>()
      const call: typeof gateway.client.call = (request) =>
        Effect.suspend(() => {
          if (request.method !== "PUT") return gateway.client.call(request)
          const other = waiting.get(request.path)
          const met = other ?? Deferred.makeUnsafe<void>()
          waiting.set(request.path, met)
          const both = other === undefined ? Deferred.await(met) : Deferred.succeed(met, undefined)
          return Effect.andThen(both, gateway.client.call(request))
        })
      const raced: S3.Shape = { ...gateway, client: { ...gateway.client, call } }
      const each = (path: string, more: object) =>
        Effect.forEach([1, 2], () => done({ source: walk(path), action: toBucket("raced", more) }, raced), {
          concurrency: 2
        })
      const both = yield* Effect.all(
        [each("/raced/1", {}), each("/raced/2", { versions: true }), each("/raced/3", { ifExists: "newVersion" })],
        { concurrency: 3 }
      )
      assert.deepStrictEqual(
        both.flat().map(({ failures }) => failures),
        Array.from({ length: 6 }, () => [])
      )
      const keys = [...waiting.keys()].map((path) => path.slice(path.indexOf("kept")))
      const counts = yield* Effect.forEach(keys, (key) => Effect.map(versionsIn("raced", key), ({ length }) => length))
      assert.deepStrictEqual(counts.sort(), [1, 1, 2, 3])
    })
  )

  it.effect("leaves what is protected where nothing can protect it, unless that is said", () =>
    Effect.gen(function* () {
      const { records } = yield* Places
      yield* records.put("/bare/free", "free")
      yield* records.put("/bare/kept", "kept", { retention: Retention.until(later) })
      const source = walk("/bare")
      const { failures, summary } = yield* done({ source, action: toBucket("plain") })
      assert.deepStrictEqual([summary.done, summary.failed], [1, 1])
      assert.deepStrictEqual(
        failures.map(({ path, reason }) => [path, reason]),
        [["/bare/kept", "NoObjectLock"]]
      )
      const said = yield* done({ source, action: toBucket("plain", { lock: "none" }) })
      assert.deepStrictEqual([said.summary.done, said.summary.skipped], [1, 1])
      assert.deepStrictEqual(said.report.omitted, [{ what: "retention", count: 1 }])
      const missing = yield* done({ source, action: toBucket("nowhere") })
      assert.strictEqual(missing.summary.state, "stopped")
      assert.match(missing.summary.detail ?? "", /NoSuchBucket/)
    })
  )

  it.effect("stores what is large in parts, and locks it when it is whole", () =>
    Effect.gen(function* () {
      const { aws, gateway, records } = yield* Places
      yield* lockedBucket("parts")
      yield* records.put("/parts/film", "x".repeat(3_000_000), { retention: Retention.until(later) })
      const bucket = new Bucket(gateway, "parts", 1_000_000)
      const way = { from: records, bucket, bandwidth: undefined, lock: "GOVERNANCE", isProved: true } as const
      const source = yield* sourceOf(records, "/parts/film", "film", undefined)
      const { line } = yield* new Sender({ ...way, hasObjectLock: true }).store(source, undefined)
      const { ContentLength, ETag, Metadata, ObjectLockMode } = yield* headOf("parts", "film")
      assert.deepStrictEqual([ContentLength, ObjectLockMode], [3_000_000, "GOVERNANCE"])
      assert.match(ETag ?? "", /-1"$/)
      assert.strictEqual(Metadata?.["hcp-hash"], line?.hash)
      // Its bytes are known again by the hash that was kept, as its ETag says nothing of them.
      assert.isTrue(yield* hasSameBytes(bucket, source, yield* bucket.head("film")))
      assert.lengthOf(yield* versionsIn("parts", "film"), 1)
      // Another runner that has found nothing: it fails, and leaves no parts.
      const late = yield* Effect.flip(new Sender({ ...way, hasObjectLock: true }).store(source, undefined))
      assert.match(late.message, /PreconditionFailed/)
      assert.lengthOf(yield* versionsIn("parts", "film"), 1)
      const { Uploads } = yield* ask(() => aws.send(new Aws.ListMultipartUploadsCommand({ Bucket: "parts" })))
      assert.isUndefined(Uploads)
    })
  )

  it.effect("is stored once by a server that refuses conditions which hold", () =>
    Effect.gen(function* () {
      const { gateway } = yield* Places
      yield* new Bucket(gateway, "plain").put("there", "text", 4, undefined, {})
      let asked = 0
      const call: typeof gateway.client.call = (request) => {
        if (!JSON.stringify(request.headers ?? []).includes("If-None-Match")) return gateway.client.call(request)
        asked++
        return gateway.client.call({ ...request, path: request.path.replace(/odd.*/, "there") })
      }
      const bucket = new Bucket({ ...gateway, client: { ...gateway.client, call } }, "plain")
      for (const key of ["odd/1", "odd/2"]) yield* bucket.put(key, "text", 4, undefined, {})
      assert.deepStrictEqual(
        [yield* textOf("plain", "odd/1"), yield* textOf("plain", "odd/2"), asked],
        ["text", "text", 1]
      )
    })
  )

  it.effect("leaves other bytes that are there, and stores a version above them where that is asked for", () =>
    Effect.gen(function* () {
      const { aws, records } = yield* Places
      yield* records.put("/other/a", "ours")
      const Bucket = "plain"
      yield* ask(() => aws.send(new Aws.PutObjectCommand({ Bucket, Key: "kept/a", Body: "theirs" })))
      const { failures } = yield* done({ source: walk("/other"), action: toBucket(Bucket) })
      assert.strictEqual(failures[0]?.reason, "ObjectExists")
      const dry = { source: walk("/other"), options: { dryRun: true } }
      yield* done({ ...dry, action: toBucket(Bucket, { ifExists: "newVersion" }) })
      assert.strictEqual(yield* textOf(Bucket, "kept/a"), "theirs")
      yield* done({ source: walk("/other"), action: toBucket(Bucket, { ifExists: "newVersion" }) })
      assert.strictEqual(yield* textOf(Bucket, "kept/a"), "ours")
      assert.lengthOf(yield* versionsIn(Bucket, "kept/a"), 2)
    })
  )
})

layer(Layer.provideMerge(places, systems({})), { excludeTestServices: true })("a copy from a bucket", (it) => {
  const back = (bucket: string, to: string): Job.Job => ({
    source: { _tag: "Bucket", s3: "archive", bucket, prefix: "kept" },
    action: { _tag: "Copy", to: { namespace: "restored", path: to }, versions: true }
  })

  it.effect("gives objects of HCP back what they had: versions, retention, holds, annotations", () =>
    Effect.gen(function* () {
      const { records, restored } = yield* Places
      yield* lockedBucket("round")
      for (const text of ["one", "two"]) yield* records.put("/round/v.pdf", text, { ifExists: "newVersion" })
      yield* records.delete("/round/v.pdf")
      yield* records.put("/round/v.pdf", "three", { ifExists: "newVersion", index: true })
      yield* records.annotations.put("/round/v.pdf", "case", xml)
      yield* records.annotations.put("/round/v.pdf", "notes", large)
      yield* records.modify("/round/v.pdf", { retention: Retention.until(later) })
      yield* records.put("/round/class", "of a class", { retention: Retention.ofClass("Invoices") })
      yield* records.put("/round/ever", "for ever", { retention: Retention.prohibited })
      yield* records.put("/round/open", "until somebody says", { retention: Retention.unspecified })
      yield* records.put("/round/labels", "held", { labelledHolds: [LabelledHold.hold("case 7: Müller")] })
      yield* records.put("/round/held", "held", { hold: true })
      yield* done({ source: walk("/round"), action: toBucket("round", { versions: true }) })

      const { failures, summary } = yield* done(back("round", "/again"))
      assert.deepStrictEqual([...failures], [])
      assert.deepStrictEqual(counts(summary), { detail: undefined, done: 6, failed: 0, skipped: 0, state: "finished" })
      for (const name of ["v.pdf", "class", "ever", "open", "labels", "held"]) {
        const [one, other] = yield* Effect.all([records.head(`/round/${name}`), restored.head(`/again/${name}`)])
        const shown = ({ annotations, contentType, hash, hold, index, labelledHolds, retention }: typeof one) => ({
          annotations,
          contentType,
          hash,
          hold,
          index,
          labelledHolds,
          // The value of a class counts from when an object was stored.
          retention: retention.retentionClass ?? retention.value
        })
        assert.deepStrictEqual(shown(other), shown(one), name)
      }
      assert.strictEqual(yield* restored.annotations.getText("/again/v.pdf", "case"), xml)
      assert.strictEqual(yield* restored.annotations.getText("/again/v.pdf", "notes"), large)
      const versionsOf = (namespace: Namespace.Shape, at: string) =>
        Stream.runCollect(namespace.versions(at, { deleted: true })).pipe(
          Effect.map((found) => found.map((each) => (each._tag === "Version" ? each.hash?.hex : "deleted")).sort())
        )
      assert.deepStrictEqual(yield* versionsOf(restored, "/again/v.pdf"), yield* versionsOf(records, "/round/v.pdf"))
      // The annotation that is an object of its own is none of its own here.
      const found = yield* Stream.runCollect(restored.walk("/again"))
      assert.lengthOf(found, 6)

      const again = yield* done(back("round", "/again"))
      assert.deepStrictEqual([again.summary.done, again.summary.skipped, again.summary.failed], [0, 6, 0])
    })
  )

  it.effect("takes locks and legal holds that were set in the bucket, and what others have stored there", () =>
    Effect.gen(function* () {
      const { aws, restored } = yield* Places
      yield* lockedBucket("theirs")
      const Bucket = "theirs"
      yield* ask(() =>
        aws.send(
          new Aws.PutObjectCommand({
            Bucket,
            Key: "kept/deep/a.bin",
            Body: "theirs",
            ContentType: "text/x-report",
            Metadata: { department: "sales & more" },
            ObjectLockMode: "GOVERNANCE",
            ObjectLockRetainUntilDate: new Date("2101-02-03T04:05:06Z")
          })
        )
      )
      yield* ask(() =>
        aws.send(new Aws.PutObjectCommand({ Bucket, Key: "kept/held", Body: "held", ObjectLockLegalHoldStatus: "ON" }))
      )
      yield* ask(() => aws.send(new Aws.PutObjectCommand({ Bucket, Key: "elsewhere", Body: "not below" })))
      const { report, summary } = yield* done(back(Bucket, "/theirs"))
      assert.deepStrictEqual(counts(summary), { detail: undefined, done: 2, failed: 0, skipped: 0, state: "finished" })
      const { retention } = yield* restored.head("/theirs/deep/a.bin")
      assert.deepStrictEqual(retention.value, Retention.until(later))
      assert.isTrue((yield* restored.head("/theirs/held")).hold)
      const pairs = yield* restored.annotations.getText("/theirs/deep/a.bin", ".metapairs")
      assert.match(pairs, /<meta-department>sales &amp; more<\/meta-department>/)
      assert.strictEqual((yield* restored.get("/theirs/deep/a.bin")).text, "theirs")
      assert.deepStrictEqual(report.omitted, [{ what: "contentType", count: 1 }])
    })
  )
})

layer(Layer.provideMerge(places, systems({})), { excludeTestServices: true })("a bucket as a source", (it) => {
  it.effect("gives the objects of a namespace too, for every action", () =>
    Effect.gen(function* () {
      const { aws, plain } = yield* Places
      for (const Key of ["a/1", "a/b/2", "a-b", "z"]) {
        yield* ask(() => aws.send(new Aws.PutObjectCommand({ Bucket: "plain", Key, Body: "1" })))
      }
      yield* plain.makeDirectory("/a/empty")
      const source: Job.Source = { _tag: "Bucket", s3: "archive", bucket: "plain", prefix: "a", namespace: "plain" }
      const { summary } = yield* done({ source, action: { _tag: "Delete" } })
      assert.deepStrictEqual([summary.total, summary.totalBytes, summary.done], [2, 2, 2])
      const left = yield* Stream.runCollect(plain.walk("/"))
      assert.deepStrictEqual(
        left.filter(({ _tag }) => _tag === "Object").map(({ path }) => path),
        ["/a-b", "/z"]
      )
    })
  )
})
