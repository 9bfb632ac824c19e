import { assert } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import * as HcpBody from "../../../src/HcpBody.ts"
import * as ByteRange from "../../../src/namespace/ByteRange.ts"
import * as LabelledHold from "../../../src/namespace/LabelledHold.ts"
import type { Progress } from "../../../src/namespace/Progress.ts"
import * as Retention from "../../../src/namespace/Retention.ts"
import type { IfExists, PutOptions } from "../../../src/namespace/StoreOptions.ts"
import * as Contract from "../../utils/contract.ts"
import { digest, tagOf } from "../../utils/namespaces.ts"

const { text } = HcpBody

/** What came of a put: the outcome, or the tag of the reason it failed with. */
const outcomeOf = (put: ReturnType<Effect.Success<ReturnType<typeof Contract.open>>["ns"]["put"]>) =>
  Effect.match(put, { onSuccess: ({ outcome }) => outcome, onFailure: ({ reason }) => reason._tag })

const modes = ["fail", "newVersion", "skip", "replace"] as const satisfies ReadonlyArray<IfExists>

/** For nothing there, the same bytes there, other bytes there, a directory there. */
const outcomes: Record<"plain" | "versions", Record<IfExists, ReadonlyArray<string>>> = {
  plain: {
    fail: ["created", "ObjectExists", "ObjectExists", "ObjectExists"],
    newVersion: ["newVersion", "ObjectExists", "ObjectExists", "ObjectExists"],
    skip: ["created", "skipped", "ObjectExists", "ObjectExists"],
    replace: ["newVersion", "replaced", "replaced", "ObjectExists"]
  },
  versions: {
    fail: ["created", "ObjectExists", "ObjectExists", "ObjectExists"],
    newVersion: ["newVersion", "newVersion", "newVersion", "ObjectExists"],
    skip: ["created", "skipped", "ObjectExists", "ObjectExists"],
    replace: ["newVersion", "newVersion", "newVersion", "ObjectExists"]
  }
}

/** For other bytes under protection; `Protected` stands for the reason that names the protection. */
const guarded: Record<"plain" | "versions", Record<IfExists, string>> = {
  plain: { fail: "ObjectExists", newVersion: "ObjectExists", skip: "ObjectExists", replace: "Protected" },
  versions: { fail: "ObjectExists", newVersion: "Protected", skip: "ObjectExists", replace: "Protected" }
}

const protections: ReadonlyArray<readonly [name: string, settings: PutOptions, reason: string]> = [
  ["retention", { retention: Retention.years(1) }, "UnderRetention"],
  ["hold", { hold: true }, "OnHold"],
  ["label", { labelledHolds: [LabelledHold.hold("case 1")] }, "OnHold"],
  ["both", { retention: Retention.prohibited, hold: true }, "OnHold"]
]

