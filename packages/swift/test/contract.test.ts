import { createHash } from "node:crypto"
import { assert, layer } from "@effect/vitest"
import * as ByteRange from "@effect-hcp/sdk/ByteRange"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import { DateTime, Effect, Layer, Option, Redacted, Stream } from "effect"
import { Account, Container, SwiftCredentials, SwiftObject } from "../src/index.ts"
import type { Swift } from "../src/Swift.ts"
import { gateway, gatewayWith, simulated } from "./utils/memory.ts"

const reasonOf = <A, R>(call: Effect.Effect<A, HcpError, R>) =>
  Effect.map(Effect.flip(call), ({ reason }) => reason._tag)

const md5 = (text: string) => createHash("md5").update(text).digest("hex")

const ways = {
  "the header of a user": gateway(),
  "a token of version 1": gatewayWith(SwiftCredentials.layerV1)
}

for (const [name, live] of Object.entries(ways)) {
  layer(live.pipe(Layer.provideMerge(simulated("hcp1.example.com"))))(
    `the client and the simulator, with ${name}`,
    (it) => {
      it.effect("store, look, read, read a part, and stream", () =>
        Effect.gen(function* () {
          const object = "q4/a b+c ä.txt"
          const options = { contentType: "text/x-a", metadata: { color: "blue & red" }, announceMd5: true }
          const stored = yield* SwiftObject.put("plain", object, "all is well", options)
          assert.strictEqual(stored.etag, md5("all is well"))
          const head = yield* SwiftObject.head("plain", object)
          assert.deepStrictEqual([head.size, head.md5, head.contentType], [11, md5("all is well"), "text/x-a"])
          assert.deepStrictEqual(head.metadata, { color: "blue & red" })
          assert.isDefined(head.modifiedAt)
          const whole = yield* SwiftObject.get("plain", object)
          assert.deepStrictEqual([whole.text, whole.range], ["all is well", undefined])
          const part = yield* SwiftObject.get("plain", object, { range: ByteRange.last(4) })
          assert.deepStrictEqual(
            [part.text, part.range, part.metadata.size],
            ["well", { first: 7, last: 10, size: 11 }, 11]
          )
          const streamed = yield* Stream.mkString(Stream.decodeText(SwiftObject.stream("plain", object)))
          assert.strictEqual(streamed, "all is well")
          const chunks = HcpBody.stream(() => Stream.make(Buffer.from("no "), Buffer.from("length")))
          yield* SwiftObject.put("plain", "chunked", chunks)
          assert.strictEqual((yield* SwiftObject.get("plain", "chunked", { resume: true })).text, "no length")
          assert.isTrue(yield* SwiftObject.exists("plain", object))
          assert.isFalse(yield* SwiftObject.exists("plain", "none"))
        })
      )

      it.effect("keep what is there, by conditions and by the rules of the namespace", () =>
        Effect.gen(function* () {
          const { etag = "" } = yield* SwiftObject.put("plain", "kept", "1")
          assert.strictEqual(yield* reasonOf(SwiftObject.put("plain", "kept", "2")), "Conflict")
          const again = SwiftObject.put("plain", "kept", "2", { ifExists: "newVersion" })
          assert.strictEqual(yield* reasonOf(again), "Conflict")
          yield* SwiftObject.put("versions", "kept", "1")
          yield* SwiftObject.put("versions", "kept", "2", { ifExists: "newVersion" })
          assert.strictEqual((yield* SwiftObject.get("versions", "kept")).text, "2")
          assert.strictEqual(yield* reasonOf(SwiftObject.get("plain", "kept", { ifNoneMatch: etag })), "NotModified")
          assert.strictEqual(yield* reasonOf(SwiftObject.get("plain", "kept", { ifMatch: "x" })), "PreconditionFailed")
          const since = DateTime.makeUnsafe("2036-01-31T12:00:00Z")
          assert.strictEqual(
            yield* reasonOf(SwiftObject.head("plain", "kept", { ifModifiedSince: since })),
            "NotModified"
          )
          const outside = SwiftObject.get("plain", "kept", { range: ByteRange.from(9) })
          assert.strictEqual(yield* reasonOf(outside), "RangeNotSatisfiable")
        })
      )

      it.effect("copy, modify and delete", () =>
        Effect.gen(function* () {
          yield* SwiftObject.put("plain", "from ü", "copied", { metadata: { one: "1" }, contentType: "text/x-a" })
          const source = { container: "plain", object: "from ü" }
          const copied = yield* SwiftObject.copy(source, "versions", "to/+ä", { metadata: { two: "2" } })
          assert.strictEqual(copied.etag, md5("copied"))
          const head = yield* SwiftObject.head("versions", "to/+ä")
          assert.deepStrictEqual([head.metadata, head.contentType], [{ one: "1", two: "2" }, "text/x-a"])
          assert.strictEqual(yield* reasonOf(SwiftObject.copy(source, "plain", "from ü")), "Conflict")
          const unmet = SwiftObject.copy(source, "plain", "other", { source: { ifMatch: "x" } })
          assert.strictEqual(yield* reasonOf(unmet), "PreconditionFailed")
          yield* SwiftObject.modify("plain", "from ü", { contentType: "text/x-b" })
          const kept = yield* SwiftObject.head("plain", "from ü")
          assert.deepStrictEqual([kept.metadata, kept.contentType], [{ one: "1" }, "text/x-b"])
          yield* SwiftObject.modify("plain", "from ü", { metadata: { three: "3" } })
          assert.deepStrictEqual((yield* SwiftObject.head("plain", "from ü")).metadata, { three: "3" })
          yield* SwiftObject.delete("plain", "from ü")
          assert.strictEqual(yield* reasonOf(SwiftObject.delete("plain", "from ü")), "NotFound")
        })
      )

      it.effect("make containers, list them, and what is in them, page by page", () =>
        Effect.gen(function* () {
          yield* Container.create("lists", { quotaBytes: 1_000_000, read: ["*"], metadata: { team: "a" } })
          assert.strictEqual(yield* reasonOf(Container.create("lists")), "Conflict")
          assert.strictEqual(yield* Container.ensure("lists"), "unchanged")
          const names = ["a", "b+c d", "f/1", "f/2", "f/g/3", "z", "ä\u{1f600}"]
          yield* Effect.forEach(names, (name) => SwiftObject.put("lists", name, name), { concurrency: 4 })
          const whole = [...names, "f/", "f/g/"].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
          const listed = (options: Container.ListOptions) =>
            Effect.map(Stream.runCollect(Container.list("lists", options)), (entries) =>
              entries.map(({ name }) => name)
            )
          for (const pageSize of [1, 2, undefined]) {
            assert.deepStrictEqual(yield* listed({ pageSize }), whole)
            assert.deepStrictEqual(yield* listed({ pageSize, delimiter: "/" }), ["a", "b+c d", "f/", "z", "ä\u{1f600}"])
          }
          assert.deepStrictEqual(yield* listed({ prefix: "f/", kinds: ["object"] }), ["f/1", "f/2", "f/g/3"])
          assert.deepStrictEqual(yield* listed({ startAfter: "f/1", endBefore: "f/g/3" }), ["f/2", "f/g/"])
          const first = Option.getOrThrow(yield* Stream.runHead(Container.list("lists")))
          assert(first._tag === "Object")
          assert.deepStrictEqual([first.size, first.md5], [1, md5("a")])
          const head = yield* Container.head("lists")
          assert.deepStrictEqual(
            [head.objects, head.quotaBytes, head.read, head.metadata.team],
            [7, 1_000_000, ["*"], "a"]
          )
          yield* Container.modify("lists", { read: [], removeMetadata: ["team"] })
          assert.deepStrictEqual((yield* Container.head("lists")).metadata, {})
          assert.deepStrictEqual((yield* Container.head("lists")).read, [])
          const containers = yield* Stream.runCollect(Account.list({ pageSize: 1, prefix: "l" }))
          assert.deepStrictEqual(
            containers.map(({ name, objects }) => [name, objects]),
            [["lists", 7]]
          )
          const refused = yield* Effect.flip(Container.delete("lists"))
          assert.include(refused.message, "not empty")
          yield* Stream.runForEach(Container.list("lists", { kinds: ["object"] }), ({ name }) =>
            SwiftObject.delete("lists", name)
          )
          yield* Container.delete("lists")
          assert.isFalse(yield* Container.exists("lists"))
          assert.isAbove((yield* Account.head()).containers ?? 0, 1)
        })
      )
    }
  )
}

layer(simulated("hcp1.example.com"))("who may not", (it) => {
  const as = (username: string, password: string, use: Effect.Effect<unknown, HcpError, Swift>) =>
    reasonOf(Effect.provide(use, gateway({ credentials: { username, password: Redacted.make(password) } })))

  it.effect("is told so", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* as("n", "wrong", Account.head()), "Forbidden")
      assert.strictEqual(yield* as("guest", "guest01", SwiftObject.put("plain", "a", "a")), "Forbidden")
      assert.strictEqual(yield* as("guest", "guest01", Container.create("mine")), "Forbidden")
      assert.strictEqual(yield* as("n", "n01", Container.head("nowhere")), "NotFound")
    })
  )
})
