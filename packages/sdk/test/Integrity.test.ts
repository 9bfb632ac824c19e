import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule, Stream } from "effect"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import { always, answer, makeClient, makeTarget, reading, type Step, script } from "./utils/ScriptedNodes.ts"

const algorithms = ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"]

const hash = (scheme: string, text: string) =>
  createHash(scheme.replace("SHA-", "sha").toLowerCase()).update(text).digest("hex").toUpperCase()

/** The headers of an object with this text. */
const about = (text: string, scheme = "SHA-256") => ({
  "X-HCP-Type": "object",
  "X-HCP-Size": String(text.length),
  "X-HCP-Hash": `${scheme} ${hash(scheme, text)}`,
  ETag: `"${hash("MD5", text).toLowerCase()}"`
})

const readAll = (client: HcpClient.HcpClient["Service"], options?: HcpClient.DownloadOptions) =>
  Effect.map(Stream.mkString(Stream.decodeText(client.stream("/rest/a", options))), (text) => text)

describe("a download whose bytes changed on the way", () => {
  it.effect("fails at its end with the hashes, whatever the algorithm; get asks once more (row 118)", () =>
    Effect.gen(function* () {
      for (const scheme of algorithms) {
        const wrong = answer(200, about("hello you", scheme), "hello_you")
        const right = answer(200, about("hello you", scheme), "hello you")
        const nodes = script(wrong, right, wrong, wrong, right, wrong)
        const client = yield* makeClient(nodes)
        assert.strictEqual((yield* client.get("/rest/a")).text, "hello you")
        const error = yield* Effect.flip(client.get("/rest/a"))
        assert(error.reason._tag === "IntegrityError")
        const expected = hash(scheme, "hello you").toLowerCase()
        assert.deepStrictEqual([error.reason.algorithm, error.reason.expected], [scheme, expected])
        assert.strictEqual(error.reason.actual, hash(scheme, "hello_you").toLowerCase())
        assert.strictEqual(error.reached, "answer")
        assert.strictEqual(yield* readAll(client), "hello you")
        let arrived = ""
        const failed = yield* Effect.flip(
          Stream.runForEach(Stream.decodeText(client.stream("/rest/a")), (text) =>
            Effect.sync(() => {
              arrived += text
            })
          )
        )
        assert.strictEqual(failed.reason._tag, "IntegrityError")
        assert.strictEqual(arrived, "hello_you")
        assert.deepStrictEqual(nodes.steps, [])
      }
    })
  )

  it.effect("is the node's fault once, however often its end is read", () =>
    Effect.gen(function* () {
      const wrong = about("hello you")
      for (const headers of [wrong, { ...wrong, "X-HCP-Size": "8" }]) {
        const target = yield* makeTarget(script(answer(200, headers, "hello_you")))
        const client = HcpClient.make(yield* ReplicaStrategy.make(target, undefined))
        yield* Effect.scoped(
          Effect.gen(function* () {
            const response = yield* client.execute({ method: "GET", path: "/rest/a", verify: true })
            const first = yield* Effect.flip(response.bytes())
            // More often than a node may fail in a row.
            for (let again = 0; again < 9; again++) {
              assert.strictEqual((yield* Effect.flip(response.bytes())).message, first.message)
            }
          })
        )
        const statuses = (yield* target.nodes.health).map(({ status }) => status)
        assert.deepStrictEqual(statuses, ["healthy", "healthy", "healthy", "healthy"])
      }
    })
  )

  it.effect("is found by the ETag where there is no other hash", () =>
    Effect.gen(function* () {
      const { "X-HCP-Hash": _, ...headers } = about("hello you")
      const client = yield* makeClient(script(answer(200, headers, "hello_you"), answer(200, headers, "hello you")))
      const error = yield* Effect.flip(readAll(client))
      assert(error.reason._tag === "IntegrityError" && error.reason.algorithm === "MD5")
      assert.strictEqual(yield* readAll(client), "hello you")
    })
  )

  it.effect("is not looked for with verify: false, and by execute only with verify: true", () =>
    Effect.gen(function* () {
      const client = yield* makeClient(always(answer(200, about("hello you"), "hello_you")))
      assert.strictEqual((yield* client.get("/rest/a", { verify: false })).text, "hello_you")
      assert.strictEqual(yield* readAll(client, { verify: false }), "hello_you")
      const execute = (verify?: boolean) =>
        Effect.scoped(
          Effect.flatMap(client.execute({ method: "GET", path: "/rest/a", verify }), (response) => response.bytes())
        )
      assert.strictEqual((yield* execute()).length, 9)
      assert.strictEqual((yield* Effect.flip(execute(true))).reason._tag, "IntegrityError")
    })
  )

  it.effect("is not suspected where the hash speaks of other bytes, or nobody can compute it", () =>
    Effect.gen(function* () {
      const wrong = about("other")
      const { "X-HCP-Hash": _, ...withEtag } = wrong
      const cases: ReadonlyArray<readonly [Step, HcpClient.ReplyOptions?]> = [
        [answer(206, wrong, "part"), { headers: { Range: "bytes=0-3" } }],
        [answer(200, { ...wrong, "X-HCP-Type": "directory" }, "<directory/>")],
        [answer(200, wrong, "data, metadata"), { query: { type: "whole-object" } }],
        [answer(200, { ...wrong, "X-HCP-Size": "1", "X-HCP-Hash": "WHIRLPOOL 00", ETag: `"abc-3"` }, "x")],
        [answer(200, { ...wrong, "X-HCP-Size": "1", "X-HCP-Hash": "", ETag: `W/"${hash("MD5", "other")}"` }, "x")],
        [answer(200, { ETag: withEtag.ETag }, "not from HCP's gateway")],
        [answer(200, {}, "x")],
        [answer(204, wrong)]
      ]
      for (const [step, options] of cases) {
        const nodes = script(step)
        assert.isBelow((yield* (yield* makeClient(nodes)).get("/rest/a", options)).status, 300)
        assert.deepStrictEqual(nodes.steps, [])
      }
    })
  )
})