export const storeAndRead = (subject: Contract.Subject) =>
  Contract.suite(subject, "store and read", (it) => {
    for (const name of ["plain", "versions"] as const) {
      for (const ifExists of modes) {
        it.effect(`ifExists ${ifExists} in ${name}`, () =>
          Effect.gen(function* () {
            const { ns } = yield* Contract.open(name)
            const at = (leaf: string) => `/exists/${ifExists}/${leaf}`
            yield* ns.put(at("same"), text("new"))
            yield* ns.put(at("other"), text("old"))
            yield* ns.makeDirectory(at("directory"))
            const got = yield* Effect.forEach(["none", "same", "other", "directory"], (leaf) =>
              outcomeOf(ns.put(at(leaf), text("new"), { ifExists }))
            )
            const expected = outcomes[name][ifExists]
            assert.deepStrictEqual(got, expected)
            assert.strictEqual((yield* ns.get(at("none"))).text, "new")
            assert.strictEqual((yield* ns.get(at("other"))).text, expected[2] === "ObjectExists" ? "old" : "new")
            assert.strictEqual((yield* ns.head(at("directory"))).type, "directory")
          })
        )

        it.effect(`ifExists ${ifExists} in ${name} where WORM protects`, () =>
          Effect.gen(function* () {
            const { ns } = yield* Contract.open(name)
            for (const [what, settings, reason] of protections) {
              const path = `/worm/${ifExists}/${what}`
              const stored = yield* ns.put(path, text("kept"), settings)
              const expected = guarded[name][ifExists]
              assert.strictEqual(
                yield* outcomeOf(ns.put(path, text("other"), { ifExists })),
                expected === "Protected" ? reason : expected,
                what
              )
              if (ifExists === "skip") {
                assert.strictEqual(yield* outcomeOf(ns.put(path, text("kept"), { ifExists })), "skipped")
              }
              const now = yield* ns.get(path)
              assert.strictEqual(now.text, "kept")
              assert.strictEqual(now.metadata.versionId, stored.metadata.versionId)
            }
          })
        )
      }
    }

    it.effect("what is stored is what is known of it", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        const stored = yield* ns.put("/known/a b.txt", text("This is an example"), { index: false, shred: true })
        assert.strictEqual(stored.location, "/rest/known/a%20b.txt")
        const known = yield* ns.head("/known/a b.txt")
        assert.deepStrictEqual(known.hash, {
          algorithm: "SHA-256",
          hex: "47fb563cc8f86dc37c86d08bc542968f7986acd81c97bf76db7ad744407fe117"
        })
        assert.strictEqual(known.etag, '"68791e1b03badd5e4eb9287660f67745"')
        assert.deepStrictEqual(stored.metadata.hash, known.hash)
        assert.strictEqual(stored.metadata.etag, known.etag)
        assert.strictEqual(stored.metadata.versionId, known.versionId)
        assert.strictEqual(known.size, 18)
        assert.strictEqual(known.index, false)
        assert.strictEqual(known.shred, true)
        assert.strictEqual(known.hold, false)
        assert.strictEqual(known.owner, "n")
        assert.strictEqual(known.domain, undefined)
        assert.deepStrictEqual(known.annotations, [])
        assert.deepStrictEqual(known.retention, { value: Retention.deletionAllowed, retentionClass: undefined })
        assert.strictEqual(known.servicedBy, "hcp1.example.com")
        yield* ns.put("/known/empty", HcpBody.bytes(new Uint8Array()))
        assert.strictEqual((yield* ns.get("/known/empty")).bytes.length, 0)
        assert.strictEqual((yield* ns.head("/known/empty")).size, 0)
        assert.strictEqual(yield* tagOf(ns.put("/known/empty/below", text("x"))), "NotFound")
      })
    )

    it.effect("any part can be read", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        yield* ns.put("/ranges", text("0123456789"))
        const read = (range: ByteRange.ByteRange) => ns.get("/ranges", { range })
        const middle = yield* read(ByteRange.between(2, 4))
        assert.strictEqual(middle.text, "234")
        assert.deepStrictEqual(middle.range, { first: 2, last: 4, size: 10 })
        assert.strictEqual(middle.metadata.size, 10)
        assert.strictEqual((yield* read(ByteRange.from(7))).text, "789")
        assert.strictEqual((yield* read(ByteRange.last(3))).text, "789")
        assert.strictEqual((yield* read(ByteRange.last(99))).text, "0123456789")
        assert.strictEqual((yield* read(ByteRange.between(9, 99))).text, "9")
        assert.strictEqual(yield* tagOf(read(ByteRange.from(10))), "RangeNotSatisfiable")
        assert.strictEqual(yield* tagOf(read(ByteRange.between(4, 2))), "InvalidInput")
        const streamed = yield* Stream.runCollect(ns.stream("/ranges", { range: ByteRange.from(5) }))
        assert.strictEqual(Buffer.concat(streamed).toString(), "56789")
      })
    )

    it.effect("conditions hold or say why not", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("versions")
        yield* ns.put("/conditions", text("one"))
        const { createdAt, etag = "" } = yield* ns.head("/conditions")
        assert(createdAt !== undefined)
        const before = DateTime.subtract(createdAt, { hours: 1 })
        const after = DateTime.add(createdAt, { hours: 1 })
        const reads: ReadonlyArray<readonly [conditions: PutOptions, outcome: string]> = [
          [{ ifMatch: etag }, "ok"],
          [{ ifMatch: ["other", etag.replaceAll('"', "")] }, "ok"],
          [{ ifMatch: "*" }, "ok"],
          [{ ifMatch: "other" }, "PreconditionFailed"],
          [{ ifNoneMatch: "other" }, "ok"],
          [{ ifNoneMatch: etag }, "NotModified"],
          [{ ifNoneMatch: "*" }, "NotModified"],
          [{ ifModifiedSince: before }, "ok"],
          [{ ifModifiedSince: after }, "NotModified"],
          [{ ifUnmodifiedSince: after }, "ok"],
          [{ ifUnmodifiedSince: before }, "PreconditionFailed"]
        ]
        for (const [conditions, outcome] of reads) {
          const read = Effect.match(ns.get("/conditions", conditions), {
            onSuccess: () => "ok",
            onFailure: ({ reason }) => reason._tag
          })
          assert.strictEqual(yield* read, outcome, JSON.stringify(conditions))
          const looked = Effect.match(ns.head("/conditions", conditions), {
            onSuccess: () => "ok",
            onFailure: ({ reason }) => reason._tag
          })
          assert.strictEqual(yield* looked, outcome, `HEAD ${JSON.stringify(conditions)}`)
        }
        const put = (conditions: PutOptions) => outcomeOf(ns.put("/conditions", text("two"), conditions))
        assert.strictEqual(yield* put({ ifMatch: "other" }), "PreconditionFailed")
        assert.strictEqual(yield* put({ ifNoneMatch: etag }), "PreconditionFailed")
        assert.strictEqual(yield* put({ ifNoneMatch: "*" }), "PreconditionFailed")
        assert.strictEqual(yield* put({ ifUnmodifiedSince: before }), "PreconditionFailed")
        assert.strictEqual(yield* put({ ifModifiedSince: after }), "NotModified")
        assert.strictEqual((yield* ns.get("/conditions")).text, "one")
        assert.strictEqual(yield* put({ ifMatch: etag }), "newVersion")
        assert.strictEqual(yield* put({ ifMatch: etag }), "PreconditionFailed")
        assert.strictEqual(
          yield* outcomeOf(ns.put("/conditions.new", text("x"), { ifMatch: "*" })),
          "PreconditionFailed"
        )
        assert.strictEqual(yield* outcomeOf(ns.put("/fresh", text("x"), { ifNoneMatch: "*" })), "created")
      })
    )

    it.effect("bodies travel packed, and progress only grows", () =>
      Effect.gen(function* () {
        const { client, ns } = yield* Contract.open("plain")
        const content = "0123456789abcdef".repeat(100_000)
        const seen: Array<Progress> = []
        const onProgress = (progress: Progress) => Effect.sync(() => seen.push(progress))
        const assertMonotonic = (total: number) => {
          const steps = seen.map(({ transferred }) => transferred)
          assert.deepStrictEqual(
            steps,
            [...steps].sort((a, b) => a - b)
          )
          assert.deepStrictEqual(seen.at(-1), { transferred: total, total })
          assert.isAbove(seen.length, 2)
          seen.length = 0
        }

        const packed = yield* ns.put("/packed.txt", text(content), { gzip: true, onProgress })
        assertMonotonic(content.length)
        assert.strictEqual(packed.metadata.hash?.hex, digest("sha256", content))
        assert.strictEqual((yield* ns.head("/packed.txt")).size, content.length)

        const chunks = Array.from({ length: 100 }, () => Buffer.alloc(16_000, "x"))
        yield* ns.put(
          "/chunks",
          HcpBody.stream(() => Stream.fromIterable(chunks)),
          { onProgress }
        )
        assertMonotonic(1_600_000)
        assert.strictEqual((yield* ns.get("/packed.txt", { onProgress })).text, content)
        assertMonotonic(content.length)
        yield* Stream.runDrain(ns.stream("/chunks", { onProgress }))
        assertMonotonic(1_600_000)

        // The other way: what comes over the wire is small, what is read is whole.
        const wire = yield* client.get("/rest/packed.txt", { acceptGzip: true, verify: false })
        assert.strictEqual(wire.headers.get("content-encoding"), "gzip")
        assert.strictEqual(wire.headers.get("x-hcp-contentlength"), String(content.length))
        assert.isBelow(wire.bytes.length, content.length / 10)
        const unpacked = yield* ns.get("/packed.txt", { gzip: true, onProgress })
        assert.strictEqual(unpacked.text, content)
        assert.strictEqual(unpacked.metadata.size, content.length)
        assertMonotonic(content.length)
        const streamed = Buffer.concat(yield* Stream.runCollect(ns.stream("/packed.txt", { gzip: true })))
        assert.strictEqual(streamed.toString(), content)
        const lied = client.put("/rest/lie", text("not packed"), { headers: { "content-encoding": "gzip" } })
        assert.strictEqual(yield* tagOf(lied), "BadRequest")
        assert.isFalse(yield* ns.exists("/lie"))
      })
    )

    it.effect("what does not fit is refused", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("small")
        const body = HcpBody.bytes(new Uint8Array(1_000_001))
        assert.strictEqual(yield* tagOf(ns.put("/large", body)), "TooLarge")
        assert.isFalse(yield* ns.exists("/large"))
      })
    )

    it.effect("the second of two who are creating the same object is refused", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        const ends = yield* Effect.all(
          ["one", "two", "three", "four"].map((content) => outcomeOf(ns.put("/race", text(content)))),
          { concurrency: 4 }
        )
        assert.strictEqual(ends.filter((end) => end === "created").length, 1, ends.join())
        assert.strictEqual(ends.filter((end) => end === "ObjectExists").length, 3, ends.join())
      })
    )
  })
