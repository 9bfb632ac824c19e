import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import * as Retention from "@effect-hcp/sdk/Retention"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import type * as SystemSpec from "@effect-hcp/simulator/SystemSpec"
import { Effect, Layer, Redacted, Stream } from "effect"
import * as Listing from "../src/Listing.ts"
import * as Multipart from "../src/Multipart.ts"
import * as Parts from "../src/Parts.ts"
import * as S3 from "../src/S3.ts"
import * as S3Credentials from "../src/S3Credentials.ts"
import * as S3Object from "../src/S3Object.ts"
import * as Uploads from "../src/Uploads.ts"
import * as Versions from "../src/Versions.ts"

const site = (s3Quirks?: SystemSpec.SystemSpec["s3Quirks"]) =>
  Simulator.layer({
    systems: [
      {
        domain: "hcp1.example.com",
        s3Quirks,
        nodes: 2,
        namespaces: [
          { name: "plain", tenant: "t1", s3: true },
          { name: "lists", tenant: "t1", s3: true },
          { name: "versioned", tenant: "t1", s3: true, versioning: true }
        ],
        users: ["n:n01"]
      }
    ]
  })

const Gateway = Layer.unwrap(
  Effect.map(Simulator.Simulator, ({ ca, nameServer, systems }) =>
    S3.layerHcp({
      fqdn: `t1.${systems[0].domain}`,
      port: systems[0].ports.https,
      tls: { ca },
      resolver: { nameServers: [nameServer] },
      credentials: S3Credentials.layerV4({ username: "n", password: Redacted.make("n01") })
    })
  )
)

const mebi = 1024 * 1024
const bytes = Uint8Array.from({ length: 3 * mebi + 17 }, (_, at) => (at * 31 + (at >> 12)) % 251)

const temporary = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "s3-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true }))
)

/** Stores what the lists are of, and lists it in every way. */
const wholeLists = (modes: ReadonlyArray<Listing.Options["mode"]>) =>
  Effect.gen(function* () {
    const keys = ["a", "b+c d.txt", "f/1", "f/2", "f/g/3", "ä\u{1f600}", "z"]
    yield* Effect.forEach(keys, (key) => S3Object.put("lists", key, HcpBody.text(key)), { concurrency: 4 })
    const expected = [...keys, "f/", "f/g/"].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    for (const mode of modes) {
      for (const pageSize of [1, 2, undefined]) {
        const entries = yield* Stream.runCollect(Listing.list("lists", { mode, pageSize }))
        const names = entries.map((entry) => (entry._tag === "Prefix" ? entry.prefix : entry.key))
        assert.deepStrictEqual(names, expected, `${mode} by ${pageSize}`)
        const top = yield* Stream.runCollect(Listing.list("lists", { mode, pageSize, delimiter: "/" }))
        const here = top.map((entry) => (entry._tag === "Prefix" ? entry.prefix : entry.key))
        assert.sameMembers(here, ["a", "b+c d.txt", "f/", "ä\u{1f600}", "z"], `${mode} by ${pageSize}`)
        assert.lengthOf(here, 5)
      }
    }
    const below = yield* Stream.runCollect(Listing.list("lists", { prefix: "f/", kinds: ["object"] }))
    assert.deepStrictEqual(
      below.map((entry) => (entry._tag === "Object" ? entry.size : -1)),
      [3, 3, 5]
    )
  })