describe("an upload", () => {
  const bodies: ReadonlyArray<readonly [string, () => HcpBody.HcpBody]> = [
    ["bytes", () => HcpBody.bytes(new TextEncoder().encode("hello you"))],
    ["text", () => HcpBody.text("hello you")],
    ["stream", () => HcpBody.stream(() => encoded("hello", " you"), { length: 9 })],
    ["stream once", () => HcpBody.streamOnce(encoded("hel", "lo you"))]
  ]
  const encoded = (...texts: ReadonlyArray<string>) =>
    Stream.map(Stream.fromIterable(texts), (text) => new TextEncoder().encode(text))
  const stored = (text: string, scheme?: string) => reading(answer(201, about(text, scheme)))

  it.effect("is compared with what HCP says it stored, whatever the algorithm (row 118)", () =>
    Effect.gen(function* () {
      for (const scheme of algorithms) {
        for (const [kind, body] of bodies) {
          const client = yield* makeClient(script(stored("hello you", scheme), stored("hello_you", scheme)))
          assert.strictEqual((yield* client.put("/rest/a", body())).status, 201)
          const error = yield* Effect.flip(client.put("/rest/a", body()))
          assert(error.reason._tag === "IntegrityError", kind)
          assert.strictEqual(error.reason.algorithm, scheme, kind)
          assert.strictEqual(error.reached, "answer")
          const other = yield* makeClient(script(stored("hello_you", scheme), stored("hello_you", scheme)))
          assert.strictEqual((yield* Effect.flip(other.put("/rest/a", body()))).reason._tag, "IntegrityError", kind)
          assert.strictEqual((yield* other.put("/rest/a", body(), { verify: false })).status, 201)
        }
      }
    })
  )

  it.effect("of several attempts is compared by the bytes of the last one", () =>
    Effect.gen(function* () {
      const nodes = script(reading(answer(503)), stored("hello you"))
      const client = yield* makeClient(nodes, { retry: RetryPolicy.make({ delay: Schedule.recurs(9) }) })
      const body = HcpBody.stream(() => encoded("hello", " you"))
      assert.strictEqual((yield* client.put("/rest/a", body)).status, 201)
      assert.deepStrictEqual(nodes.steps, [])
    })
  )

  it.effect("is not compared where the hash speaks of other bytes", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<HcpClient.ReplyOptions> = [
        { query: { type: "whole-object" }, headers: { "X-HCP-Size": "4" } },
        { query: { type: "acl" } },
        { headers: { "Content-Encoding": "gzip" } },
        { headers: { "X-HCP-CopySource": "n1.t1/a" } }
      ]
      for (const options of cases) {
        const client = yield* makeClient(script(stored("other")))
        assert.strictEqual((yield* client.put("/rest/a", HcpBody.text("hello you"), options)).status, 201)
      }
      const refused = yield* makeClient(script(reading(answer(412, about("other")))))
      const error = yield* Effect.flip(refused.put("/rest/a", HcpBody.text("hello you")))
      assert.strictEqual(error.reason._tag, "PreconditionFailed")
      const client = yield* makeClient(script(stored("other"), reading(answer(201))))
      assert.strictEqual((yield* client.put("/rest/a", HcpBody.empty)).status, 201)
      assert.strictEqual((yield* client.put("/rest/a", HcpBody.text("x"))).status, 201)
    })
  )
})