layer(Gateway.pipe(Layer.provideMerge(site())), { excludeTestServices: true })("lists and parts at a system", (it) => {
  it.effect("lists are whole, page by page, in both versions", () => wholeLists(["auto", "v1", "v2"]))

  it.effect("versions are listed in both orders, page by page", () =>
    Effect.gen(function* () {
      for (const text of ["1", "22", "333"]) yield* S3Object.put("versioned", "k", HcpBody.text(text))
      yield* S3Object.delete("versioned", "k")
      yield* S3Object.put("versioned", "l", HcpBody.text("4444"))
      const sizes = (order: Versions.Options["order"], pageSize?: number) =>
        Effect.map(Stream.runCollect(Versions.list("versioned", { order, pageSize })), (found) =>
          found.flatMap((entry) => (entry._tag === "Version" ? [entry.size] : []))
        )
      for (const pageSize of [1, 2, undefined]) {
        assert.deepStrictEqual(yield* sizes("oldestFirst", pageSize), [1, 2, 3, 4])
        assert.deepStrictEqual(yield* sizes("newestFirst", pageSize), [3, 2, 1, 4])
      }
    })
  )

  it.effect("an object goes up in parts with retention, is copied in parts and read back in ranges", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporary, "f")
      yield* Effect.promise(() => fs.writeFile(file, bytes))
      const done = yield* Multipart.upload("plain", "big", HcpBody.file(file), {
        partSize: mebi,
        contentType: "video/mp4",
        metadata: { made: "here" },
        retention: Retention.days(1)
      })
      assert.deepStrictEqual([done.parts, done.size], [4, bytes.length])
      const head = yield* S3Object.head("plain", "big")
      assert.strictEqual(head.contentType, "video/mp4")
      assert.strictEqual(head.metadata.made, "here")
      assert.strictEqual(head.etag, done.etag)
      assert.match(done.etag ?? "", /-4$/)
      yield* Multipart.copy({ bucket: "plain", key: "big" }, "versioned", "copy", { partSize: 2 * mebi })
      const back = path.join(path.dirname(file), "g")
      yield* Multipart.download("versioned", "copy", back, { partSize: mebi })
      assert.isTrue((yield* Effect.promise(() => fs.readFile(back))).equals(bytes))
      assert.strictEqual((yield* S3Object.head("versioned", "copy")).metadata.made, "here")
    }).pipe(Effect.scoped)
  )

  it.effect("what stands against an object shows at the end, and the upload is completed when it is gone", () =>
    Effect.gen(function* () {
      yield* S3Object.put("plain", "taken", HcpBody.text("first"))
      const kept = yield* Effect.flip(Multipart.upload("plain", "taken", HcpBody.bytes(bytes), { partSize: mebi }))
      assert(kept._tag === "UploadKept", kept.message)
      assert.strictEqual(kept.phase, "complete")
      assert(kept.reason.reason._tag === "S3Refused")
      assert.strictEqual(kept.reason.reason.category, "conflict")
      const parts = yield* Stream.runCollect(Parts.list("plain", "taken", kept.uploadId, { pageSize: 3 }))
      assert.deepStrictEqual(
        parts.map(({ number }) => number),
        [1, 2, 3, 4]
      )
      yield* S3Object.delete("plain", "taken")
      const done = yield* Multipart.complete("plain", "taken", kept.uploadId)
      assert.strictEqual(done.size, bytes.length)
      assert.strictEqual((yield* S3Object.get("plain", "taken")).bytes.length, bytes.length)
    })
  )

  it.effect("uploads nobody goes on with are found and aborted", () =>
    Effect.gen(function* () {
      const ids: Array<string> = []
      const broken = HcpBody.stream(() => Stream.concat(Stream.make(bytes), Stream.fail("no more")))
      for (const key of ["left/a", "left/b", "other"]) {
        yield* Multipart.upload("plain", key, broken, {
          partSize: mebi,
          keepOnFailure: true,
          onBegun: (uploadId) => Effect.sync(() => ids.push(uploadId))
        }).pipe(Effect.flip)
      }
      for (const pageSize of [1, undefined]) {
        const found = yield* Stream.runCollect(Uploads.list("plain", { pageSize }))
        assert.sameMembers(
          found.map((entry) => (entry._tag === "Upload" ? entry.uploadId : "")),
          ids
        )
      }
      assert.lengthOf(yield* Stream.runCollect(Uploads.abortAll("plain", { olderThan: "1 hour", prefix: "left/" })), 0)
      assert.lengthOf(yield* Stream.runCollect(Uploads.abortAll("plain", { olderThan: 0, prefix: "left/" })), 2)
      const rest = yield* Stream.runCollect(Uploads.list("plain"))
      assert.deepStrictEqual(
        rest.map((entry) => (entry._tag === "Upload" ? entry.key : "")),
        ["other"]
      )
    })
  )
})

layer(
  Gateway.pipe(
    Layer.provideMerge(
      site({ listV2: false, foldersInListings: true, oldestVersionsFirst: true, encodingTypeElement: "Encoding-Type" })
    )
  ),
  { excludeTestServices: true }
)("lists at an old system", (it) => {
  it.effect("version 1 takes over where version 2 is not known", () =>
    Effect.gen(function* () {
      yield* wholeLists(["auto", "v1"])
      const error = yield* Effect.flip(Stream.runDrain(Listing.list("lists", { mode: "v2", pageSize: 2 })))
      assert.strictEqual(error.reason._tag, "UnexpectedAnswer")
    })
  )
})
